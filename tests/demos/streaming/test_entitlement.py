#  SPDX-License-Identifier: MIT
"""zp-entitlement knows who may watch, and tells the bus of what changes."""

import unittest

import constellation
from peers import Case


class Entitlement(Case):
    def setUp(self):
        super().setUp()
        self.place = self.folder()
        self.bus = constellation.Bus(self, self.place)
        self.start()

    def start(self):
        self.service = constellation.entitlement(
            self, self.place, self.bus.endpoint)

    def step(self, verb, saga, **body):
        return self.service.step(f"entitlement.{verb}", f"{saga}/{verb}", body)

    def may(self, profile, plan=None):
        expected = {"profile": profile, "may": bool(plan)}
        if plan:
            expected["plan"] = plan
        self.assertEqual(
            self.service.call("entitlement.may_watch", {"profile": profile}),
            ("OK", expected))

    def test_who_has_no_plan_may_not_watch(self):
        self.may("ada")

    def test_a_plan_is_given_changed_and_taken(self):
        self.assertEqual(self.step("grant", "s1", profile="ada", plan="basic"),
                         ("done", None))
        self.may("ada", "basic")
        self.assertEqual(
            self.step("change", "s2", profile="ada", plan="premium",
                      **{"from": "basic"}), ("done", None))
        self.may("ada", "premium")
        self.assertEqual(self.step("revoke", "s3", profile="ada"),
                         ("done", {"plan": "premium"}))
        self.may("ada")
        self.assertEqual(self.service.balances(), {})

    def test_each_takes_effect_once(self):
        for _ in range(3):
            self.step("grant", "s1", profile="ada", plan="basic")
        for _ in range(3):
            self.assertEqual(self.step("revoke", "s2", profile="ada"),
                             ("done", {"plan": "basic"}))
        self.assertEqual(len(self.service.entries()), 4)

    def test_who_has_a_plan_gets_no_second_and_who_has_none_loses_none(self):
        self.step("grant", "s1", profile="ada", plan="basic")
        self.assertEqual(
            self.step("grant", "s2", profile="ada", plan="premium")[0],
            "HAS_PLAN")
        change = {"plan": "basic", "from": "premium"}
        for profile in ("ada", "bruno"):
            self.assertEqual(
                self.step("change", "s3-" + profile, profile=profile,
                          **change)[0], "NO_PLAN")
        self.assertEqual(self.step("revoke", "s4", profile="bruno")[0],
                         "NO_PLAN")
        self.may("ada", "basic")

    def test_it_outlives_a_kill(self):
        self.step("grant", "s1", profile="ada", plan="basic")
        self.service.kill()
        self.start()
        self.may("ada", "basic")

    def test_the_bus_is_told_which_plan_somebody_has(self):
        self.step("grant", "s1", profile="ada", plan="basic")
        for profile, plan in (("ada", "basic"), ("bruno", "")):
            self.assertEqual(self.step("tell", profile, profile=profile)[0],
                             "ongoing")
            self.service.await_done(profile + "/tell")
            self.assertEqual(self.bus.told()[-1], {
                "event": "subscription-changed", "profile": profile,
                "plan": plan})

    def test_without_a_bus_it_is_told_later_whatever_is_killed(self):
        self.bus.kill()
        self.step("tell", "s1", profile="ada")
        self.service.hear_of("log.append of s1/tell failed")
        self.assertEqual(self.service.status("s1/tell")[0], "ongoing")
        self.service.kill()
        self.bus = constellation.Bus(self, self.place)
        self.start()
        self.service.await_done("s1/tell")
        self.assertEqual(self.bus.told(), [
            {"event": "subscription-changed", "profile": "ada", "plan": ""}])

    def test_what_makes_no_sense_is_refused(self):
        for verb, body in (("grant", {"profile": "ada"}),
                           ("grant", {"profile": "a" * 41, "plan": "basic"}),
                           ("change", {"profile": "ada", "plan": "basic"}),
                           ("revoke", {}), ("tell", {"profile": 7})):
            with self.subTest(verb=verb, body=body):
                self.assertEqual(self.step(verb, "bad", **body)[0], "INPUT")

    def test_bad_bodies(self):
        constellation.check_bad_bodies(
            self, self.service, "entitlement.may_watch")


if __name__ == "__main__":
    unittest.main()
