#  SPDX-License-Identifier: MIT
"""The demo of the durable queue runs, loses nothing, and leaves nothing."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

import abreast  # noqa: E402
import demo  # noqa: E402


class Script(demo.Script):
    demo = "queue"
    marks = [b"job 3 is on disk", b"begun before", b"all is well"]

    def test_it_tells_its_story_and_ends(self):
        code, out, said = self.run_in_pipe("--once")
        self.assertEqual((code, said), (0, ""), out)
        story = ["They wait on the belt", "producer: job 20 is on disk",
                 "Two workers come", "worker: job 0 is done",
                 "A worker is killed", ", begun before",
                 "The broker is killed", "worker: all is well again",
                 "All goes on.", "50 results are there"]
        for text in story:
            self.assertIn(text, out)
            out = out[out.index(text):]
        begun, = re.findall(r"Begun twice: ([\d ]+)\.", out)
        self.assertTrue(begun.split())
        queue = out.splitlines()[-1].split()
        self.assertEqual(queue[:6], ["encode", "0", "0", "0", "0", "0"], out)
        self.check_clean()
        self.assertEqual(os.listdir(self.folder), [])

    def test_at_a_terminal_it_stays_and_what_it_says_to_try_works(self):
        self.start_at_terminal()
        self.see(b"README.md")
        lines = self.seen.decode().replace("\r", "").split("terminal:\n")[-1]
        tries = [line.strip() for line in lines.splitlines()
                 if line.strip().startswith(("zp ", "queue-"))]
        self.assertGreaterEqual(len(tries), 5)
        place, = re.findall(r"export ZP_QUEUE=(\S+)", lines)
        self.environ["ZP_QUEUE"] = place
        for line in tries:
            said = ""
            while not said:  # A worker may have to bury something first
                done = subprocess.run(line, shell=True, env=self.environ,
                                      capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, (line, done.stderr))
                said = done.stdout
        self.type(b"\x03")
        self.assertEqual(self.end(), 130)
        self.check_clean()
        self.assertEqual(os.listdir(self.folder), [])


class Programs(demo.Case):
    """The small programs, alone."""

    demo = "queue"

    def run_program(self, *command):
        return subprocess.run(command, env=self.environ, capture_output=True,
                              text=True, timeout=demo.PATIENCE_S)

    def test_what_is_missing_is_told(self):
        for command in (["queue-producer"], ["queue-producer", "/no/such"],
                        ["queue-worker"]):
            done = self.run_program(*command)
            self.assertEqual(done.returncode, 2)
            self.assertIn("Usage: ", done.stderr)

    def test_a_broker_without_a_place_says_why(self):
        done = self.run_program("queue-broker", "/no/such/folder/queue.db")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/no/such/folder", done.stderr)

    def test_a_broker_that_can_not_listen_says_why(self):
        done = self.run_program(
            "queue-broker", os.path.join(self.folder, "queue.db"), "nonsense")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("nonsense", done.stderr)


if __name__ == "__main__":
    abreast.main()
