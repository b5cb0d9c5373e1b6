//  SPDX-License-Identifier: MIT
//
//  One page in a real browser, for a test in another language: each line in is
//  a JSON array, [VERB, ARGUMENT...], and each line out the JSON of what came
//  of it, {"value": V} or {"error": TEXT}.
//
//      ["goto", URL]            load a page
//      ["eval", SCRIPT]         the value of an expression in it
//      ["wait", SCRIPT, MS]     the same, once it is true
//      ["click", SELECTOR]      as a person does
//      ["press", KEY]           where the focus is, such as "Enter"
//      ["prefer", PREFERENCES]  {"colorScheme": "dark", "reducedMotion": ...}
//      ["shot", FILE]           a picture of all of it
//      ["size", WIDTH, HEIGHT]  of the window
//      ["said"]                 errors that the page or its console told

import { chromium } from "playwright-core";
import readline from "node:readline";

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--autoplay-policy=no-user-gesture-required",
         "--mute-audio"],
});
const page = await browser.newPage();
const said = [];
page.on("pageerror", error => said.push(String(error)));
page.on("console", message => {
  if (message.type() === "error")
    said.push(message.text());
});

const verbs = {
  goto: async url => (await page.goto(url))?.status(),
  eval: script => page.evaluate(script),
  wait: async (script, timeout) =>
    (await page.waitForFunction(script, null, { timeout })).jsonValue(),
  click: selector => page.click(selector),
  press: key => page.keyboard.press(key),
  prefer: preferences => page.emulateMedia(preferences),
  shot: async path => { await page.screenshot({ path, fullPage: true }); },
  size: (width, height) => page.setViewportSize({ width, height }),
  said: () => said.splice(0),
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const [verb, ...args] = JSON.parse(line);
  let answer;
  try {
    answer = { value: await verbs[verb](...args) ?? null };
  } catch (error) {
    answer = { error: String(error) };
  }
  console.log(JSON.stringify(answer));
}
await browser.close();
