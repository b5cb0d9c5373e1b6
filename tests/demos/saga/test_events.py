#  SPDX-License-Identifier: MIT
"""Sagas by events: the demo tells its story, and each effect is there once."""

import os
import random
import signal
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))

import books  # noqa: E402

WANTED = '{"event":"wanted","saga":"%s","viewer":"%s"}'


class Script(books.Story):
    option = ("--events",)
    marks = [b"charge for ada-1", b"kill -KILL billing"]
    story = ('"notified","saga":"ada-1"', '"seat-released","saga":"bob-1"',
             "kill -KILL billing", '"event":"notified","saga":"carl-',
             "release_seat for bert-1: CLOSED", "POSITION",
             '"seat-released","saga":"bert-1"')
    follows = '"notified","saga":"dora-1"'

    def test_it_tells_its_story_and_ends(self):
        self.tell()

    def test_at_a_terminal_it_stays_and_what_it_says_to_try_works(self):
        self.assertIn("7 seats are held", self.try_all())


class Programs(books.Programs):
    def setUp(self):
        super().setUp()
        self.environ["ZP_LOG"] = "ipc://events"
        self.log = self.serve()
        self.reactors = {name: self.start("saga-reactor", name)
                         for name in books.SERVICES}
        self.assertTrue(self.audit()[0])  # All are there
        self.follower = self.start("zp", "log", "follow", "premium",
                                   "--from", "start")

    def serve(self):
        log = self.start("zp", "log", "serve", "events.db", "--bind",
                         "ipc://events")
        log.hear("journal")
        return log

    def want(self, viewer, saga):
        self.zp("log", "append", "premium", WANTED % (saga, viewer))

    def hear(self, event, saga):
        return self.follower.hear(f'"event":"{event}","saga":"{saga}"')

    def test_what_is_missing_is_told(self):
        self.refuses("Usage: ", "saga-reactor")
        self.refuses("Usage: ", "saga-reactor", "lisence")

    def test_two_can_not_have_the_same_books(self):
        self.refuses("locked", "saga-reactor", "licence")

    def test_an_event_that_is_there_twice_has_one_effect(self):
        self.want("ada", "ada-1")
        self.want("ada", "ada-1")
        self.hear("notified", "ada-1")
        self.hear("notified", "ada-1")
        good, told = self.audit()
        self.assertTrue(good, told)
        self.assertIn("1 seats are held", told)

    def test_what_makes_no_sense_is_passed_over(self):
        for body in ("", "nonsense", "[]", "{}", '{"event":7}',
                     '{"event":"charged","saga":{},"viewer":"ada"}'):
            self.zp("log", "append", "premium", body)
        self.want("carl", "it's \\\" carl's")
        self.want("carl", "carl-1")
        self.hear("notified", "carl-1")
        good, told = self.audit()
        self.assertIn("2 seats are held, 2 were paid for, 3 may watch", told)

    def test_killed_at_any_moment_each_does_it_once(self):
        choice = random.Random(0x5A6A)
        for number in range(8):
            self.want("carl", f"carl-{number}")
        heard, ended = 0, set()
        while len(ended) < 8:
            line = self.follower.hear('"event":')[-1]
            heard += 1
            if '"notified"' in line:
                ended.add(line)
            if heard <= 12:
                name = choice.choice(books.SERVICES)
                self.reactors[name].kill()
                self.reactors[name] = self.start("saga-reactor", name)
            if heard == 12:
                self.log.kill()
                self.log = self.serve()
        good, told = self.audit()
        self.assertTrue(good, told)
        self.assertIn("8 seats are held", told)

    def test_told_to_end_they_do(self):
        self.want("ada", "ada-1")
        self.hear("notified", "ada-1")
        for reactor in self.reactors.values():
            reactor.signal(signal.SIGTERM)
            self.assertEqual(reactor.wait(), 0)


if __name__ == "__main__":
    unittest.main()
