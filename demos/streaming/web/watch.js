//  SPDX-License-Identifier: MIT
//
//  What happens in the service, as it comes: the events of its log. When the
//  connection breaks the browser comes back by itself, and says which event it
//  had last, so none is missing and none comes twice.

const MOST = 50;  // Lines that are shown

const news = document.getElementById("news");
const state = document.getElementById("state");

function show (text, kind)
{
  state.textContent = text;
  state.className = kind;
}

function cell (tag, text, kind)
{
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = kind;
  return element;
}

function add (message)
{
  const { offset, time_ms, value } = JSON.parse(message.data);
  const { event = "?", ...about } = Object(value);
  const line = document.createElement("li");
  line.dataset.offset = offset;
  line.append(
    cell("time", new Date(time_ms).toLocaleTimeString(), "when"),
    cell("strong", event, "what"),
    cell("span", Object.values(about).join(", "), "about"));
  news.prepend(line);
  while (news.childElementCount > MOST)
    news.lastElementChild.remove();
}

const source = new EventSource("/events");
source.onopen = () => show("live", "live");
source.onerror = () => show("the connection is gone, trying again", "gone");
source.onmessage = add;
