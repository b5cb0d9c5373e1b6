//  SPDX-License-Identifier: MIT
//
//  The latest requests; each opens its story: who asked whom, in which order,
//  and what was lost on the way.

import { command, copy, isHeld, keep, make, put, set, span } from "./dom.js";
import { get } from "./api.js";
import { picture } from "./drawing.js";

const MOST = 15;
const SLOW_MS = 1000;  // The length of the longest bar

//  One that has no status yet goes on still
function isBad (status)
{
  return Boolean(status) && status !== "OK";
}

export class Requests
{
  constructor (list, { held, troubled, dialog })
  {
    Object.assign(this, { list, held, troubled, dialog });
    this.requests = [];
    troubled.addEventListener("change", () => this.draw());
  }

  show (requests)
  {
    this.requests = requests;
    const hold = isHeld(this.list, this.dialog);
    this.held.hidden = !hold;
    if (!hold)
      this.draw();
  }

  draw ()
  {
    const shown = this.requests.filter(({ retries, lost, status, age_ms }) =>
      (status || age_ms > SLOW_MS)
      && (!this.troubled.checked || retries || lost || isBad(status)))
      .slice(0, MOST);
    const by = new Map(shown.map(request => [request.trace, request]));
    const rows = keep(this.list, [...by.keys()], trace => this.create(trace));
    for (const [trace, row] of rows)
      this.showRequest(row, by.get(trace));
  }

  create (trace)
  {
    const part = name => make("span", { class: name });
    const parts = { sign: part("sign"), what: part("what"),
                    troubles: part("troubles"), ms: part("ms"),
                    bar: part("bar"), age: part("age") };
    const element = make("li", {}, make("button", { type: "button",
      class: "row", onclick: () => this.open(trace) },
      ...Object.values(parts)));
    element.parts = parts;
    return element;
  }

  showRequest (row, { what, status, ms, age_ms, retries, lost })
  {
    const { parts } = row;
    const bad = isBad(status);
    set(row, "data-bad", bad ? "" : null);
    put(parts.sign, bad ? "✕" : status ? "✓" : "…");
    put(parts.what, what);
    const word = (count, one, more) =>
      count ? `${count} ${count === 1 ? one : more}` : "";
    put(parts.troubles, [
      !bad ? "" : status.toLowerCase().replaceAll("_", " "),
      word(retries, "retry", "retries"), word(lost, "lost", "lost"),
    ].filter(Boolean).join(", "));
    put(parts.ms, status ? span(ms) : "");
    const part = !status ? 0
      : Math.log1p(Math.min(ms, SLOW_MS)) / Math.log1p(SLOW_MS);
    parts.bar.style.setProperty("--part", part.toFixed(3));
    put(parts.age, `${Math.round(age_ms / 1000)} s`);
    row.what = what;
  }

  open (trace)
  {
    const what = this.list.querySelector(`[data-key="${CSS.escape(trace)}"]`)
      ?.what ?? trace;
    this.dialog.show(what, async body => {
      const path = `/stage/trace/${encodeURIComponent(trace)}`;
      const { svg } = await get(`${path}?as=svg`);
      body.append(this.views(path, svg), command(`zp trace ${trace}`));
    });
  }

  //  The diagram, and beside it what it is made of, for other programs
  views (path, svg)
  {
    const place = make("div", { class: "view" }, picture(svg));
    const forms = {
      "Diagram": async () => picture(svg),
      "Mermaid": async () =>
        this.text((await get(`${path}?as=mermaid`)).mermaid),
      "JSON": async () =>
        this.text(JSON.stringify(await get(`${path}?as=json`), null, 2)),
    };
    const buttons = Object.entries(forms).map(([name, form]) => {
      const button = make("button", { type: "button",
        "aria-pressed": String(name === "Diagram") }, name);
      button.addEventListener("click", async () => {
        for (const other of buttons)
          set(other, "aria-pressed", String(other === button));
        place.replaceChildren(await form().catch(error =>
          make("p", { class: "failure" }, error.message)));
      });
      return button;
    });
    return make("div", {}, make("div", { class: "choice", role: "group",
                                         "aria-label": "Shown as" },
                                ...buttons), place);
  }

  text (text)
  {
    const button = make("button", { type: "button", class: "copy" }, "copy");
    button.addEventListener("click", () => copy(text, button));
    return make("div", { class: "source" }, button,
                make("pre", { tabindex: "0" }, text));
  }
}
