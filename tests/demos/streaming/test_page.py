#  SPDX-License-Identifier: MIT
"""The page of the constellation: what it shows, and what it can do."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import types
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TESTS = os.path.join(HERE, "..", "..")
sys.path[:0] = [os.path.join(TESTS, "support"),
                os.path.join(TESTS, "support", "browser"),
                os.path.join(HERE, "..", "zp")]

import browser  # noqa: E402
import cli  # noqa: E402
import scenes  # noqa: E402

STREAMING = os.path.join(HERE, "..", "..", "..", "demos", "streaming")
if "ZP_SOURCE_DIR" in os.environ:
    STREAMING = os.path.join(os.environ["ZP_SOURCE_DIR"], "demos", "streaming")
THERE = os.path.join(os.path.dirname(os.path.abspath(cli.BIN)), "browser")

LIVE = "document.getElementById('link').textContent === 'live'"
STATES = """Object.fromEntries([...document.querySelectorAll('.node')].map(
    node => [node.dataset.name, node.dataset.state]))"""
SOUND = f"Object.values({STATES}).every(is => is === 'ready' || is === 'off')"
DIALOG = "document.getElementById('dialog').open"
DIAGRAM = ("document.querySelector('#dialog .picture')?.shadowRoot"
           ".querySelector('svg')")
STRAYS = ("document.documentElement.scrollWidth - "
          "document.documentElement.clientWidth")
VIEWS = [("light-1440", 1440, 900, "light", "no-preference"),
         ("dark-1920", 1920, 1080, "dark", "no-preference"),
         ("still-1440", 1440, 900, "light", "reduce"),
         ("phone-390", 390, 844, "dark", "no-preference"),
         ("zoomed-720", 720, 450, "light", "no-preference")]


def scene(name, part):
    return f"[data-scene={name}] {part}"


def seen(name, kind):
    """True when all is ticked that should be."""
    items = f"[...document.querySelectorAll('[data-scene={name}] .{kind} li')]"
    return f"{items}.length > 0 && {items}.every(li => 'seen' in li.dataset)"


@unittest.skipIf(scenes.SANITIZED, "thirty processes with a sanitizer are slow")
@browser.needed
class Page(unittest.TestCase):
    """One constellation for all; each test leaves it whole."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="zp-", dir="/tmp")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.env = {**os.environ, "XDG_RUNTIME_DIR": cls.folder}
        topology = os.path.join(STREAMING, "topology.json")
        cls.zp("up", topology, "--name", "streaming", "--detach")
        cls.addClassCleanup(cls.zp, "down")
        cls.url = cls.zp("call", "gateway", "gateway.url").strip() + "/"
        token = os.path.join(cls.folder, f"zpatterns-{os.geteuid()}",
                             "streaming", "token")
        with open(token, encoding="utf-8") as file:
            cls.token = file.read().strip()
        cls.page = browser.Browser(
            types.SimpleNamespace(addCleanup=cls.addClassCleanup), THERE)

    @classmethod
    def zp(cls, *words):
        return subprocess.run([cli.ZP, *words], env=cls.env, text=True,
                              check=True, stdout=subprocess.PIPE,
                              timeout=cli.PATIENCE_S).stdout

    def open(self, token=True):
        """The page, loaded anew."""
        page = self.page
        page.size(1440, 900)
        page.eval("location.host && sessionStorage.clear()")
        page.goto("about:blank")
        end = f"#token={self.token}" if token else ""
        self.assertEqual(page.goto(self.url + end), 200)
        page.wait(LIVE)
        page.wait("document.querySelectorAll('.node').length > 0")
        return page

    def assert_quiet(self, page):
        self.assertEqual(page.said(), [])

    def focus(self, page, selector):
        page.eval(f"document.querySelector({json.dumps(selector)}).focus()")

    def test_it_shows_all_services_and_what_state_they_are_in(self):
        page = self.open()
        wanted = {one["name"]: one["state"] for one in json.loads(
            self.zp("ps", "--all", "--json"))["services"]}
        page.wait(SOUND)
        self.assertEqual(page.eval(STATES), wanted)
        self.assertEqual(page.eval("document.getElementById('name')"
                                   ".textContent"), "streaming")
        self.zp("pause", "edge-1")
        self.zp("kill", "edge-2")
        page.wait(f"{STATES}['edge-1'] === 'paused'")
        page.wait(f"{STATES}['edge-2'] === 'dead'")
        self.zp("resume", "edge-1")
        self.zp("start", "edge-2")
        page.wait(SOUND)
        self.assert_quiet(page)

    def test_a_scene_is_broken_ticks_itself_and_is_healed(self):
        page = self.open()
        page.wait("!document.querySelector('[data-scene=home] .break')"
                  ".disabled")
        page.click(scene("home", ".break"))
        page.wait(f"{STATES}.profiles === 'dead'")
        page.wait(seen("home", "expect"))
        page.wait("document.querySelector('.greeting .badge')"
                  ".textContent === 'guest'")
        self.assertEqual(page.eval(
            "document.querySelector('[data-scene=home] .break').textContent"),
            "Heal")
        page.click(scene("home", ".break"))
        page.wait(f"{STATES}.profiles === 'ready'")
        page.wait(seen("home", "recovered"))
        page.wait("document.querySelector('.greeting .name')"
                  ".textContent === 'Ada'")
        self.assert_quiet(page)

    def test_heal_all_heals_what_was_broken_elsewhere(self):
        page = self.open()
        self.zp("kill", "edge-1")
        page.wait(f"{STATES}['edge-1'] === 'dead'")
        page.click("#heal-all")
        page.wait(f"{STATES}['edge-1'] === 'ready'")
        self.assert_quiet(page)

    def test_the_support_desk_grows_and_the_load_can_be_set(self):
        page = self.open()
        count = "document.querySelector('.groups output').textContent"
        self.assertEqual(page.eval(count), "4 of 8")
        page.click("[aria-label='One support more']")
        page.wait(f"{STATES}['support-5'] === 'ready'")
        page.wait(f"{count} === '5 of 8'")
        page.click("[aria-label='One support less']")
        page.wait(f"{STATES}['support-5'] === 'off'")
        for factor in (3, 1):
            page.click(f"[data-factor='{factor}']")
            page.wait(f"document.querySelector('[data-factor=\"{factor}\"]')"
                      ".getAttribute('aria-pressed') === 'true'")
        self.assert_quiet(page)

    def test_a_request_tells_its_story_by_mouse_and_by_keyboard(self):
        page = self.open()
        page.wait("document.querySelector('#requests .row')")
        page.eval("document.querySelector('#requests .row').click()")
        page.wait(f"{DIAGRAM} && true")
        page.press("Escape")
        page.wait(f"!{DIALOG}")

        self.focus(page, "#requests .row")
        held = page.eval("document.activeElement.textContent")
        page.press("Enter")
        page.wait(f"{DIAGRAM} && true")
        for form, part in (("Mermaid", "sequenceDiagram"), ("JSON", "lanes")):
            page.eval("[...document.querySelectorAll('#dialog .choice button')]"
                      f".find(one => one.textContent === '{form}').click()")
            page.wait("document.querySelector('#dialog pre')?.textContent"
                      f".includes('{part}')")
        page.press("Escape")
        page.wait(f"!{DIALOG}")
        self.assertEqual(page.eval("document.activeElement.textContent"), held)
        self.assert_quiet(page)

    def test_keys_go_from_star_to_star_and_from_scene_to_scene(self):
        page = self.open()
        self.focus(page, "[data-name=gateway]")
        page.press("ArrowRight")
        self.assertEqual(page.eval("document.activeElement.dataset.name"),
                         "profiles")
        page.press("Enter")
        page.wait(f"{DIALOG} && document.getElementById('dialog-title')"
                  ".textContent === 'profiles'")
        page.press("Escape")
        self.focus(page, "#acts .head")
        page.press("ArrowDown")
        self.assertEqual(
            page.eval("document.activeElement.closest('li').dataset.scene"),
            page.eval("document.querySelectorAll('#acts > li')[1]"
                      ".dataset.scene"))
        page.press("Enter")
        page.wait("document.activeElement.getAttribute('aria-expanded')"
                  " === 'true'")
        self.assert_quiet(page)

    def test_without_the_key_it_looks_and_breaks_nothing(self):
        page = self.open(token=False)
        page.wait("document.querySelector('#acts .break')")
        self.assertTrue(page.eval(
            "[...document.querySelectorAll('.break, #heal-all,"
            " .tools .choice button')].every(button => button.disabled)"))
        self.assertIn("#token=", page.eval(
            "document.getElementById('keyless').innerText"))
        self.assert_quiet(page)

    def test_it_says_when_nobody_answers_and_goes_on_when_they_do(self):
        page = self.open()
        self.zp("pause", "gateway")
        self.addCleanup(self.zp, "resume", "gateway")
        page.wait(f"!({LIVE})")
        self.assertIn("does not answer", page.eval(
            "document.getElementById('link').textContent"))
        self.zp("resume", "gateway")
        page.wait(LIVE)

    def test_it_fits_all_screens_and_stands_still_if_wanted(self):
        page = self.open()
        folder = os.environ.get("ZP_SHOTS") or self.folder
        for name, width, height, scheme, motion in VIEWS:
            with self.subTest(name):
                page.size(width, height)
                page.prefer(colorScheme=scheme, reducedMotion=motion)
                page.wait("'still' in document.body.dataset === "
                          f"{'true' if motion == 'reduce' else 'false'}")
                self.assertEqual(page.eval(STRAYS), 0)
                page.shot(os.path.join(folder, f"page-{name}.png"))
        self.assert_quiet(page)


if __name__ == "__main__":
    unittest.main()
