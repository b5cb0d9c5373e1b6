//  SPDX-License-Identifier: MIT
//
//  The constellation: services as stars, the larger the more is asked of them;
//  calls as lines with the breaker of the caller as a switch at their end.

import { draw, make, put, set, short } from "./dom.js";
import { Belts } from "./belts.js";
import { key } from "./key.js";
import { Motion } from "./motion.js";
import { way } from "./paths.js";
import { HEIGHT, WIDTH, plan } from "./places.js";

//  What is drawn into the star of a service that is not ready
const GLYPHS = {
  starting: "M0,-4v4l3,2", silent: "M-4,0h.01M0,0h.01M4,0h.01",
  paused: "M-2.7,-4v8M2.7,-4v8", stopping: "M-3.2,-3.2h6.4v6.4h-6.4z",
  stopped: "M-3.2,-3.2h6.4v6.4h-6.4z", dead: "M-4,-4L4,4M-4,4L4,-4",
};

const SWITCH = 9;   // Length of a breaker's lever
const BEFORE = 24;  // From it to the star of the service that is called
const BRIEF = 80;   // Shorter than that there is no room for words
const SHORT = 160;  // Shorter than that they stand away from the breaker's

//  Where name, figures and troubles stand
const PLACES = { below: [25, 37, 49], above: [-33, -21, -45] };

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1],
                 ArrowDown: [0, 1] };

export class StarMap
{
  constructor (place, open)
  {
    this.open = open;  // Called with the name of a service
    this.plan = null;
    this.shape = "";
    this.nodes = new Map();
    this.edges = new Map();
    this.before = null;
    this.threads = this.layer("threads", { "aria-hidden": "true" });
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.stars = this.layer("stars", { role: "group", "aria-label":
      "Services; arrow keys go from one to the next, Enter opens it" });
    const paper = make("div", { class: "paper" },
                       this.threads, this.canvas, this.stars);
    place.append(paper);
    this.motion = new Motion(this.canvas);
    this.stars.addEventListener("keydown", event => this.key(event));
  }

  layer (kind, attributes)
  {
    return draw("svg", { class: kind, viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
                         ...attributes });
  }

  //  Draw all anew if there are other services or lines than before
  build (state)
  {
    const names = Object.keys(state.services);
    const edges = state.edges.filter(({ from, to }) =>
      state.services[from] && state.services[to]);
    const queues = Object.keys(state.queues);
    const shape = [...names, ...edges.map(({ from, to }) => `${from}>${to}`),
                   ...queues].sort().join();
    if (shape === this.shape)
      return;
    const focused = this.stars.contains(document.activeElement)
      ? document.activeElement.dataset.name : null;
    this.shape = shape;
    this.plan = plan(names, edges, queues);
    for (const key of this.edges.keys())
      this.motion.forget(key);
    this.nodes.clear();
    this.edges.clear();
    const { rings } = this.plan;
    this.threads.replaceChildren(key(this.plan.key), ...rings.map(r =>
      draw("circle", { class: "ring", cx: 190, cy: 280, r })),
      ...this.plan.regions.map(({ name, at: [x, y] }) =>
        draw("text", { class: "region", x, y }, name)));
    this.belts = new Belts(this.threads, this.plan, queues);
    for (const [from, to] of this.plan.wires)
      if (state.services[from] && state.services[to])
        this.join(from, to, "wire");
    for (const { from, to } of edges)
      this.join(from, to, "call");
    this.stars.replaceChildren(...names.map(name => this.star(name)));
    this.nodes.values().next().value?.element.setAttribute("tabindex", "0");
    this.nodes.get(focused)?.element.focus();
  }

