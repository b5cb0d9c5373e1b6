//  SPDX-License-Identifier: MIT
//
//  The one dialog of the page. Escape and a click beside it close it, and focus
//  goes back to where it was.

import { make } from "./dom.js";

export class Dialog
{
  constructor (element)
  {
    this.element = element;
    this.title = element.querySelector("h2");
    this.body = element.querySelector("#dialog-body");
    this.turn = 0;
    element.querySelector("#dialog-close")
      .addEventListener("click", () => element.close());
    element.addEventListener("click", event => {
      if (event.target === element)
        element.close();
    });
    element.addEventListener("close", () => {
      this.update = null;
      this.turn++;
    });
  }

  //  Open it with what makeBody puts into an element. If that takes longer
  //  than the dialog is open, nobody sees it.
  async show (title, makeBody)
  {
    const turn = ++this.turn;
    this.update = null;
    this.title.textContent = title;
    this.body.replaceChildren(make("p", { class: "hint" }, "one moment …"));
    if (!this.element.open)
      this.element.showModal();
    const body = make("div");
    try {
      await makeBody(body);
    } catch (error) {
      body.replaceChildren(make("p", { class: "failure" },
                                `That did not work: ${error.message}`));
    }
    if (turn === this.turn)
      this.body.replaceChildren(body);
  }
}
