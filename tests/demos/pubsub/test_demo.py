#  SPDX-License-Identifier: MIT
"""The demo of pub/sub runs, nobody misses anything, and it leaves nothing."""

import os
import re
import shlex
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

import abreast  # noqa: E402
import demo  # noqa: E402

STORY = ["publisher: the wind is at", "quick: joined", "One is slow",
         "slow: value", "relay: passes on", "far: joined", "A storm comes",
         "event alert/north take shelter", "One is late", "late: known",
         "late: joined", "kill -KILL relay", "far: back", "kill -KILL station",
         "gone the weather station has lost its power",
         "Has anybody missed anything?"]


class Script(demo.Script):
    demo = "pubsub"
    marks = [b"slow: value", b"far: joined", b"kill -KILL relay"]

    def test_it_tells_its_story_and_ends(self):
        code, out, said = self.run_in_pipe("--once")
        self.assertEqual((code, said), (0, ""), out)
        for who in ("quick", "far"):
            heard, missed = re.findall(
                rf"{who}: (\d+) heard, (\d+) times", out)[0]
            self.assertGreaterEqual(int(heard), 10)
            self.assertEqual(int(missed), 0)
            self.assertIn(f"{who}: restarted", out)
            self.assertIn(f"{who}: event alert/north take shelter", out)
        self.assertIn("slow: event alert/north take shelter", out)
        for text in STORY:
            self.assertIn(text, out)
            out = out[out.index(text):]
        self.check_clean()
        self.assertEqual(os.listdir(self.folder), [])

    def test_at_a_terminal_it_stays_and_what_it_says_to_try_works(self):
        self.start_at_terminal()
        self.see(b"README.md")
        lines = self.seen.decode().replace("\r", "").split("terminal:\n")[-1]
        listens = re.findall(r"^  (pubsub-subscriber .*)$", lines, re.M)
        self.assertEqual(len(listens), 3)
        heard = [self.start(*shlex.split(line)) for line in listens]
        for one in heard[:2]:
            one.hear(": joined")
        alert, = re.findall(r"^  (echo .*)$", lines, re.M)
        subprocess.run(alert, shell=True, env=self.environ, check=True)
        for one in heard[:2]:
            one.hear("event alert/east come home")
        heard[2].hear("dropped")
        for one in heard:
            one.signal(signal.SIGTERM)
            self.assertEqual(one.wait(), 0)
        self.type(b"\x03")
        self.assertEqual(self.end(), 130)
        self.check_clean()
        self.assertEqual(os.listdir(self.folder), [])


class Programs(demo.Case):
    """The three programs by themselves."""

    demo = "pubsub"

    def at(self, name):
        return (f"ipc://{self.folder}/{name}-updates",
                f"ipc://{self.folder}/{name}-requests")

    def test_an_endpoint_that_makes_no_sense_is_told(self):
        for name in ("publisher", "subscriber", "relay"):
            process = self.start("pubsub-" + name, "nonsense", "nonsense")
            process.hear("nonsense")
            self.assertNotIn(process.wait(), (0, None))

    def test_a_frozen_subscriber_hears_all_when_it_goes_on(self):
        station = self.start("pubsub-publisher", *self.at("station"))
        station.hear("the wind is at")
        frozen = self.start("pubsub-subscriber", "-f", "alert/#",
                            *self.at("station"))
        frozen.hear("joined")
        frozen.signal(signal.SIGSTOP)
        for number in range(200):
            station.say(f"north wave-{number}\n")
            station.hear("alert/north: OK")
        frozen.signal(signal.SIGCONT)
        for number in range(200):
            line, = frozen.hear("event")
            self.assertIn(f"alert/north wave-{number},", line)

    def test_what_is_typed_and_is_no_alert_is_passed_over(self):
        station = self.start("pubsub-publisher", *self.at("station"))
        station.hear("the wind is at")
        station.say("\nnorth\n" + "x" * 1000 + "\n#/# all\neast now\n")
        said = station.hear("alert/east")
        self.assertEqual(said, ["publisher: alert/#/#: INVALID_ARGUMENT",
                                "publisher: alert/east: OK"])


if __name__ == "__main__":
    abreast.main()
