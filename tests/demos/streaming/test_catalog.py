#  SPDX-License-Identifier: MIT
"""zp-catalog answers what is asked, and refuses the rest."""

import unittest

import constellation
from constellation import film_file, load
from peers import Case


class Catalog(Case):
    def setUp(self):
        super().setUp()
        self.films = load(film_file())
        self.service = constellation.catalog(self)

    def search(self, **body):
        code, result = self.service.call("catalog.search", body)
        self.assertEqual(code, "OK", result)
        return result

    def ids(self, **body):
        return [film["id"] for film in self.search(**body)["films"]]

    def expected(self, wanted):
        """Ids of those films that are wanted."""
        return [film["id"] for film in self.films if wanted(film)]


class Search(Catalog):
    def test_nothing_asked_for_gives_the_first_twenty_of_all(self):
        for options in ({}, {"body": {}}, {"raw": b""}):
            code, result = self.service.call("catalog.search", **options)
            self.assertEqual(code, "OK")
            self.assertEqual(result, {"total": len(self.films), "offset": 0,
                                      "films": self.films[:20]})

    def test_by_genre(self):
        horror = self.expected(lambda film: "horror" in film["genres"])
        self.assertGreater(len(horror), 10)
        self.assertEqual(self.ids(genre="horror", limit=100), horror)
        self.assertEqual(self.ids(genre="Horror", limit=100), horror)

    def test_a_genre_is_not_a_part_of_one(self):
        self.assertEqual(self.search(genre="horr")["total"], 0)

    def test_by_a_part_of_the_title_in_any_case(self):
        self.assertEqual(self.ids(title="NOSFER"), ["nosferatu"])

    def test_by_a_part_of_a_director_without_accents(self):
        melies = self.expected(
            lambda film: "Georges Méliès" in film["directors"])
        self.assertGreater(len(melies), 2)
        for name in ("melies", "Méliès", "MÉLIÈS", "georges m"):
            self.assertEqual(self.ids(director=name), melies)

    def test_a_director_is_not_found_across_two_names(self):
        self.assertEqual(self.search(director="keatonedward")["total"], 0)
        self.assertEqual(self.search(director="keaton\nedward")["total"], 0)

    def test_by_years_both_included(self):
        self.assertEqual(
            self.ids(year_from=1920, year_to=1921, limit=100),
            self.expected(lambda film: 1920 <= film["year"] <= 1921))
        self.assertEqual(self.ids(year_from=1930, year_to=1920), [])

    def test_by_all_at_once(self):
        self.assertEqual(
            self.ids(genre="comedy", director="keaton", title="sherlock",
                     year_from=1924, year_to=1924), ["sherlock-jr"])

    def test_pages_put_together_are_all_films(self):
        pages = []
        while len(pages) < len(self.films):
            result = self.search(limit=30, offset=len(pages))
            self.assertEqual(result["offset"], len(pages))
            self.assertEqual(result["total"], len(self.films))
            self.assertTrue(result["films"])
            pages += result["films"]
        self.assertEqual(pages, self.films)

    def test_behind_the_end_there_is_nothing(self):
        result = self.search(offset=1000000)
        self.assertEqual(result["films"], [])
        self.assertEqual(result["total"], len(self.films))

    def test_values_out_of_range_or_of_another_type(self):
        for body, text in [
                ({"limit": 0}, '"limit" must be a whole number from 1 to 100'),
                ({"limit": 101}, "from 1 to 100"),
                ({"limit": 1.5}, "a whole number"),
                ({"limit": "5"}, "a whole number"),
                ({"limit": True}, "a whole number"),
                ({"limit": None}, "a whole number"),
                ({"offset": -1}, "from 0 to 1000000"),
                ({"year_from": 99999999999}, "from 1888 to 2100"),
                ({"genre": 7}, '"genre" must be a string'),
                ({"genre": ""}, "of 1 to 100 bytes"),
                ({"title": ["x"]}, '"title" must be a string'),
                ({"title": "x" * 101}, "of 1 to 100 bytes"),
                ({"gene": "horror"}, 'no field "gene"'),
                ({"gene": "horror"}, "genre title director")]:
            with self.subTest(body=body):
                code, said = self.service.call("catalog.search", body)
                self.assertEqual(code, "INVALID_ARGUMENT")
                self.assertIn(text, said)


class Get(Catalog):
    def get(self, **body):
        return self.service.call("catalog.get", body)

    def test_one(self):
        for film in self.films[::40]:
            self.assertEqual(self.get(id=film["id"]), ("OK", film))

    def test_several_in_the_order_asked_and_what_is_missing(self):
        code, result = self.get(ids=["faust", "no-such", "aelita"])
        self.assertEqual(code, "OK")
        self.assertEqual([film["id"] for film in result["films"]],
                         ["faust", "aelita"])
        self.assertEqual(result["missing"], ["no-such"])

    def test_one_that_is_not_there(self):
        code, text = self.get(id="no-such")
        self.assertEqual(code, "NOT_FOUND")
        self.assertIn('"no-such"', text)
        self.assertIn("catalog.search", text)

    def test_bad_bodies(self):
        for body in ({}, {"id": "faust", "ids": ["faust"]}, {"ids": []},
                     {"ids": ["x"] * 101}, {"ids": [1]}, {"ids": "faust"},
                     {"ids": [""]}, {"id": ""}, {"id": "x" * 65},
                     {"id": {"id": "faust"}}):
            with self.subTest(body=body):
                self.assertEqual(self.get(**body)[0], "INVALID_ARGUMENT")


class Genres(Catalog):
    def test_each_with_the_number_of_its_films(self):
        code, result = self.service.call("catalog.genres")
        self.assertEqual(code, "OK")
        for genre, films in result["genres"].items():
            found = self.expected(lambda film: genre in film["genres"])
            self.assertEqual(films, len(found), genre)
        self.assertEqual(
            set(result["genres"]),
            {genre for film in self.films for genre in film["genres"]})

    def test_it_takes_no_fields(self):
        code, text = self.service.call("catalog.genres", {"genre": "horror"})
        self.assertEqual(code, "INVALID_ARGUMENT")
        self.assertIn("there is none", text)


class Bad(Catalog):
    def test_bad_bodies_are_refused_by_each_method(self):
        constellation.check_bad_bodies(
            self, self.service, "catalog.search", "catalog.get",
            "catalog.genres")

    def test_more_than_one_argument(self):
        socket = self.socket(constellation.zmq.REQ, self.service.endpoint)
        reply = self.ask(socket, b"catalog.search", b"{}", b"{}")
        self.assertEqual(reply[:2], [b"ERROR", b"INVALID_ARGUMENT"])
        self.assertIn(b"2 arguments", reply[2])

    def test_an_unknown_method(self):
        self.assertEqual(self.service.call("catalog.burn")[0],
                         "UNIMPLEMENTED")


if __name__ == "__main__":
    unittest.main()
