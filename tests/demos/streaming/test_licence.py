#  SPDX-License-Identifier: MIT
"""zp-licence has the seats, and its book says where each one is."""

import json
import os
import sqlite3
import unittest

import constellation
from peers import Case

PLANS = [{"id": "basic", "cents": 499, "seats": 3},
         {"id": "premium", "cents": 999, "seats": 1}]
RESERVE, RELEASE = "licence.reserve_seat", "licence.release_seat"


class Licence(Case):
    def setUp(self):
        super().setUp()
        self.place = self.folder()
        self.plans = os.path.join(self.place, "plans.json")
        self.write_plans(PLANS)
        self.start()

    def write_plans(self, plans):
        with open(self.plans, "w") as file:
            json.dump(plans, file)

    def start(self):
        self.service = constellation.licence(self, self.place, self.plans)

    def reserve(self, saga, profile, plan="basic", **more):
        return self.service.step(RESERVE, saga + "/reserve",
                                 {"profile": profile, "plan": plan, **more})

    def release(self, saga, profile, plan="basic"):
        return self.service.undo(RELEASE, saga + "/reserve",
                                 {"profile": profile, "plan": plan})

    def give_back(self, saga, profile, plan="basic"):
        return self.service.step("licence.return_seat", saga + "/return",
                                 {"profile": profile, "plan": plan})

    def check(self, held, free=3):
        """Who holds a seat of the basic plan, and how many are free."""
        found = self.service.balances()
        self.assertEqual(
            {who: seats for (name, who, plan), seats in found.items()
             if name == "held"}, held)
        self.assertEqual(found.get(("free", "", "basic"), 0), free)
        self.assertEqual(sum(found.values()), 0)


class Steps(Licence):
    def test_a_seat_is_reserved_and_released(self):
        self.assertEqual(self.reserve("s1", "ada"), ("done", None))
        self.check({"ada": 1}, 2)
        self.assertEqual(self.service.entries()[-2:], [
            ("s1/reserve", "free", "", "basic", -1),
            ("s1/reserve", "held", "ada", "basic", 1)])
        self.assertEqual(self.release("s1", "ada"), ("done", None))
        self.check({}, 3)

    def test_a_seat_is_returned_by_another_saga(self):
        self.reserve("s1", "ada")
        self.assertEqual(self.give_back("s2", "ada"), ("done", None))
        self.check({}, 3)
        self.assertEqual(self.give_back("s3", "ada"),
                         ("SEATS", "ada has no seat of basic"))

    def test_each_takes_effect_once_however_often_it_comes(self):
        for _ in range(3):
            self.assertEqual(self.reserve("s1", "ada"), ("done", None))
        self.check({"ada": 1}, 2)
        for _ in range(3):
            self.assertEqual(self.release("s1", "ada"), ("done", None))
        self.check({}, 3)

    def test_a_release_that_comes_first_keeps_the_seat_free(self):
        self.assertEqual(self.release("s1", "ada"), ("done", None))
        self.assertEqual(self.reserve("s1", "ada")[0], "COMPENSATED")
        self.check({}, 3)

    def test_no_more_seats_than_there_are(self):
        for name in ("ada", "bruno", "clara"):
            self.assertEqual(self.reserve(name, name)[0], "done")
        self.assertEqual(self.reserve("dino", "dino"),
                         ("SOLD_OUT", "no seat of basic is free"))
        self.check({"ada": 1, "bruno": 1, "clara": 1}, 0)

    def test_who_has_a_seat_gets_another_only_instead_of_it(self):
        self.reserve("s1", "ada")
        self.assertEqual(self.reserve("s2", "ada")[0], "SEATS")
        self.assertEqual(self.reserve("s3", "ada", "premium")[0], "SEATS")
        self.assertEqual(
            self.reserve("s4", "ada", "premium", **{"from": "premium"})[0],
            "SEATS")
        change = {"plan": "premium", "from": "basic"}
        self.assertEqual(self.reserve("s5", "ada", **change)[0], "done")
        self.assertEqual(self.reserve("s6", "ada", **change),
                         ("SEATS", "ada must have a seat of basic, and no "
                          "other"))
        self.assertEqual(self.reserve("s7", "bruno", **change)[0], "SEATS")

    def test_what_makes_no_sense_is_refused(self):
        self.assertEqual(self.reserve("s1", "ada", "gold"),
                         ("NO_PLAN", "there is no plan gold"))
        for number, body in enumerate((
                {}, [], None, 7, {"profile": "ada"}, {"plan": "basic"},
                {"profile": "", "plan": "basic"},
                {"profile": "a" * 41, "plan": "basic"},
                {"profile": "ada", "plan": "basic", "card": "visa"})):
            with self.subTest(body=body):
                self.assertEqual(self.service.step(
                    RESERVE, f"bad-{number}/reserve", body)[0], "INPUT")
        self.check({}, 3)

    def test_seats_are_told(self):
        self.reserve("s1", "ada")
        self.assertEqual(self.service.call("licence.seats"), ("OK", {"plans": [
            {"plan": "basic", "free": 2, "held": 1},
            {"plan": "premium", "free": 1, "held": 0}]}))

    def test_bad_bodies(self):
        constellation.check_bad_bodies(
            self, self.service, "licence.seats", "ledger.entries",
            "ledger.balances")


