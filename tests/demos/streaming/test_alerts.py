#  SPDX-License-Identifier: MIT
"""Alerts reach all screens, and one that is slow harms only itself."""

import unittest

import constellation
import peers

STORM = {"for_ms": 1000, "per_second": 1000}
SLOW_MS = 20


class Alerts(peers.Case):
    def setUp(self):
        super().setUp()
        self.place = self.folder()
        self.alerts = constellation.alerts(self, self.place)

    def screen(self):
        """One that hears something: it has joined."""
        screen = constellation.screen(self, self.place)
        screen.await_gauges(lambda gauges: gauges["got"])
        return screen

    def storm(self):
        code, result = self.alerts.call("alerts.storm", STORM)
        self.assertEqual((code, result), ("OK", {"alerts": 1000}))
        return self.alerts.await_gauges(
            lambda gauges: not gauges["storm"])["published"]

    def test_without_a_storm_there_is_a_sign_of_life(self):
        screen = self.screen()
        self.assertEqual(screen.call("screen.last")[1]["alert"], "calm")

    def test_each_screen_gets_all_of_a_storm(self):
        screens = [self.screen() for _ in range(2)]
        before = [screen.gauges()["got"] for screen in screens]
        self.storm()
        for screen, had in zip(screens, before):
            gauges = screen.await_gauges(
                lambda gauges: gauges["got"] >= had + 1000)
            self.assertEqual(gauges["missed"], 0)

    def test_one_that_is_slow_misses_some_and_the_others_none(self):
        fast, slow = self.screen(), self.screen()
        heard = self.alerts.gauges()["published"] - slow.gauges()["got"]
        had = fast.gauges()["got"]
        self.assertEqual(slow.call("screen.slow", {"ms": SLOW_MS}),
                         ("OK", {"ms": SLOW_MS}))
        self.storm()
        gauges = fast.await_gauges(lambda gauges: gauges["got"] >= had + 1000)
        self.assertEqual(gauges["missed"], 0)
        self.assertGreater(slow.gauges()["missed"], 100)
        #  It comes to the newest, and each was either shown or missed
        slow.call("screen.slow", {"ms": 0})
        gauges = slow.await_gauges(lambda gauges: not gauges["waiting"])
        told = self.alerts.gauges()["published"]
        gauges = slow.await_gauges(
            lambda gauges: gauges["got"] + gauges["missed"] + heard >= told)
        self.assertEqual(gauges["missed"],
                         gauges["dropped"] + gauges["lost"])
        self.assertEqual(gauges["lost"], 0)

    def test_a_new_storm_takes_the_place_of_the_one_before(self):
        self.alerts.call("alerts.storm",
                         {"for_ms": 600000, "per_second": 1})
        self.assertEqual(self.alerts.gauges()["storm"], 1)
        self.alerts.call("alerts.storm", {"for_ms": 1, "per_second": 1})
        self.alerts.await_gauges(lambda gauges: not gauges["storm"])

    def test_screens_hear_of_a_publisher_that_was_killed_and_is_back(self):
        screen = self.screen()
        self.alerts.kill()
        screen.hear_of("gone")
        self.alerts = constellation.alerts(self, self.place)
        screen.hear_of("back")
        had = screen.gauges()["got"]
        screen.await_gauges(lambda gauges: gauges["got"] > had)

    def test_bad_bodies(self):
        constellation.check_bad_bodies(
            self, self.alerts, "alerts.storm", "gauges")
        screen = self.screen()
        constellation.check_bad_bodies(
            self, screen, "screen.slow", "screen.last", "gauges")
        for body in ({"ms": -1}, {"ms": 60001}, {}):
            self.assertEqual(screen.call("screen.slow", body)[0],
                             "INVALID_ARGUMENT")

    def test_an_endpoint_that_is_none_is_told(self):
        for name in ("zp-alerts", "zp-screen"):
            program = constellation.Program(self, name, "--updates", "nonsense")
            self.assertIn("nonsense", program.hear())
            self.assertEqual(program.wait(), 1)


if __name__ == "__main__":
    unittest.main()
