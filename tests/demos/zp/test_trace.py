#  SPDX-License-Identifier: MIT
"""zp trace: what became of one request, through all services."""

import threading
import unittest

import cli
import look_cli
from saga_cli import drawing

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def told(story):
    """The messages of a story, each as one line."""
    return [f"{one['from']} {one['kind']} {one['to']} {one['text']}"
            + (" lost" if one["lost"] else "") for one in story["messages"]]


QUEUES = ["viewer request gateway GET /queues",
          "gateway request queue queue.list",
          "queue reply gateway queue.list",
          "gateway reply viewer GET /queues"]


class Trace(look_cli.Case):
    def test_the_last_request_is_told_through_all_services(self):
        self.bring_up()
        self.assertEqual(self.ask("/queues"), 200)
        story = self.json("trace", "--last")
        self.assertEqual(story["lanes"], ["viewer", "gateway", "queue"])
        self.assertEqual(told(story), QUEUES)
        self.assertEqual((story["what"], story["status"]),
                         ("GET /queues", "OK"))
        for message in story["messages"][1:3]:
            self.assertLessEqual(message["sent_us"], message["came_us"])

    def test_one_is_found_by_its_id_by_how_that_begins_and_by_a_parent(self):
        self.bring_up()
        self.ask("/queues", headers={"traceparent": PARENT})
        for word in TRACE, TRACE[:4].upper(), PARENT:
            story = self.json("trace", word)
            self.assertEqual((story["trace"], told(story)), (TRACE, QUEUES))
        self.assertEqual(self.json("trace", "--last")["trace"], TRACE)

    def test_what_began_at_the_gateway_is_looked_for_first(self):
        self.bring_up()
        self.zp("call", "queue", "queue.list")
        story = self.json("trace", "--last")
        self.assertEqual(told(story), ["viewer request queue queue.list",
                                       "queue reply viewer queue.list"])
        self.ask("/queues")
        self.zp("call", "queue", "queue.list")
        self.assertEqual(told(self.json("trace", "--last")), QUEUES)

    def test_it_is_a_table_a_drawing_and_text_for_mermaid(self):
        self.bring_up()
        self.ask("/queues")
        lines = self.zp("trace", "--last").stdout.splitlines()
        self.assertEqual(lines[0], "GET /queues")
        self.assertRegex(lines[1], "^OK after .*; trace [0-9a-f]{32}$")
        self.assertRegex(lines[5], r"us +gateway +--> +queue +queue\.list$")
        groups, texts = drawing(self.zp("trace", "--last", "--svg").stdout)
        self.assertEqual(len(groups["lane"]), 3)
        self.assertEqual(len(groups["message"]), 4)
        self.assertIn("queue.list", texts)
        mermaid = self.zp("trace", "--last", "--mermaid").stdout.splitlines()
        self.assertEqual(mermaid[0], "sequenceDiagram")
        self.assertIn("    l1->>l2: queue.list", mermaid)
        self.assertEqual(self.zp("trace", "--last", "-o",
                                 self.path("a.svg")).stdout, "")
        with open(self.path("a.svg"), encoding="utf-8") as file:
            self.assertEqual(len(drawing(file.read())[0]["message"]), 4)

    def test_of_a_killed_service_its_callers_tell(self):
        self.bring_up()
        asking = threading.Thread(target=self.ask, args=("/hang",), kwargs={
            "method": "POST", "data": b"{}", "headers": {
                "traceparent": PARENT, "Content-Type": "application/json"}})
        asking.start()
        cli.wait_until(lambda: self.zp("trace", TRACE, code=None).returncode
                       == cli.OK and "gateway request films film.hang" in
                       told(self.json("trace", TRACE)), "the call")
        self.zp("kill", "films")
        asking.join(cli.PATIENCE_S)
        story = self.json("trace", TRACE)
        self.assertEqual(told(story)[:2], [
            "viewer request gateway POST /hang",
            "gateway request films film.hang lost"])
        self.assertIsNone(story["messages"][1]["came_us"])
        self.assertIn({"lane": "gateway",
                       "text": "attempt 1: the connection broke"},
                      [{key: note[key] for key in ("lane", "text")}
                       for note in story["notes"]])
        self.assertRegex(self.zp("trace", TRACE).stdout,
                         r"gateway +--x +films +film.hang, lost")
        self.assertNotEqual(story["status"], "OK")

    def test_what_is_not_there_or_no_trace_is_an_error(self):
        self.assertIn("zp up", self.zp("trace", "--last",
                                       code=cli.NOT_RUNNING).stderr)
        for words in (), (TRACE, "--last"), ("zzzz",), ("123",), (
                "00-12-34-01",), (TRACE + "0",):
            self.zp("trace", *words, code=cli.USAGE)
        self.up(cli.service("films"))
        self.assertIn("no service tells", self.zp(
            "trace", "--last", code=cli.NOT_FOUND).stderr)

    def test_one_that_nobody_knows_is_an_error(self):
        self.up(*self.services())
        for word in TRACE, "0000000":
            self.assertIn("zp trace --last", self.zp(
                "trace", word, code=cli.NOT_FOUND).stderr)


if __name__ == "__main__":
    unittest.main()
