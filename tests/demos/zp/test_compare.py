#  SPDX-License-Identifier: MIT
"""zp compare: the same jobs, given out in four ways, under the same fault."""

import glob
import json
import signal
import unittest

import cli

LOAD = ["--seconds", "1", "--rate", "100", "--seed", "7"]


class Compare(cli.Case):
    def folders(self):
        return glob.glob(self.run_dir("compare.*"))

    def ways(self, *words):
        done = self.zp("compare", *LOAD, "--json", *words)
        figures = json.loads(done.stdout)
        self.assert_nothing_left()
        self.assertEqual(self.folders(), [])
        ways = {way["way"]: way for way in figures["ways"]}
        self.assertEqual(list(ways), ["call", "queue", "pubsub", "log"])
        self.assertEqual(figures["seed"], 7)
        wanted = ways["call"]["wanted"]
        self.assertGreater(wanted, 50)
        for way in ways.values():
            #  The same load, of which each job has ended in one way
            self.assertEqual(way["wanted"], wanted)
            self.assertEqual(way["done"] + way["failed"] + way["lost"], wanted,
                             way)
            self.assertLessEqual(way["p50_us"], way["p99_us"])
            self.assertGreater(way["rate"], 0)
        return ways

    def test_a_worker_that_is_killed(self):
        ways = self.ways("--fault", "kill")
        #  A caller always knows
        self.assertEqual(ways["call"]["lost"], 0)
        #  What is on disk is done, also what came while nobody was there
        for way in "queue", "log":
            self.assertEqual(ways[way]["done"], ways[way]["wanted"], way)
        #  Who is not there does not hear, and nobody is told
        self.assertGreater(ways["pubsub"]["lost"], 0)
        self.assertEqual(ways["pubsub"]["failed"], 0)
        self.assertLess(ways["pubsub"]["sender_p99_us"],
                        ways["queue"]["max_us"])

    def test_a_line_that_loses_messages(self):
        ways = self.ways("--fault", "drop", "--percent", "30")
        self.assertEqual(ways["call"]["lost"], 0)
        #  A subscriber of ours sees what it misses, and has it again
        for way in "queue", "log", "pubsub":
            self.assertEqual(ways[way]["done"], ways[way]["wanted"], way)

    def test_it_says_in_words_what_was_seen(self):
        done = self.zp("compare", *LOAD, "--fault", "none")
        lines = done.stdout.splitlines()
        self.assertRegex(lines[0], r"^ +wanted +done +twice +failed +lost +p50")
        for line, name in zip(lines[1:5], [
                "request/reply", "durable queue", "publish/subscribe",
                "event log"]):
            self.assertTrue(line.startswith(name), line)
        self.assertIn("nothing went wrong (--seed 7)", lines[6])
        for name in "durable queue", "publish/subscribe", "event log":
            self.assertRegex(done.stdout, rf"(?m)^{name} +all were done")
        self.assertEqual(done.stdout.count("pick it if"), 4)
        self.assertTrue(all(len(line) <= 100 for line in lines), done.stdout)

    def test_however_it_ends_nothing_is_left(self):
        for how in signal.SIGINT, signal.SIGTERM, signal.SIGKILL:
            with self.subTest(how):
                process = self.start("compare", "--seconds", "60")
                cli.wait_until(
                    lambda: any("compare work" in line
                                for line in self.processes().values()),
                    "a worker")
                process.send_signal(how)
                process.wait(cli.PATIENCE_S)
                self.assert_nothing_left()
                if how != signal.SIGKILL:
                    self.assertEqual(process.returncode, cli.INTERRUPTED)
                    self.assertEqual(self.folders(), [])

    def test_what_is_typed_wrong_is_said(self):
        for words in (["--fault", "fire"], ["--rate", "0"], ["--percent", "99"],
                      ["--seconds", "0"]):
            self.zp("compare", *words, code=cli.USAGE)
        done = self.zp("compare", "work", self.path("none"), "ipc://none",
                       code=cli.ERROR)
        self.assertIn("No such file", done.stderr)
        self.zp("compare", "work", self.write("book", "no book"), "ipc://none",
                code=cli.ERROR)


if __name__ == "__main__":
    unittest.main()
