#  SPDX-License-Identifier: MIT
"""zp-notifications tells each viewer what concerns them, once."""

import json
import unittest

import constellation
from peers import Case


class Notifications(Case):
    def setUp(self):
        super().setUp()
        self.place = self.folder()
        self.bus = constellation.Bus(self, self.place)
        self.start()

    def start(self):
        self.service = constellation.notifications(
            self, self.place, self.bus.endpoint)

    def send(self, saga, profile, text, **more):
        return self.service.step("notifications.send", saga + "/send",
                                 {"profile": profile, "text": text, **more})

    def group(self):
        reply, = self.bus.ask(b"log.group.ls", b"events")
        return json.loads(reply)

    def sent(self, profile):
        code, result = self.service.call(
            "notifications.list", {"profile": profile})
        return [one["text"] for one in result["notifications"]]

    def test_each_hears_what_concerns_him(self):
        self.assertEqual(self.send("s1", "ada", "your plan is now",
                                   plan="basic"), ("done", None))
        self.service.hear_of("to ada: your plan is now basic")
        self.bus.tell("title-added", film="faust", upload="faust-1")
        self.service.hear_of("to all: new: faust")
        self.send("s2", "bruno", "welcome")
        self.assertEqual(self.sent("ada"),
                         ["new: faust", "your plan is now basic"])
        self.assertEqual(self.sent("bruno"), ["welcome", "new: faust"])

    def test_killed_it_goes_on_where_it_stood_and_says_nothing_twice(self):
        self.send("s1", "ada", "welcome")
        self.bus.tell("title-added", film="faust", upload="faust-1")
        self.service.hear_of("to all: new: faust")
        while self.group()[0]["position"] < 1:
            pass
        self.service.kill()
        self.bus.tell("title-added", film="haxan", upload="haxan-1")
        self.start()
        self.service.hear_of("to all: new: haxan")
        self.assertEqual(self.send("s1", "ada", "welcome"), ("done", None))
        self.assertEqual(self.sent("ada"),
                         ["new: haxan", "new: faust", "welcome"])

    def test_an_event_that_it_hears_again_is_there_once(self):
        self.bus.tell("title-added", film="faust", upload="faust-1")
        self.service.hear_of("to all: new: faust")
        self.service.kill()
        self.bus.ask(b"log.group.delete", b"events", b"notifications")
        self.start()
        self.service.hear_of("to all: new: faust")
        self.assertEqual(self.sent("ada"), ["new: faust"])

    def test_what_makes_no_sense_is_refused(self):
        for body in ({}, [], {"profile": "ada"}, {"profile": "ada", "text": 7}):
            with self.subTest(body=body):
                self.assertEqual(self.service.step(
                    "notifications.send", "bad/send", body)[0], "INPUT")

    def test_bad_bodies(self):
        constellation.check_bad_bodies(
            self, self.service, "notifications.list")


if __name__ == "__main__":
    unittest.main()
