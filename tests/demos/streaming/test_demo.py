#  SPDX-License-Identifier: MIT
"""The demo of the streaming service runs, and leaves nothing behind."""

import os
import re
import subprocess
import sys
import unittest
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

import demo  # noqa: E402

EVENING = [
    "Who is watching?", "Good evening, Ada.", "What is there?",
    "The House of the Devil", "What may Ada like?", "because you watched",
    "Ada watches a comedy.", "Sherlock Jr.", "What may Ada like now?",
    "because you watched Sherlock Jr.", "Ada uploads a film of her own.",
    "encoded, 8 segments", "Ada subscribes", "COMPLETED",
    "Ada wants to see more.", "COMPLETED", "his card has expired",
    "COMPENSATED: charge was refused: CARD: the card has expired",
    "What has all that set off?", "Ada may watch: premium",
    "Ada was told: your plan is now premium", "Trending: sherlock-jr",
    "Ada leaves.", "COMPLETED", "Do the books agree?",
    "ok     each seat is free or held once",
    "ok     viewers got all that they were promised"]


class Script(demo.Script):
    demo = "streaming"
    marks = [b"starting", b"ready", b"README.md"]

    def check_story(self, text):
        for part in EVENING:
            self.assertIn(part, text)
            text = text[text.index(part):]

    def test_it_plays_the_evening_and_ends(self):
        code, out, said = self.run_in_pipe("--once")
        self.assertEqual(code, 0, said)
        self.check_story(out)
        self.assertIn("streaming is down", said)
        self.check_clean()

    def test_without_a_terminal_it_ends_by_itself(self):
        code, out, said = self.run_in_pipe()
        self.assertEqual(code, 0, said)
        self.check_clean()

    def test_at_a_terminal_it_stays_until_ctrl_c(self):
        self.start_at_terminal("--story")
        self.see(b"README.md")
        self.check_story(self.seen.decode())
        self.assertTrue(self.left())
        self.type(b"\x03")
        self.assertEqual(self.end(), 130)
        self.check_clean()

    def test_it_says_where_its_page_is_with_the_key_to_break_things(self):
        self.start_at_terminal()
        self.see(b"README.md")
        text = self.seen.decode()
        self.assertNotIn("Who is watching?", text)
        url, token = re.search(r"(http://\S+/)#token=(zpk_\S+)", text).groups()
        with urllib.request.urlopen(url) as answer:
            self.assertIn("<!DOCTYPE html>", answer.read().decode())
        heal = urllib.request.Request(
            url + "stage/heal", method="POST",
            headers={"Authorization": "Bearer " + token})
        with urllib.request.urlopen(heal) as answer:
            self.assertEqual(answer.status, 200)
        self.type(b"\x03")
        self.assertEqual(self.end(), 130)
        self.check_clean()

    def test_what_it_says_to_try_works(self):
        self.start_at_terminal()
        self.see(b"README.md")
        lines = self.seen.decode().replace("\r", "").split("try:\n")[-1]
        tries = [line.strip() for line in lines.splitlines()
                 if line.strip().startswith("zp ")]
        self.assertGreaterEqual(len(tries), 5)
        self.assertEqual(tries[-1], "zp down")
        for line in tries:
            done = subprocess.run(line, shell=True, env=self.environ,
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, (line, done.stderr))
        self.assertEqual(self.end(), 0, "zp down ends the demo as well")
        self.check_clean()

    def test_a_wrong_command_line_is_told(self):
        for words, text in [(("--noise",), "no such option: --noise"),
                            (("--seed",), "--seed needs a value"),
                            (("--topology", "none"), "no topology none")]:
            code, out, said = self.run_in_pipe(*words)
            self.assertEqual(code, 2)
            self.assertIn(text, said)

    def test_a_second_one_is_refused_and_harms_not_the_first(self):
        self.start_at_terminal()
        self.see(b"README.md")
        code, out, said = self.run_in_pipe("--once")
        self.assertNotEqual(code, 0)
        self.assertIn("streaming", said)
        done = subprocess.run(["zp", "call", "catalog", "zp.ping"],
                              env=self.environ, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.type(b"\x03")
        self.assertEqual(self.end(), 130)
        self.check_clean()


class Viewer(demo.Case):
    demo = "streaming"

    def test_nobody_there_is_told(self):
        nowhere = f"ipc://{self.folder}/nobody"
        done = subprocess.run(["zp-viewer"] + 9 * [nowhere],
                              env=self.environ, capture_output=True,
                              text=True, timeout=demo.PATIENCE_S)
        self.assertEqual(done.returncode, 1)
        self.assertIn("profiles.list failed: UNAVAILABLE", done.stderr)

    def test_it_needs_nine_endpoints(self):
        done = subprocess.run(["zp-viewer", "tcp://127.0.0.1:1"],
                              env=self.environ, capture_output=True, text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("CATALOG PROFILES RECOMMENDATIONS UPLOADS BILLING LOG",
                      done.stderr)


if __name__ == "__main__":
    unittest.main()
