//  SPDX-License-Identifier: MIT
//
//  The scenes: what can be broken, what should be seen then, and ticks where it
//  was.

import { command, keep, make, put, set, span } from "./dom.js";
import { post, token } from "./api.js";

//  The services that a scene lays hands on
function touched (scene)
{
  return (scene.do ?? []).map(verb => {
    const [it] = Object.values(verb);
    return typeof it === "string" ? it : it?.service;
  }).filter(Boolean);
}

export class Scenes
{
  constructor (list, { spot, tell, fail })
  {
    Object.assign(this, { list, spot, tell, fail });
    this.acts = new Map();
    list.addEventListener("keydown", event => this.key(event));
  }

  //  Up and down in the list, between what heads the scenes
  key (event)
  {
    const heads = [...this.list.querySelectorAll(".head")];
    const at = heads.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0,
                 End: heads.length - 1 }[event.key];
    if (at < 0 || to === undefined)
      return;
    event.preventDefault();
    heads[to]?.focus();
  }

  create (scene)
  {
    const name = scene.name;
    const head = make("button", { type: "button", class: "head",
      "aria-expanded": "false", "aria-controls": `scene-${name}` },
      make("span", { class: "title" }, scene.title),
      make("span", { class: "pattern" }, scene.pattern));
    const button = make("button", { type: "button", class: "break",
                                    disabled: !token });
    const state = make("p", { class: "since" });
    const lists = ["expect", "recovered"].map(kind => this.lines(kind, scene));
    const body = make("div", { class: "body", id: `scene-${name}`,
                               hidden: true },
      make("p", { class: "fault" }, scene.text), state, ...lists.map(
        ({ element }) => element),
      command(scene.command ?? `zp break ${name}`));
    const element = make("li", { class: "act", "data-scene": name },
                         head, button, body);
    const act = { element, head, button, body, state, lists, scene,
                  on: false };
    head.addEventListener("click", () => this.unfold(act, body.hidden));
    button.addEventListener("click", () => this.press(act));
    for (const [event, names] of [["mouseenter", true], ["mouseleave", false],
                                  ["focusin", true], ["focusout", false]])
      element.addEventListener(event, () =>
        this.spot(names ? touched(scene) : []));
    this.acts.set(name, act);
    return element;
  }

  lines (kind, scene)
  {
    const items = (scene[kind] ?? []).map(({ text }) => {
      const after = make("span", { class: "after" });
      return { text, after, element: make("li", {},
        make("span", { class: "tick", "aria-hidden": "true" }),
        make("span", { class: "what" }, text), after), seen: false };
    });
    const label = kind === "expect" ? "expect:" : "once healed:";
    return { kind, items, element: make("div", { class: `lines ${kind}` },
      make("p", {}, label),
      make("ul", {}, ...items.map(({ element }) => element))) };
  }

  unfold (act, open)
  {
    act.body.hidden = !open;
    set(act.head, "aria-expanded", String(open));
  }

  async press (act)
  {
    const verb = act.on ? "heal" : "break";
    if (act.busy)
      return;
    act.busy = true;  // Not disabled: that would take the focus from it
    try {
      await post(`/stage/${verb}/${act.scene.name}`);
      if (verb === "break")
        this.unfold(act, true);
    } catch (error) {
      this.fail(error);
    }
    act.busy = false;
  }

  show (scenes)
  {
    const by = new Map(scenes.map(scene => [scene.name, scene]));
    keep(this.list, [...by.keys()], name => this.create(by.get(name)));
    for (const [name, act] of this.acts)
      if (by.has(name))
        this.showScene(act, by.get(name));
  }

  showScene (act, scene)
  {
    if (scene.on && !act.on)
      this.unfold(act, true);
    act.on = scene.on;
    set(act.element, "data-on", scene.on ? "" : null);
    put(act.button, scene.on ? "Heal" : "Break");
    set(act.button, "aria-label",
        `${scene.on ? "Heal" : "Break"}: ${scene.title}`);
    const left = scene.faults_left_ms;
    put(act.state, !scene.on ? ""
      : `broken for ${span(1000 * Math.floor(scene.since_ms / 1000))}`
        + (left > 0 ? `, heals in ${span(1000 * Math.ceil(left / 1000))}`
          : ""));
    const [expect, recovered] = act.lists;
    this.tick(expect, scene.seen ?? [], scene);
    this.tick(recovered, scene.recovered ?? [], scene);
    const healing = !scene.on && (scene.seen ?? []).some(({ seen }) => seen);
    set(recovered.element, "data-due", healing ? "" : null);
    set(expect.element, "data-due", scene.on ? "" : null);
  }

  tick ({ items, kind }, seen, { title })
  {
    items.forEach((item, i) => {
      const { seen: now = false, after_ms = 0 } = seen[i] ?? {};
      if (now && !item.seen)
        this.tell(`${title}: ${kind === "expect" ? "seen" : "recovered"}: `
                  + `${item.text}, after ${span(after_ms)}`);
      item.seen = now;
      set(item.element, "data-seen", now ? "" : null);
      put(item.after, now ? `seen after ${span(after_ms)}` : "");
    });
  }
}
