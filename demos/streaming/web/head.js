//  SPDX-License-Identifier: MIT
//
//  What stands above the map: which constellation it is, its figures, and the
//  two handles that change how much it has to do.

import { draw, make, put, set, short, span, spark } from "./dom.js";
import { post, token } from "./api.js";
import { family } from "./places.js";

const FACTORS = [1, 3, 10];
const HISTORY = 120;  // Figures of a line: a minute
const [WIDE, HIGH] = [84, 26];

class Figure
{
  constructor (list, label, unit)
  {
    this.values = [];
    this.value = make("span", { class: "value" }, "–");
    this.line = draw("polyline");
    list.append(make("div", {}, make("dt", {}, label),
      make("dd", {}, make("span", {}, this.value,
                          make("span", { class: "unit" }, unit)),
           draw("svg", { viewBox: `0 -2 ${WIDE} ${HIGH + 4}`,
                         "aria-hidden": "true" }, this.line))));
  }

  show (value, most)
  {
    put(this.value, short(value));
    this.values = [...this.values, value || 0].slice(-HISTORY);
    set(this.line, "points", spark(this.values, WIDE, HIGH, most, HISTORY));
  }
}

export class Head
{
  constructor ({ name, about, list, tools, fail, still })
  {
    Object.assign(this, { name, about, fail });
    this.rate = new Figure(list, "requests", "/s");
    this.p99 = new Figure(list, "99 % accepted within", "ms");
    this.shed = new Figure(list, "turned away", "/s");
    this.shedding = [];
    this.factors = FACTORS.map(factor => make("button", { type: "button",
      "data-factor": factor, disabled: !token,
      onclick: () => this.post("/stage/load", { factor }) }, `×${factor}`));
    tools.append(make("div", { class: "choice", role: "group",
                               "aria-label": "Load" },
                      make("span", { class: "label" }, "Load"),
                      ...this.factors));
    this.groups = make("div", { class: "groups" });
    tools.append(this.groups);
    this.scales = new Map();
    const pause = make("button", { type: "button", "aria-pressed":
      String(still.on), onclick: () => {
        set(pause, "aria-pressed", String(still.toggle()));
      } }, "Hold still");
    tools.append(pause);
  }

  post (path, body)
  {
    post(path, body).catch(this.fail);
  }

  show (state)
  {
    const services = Object.values(state.services);
    const wanted = services.filter(({ state: is }) => is !== "off");
    const ready = wanted.filter(({ state: is }) => is === "ready");
    put(this.name, state.name);
    document.title = `${state.name}, alive`;
    const up = Math.max(0, ...services.map(({ uptime_ms }) => uptime_ms || 0));
    put(this.about, `topology of ${wanted.length} services, `
      + (ready.length === wanted.length ? "all ready"
        : `${wanted.length - ready.length} not ready`)
      + `, up ${span(up)}, seed ${state.seed}`);
    const load = state.load ?? {};
    this.rate.show(load.rate, 20);
    this.p99.show(load.accepted_p99_ms, 20);
    this.shed.show(this.shedRate(state.now_ms, load.shed), 10);
    for (const button of this.factors)
      set(button, "aria-pressed",
          String(Number(button.dataset.factor) === load.factor));
    this.showGroups(state.services);
  }

  //  Over the last two seconds: it is told as a sum
  shedRate (now_ms, shed = 0)
  {
    this.shedding = [...this.shedding, [now_ms, shed]].slice(-5);
    const [then_ms, before] = this.shedding[0];
    return now_ms > then_ms && shed >= before
      ? (shed - before) / (now_ms - then_ms) * 1000 : 0;
  }

  //  A group of like services can grow if some of it are off, or shrink
  showGroups (services)
  {
    const groups = new Map();
    for (const [name, { group, state }] of Object.entries(services))
      if (group && group !== name && group === family(name)) {
        const it = groups.get(group) ?? { on: 0, all: 0, off: 0 };
        it.all++;
        it.on += state !== "off";
        it.off += state === "off";
        groups.set(group, it);
      }
    for (const [group, { on, all, off }] of groups) {
      if (!this.scales.has(group) && !off)
        continue;
      const scale = this.scales.get(group) ?? this.scale(group);
      put(scale.count, `${on} of ${all}`);
      scale.on = on;
      scale.less.disabled = !token || on <= 1;
      scale.more.disabled = !token || on >= all;
    }
  }

  scale (group)
  {
    const to = step => this.post("/stage/scale", {
      service: group, to: this.scales.get(group).on + step });
    const less = make("button", { type: "button", onclick: () => to(-1),
                                  "aria-label": `One ${group} less` }, "−");
    const more = make("button", { type: "button", onclick: () => to(1),
                                  "aria-label": `One ${group} more` }, "+");
    const count = make("output");
    this.groups.append(make("div", { class: "choice", role: "group",
                                     "aria-label": `Scale of ${group}` },
      make("span", { class: "label" }, group === "support" ? "Support desk"
        : group), less, count, more));
    const it = { less, more, count, on: 0 };
    this.scales.set(group, it);
    return it;
  }
}
