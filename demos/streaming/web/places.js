//  SPDX-License-Identifier: MIT
//
//  Where everything stands on the stage. A constellation is told by its shape,
//  so what is known has a fixed place; services that are not known are put in
//  columns, callers before those they call.

//  Units are pixels of a map that is WIDTH wide. A node's side is where its
//  name stands; a belt is where messages of a queue lie, a rail is a log.
export const WIDTH = 1000;
export const HEIGHT = 672;

//  All ways from the gateway that lead around the middle go together until they
//  part
const around = (...points) => [[190, 644], ...points];

const STREAMING = {
  nodes: {
    "viewers": [56, 280], "gateway": [190, 280, "above"],
    "stage": [190, 150, "above"],
    "delivery-1": [322, 46, "right"], "delivery-2": [322, 80, "right"],
    "delivery-3": [322, 114, "right"],
    "catalog": [322, 190], "profiles": [322, 280], "saga": [322, 404],
    "uploads": [492, 60, "right"], "edge-1": [492, 130, "right"],
    "edge-2": [492, 164, "right"],
    "recommendations": [492, 236], "entitlement": [492, 316],
    "licence": [492, 380], "billing": [492, 444],
    "notifications": [492, 508], "exporter": [492, 590],
    "log": [622, 106, "right"], "queue": [692, 150, "right"],
    "alerts": [702, 58], "relay": [788, 58],
    "screen-1": [856, 26, "right"], "screen-2": [856, 58, "right"],
    "screen-3": [856, 90, "right"],
    "encoder-1": [888, 190, "right"], "encoder-2": [888, 222, "right"],
    ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map(n =>
      [`support-${n}`, [888, 454 + 21 * (n - 1), "right"]])),
  },
  belts: { queue: { x: 684, width: 160, lanes: {
    encode: 204, invoices: 308, exports: 412, support: 516 } } },
  rails: { log: { x: 622, top: 130, bottom: 600 } },
  //  Which of a broker's belts a service works at
  lanes: { "uploads": "encode", "encoder": "encode", "billing": "invoices",
           "support": "support", "exporter": "exports", "gateway": "support" },
  //  Ways around what stands between
  via: {
    "encoder-1>log": [[852, 126], [690, 126]],
    "encoder-2>log": [[852, 126], [690, 126]],
    "gateway>exporter": around([440, 644]),
    "gateway>log": around([622, 644]),
    "gateway>queue": around([660, 644], [660, 530]),
    "exporter>profiles": [[440, 612], [258, 612], [258, 296]],
    "exporter>billing": [[434, 570], [434, 452]],
    "exporter>entitlement": [[434, 570], [434, 326]],
    "exporter>notifications": [[434, 570], [434, 514]],
    ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map(n =>
      [`gateway>support-${n}`, around([862, 644], [862, 466 + 21 * (n - 1)])])),
  },
  //  Published to, and so without calls that could be counted
  wires: [["catalog", "edge-1"], ["catalog", "edge-2"], ["alerts", "relay"],
          ["relay", "screen-1"], ["relay", "screen-2"], ["relay", "screen-3"]],
  regions: [
    { name: "films", at: [322, 20] },
    { name: "plans and money", at: [322, 462] },
    { name: "storm alerts", at: [745, 28] },
    { name: "the bus", at: [622, 80] },
    { name: "the belts", at: [764, 602] },
    { name: "support desk", at: [924, 430] },
  ],
  rings: [132, 302, 432, 560, 698],
  key: [20, 470],
};

//  Depth of each: as many calls away from where calls begin
function depths (names, edges)
{
  const depth = new Map(names.map(name => [name, 0]));
  for (let round = 0; round < names.length; round++)
    for (const { from, to } of edges)
      if (depth.has(from) && depth.has(to) && from !== to
          && depth.get(to) < depth.get(from) + 1 && depth.get(from) < 5)
        depth.set(to, depth.get(from) + 1);
  return depth;
}

function columns (names, edges, width)
{
  const depth = depths(names, edges);
  const most = Math.max(1, ...depth.values());
  const nodes = {};
  for (let column = 0; column <= most; column++) {
    const here = names.filter(name => depth.get(name) === column);
    here.forEach((name, i) => {
      nodes[name] = [90 + column * (width - 180) / most,
                     HEIGHT * 0.75 * (i + 0.5) / here.length + 20];
    });
  }
  return nodes;
}

//  A plan for these services. Those of a known constellation stand where they
//  always do, and what it has beyond stands at the lower edge.
export function plan (names, edges, queues)
{
  const known = names.filter(name => STREAMING.nodes[name]);
  if (known.length * 2 >= names.length) {
    const nodes = { ...STREAMING.nodes };
    names.filter(name => !nodes[name]).forEach((name, i) => {
      nodes[name] = [560 + 90 * i, 648];
    });
    return { ...STREAMING, nodes };
  }
  const lanes = Object.fromEntries(queues.map(
    (name, i) => [name, 90 + i * Math.min(104, 520 / queues.length)]));
  const width = queues.length ? WIDTH - 220 : WIDTH;
  return { nodes: columns(names, edges, width), rails: {}, lanes: {}, via: {},
           belts: { "": { x: 800, width: 160, lanes } },
           wires: [], regions: [], rings: [], key: [28, 500] };
}

//  What a service is called without the number of its copy
export function family (name)
{
  return name.replace(/-\d+$/, "");
}
