//  SPDX-License-Identifier: MIT
//
//  What the signs on the map mean, in its corner.

import { draw } from "./dom.js";

const ROW = 18;
const INDENT = 42;

const dot = (r, cx, name = "ask") => draw("circle", { class: name, r, cx });

const lever = turn => draw("g", { class: "switch" },
  draw("path", { d: "M4,0h6M26,0h6" }),
  draw("path", { class: turn ? "off" : "", d: "M10,0h16",
                 transform: `rotate(${turn} 10 0)` }),
  dot(2, 10, "post"), dot(2, 26, "post"));

const ROWS = [
  [() => [dot(4.5, 6, "star"), dot(9, 26, "star")], "0 and 7 requests/s"],
  [() => [dot(2.3, 4), dot(3.8, 16), dot(5.4, 30)], "1, 10, 100 messages"],
  [() => [dot(3, 18, "ring")], "sent again"],
  [() => [draw("path", { class: "full",
                         d: "M18,-4.5l4.5,4.5l-4.5,4.5l-4.5,-4.5z" })],
   "error, comes back"],
  [() => [draw("path", { class: "cross", d: "M14,-4l8,8M14,4l8,-8" })],
   "lost there"],
  [() => [lever(0)], "breaker closed"],
  [() => [lever(-22)], "half-open: a probe"],
  [() => [lever(-48)], "open: no calls"],
];

export function key ([x, y])
{
  return draw("g", { class: "key", transform: `translate(${x},${y})` },
    ...ROWS.map(([signs, text], i) =>
      draw("g", { transform: `translate(0,${i * ROW})` }, ...signs(),
           draw("text", { x: INDENT, y: 4 }, text))));
}
