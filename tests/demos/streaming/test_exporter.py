#  SPDX-License-Identifier: MIT
"""zp-exporter collects what is known of somebody, and keeps it until it is
wanted."""

import json
import os
import signal
import unittest

import constellation
from peers import Case


class Exporter(Case):
    def setUp(self):
        super().setUp()
        self.place = self.folder()
        self.queue = constellation.Queue(self, self.place)
        self.services = {
            "profiles": constellation.profiles(self),
            "billing": constellation.billing(self, self.place),
            "entitlement": constellation.entitlement(self, self.place),
            "notifications": constellation.notifications(self, self.place)}

    def start(self):
        return constellation.exporter(
            self, self.place, self.queue.endpoint,
            **{name: one.endpoint for name, one in self.services.items()})

    def put(self, profile="ada"):
        return self.queue.put("exports", {"profile": profile})

    def get(self, service, number):
        code, result = service.call("exporter.get", {"export": number})
        self.assertEqual(code, "OK", result)
        return result

    def test_it_has_what_all_know(self):
        self.services["notifications"].step(
            "notifications.send", "s1/send",
            {"profile": "ada", "text": "welcome"})
        service = self.start()
        number = self.put()
        self.queue.await_empty("exports")
        export = self.get(service, number)
        self.assertEqual(
            (export["export"], export["state"], export["profile"]),
            (number, "ready", "ada"))
        known = export["data"]
        self.assertEqual(known["profiles.get"]["name"], "Ada")
        self.assertIn("nosferatu", known["profiles.history.list"]["history"])
        self.assertEqual(known["billing.invoices"], {"invoices": []})
        self.assertEqual(known["entitlement.may_watch"], {"may": False})
        self.assertEqual(
            known["notifications.list"]["notifications"][0]["text"], "welcome")

    def test_nobody_need_wait_for_it(self):
        """The browser is closed, and all that runs is ended."""
        service = self.start()
        number = self.put()
        self.queue.await_empty("exports")
        self.assertEqual(service.stop(), 0)
        self.queue.kill()
        self.queue = constellation.Queue(self, self.place)
        self.assertEqual(self.get(self.start(), number)["state"], "ready")

    def test_what_was_asked_for_while_it_was_away_is_made_when_it_is_back(
            self):
        numbers = [self.put(profile) for profile in ("ada", "bruno")]
        service = self.start()
        self.queue.await_empty("exports")
        self.assertEqual([self.get(service, number)["profile"]
                          for number in numbers], ["ada", "bruno"])
        rows = [{"export": number} for number in numbers]
        self.assertEqual(service.call("exporter.list"), ("OK", {"rows": rows}))
        self.assertEqual(service.call("exporter.list", {"after": numbers[0]}),
                         ("OK", {"rows": rows[1:]}))
        self.assertEqual(service.gauges(),
                         {"exported": 2, "again": 0, "put_off": 0})

    def test_a_service_that_is_frozen_puts_it_off(self):
        self.services["billing"].signal(signal.SIGSTOP)
        service = self.start()
        number = self.put()
        self.assertIn("billing.invoices: ", service.hear_of("again later"))
        self.assertEqual(self.get(service, number),
                         {"export": number, "state": "waiting"})
        self.services["billing"].signal(signal.SIGCONT)
        self.queue.await_empty("exports")
        self.assertEqual(self.get(service, number)["state"], "ready")
        self.assertGreaterEqual(service.gauges()["put_off"], 1)

    def test_somebody_who_is_not_known_gets_the_reason(self):
        service = self.start()
        number = self.put("nobody")
        self.queue.await_empty("exports")
        export = self.get(service, number)
        self.assertEqual(export["state"], "failed")
        self.assertIn('no profile "nobody"', export["why"])

    def test_one_that_comes_twice_is_made_once(self):
        number = self.put()
        folder = os.path.join(self.place, "exports")
        os.mkdir(folder)
        made = {"export": number, "state": "ready", "profile": "ada",
                "data": {}}
        with open(os.path.join(folder, f"{number}.json"), "w") as file:
            json.dump(made, file)
        service = self.start()
        self.queue.await_empty("exports")
        self.assertEqual(self.get(service, number), made)
        self.assertEqual(service.gauges()["again"], 1)

    def test_what_is_no_job_is_buried_with_the_reason(self):
        self.start()
        self.queue.put("exports", {"profil": "ada"})
        why, = self.queue.await_buried("exports", 1)
        self.assertIn('"profil"', why)

    def test_bad_bodies(self):
        service = self.start()
        constellation.check_bad_bodies(
            self, service, "exporter.get", "exporter.list", "gauges")
        for number in ("1", 0, -1, "../1"):
            code, said = service.call("exporter.get", {"export": number})
            self.assertEqual(code, "INVALID_ARGUMENT", number)


if __name__ == "__main__":
    unittest.main()
