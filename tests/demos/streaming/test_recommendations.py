#  SPDX-License-Identifier: MIT
"""zp-recommendations with the services that it asks: well, dead, frozen, mad."""

import json
import signal
import threading
import time
import unittest

import zmq

import constellation
import wire
from constellation import NOWHERE, film_file, load, outcome, profile_file
from peers import PATIENCE_S, Case, Service


class Recommendations(Case):
    """for_you, asked by a peer that says how long it waits."""

    def start(self, catalog_at, profiles_at):
        self.service = constellation.recommendations(
            self, catalog_at, profiles_at)

    def for_you(self, time_ms=PATIENCE_S * 1000, **body):
        """(code, result or text)"""
        dealer = self.socket(zmq.DEALER, self.service.endpoint)
        envelope = wire.Envelope(serial=1, time_ms=time_ms)
        dealer.send_multipart([envelope.encode(), b"",
                               b"recommendations.for_you",
                               json.dumps(body).encode()])
        head, empty, result = dealer.recv_multipart()
        dealer.close()
        status = wire.decode(head).status
        return status, json.loads(result) if status == 0 else result.decode()


class Well(Recommendations):
    def setUp(self):
        super().setUp()
        self.catalog = constellation.catalog(self)
        self.profiles = constellation.profiles(self)
        self.start(self.catalog.endpoint, self.profiles.endpoint)

    def films_for(self, profile, **body):
        status, result = self.for_you(profile=profile, **body)
        self.assertEqual(status, wire.OK, result)
        self.assertEqual(result["profile"], profile)
        self.assertIs(result["partial"], False)
        return result["films"]

    def test_each_profile_gets_what_it_has_not_seen(self):
        catalogue = {film["id"]: film for film in load(film_file())}
        for profile in load(profile_file()):
            films = self.films_for(profile["id"])
            self.assertEqual(len(films), 5)
            for film in films:
                self.assertNotIn(film["id"], profile["history"])
                self.assertEqual(
                    {**film, **catalogue[film["id"]]}, film,
                    "it is as in the catalogue, and more")

    def test_reasons_name_what_was_watched(self):
        titles = {film["id"]: film["title"] for film in load(film_file())}
        for profile in load(profile_file()):
            watched = [titles[film] for film in profile["history"]]
            for film in self.films_for(profile["id"], limit=10):
                said = film["reason"]
                if watched:
                    self.assertTrue(
                        any(said.startswith(f"because you watched {title} (")
                            for title in watched), said)
                else:
                    self.assertTrue(said.startswith("to get to know "), said)

    def test_who_likes_horror_of_the_twenties_gets_it(self):
        for film in self.films_for("ada", limit=3):
            self.assertIn("horror", film["genres"])
            self.assertEqual(film["year"] // 10, 192)

    def test_films_from_the_last_page_of_the_catalogue_count(self):
        ids = [film["id"] for film in load(film_file())]
        places = [ids.index(film["id"]) for film in self.films_for("clara")]
        self.assertGreater(max(places), 100)

    def test_the_limit_is_kept_and_the_best_come_first(self):
        for limit in (1, 50):
            films = self.films_for("ada", limit=limit)
            self.assertEqual(len(films), limit)
            scores = [film["score"] for film in films]
            self.assertEqual(scores, sorted(scores, reverse=True))

    def test_what_was_watched_just_now_changes_what_comes(self):
        before = self.films_for("ada")
        code, login = self.profiles.call(
            "profiles.login", {"profile": "ada", "pin": "1922"})
        self.profiles.call("profiles.history.add", {
            "token": login["token"], "film": "sherlock-jr"})
        after = self.films_for("ada")
        self.assertNotEqual(before, after)
        self.assertTrue(any("Sherlock Jr." in film["reason"]
                            for film in after))

    def test_a_profile_that_is_not_there(self):
        status, text = self.for_you(profile="nobody")
        self.assertEqual(status, 5)
        self.assertIn("profiles.list", text)

    def test_a_hundred_callers_at_once(self):
        dealer = self.socket(zmq.DEALER, self.service.endpoint)
        for number in range(100):
            dealer.send_multipart(
                [wire.Envelope(serial=number, time_ms=60000).encode(), b"",
                 b"recommendations.for_you", b'{"profile": "ada"}'])
        replies = {}
        for _ in range(100):
            head, empty, result = dealer.recv_multipart()
            envelope = wire.decode(head)
            self.assertEqual(envelope.status, wire.OK)
            replies[envelope.serial] = result
        self.assertEqual(len(replies), 100)
        self.assertEqual(len(set(replies.values())), 1)

    def test_bad_bodies(self):
        for body in ({}, {"profile": 7}, {"profile": ""},
                     {"profile": "ada", "limit": 0},
                     {"profile": "ada", "limit": 51},
                     {"profile": "ada", "offset": 1}):
            with self.subTest(body=body):
                status, text = self.for_you(**body)
                self.assertEqual(status, 3)
        constellation.check_bad_bodies(
            self, self.service, "recommendations.for_you")

    def test_a_killed_profiles_service_makes_the_answer_partial(self):
        self.profiles.kill()
        self.check_partial(self.for_you(time_ms=1000, profile="ada"))

    def test_a_frozen_profiles_service_makes_the_answer_partial(self):
        self.films_for("ada")  # They are connected now
        self.profiles.signal(signal.SIGSTOP)
        self.check_partial(self.for_you(time_ms=1000, profile="ada"))
        self.profiles.signal(signal.SIGCONT)
        self.films_for("ada")

    def check_partial(self, answer):
        status, result = answer
        self.assertEqual(status, wire.OK, result)
        self.assertIs(result["partial"], True)
        self.assertIn("profiles: ", result["why"])
        self.assertEqual(len(result["films"]), 5)

    def test_a_killed_catalogue_leaves_no_answer(self):
        self.catalog.kill()
        status, text = self.for_you(time_ms=1000, profile="ada")
        self.assertIn(status, (wire.UNAVAILABLE, wire.DEADLINE_EXCEEDED))
        self.assertIn("catalog: ", text)

    def test_a_frozen_catalogue_holds_nobody_past_the_deadline(self):
        self.films_for("ada")
        self.catalog.signal(signal.SIGSTOP)
        before = time.monotonic()
        status, text = self.for_you(time_ms=1000, profile="ada")
        elapsed_s = time.monotonic() - before
        self.assertEqual(status, wire.DEADLINE_EXCEEDED)
        self.assertIn("catalog: ", text)
        self.assertLess(elapsed_s, 10)
        self.catalog.signal(signal.SIGCONT)
        self.films_for("ada")

    def test_a_plain_peer_gets_an_answer_in_time_as_well(self):
        self.films_for("ada")
        self.catalog.signal(signal.SIGSTOP)
        code, text = self.service.call(
            "recommendations.for_you", {"profile": "ada"})
        self.assertEqual(code, "DEADLINE_EXCEEDED")


class Mad(Recommendations):
    """The services it asks are not ours, and answer anything."""

    FILM = {"id": "faust", "title": "Faust", "year": 1926,
            "directors": ["F. W. Murnau"], "genres": ["horror"]}

    def fake(self, answer):
        """A service that answers each request with answer (envelope, body).

        Returns its endpoint. answer gives the bytes of the result.
        """
        def handle(socket, frames):
            routing, head, empty, method, body = frames
            envelope = wire.decode(head)
            reply = envelope._replace(kind=wire.REPLY, time_ms=0)
            socket.send_multipart(
                [routing, reply.encode(), b"", answer(envelope, body)])
        return Service(self, zmq.ROUTER, handle).endpoint

    def test_trace_and_remaining_time_are_passed_on(self):
        seen = {}

        def see(name, result):
            def answer(envelope, body):
                seen[name] = envelope
                return json.dumps(result).encode()
            return answer
        self.start(self.fake(see("catalog", {"films": [self.FILM]})),
                   self.fake(see("profiles", {"history": []})))
        dealer = self.socket(zmq.DEALER, self.service.endpoint)
        trace = bytes(range(1, 17))
        dealer.send_multipart(
            [wire.Envelope(trace_id=trace, trace_flags=1, span_id=b"a span!!",
                           time_ms=50000).encode(), b"",
             b"recommendations.for_you", b'{"profile": "ada"}'])
        self.assertEqual(
            wire.decode(dealer.recv_multipart()[0]).status, wire.OK)
        self.assertEqual(set(seen), {"catalog", "profiles"})
        spans = {b"a span!!"}
        for name, envelope in seen.items():
            self.assertEqual(envelope.trace_id, trace)
            self.assertEqual(envelope.trace_flags, 1)
            self.assertGreater(envelope.time_ms, 0)
            spans.add(envelope.span_id)
        self.assertEqual(len(spans), 3, "each call is a span of its own")
        self.assertLessEqual(seen["catalog"].time_ms, 45000)
        self.assertLessEqual(seen["profiles"].time_ms, 500)

    def test_answers_that_make_no_sense(self):
        history = self.fake(lambda *_: b'{"history": ["nosferatu"]}')
        for answer in (b"", b"{", b"[]", b"{}", b"1", b"null", b"\xff\xfe",
                       b'{"films": {}}', b'{"films": null}', b"[" * 100000):
            with self.subTest(answer=answer[:20]):
                self.start(self.fake(lambda *_: answer), history)
                status, text = self.for_you(profile="ada")
                self.assertEqual(status, 13)
                self.assertIn("catalog: its answer makes no sense", text)

    def test_films_that_make_no_sense(self):
        odd = [1, None, "film", [], {}, {"id": 5}, {"id": None},
               {"genres": "horror"}, {"genres": [1, None, ["horror"]]},
               {"title": 7, "year": "1926", "directors": {}},
               {"year": 10**18}, self.FILM]
        for history in ([], ["faust"], [1, None, {}, "faust"], [self.FILM]):
            with self.subTest(history=history):
                self.start(
                    self.fake(lambda *_: json.dumps({"films": odd}).encode()),
                    self.fake(lambda *_:
                              json.dumps({"history": history}).encode()))
                status, result = self.for_you(profile="ada", limit=50)
                self.assertEqual(status, wire.OK)
                self.assertLessEqual(len(result["films"]), len(odd))
                self.assertEqual(self.service.stop(), 0)

    def test_a_history_that_makes_no_sense_makes_the_answer_partial(self):
        films = self.fake(
            lambda *_: json.dumps({"films": [self.FILM]}).encode())
        self.start(films, self.fake(lambda *_: b'{"history": 1}'))
        status, result = self.for_you(profile="ada")
        self.assertEqual(status, wire.OK)
        self.assertIs(result["partial"], True)
        self.assertEqual([film["id"] for film in result["films"]], ["faust"])

    def test_a_catalogue_without_end_ends_with_the_callers_time(self):
        page = json.dumps({"films": [self.FILM] * 100}).encode()
        self.start(self.fake(lambda *_: page),
                   self.fake(lambda *_: b'{"history": []}'))
        status, text = self.for_you(time_ms=1000, profile="ada")
        self.assertEqual(status, wire.DEADLINE_EXCEEDED)

    def test_drain_finishes_what_was_begun_and_refuses_the_rest(self):
        asked, go_on = threading.Event(), threading.Event()
        self.addCleanup(go_on.set)

        def answer(envelope, body):
            asked.set()
            go_on.wait(PATIENCE_S)
            return json.dumps({"films": [self.FILM]}).encode()
        self.start(self.fake(answer), self.fake(lambda *_: b'{"history": []}'))
        body = b'{"profile": "ada"}'
        first = self.socket(zmq.DEALER, self.service.endpoint)
        first.send_multipart(
            [wire.Envelope(serial=1, time_ms=PATIENCE_S * 1000).encode(), b"",
             b"recommendations.for_you", body])
        self.assertTrue(asked.wait(PATIENCE_S))
        late = self.socket(zmq.REQ, self.service.endpoint)
        self.assertEqual(self.ask(late, b"zp.ping"), [b'"pong"'])
        self.service.signal(signal.SIGTERM)
        while not outcome(self.ask(late, b"zp.info"))[1]["draining"]:
            pass
        reply = self.ask(late, b"recommendations.for_you", body)
        self.assertEqual(reply[:2], [b"ERROR", b"UNAVAILABLE"])
        go_on.set()
        head, empty, result = first.recv_multipart()
        self.assertEqual(wire.decode(head).status, wire.OK)
        self.assertEqual(json.loads(result)["films"][0]["id"], "faust")
        self.assertEqual(self.service.wait(), 0)

    def test_nobody_there_at_all(self):
        self.start(NOWHERE, NOWHERE)
        status, text = self.for_you(time_ms=500, profile="ada")
        self.assertEqual(status, wire.UNAVAILABLE)


if __name__ == "__main__":
    unittest.main()
