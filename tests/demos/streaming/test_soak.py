#  SPDX-License-Identifier: MIT
"""A short soak of the whole service: what soak.py does, for some seconds."""

import os
import subprocess
import sys
import unittest

import scenes

MINUTES = os.environ.get("ZP_SOAK_MINUTES") or "0.2"
PATIENCE_S = 100 + 120 * float(MINUTES)


@unittest.skipIf(scenes.SANITIZED, "thirty processes with a sanitizer are slow")
class Soak(unittest.TestCase):
    def test_nothing_is_lost_or_left_whatever_breaks(self):
        done = subprocess.run(
            [sys.executable, "-B", os.path.join(scenes.HERE, "soak.py"),
             "--minutes", MINUTES], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=PATIENCE_S)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("the books agree", done.stdout)


if __name__ == "__main__":
    unittest.main()
