#  SPDX-License-Identifier: MIT
"""Films and events reach a browser through the gateway, whoever dies."""

import hashlib
import os
import random
import signal
import sys
import unittest

import constellation
from constellation import STREAMING
import peers

SUPPORT = os.path.join(constellation.TOP, "tests", "support")
sys.path[:0] = [SUPPORT, os.path.join(SUPPORT, "browser")]

import browser  # noqa: E402

THERE = os.path.join(os.path.dirname(os.path.abspath(peers.BIN)), "browser")
FILM = os.path.join(STREAMING, "films", "zpatterns.webm")
DELIVERIES = 3
LARGE = 64 << 20     # More than all buffers on the way
PART = 1 << 20
EVENTS = "document.querySelectorAll('#news li')"
STATE = "document.getElementById('state').textContent"


class Watch(peers.Case):

    def setUp(self):
        super().setUp()
        self.place = self.folder()
        self.bus = constellation.Bus(self, self.place)

    def deliveries(self, films):
        return [constellation.Service(self, "zp-delivery", "--folder", films)
                for _ in range(DELIVERIES)]

    def gateway(self, deliveries, address="127.0.0.1:0"):
        return constellation.Gateway(self, address, log=self.bus,
                                     delivery=deliveries)

    def serving(self, deliveries):
        """The one that sends something, or None."""
        for one in deliveries:
            if one.process.poll() is None and one.call(
                    "zp.stats")[1]["in_flight"]:
                return one
        return None

    def test_a_film_goes_on_at_another_service_when_the_one_that_sends_it_is_killed(
            self):
        films = self.folder()
        content = random.Random(7).randbytes(LARGE)
        with open(os.path.join(films, "large.webm"), "wb") as file:
            file.write(content)
        deliveries = self.deliveries(films)
        gateway = self.gateway(deliveries)
        response = gateway.get("/films/large.webm")
        self.assertEqual(response.status, 200)
        came = hashlib.sha256()
        for _ in range(DELIVERIES - 1):
            sends = None
            while not sends:
                came.update(response.read(PART))
                sends = self.serving(deliveries)
            sends.kill()
        came.update(response.read())
        self.assertEqual(came.digest(), hashlib.sha256(content).digest())

    def test_ranges_of_a_film_are_its_bytes(self):
        deliveries = self.deliveries(os.path.dirname(FILM))
        gateway = self.gateway(deliveries)
        with open(FILM, "rb") as file:
            film = file.read()
        for wanted, first, last in (
                ("bytes=0-0", 0, 0), ("bytes=100-4099", 100, 4099),
                ("bytes=-7", len(film) - 7, len(film) - 1),
                (f"bytes={PART}-", PART, len(film) - 1)):
            response = gateway.get("/films/zpatterns.webm", Range=wanted)
            self.assertEqual(response.status, 206, wanted)
            self.assertEqual(response.headers["Content-Range"],
                             f"bytes {first}-{last}/{len(film)}")
            self.assertEqual(response.read(), film[first:last + 1])
        behind = gateway.get("/films/zpatterns.webm",
                             Range=f"bytes={len(film)}-")
        self.assertEqual(behind.status, 416)

    @browser.needed
    def test_a_browser_plays_the_film_seeks_in_it_and_hears_what_happens(self):
        deliveries = self.deliveries(os.path.dirname(FILM))
        gateway = self.gateway(deliveries)
        self.bus.tell("title-added", film="before-anybody-looked")
        page = browser.Browser(self, THERE)
        self.assertEqual(page.goto(gateway.url + "/watch.html"), 200)
        page.wait(f"{STATE} === 'live'")

        #  It plays, seeks, and seeks when two of three services are gone
        page.eval("void document.getElementById('film').play()")
        page.wait("document.getElementById('film').currentTime > 1")
        page.eval("document.getElementById('film').currentTime = 30")
        page.wait("document.getElementById('film').currentTime > 31")
        for one in deliveries[1:]:
            one.kill()
        page.eval("document.getElementById('film').currentTime = 12")
        page.wait("document.getElementById('film').currentTime > 13 && "
                  "document.getElementById('film').currentTime < 30")

        #  Events come live; those of a time without a gateway come after it
        self.bus.tell("title-added", film="faust")
        page.wait(f"{EVENTS}.length === 1")
        self.assertIn("faust", page.eval(f"{EVENTS}[0].textContent"))
        address = gateway.address
        gateway.signal(signal.SIGTERM)
        self.assertEqual(gateway.wait(), 0)
        page.wait(f"{STATE} !== 'live'")
        self.bus.tell("title-added", film="nosferatu")
        self.gateway(deliveries[:1], address)
        page.wait(f"{STATE} === 'live' && {EVENTS}.length === 2")
        self.bus.tell("playback-started", profile="ada", film="nosferatu")
        page.wait(f"{EVENTS}.length === 3")
        self.assertEqual(
            page.eval(f"[...{EVENTS}].map(line => line.dataset.offset)"),
            ["3", "2", "1"])
        self.assertEqual([line for line in page.said()
                          if "ERR_CONNECTION" not in line
                          and "ERR_INCOMPLETE" not in line], [])
        if os.environ.get("ZP_SHOT"):
            page.shot(os.environ["ZP_SHOT"])


if __name__ == "__main__":
    unittest.main()
