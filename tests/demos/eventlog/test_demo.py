#  SPDX-License-Identifier: MIT
"""The demo of the event log runs, loses nothing, and leaves nothing."""

import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

import abreast  # noqa: E402
import demo  # noqa: E402

STORY = ["is on disk", "reader: begins at event 0", "reader: event 9:",
         "kill reader", "viewer: 20 is on disk", "reader: begins at event ",
         "kill -KILL server", "Two share the history", "anna: event",
         "kill -KILL anna", ", begun before", "each once and in order"]


class Script(demo.Script):
    demo = "eventlog"
    marks = [b"viewer: 3 is", b"kill -KILL server", b"bert: event"]

    def test_it_tells_its_story_and_ends(self):
        code, out, said = self.run_in_pipe("--once")
        self.assertEqual((code, said), (0, ""), out)
        again, = re.findall(r"Begun twice: ([\d ]+)\.", out)
        self.assertTrue(again.split())
        done = {int(number) for number in re.findall(
            r"(?:anna|bert): event (\d+):", out)}
        self.assertEqual(done, set(range(60)))
        for text in STORY:
            self.assertIn(text, out)
            out = out[out.index(text):]
        self.check_clean()
        self.assertEqual(os.listdir(self.folder), [])

    def test_at_a_terminal_it_stays_and_what_it_says_to_try_works(self):
        self.start_at_terminal()
        self.see(b"README.md")
        lines = self.seen.decode().replace("\r", "").split("terminal:\n")[-1]
        place, = re.findall(r"^  cd (\S+)$", lines, re.M)
        calls = re.findall(r"^  ((?:zp|eventlog-viewer) .*)$", lines, re.M)
        self.assertEqual(len(calls), 3)
        for line in calls:
            done = subprocess.run(line, shell=True, env=self.environ,
                                  capture_output=True, text=True,
                                  timeout=demo.PATIENCE_S)
            self.assertEqual(done.returncode, 0, (line, done.stderr))
            self.assertTrue(done.stdout)
        read, = re.findall(r"^  eventlog-reader place (\S+)$", lines, re.M)
        reader = self.start("eventlog-reader", place + "/place", read)
        reader.hear("reader: begins at event ")
        self.type(b"\x03")
        self.assertEqual(self.end(), 130)
        reader.signal(signal.SIGTERM)
        self.assertEqual(reader.wait(), 0)
        self.check_clean()
        self.assertEqual(os.listdir(self.folder), [])


class Programs(demo.Case):
    """The small programs by themselves."""

    demo = "eventlog"

    def setUp(self):
        super().setUp()
        self.endpoint = f"ipc://{self.folder}/log"
        self.journal = os.path.join(self.folder, "events.db")
        self.place = os.path.join(self.folder, "place")

    def serve(self):
        return self.start("eventlog-server", self.journal, self.endpoint)

    def append(self, count):
        """Let a viewer watch so many films: the minutes."""
        viewer = self.start("eventlog-viewer", "ada", str(count),
                            self.endpoint)
        said = [viewer.hear("is on disk")[-1] for _ in range(count)]
        self.assertEqual(viewer.wait(), 0)
        return [int(line.split()[-1]) for line in said]

    def test_what_is_missing_is_told(self):
        for command in (["eventlog-viewer", "ada"], ["eventlog-reader"],
                        ["eventlog-member"]):
            program = self.start(*command)
            program.hear("Usage: ")
            self.assertEqual(program.wait(), 2)

    def test_an_endpoint_that_makes_no_sense_is_told(self):
        for command in (["server", self.journal], ["viewer", "ada", "1"],
                        ["reader", self.place], ["member", "anna"]):
            program = self.start("eventlog-" + command[0], *command[1:],
                                 "nonsense")
            program.hear("nonsense")
            self.assertNotEqual(program.wait(), 0)

    def test_a_reader_killed_at_any_moment_counts_each_event_once(self):
        self.serve()
        minutes = self.append(12)
        heard = 0
        while heard < len(minutes):
            reader = self.start("eventlog-reader", self.place, self.endpoint)
            heard = int(reader.hear("begins at event")[-1].split()[-1])
            if heard < len(minutes):
                reader.hear(f"event {heard}:")
            reader.kill()
        with open(self.place) as file:
            self.assertEqual(file.read(),
                             f"{len(minutes)} {sum(minutes)}\n")

    def test_the_group_goes_on_where_it_stood(self):
        log = self.serve()
        self.append(6)
        anna = self.start("eventlog-member", "anna", self.endpoint)
        anna.hear("anna: event 5:")
        anna.signal(signal.SIGTERM)
        self.assertEqual(anna.wait(), 0)
        log.kill()
        self.serve()
        self.append(1)
        bert = self.start("eventlog-member", "bert", self.endpoint)
        self.assertIn("bert: event 6:", bert.hear("event")[-1])


if __name__ == "__main__":
    abreast.main()
