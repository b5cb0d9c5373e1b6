#  SPDX-License-Identifier: MIT
"""zp graph: which service calls which."""

import json
import unittest

import cli
import look_cli
from saga_cli import SVG, drawing


def calls(groups):
    """What the edges of a drawing say."""
    return sorted(one.find(SVG + "title").text
                  for one in groups.get("edge", []))


class Graph(look_cli.Case):
    def plan(self):
        desk = cli.service("desk", scale={"now": 2, "max": 3})
        desk["args"] = ["{self}", "{films}"]
        desk["endpoint"] = "ipc://{run}/desk-{n}"
        return self.topology(
            cli.service("films"), {**cli.service("films-2"), "env": {
                "UPDATES": "ipc://{run}/films-updates,x"}}, desk)

    def test_a_topology_says_who_knows_whom(self):
        lines = self.zp("graph", self.plan()).stdout.split("\n")
        self.assertEqual([line.split() for line in lines if line],
                         [["FROM", "TO"], ["films-2", "films"],
                          ["desk", "films"]])

    def test_it_is_drawn(self):
        groups, texts = drawing(self.zp("graph", self.plan(), "--svg").stdout)
        self.assertEqual(calls(groups),
                         ["desk to films", "films-2 to films"])
        self.assertEqual(len(groups["service"]), 3)
        self.assertIn("2 of 3", texts)
        self.zp("graph", self.plan(), "-o", self.path("a.svg"))
        with open(self.path("a.svg"), encoding="utf-8") as file:
            self.assertEqual(calls(drawing(file.read())[0]), calls(groups))

    def test_it_is_text_for_mermaid_and_graphviz(self):
        lines = self.zp("graph", self.plan(), "--mermaid").stdout.splitlines()
        self.assertIn("flowchart LR", lines)
        self.assertIn('    s2["desk<br/>2 of 3"]', lines)
        self.assertIn("    s2 --> s0", lines)
        lines = self.zp("graph", self.plan(), "--dot").stdout.splitlines()
        self.assertIn('digraph "films" {', lines)
        self.assertIn("    s2 -> s0", lines)

    def test_those_that_call_each_other_are_drawn_too(self):
        one, two = cli.service("one"), cli.service("two")
        one["args"].append("{two}")
        two["args"].append("{one}")
        groups, _ = drawing(self.zp("graph", self.topology(one, two),
                                    "--svg").stdout)
        self.assertEqual(calls(groups), ["one to two", "two to one"])

    def test_of_a_running_one_it_is_as_measured(self):
        self.bring_up()
        self.ask("/queues")
        lines = self.zp("graph").stdout.splitlines()
        self.assertEqual(lines[0].split(), ["FROM", "TO", "CALLS"])
        self.assertEqual(lines[1].split()[:2], ["gateway", "queue"])
        self.zp("kill", "films")
        groups, texts = drawing(self.zp("graph", "--svg").stdout)
        self.assertEqual(len(groups["service"]), 3)
        self.assertIn("dead", texts)

    def test_a_file_with_mistakes_or_none_is_an_error(self):
        path = self.write("bad.json", json.dumps({"name": "x"}))
        self.assertIn("bad.json:1:", self.zp("graph", path,
                                             code=cli.USAGE).stderr)
        self.zp("graph", self.path("none"), code=cli.NOT_FOUND)
        self.zp("graph", code=cli.NOT_RUNNING)


if __name__ == "__main__":
    unittest.main()