  join (from, to, kind)
  {
    const line = draw("path", { class: "line", d: way(this.plan, from, to) });
    const lever = draw("path", { d: `M0,0H${SWITCH}` });
    const gate = draw("g", {}, draw("g", { class: "gate" },
      draw("path", { class: "gap", d: `M0,0H${SWITCH}` }), lever,
      draw("circle", { r: 1.9 }), draw("circle", { r: 1.9, cx: SWITCH })));
    const word = draw("text", { class: "word" });
    const open = draw("text", { class: "word" });
    const element = draw("g", { class: `edge ${kind}` },
                         line, gate, open, word);
    this.threads.append(element);
    const length = line.getTotalLength();
    const far = Math.max(length - BEFORE - SWITCH, length / 2);
    const a = line.getPointAtLength(far);
    const b = line.getPointAtLength(far + SWITCH);
    const turn = Math.atan2(b.y - a.y, b.x - a.x) * 180 / Math.PI;
    set(gate, "transform", `translate(${a.x},${a.y}) rotate(${turn})`);
    const part = length < SHORT ? 0.4 : 0.5;
    const middle = line.getPointAtLength(length * part);
    for (const [text, point, up] of [[word, middle, 6], [open, a, 12]]) {
      set(text, "x", point.x);
      set(text, "y", point.y - up);
    }
    const key = `${from}>${to}`;
    this.edges.set(key, { element, line, open, word,
                          brief: length < BRIEF });
    this.motion.lead(key, line);
  }

  star (name)
  {
    const [x, y, side = "below", label = name] = this.plan.nodes[name];
    const body = draw("circle", { class: "body", r: 5 });
    const glyph = draw("path", { class: "glyph" });
    const title = draw("tspan", { class: "name" }, label);
    const note = draw("tspan", { class: "note" });
    const trouble = draw("tspan", { class: "trouble" });
    const text = draw("text", side === "right" ? { x: 15, y: 4 } : {}, title,
                      note, trouble);
    if (side === "right")
      [note, trouble].forEach(part => set(part, "dx", 5));
    else
      [title, note, trouble].forEach((part, i) => {
        set(part, "x", 0);
        set(part, "y", PLACES[side][i]);
      });
    const element = draw("g", {
      class: `node ${side}`, transform: `translate(${x},${y})`, role: "button",
      tabindex: "-1", "data-name": name,
      onclick: () => this.open(name),
      onfocus: event => this.rove(event.currentTarget),
    }, draw("circle", { class: "hit", r: 15 }),
      draw("circle", { class: "halo", r: 17 }), body, glyph, text);
    this.nodes.set(name, { element, body, glyph, note, trouble, side, x, y });
    return element;
  }

  rove (element)
  {
    for (const node of this.nodes.values())
      set(node.element, "tabindex", node.element === element ? "0" : "-1");
  }

