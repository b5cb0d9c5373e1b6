#  SPDX-License-Identifier: MIT
"""Scenes of events, alerts and films: one who is away, slow or dead."""

import json
import os
import unittest

import scenes
from scenes import wait_until

FILM = os.path.join(scenes.STREAMING, "films", "zpatterns.webm")
PLAYERS = 16          # Who play slowly, so that each delivery has some
READ_BYTES = 16384    # What they have read when it breaks
WINDOW_KB = 640       # What the gateway may hold for one, by its window
OTHER_KB = 6144       # And what its memory may grow by besides


class Events(scenes.Case):
    factor = 3

    def plays(self, film):
        """How often it was played, as recommendations know"""
        films = self.all.call("recommendations", "recommendations.trending",
                              {"limit": 50})["films"]
        return next((one["plays"] for one in films if one["film"] == film), 0)

    def test_what_was_played_while_it_was_away_is_trending(self):
        before = self.plays("faust")
        with self.broken("bus"):
            for _ in range(5):
                self.all.zp("log", "append", "events", json.dumps(
                    {"event": "playback-started", "profile": "ada",
                     "film": "faust"}))
            home = self.get("/api/home/ada")
            self.assertTrue({"trending", "for_you"} <= set(
                home.get("stale", [])) | set(home.get("missing", [])), home)
        self.assertEqual(self.gauges("recommendations")["behind"], 0)
        self.assertEqual(self.plays("faust"), before + 5)
        wait_until(lambda: "faust" in [
            film["film"] for film in
            self.get("/api/home/ada")["trending"]["films"]], "it is trending")

    def screens(self):
        """What each has got, and missed, and how many there were"""
        all_of_them = [self.gauges(f"screen-{n}") for n in (1, 2, 3)]
        published = self.gauges("alerts")["published"]
        return ([one["got"] for one in all_of_them],
                [one["missed"] for one in all_of_them], published)

    def test_only_the_slow_screen_misses_alerts_and_counts_them(self):
        got, missed, published = self.screens()
        with self.broken("storm"):
            pass

        def in_all():
            """What has come of the storm, when all of it has"""
            now = self.screens()
            count = now[2] - published
            came = [new - old for new, old in zip(now[0], got)]
            lost = [new - old for new, old in zip(now[1], missed)]
            whole = [a + b for a, b in zip(came, lost)] == 3 * [count]
            return (came, lost, count) if whole else None

        came, lost, count = wait_until(in_all, "each alert is accounted for")
        self.assertGreater(count, 500)
        self.assertEqual((came[0], came[2]), (count, count))
        self.assertGreater(lost[1], 100)

    def gateway_kb(self):
        services = json.loads(self.all.zp("ps", "--json"))["services"]
        return next(one["rss_kb"] for one in services
                    if one["name"] == "gateway")

    def test_a_film_is_whole_though_who_sent_it_was_killed(self):
        with open(FILM, "rb") as file:
            film = file.read()
        before_kb = self.gateway_kb()
        downloads = [scenes.Download(self.all, "/films/zpatterns.webm")
                     for _ in range(PLAYERS)]
        for download in downloads:
            self.addCleanup(download.close)
            self.assertEqual(download.answer.status, 200)
            self.assertEqual(download.read(READ_BYTES), film[:READ_BYTES])
        with self.broken("play"):
            self.assertLess(self.gateway_kb() - before_kb,
                            PLAYERS * WINDOW_KB + OTHER_KB)
            for download in downloads:
                self.assertEqual(download.read(), film)


if __name__ == "__main__":
    unittest.main()
