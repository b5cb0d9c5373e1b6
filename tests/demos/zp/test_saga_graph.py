#  SPDX-License-Identifier: MIT
"""zp saga graph: a definition as a picture, and as mermaid text."""

import os
import unittest

import cli
import saga_cli
from saga_cli import ORDER, SVG, drawing, step

DIAMOND = [step("quote", "compensatable", after=[]),
           step("seat", "compensatable", after=["quote"]),
           step("approval", "compensatable", after=["quote"],
                wait_for="approved", timeout_ms=300000),
           step("charge", "pivot", after=["seat", "approval", "quote"]),
           step("extra", "retriable", after=["charge"], saga="gift"),
           step("mail", "retriable", after=["charge"],
                on_exhausted="continue")]


def edges(text):
    """How many arrows point forward, and how many back."""
    return text.count("url(#to-flow)"), text.count("url(#to-undo)")


class Graph(saga_cli.Case):
    def draw(self, steps, *words, **keys):
        path = self.define("a", steps, **keys)
        return self.saga("graph", path, *words).stdout

    def places(self, groups, kind):
        """Where the ids of the steps are, by id."""
        return {text.text: (float(text.get("x")), float(text.get("y")))
                for group in groups[kind]
                for text in [group.find(SVG + "text")]}

    def test_a_sequence_is_a_straight_line(self):
        groups, texts = drawing(self.draw(ORDER, deadline_ms=30000))
        places = self.places(groups, "step")
        self.assertEqual(list(places), ["reserve", "charge", "grant"])
        self.assertEqual(len({y for _, y in places.values()}), 1)
        across = [x for x, _ in places.values()]
        self.assertEqual(across, sorted(across))
        self.assertIn("version 1, 3 steps, undone if not past the point of no "
                      "return after 30 s", texts)

    def test_each_step_has_what_undoes_it_beneath(self):
        groups, _ = drawing(self.draw(DIAMOND))
        steps = self.places(groups, "step")
        undo = groups["compensation"]
        self.assertEqual(len(undo), 2)
        for group, name in zip(undo, ("quote", "seat")):
            self.assertEqual(group.find(SVG + "title").text,
                             f"{name} is undone by undo")
            shape = group.find(SVG + "rect")
            middle = float(shape.get("x")) + float(shape.get("width")) / 2
            self.assertAlmostEqual(middle, steps[name][0], 0)
            self.assertGreater(float(shape.get("y")), steps[name][1])

    def test_the_point_of_no_return_is_at_the_pivot(self):
        groups, texts = drawing(self.draw(DIAMOND))
        [line] = groups["no-return"]
        self.assertIn("point of no return", texts)
        self.assertEqual(float(line.find(SVG + "line").get("x1")),
                         self.places(groups, "step")["charge"][0])

    def test_or_before_the_first_step_that_is_not_undone(self):
        groups, _ = drawing(self.draw([ORDER[0], ORDER[2]]))
        places = self.places(groups, "step")
        x = float(groups["no-return"][0].find(SVG + "line").get("x1"))
        self.assertTrue(places["reserve"][0] < x < places["grant"][0])
        groups, _ = drawing(self.draw([ORDER[0]]))
        self.assertNotIn("no-return", groups)

    def test_arrows_say_only_what_others_do_not(self):
        #  6 between steps, since quote comes before charge anyway; one from the
        #  beginning, two to the end; one back, from seat to quote
        self.assertEqual(edges(self.draw(DIAMOND)), (9, 1))
        self.assertEqual(edges(self.draw(ORDER)), (4, 0))

    def test_steps_have_a_shape_for_what_they_do(self):
        groups, _ = drawing(self.draw(DIAMOND))
        shapes = [(group[1].tag[len(SVG):], group[1].get("class"))
                  for group in groups["step"]]
        self.assertEqual(shapes, [("rect", "compensatable"),
                                  ("rect", "compensatable"),
                                  ("path", "compensatable"),
                                  ("path", "pivot thick"),
                                  ("rect", "retriable"),
                                  ("rect", "retriable dash")])
        bars = [len(group.findall(SVG + "line")) for group in groups["step"]]
        self.assertEqual(bars, [0, 0, 0, 0, 2, 0])

    def test_long_names_are_cut_and_told_in_full(self):
        name = "an-id-of-thirty-two-letters-long"
        text = self.draw([step(name, "pivot", service="s" * 64,
                               action="a" * 64)])
        groups, texts = drawing(text)
        self.assertIn("an-id-of-thirt\u2026-letters-long", texts)
        self.assertIn(f"{name}, pivot: {'s' * 64} {'a' * 64}",
                      groups["step"][0].find(SVG + "title").text)

    def test_many_steps_can_be_drawn(self):
        steps = [step(f"s{i}", "compensatable",
                      after=[f"s{j}" for j in (i - 3, i - 2) if j >= 0])
                 for i in range(64)]
        groups, _ = drawing(self.draw(steps))
        self.assertEqual(len(groups["step"]), 64)

    def test_mermaid(self):
        text = self.draw(DIAMOND, "--mermaid")
        lines = text.splitlines()
        self.assertEqual(lines[:4], ["---", "title: a, version 1", "---",
                                     "flowchart LR"])
        for line in ('s0["<b>quote</b><br/>shop<br/>do"]:::compensatable',
                     'u0(["undo"]):::undo',
                     "s0 -. undo .-> u0",
                     's2[/"<b>approval</b><br/>waits at most 5 min for<br/>'
                     'approved"/]:::compensatable',
                     's3{{"<b>charge</b><br/>shop<br/>do"}}:::pivot',
                     's4[["<b>extra</b><br/>runs the saga<br/>gift"]]'
                     ':::retriable',
                     's5["<b>mail</b><br/>shop<br/>do"]:::optional'):
            self.assertIn("    " + line, lines)
        self.assertEqual([line.strip() for line in lines if " --> " in line],
                         ["s0 --> s1", "s0 --> s2", "s1 --> s3", "s2 --> s3",
                          "s3 --> s4", "s3 --> s5"])

    def test_it_can_go_into_a_file(self):
        path = self.path("a.svg")
        self.assertEqual(self.draw(ORDER, "--output", path), "")
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), self.draw(ORDER))
        done = self.saga("graph", self.path("sagas/a.json"), "-o", "/dev/full",
                         code=cli.ERROR)
        self.assertIn("No space left", done.stderr)
        done = self.saga("graph", self.path("sagas/a.json"), "-o",
                         self.path("none/a.svg"), code=cli.ERROR)
        self.assertIn("No such file", done.stderr)

    def test_what_is_wrong_is_not_drawn(self):
        path = self.define("a", [step("one", "pivot"), step("two", "pivot")])
        done = self.saga("graph", path, "-o", self.path("a.svg"),
                         code=cli.USAGE)
        self.assertIn('there is a pivot already, "one"', done.stderr)
        self.assertFalse(os.path.exists(self.path("a.svg")))
        self.define("b", ORDER)
        done = self.saga("graph", self.path("sagas"), code=cli.USAGE)
        self.assertIn("has 2 definitions; which one?", done.stderr)


if __name__ == "__main__":
    unittest.main()
