#  SPDX-License-Identifier: MIT
"""One request through several services is one trace, whose spans link."""

import json
import unittest

import constellation
from peers import Case
import zmq


class Traces(Case):
    def events(self, endpoint, **query):
        """What a service says, as another one asks it."""
        reply = self.ask(self.socket(zmq.REQ, endpoint), b"zp.events",
                         json.dumps(query).encode())
        code, result = constellation.outcome(reply)
        self.assertEqual(code, "OK", result)
        return result["events"]

    def await_root(self, gateway, method):
        """The trace of the HTTP request with that method, once it is over."""
        while True:
            for event in self.events(gateway.control, roots=True):
                if (event["what"], event["method"]) == ("replied", method):
                    return event["trace"]

    def of_trace(self, trace, *endpoints):
        """All that these say of it."""
        return [event for endpoint in endpoints
                for event in self.events(endpoint, trace=trace)]

    def test_a_page_is_one_trace_from_the_gateway_to_the_last_service(self):
        catalog = constellation.catalog(self)
        profiles = constellation.profiles(self)
        recommendations = constellation.recommendations(
            self, catalog.endpoint, profiles.endpoint)
        gateway = constellation.Gateway(
            self, profiles=profiles, recommendations=recommendations)
        self.assertEqual(gateway.ask("/api/home/ada")[0], 200)
        trace = self.await_root(gateway, "GET /api/home/ada")
        services = {gateway.control, catalog.endpoint, profiles.endpoint,
                    recommendations.endpoint}
        events = self.of_trace(trace, *services)

        took = {event["span"]: event for event in events
                if event["what"] == "took"}
        sent = {event["span"]: event for event in events
                if event["what"] == "sent"}
        root, = [event for event in took.values() if event["client"] ==
                 "0000000000000000"]
        self.assertEqual(root["method"], "GET /api/home/ada")
        self.assertEqual(root["parent"], "")
        #  Who called whom, by methods
        calls = {(took[event["parent"]]["method"], event["method"])
                 for event in sent.values()}
        home = "GET /api/home/ada"
        self.assertLessEqual(
            {(home, "profiles.get"), (home, "recommendations.for_you"),
             ("recommendations.for_you", "catalog.search"),
             ("recommendations.for_you", "profiles.history.list")}, calls)
        #  What was sent came, under the same id, and after it was sent
        reached = 0
        for span, event in sent.items():
            if event["endpoint"] not in services:
                continue
            reached += 1
            self.assertEqual(took[span]["method"], event["method"])
            self.assertEqual(took[span]["serial"], event["serial"])
            self.assertGreaterEqual(took[span]["at_us"], event["at_us"])
        self.assertGreaterEqual(reached, 4)

    def test_an_upload_is_part_of_its_trace_until_it_is_in_the_queue(self):
        place = self.folder()
        queue = constellation.Queue(self, place)
        uploads = constellation.uploads(self, place, queue.endpoint)
        gateway = constellation.Gateway(self, uploads=uploads)
        code, told = gateway.ask(
            "/api/uploads", {"film": "one", "bytes": 1000})
        self.assertEqual(code, 200, told)
        trace = self.await_root(gateway, "POST /api/uploads")
        put, = [event for event in self.of_trace(trace, queue.endpoint)
                if event["what"] == "took"]
        self.assertEqual(put["method"], "queue.put")
        add, = [event for event in self.of_trace(trace, uploads.endpoint)
                if event["what"] == "took"]
        sent, = [event for event in self.of_trace(trace, uploads.endpoint)
                 if event["what"] == "sent"]
        self.assertEqual(sent["parent"], add["span"])
        self.assertEqual(sent["span"], put["span"])


if __name__ == "__main__":
    unittest.main()
