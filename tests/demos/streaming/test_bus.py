#  SPDX-License-Identifier: MIT
"""What happened goes over the bus, and reaches who reacts to it."""

import json
import os
import signal
import unittest

import constellation
from constellation import Service, film_file, load
from peers import Case


class Bus(Case):
    def setUp(self):
        super().setUp()
        self.place = self.folder()
        self.bus = constellation.Bus(self, self.place)

    def restart_bus(self):
        self.bus.kill()
        self.bus = constellation.Bus(self, self.place)

    def await_answer(self, service, method, body, wanted):
        """Ask until the answer is as wanted: it."""
        code = result = None
        while code != "OK" or not wanted(result):
            code, result = service.call(method, body)
        return result


class Trending(Bus):
    """The recommendations service, which keeps its own place."""

    def setUp(self):
        super().setUp()
        self.file = os.path.join(self.place, "trending.json")
        self.recommend()

    def recommend(self):
        self.service = constellation.recommendations(
            self, bus_at=self.bus.endpoint, trending=self.file)

    def play(self, *films):
        for film in films:
            last = self.bus.tell("playback-started", profile="ada", film=film)
        return last

    def plays(self, next_event):
        """How often each film was played, when it has come so far."""
        result = self.await_answer(
            self.service, "recommendations.trending", {"limit": 50},
            lambda result: result["next"] >= next_event)
        self.assertEqual(result["next"], next_event)
        return {one["film"]: one["plays"] for one in result["films"]}

    def test_what_is_played_most_comes_first(self):
        self.play("faust", "nosferatu", "faust")
        self.bus.tell("playback-stopped", profile="ada", film="faust")
        self.assertEqual(self.plays(4), {"faust": 2, "nosferatu": 1})
        code, result = self.service.call(
            "recommendations.trending", {"limit": 1})
        self.assertEqual(result["films"], [{"film": "faust", "plays": 2}])

    def test_killed_in_the_middle_it_misses_nothing_and_counts_nothing_twice(
            self):
        count = 0
        for round in range(6):
            count = self.play(*(10 * ["faust"])) + 1
            self.service.kill()
            self.play(*(10 * ["nosferatu"]))
            self.recommend()
            if round % 2:
                self.plays(count + 10)
        self.assertEqual(self.plays(120), {"faust": 60, "nosferatu": 60})
        with open(self.file) as file:
            self.assertEqual(json.load(file), {
                "next": 120, "plays": {"faust": 60, "nosferatu": 60}})

    def test_the_bus_is_restarted(self):
        for number in range(3):
            self.play("faust")
            self.restart_bus()
        self.play("faust")
        self.assertEqual(self.plays(4), {"faust": 4})

    def test_it_says_how_far_behind_it_is(self):
        self.play("faust", "faust")
        self.plays(2)
        self.assertEqual(self.service.gauges(), {"next": 2, "behind": 0})

    def test_a_frozen_bus_holds_nobody_up(self):
        self.play("faust")
        self.plays(1)
        self.bus.signal(signal.SIGSTOP)
        code, result = self.service.call("recommendations.trending")
        self.assertEqual((code, result["next"]), ("OK", 1))
        self.bus.signal(signal.SIGCONT)
        self.play("faust")
        self.assertEqual(self.plays(2), {"faust": 2})

    def test_events_that_make_no_sense_are_passed_over(self):
        for event in (b"", b"{", b"[]", b"\xff\xfe", b'{"event": 7}',
                      b'{"event": "playback-started", "film": ["faust"]}',
                      b'{"event": "other", "film": "faust"}'):
            self.bus.tell(event)
        self.play("faust")
        self.assertEqual(self.plays(8)["faust"], 1)

    def test_a_file_that_makes_no_sense_is_told(self):
        for text in ("", "[]", "{}", '{"next": 1}', '{"next": -1, "plays": {}}'):
            path = os.path.join(self.place, "bad.json")
            with open(path, "w") as file:
                file.write(text)
            program = constellation.Program(
                self, "zp-recommendations", "--trending", path)
            self.assertIn("makes no sense", program.hear())
            self.assertEqual(program.wait(), 1)


