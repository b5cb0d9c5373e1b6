#  SPDX-License-Identifier: MIT
"""Subscribe, upgrade and cancel are sagas over four services, and whatever
comes of them the books agree."""

import json
import os
import signal
import unittest

import sagas
from peers import Case

PLANS = [{"id": "basic", "cents": 499, "seats": 3},
         {"id": "premium", "cents": 999, "seats": 1}]


class Sagas(Case):
    def setUp(self):
        super().setUp()
        plans = os.path.join(self.folder(), "plans.json")
        with open(plans, "w") as file:
            json.dump(PLANS, file)
        self.services = sagas.Constellation(self, plans, self.definitions())

    def definitions(self):
        return sagas.DEFINITIONS

    def run_saga(self, saga, **body):
        if "instead" in body:
            body["from"] = body.pop("instead")
        return self.services.run(saga, **body)

    def subscribe(self, profile, plan, **more):
        return self.run_saga("subscribe", profile=profile, plan=plan, **more)

    def upgrade(self, profile, instead="basic", plan="premium", **more):
        return self.run_saga("upgrade", profile=profile, instead=instead,
                             plan=plan, **more)

    def cancel(self, profile):
        order = self.services.begin("cancel", profile=profile)
        self.services.confirm(order)
        saga = self.services.wait(order)
        return saga["state"], saga["reason"]

    def check(self, **plans):
        """Who may watch, by which plan; and that the books agree."""
        may = {who: plan for (name, who, plan)
               in self.services.entitlement.balances() if name == "may"}
        self.assertEqual(may, plans)
        self.services.check_books()

    def notes(self, profile):
        code, result = self.services.notifications.call(
            "notifications.list", {"profile": profile})
        return [one["text"] for one in result["notifications"]]

    def sums(self):
        """What each has paid."""
        return {who: -cents for (name, who, plan), cents
                in self.services.billing.balances().items() if name == "card"}


class Subscribe(Sagas):
    def test_all_is_done(self):
        self.assertEqual(self.subscribe("ada", "basic"), ("COMPLETED", ""))
        self.check(ada="basic")
        self.assertEqual(self.sums(), {"ada": 499})
        self.assertEqual(self.notes("ada"), ["your plan is now basic"])
        self.assertEqual(self.services.bus.told(), [
            {"event": "subscription-changed", "profile": "ada",
             "plan": "basic"}])
        self.services.queue.await_empty("invoices")
        code, result = self.services.billing.call(
            "billing.invoices", {"profile": "ada"})
        self.assertEqual([one["cents"] for one in result["invoices"]], [499])

    def test_billing_starts_one_for_each_order(self):
        body = {"profile": "ada", "plan": "basic"}
        for _ in range(3):
            code, result = self.services.billing.call(
                "billing.subscribe", {**body, "order": "order-1"})
            self.assertEqual((code, result),
                             ("OK", {**body, "saga": "order-1"}))
        self.assertEqual(self.services.wait("order-1")["state"], "COMPLETED")
        self.check(ada="basic")
        self.assertEqual(self.sums(), {"ada": 499})
        code, said = self.services.billing.call(
            "billing.subscribe",
            {"profile": "bruno", "plan": "basic", "order": "order-1"})
        self.assertEqual(code, "ALREADY_EXISTS")

    def test_without_an_order_each_is_a_saga_of_its_own(self):
        body = {"profile": "ada", "plan": "basic"}
        ids = [self.services.billing.call("billing.subscribe", body)[1]["saga"]
               for _ in range(2)]
        states = sorted(self.services.wait(one)["state"] for one in ids)
        self.assertEqual(states, ["COMPENSATED", "COMPLETED"])
        self.check(ada="basic")
        self.assertEqual(self.sums(), {"ada": 499})

    def test_a_card_that_is_refused_gives_the_seat_back(self):
        self.assertEqual(
            self.subscribe("ada", "premium", card="expired"),
            ("COMPENSATED", "charge was refused: CARD: the card has expired"))
        self.check()
        self.assertEqual(self.sums(), {})
        self.assertEqual(self.subscribe("bruno", "premium")[0], "COMPLETED")
        self.check(bruno="premium")

    def test_no_seat_is_free(self):
        self.subscribe("ada", "premium")
        self.assertEqual(
            self.subscribe("bruno", "premium"),
            ("COMPENSATED", "reserve was refused: SOLD_OUT: no seat of premium "
             "is free"))
        self.check(ada="premium")
        self.assertEqual(self.sums(), {"ada": 999})


