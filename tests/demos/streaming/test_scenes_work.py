#  SPDX-License-Identifier: MIT
"""Scenes of work that is accepted now and done later."""

import json
import unittest

import scenes
from scenes import wait_until

ENOUGH = 1000  # Requests in a row, of which some must be refused


class Work(scenes.Case):
    factor = 3

    def await_state(self, path, state):
        """Wait until it is so; while a breaker is open nobody can say."""
        def is_so():
            status, answer = self.all.get(path)
            return (status, answer.get("state")) == (200, state)
        wait_until(is_so, path)

    def upload(self, film):
        """The upload, if it is accepted."""
        status, answer = self.all.post("/api/uploads", {"film": film})
        self.assertIn(status, (200, 429, 503, 504), answer)
        return answer["upload"] if status == 200 else None

    def test_what_was_on_the_belt_is_encoded_though_the_broker_died(self):
        uploads = [wait_until(lambda: self.upload(film), film)
                   for film in ("faust", "metropolis", "m")]
        with self.broken("belt"):
            self.assertIsNone(self.upload("too-late"))
            status, answer = self.all.post(
                "/api/support", {"profile": "ada", "text": "Is it broken?"})
            self.assertEqual(status, 503, answer)
        for upload in uploads:
            self.await_state("/api/uploads/" + upload, "encoded")

    def test_an_export_is_there_for_who_has_gone_and_come_back(self):
        with self.broken("export"):
            status, answer = self.all.post("/api/exports", {"profile": "ada"})
            self.assertEqual(status, 202, answer)
            path = "/api/exports/" + answer["id"]
            status, answer = self.all.get(path)
            self.assertNotEqual((status, answer.get("state")), (200, "ready"))
        self.await_state(path, "ready")
        self.assertEqual(self.get(path)["profile"], "ada")

    def test_tickets_gather_at_one_desk_and_are_answered_by_four(self):
        with self.broken("support"):
            services = json.loads(self.all.zp("ps", "--json"))["services"]
            self.assertEqual([one["name"] for one in services if
                              one["name"].startswith("support-") and
                              one["state"] == "ready"],
                             ["support-1"])
            status, answer = self.all.post(
                "/api/support", {"profile": "ada", "text": "Anybody there?"})
            self.assertEqual(status, 202, answer)
        self.await_state("/api/support/" + answer["id"], "answered")
        self.assertEqual(self.gauges("support-1")["again"], 0)

    def test_what_is_too_much_in_the_finale_is_refused_at_once(self):
        #  How quick the others are says more of the machine that this runs on
        self.all.zp("break", "finale")
        refused = served = 0
        for _ in range(ENOUGH):
            status, headers, _ = self.all.request("GET", "/api/home/ada")
            self.assertIn(status, (200, 429, 503))
            served += status == 200
            if status == 429:
                self.assertGreaterEqual(int(headers["Retry-After"]), 1)
                refused += 1
            if served and refused:
                break
        self.assertGreater(served, 0)
        self.assertGreater(refused, 0)
        wait_until(lambda: all(
            one["seen"] for one in self.seen("finale")[:2]), "it was full")
        self.all.zp("scale", "support=8")
        self.heal("finale")
        self.all.zp("scale", "support=4")
        wait_until(lambda: self.all.get("/api/home/ada")[0] == 200, "quiet")

    def seen(self, name):
        """What there is to be seen of a scene, and was"""
        return next(one["seen"] for one in self.all.state()["scenes"]
                    if one["name"] == name)


if __name__ == "__main__":
    unittest.main()
