#  SPDX-License-Identifier: MIT
"""zp-billing takes money once, and writes each invoice once, whatever is
killed."""

import calendar
import datetime
import json
import os
import random
import re
import unittest

import constellation
from peers import Case

PRICES = {"basic": 499, "premium": 999}
ROUNDS = int(os.environ.get("ZP_ROUNDS") or 30)


class Billing(Case):
    def setUp(self):
        super().setUp()
        self.place = self.folder()
        self.invoices = os.path.join(self.place, "invoices")
        self.queue = constellation.Queue(self, self.place)
        self.start()

    def start(self):
        self.service = constellation.billing(
            self, self.place, self.queue.endpoint)

    def step(self, verb, saga, **body):
        return self.service.step(f"billing.{verb}", f"{saga}/{verb}", body)

    def charge(self, saga, profile="ada", plan="premium", **more):
        return self.step("charge", saga, profile=profile, plan=plan, **more)

    def begin_bill(self, saga, profile, plan):
        """Charge, and begin to let the invoice be written: its name."""
        said, charge = self.charge(saga, profile, plan)
        self.assertEqual(said, "done")
        self.assertIn(self.step("invoice", saga, profile=profile, plan=plan,
                                **charge)[0], ("ongoing", "done"))
        return f"{profile}-{charge['charge']}"

    def bill(self, saga, profile="ada", plan="premium"):
        name = self.begin_bill(saga, profile, plan)
        self.service.await_done(saga + "/invoice")
        return name

    def money(self):
        return self.service.balances()

    def written(self):
        """The names of all invoices; what is in each is right."""
        names = sorted(name[:-len(".json")]
                       for name in os.listdir(self.invoices)
                       if name.endswith(".json"))
        for name in names:
            with open(os.path.join(self.invoices, name + ".json")) as file:
                invoice = json.load(file)
            self.assertEqual(invoice["invoice"], name)
            self.assertEqual(invoice["cents"], PRICES[invoice["plan"]])
            self.assertRegex(invoice["month"], r"^\d{4}-\d{2}$")
        return names


class Money(Billing):
    def test_a_charge_moves_money_and_a_refund_moves_it_back(self):
        said, result = self.charge("s1")
        self.assertEqual((said, result["cents"]), ("done", 999))
        self.assertEqual(self.money(), {("card", "ada", ""): -999,
                                        ("income", "", "premium"): 999})
        body = {"profile": "ada", "plan": "premium"}
        for _ in range(3):
            self.assertEqual(self.service.undo(
                "billing.refund", "s1/charge", body, result), ("done", None))
        self.assertEqual(self.money(), {})
        self.assertEqual(len(self.service.entries()), 4)

    def test_a_charge_that_comes_again_takes_nothing(self):
        results = {str(self.charge("s1")) for _ in range(3)}
        self.assertEqual(len(results), 1)
        self.assertEqual(len(self.service.entries()), 2)

    def test_a_refund_that_comes_first_keeps_the_charge_away(self):
        body = {"profile": "ada", "plan": "premium"}
        self.assertEqual(self.service.undo(
            "billing.refund", "s1/charge", body), ("done", None))
        self.assertEqual(self.charge("s1")[0], "COMPENSATED")
        self.assertEqual(self.service.entries(), [])

    def test_an_upgrade_costs_the_difference(self):
        said, result = self.charge("s1", **{"from": "basic"})
        self.assertEqual(result["cents"], 500)
        self.assertEqual(
            self.charge("s2", plan="basic", **{"from": "premium"}),
            ("NO_MORE", "it costs no more than premium"))
        self.assertEqual(self.charge("s3", **{"from": "premium"})[0],
                         "NO_MORE")

    def test_who_leaves_is_paid_back_the_days_that_are_left(self):
        self.charge("s1")
        before = datetime.datetime.now(datetime.timezone.utc)
        said, result = self.step("pay_back", "s2", profile="ada",
                                 plan="premium")
        after = datetime.datetime.now(datetime.timezone.utc)
        self.assertEqual(said, "done")
        self.assertIn(result["cents"], {
            999 * (days - now.day) // days for now in (before, after)
            for days in [calendar.monthrange(now.year, now.month)[1]]})
        self.assertEqual(sum(self.money().values()), 0)
        self.assertEqual(self.money()["card", "ada", ""],
                         result["cents"] - 999)

    def test_what_can_not_be_charged_is_refused(self):
        self.assertEqual(self.charge("s1", card="expired"),
                         ("CARD", "the card has expired"))
        self.assertEqual(self.charge("s2", card="visa")[0], "done")
        self.assertEqual(self.charge("s3", plan="gold")[0], "NO_PLAN")
        self.assertEqual(self.charge("s4", **{"from": "gold"})[0], "NO_PLAN")
        for number, more in enumerate((
                {"profile": ""}, {"profile": "a" * 41}, {"plan": 7},
                {"card": 7}, {"cents": 1})):
            with self.subTest(more=more):
                self.assertEqual(self.charge(f"bad-{number}", **more)[0],
                                 "INPUT")

    def test_it_outlives_a_kill(self):
        said, result = self.charge("s1")
        self.service.kill()
        self.start()
        self.assertEqual(self.charge("s1"), ("done", result))
        self.assertEqual(sum(self.money().values()), 0)
        self.assertEqual(len(self.service.entries()), 2)


