#  SPDX-License-Identifier: MIT
"""bench-transfer measures, and says what it found."""

import unittest

import bench

PROGRAM = "bench-transfer"


class Measuring(unittest.TestCase):

    def test_ours_and_bare_sockets_are_measured_in_each_way(self):
        cells = bench.measure(PROGRAM, "--quick")
        self.assertEqual(
            [(cell["transport"], cell["hash"]) for cell in cells],
            [("tcp", False), ("tcp", True), ("ipc", False), ("ipc", True)])
        for cell in cells:
            self.assertAlmostEqual(
                cell["ratio"]["median"],
                cell["ours"]["median"] / cell["bare"]["median"], delta=0.01)
            for figure in cell["bare"], cell["ours"], cell["ratio"]:
                self.assertGreater(figure["median"], 0)
                bench.assert_ordered(self, figure)
            self.assertGreater(cell["sender_mib"], 0)
            self.assertGreater(cell["receiver_mib"], 0)

    def test_what_cannot_be_measured_is_refused(self):
        for wrong in ["--rounds", "x"], ["--bogus"], ["stray"]:
            done = bench.run(PROGRAM, *wrong)
            self.assertEqual((done.returncode, done.stdout), (2, ""), wrong)
            self.assertTrue(done.stderr)


if __name__ == "__main__":
    unittest.main()
