//  SPDX-License-Identifier: MIT
//
//  Sagas as rows of steps. What is undone goes back from right to left, and so
//  does its arrow.

import { command, isHeld, keep, make, put, set } from "./dom.js";
import { get } from "./api.js";
import { picture } from "./drawing.js";

const MOST = 10;
const COUNTS = ["running", "compensating", "completed", "compensated",
                "parked"];

//  A sign for each state that does not need its colour
const SIGNS = { waiting: "", running: "…", done: "✓", passed: "–",
                refused: "✕", undoing: "←", undone: "↩", stuck: "!" };
const BACK = ["undoing", "undone", "stuck"];

//  One that is a step of another has that one's id, and its own name, in its id
function isStep ({ id, saga }, all)
{
  return id.endsWith(`.${saga}`)
    || all.some(other => id.startsWith(`${other.id}.`));
}

export class Sagas
{
  constructor (list, counts, dialog)
  {
    Object.assign(this, { list, dialog });
    this.counts = new Map(COUNTS.map(name => {
      const value = make("dd");
      counts.append(make("div", { "data-state": name },
                         make("dt", {}, name), value));
      return [name, value];
    }));
  }

  create (id)
  {
    const name = make("span", { class: "saga" });
    const state = make("span", { class: "state" });
    const track = make("span", { class: "track" });
    const button = make("button", { type: "button", class: "row",
                                    onclick: () => this.open(id) },
                        make("span", { class: "who" }, name, state), track);
    const element = make("li", {}, button);
    element.parts = { name, state, track };
    return element;
  }

  show (sagas)
  {
    for (const [name, value] of this.counts) {
      put(value, sagas[name] ?? 0);
      set(value.parentElement, "data-some", sagas[name] ? "" : null);
    }
    const all = sagas.recent ?? [];
    const by = new Map(all.map(saga => [saga.id, saga]));
    const ids = isHeld(this.list, this.dialog)
      ? [...this.list.children].map(row => row.dataset.key)
      : all.filter(one => !isStep(one, all)).slice(0, MOST).map(({ id }) => id);
    for (const [id, row] of keep(this.list, ids, id => this.create(id)))
      if (by.has(id))
        this.showSaga(row, by.get(id));
  }

  showSaga (row, { id, saga, state, steps })
  {
    const { name, state: word, track } = row.parts;
    set(row, "data-state", state);
    put(name, saga);
    put(word, state === "COMPENSATING" ? "going back" : state.toLowerCase());
    set(row.firstElementChild, "aria-label",
        `${saga} ${id}, ${state.toLowerCase()}: ` + steps.map(
          step => `${step.id} ${step.state}`).join(", "));
    const first = steps.findIndex(step => BACK.includes(step.state));
    const last = steps.findIndex(step => step.state === "refused");
    const cells = keep(track, steps.map(step => step.id), step =>
      make("span", { class: "step" }, make("b"), make("i", {}, step)));
    steps.forEach((step, i) => {
      const cell = cells.get(step.id);
      set(cell, "data-state", step.state);
      set(cell, "data-back",
          first >= 0 && i >= first && i < Math.max(last, first + 1) ? ""
            : null);
      put(cell.firstElementChild, SIGNS[step.state] ?? "?");
    });
  }

  open (id)
  {
    this.dialog.show(`Saga ${id}`, async body => {
      const { svg } = await get(`/stage/saga/${encodeURIComponent(id)}?as=svg`);
      body.append(picture(svg), command(`zp saga show ${id}`));
      const row = this.list.querySelector(`[data-key="${CSS.escape(id)}"]`);
      if (row?.dataset.state === "PARKED")
        body.append(make("p", { class: "hint" },
          "It waits for a person. When what was broken is mended:"),
          command(`zp saga retry ${id} --why 'it is mended'`));
    });
  }
}
