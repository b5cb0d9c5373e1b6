#  SPDX-License-Identifier: MIT
"""Scenes on the page, in a browser: broken by a click, ticked as they are seen,
healed by a click, and ticked as they recover.

Three of them; all with ZP_ROUNDS above 1. ZP_SHOTS names a folder for pictures.
"""

import json
import os
import sys
import unittest

import scenes

TESTS = os.path.join(scenes.HERE, "..", "..")
sys.path[:0] = [os.path.join(TESTS, "support"),
                os.path.join(TESTS, "support", "browser")]

import browser  # noqa: E402

THERE = os.path.join(os.path.dirname(os.path.abspath(scenes.cli.BIN)),
                     "browser")
SOME = ("storm", "play", "coordinator")
SHOTS = os.environ.get("ZP_SHOTS")


def names():
    if int(os.environ.get("ZP_ROUNDS") or 1) <= 1:
        return SOME
    with open(scenes.SCENES, encoding="utf-8") as file:
        return [scene["name"] for scene in json.load(file)]


class Scene:
    """One on the page"""

    def __init__(self, page, name):
        self.page = page
        self.name = name
        self.button = f"[data-scene={name}] .break"

    def click(self, says):
        """Click on its button when it says that and can be clicked."""
        self.page.wait(f"(button => button && !button.disabled &&"
                       f" button.textContent === '{says}')"
                       f"(document.querySelector('{self.button}'))")
        self.page.click(self.button)

    def await_ticked(self, kind):
        items = ("[...document.querySelectorAll("
                 f"'[data-scene={self.name}] .{kind} li')]")
        self.page.wait(f"{items}.length > 0 &&"
                       f" {items}.every(item => 'seen' in item.dataset)")

    def shot(self, what):
        if SHOTS:
            self.page.shot(os.path.join(SHOTS, f"{self.name}-{what}.png"))


@browser.needed
class Page(scenes.Case):
    factor = 3

    def repair(self):
        """What was parked, by hand"""
        parked = json.loads(self.all.zp("saga", "ls", "--state", "parked",
                                        "--json"))
        self.assertEqual(len(parked), 1)
        self.all.zp("saga", "retry", parked[0]["id"], "--why", "it is back")

    def test_scenes_tick_when_broken_and_when_healed(self):
        page = browser.Browser(self, THERE)
        page.size(1440, 900)
        with open(os.path.join(self.all.run, "token"), encoding="utf-8") as \
                file:
            token = file.read().strip()
        self.assertEqual(page.goto(f"http://{self.all.host}:{self.all.port}/"
                                   f"#token={token}"), 200)
        for name in names():
            with self.subTest(name):
                self.all.load(self.factor)
                scene = Scene(page, name)
                scene.click("Break")
                scene.await_ticked("expect")
                scene.shot("broken")
                scene.click("Heal")
                if name == "parked":
                    page.wait("document.querySelector('[data-scene=parked]"
                              " .break').textContent === 'Break'")
                    self.repair()
                scene.await_ticked("recovered")
                scene.shot("healed")
        self.assertEqual(page.said(), [])


if __name__ == "__main__":
    unittest.main()
