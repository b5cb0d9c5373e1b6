#  SPDX-License-Identifier: MIT
"""bench-gateway measures, and says so in a form that other programs can read."""

import shutil
import unittest

import bench

PROGRAM = "bench-gateway"


class Measuring(unittest.TestCase):

    @unittest.skipUnless(shutil.which("wrk"), "wrk is not installed")
    def test_each_is_measured_beside_the_bare_handler(self):
        rows = bench.measure(PROGRAM, "--rounds", "1", "--seconds", "1",
                             "--in-flight", "4", "--streams", "20")
        self.assertEqual([row["name"] for row in rows],
                         ["bare", "gateway", "gateway-streams"])
        bare = rows[0]["rate"]["median"]
        for row in rows:
            self.assertAlmostEqual(row["ratio"]["median"],
                                   row["rate"]["median"] / bare, delta=0.001)
            self.assertGreaterEqual(row["p99_us"]["median"],
                                    row["p50_us"]["median"])

    def test_what_cannot_be_measured_is_refused(self):
        for wrong in (["--rounds", "x"], ["--in-flight", "0"], ["--bogus"],
                      ["stray"]):
            done = bench.run(PROGRAM, *wrong)
            self.assertEqual((done.returncode, done.stdout), (2, ""), wrong)
            self.assertTrue(done.stderr)


if __name__ == "__main__":
    unittest.main()