class Upgrade(Sagas):
    def test_all_is_done(self):
        self.subscribe("ada", "basic")
        self.assertEqual(self.upgrade("ada"), ("COMPLETED", ""))
        self.check(ada="premium")
        self.assertEqual(self.sums(), {"ada": 999})
        self.assertEqual(self.notes("ada"), ["your plan is now premium",
                                             "your plan is now basic"])

    def test_a_refund_if_no_seat_is_free(self):
        self.subscribe("ada", "premium")
        self.subscribe("bruno", "basic")
        state, reason = self.upgrade("bruno")
        self.assertEqual(state, "COMPENSATED")
        self.assertIn("SOLD_OUT", reason)
        self.check(ada="premium", bruno="basic")
        self.assertEqual(self.sums(), {"ada": 999, "bruno": 499})
        self.assertIn("billing.refund", [
            row["what"] for row in self.services.billing.rows(
                "ledger.entries")])

    def test_a_refund_if_the_plan_is_another_one_by_then(self):
        """The entitlement is the pivot: it has the last word."""
        self.subscribe("ada", "basic")
        self.services.entitlement.step(
            "entitlement.revoke", "by-hand/revoke", {"profile": "ada"})
        state, reason = self.upgrade("ada")
        self.assertEqual(state, "COMPENSATED")
        self.assertIn("the plan of ada is not basic", reason)
        self.assertEqual(self.sums(), {"ada": 499})

    def test_who_has_no_plan_and_who_wants_less(self):
        self.subscribe("ada", "premium")
        for profile, instead, plan in (("bruno", "basic", "premium"),
                                       ("ada", "premium", "basic"),
                                       ("ada", "premium", "premium")):
            with self.subTest(profile=profile, instead=instead, plan=plan):
                self.assertEqual(
                    self.upgrade(profile, instead, plan)[0], "COMPENSATED")
        self.check(ada="premium")
        self.assertEqual(self.sums(), {"ada": 999})


class Cancel(Sagas):
    def test_all_is_done_when_it_is_confirmed(self):
        self.subscribe("ada", "basic")
        order = self.services.begin("cancel", profile="ada")
        self.assertEqual(self.services.show(order)["state"], "RUNNING")
        self.assertEqual(self.services.entitlement.call(
            "entitlement.may_watch", {"profile": "ada"})[1]["may"], True)
        self.services.confirm(order)
        self.assertEqual(self.services.wait(order)["state"], "COMPLETED")
        self.check()
        self.assertEqual(self.notes("ada")[0], "you have left basic")
        self.assertEqual(self.services.bus.told()[-1]["plan"], "")
        self.assertEqual(self.subscribe("ada", "premium")[0], "COMPLETED")
        self.check(ada="premium")

    def test_who_has_changed_his_mind(self):
        self.subscribe("ada", "basic")
        order = self.services.begin("cancel", profile="ada")
        self.services.ask("saga.abort", order, "ada", "not yet")
        self.assertEqual(self.services.wait(order)["state"], "COMPENSATED")
        self.check(ada="basic")

    def test_who_has_no_plan(self):
        self.assertEqual(
            self.cancel("ada"),
            ("COMPENSATED", "revoke was refused: NO_PLAN: ada has no plan"))
        self.check()