class Book(Licence):
    def test_it_outlives_a_kill(self):
        self.reserve("s1", "ada")
        self.service.kill()
        self.start()
        self.check({"ada": 1}, 2)
        self.assertEqual(self.reserve("s1", "ada"), ("done", None))
        self.assertEqual(self.release("s1", "ada"), ("done", None))
        self.check({}, 3)

    def test_entries_stay_as_they_were_written(self):
        self.reserve("s1", "ada")
        self.service.stop()
        with sqlite3.connect(self.service.book) as book:
            for sql in ("UPDATE entries SET amount = 2 WHERE number = 1",
                        "DELETE FROM entries"):
                with self.assertRaisesRegex(sqlite3.IntegrityError,
                                            "an entry stays"):
                    book.execute(sql)
        book.close()
        self.start()
        self.check({"ada": 1}, 2)

    def test_it_is_read_in_pages(self):
        for number in range(300):
            self.reserve(f"s{number}", "ada")
            self.release(f"s{number}", "ada")
        rows = self.service.rows("ledger.entries")
        self.assertEqual([row["number"] for row in rows],
                         list(range(1, 4 + 4 * 300 + 1)))

    def test_more_seats_are_issued_when_the_plans_say_so(self):
        self.reserve("s1", "ada")
        for seats, free in ((5, 4), (5, 4), (1, 0)):
            self.service.stop()
            self.write_plans([{"id": "basic", "cents": 499, "seats": seats}])
            self.start()
            self.check({"ada": 1}, free)

    def test_fewer_seats_than_are_held_is_a_mistake(self):
        self.reserve("s1", "ada")
        self.service.stop()
        self.write_plans([{"id": "basic", "cents": 499, "seats": 0}])
        program = constellation.Program(
            self, "zp-licence", "--book", self.service.book, "--plans",
            self.plans)
        self.assertIn("more seats of basic are held", program.hear())
        self.assertEqual(program.wait(), 1)

    def test_a_book_in_use_and_one_that_is_none_are_refused(self):
        other = os.path.join(self.place, "other.db")
        with open(other, "w") as file:
            file.write("no database " * 1000)
        for path in (self.service.book, other, "/no/such/folder/book.db"):
            with self.subTest(path=path):
                program = constellation.Program(
                    self, "zp-licence", "--book", path, "--plans", self.plans)
                self.assertIn(path, program.hear())
                self.assertEqual(program.wait(), 1)


if __name__ == "__main__":
    unittest.main()
