#  SPDX-License-Identifier: MIT
"""unittest.main for tests that wait more than they compute: some at a time,
each in a process of its own. With a test's name it runs only that."""

import concurrent.futures
import subprocess
import sys
import unittest

AT_A_TIME = 6


def names(suite):
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from names(each)
        else:
            yield each.id().removeprefix("__main__.")


def run(name):
    return subprocess.run([sys.executable, "-B", sys.argv[0], name],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)


def main():
    if len(sys.argv) > 1:
        unittest.main()
    suite = unittest.defaultTestLoader.loadTestsFromModule(
        sys.modules["__main__"])
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        ended = list(pool.map(run, names(suite)))
    failed = [each for each in ended if each.returncode]
    for each in failed:
        print(each.stdout)
    print(f"{len(ended)} tests, {len(failed)} failed")
    sys.exit(bool(failed))
