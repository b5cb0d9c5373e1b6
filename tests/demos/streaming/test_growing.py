#  SPDX-License-Identifier: MIT
"""Four constellations that grow, under the same load and the same fault."""

import glob
import json
import os
import signal
import subprocess
import sys
import unittest

import constellation

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "zp"))

import cli  # noqa: E402
import scenes  # noqa: E402

GROWING = os.path.join(constellation.STREAMING, "growing")
NAMES = ["direct", "queue", "bus", "replicated"]


@unittest.skipIf(scenes.SANITIZED, "it is about the script alone")
class Growing(cli.Case):
    def setUp(self):
        super().setUp()
        self.env["PATH"] = cli.BIN + os.pathsep + os.environ["PATH"]

    def grow(self, *words):
        process = subprocess.Popen(
            [sys.executable, "-B", os.path.join(GROWING, "grow"), *words],
            env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        for stream in process.stdout, process.stderr:
            self.addCleanup(stream.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def rows(self, process):
        out, said = process.communicate(timeout=3 * cli.PATIENCE_S)
        self.assertEqual(process.returncode, 0, said)
        return {row["topology"]: row for row in json.loads(out)}

    def test_what_each_of_them_gains(self):
        words = ["--seconds", "3", "--seed", "7", "--json"]
        #  Side by side: they have nothing in common but the processors
        both = [self.grow(*words, *NAMES[:2]), self.grow(*words, *NAMES[2:])]
        rows = {name: row for process in both
                for name, row in self.rows(process).items()}
        self.assertEqual(list(rows), NAMES)
        direct, queue, bus, replicated = rows.values()
        for row in rows.values():
            self.assertEqual(row["asked"], direct["asked"])
            self.assertEqual(row["lost"], 0, row)
            self.assertGreater(row["rss_mb"], 0)
            self.assertLessEqual(row["p50_ms"], row["p99_ms"])
        #  Who calls one that is not there gets nothing,
        self.assertGreater(direct["failed"], 0)
        self.assertGreater(direct["recovered_ms"], 0)
        #  and what goes by a broker, or to others, is taken all the same
        for row in queue, bus, replicated:
            self.assertLess(row["failed"], direct["failed"], row)
        #  But it is done later, when somebody is there again
        self.assertGreater(queue["recovered_ms"], 0)
        #  Home pages do not need the one who works off the queue
        self.assertLess(queue["partial"], direct["partial"])
        self.assertGreater(replicated["services"], direct["services"])
        self.assert_nothing_left()

    def test_it_prints_a_table(self):
        process = self.grow("--seconds", "1", "--rate", "20", "queue")
        out, said = process.communicate(timeout=cli.PATIENCE_S)
        self.assertEqual(process.returncode, 0, said)
        heads, row = out.splitlines()
        self.assertEqual(heads.split()[:4],
                         ["services", "memory", "killed", "asked"])
        self.assertEqual(row.split()[0], "queue")
        self.assert_nothing_left()

    def test_interrupted_it_leaves_nothing(self):
        for how in signal.SIGINT, signal.SIGTERM:
            with self.subTest(how):
                process = self.grow("--seconds", "60", "bus")
                cli.wait_until(
                    lambda: any("zp-recommendations" in line
                                for line in self.processes().values()),
                    "a service")
                process.send_signal(how)
                process.communicate(timeout=cli.PATIENCE_S)
                self.assertEqual(process.returncode, 128 + how)
                self.assert_nothing_left()

    def test_what_is_typed_wrong_is_said(self):
        for words in ["grown"], ["--seconds", "0"], ["--rate", "many"]:
            process = self.grow(*words)
            self.assertIn("usage: grow", process.communicate()[1])
            self.assertEqual(process.returncode, 2)

    def test_all_files_are_right(self):
        for path in glob.glob(os.path.join(GROWING, "*.json")):
            self.zp("up", path, "--check")
        for path in glob.glob(os.path.join(GROWING, "routes", "*.json")):
            self.zp("gateway", "check", path)


if __name__ == "__main__":
    unittest.main()
