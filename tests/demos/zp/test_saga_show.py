#  SPDX-License-Identifier: MIT
"""zp saga show: what happened to a saga, as a table and as a picture."""

import unittest

import cli
import saga_cli
from saga_cli import ORDER, SVG, drawing, step


def titles(groups, kind):
    """What groups of a kind say of themselves."""
    return [group.find(SVG + "title").text for group in groups.get(kind, [])]


class Show(saga_cli.Case):
    def setUp(self):
        super().setUp()
        self.define("order", ORDER, deadline_ms=3600000)
        self.open_shop()

    def draw(self, saga, *words):
        return drawing(self.saga("show", saga, "--svg", *words).stdout)

    def park_and_retry(self):
        """One that was refused, could not be undone, and then was."""
        self.serve()
        self.say("charge", "refuse")
        self.say("reserve.undo", "fail")
        self.run_saga("order", '"<x>"', "--id", "a", code=cli.ERROR)
        self.say("reserve.undo", None)
        self.saga("retry", "a", "--who", "ada", "--why", "<mended> & \"so\"")
        self.saga("wait", "a", code=cli.ERROR)

    def test_the_table_says_what_happened_when(self):
        self.park_and_retry()
        head, steps, history = (
            [line.split() for line in part.splitlines()]
            for part in self.saga("show", "a").stdout.split("\n\n"))
        self.assertEqual(head[0], ["id", "a"])
        self.assertEqual(head[1], ["saga", "order,", "version", "1"])
        self.assertEqual(head[2], ["state", "COMPENSATED"])
        self.assertEqual(head[-1], ["input", '"<x>"'])
        self.assertEqual(steps[0],
                         ["STEP", "KIND", "STATE", "ATTEMPTS", "RESULT"])
        self.assertEqual(steps[2],
                         ["charge", "pivot", "refused", "1", "-"])
        self.assertEqual(history[0], ["AFTER", "EVENT", "STEP", "WHAT"])
        #  A time is a number and a unit
        self.assertEqual([" ".join(line[2:]) for line in history[1:]], [
            "started - reserve begins",
            'done reserve {"step":"reserve"}; charge begins',
            "refused charge NO_<&>: not <today> & never; reserve is to be "
            "undone; COMPENSATING",
            "not undone reserve 2 attempts: UNAVAILABLE; PARKED",
            'retry - by ada: <mended> & "so"; COMPENSATING',
            "undone reserve 3 attempts; COMPENSATED"])

    def test_in_the_picture_each_time_is_a_bar(self):
        self.park_and_retry()
        groups, texts = self.draw("a")
        self.assertEqual(len(groups["row"]), 3)
        self.assertEqual(
            [(one.split(":")[0], one.split(", ", 1)[1])
             for one in titles(groups, "bar")],
            [("reserve", "done"), ("charge", "refused"),
             ("reserve", "2 attempts, not answered"),
             ("reserve", "3 attempts, undone")])
        classes = [group[1].get("class") for group in groups["bar"]]
        self.assertEqual(classes, ["compensatable", "pivot", "undo", "undo"])
        self.assertIn("a", texts)
        self.assertTrue(any("COMPENSATED after" in text for text in texts))

    def test_what_went_wrong_and_who_helped_is_told_beneath(self):
        self.park_and_retry()
        groups, texts = self.draw("a")
        self.assertEqual(len(groups["mark"]), 3)
        self.assertEqual(len(groups["park"]), 1)
        for text in ("charge refused: NO_<&>: not <today> & never; reserve is "
                     "to be undone; COMPENSATING",
                     "reserve not undone: 2 attempts: UNAVAILABLE; PARKED",
                     'retry: by ada: <mended> & "so"; COMPENSATING'):
            self.assertIn(text, texts)

    def test_one_that_runs_still_is_drawn_up_to_now(self):
        self.define("long", ORDER)
        self.say("grant", "ongoing")
        self.serve()
        self.saga("start", "long", "--id", "a")
        cli.wait_until(lambda: self.steps("a")["grant"] == "running", "grant")
        groups, texts = self.draw("a")
        self.assertTrue(titles(groups, "bar")[-1].endswith("goes on"))
        self.assertEqual(groups["bar"][-1][1].get("class"), "retriable dash")
        self.assertTrue(any("RUNNING for" in text for text in texts))
        self.say("grant", None)
        self.saga("wait", "a")
        self.assertTrue(titles(self.draw("a")[0], "bar")[-1].endswith("done"))

    def test_a_wait_and_a_deadline_are_shown(self):
        self.define("waiting", [ORDER[0], step("approval", "compensatable",
                                               wait_for="go",
                                               timeout_ms=600000), ORDER[1]],
                    deadline_ms=1000)
        self.serve()
        self.run_saga("waiting", "--id", "a", code=cli.ERROR)
        groups, texts = self.draw("a")
        self.assertEqual(len(groups["deadline"]), 1)
        self.assertIn("deadline; reserve is to be undone; COMPENSATING", texts)
        [wait] = [group for group in groups["bar"]
                  if group.find(SVG + "title").text.startswith("approval")]
        self.assertEqual(wait[1].get("class"), "compensatable dash hollow")
        self.assertTrue(wait.find(SVG + "title").text.endswith("broken off"))

    def test_it_can_go_into_a_file(self):
        self.serve()
        self.run_saga("order", "--id", "a")
        self.assertEqual(self.saga("show", "a", "--svg", "-o",
                                   self.path("a.svg")).stdout, "")
        with open(self.path("a.svg"), encoding="utf-8") as file:
            self.assertEqual(drawing(file.read())[1], self.draw("a")[1])
        self.saga("show", "b", "--svg", code=cli.NOT_FOUND)


if __name__ == "__main__":
    unittest.main()
