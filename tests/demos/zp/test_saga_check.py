#  SPDX-License-Identifier: MIT
"""zp saga check: each mistake in definitions is told, with line and column."""

import glob
import json
import os
import shutil
import unittest

import cli
import saga_cli
from saga_cli import ORDER, step

SAGAS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                     "..", "..", "patterns", "saga")
SERVICES = ["licence", "billing", "entitlement", "notify", "s", "a", "b"]


class Check(saga_cli.Case):
    def mistakes(self, *words):
        """What is said, without where the files are."""
        done = self.saga("check", *words, code=cli.USAGE)
        self.assertEqual(done.stdout, "")
        *lines, last = done.stderr.splitlines()
        self.assertRegex(last, rf"^zp: {len(lines)} mistakes? in \d+ of \d+ "
                               r"definitions?$")
        return [line.replace(self.path("sagas/"), "") for line in lines]

    def test_what_is_said_of_invalid_definitions(self):
        paths = sorted(glob.glob(SAGAS + "/invalid/*.json"))
        self.assertGreater(len(paths), 30)
        for path in paths:
            with self.subTest(os.path.basename(path)):
                with open(path[:-5] + ".txt", encoding="utf-8") as file:
                    expected = file.read().splitlines()
                words = [word for name in SERVICES
                         for word in ("--service", name)]
                said = self.mistakes(path, *words)
                self.assertEqual(said, [f"{path}:{line}" for line in expected])

    def test_as_json_it_is_the_same(self):
        path = os.path.join(SAGAS, "invalid", "cycle.json")
        done = self.saga("check", path, "--json", code=cli.USAGE)
        [one] = json.loads(done.stdout)
        self.assertEqual(one["file"], path)
        self.assertNotIn("saga", one)
        self.assertEqual(
            [f"{path}:{wrong['line']}:{wrong['column']}: {wrong['text']}"
             for wrong in one["mistakes"]], self.mistakes(path))

    def test_what_is_right_passes(self):
        path = os.path.join(SAGAS, "valid", "premium.json")
        done = self.saga("check", path)
        self.assertIn("premium.json: start-premium-stream, version 1, 4 steps, "
                      "no mistakes", done.stderr)
        [one] = self.json("check", path)
        self.assertEqual((one["saga"], one["version"], one["steps"],
                          one["mistakes"]), ("start-premium-stream", 1, 4, []))

    def test_a_folder_is_all_of_its_definitions(self):
        self.define("b", ORDER)
        self.define("a", ORDER)
        self.write("sagas/notes.txt", "no definition")
        self.write("sagas/.hidden.json", "neither")
        self.assertEqual([one["saga"] for one in
                          self.json("check", self.path("sagas"))], ["a", "b"])

    def test_services_can_be_told(self):
        path = self.define("a", ORDER)
        self.saga("check", path, "--service", "shop")
        self.saga("check", path, "-s", "shop=tcp://127.0.0.1:1")
        self.assertEqual([line.split(": ")[1] for line in
                          self.mistakes(path, "-s", "shops")],
                         ['there is no service "shop"'] * 3)

    def test_a_saga_in_a_saga_must_be_there(self):
        path = self.define("outer", [step("first", "compensatable",
                                          saga="inner", compensation="back")])
        with open(path, encoding="utf-8") as file:
            column = file.read().index('"back"') + 1
        self.define("inner", ORDER)
        self.assertEqual(
            self.mistakes(self.path("sagas")),
            [f'outer.json:1:{column}: there is no saga "back" among these '
             'definitions'])
        self.define("back", ORDER)
        self.saga("check", self.path("sagas"))

    def test_none_runs_itself(self):
        self.define("a", [step("first", "retriable", saga="b")])
        self.define("b", [step("first", "retriable", saga="c"),
                          step("then", "retriable", saga="d")])
        self.define("c", [step("first", "retriable", saga="a")])
        self.define("d", ORDER)
        said = self.mistakes(self.path("sagas"))
        self.assertEqual([line.split(":")[0] for line in said],
                         ["a.json", "b.json", "c.json"])
        for line in said:
            self.assertIn("so the saga would run itself", line)

    def test_no_two_have_one_name(self):
        path = self.define("a", ORDER)
        shutil.copy(path, self.path("sagas/b.json"))
        self.assertEqual(
            self.mistakes(self.path("sagas")),
            ['b.json:1:10: a.json defines "a" as well'])

    def test_what_is_not_there_is_not_found(self):
        done = self.saga("check", self.path("none.json"), code=cli.NOT_FOUND)
        self.assertIn("No such file", done.stderr)
        done = self.saga("check", self.path("sagas"), code=cli.NOT_FOUND)
        self.assertIn("no definitions in", done.stderr)
        huge = self.write("huge.json", " " * (1 << 20) + "{}")
        done = self.saga("check", huge, code=cli.NOT_FOUND)
        self.assertIn("File too large", done.stderr)


if __name__ == "__main__":
    unittest.main()