class Edges(Bus):
    """The catalogue, and the caches of it."""

    def setUp(self):
        super().setUp()
        self.at = [f"ipc://{self.place}/{name}"
                   for name in ("updates", "requests")]
        self.films = load(film_file())
        self.publish()

    def publish(self):
        self.catalog = constellation.catalog(
            self, "--updates", self.at[0], "--requests", self.at[1],
            bus_at=self.bus.endpoint)

    def edge(self):
        return Service(self, "zp-edge", "--updates", self.at[0],
                       "--requests", self.at[1])

    def await_films(self, edge, count):
        self.await_answer(
            edge, "edge.count", {},
            lambda result: result == {"films": count, "fresh": True})

    def await_upload(self, edge, film, upload):
        return self.await_answer(
            edge, "edge.get", {"id": film},
            lambda result: result.get("upload") == upload)

    def test_an_edge_has_all_films_as_they_are(self):
        edge = self.edge()
        self.await_films(edge, len(self.films))
        for film in self.films:
            self.assertEqual(edge.call("edge.get", {"id": film["id"]}),
                             ("OK", film))
        self.assertEqual(edge.call("edge.get", {"id": "none"})[0], "NOT_FOUND")

    def test_a_change_reaches_every_edge_and_those_that_come_late(self):
        edges = [self.edge() for _ in range(3)]
        for edge in edges:
            self.await_films(edge, len(self.films))
        self.bus.tell("title-added", film="faust", upload="faust-1")
        self.bus.tell("title-added", film="our-holidays", upload="ours-1")
        edges.append(self.edge())
        for edge in edges:
            self.await_upload(edge, "faust", "faust-1")
            film = self.await_upload(edge, "our-holidays", "ours-1")
            self.assertEqual(film["title"], "our-holidays")
            self.await_films(edge, len(self.films) + 1)
        self.assertEqual(
            self.catalog.call("catalog.get", {"id": "faust"})[1]["upload"],
            "faust-1")

    def test_a_restarted_catalogue_has_its_titles_again_and_so_has_an_edge(
            self):
        edge = self.edge()
        self.bus.tell("title-added", film="our-holidays", upload="ours-1")
        self.await_upload(edge, "our-holidays", "ours-1")
        self.catalog.kill()
        self.bus.tell("title-added", film="faust", upload="faust-1")
        self.publish()
        self.await_upload(edge, "faust", "faust-1")
        self.await_films(edge, len(self.films) + 1)

    def test_an_edge_goes_on_without_the_catalogue_and_says_so(self):
        edge = self.edge()
        self.await_films(edge, len(self.films))
        self.catalog.kill()
        edge.hear_of("gone")
        self.assertEqual(edge.call("edge.count"),
                         ("OK", {"films": len(self.films), "fresh": False}))
        self.assertEqual(edge.call("edge.get", {"id": "faust"})[0], "OK")

    def test_an_encoded_film_is_in_the_catalogue(self):
        queue = constellation.Queue(self, self.place)
        films = os.path.join(self.place, "films")
        uploads = constellation.uploads(self, films, queue.endpoint)
        constellation.encoder(self, films, queue.endpoint, self.bus.endpoint,
                              environ={**os.environ, "PATH": "/nowhere"})
        path = os.path.join(self.place, "film")
        with open(path, "wb") as file:
            file.write(b"a film")
        code, upload = uploads.call(
            "uploads.add", {"film": "faust", "path": path})
        self.await_upload(self.edge(), "faust", upload["upload"])
        self.assertEqual(self.bus.told(), [
            {"event": "title-added", "film": "faust",
             "upload": upload["upload"]}])

    def test_bad_bodies(self):
        edge = self.edge()
        constellation.check_bad_bodies(self, edge, "edge.get", "edge.count")


if __name__ == "__main__":
    unittest.main()
