//  SPDX-License-Identifier: MIT
//
//  The way of an edge over the map, as the text of an SVG path.

import { family } from "./places.js";

const ROUND = 26;  // Radius of a corner

//  Straight lines with round corners
function rounded (points)
{
  let path = `M${points[0]}`;
  for (let i = 1; i < points.length - 1; i++) {
    const [x, y] = points[i];
    const [before, after] = [points[i - 1], points[i + 1]].map(([px, py]) => {
      const far = Math.hypot(px - x, py - y);
      const part = Math.min(ROUND, far / 2) / far;
      return [x + (px - x) * part, y + (py - y) * part].map(Math.round);
    });
    path += `L${before}Q${[x, y]} ${after}`;
  }
  return `${path}L${points.at(-1)}`;
}

function curve ([x1, y1], [x2, y2])
{
  const wide = x2 - x1;
  if (Math.abs(wide) < 30) {
    const bow = Math.abs(y2 - y1) > 150 ? 40 : 0;
    return `M${x1},${y1}C${x1 + bow},${y1} ${x2 + bow},${y2} ${x2},${y2}`;
  }
  const pull = wide * 0.48;
  return `M${x1},${y1}C${x1 + pull},${y1} ${x2 - pull},${y2} ${x2},${y2}`;
}

//  The place at a broker where from comes to it
function dock (plan, from, to)
{
  const [x] = plan.nodes[from];
  const rail = plan.rails[to];
  if (rail) {
    const via = plan.via[`${from}>${to}`]?.at(-1);
    const y = via ? via[1] : plan.nodes[from][1];
    return [rail.x, Math.min(Math.max(y, rail.top), rail.bottom)];
  }
  const belt = plan.belts[to];
  const lane = belt?.lanes[plan.lanes[family(from)]];
  if (lane !== undefined)
    return [x < belt.x ? belt.x : belt.x + belt.width, lane];
  return plan.nodes[to].slice(0, 2);
}

export function way (plan, from, to)
{
  const begin = plan.nodes[from].slice(0, 2);
  const end = dock(plan, from, to);
  const via = plan.via[`${from}>${to}`];
  return via ? rounded([begin, ...via, end]) : curve(begin, end);
}
