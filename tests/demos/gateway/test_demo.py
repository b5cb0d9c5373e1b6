#  SPDX-License-Identifier: MIT
"""The demo of the gateway runs, and leaves nothing behind."""

import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

import demo  # noqa: E402


@unittest.skipUnless(shutil.which("curl"), "curl is not installed")
class Script(demo.Script):
    demo = "gateway"
    marks = [b"listening at", b"is dead", b"has heard", b"README.md"]

    def test_it_tells_its_story_and_ends(self):
        code, out, said = self.run_in_pipe("--once")
        self.assertEqual((code, said), (0, ""), out)
        story = ["listening at http://127.0.0.1:", '{"id":"nosferatu"',
                 "HTTP/1.1 404 Not Found", '"like":[', "is dead",
                 "X-Missing: like", '"missing":{"like":"UNAVAILABLE"}',
                 '"status":401', '"stars":3}', "has heard", '"stars":3}}',
                 "HTTP/1.1 206 Partial Content", '"ready":true',
                 "zp_gateway_requests_total{", '"target":"/metrics"',
                 "event: end", "stopped"]
        for text in story:
            place = out.find(text)
            self.assertGreaterEqual(place, 0, (text, out))
            out = out[place + len(text):]
        self.check_clean()
        self.assertEqual(os.listdir(self.folder), [])

    def test_without_a_terminal_it_ends_by_itself(self):
        code, out, said = self.run_in_pipe()
        self.assertEqual((code, said), (0, ""), out)
        self.check_clean()

    def test_what_it_says_to_try_works(self):
        self.start_at_terminal()
        self.see(b"README.md")
        lines = self.seen.decode().replace("\r", "").split("Now you")[-1]
        lines = lines.replace("\\\n", "")
        tries = [line.strip() for line in lines.splitlines()
                 if line.strip().startswith("curl")]
        self.assertEqual(len(tries), 3)
        for line in tries:
            done = subprocess.run(line.replace("curl", "curl -sS -m 2", 1),
                                  shell=True, env=self.environ, text=True,
                                  capture_output=True, check=False)
            #  A stream lasts until curl has no more time
            self.assertIn(done.returncode, (0, 28), (line, done.stderr))
            self.assertTrue(done.stdout, line)
        self.type(b"\x03")
        self.assertEqual(self.end(), 130)
        self.check_clean()


if __name__ == "__main__":
    unittest.main()
