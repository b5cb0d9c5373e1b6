//  SPDX-License-Identifier: MIT
//
//  A drawing that comes as text. It is parsed as XML, loses all that could run
//  or load something, and stands in a tree of its own, so its styles are not
//  the page's.

import { make } from "./dom.js";

const ALLOWED = new Set(["svg", "g", "title", "desc", "style", "defs", "marker",
  "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text",
  "tspan"]);

const SMALLEST = 0.7;  // Of its own size

function clean (element)
{
  for (const child of [...element.children])
    if (ALLOWED.has(child.localName))
      clean(child);
    else
      child.remove();
  if (element.localName === "style"
      && /url|import|\\/i.test(element.textContent))
    element.remove();
  for (const { name, value } of [...element.attributes])
    if (/^on|href$|^style$/i.test(name)
        || /url/i.test(value) && !/^url\(#[\w-]+\)$/.test(value))
      element.removeAttribute(name);
}

export function picture (text)
{
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const svg = parsed.documentElement;
  if (svg.localName !== "svg" || parsed.querySelector("parsererror"))
    return make("p", { class: "failure" }, "That is no drawing.");
  clean(svg);
  //  As wide as there is room, but not so small that nobody can read it
  const wide = svg.viewBox.baseVal.width || 800;
  svg.style.cssText = `display: block; height: auto; max-width: ${wide}px; `
    + `width: max(100%, ${SMALLEST * wide}px)`;
  const place = make("div", { class: "picture", tabindex: "0", role: "region",
                              "aria-label": "Drawing" });
  place.attachShadow({ mode: "open" }).append(document.importNode(svg, true));
  return place;
}
