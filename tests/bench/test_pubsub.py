#  SPDX-License-Identifier: MIT
"""bench-pubsub measures, and says so in a form that other programs can read."""

import signal
import subprocess
import unittest

import bench

PROGRAM = "bench-pubsub"
ALWAYS = ["bare", "zp", "zp-plain"]


def measure(*arguments):
    return bench.measure(PROGRAM, "--only", ",".join(ALWAYS), "--seconds",
                         "0.05", *arguments)


class Measuring(unittest.TestCase):

    def test_each_contender_is_measured_in_each_cell(self):
        cells = measure("--rounds", "1", "--subscribers", "1,3")
        self.assertEqual([(cell["size_bytes"], cell["subscribers"])
                          for cell in cells],
                         [(64, 1), (64, 3), (1024, 1), (1024, 3)])
        for cell in cells:
            names = [row["name"] for row in cell["contenders"]]
            self.assertEqual(names, ALWAYS)

    def test_each_subscriber_gets_each_update(self):
        [cell] = measure("--rounds", "1", "--size", "64", "--subscribers", "3")
        for row in cell["contenders"]:
            self.assertTrue(row["lossless"])
            self.assertEqual(row["arrived"]["median"], 1)
            self.assertAlmostEqual(row["delivered"]["median"],
                                   3 * row["published"]["median"], delta=1)

    def test_a_ratio_is_that_of_the_figures_in_the_same_round(self):
        [cell] = measure("--rounds", "1", "--size", "64", "--subscribers", "1")
        rows = {row["name"]: row for row in cell["contenders"]}
        own, rival = rows["zp"], rows["bare"]
        self.assertEqual(own["by"], "bare")
        self.assertNotIn("by", rival)
        self.assertAlmostEqual(own["rate_ratio"]["median"],
                               own["published"]["median"] /
                               rival["published"]["median"], delta=0.001)

    def test_a_median_lies_between_the_extremes(self):
        [cell] = measure("--rounds", "3", "--size", "64", "--subscribers", "1")
        for row in cell["contenders"]:
            for figure in row["published"], row["p50_us"], row["cpu_ns"]:
                bench.assert_ordered(self, figure)
            self.assertGreaterEqual(row["p99_us"]["median"],
                                    row["p50_us"]["median"])

    def test_an_alert_reaches_all_through_relays_or_without(self):
        for relays in 2, 0:
            found = bench.measure(PROGRAM, "--alert", "30", "--relays",
                                  str(relays), "--rounds", "3")
            self.assertEqual((found["subscribers"], found["relays"]),
                             (30, relays))
            bench.assert_ordered(self, found["last_ms"])
            self.assertGreater(found["half_ms"]["min"], 0)
            self.assertGreaterEqual(found["last_ms"]["max"],
                                    found["half_ms"]["max"])

    def test_an_interrupt_ends_all(self):
        #  The end of its error output is that of the last of its processes.
        with subprocess.Popen([bench.path(PROGRAM), "--only", "zp",
                               "--seconds", "50"],
                              stderr=subprocess.PIPE, text=True) as running:
            while "round" not in running.stderr.readline():
                pass
            running.send_signal(signal.SIGINT)
            self.assertEqual(running.stderr.read(), "")
            self.assertEqual(running.wait(50), 128 + signal.SIGINT)

    def test_what_cannot_be_measured_is_refused(self):
        for wrong in (["--size", "16"], ["--subscribers", "0"],
                      ["--only", "nobody"], ["--rounds", "x"],
                      ["--alert", "0"], ["--relays", "-1"], ["--bogus"],
                      ["stray"]):
            done = bench.run(PROGRAM, *wrong)
            self.assertEqual((done.returncode, done.stdout), (2, ""), wrong)
            self.assertTrue(done.stderr)


if __name__ == "__main__":
    unittest.main()