  //  Arrow keys go to the nearest star in that direction
  key (event)
  {
    const name = event.target.closest(".node")?.dataset.name;
    if (!name)
      return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.open(name);
    }
    const arrow = ARROWS[event.key];
    if (!arrow)
      return;
    event.preventDefault();
    const here = this.nodes.get(name);
    let best = null, least = Infinity;
    for (const node of this.nodes.values()) {
      const [dx, dy] = [node.x - here.x, node.y - here.y];
      const along = dx * arrow[0] + dy * arrow[1];
      const aside = Math.abs(dx * arrow[1]) + Math.abs(dy * arrow[0]);
      if (along > 4 && along + 2 * aside < least) {
        least = along + 2 * aside;
        best = node;
      }
    }
    best?.element.focus();
  }

  show (state, still)
  {
    this.build(state);
    for (const [name, service] of Object.entries(state.services))
      this.showService(name, service);
    for (const edge of state.edges)
      this.showEdge(`${edge.from}>${edge.to}`, edge, state, still);
    for (const [from, to] of this.plan.wires)
      this.showWire(from, to, state, still);
    this.belts.show(state);
    this.before = state;
  }

  showService (name, service)
  {
    const node = this.nodes.get(name);
    const ready = service.state === "ready";
    const size = ready ? Math.min(4.5 + 1.5 * Math.log2(1 + service.rate), 13)
      : service.state === "off" ? 4 : 9;
    set(node.element, "data-state", service.state);
    set(node.element, "aria-label", `${name}: ${service.state}`);
    set(node.body, "r", size.toFixed(1));
    set(node.glyph, "d", GLYPHS[service.state] ?? "");
    const { behind, missed } = service.gauges ?? {};
    const was = this.before?.services[name]?.gauges ?? {};
    const troubles = [];
    if (ready && service.failure_rate > 0.05)
      troubles.push(`✕ ${short(service.failure_rate)}/s`);
    if (ready && service.rules?.length)
      troubles.push("faulty");
    if (behind > 5)
      troubles.push(`${short(behind)} behind`);
    if (missed > (was.missed ?? missed) || node.missing > 0) {
      node.missing = missed > was.missed ? 4 : node.missing - 1;
      troubles.push(`✕ ${short(missed)} missed`);
    }
    put(node.note, !ready ? service.state
      : service.rate >= 0.05 ? `${short(service.rate)}/s` : "");
    put(node.trouble, troubles.join(" "));
    if (node.side === "below")
      set(node.trouble, "y", PLACES.below[node.note.textContent ? 2 : 1]);
  }

  showEdge (key, edge, state, still)
  {
    const drawn = this.edges.get(key);
    if (!drawn)
      return;
    const before = this.before?.edges.find(({ from, to }) =>
      from === edge.from && to === edge.to);
    const passed_s = (state.now_ms - (this.before?.now_ms ?? 0)) / 1000;
    const pieces = before && passed_s > 0
      ? Math.max(edge.pieces - before.pieces, 0) / passed_s : 0;
    const ends = [edge.from, edge.to].map(name => state.services[name].state);
    set(drawn.element, "data-breaker", edge.breaker);
    set(drawn.element, "data-idle", edge.rate < 0.05 ? "" : null);
    set(drawn.element, "data-off", ends.includes("off") ? "" : null);
    set(drawn.element, "data-down",
        ["dead", "stopped", "paused"].includes(ends[1]) ? "" : null);
    set(drawn.line, "stroke-width",
        (0.8 + 0.4 * Math.log2(1 + edge.rate)).toFixed(1));
    put(drawn.open, edge.breaker === "closed" ? "" : edge.breaker ?? "");
    const words = [];
    if (edge.lost_rate > 0.05)
      words.push(`✕ ${short(edge.lost_rate)}/s lost`);
    else if (edge.failed_rate > 0.05)
      words.push(`◆ ${short(edge.failed_rate)}/s failed`);
    if (drawn.brief)
      words.length = 0;
    set(drawn.word, "data-plain", words.length ? null : "");
    if (!words.length && still && edge.rate >= 0.05)
      words.push(`${short(edge.rate)}/s`);
    put(drawn.word, words.join(", "));
    this.motion.rate(key, {
      ask: Math.max(edge.rate - edge.retry_rate - edge.lost_rate, 0),
      retry: edge.retry_rate, lost: edge.lost_rate,
      failed: edge.breaker === "open" ? 0 : edge.failed_rate, pieces });
  }

  //  What comes over a wire is known to who gets it
  showWire (from, to, state, still)
  {
    const drawn = this.edges.get(`${from}>${to}`);
    if (!drawn)
      return;
    const is = state.services[to].gauges ?? {};
    const was = this.before?.services[to]?.gauges ?? is;
    const passed_s = (state.now_ms - (this.before?.now_ms ?? 0)) / 1000;
    const rise = name => passed_s > 0 && passed_s < 10
      ? Math.max((is[name] ?? 0) - (was[name] ?? 0), 0) / passed_s : 0;
    const rates = { ask: rise("got"), lost: rise("missed") };
    set(drawn.word, "data-plain", rates.lost ? null : "");
    put(drawn.word, rates.lost ? `✕ ${short(rates.lost)}/s missed`
      : still && rates.ask ? `${short(rates.ask)}/s` : "");
    this.motion.rate(`${from}>${to}`, rates);
  }

  //  Services that somebody points at elsewhere on the page
  spot (names)
  {
    for (const [name, { element }] of this.nodes)
      set(element, "data-spot", names.includes(name) ? "" : null);
  }
}
