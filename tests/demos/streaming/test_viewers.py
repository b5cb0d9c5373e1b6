#  SPDX-License-Identifier: MIT
"""zp-viewers and a server that is well, slow, full, mad or gone."""

import json
import os
import subprocess
import sys
import tempfile
import threading

import constellation
import viewed
from constellation import check_bad_bodies, load, profile_file
from peers import BIN, PATIENCE_S, Case
from viewed import FILM, HOME, answer_well, send_film, wait_until

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

import abreast  # noqa: E402

ZP = os.path.realpath(os.path.join(BIN, "zp"))
TOPOLOGY = os.path.join(constellation.STREAMING, "topology.json")
PROFILES = {profile["id"] for profile in load(profile_file())}


def shed(request):
    request.answer(429, {"status": 429}, Retry_After="3600")


class Viewers(Case):
    """Each test has a server, and viewers who use it."""

    def start(self, *options, factor=5, server=None, **answers):
        self.server = server or viewed.Server(self, **answers)
        self.gateway = viewed.Gateway(self, self.server)
        film = os.path.join(self.folder(), "film.webm")
        with open(film, "wb") as file:
            file.write(FILM)
        self.viewers = constellation.Service(
            self, "zp-viewers", "--gateway", self.gateway.endpoint,
            "--profiles", profile_file(), "--film", film,
            "--factor", str(factor), *options)

    def load(self, factor=None):
        """What load.stats says, or load.set."""
        code, stats = (
            self.viewers.call("load.stats") if factor is None else
            self.viewers.call("load.set", {"factor": factor}))
        self.assertEqual(code, "OK", stats)
        return stats

    def act(self, name):
        return self.load()["acts"][name]

    def check_peers(self, failed):
        """The server is known, where it listens, as who was called."""
        code, told = self.viewers.call("zp.peers")
        peer, = told["peers"]
        count = len(self.server.came)
        self.assertEqual(
            {key: peer[key] for key in ("endpoint", "sent", "ok", "failed",
                                        "lost", "in_flight")},
            {"endpoint": self.gateway.endpoint, "sent": count,
             "ok": count - failed, "failed": failed, "lost": 0,
             "in_flight": 0})

    def settle(self):
        """Let nobody come any more, and wait until all is over."""
        self.load(0)
        wait_until(lambda: self.viewers.call("gauges")[1]["open"] == 0,
                   "all requests end")
        return self.load()


