#  SPDX-License-Identifier: MIT
"""Scenes of calls: one service is dead, one loses replies, one is slow."""

import unittest

import scenes
from scenes import wait_until

SLOW_S = 3  # What recommendations take when they are slow


class Calls(scenes.Case):
    factor = 3

    def home(self):
        return self.get("/api/home/ada")

    def fresh_home(self):
        """A home page with all of its parts"""
        home = self.home()
        return None if home.get("missing") or home.get("stale") else home

    def test_home_is_there_without_the_profile(self):
        before = wait_until(self.fresh_home, "a whole page")
        self.assertEqual(before["profile"]["name"], "Ada")
        with self.broken("home"):
            home = self.home()
            self.assertNotIn("profile", home)
            self.assertIn("profile", home["missing"])
            self.assertTrue(home["trending"] is not None and home["for_you"])
        after = wait_until(self.fresh_home, "a whole page again")
        self.assertEqual(after["profile"]["name"], "Ada")

    def switch(self, device, number):
        """Switch; it must be counted as that many times."""
        status, answer = self.all.post(
            "/api/switch", {"profile": "ada", "device": device})
        self.assertEqual((status, answer.get("switched")), (200, number))

    def test_a_switch_is_done_once_though_replies_are_lost(self):
        self.switch("proof", 1)
        with self.broken("switch"):
            lost = self.all.state()["services"]["profiles"]["faults"]
            for number in range(2, 12):
                self.switch("proof", number)
            wait_until(lambda: self.all.state()["services"]["profiles"][
                "faults"] > lost, "replies were lost")
        self.switch("proof", 12)
        self.assertEqual(self.gauges("profiles")["twice"], 0)

    def test_for_you_is_of_before_and_comes_at_once(self):
        before = wait_until(self.fresh_home, "a whole page")
        with self.broken("foryou"):
            home, took_s = scenes.timed(self.home)
            self.assertIn("for_you", home["stale"])
            self.assertEqual(home["for_you"], before["for_you"])
            self.assertLess(took_s, SLOW_S)
        wait_until(self.fresh_home, "a row of now")


if __name__ == "__main__":
    unittest.main()
