#  SPDX-License-Identifier: MIT
"""What browsers and apps get: the routes, before the services."""

from concurrent import futures
import json
import unittest

import constellation
from peers import Case

SWITCHES = 20
LOST = [{"method": "profiles.switch", "percent": 30, "drop": "after"}]
SLOW = [{"method": "recommendations.*", "delay_ms": 3000}]


class Front(Case):
    def setUp(self):
        super().setUp()
        self.place = self.folder()

    def wait(self, gateway, path, done):
        """Ask until it is as wanted."""
        code, result = gateway.ask(path)
        while not done(result):
            self.assertEqual(code, 200, result)
            code, result = gateway.ask(path)
        return result

    def broker(self):
        return constellation.Queue(self, self.place)

    def test_a_ticket_is_accepted_and_its_answer_is_where_it_said(self):
        queue = self.broker()
        desks = [constellation.support(self, self.place, queue.endpoint, name)
                 for name in ("north", "south")]
        gateway = constellation.Gateway(self, queue=queue, support=desks)
        code, accepted = gateway.ask(
            "/api/support", {"profile": "ada", "text": "no sound"})
        self.assertEqual(code, 202)
        answer = self.wait(gateway, accepted["status"],
                           lambda result: result["state"] == "answered")
        self.assertIn(answer["desk"], ("north", "south"))

    def test_what_is_no_ticket_is_refused_before_it_is_accepted(self):
        queue = self.broker()
        gateway = constellation.Gateway(self, queue=queue)
        for body in ({"profile": "ada"}, {"text": "no sound"},
                     {"profile": "ada", "text": "x" * 501},
                     {"profile": 7, "text": "no sound"}):
            self.assertEqual(gateway.ask("/api/support", body)[0], 400, body)
        self.assertEqual(gateway.ask("/api/exports", {})[0], 400)
        self.assertEqual(gateway.ask("/api/exports/none")[0], 400)
        self.assertEqual(json.loads(queue.ask(b"queue.list")[0]), [])

    def test_an_export_is_there_when_somebody_comes_back_for_it(self):
        queue = self.broker()
        services = {
            "profiles": constellation.profiles(self),
            "billing": constellation.billing(self, self.place),
            "entitlement": constellation.entitlement(self, self.place),
            "notifications": constellation.notifications(self, self.place)}
        gateway = constellation.Gateway(self, queue=queue)
        code, accepted = gateway.ask("/api/exports", {"profile": "ada"})
        self.assertEqual((code, accepted["status"]),
                         (202, f"/api/exports/{accepted['id']}"))
        gateway.signal(15)
        self.assertEqual(gateway.wait(), 0)
        exporter = constellation.exporter(
            self, self.place, queue.endpoint,
            **{name: one.endpoint for name, one in services.items()})
        gateway = constellation.Gateway(self, queue=queue, exporter=exporter)
        export = self.wait(gateway, accepted["status"],
                           lambda result: result["state"] == "ready")
        self.assertEqual(export["data"]["profiles.get"]["name"], "Ada")

    def test_an_upload_is_stored_and_no_file_of_this_machine_is_read(self):
        queue = self.broker()
        uploads = constellation.uploads(self, self.place, queue.endpoint)
        gateway = constellation.Gateway(self, uploads=uploads)
        code, upload = gateway.ask(
            "/api/uploads", {"film": "holidays", "path": "/etc/passwd"})
        self.assertEqual((code, upload["bytes"]), (200, 65536))
        self.assertEqual(gateway.ask(f"/api/uploads/{upload['upload']}"),
                         (200, {"upload": upload["upload"],
                                "state": "waiting", "segments": 0}))

    def test_each_switch_is_executed_once_though_replies_are_lost(self):
        profiles = constellation.Service(
            self, "zp-profiles", "--profiles", constellation.profile_file(),
            "--fault-seed", "7")
        gateway = constellation.Gateway(self, profiles=profiles)
        with futures.ThreadPoolExecutor(SWITCHES) as viewers:
            #  What succeeds gives retries their budget
            list(viewers.map(gateway.ask, SWITCHES * ["/api/home/ada"]))
            self.assertEqual(profiles.call("zp.faults", LOST)[0], "OK")
            answers = list(viewers.map(
                gateway.ask, SWITCHES * ["/api/switch"],
                SWITCHES * [{"profile": "ada"}]))
        counts = [result["switched"] for code, result in answers
                  if code == 200]
        self.assertEqual(len(set(counts)), len(counts))
        self.assertGreater(len(counts), SWITCHES / 2)
        gauges = profiles.gauges()
        self.assertEqual((gauges["switched"], gauges["twice"]),
                         (SWITCHES, 0))
        stats = profiles.call("zp.stats")[1]
        self.assertGreater(stats["repeated"], 0)

    def test_without_profiles_there_is_still_a_page(self):
        catalog = constellation.catalog(self)
        profiles = constellation.profiles(self)
        recommendations = constellation.recommendations(
            self, catalog.endpoint, profiles.endpoint)
        gateway = constellation.Gateway(
            self, profiles=profiles, recommendations=recommendations)
        self.assertEqual(gateway.ask("/api/home/ada")[1]["profile"]["name"],
                         "Ada")
        profiles.kill()
        code, page = gateway.ask("/api/home/ada")
        self.assertEqual(code, 200)
        self.assertNotIn("profile", page)
        self.assertIn("profile", page["missing"])
        self.assertTrue(page["for_you"]["films"])

    def test_a_row_of_before_is_shown_when_recommendations_are_slow(self):
        catalog = constellation.catalog(self)
        slow = constellation.Service(
            self, "zp-recommendations", "--catalog", catalog.endpoint,
            "--profiles", constellation.NOWHERE, "--bus",
            constellation.NOWHERE, "--trending", self.place + "/trending",
            "--fault-seed", "7")
        gateway = constellation.Gateway(self, recommendations=slow)
        row = gateway.ask("/api/home/ada")[1]["for_you"]
        self.assertEqual(slow.call("zp.faults", SLOW)[0], "OK")
        code, page = gateway.ask("/api/home/ada")
        self.assertEqual((code, page["for_you"]), (200, row))
        self.assertIn("for_you", page["stale"])

    def test_nobody_breaks_anything_without_a_key_or_from_another_page(self):
        gateway = constellation.Gateway(self)
        for path in ("/stage/break/home", "/stage/heal", "/stage/load",
                     "/stage/kill/profiles", "/stage/scale"):
            self.assertEqual(gateway.request("POST", path).status, 401, path)
            answer = gateway.request("POST", path,
                                     Origin="http://elsewhere.example")
            self.assertEqual(answer.status, 403, path)
        for path in ("/stage/state", "/stage/trace/last"):
            answer = gateway.get(path, Host="elsewhere.example")
            self.assertEqual(answer.status, 403, path)


if __name__ == "__main__":
    unittest.main()
