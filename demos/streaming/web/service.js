//  SPDX-License-Identifier: MIT
//
//  One service: its figures, whom it calls, and what can be done to it; and all
//  of them in a table.

import { command, keep, make, put, set, short, span } from "./dom.js";
import { post, token } from "./api.js";

const VERBS = { kill: ["ready", "starting", "silent", "paused"],
                pause: ["ready", "silent"], resume: ["paused"],
                start: ["dead", "stopped"] };

function micros (us)
{
  return Number.isFinite(us) ? span(us / 1000) : "–";
}

function figures (service)
{
  return [
    ["state", [service.state, service.how].filter(Boolean).join(", ")],
    ["process", service.pid ? `${service.pid}, up ${span(service.uptime_ms)}`
      : "none"],
    ["requests", `${short(service.rate)}/s, ${service.requests ?? 0} in all`],
    ["failures", `${short(service.failure_rate)}/s, `
      + `${service.failures ?? 0} in all`],
    ["half took", micros(service.p50_us)],
    ["99 % took", micros(service.p99_us)],
    ["in flight", service.in_flight ?? 0],
    ["shed", service.shed ?? 0],
    ["asked again", service.repeated ?? 0],
    ["memory", service.rss_kb ? `${(service.rss_kb / 1024).toFixed(1)} MB`
      : "–"],
    ["processor", `${short(service.cpu_percent)} %`],
    ["descriptors", service.fds ?? "–"],
    ["faults", service.rules?.length
      ? `${service.rules.length} rules, ${service.faults ?? 0} hits` : "none"],
    ...Object.entries(service.gauges ?? {}).map(([name, value]) =>
      [name, value]),
  ];
}

function lay (list, rows)
{
  const by = new Map(rows);
  const kept = keep(list, [...by.keys()], name =>
    make("div", {}, make("dt", {}, name), make("dd")));
  for (const [name, row] of kept)
    put(row.lastElementChild, by.get(name));
}

//  Show it in the dialog; it lives there until that is closed
export function openService (dialog, name, latest, fail)
{
  const list = make("dl", { class: "facts" });
  const calls = make("dl", { class: "facts calls" });
  const buttons = Object.keys(VERBS).map(verb => make("button", {
    type: "button", "data-verb": verb,
    onclick: () => post(`/stage/${verb}/${encodeURIComponent(name)}`)
      .catch(fail) }, verb));
  const verbs = make("p", { class: "verbs" }, ...buttons);
  const update = state => {
    const service = state.services[name];
    if (!service)
      return;
    lay(list, figures(service));
    lay(calls, state.edges.filter(edge => edge.from === name).map(edge =>
      [edge.to, `${short(edge.rate)}/s, breaker ${edge.breaker}`
        + (edge.retries ? `, ${edge.retries} retries` : "")
        + (edge.lost ? `, ${edge.lost} lost` : "")]));
    for (const button of buttons)
      button.disabled = !token
        || !VERBS[button.dataset.verb].includes(service.state);
  };
  dialog.show(name, async body => {
    update(latest());
    const heard = calls.children.length
      ? [make("h3", {}, "Calls"), calls] : [];
    body.append(list, verbs, ...heard,
                command(`zp kill ${name}`), command(`zp start ${name}`));
  });
  dialog.update = update;
}

const COLUMNS = ["service", "state", "requests/s", "failures/s", "99 % took",
                 "in flight", "memory", "processor"];

export class Census
{
  constructor (details, open)
  {
    this.details = details;
    this.open = open;
    this.body = make("tbody");
    details.querySelector("div").append(make("table", {},
      make("thead", {}, make("tr", {}, ...COLUMNS.map(name =>
        make("th", { scope: "col" }, name)))), this.body));
  }

  show ({ services })
  {
    if (!this.details.open)
      return;
    const rows = keep(this.body, Object.keys(services), name =>
      make("tr", {}, make("th", { scope: "row" }, make("button", {
        type: "button", class: "plain", onclick: () => this.open(name) },
        name)), ...COLUMNS.slice(1).map(() => make("td"))));
    for (const [name, row] of rows) {
      const service = services[name];
      set(row, "data-state", service.state);
      [service.state, short(service.rate), short(service.failure_rate),
       micros(service.p99_us), service.in_flight ?? 0,
       service.rss_kb ? `${(service.rss_kb / 1024).toFixed(1)} MB` : "–",
       `${short(service.cpu_percent)} %`].forEach((text, i) =>
        put(row.children[i + 1], text));
    }
  }
}
