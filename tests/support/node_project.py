#  SPDX-License-Identifier: MIT
"""Programs for Node, installed with what their package-lock.json says."""

import filecmp
import os
import shutil
import subprocess
import unittest

#  To be put before a test class that needs them
needed = unittest.skipUnless(shutil.which("node") and shutil.which("npm"),
                             "there is no node, or no npm")


def install(source, folder):
    """Bring the programs in source, and what they need, into folder."""
    locked = os.path.join(folder, "node_modules", "package-lock.json")
    lock = os.path.join(source, "package-lock.json")
    shutil.copytree(source, folder, dirs_exist_ok=True)
    if not os.path.exists(locked) or not filecmp.cmp(lock, locked, False):
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
             "--loglevel=error"],
            cwd=folder, stdout=subprocess.DEVNULL, check=True)
        shutil.copy(lock, locked)
