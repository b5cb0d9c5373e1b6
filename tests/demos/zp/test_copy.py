#  SPDX-License-Identifier: MIT
"""zp copy: a module, and what it needs, in a folder of one's own."""

import json
import os
import subprocess
import unittest

import cli

SOURCE = os.path.realpath(os.environ.get("ZP_SOURCE_DIR") or os.path.join(
    os.path.dirname(__file__), "..", "..", ".."))


def module(folder):
    """The files and needs of a module, as its MODULE says."""
    found = {"files": [], "needs": []}
    with open(f"{SOURCE}/{folder}/MODULE", encoding="utf-8") as file:
        for line in file:
            key, *values = line.split()
            if key in found:
                found[key] += values
    return found


def closure(folder):
    """The files of a module and of all that it needs."""
    files, seen, left = set(), set(), [folder]
    while left:
        folder = left.pop()
        if folder not in seen:
            seen.add(folder)
            files.update(module(folder)["files"])
            left += module(folder)["needs"]
    return files


class Copy(cli.Case):
    def setUp(self):
        super().setUp()
        self.to = self.path("new/folder")

    def test_all_that_a_module_needs_is_copied_flat(self):
        done = self.zp("copy", "reqrep", self.to)
        self.assertEqual(set(os.listdir(self.to)), closure("patterns/reqrep"))
        rows = [line.split() for line in done.stdout.splitlines()]
        self.assertIn(["zp_client.c", "copied", "patterns/reqrep"], rows)
        self.assertIn(["zp_status.h", "copied", "lib/status"], rows)
        with open(self.to + "/zp_status.h", "rb") as copied, \
                open(SOURCE + "/lib/status/zp_status.h", "rb") as file:
            self.assertEqual(copied.read(), file.read())

    def test_what_it_says_builds_the_copy(self):
        done = self.zp("copy", "reqrep", self.to, "--json")
        line = json.loads(done.stdout)["build"]
        with open(self.to + "/main.c", "w", encoding="utf-8") as file:
            file.write('#include "zp_client.h"\nint main (void)\n{\n'
                       "    zp_client_t *client = zp_client_new (NULL, NULL);\n"
                       "    zp_client_destroy (&client);\n    return 0;\n}\n")
        subprocess.run(["/bin/sh", "-c", line + " -o main && ./main"],
                       cwd=self.to, check=True, timeout=100)

    def test_a_module_goes_by_its_folder_as_well(self):
        self.zp("copy", "lib/status", self.to)
        self.assertEqual(set(os.listdir(self.to)), closure("lib/status"))

    def test_a_second_time_nothing_changes(self):
        self.zp("copy", "status", self.to)
        before = os.stat(self.to + "/zp_status.c").st_mtime_ns
        done = self.zp("copy", "status", self.to, "--json")
        self.assertEqual({one["fate"] for one in
                          json.loads(done.stdout)["files"]}, {"unchanged"})
        self.assertEqual(os.stat(self.to + "/zp_status.c").st_mtime_ns, before)

    def test_a_file_that_differs_stops_all_without_force(self):
        os.makedirs(self.to)
        with open(self.to + "/zp_status.c", "w", encoding="utf-8") as file:
            file.write("mine\n")
        done = self.zp("copy", "envelope", self.to, code=cli.ERROR)
        self.assertIn("zp_status.c is there already, and differs", done.stderr)
        self.assertIn("--force", done.stderr)
        self.assertEqual(os.listdir(self.to), ["zp_status.c"])
        self.zp("copy", "envelope", self.to, "--force")
        with open(self.to + "/zp_status.c", encoding="utf-8") as file:
            self.assertIn("zp_status_name", file.read())

    def test_a_folder_that_can_not_be_is_an_error(self):
        self.write("file", "")
        done = self.zp("copy", "status", self.path("file/x"), code=cli.ERROR)
        self.assertIn(self.path("file/x"), done.stderr)

    def test_modules_are_listed(self):
        lines = self.zp("copy", "--list").stdout.splitlines()
        self.assertTrue(any(line.startswith("lib/status ") for line in lines))
        listed = json.loads(self.zp("copy", "--list", "--json").stdout)
        for one in listed:
            self.assertTrue(os.path.exists(f"{SOURCE}/{one['module']}/MODULE"))
            self.assertTrue(one["summary"])

    def test_an_unknown_module_is_not_found(self):
        done = self.zp("copy", "stauts", self.to, code=cli.NOT_FOUND)
        self.assertIn("did you mean status?", done.stderr)
        self.assertFalse(os.path.exists(self.to))

    def test_the_modules_of_zp_home_come_first(self):
        os.makedirs(self.path("home/lib/status"))
        self.write("home/lib/status/MODULE", "name status\nsummary Mine\n"
                   "files mine.c\nneeds lib/lost\n")
        self.write("home/lib/status/mine.c", "")
        self.env["ZP_HOME"] = self.path("home")
        self.assertEqual(self.zp("copy", "--list").stdout.split(),
                         ["lib/status", "Mine"])
        done = self.zp("copy", "status", self.to, code=cli.NOT_FOUND)
        self.assertIn("no module lib/lost", done.stderr)
        self.env["ZP_HOME"] = self.path("nowhere")
        done = self.zp("copy", "--list", code=cli.NOT_FOUND)
        self.assertIn("ZP_HOME", done.stderr)

    def test_half_of_it_is_a_mistake(self):
        done = self.zp("copy", "status", code=cli.USAGE)
        self.assertIn("zp copy MODULE DIR", done.stderr)


if __name__ == "__main__":
    unittest.main()
