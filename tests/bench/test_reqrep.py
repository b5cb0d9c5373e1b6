#  SPDX-License-Identifier: MIT
"""bench-reqrep measures, and says so in a form that other programs can read."""

import unittest

import bench

PROGRAM = "bench-reqrep"
ALWAYS = ["bare-1", "bare-4", "zp-compact", "zp-open"]


def measure(*arguments):
    return bench.measure(PROGRAM, "--only", ",".join(ALWAYS), "--size", "64",
                         "--seconds", "0.05", *arguments)


class Measuring(unittest.TestCase):

    def test_each_contender_is_measured_in_each_cell(self):
        cells = measure("--rounds", "1", "--in-flight", "1,16")
        self.assertEqual([(cell["transport"], cell["in_flight"])
                          for cell in cells],
                         [("ipc", 1), ("ipc", 16), ("tcp", 1), ("tcp", 16)])
        for cell in cells:
            names = [row["name"] for row in cell["contenders"]]
            self.assertEqual(names, ALWAYS)

    def test_rate_and_latency_agree(self):
        #  Little's law: so many in flight = rate * latency. The median is not
        #  the mean, so this is rough; it finds a wrong unit or a lost count.
        [cell] = measure("--rounds", "1", "--transport", "tcp",
                         "--in-flight", "64")
        for row in cell["contenders"]:
            rate, p50_us = row["rate"]["median"], row["p50_us"]["median"]
            self.assertGreater(rate * p50_us / 1e6, 64 / 40, row["name"])
            self.assertLess(rate * p50_us / 1e6, 64 * 40, row["name"])
            self.assertGreaterEqual(row["p99_us"]["median"], p50_us)

    def test_a_ratio_is_that_of_the_figures_in_the_same_round(self):
        [cell] = measure("--rounds", "1", "--transport", "ipc",
                         "--in-flight", "16")
        rows = {row["name"]: row for row in cell["contenders"]}
        own, rival = rows["zp-open"], rows["bare-4"]
        self.assertEqual(own["by"], "bare-4")
        self.assertAlmostEqual(own["rate_ratio"]["median"],
                               own["rate"]["median"] / rival["rate"]["median"],
                               delta=0.001)

    def test_a_median_lies_between_the_extremes(self):
        [cell] = measure("--rounds", "3", "--transport", "ipc",
                         "--in-flight", "16")
        for row in cell["contenders"]:
            for figure in row["rate"], row["p50_us"], row["cpu_us"]:
                bench.assert_ordered(self, figure)

    def test_what_cannot_be_measured_is_refused(self):
        bench.assert_refused(self, PROGRAM, ["--transport", "pigeon"],
                             ["--size", "7"])


if __name__ == "__main__":
    unittest.main()
