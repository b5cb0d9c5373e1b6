//  SPDX-License-Identifier: MIT
//
//  Small helpers: elements, texts that are only touched when they change,
//  numbers of a fixed width, and a line of figures.

const SVG = "http://www.w3.org/2000/svg";

function fill (element, attributes, children)
{
  for (const [name, value] of Object.entries(attributes))
    if (name.startsWith("on"))
      element.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, value === true ? "" : value);
  element.append(...children);
  return element;
}

//  An element of HTML. Attributes that begin with "on" are listeners; children
//  are elements, or strings, which are text and nothing else.
export function make (tag, attributes = {}, ...children)
{
  return fill(document.createElement(tag), attributes, children);
}

export function draw (tag, attributes = {}, ...children)
{
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

//  What did not change is not touched: no layout, nothing read out again
export function put (element, text)
{
  if (element.textContent !== String(text))
    element.textContent = text;
}

export function set (element, name, value)
{
  if (value === null || value === undefined || value === false)
    element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value))
    element.setAttribute(name, value);
}

//  Make the children of parent be one for each key, in that order, and return
//  them by key. What has a key already keeps its element, and with it focus.
export function keep (parent, keys, create)
{
  const there = new Map([...parent.children].map(
    child => [child.dataset.key, child]));
  let before = parent.firstElementChild;
  const now = new Map();
  for (const key of keys) {
    let child = there.get(key);
    if (!child) {
      child = create(key);
      child.dataset.key = key;
    }
    there.delete(key);
    if (child === before)
      before = before.nextElementSibling;
    else
      parent.insertBefore(child, before);
    now.set(key, child);
  }
  for (const child of there.values())
    child.remove();
  return now;
}

//  Somebody points at it, has the focus in it, or reads what it has opened:
//  nothing may move away from there
export function isHeld (list, dialog)
{
  return list.childElementCount > 0
    && (list.matches(":hover, :focus-within") || dialog.element.open);
}

//  At most four characters: 0.4, 12, 1.2k
export function short (value)
{
  if (!Number.isFinite(value))
    return "–";
  if (value >= 9950)
    return `${Math.round(value / 1000)}k`;
  if (value >= 1000)
    return `${(value / 1000).toFixed(1)}k`;
  return value >= 9.95 || Number.isInteger(value) ? String(Math.round(value))
                                                  : value.toFixed(1);
}

export function span (ms)
{
  if (!Number.isFinite(ms))
    return "–";
  if (ms < 1000)
    return `${ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms)} ms`;
  if (ms < 120000)
    return `${(ms / 1000).toFixed(ms < 10000 ? 1 : 0)} s`;
  return ms < 7200000 ? `${Math.round(ms / 60000)} min`
                      : `${Math.round(ms / 3600000)} h`;
}

//  Points of a line of figures in a box of that size, the last at its right
export function spark (values, width, height, most, room = values.length)
{
  const top = Math.max(most || 0, ...values, 1);
  const step = width / Math.max(room - 1, 1);
  const left = width - step * (values.length - 1);
  return values.map((value, i) =>
    `${(left + i * step).toFixed(1)},` +
    `${(height - value / top * height).toFixed(1)}`).join(" ");
}

//  A command that can be copied
export function command (text)
{
  const button = make("button", { type: "button", class: "copy",
                                  "aria-label": `Copy ${text}` }, "copy");
  button.addEventListener("click", () => copy(text, button));
  return make("p", { class: "command" }, make("code", {}, text), button);
}

export async function copy (text, button)
{
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "copied";
  } catch {
    button.textContent = "can't copy";
  }
  setTimeout(() => { button.textContent = before; }, 1500);
}
