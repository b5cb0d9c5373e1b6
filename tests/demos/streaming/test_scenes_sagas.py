#  SPDX-License-Identifier: MIT
"""Scenes of sagas: refused, interrupted, and repaired by hand."""

import json
import unittest

import scenes
from scenes import wait_until


class Sagas(scenes.Case):
    factor = 3

    def setUp(self):
        """Nobody comes, and nobody has one plan more or less by chance."""
        super().setUp()
        self.all.audit()
        self.free = self.free_seats()

    def free_seats(self):
        return {plan["plan"]: plan["free"] for plan in
                self.all.call("licence", "licence.seats")["plans"]}

    def may_watch(self, profile):
        return self.all.call("entitlement", "entitlement.may_watch",
                             {"profile": profile})["may"]

    def subscriptions(self, profile):
        """The states of all that a viewer has asked for"""
        listed = json.loads(self.all.zp("saga", "ls", "--json", "--saga",
                                        "subscribe"))
        shown = [json.loads(self.all.zp("saga", "show", one["id"], "--json"))
                 for one in listed]
        return {one["id"]: one["state"] for one in shown
                if one["input"]["profile"] == profile}

    def cancel(self, profile):
        """As a page does: ask for it, and confirm"""
        status, answer = self.all.post("/api/cancellations",
                                       {"profile": profile})
        self.assertEqual(status, 202, answer)
        self.assertEqual(self.all.post(
            f"/api/cancellations/{answer['id']}/confirm", None),
            (200, "RUNNING"))
        wait_until(lambda: not self.may_watch(profile), "that is over")

    def check_conserved(self, **taken):
        """The books agree; so many seats fewer are free, and all others."""
        self.all.audit()
        now = self.free_seats()
        self.assertEqual({plan: free - now[plan]
                          for plan, free in self.free.items()},
                         {**dict.fromkeys(now, 0), **taken})

    def test_what_was_reserved_is_released_when_the_card_is_refused(self):
        with self.broken("refused"):
            self.assertEqual(list(self.subscriptions("eve").values()),
                             ["COMPENSATED"])
        self.assertFalse(self.may_watch("eve"))
        self.check_conserved()

    def test_a_subscription_goes_on_when_the_coordinator_is_back(self):
        self.all.load(self.factor)
        with self.broken("coordinator"):
            self.all.load(0)
            self.assertFalse(self.may_watch("fritz"))
            status, answer = self.all.post(
                "/api/subscriptions", {"profile": "ida", "plan": "basic"})
            self.assertEqual(status, 503, answer)
        wait_until(lambda: self.may_watch("fritz"), "fritz may watch")
        self.assertEqual(list(self.subscriptions("fritz").values()),
                         ["COMPLETED"])
        self.assertFalse(self.may_watch("ida"))
        self.cancel("fritz")
        self.all.audit()

    def test_what_could_not_be_undone_is_repaired_by_hand(self):
        self.all.zp("break", "parked", "--wait")
        saga, = json.loads(self.all.zp("saga", "ls", "--state", "parked",
                                       "--json"))
        self.assertIn("reserve could not be undone", saga["reason"])
        self.assertEqual(self.subscriptions("gustav"),
                         {saga["id"]: "PARKED"})
        #  His seat is taken, and it is nobody's fault but the fault's
        self.assertEqual(self.free_seats()["basic"], self.free["basic"] - 1)
        self.all.zp("heal", "parked")
        self.all.zp("saga", "retry", saga["id"], "--why", "it is back")
        self.heal("parked")
        self.assertEqual(self.subscriptions("gustav"),
                         {saga["id"]: "COMPENSATED"})
        self.check_conserved()


if __name__ == "__main__":
    unittest.main()