class Invoices(Billing):
    def test_an_invoice_is_written_and_listed(self):
        name = self.bill("s1")
        self.queue.await_empty("invoices")
        self.assertEqual(self.written(), [name])
        code, result = self.service.call("billing.invoices",
                                         {"profile": "ada"})
        invoice, = result["invoices"]
        self.assertEqual(
            {key: invoice[key] for key in invoice if key != "month"},
            {"invoice": name, "profile": "ada", "plan": "premium",
             "cents": 999})
        self.assertEqual(self.service.call(
            "billing.invoices", {"profile": "bruno"})[1]["invoices"], [])

    def test_a_step_that_comes_again_is_one_invoice(self):
        names = {self.bill("s1") for _ in range(3)}
        self.queue.await_empty("invoices")
        self.assertEqual(self.written(), sorted(names))
        self.assertEqual(len(names), 1)

    def test_a_job_that_comes_twice_is_one_invoice(self):
        job = {"invoice": "ada-7", "profile": "ada", "plan": "basic",
               "month": "2026-11", "cents": 499}
        for _ in range(3):
            self.queue.put("invoices", job)
        self.queue.await_empty("invoices")
        self.assertEqual(self.written(), ["ada-7"])

    def test_each_charge_has_its_own(self):
        names = [self.bill(f"s-{profile}-{plan}", profile, plan)
                 for profile in ("ada", "bruno") for plan in PRICES]
        self.queue.await_empty("invoices")
        self.assertEqual(self.written(), sorted(names))

    def test_without_a_queue_the_step_goes_on_and_ends_when_it_is_back(self):
        said, charge = self.charge("s1")
        self.queue.kill()
        body = {"profile": "ada", "plan": "premium", **charge}
        self.assertEqual(self.step("invoice", "s1", **body)[0], "ongoing")
        self.service.hear_of("queue.put of s1/invoice failed")
        self.service.kill()
        self.queue = constellation.Queue(self, self.place)
        self.start()
        self.service.await_done("s1/invoice")
        self.queue.await_empty("invoices")
        self.assertEqual(self.written(), [f"ada-{charge['charge']}"])

    def test_jobs_that_make_no_sense_are_buried_with_the_reason(self):
        right = {"invoice": "ada-7", "profile": "ada", "plan": "basic",
                 "month": "2026-11", "cents": 499}
        for job, why in [
                (b"nonsense", "no JSON"), ({}, '"invoice" is missing'),
                ({**right, "invoice": "../x"}, "only a-z, 0-9 and -"),
                ({**right, "month": "2026"}, '"month" must be'),
                ({**right, "card": "visa"}, "no field")]:
            with self.subTest(job=job):
                self.queue.put("invoices", job)
                said, = self.queue.await_buried("invoices", 1)
                self.assertIn(why, said)
                self.queue.ask(b"queue.purge", b"invoices",
                               b'{"state": "buried"}')
        self.assertEqual(self.written(), [])

    def test_a_folder_that_can_not_be_written_is_tried_again(self):
        os.rmdir(self.invoices)
        name = self.bill("s1")
        self.service.hear_of("can't write")
        os.mkdir(self.invoices)
        self.service.hear_of("wrote " + name)
        self.queue.await_empty("invoices")
        self.assertEqual(self.written(), [name])

    def test_what_it_had_not_finished_writing_is_no_invoice(self):
        with open(os.path.join(self.invoices, "x.json.4711-0x1"), "w") as file:
            file.write("{")
        self.assertEqual(self.service.call(
            "billing.invoices", {"profile": "ada"})[1]["invoices"], [])

    def test_whatever_is_killed_no_invoice_is_lost_or_doubled(self):
        seed = int(os.environ.get("ZP_SEED") or random.randrange(1 << 32))
        print(f"ZP_SEED={seed}")
        chance = random.Random(seed)
        names = set()
        for number in range(ROUNDS):
            names.add(self.begin_bill(f"s{number}", f"viewer-{number}",
                                      chance.choice(list(PRICES))))
            if chance.randrange(4) == 0:
                self.service.kill()
                self.start()
            if chance.randrange(4) == 0:
                self.queue.kill()
                self.queue = constellation.Queue(self, self.place)
        for number in range(ROUNDS):
            self.service.await_done(f"s{number}/invoice")
        self.queue.await_empty("invoices")
        self.assertEqual(self.written(), sorted(names))


class Subscribe(Billing):
    """That it starts a saga is in test_sagas.py."""

    def test_what_can_not_be_billed_is_refused(self):
        for body, text in [
                ({"profile": "ada", "plan": "gold"}, "there is no plan"),
                ({"profile": "../ada", "plan": "basic"}, "only a-z, 0-9 and -"),
                ({"profile": "Ada", "plan": "basic"}, "only a-z, 0-9 and -"),
                ({"profile": "ada"}, '"plan" is missing'),
                ({"profile": "ada", "plan": 9}, "a string"),
                ({"profile": "ada", "plan": "basic", "month": "2026-11"},
                 "no field")]:
            with self.subTest(body=body):
                code, said = self.service.call("billing.subscribe", body)
                self.assertEqual(code, "INVALID_ARGUMENT")
                self.assertIn(text, said)
        self.assertEqual(self.service.entries(), [])

    def test_without_a_coordinator_nobody_has_subscribed(self):
        code, said = self.service.call(
            "billing.subscribe", {"profile": "ada", "plan": "basic"})
        self.assertIn(code, ("UNAVAILABLE", "DEADLINE_EXCEEDED"))
        self.assertTrue(re.match("saga.start: .", said), said)

    def test_bad_bodies(self):
        constellation.check_bad_bodies(
            self, self.service, "billing.subscribe", "billing.invoices",
            "ledger.entries")


if __name__ == "__main__":
    unittest.main()