class Well(Viewers):
    def test_all_that_viewers_do_is_done_and_found_right(self):
        self.start(factor=10)
        wait_until(lambda: all(act["ok"] for act in
                               self.load()["acts"].values()), "each act")
        self.settle()
        wait_until(lambda: not any(act.get("open") for act in
                                   self.load()["acts"].values()), "all ends")
        stats = self.load()
        for name, act in stats["acts"].items():
            with self.subTest(name):
                self.assertEqual(act["ok"], act["done"])
                self.assertEqual(act["failed"] + act["shed"], 0)
                self.assertLessEqual(act["p50_ms"], act["p99_ms"])
                self.assertEqual(act.get("accepted"), act.get("finished"))
                self.assertEqual(act.get("lost", 0), 0)
        self.assertEqual((stats["shed"], stats["given_up"]), (0, 0))
        self.assertGreater(stats["accepted_p99_ms"], 0)
        self.check_what_came(stats["acts"])
        self.check_peers(failed=0)

    def check_what_came(self, acts):
        came = self.server.acts()
        for name in set(acts) - {"play", "slow_play"}:
            self.assertEqual(acts[name]["done"], came[name], name)
        self.assertEqual(acts["play"]["done"] + acts["slow_play"]["done"],
                         came["play"])
        self.assertEqual(came["confirm"], came["cancel"])
        ids = [request.headers["Idempotency-Key"]
               for request in self.server.came
               if request.act in ("subscribe", "cancel", "support", "export")]
        self.assertEqual(len(set(ids)), len(ids))
        films = sum(end - first for first, end in (
            request.range() or (0, len(FILM))
            for request in self.server.came if request.act == "play"))
        self.assertEqual(acts["play"]["bytes"] + acts["slow_play"]["bytes"],
                         films)

    def test_whose_profile_it_is(self):
        self.start()
        wait_until(lambda: self.server.count("switch") > 20, "some switch")
        self.settle()
        homes = {request.path.removeprefix("/api/home/")
                 for request in self.server.came if request.act == "home"}
        self.assertEqual(homes, PROFILES)
        for request in self.server.came:
            if request.act == "switch":
                body = json.loads(request.body)
                self.assertIn(body["profile"], PROFILES)
                self.assertRegex(body["device"], "^tv-[0-9]+$")

    def test_nobody_has_two_plans(self):
        """Who subscribes has none, and who cancels has one."""
        self.start(factor=20)
        wait_until(lambda: self.server.count("cancel") > 8, "some cancel")
        self.settle()
        has = set()
        for request in self.server.came:
            if request.act == "subscribe":
                profile = json.loads(request.body)["profile"]
                self.assertNotIn(profile, has)
                has.add(profile)
            elif request.act == "cancel":
                has.remove(json.loads(request.body)["profile"])

    def test_the_same_seed_is_the_same_load(self):
        #  Nothing ends, so that it is no matter when it would
        waiting = {"status_of_" + name: lambda request: request.answer(
            200, {"state": "waiting"}) for name in viewed.ENDED}
        seen = []
        for seed in ("7", "7", "8"):
            self.start("--seed", seed, factor=10, **waiting)
            wait_until(lambda: len(self.server.came) > 150, "some requests")
            self.settle()
            seen.append([request.path for request in self.server.came
                         if request.act in ("home", "search", "play")])
        first, again, other = seen
        self.assertTrue(self.alike(first, again))
        self.assertFalse(self.alike(first, other))

    @staticmethod
    def alike(one, other):
        """The first ones of one are among the first of the other: they come by
        many connections, and so not quite in order."""
        left = other[:80]
        for path in one[:60]:
            if path not in left:
                return False
            left.remove(path)
        return True


