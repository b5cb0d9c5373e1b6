#  SPDX-License-Identifier: MIT
"""Sagas with a coordinator: the demo tells its story, and all books are right."""

import os
import random
import signal
import sys
import unittest

sys.path.insert(0, os.path.dirname(__file__))

import books  # noqa: E402

DEFINITION = os.path.join(books.demo.TOP, "demos", "saga",
                          "start-premium-stream.json")
KEPT = books.SERVICES + ("coordinator",)


class Script(books.Story):
    marks = [b"ada-1 has begun", b"kill -KILL coordinator", b"is PARKED"]
    story = ("client: ada-1 is COMPLETED", "client: bob-1 is COMPENSATED",
             "kill -KILL coordinator", "client: carl-5 is COMPLETED",
             "release_seat for bert-1/reserve: CLOSED",
             "client: bert-1 is PARKED", "bert-1  start-premium-stream  PARKED",
             "stuck", "zp saga retry bert-1",
             "release_seat for bert-1/reserve: done", "COMPENSATED")

    def test_it_tells_its_story_and_ends(self):
        self.tell()

    def test_at_a_terminal_it_stays_and_what_it_says_to_try_works(self):
        said = self.try_all()
        for text in ("client: dora-3 is COMPLETED", "9 seats are held"):
            self.assertIn(text, said)


class Programs(books.Programs):
    def setUp(self):
        super().setUp()
        self.environ["ZP_SAGA"] = "ipc://coordinator"
        self.kept = {}
        for name in KEPT:
            self.keep(name)
        self.assertTrue(self.audit()[0])  # All are there
        self.zp("saga", "ls")

    def keep(self, name, *words):
        if name == "coordinator":
            self.kept[name] = self.start("saga-coordinator", DEFINITION)
        else:
            self.kept[name] = self.start("saga-service", name, *words)

    def end(self, name):
        self.kept[name].signal(signal.SIGTERM)
        self.assertEqual(self.kept[name].wait(), 0)

    def test_what_is_missing_is_told(self):
        self.refuses("Usage: ", "saga-client")
        self.refuses("Usage: ", "saga-service")
        self.refuses("Usage: ", "saga-service", "lisence")
        self.refuses("Usage: ", "saga-coordinator")

    def test_two_can_not_have_the_same_books(self):
        self.refuses("licence.db", "saga-service", "licence")

    def test_a_definition_with_mistakes_is_told_with_their_places(self):
        self.end("coordinator")
        self.refuses("no/such.json", "saga-coordinator", "no/such.json")
        with open(DEFINITION) as file:
            text = file.read()
        with open("wrong.json", "w") as file:
            file.write(text.replace('"licence"', '"lisence"'))
        self.refuses("4:", "saga-coordinator", "wrong.json")

    def test_the_same_streams_once_more_are_the_same(self):
        for _ in range(2):
            client = self.start("saga-client", "carl", "2")
            client.hear("client: carl-2 is COMPLETED")
            self.assertEqual(client.wait(), 0)
        good, told = self.audit()
        self.assertTrue(good, told)
        self.assertIn("2 seats are held", told)

    def test_killed_at_any_moment_each_does_it_once(self):
        choice = random.Random(0x5A6A)
        client = self.start("saga-client", "carl", "8")
        client.hear("carl-8 has begun")
        for number in range(1, 9):
            name = choice.choice(KEPT)
            self.kept[name].kill()
            self.keep(name)
            client.hear(f"client: carl-{number} is COMPLETED")
        self.assertEqual(client.wait(), 0)
        good, told = self.audit()
        self.assertTrue(good, told)
        self.assertIn("8 seats are held", told)

    def test_who_skips_without_doing_it_by_hand_finds_it_in_the_books(self):
        self.end("licence")
        self.keep("licence", "release_seat")
        client = self.start("saga-client", "bert")
        client.hear("client: bert-1 is PARKED")
        self.zp("saga", "skip", "bert-1", "--why", "somebody did it",
                "--yes")
        good, told = self.audit()
        self.assertFalse(good)
        self.assertIn("1 seats are held, 0 were paid for", told)

    def test_told_to_end_they_do(self):
        client = self.start("saga-client", "ada")
        client.hear("client: ada-1 is COMPLETED")
        for name in KEPT:
            self.end(name)


if __name__ == "__main__":
    unittest.main()
