//  SPDX-License-Identifier: MIT
//
//  The page: asks the stage twice a second what is, and shows it.

import { get, post, token } from "./api.js";
import { make, put, set } from "./dom.js";
import { Dialog } from "./dialog.js";
import { Head } from "./head.js";
import { StarMap } from "./map.js";
import { Requests } from "./requests.js";
import { Sagas } from "./sagas.js";
import { Scenes } from "./scenes.js";
import { Census, openService } from "./service.js";
import { Viewer } from "./viewer.js";

const EACH_MS = 500;  // Twice a second

const at = id => document.getElementById(id);

let latest = null;     // What the stage said last
let heard = null;      // When

//  What the buttons could not do stands there until the next works
function fail (error)
{
  const notice = at("notice");
  notice.hidden = false;
  notice.textContent = error.status === 401 || error.status === 403
    ? "The key in this page's address is of another run. Open the address that "
      + "demos/run printed."
    : `That did not work: ${error.message}`;
  clearTimeout(fail.timer);
  fail.timer = setTimeout(() => { notice.hidden = true; }, 8000);
}

//  To those who do not see it
function tell (text)
{
  const line = make("span", {}, text);
  at("told").append(line);
  setTimeout(() => line.remove(), 10000);
}

//  Movement is not wanted: the system says so, or a person here
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const still = {
  on: calm.matches,
  toggle () {
    this.on = !this.on;
    moveOrNot();
    return this.on;
  },
};

const dialog = new Dialog(at("dialog"));
const open = name => openService(dialog, name, () => latest, fail);
const map = new StarMap(at("sky"), open);
const census = new Census(at("census"), open);
const head = new Head({ name: at("name"), about: at("about"),
                        list: at("figures"), tools: at("tools"), fail, still });
const scenes = new Scenes(at("acts"), {
  spot: names => map.spot(names), tell, fail });
const sagas = new Sagas(at("sagas"), at("saga-counts"), dialog);
const requests = new Requests(at("requests"), {
  held: at("held"), troubled: at("troubled"), dialog });
new Viewer(at("viewer"));

function moveOrNot ()
{
  set(document.body, "data-still", still.on ? "" : null);
  map.motion.move(!still.on && !("gone" in document.body.dataset));
}

//  What comes by HTTP is known to those who ask: without a line of its own in
//  what the stage says it is drawn as they tell it
function withViewers (state)
{
  const { services, edges, load } = state;
  if (!services.viewers || !services.gateway || !load?.rate
      || edges.some(({ from }) => from === "viewers"))
    return;
  edges.push({ from: "viewers", to: "gateway", rate: load.rate, pieces: 0,
               failed_rate: 0, lost_rate: 0, retry_rate: 0 });
  services.gateway.rate ||= load.rate;
}

function show (state)
{
  withViewers(state);
  head.show(state);
  map.show(state, still.on);
  scenes.show(state.scenes);
  sagas.show(state.sagas);
  requests.show(state.requests);
  census.show(state);
  dialog.update?.(state);
  at("heal-all").disabled = !token;
}

function showLink (error)
{
  const gone = Boolean(error);
  if (gone !== ("gone" in document.body.dataset)) {
    set(document.body, "data-gone", gone ? "" : null);
    moveOrNot();
  }
  const who = error?.status ? "stage" : "gateway";
  put(at("link"), !error ? "live" : !latest
    ? `The ${who} does not answer yet; it is asked again.`
    : `The ${who} does not answer. What you see is from `
      + `${heard.toLocaleTimeString()}; it is asked again.`);
}

async function look ()
{
  clearTimeout(look.timer);
  if (document.hidden)
    return;
  const turn = look.turn = (look.turn ?? 0) + 1;
  try {
    const state = await get("/stage/state");
    if (turn !== look.turn)
      return;
    heard = new Date();
    latest = state;
    showLink(null);
  } catch (error) {
    showLink(error);
  }
  if (turn !== look.turn)
    return;
  look.timer = setTimeout(look, EACH_MS);
  if (!("gone" in document.body.dataset))
    show(latest);
}

at("keyless").hidden = Boolean(token);
at("heal-all").addEventListener("click", () =>
  post("/stage/heal").catch(fail));
calm.addEventListener("change", () => {
  still.on = calm.matches;
  moveOrNot();
});
document.addEventListener("visibilitychange", look);
moveOrNot();
look();
