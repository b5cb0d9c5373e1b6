#  SPDX-License-Identifier: MIT
"""zp-support answers each ticket once, however many desks there are and
whatever becomes of them."""

import os
import sqlite3
import unittest

import constellation
from peers import Case

TICKETS = 60
DESKS = 3


class Support(Case):
    def setUp(self):
        super().setUp()
        self.place = self.folder()
        self.queue = constellation.Queue(self, self.place)

    def desk(self, name="desk", think_ms=1):
        return constellation.support(
            self, self.place, self.queue.endpoint, name, think_ms)

    def put(self, text="no sound", **options):
        return self.queue.put("support", {"profile": "ada", "text": text},
                              **options)

    def rows(self, desk):
        code, result = desk.call("support.tickets")
        self.assertEqual(code, "OK", result)
        return result["rows"]

    def test_a_ticket_waits_until_there_is_a_desk_and_is_answered(self):
        ticket = self.put()
        desk = self.desk("north")
        self.queue.await_empty("support")
        code, result = desk.call("support.get", {"ticket": ticket})
        self.assertEqual(code, "OK", result)
        self.assertTrue(result.pop("answer"))
        self.assertEqual(result, {
            "ticket": ticket, "state": "answered", "desk": "north"})

    def test_one_that_nobody_has_answered_is_waiting(self):
        self.assertEqual(
            self.desk().call("support.get", {"ticket": 7}),
            ("OK", {"ticket": 7, "state": "waiting"}))

    def test_desks_share_the_work_and_each_knows_of_all(self):
        desks = [self.desk(f"desk-{n}", think_ms=10) for n in range(DESKS)]
        tickets = [self.put() for _ in range(TICKETS)]
        self.queue.await_empty("support")
        for desk in desks:
            rows = self.rows(desk)
            self.assertEqual([row["ticket"] for row in rows], tickets)
            self.assertEqual({row["desk"] for row in rows},
                             {f"desk-{n}" for n in range(DESKS)})
        gauges = [desk.gauges() for desk in desks]
        self.assertEqual({one["answered"] for one in gauges}, {TICKETS})
        self.assertEqual(sum(one["mine"] for one in gauges), TICKETS)
        self.assertEqual({one["again"] for one in gauges}, {0})

    def test_a_desk_that_is_killed_leaves_its_ticket_to_others(self):
        slow = self.desk("slow", think_ms=60000)
        ticket = self.put()
        while self.queue.stat("support")["leased"] != 1:
            pass
        slow.kill()
        desk = self.desk("fast")
        self.queue.await_empty("support")
        self.assertEqual([(row["ticket"], row["desk"])
                          for row in self.rows(desk)], [(ticket, "fast")])

    def test_one_that_comes_twice_is_counted_once(self):
        """As when a desk was killed after it had written an answer down, and
        before the broker heard so."""
        desk = self.desk("first")
        first = self.put()
        self.queue.await_empty("support")
        desk.kill()
        ticket = self.put()
        book = sqlite3.connect(os.path.join(self.place, "support.db"))
        with book:
            book.execute("INSERT INTO answers (ticket, desk, answer)"
                         " VALUES (?, 'first', 'yes')", (ticket,))
        book.close()
        desk = self.desk("second")
        self.queue.await_empty("support")
        self.assertEqual(desk.call("support.get", {"ticket": ticket}), (
            "OK", {"ticket": ticket, "state": "answered", "desk": "first",
                   "answer": "yes"}))
        self.assertEqual([(row["ticket"], row["came"])
                          for row in self.rows(desk)],
                         [(first, 1), (ticket, 2)])
        self.assertEqual(desk.gauges(),
                         {"answered": 2, "again": 1, "mine": 0})

    def test_no_desk_and_no_broker_lose_a_ticket_when_they_are_killed(self):
        tickets = []
        for _ in range(3):
            desks = [self.desk(f"desk-{n}", 5) for n in range(2)]
            tickets += [self.put() for _ in range(20)]
            desks[0].kill()
            self.queue.kill()
            self.queue = constellation.Queue(self, self.place)
            desks[1].kill()
        desk = self.desk()
        self.queue.await_empty("support")
        self.assertEqual([row["ticket"] for row in self.rows(desk)], tickets)

    def test_the_same_seed_thinks_the_same(self):
        answers = set()
        for _ in range(2):
            self.setUp()
            tickets = [self.put() for _ in range(9)]
            desk = self.desk()
            self.queue.await_empty("support")
            answers.add(tuple(row["answer"] for row in self.rows(desk)))
            self.assertEqual(len(self.rows(desk)), len(tickets))
        self.assertEqual(len(answers), 1)

    def test_what_is_no_ticket_is_buried_with_the_reason(self):
        self.desk()
        for job in (b"{", {"profile": "ada"},
                    {"profile": "ada", "text": "x" * 501}):
            self.queue.put("support", job)
        whys = " ".join(self.queue.await_buried("support", 3))
        for part in ("no JSON", '"text" is missing', "1 to 500 bytes"):
            self.assertIn(part, whys)

    def test_bad_bodies(self):
        desk = self.desk()
        constellation.check_bad_bodies(
            self, desk, "support.get", "support.tickets", "gauges")
        self.assertEqual(desk.call("support.get", {})[0], "INVALID_ARGUMENT")

    def test_a_wrong_command_line_is_told(self):
        for options, text in [
                (("--book", self.place), "--book"),
                (("--book", self.place + "/b", "--think-ms", "slow"),
                 "--think-ms must be a number"),
                (("--book", self.place + "/b", "--seed", "-1"),
                 "--seed must be a number")]:
            program = constellation.Program(
                self, "zp-support", "--queue", self.queue.endpoint, *options)
            self.assertIn(text, program.hear())
            self.assertEqual(program.wait(), 1)


if __name__ == "__main__":
    unittest.main()