class Figures(Viewers):
    def test_home_pages_without_parts_and_with_old_ones_are_counted_exactly(
            self):
        nobody = {key: HOME[key] for key in HOME if key != "profile"}
        pages = [HOME,
                 {**nobody, "missing": {"profile": "UNAVAILABLE"}},
                 {**HOME, "stale": ["for_you", "trending"]},
                 {**nobody, "missing": {"profile": "UNAVAILABLE"},
                  "stale": ["for_you"]},
                 {**HOME, "missing": {"trending": "INTERNAL"}, "stale": []}]
        sent = []

        def page(request):
            sent.append(pages[len(sent) % len(pages)])
            request.answer(200, sent[-1])

        self.start(home=page)
        self.assertNotIn("stale_p50_ms", self.act("home"))
        wait_until(lambda: len(sent) > 60, "some home pages")
        home = self.settle()["acts"]["home"]
        self.assertEqual(home["ok"], len(sent))
        self.assertEqual(home["guest"],
                         sum("profile" not in page for page in sent))
        self.assertEqual(home["partial"],
                         sum("missing" in page for page in sent))
        self.assertEqual(home["stale"],
                         sum(bool(page.get("stale")) for page in sent))
        self.assertGreater(home["stale_p50_ms"], 0)

    def test_what_makes_no_sense_has_failed(self):
        bodies = [b"", b"null", b"[1]", b"{", b"\xff", b"<html>"]
        sent = []

        def nonsense(request):
            sent.append(request)
            request.answer(200, bodies[len(sent) % len(bodies)])

        self.start(home=nonsense, export=nonsense, upload=nonsense)
        wait_until(lambda: self.server.count("home") > 20 and
                   self.server.count("export") and
                   self.server.count("upload"), "each of them")
        acts = self.settle()["acts"]
        for name in ("home", "export", "upload"):
            self.assertEqual(acts[name]["failed"], acts[name]["done"])
        self.assertEqual(acts["home"]["guest"], 0)
        self.assertEqual(acts["export"]["accepted"], 0)

    def test_who_is_told_to_come_later_stays_away(self):
        self.start(all=shed)
        wait_until(lambda: self.load()["shed"] > 300, "many are told")
        stats = self.settle()
        self.assertEqual(stats["shed"], len(self.server.came))
        self.assertEqual(sum(act["failed"] for act in stats["acts"].values()),
                         0)
        self.check_peers(failed=stats["shed"])
        #  Nobody has come again who was told; of a thousand in whatever order
        #  some forty would have. But one can come again who is being told.
        twice = stats["shed"] - self.load(5)["away"]
        self.assertTrue(0 <= twice < 15, twice)

    def test_who_is_told_nothing_comes_again(self):
        self.start(all=lambda request: request.answer(503))
        wait_until(lambda: self.act("home")["failed"] > 20, "many fail")
        stats = self.settle()
        self.assertEqual((stats["shed"], self.load(5)["away"]), (0, 0))

    def test_what_is_accepted_is_followed_until_it_has_ended(self):
        states = {"value": "waiting"}
        self.start(status_of_support=lambda request: request.answer(
            200, {"state": states["value"]}))
        wait_until(lambda: self.act("support")["open"] > 5, "some wait")
        support = self.settle()["acts"]["support"]
        self.assertEqual(support["finished"] + support["lost"], 0)
        self.assertEqual(support["open"], support["accepted"])
        states["value"] = "failed"
        wait_until(lambda: self.act("support")["lost"], "one is lost")
        states["value"] = "answered"
        wait_until(lambda: self.act("support")["open"] == 0, "all have ended")
        support = self.act("support")
        self.assertEqual(support["finished"] + support["lost"],
                         support["accepted"])

    def test_some_that_never_end_keep_up_nobody(self):
        """However many end before them, in whatever order."""
        stuck = []

        def state(request):
            if request.id not in stuck and len(stuck) < 6:
                stuck.append(request.id)
            request.answer(200, {"state": "waiting" if request.id in stuck
                                 else "answered"})

        self.start(factor=10, status_of_support=state)
        wait_until(lambda: self.act("support")["finished"] > 60, "others end")
        self.settle()
        wait_until(lambda: self.act("support")["open"] == 6, "all others end")
        stuck[:] = 6 * [None]
        wait_until(lambda: self.act("support")["open"] == 0, "these, too")

    def test_a_state_that_can_not_be_had_now_is_asked_for_later(self):
        answers = [lambda request: request.answer(404, {}),
                   lambda request: request.hang_up(), shed,
                   lambda request: request.answer(200, b"{"),
                   lambda request: request.answer(200, {"state": 7})]
        asked = []

        def state(request):
            asked.append(request.id)
            if asked.count(request.id) <= len(answers):
                answers[asked.count(request.id) - 1](request)
            else:
                answer_well(request)

        self.start(status_of_support=state)
        wait_until(lambda: self.act("support")["accepted"] > 0, "one")
        self.settle()
        wait_until(lambda: self.act("support")["open"] == 0, "it has ended")
        self.assertEqual(self.act("support")["lost"], 0)