class SameTime(Sagas):
    def test_of_many_for_one_seat_one_gets_it(self):
        orders = [self.services.begin("subscribe", profile=f"p{number}",
                                      plan="premium") for number in range(20)]
        states = [self.services.wait(one)["state"] for one in orders]
        self.assertEqual(states.count("COMPLETED"), 1)
        self.assertEqual(states.count("COMPENSATED"), 19)
        self.services.check_books()
        self.assertEqual(list(self.sums().values()), [999])

    def test_all_that_one_can_do_at_the_same_time_leaves_books_that_agree(self):
        for round in range(5):
            orders = []
            for number in range(4):
                orders.append(self.services.begin(
                    "subscribe", profile="ada", plan="basic"))
                orders.append(self.services.begin(
                    "upgrade", profile="ada", plan="premium",
                    **{"from": "basic"}))
                orders.append(self.services.begin("cancel", profile="ada"))
                self.services.confirm(orders[-1])
            for one in orders:
                self.assertIn(self.services.wait(one)["state"], sagas.ENDED)
            self.services.check_books()


class Trouble(Sagas):
    def test_the_coordinator_is_killed_in_the_middle(self):
        self.services.billing.signal(signal.SIGSTOP)
        order = self.services.begin("subscribe", profile="ada", plan="basic")
        while self.services.show(order)["steps"][0]["state"] != "done":
            pass
        self.services.restart("saga")
        self.services.billing.signal(signal.SIGCONT)
        self.assertEqual(self.services.wait(order)["state"], "COMPLETED")
        self.check(ada="basic")
        self.assertEqual(self.sums(), {"ada": 499})

    def test_each_service_is_killed_and_away_for_a_moment(self):
        for name in sagas.PARTNERS:
            with self.subTest(service=name):
                self.services.programs[name].kill()
                order = self.services.begin(
                    "subscribe", profile=name, plan="basic")
                self.services.start(name)
                self.assertEqual(self.services.wait(order)["state"],
                                 "COMPLETED")
                self.assertEqual(self.cancel(name)[0], "COMPLETED")
        self.check()

    def test_the_bus_is_away_and_is_told_later(self):
        self.services.bus.kill()
        order = self.services.begin("subscribe", profile="ada", plan="basic")
        self.services.entitlement.hear_of("log.append of ")
        self.assertEqual(self.services.show(order)["state"], "RUNNING")
        self.assertTrue(self.services.entitlement.call(
            "entitlement.may_watch", {"profile": "ada"})[1]["may"])
        self.services.start("bus")
        self.assertEqual(self.services.wait(order)["state"], "COMPLETED")
        self.assertEqual(len(self.services.bus.told()), 1)
        self.check(ada="basic")


class GivenUp(Sagas):
    def definitions(self):
        return sagas.impatient(self)

    def test_without_notifications_all_else_is_done(self):
        self.services.notifications.stop()
        self.assertEqual(self.subscribe("ada", "basic"), ("COMPLETED", ""))
        self.check(ada="basic")
        self.services.start("notifications")
        self.assertEqual(self.notes("ada"), [])

    def test_who_does_not_confirm_in_time_stays(self):
        self.subscribe("ada", "basic")
        saga = self.services.wait(self.services.begin("cancel", profile="ada"))
        self.assertEqual(saga["state"], "COMPENSATED")
        self.check(ada="basic")

    def test_what_nobody_can_undo_is_repaired_by_hand(self):
        self.services.licence.signal(signal.SIGSTOP)
        order = self.services.begin(
            "subscribe", profile="ada", plan="basic", card="expired")
        saga = self.services.wait(order)
        self.services.licence.signal(signal.SIGCONT)
        self.assertEqual(saga["state"], "PARKED")
        self.services.ask("saga.retry", order, "tester", "it is back")
        self.assertEqual(self.services.wait(order)["state"], "COMPENSATED")
        self.check()

    def test_a_parked_saga_is_repaired_by_hand(self):
        self.services.entitlement.stop()
        order = self.services.begin("subscribe", profile="ada", plan="basic")
        saga = self.services.wait(order)
        self.assertEqual(saga["state"], "PARKED")
        self.assertIn("grant", saga["reason"])
        self.services.start("entitlement")
        code, said = self.services.audit()
        self.assertEqual((code, said), (3, "open   sagas that are parked: 1\n"))
        self.services.ask("saga.retry", order, "tester", "it is back")
        self.assertEqual(self.services.wait(order)["state"], "COMPLETED")
        self.check(ada="basic")


if __name__ == "__main__":
    unittest.main()
