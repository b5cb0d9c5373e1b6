//  SPDX-License-Identifier: MIT
//
//  What a viewer sees: a film, and the home page of one of them, asked for
//  again and again as the app does.

import { keep, make, put, set, span } from "./dom.js";

const EACH_MS = 2000;
const PATIENCE_MS = 5000;
const PROFILES = ["ada", "bruno", "clara", "dino"];
const TILES = 5;
const FILM = "/films/zpatterns.webm#t=12";  // Which shows what it is about

//  Where only the id of a film is known: "the-golem" as "The golem"
function title (id)
{
  const words = id.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export class Viewer
{
  constructor (place)
  {
    this.profile = PROFILES[0];
    this.seen = false;
    this.choice = make("div", { class: "choice", role: "radiogroup",
                                "aria-label": "Who watches" },
      ...PROFILES.map(name => make("label", {},
        make("input", { type: "radio", name: "profile", value: name,
                        checked: name === this.profile,
                        onchange: () => this.choose(name) }),
        title(name))));
    this.film = make("video", { src: FILM, controls: true,
      preload: "metadata", playsinline: true, "aria-label": "The film" });
    this.face = make("span", { class: "face", "aria-hidden": "true" });
    this.name = make("strong", { class: "name" });
    this.badge = make("span", { class: "badge" });
    this.took = make("span", { class: "took" });
    this.rows = { for_you: this.row("For you"),
                  trending: this.row("Trending") };
    place.querySelector("h2").after(this.choice);
    place.append(make("div", { class: "screen" }, this.film,
      make("div", { class: "home" },
        make("p", { class: "greeting" }, this.face, this.name, this.badge,
             this.took),
        this.rows.for_you.element, this.rows.trending.element)));
    new IntersectionObserver(([entry]) => {
      this.seen = entry.isIntersecting;
      this.ask();
    }).observe(place);
    document.addEventListener("visibilitychange", () => this.ask());
  }

  row (name)
  {
    const badge = make("span", { class: "badge" });
    const films = make("ol", { class: "films" });
    return { badge, films, element: make("div", { class: "shelf" },
      make("h3", {}, name, badge), films) };
  }

  choose (name)
  {
    this.profile = name;
    this.ask();
  }

  async ask ()
  {
    clearTimeout(this.timer);
    if (!this.seen || document.hidden)
      return;
    const profile = this.profile;
    const begun = performance.now();
    let home = {}, status = "no answer";
    try {
      const answer = await fetch(`/api/home/${profile}`, {
        cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
      status = answer.status;
      home = answer.ok ? await answer.json() : {};
    } catch {
      //  What stands there stays; the status says that it is old
    }
    if (profile === this.profile)
      this.show(home, status, performance.now() - begun);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), EACH_MS);
  }

  show (home, status, ms)
  {
    put(this.took, status === 200 ? `200 in ${span(ms)}` : `✕ ${status}`);
    set(this.took, "data-bad", status === 200 ? null : "");
    if (status !== 200)
      return;
    const stale = Object.keys(Array.isArray(home.stale)
      ? Object.fromEntries(home.stale.map(part => [part, true]))
      : home.stale ?? {});
    const name = home.profile?.name;
    put(this.face, name ? name.charAt(0) : "?");
    put(this.name, name ? name.split(",")[0] : "Welcome");
    put(this.badge, !name ? "guest" : home.may_watch?.may
      ? home.may_watch.plan ?? "subscribed" : "no plan");
    set(this.badge, "data-kind", name ? null : "guest");
    this.shelve("for_you", home, stale, home.for_you?.films?.map(film =>
      [film.id, film.title, film.year]));
    this.shelve("trending", home, stale, home.trending?.films?.map(
      ({ film, plays }) => [film, title(film), `${plays} plays`]));
  }

  shelve (part, home, stale, films)
  {
    const { badge, films: list } = this.rows[part];
    const why = home.missing?.[part];
    put(badge, why ? `left out: ${why}` : stale.includes(part) ? "cached"
      : films?.length === 0 ? "nothing yet" : "");
    set(badge, "data-kind", why ? "missing" : "stale");
    const by = new Map((films ?? []).slice(0, TILES).map(
      film => [film[0], film]));
    const tiles = keep(list, [...by.keys()], () =>
      make("li", {}, make("span"), make("small")));
    for (const [id, tile] of tiles) {
      put(tile.firstElementChild, by.get(id)[1]);
      put(tile.lastElementChild, by.get(id)[2]);
    }
  }
}
