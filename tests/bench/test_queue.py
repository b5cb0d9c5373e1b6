#  SPDX-License-Identifier: MIT
"""bench-queue measures, leaves nothing behind, and says what it found in a form
that other programs can read."""

import os
import signal
import subprocess
import tempfile
import unittest

import bench

PROGRAM = "bench-queue"
ALWAYS = ["zp", "sqlite"]


class Measuring(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=os.environ["ZP_BIN_DIR"])
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def measure(self, *arguments):
        return bench.measure(PROGRAM, "--only", ",".join(ALWAYS), "--seconds",
                             "0.1", "--folder", self.folder, *arguments)

    def test_each_contender_is_measured_in_each_cell(self):
        cells = self.measure("--rounds", "1", "--in-flight", "1,64")
        self.assertEqual([(cell["size_bytes"], cell["in_flight"])
                          for cell in cells],
                         [(100, 1), (100, 64), (1024, 1), (1024, 64)])
        for cell in cells:
            names = [row["name"] for row in cell["contenders"]]
            self.assertEqual(names, ALWAYS)
            self.assertGreater(cell["sync_us"]["median"], 0)

    def test_what_is_confirmed_was_synced(self):
        #  One put at a time: each needs a sync of its own. Acks may share it.
        [cell] = self.measure("--rounds", "1", "--size", "100",
                              "--in-flight", "1")
        for row in cell["contenders"]:
            self.assertGreater(row["messages_per_sync"]["median"], 0)
            self.assertLess(row["messages_per_sync"]["median"], 1.1)

    def test_the_ceiling_has_as_many_messages_in_a_commit_as_we(self):
        [cell] = self.measure("--rounds", "1", "--size", "100",
                              "--in-flight", "64")
        ours, ceiling = cell["contenders"]
        own = ours["messages_per_commit"]["median"]
        self.assertGreater(own, 1)
        #  A checkpoint syncs too, so this is rough.
        self.assertGreater(ceiling["messages_per_sync"]["median"], own / 2)
        self.assertLess(ceiling["messages_per_sync"]["median"], own * 1.1 + 1)

    def test_a_ratio_is_that_of_the_figures_in_the_same_round(self):
        [cell] = self.measure("--rounds", "1", "--size", "100",
                              "--in-flight", "64")
        ours, other = cell["contenders"]
        self.assertNotIn("ours_by_it", ours)
        self.assertAlmostEqual(other["ours_by_it"]["median"],
                               ours["rate"]["median"] /
                               other["rate"]["median"], delta=0.001)

    def test_a_median_lies_between_the_extremes(self):
        [cell] = self.measure("--rounds", "3", "--size", "100",
                              "--in-flight", "64")
        for row in cell["contenders"]:
            for figure in row["rate"], row["p50_us"], row["broker_us"]:
                bench.assert_ordered(self, figure)

    def test_a_backlog_survives_and_is_taken(self):
        [result] = self.measure("--backlog", "3000", "--size", "1024")
        [row] = result["contenders"]
        self.assertEqual(row["name"], "zp")
        self.assertGreater(row["disk_bytes"], 3000 * 1024)
        for figure in "put_rate", "start_s", "taken_rate":
            self.assertGreater(row[figure], 0, figure)
        self.assertGreaterEqual(row["memory_peak_bytes"], row["memory_bytes"])

    def test_the_folder_is_left_empty(self):
        self.measure("--rounds", "1", "--size", "100", "--in-flight", "1")
        self.assertEqual(os.listdir(self.folder), [])

    def test_an_interrupt_ends_all_and_leaves_the_folder_empty(self):
        #  The end of its error output is that of the last of its processes.
        with subprocess.Popen([bench.path(PROGRAM), "--only", "zp",
                               "--seconds", "50", "--folder", self.folder],
                              stderr=subprocess.PIPE, text=True) as running:
            while "round" not in running.stderr.readline():
                pass
            running.send_signal(signal.SIGINT)
            self.assertEqual(running.stderr.read(), "")
            self.assertEqual(running.wait(50), 128 + signal.SIGINT)
        self.assertEqual(os.listdir(self.folder), [])

    def test_what_cannot_be_measured_is_refused(self):
        bench.assert_refused(self, PROGRAM, ["--size", "31"],
                             ["--backlog", "0"], ["--seconds", "0"])


if __name__ == "__main__":
    unittest.main()
