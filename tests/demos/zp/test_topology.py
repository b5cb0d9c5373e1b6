#  SPDX-License-Identifier: MIT
"""Each mistake in a topology is told, with line and column.

invalid/ holds topologies, and beside each what must be said of it: a line for
each mistake, without the file's name. In it RUN is the run folder, and DIR the
folder of the file.
"""

import glob
import json
import os
import shutil
import unittest

import cli
from cli import service

INVALID = os.path.join(os.path.dirname(os.path.abspath(__file__)), "invalid")


class Topology(cli.Case):
    def mistakes(self, path):
        """What zp up --check says, in the way that it is kept beside it."""
        done = self.zp("up", path, "--check", code=cli.USAGE)
        self.assertEqual(done.stdout, "")
        *lines, last = done.stderr.splitlines()
        self.assertRegex(last, rf"^zp: \S+ has {len(lines)} mistakes?$")
        said = []
        for line in lines:
            self.assertTrue(line.startswith(path + ":"), line)
            line = line[len(path) + 1:].replace(self.run_dir(), "RUN")
            said.append(line.replace(os.path.dirname(path), "DIR"))
        return said

    def test_what_is_said_of_invalid_topologies(self):
        paths = sorted(glob.glob(INVALID + "/*.json"))
        self.assertGreater(len(paths), 15)
        for path in paths:
            with self.subTest(os.path.basename(path)):
                with open(path[:-5] + ".txt", encoding="utf-8") as file:
                    expected = file.read().splitlines()
                self.assertEqual(self.mistakes(path), expected)

    def test_as_json_it_is_the_same(self):
        path = os.path.join(INVALID, "names.json")
        done = self.zp("up", path, "--check", "--json", code=cli.USAGE)
        self.assertEqual(
            [f"{one['line']}:{one['column']}: {one['text']}"
             for one in json.loads(done.stdout)], self.mistakes(path))

    def test_without_check_nothing_is_started_either(self):
        self.zp("up", os.path.join(INVALID, "names.json"), code=cli.USAGE)
        self.assertFalse(os.path.exists(self.run_dir()))

    def test_a_topology_without_mistakes_passes(self):
        path = self.topology(service("catalog"), service("shop", after=[]))
        done = self.zp("up", path, "--check")
        self.assertIn("2 services, no mistakes", done.stderr)
        done = self.zp("up", path, "--check", "--json")
        self.assertEqual(json.loads(done.stdout), [])

    def test_a_run_folder_too_deep_for_a_socket_is_told(self):
        path = self.topology(service("catalog"))
        deep = os.path.join(self.folder, "d" * 100)
        os.mkdir(deep)
        self.addCleanup(shutil.rmtree, deep)
        done = self.zp("up", path, "--check", code=cli.USAGE,
                       env={**self.env, "XDG_RUNTIME_DIR": deep})
        self.assertIn("set XDG_RUNTIME_DIR to a shorter folder", done.stderr)

    def test_what_is_no_file_to_read_is_not_found(self):
        done = self.zp("up", self.folder, "--check", code=cli.NOT_FOUND)
        self.assertIn("Is a directory", done.stderr)
        done = self.zp("up", "/dev/zero", "--check", code=cli.NOT_FOUND)
        self.assertIn("File too large", done.stderr)


if __name__ == "__main__":
    unittest.main()
