//  SPDX-License-Identifier: MIT
//
//  Brokers on the map: a queue is a belt with what lies on it, and how much
//  that was in the last minute; a log is a rail along which all stand who
//  write and read.

import { draw, put, set, short, spark } from "./dom.js";

const CRATE = 8;   // Width of a message on the belt
const HIGH = 18;   // Of a belt
const SPARK = 24;  // Of the line beneath it
const UNDER = HIGH / 2 + 5;  // Where that begins
const HISTORY = 120;

export class Belts
{
  constructor (layer, plan, queues)
  {
    this.lanes = new Map();
    this.rails = new Map();
    for (const belt of Object.values(plan.belts))
      for (const queue of queues)
        if (belt.lanes[queue] !== undefined)
          layer.append(this.lane(queue, belt, belt.lanes[queue]));
    for (const [name, rail] of Object.entries(plan.rails))
      if (plan.nodes[name])
        layer.append(this.rail(name, rail));
  }

  lane (name, { x, width }, y)
  {
    const crates = draw("g", { class: "crates" });
    const depth = draw("text", { class: "depth", x: width, y: -15 });
    const buried = draw("text", { class: "buried", x: width - 34, y: -15 });
    const line = draw("polyline", { class: "spark",
                                    transform: `translate(0,${UNDER})` });
    const most = draw("text", { class: "most", x: 0, y: 51 });
    this.lanes.set(name, { crates, depth, buried, line, most, width,
                           room: Math.floor((width - 18) / (CRATE + 2)) });
    const roller = cx => draw("circle", { class: "roller", cx, r: HIGH / 2 });
    return draw("g", { class: "belt", transform: `translate(${x},${y})` },
      draw("rect", { class: "band", x: 0, y: -HIGH / 2, width, height: HIGH,
                     rx: HIGH / 2 }),
      roller(HIGH / 2), roller(width - HIGH / 2), crates,
      draw("path", { class: "ground", d: `M0,${UNDER + SPARK}h${width}` }),
      line,
      draw("text", { class: "queue", x: 0, y: -15 }, name), depth, buried,
      most);
  }

  rail (name, { x, top, bottom })
  {
    const next = draw("text", { class: "next", x: -9, y: bottom });
    const lag = draw("text", { class: "lag", x: -9, y: bottom - 13 });
    const ticks = [];
    for (let y = top; y <= bottom; y += 8)
      ticks.push(`M-3,${y}h6`);
    this.rails.set(name, { next, lag });
    return draw("g", { class: "rail", transform: `translate(${x},0)` },
      draw("path", { d: `M0,${top}V${bottom}` }),
      draw("path", { class: "ticks", d: ticks.join("") }), next, lag);
  }

  show ({ queues, logs })
  {
    for (const [name, lane] of this.lanes)
      if (queues[name])
        this.showLane(lane, queues[name]);
    const [log] = Object.values(logs);
    for (const rail of this.rails.values())
      if (log) {
        put(rail.next, `${short(Math.max(log.next - log.first, 0))} events`);
        const late = Object.entries(log.groups).filter(
          ([, { lag }]) => lag > 5);
        put(rail.lag, late.map(([group, { lag }]) =>
          `${group} ${short(lag)} behind`).join(", "));
      }
  }

  showLane (lane, queue)
  {
    const { reserved, delayed, depth, history } = queue;
    //  At the exit those that a worker has, then what is ready, then what waits
    //  for its time
    const crates = lane.crates;
    const count = Math.min(depth, lane.room);
    while (crates.children.length > count)
      crates.lastElementChild.remove();
    while (crates.children.length < count)
      crates.append(draw("rect", { y: -CRATE / 2, width: CRATE, height: CRATE,
        x: lane.width - 9 - (CRATE + 2) * (crates.children.length + 1) + 2 }));
    [...crates.children].forEach((crate, i) => set(crate, "class",
      i < reserved ? "reserved" : i >= depth - delayed ? "delayed" : "ready"));
    put(lane.depth, depth);
    put(lane.buried, queue.buried ? `✕ ${queue.buried} buried` : "");
    const most = Math.max(...history, 0);
    put(lane.most, most > 8 ? `most ${most} in a minute` : "");
    set(lane.line, "points", spark(history, lane.width, SPARK, 8, HISTORY));
  }
}
