#  SPDX-License-Identifier: MIT
"""The films and the profiles that come with the demo are sane."""

import json
import os
import re
import subprocess
import unittest

from constellation import STREAMING, film_file, load, plan_file, profile_file
from peers import BIN
from sagas import PARTNERS

GENRES = {
    "adventure", "animation", "comedy", "crime", "documentary", "drama",
    "experimental", "fantasy", "historical", "horror", "musical", "noir",
    "romance", "science-fiction", "thriller", "war", "western"}
FIELDS = {"id", "title", "year", "runtime_min", "directors", "genres"}


class Films(unittest.TestCase):
    def setUp(self):
        self.films = load(film_file())

    def test_there_are_at_least_a_hundred(self):
        self.assertGreaterEqual(len(self.films), 100)

    def test_each_has_all_fields_and_no_other(self):
        for film in self.films:
            self.assertEqual(set(film), FIELDS, film)

    def test_ids_are_unique_and_plain(self):
        ids = [film["id"] for film in self.films]
        self.assertEqual(len(ids), len(set(ids)))
        for one in ids:
            self.assertRegex(one, r"^[a-z0-9]+(-[a-z0-9]+)*$")

    def test_no_film_is_there_twice(self):
        films = [(film["title"], film["year"]) for film in self.films]
        self.assertEqual(len(films), len(set(films)))

    def test_years_are_those_of_the_public_domain(self):
        for film in self.films:
            self.assertIn(film["year"], range(1888, 1970), film)

    def test_they_are_in_the_order_of_their_years(self):
        years = [film["year"] for film in self.films]
        self.assertEqual(years, sorted(years))

    def test_runtimes_are_minutes(self):
        for film in self.films:
            self.assertIn(film["runtime_min"], range(1, 500), film)

    def test_genres_are_of_one_list_and_each_is_used(self):
        used = set()
        for film in self.films:
            self.assertTrue(film["genres"], film)
            self.assertEqual(len(film["genres"]), len(set(film["genres"])))
            used.update(film["genres"])
        self.assertEqual(used, GENRES)

    def test_directors_and_titles_have_no_stray_blanks(self):
        for film in self.films:
            self.assertTrue(film["directors"], film)
            for text in [film["title"], *film["directors"]]:
                self.assertEqual(text, re.sub(r"\s+", " ", text.strip()))
                self.assertTrue(text)


class Profiles(unittest.TestCase):
    def setUp(self):
        self.profiles = load(profile_file()) + load(
            os.path.join(STREAMING, "viewers.json"))

    def test_ids_are_unique(self):
        ids = [profile["id"] for profile in self.profiles]
        self.assertEqual(len(ids), len(set(ids)))

    def test_who_has_watched_something_has_watched_films_that_exist(self):
        films = {film["id"] for film in load(film_file())}
        for profile in self.profiles:
            self.assertLessEqual(set(profile["history"]), films, profile)

    def test_there_is_somebody_new(self):
        self.assertIn([], [profile["history"] for profile in self.profiles])


class Topology(unittest.TestCase):
    def setUp(self):
        self.services = load(os.path.join(STREAMING, "topology.json"))[
            "services"]

    def test_it_has_the_services(self):
        self.assertEqual([one["name"] for one in self.services], [
            "queue", "log", "catalog", "edge-1", "edge-2", "profiles",
            "recommendations", "notifications", "entitlement", "uploads",
            "encoder-1", "encoder-2", "licence", "billing", "saga", "support",
            "exporter", "alerts", "relay", "screen-1", "screen-2", "screen-3",
            "delivery-1", "delivery-2", "delivery-3", "stage", "gateway",
            "viewers"])

    def test_zp_finds_no_mistake_in_it(self):
        done = subprocess.run(
            [os.path.join(BIN, "zp"), "up", "--check",
             os.path.join(STREAMING, "topology.json")],
            capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)


class Scenes(unittest.TestCase):
    def setUp(self):
        self.scenes = load(os.path.join(STREAMING, "scenes.json"))

    def test_each_has_its_place(self):
        self.assertEqual([scene["name"] for scene in self.scenes], [
            "home", "switch", "foryou", "belt", "bus", "storm", "play",
            "finale", "export", "support", "refused", "coordinator",
            "parked"])

    def test_each_says_what_must_be_seen_and_what_when_it_is_healed(self):
        for scene in self.scenes:
            for part in ("title", "pattern", "text", "command", "do",
                         "expect", "recovered"):
                self.assertTrue(scene[part], (scene["name"], part))

    def test_the_readme_has_them_all(self):
        with open(os.path.join(STREAMING, "README.md")) as file:
            readme = file.read()
        for scene in self.scenes:
            self.assertIn(f"| `{scene['name']}` |", readme)


class Plans(unittest.TestCase):
    def test_a_dearer_one_is_scarcer(self):
        basic, premium = load(plan_file())
        self.assertEqual((basic["id"], premium["id"]), ("basic", "premium"))
        self.assertLess(basic["cents"], premium["cents"])
        self.assertGreater(basic["seats"], premium["seats"])


class Definitions(unittest.TestCase):
    def test_the_sagas_have_no_mistakes_and_know_their_services(self):
        services = [part for name in PARTNERS for part in ("--service", name)]
        done = subprocess.run(
            [os.path.join(BIN, "zp"), "saga", "check", "--json",
             os.path.join(STREAMING, "sagas"), *services],
            capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({one["saga"] for one in json.loads(done.stdout)},
                         {"subscribe", "upgrade", "cancel", "announce"})


if __name__ == "__main__":
    unittest.main()