class Films(Viewers):
    def play(self, answer):
        """Until some were played: what came of them, all at full speed."""
        self.start(factor=20, play=answer)
        wait_until(lambda: self.act("play")["done"] > 12, "films are played")
        return self.settle()["acts"]

    def test_the_wrong_bytes_are_found_wherever_they_are(self):
        wrong = []

        def spoil(request):
            span = request.range() or (0, len(FILM))
            at = len(self.server.came) * 7919 % len(FILM)
            wrong.append(span[0] <= at < span[1])
            send_film(request, FILM[:at] + bytes([FILM[at] ^ 1]) +
                      FILM[at + 1:])

        acts = self.play(spoil)
        films = [acts["play"], acts["slow_play"]]
        self.assertEqual(sum(act["wrong_hash"] for act in films), sum(wrong))
        self.assertEqual(sum(act["failed"] for act in films), sum(wrong))
        self.assertEqual(sum(act["done"] for act in films), len(wrong))
        self.assertIn(True, wrong)
        self.assertIn(False, wrong)

    def test_a_film_that_is_cut_off_has_failed_and_is_not_a_wrong_one(self):
        def cut(request):
            first, end = request.range() or (0, len(FILM))
            send_film(request, FILM[:(first + end) // 2], end - first)

        play = self.play(cut)["play"]
        self.assertEqual(play["failed"], play["done"])
        self.assertEqual(play["wrong_hash"], 0)
        self.assertGreater(play["bytes"], 0)

    def test_a_film_that_is_too_short_or_too_long_is_a_wrong_one(self):
        for film in (FILM[:-1], FILM + b"x", b""):
            with self.subTest(size=len(film)):
                play = self.play(lambda request: request.answer(
                    206 if request.range() else 200, film))["play"]
                self.assertEqual(play["wrong_hash"], play["done"])

    def test_the_body_of_a_failure_is_no_film(self):
        play = self.play(lambda request: request.answer(502, {"status": 502}))
        self.assertEqual(play["play"]["failed"], play["play"]["done"])
        self.assertEqual(play["play"]["wrong_hash"] + play["play"]["bytes"], 0)


class Trouble(Viewers):
    def test_a_slow_server_does_not_slow_them_down(self):
        go_on = threading.Event()
        self.addCleanup(go_on.set)

        def wait(request):
            go_on.wait()
            answer_well(request)

        self.start(home=wait)
        wait_until(lambda: self.server.count("home") > 50, "they still come")
        home = self.act("home")
        self.assertEqual(home["done"], 0)
        go_on.set()
        home = self.settle()["acts"]["home"]
        self.assertEqual(home["ok"], self.server.count("home"))
        #  The first of fifty, at 48 a second, has waited for the last
        self.assertGreater(home["p99_ms"], 500)

    def test_who_gets_nothing_gives_up_after_a_while(self):
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        hang = [lambda request: go_on.wait(),
                lambda request: (send_film(request, FILM[:1000], len(FILM)),
                                 go_on.wait())]
        self.start("--patience", "1", home=hang[0], play=hang[1])
        wait_until(lambda: self.act("home")["failed"] > 10 and
                   self.act("play")["failed"] > 0, "they give up")
        self.assertEqual(self.act("home")["ok"], 0)

    def test_there_is_an_end_to_what_is_open_at_once(self):
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        self.start(factor=50, all=lambda request: go_on.wait())
        wait_until(lambda: self.load()["given_up"] > 50, "some give up")
        self.assertEqual(self.viewers.call("gauges")[1]["open"], 512)

    def test_a_connection_that_is_closed_is_a_failure_and_no_end(self):
        self.start(home=lambda request: request.hang_up())
        wait_until(lambda: self.act("home")["failed"] > 20 and
                   self.act("search")["ok"] > 5, "they go on")
        self.assertEqual(self.act("home")["ok"], 0)

    def test_a_server_that_is_elsewhere_now_is_found(self):
        first = viewed.Server(self)
        self.start(server=first)
        wait_until(lambda: self.act("home")["ok"] > 5, "some come")
        second = self.gateway.server = viewed.Server(self)
        asked = self.gateway.asked
        first.end()
        wait_until(lambda: second.count("home") > 5, "they come there")
        self.assertGreater(self.gateway.asked, asked)

    def test_a_gateway_that_is_late_is_waited_for(self):
        place = f"ipc://{self.folder()}/gateway"
        film = os.path.join(constellation.STREAMING, "films", "zpatterns.webm")
        viewers = constellation.Service(
            self, "zp-viewers", "--gateway", place, "--profiles",
            profile_file(), "--film", film)
        stats = viewers.call("load.stats")[1]
        self.assertEqual(stats["wanted_rate"], 28)
        self.assertEqual(stats["acts"]["home"]["done"], 0)
        server = viewed.Server(self)
        viewed.Gateway(self, server, place)
        wait_until(lambda: server.came, "they come")


class Real(Case):
    """With the gateway itself, and all that stands behind it."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(dir="/tmp")  # For short paths
        self.addCleanup(folder.cleanup)
        self.environ = {**os.environ, "XDG_RUNTIME_DIR": folder.name}
        self.constellation = subprocess.Popen(
            [ZP, "up", TOPOLOGY, "--wait"], env=self.environ, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(self.constellation.stdout.close)
        self.addCleanup(self.end)
        self.assertEqual(self.constellation.stdout.readline(), "ready\n")

    def end(self):
        self.constellation.terminate()
        self.assertEqual(self.constellation.wait(PATIENCE_S), 0)

    def load(self, method, body=None):
        return json.loads(subprocess.check_output(
            [ZP, "call", "viewers", method, json.dumps(body or {})],
            env=self.environ, timeout=PATIENCE_S))

    def test_all_that_viewers_do_can_be_done(self):
        self.load("load.set", {"factor": 4})
        wait_until(lambda: all(act["ok"] or name == "slow_play" for name, act
                               in self.load("load.stats")["acts"].items()),
                   "each act is done")
        self.load("load.set", {"factor": 0})
        wait_until(lambda: not any(act.get("open") for act in self.load(
            "load.stats")["acts"].values()), "all that was accepted ends")
        for name, act in self.load("load.stats")["acts"].items():
            with self.subTest(name):
                self.assertEqual(act.get("accepted"), act.get("finished"))
                self.assertEqual(act.get("wrong_hash", 0), 0)


class Told(Viewers):
    def test_how_many_come_can_be_changed(self):
        self.start(factor=0)
        self.assertEqual(self.load()["viewers"], 0)
        stats = self.load(2.5)
        self.assertEqual((stats["factor"], stats["wanted_rate"],
                          stats["viewers"]), (2.5, 70, 500))
        wait_until(lambda: self.load()["rate"] > 20, "they come")
        self.load(0)
        wait_until(lambda: self.load()["rate"] == 0, "they do not")
        self.assertEqual(self.load()["given_up"], 0)

    def test_wrong_bodies(self):
        self.start(factor=0)
        check_bad_bodies(self, self.viewers, "load.stats", "load.set")
        for factor in (-1, 100.5, "1", None, 1e300):
            code, text = self.viewers.call("load.set", {"factor": factor})
            self.assertEqual(code, "INVALID_ARGUMENT")
            self.assertIn("from 0 to 100", text)

    def test_wrong_options(self):
        film = os.path.join(constellation.STREAMING, "films", "zpatterns.webm")
        good = {"--gateway": constellation.NOWHERE, "--film": film,
                "--profiles": profile_file(), "--bind": "tcp://127.0.0.1:*"}
        for name, value, said in (
                ("--gateway", "nowhere", "--gateway: "),
                ("--film", "/not/there", "can't read /not/there"),
                ("--film", "/", "can't read /: Invalid argument"),
                ("--film", "/dev/null", "can't read /dev/null: Invalid"),
                ("--profiles", "/not/there", "can't read /not/there"),
                ("--profiles", self.file("[]"), "there is no profile"),
                ("--profiles", self.file('[{"id": "a b", "name": "A"}]'),
                 "an id has only"),
                ("--factor", "many", "--factor must be a number from 0 to 100"),
                ("--factor", "nan", "--factor must be"),
                ("--seed", "-1", "--seed must be"),
                ("--patience", "", "--patience must be")):
            with self.subTest(option=name, value=value):
                program = constellation.Program(
                    self, "zp-viewers", *(word for option in {
                        **good, name: value}.items() for word in option))
                self.assertIn(said, program.hear_of(said))
                self.assertEqual(program.wait(), 1)

    def file(self, text):
        path = os.path.join(self.folder(), "profiles.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


if __name__ == "__main__":
    abreast.main()
