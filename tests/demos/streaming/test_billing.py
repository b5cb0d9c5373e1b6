#  SPDX-License-Identifier: MIT
"""zp-billing writes each invoice once, whatever is killed."""

import json
import os
import random
import re
import unittest

import constellation
from peers import Case

PRICES = {"basic": 499, "premium": 999}


class Billing(Case):
    def setUp(self):
        super().setUp()
        self.place = self.folder()
        self.invoices = os.path.join(self.place, "invoices")
        self.queue = constellation.Queue(self, self.place)
        self.bus = constellation.Bus(self, self.place)
        self.start()

    def start(self):
        self.service = constellation.billing(
            self, self.invoices, self.queue.endpoint, self.bus.endpoint)

    def call(self, method, **body):
        return self.service.call("billing." + method, body)

    def subscribe(self, profile, plan):
        code, result = self.call("subscribe", profile=profile, plan=plan)
        self.assertEqual(code, "OK", result)
        self.assertRegex(result["invoice"],
                         f"^{profile}-{plan}-" + r"\d{4}-\d{2}$")
        self.assertEqual(result, {"profile": profile, "plan": plan,
                                  "invoice": result["invoice"]})
        return result["invoice"]

    def written(self):
        """The names of all invoices; what is in each is right."""
        names = sorted(os.listdir(self.invoices))
        for name in names:
            with open(os.path.join(self.invoices, name)) as file:
                invoice = json.load(file)
            self.assertEqual(invoice["invoice"] + ".json", name)
            self.assertEqual(invoice["cents"], PRICES[invoice["plan"]])
            self.assertIn(invoice["month"], name)
        return [name[:-len(".json")] for name in names]

    def test_an_invoice_is_written_and_listed(self):
        name = self.subscribe("ada", "premium")
        self.queue.await_empty("invoices")
        self.assertEqual(self.written(), [name])
        month = re.search(r"\d{4}-\d{2}$", name)[0]
        self.assertEqual(self.call("invoices", profile="ada"), ("OK", {
            "profile": "ada", "invoices": [{
                "invoice": name, "profile": "ada", "plan": "premium",
                "month": month, "cents": 999}]}))
        self.assertEqual(self.call("invoices", profile="bruno"), ("OK", {
            "profile": "bruno", "invoices": []}))

    def test_the_bus_is_told_when_the_invoice_is_written(self):
        self.bus.kill()
        name = self.subscribe("ada", "premium")
        self.service.hear_of("the bus: ")
        self.assertEqual(self.written(), [name])
        self.bus = constellation.Bus(self, self.place)
        self.queue.await_empty("invoices")
        self.assertEqual(self.bus.told(), [
            {"event": "subscription-changed", "profile": "ada",
             "plan": "premium"}])

    def test_to_subscribe_twice_is_one_invoice(self):
        for _ in range(3):
            name = self.subscribe("ada", "premium")
        self.queue.await_empty("invoices")
        self.assertEqual(self.queue.stat("invoices")["put"], 1)
        self.assertEqual(self.written(), [name])

    def test_a_job_that_comes_twice_is_one_invoice(self):
        job = {"profile": "ada", "plan": "basic", "month": "2026-11"}
        for _ in range(3):
            self.queue.put("invoices", job)
        self.queue.await_empty("invoices")
        self.assertEqual(self.written(), ["ada-basic-2026-11"])

    def test_each_profile_and_plan_has_its_own(self):
        names = [self.subscribe(profile, plan)
                 for profile in ("ada", "bruno") for plan in PRICES]
        self.queue.await_empty("invoices")
        self.assertEqual(self.written(), sorted(names))
        code, result = self.call("invoices", profile="bruno")
        self.assertEqual([one["invoice"] for one in result["invoices"]],
                         sorted(names[2:]))

    def test_what_can_not_be_billed_is_refused(self):
        for body, text in [
                ({"profile": "ada", "plan": "gold"}, "no such plan"),
                ({"profile": "../ada", "plan": "basic"}, "only a-z, 0-9 and -"),
                ({"profile": "Ada", "plan": "basic"}, "only a-z, 0-9 and -"),
                ({"profile": "ada"}, '"plan" is missing'),
                ({"profile": "ada", "plan": 9}, "a string"),
                ({"profile": "ada", "plan": "basic", "month": "2026-11"},
                 "no field")]:
            with self.subTest(body=body):
                code, said = self.call("subscribe", **body)
                self.assertEqual(code, "INVALID_ARGUMENT")
                self.assertIn(text, said)
        self.assertEqual(self.written(), [])

    def test_jobs_that_make_no_sense_are_buried_with_the_reason(self):
        right = {"profile": "ada", "plan": "basic", "month": "2026-11"}
        for job, why in [
                (b"nonsense", "no JSON"), ({}, '"profile" is missing'),
                ({**right, "plan": "gold"}, "no such plan"),
                ({**right, "profile": "../x"}, "only a-z, 0-9 and -"),
                ({**right, "month": "../../a"}, "only a-z, 0-9 and -"),
                ({**right, "cents": 1}, "no field")]:
            with self.subTest(job=job):
                self.queue.put("invoices", job)
                said, = self.queue.await_buried("invoices", 1)
                self.assertIn(why, said)
                self.queue.ask(b"queue.purge", b"invoices",
                               b'{"state": "buried"}')
        self.assertEqual(self.written(), [])

    def test_without_a_queue_nobody_has_subscribed(self):
        self.queue.kill()
        code, said = self.call("subscribe", profile="ada", plan="basic")
        self.assertIn(code, ("UNAVAILABLE", "DEADLINE_EXCEEDED"))
        self.assertIn("invoices: ", said)
        self.queue = constellation.Queue(self, self.place)
        name = self.subscribe("ada", "basic")
        self.queue.await_empty("invoices")
        self.assertEqual(self.written(), [name])

    def test_a_folder_that_can_not_be_written_is_tried_again(self):
        os.rmdir(self.invoices)
        name = self.subscribe("ada", "basic")
        self.service.hear_of("can't write")
        os.mkdir(self.invoices)
        self.service.hear_of("wrote " + name)
        self.queue.await_empty("invoices")
        self.assertEqual(self.written(), [name])

    def test_what_it_had_not_finished_writing_is_no_invoice(self):
        with open(os.path.join(self.invoices, "x.json.4711-0x1"), "w") as file:
            file.write("{")
        self.assertEqual(self.call("invoices", profile="ada")[1]["invoices"],
                         [])

    def test_whatever_is_killed_no_invoice_is_lost_or_doubled(self):
        seed = int(os.environ.get("ZP_SEED") or random.randrange(1 << 32))
        print(f"ZP_SEED={seed}")
        chance = random.Random(seed)
        names = set()
        for number in range(40):
            names.add(self.subscribe(f"viewer-{number}",
                                     chance.choice(list(PRICES))))
            if chance.randrange(4) == 0:
                self.service.kill()
                self.start()
            if chance.randrange(4) == 0:
                self.queue.kill()
                self.queue = constellation.Queue(self, self.place)
        self.queue.await_empty("invoices")
        whole = [name for name in os.listdir(self.invoices)
                 if name.endswith(".json")]
        self.assertEqual({name[:-len(".json")] for name in whole}, names)
        self.assertEqual(len(whole), len(names))

    def test_bad_bodies(self):
        constellation.check_bad_bodies(
            self, self.service, "billing.subscribe", "billing.invoices")


if __name__ == "__main__":
    unittest.main()
