#  SPDX-License-Identifier: MIT
"""Running a benchmark, for the tests of what it prints."""

import json
import os
import subprocess


def path(program):
    return os.path.join(os.environ["ZP_BIN_DIR"], program)


def run(program, *arguments):
    return subprocess.run([path(program), *arguments], capture_output=True,
                          text=True, timeout=100, check=False)


def measure(program, *arguments):
    done = run(program, "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def assert_refused(test, program, *wrong):
    """What cannot be measured is refused, with a word about it."""
    for arguments in (*wrong, ["--only", "nobody"], ["--in-flight", "0"],
                      ["--rounds", "x"], ["--only", "a,b,c,d,e,f,g,h,i"],
                      ["--bogus"], ["stray"]):
        done = run(program, *arguments)
        test.assertEqual(done.returncode, 2, arguments)
        test.assertIn("--help" if "--bogus" not in arguments else "bogus",
                      done.stderr)
        test.assertEqual(done.stdout, "")


def assert_ordered(test, figure):
    """A median lies between the extremes."""
    test.assertLessEqual(figure["min"], figure["median"])
    test.assertLessEqual(figure["median"], figure["max"])
