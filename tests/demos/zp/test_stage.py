#  SPDX-License-Identifier: MIT
"""The stage: what it sees of a constellation, and how scenes are played."""

import json
import os
import signal
import stat
import sys

import zmq

import cli
from cli import service

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                ".."))
import abreast  # noqa: E402

DOWN = {"name": "down", "title": "A service dies", "pattern": "none",
        "text": "films is killed", "command": "zp kill films",
        "do": [{"kill": "films"}],
        "expect": [{"text": "it is dead",
                    "see": ["services.films.state", "is", "dead"]},
                   {"text": "another is not",
                    "see": ["services.other.state", "is", "ready"]}],
        "recovered": [{"text": "it is back",
                       "see": ["services.films.state", "is", "ready"]}]}
FAULTS = {"name": "faults", "title": "Replies are lost", "pattern": "none",
          "text": "replies of films are lost", "command": "zp call films ...",
          "do": [{"faults": {"service": "films", "rules": [
              {"method": "film.echo", "drop": "after"}]}}],
          "expect": [{"text": "more of something",
                      "see": ["services.films.gauges.waiting", "rises", 2]}],
          "recovered": [{"text": "less of something",
                         "see": ["services.films.gauges.waiting", "falls"]}]}


class Case(cli.Case):
    def up_stage(self, *services, scenes=(DOWN, FAULTS)):
        """A constellation of these services, films, other, and a stage."""
        path = self.write("scenes.json", json.dumps(list(scenes)))
        stage = {"name": "stage", "program": cli.ZP,
                 "args": ["stage", "serve", path, "--control",
                          "ipc://{run}/control", "--bind", "{stage}",
                          "--keys", "{run}/keys", "--token", "{run}/token"],
                 "endpoint": "ipc://{run}/stage"}
        return self.up(self.says("films", {"gauges": {"waiting": 1}}),
                       service("other"), *services, stage)

    def says(self, name, replies):
        """A service that replies so to these methods."""
        return service(name, "says",
                       self.write(name + ".says", json.dumps(replies)))

    def say(self, name, replies):
        self.zp("call", name, "film.say", json.dumps(replies))

    def state(self):
        return json.loads(self.zp("call", "stage", "stage.state").stdout)

    def until(self, look, what):
        """Wait until something in the state is so, and return it."""
        return cli.wait_until(lambda: look(self.state()), what)

    def until_state(self, name, state):
        return self.until(
            lambda all: all["services"].get(name, {}).get("state") == state
            and all["services"][name], f"{name} {state}")

    def scene(self, name):
        return next(one for one in self.state()["scenes"]
                    if one["name"] == name)

    def rules(self, name):
        return json.loads(self.zp("call", name, "zp.faults").stdout)


class Look(Case):
    def test_it_shows_what_services_tell_of_themselves(self):
        run = self.run_dir()
        peers = [{"endpoint": f"ipc://{run}/films", "sent": 7, "ok": 5,
                  "failed": 1, "lost": 2, "retries": 1, "pieces": 3,
                  "in_flight": 1, "breaker": "open"}]
        self.up_stage(self.says("gate", {
            "zp.peers": {"clients": [], "peers": peers},
            "queue.list": [{"name": "work", "ready": 3, "leased": 2,
                            "delayed": 1, "buried": 4, "put": 9, "acked": 2}],
            "log.ls": [{"name": "events", "first": 2, "next": 12,
                        "groups": 1}],
            "log.group.ls": [{"group": "mail", "position": 9}]}))
        state = self.until(lambda all: all["edges"] and all["queues"]
                           and all["logs"]["events"]["groups"] and all, "all")
        self.assertEqual(list(state["services"]),
                         ["films", "other", "gate", "stage"])
        [edge] = state["edges"]
        self.assertEqual((edge["from"], edge["to"], edge["breaker"]),
                         ("gate", "films", "open"))
        self.assertEqual([edge[key] for key in (
            "sent", "ok", "failed", "lost", "retries", "pieces", "in_flight",
            "rate", "lost_rate")], [7, 5, 1, 2, 1, 3, 1, 0, 0])
        work = state["queues"]["work"]
        self.assertEqual([work[key] for key in (
            "ready", "reserved", "delayed", "buried", "depth", "put",
            "acked")], [3, 2, 1, 4, 6, 9, 2])
        self.assertEqual(work["history"][-1], 6)
        self.assertEqual(state["logs"]["events"],
                         {"first": 2, "next": 12,
                          "groups": {"mail": {"lag": 3}}})
        self.assertEqual(state["services"]["films"]["gauges"], {"waiting": 1})
        self.assertEqual(state["name"], "films")
        self.assertTrue(state["supervisor"])

        peers[0]["sent"] = 1000
        self.say("gate", {"zp.peers": {"peers": peers}})
        self.until(lambda all: all["edges"][0]["rate"] > 0, "a rate")
        self.until(lambda all: all["edges"][0]["rate"] == 0, "no rate")

    def test_answers_of_endless_length_are_no_answers(self):
        self.up_stage(self.says("long", {
            "gauges": {"waiting": 1, "rest": "x" * 600000},
            "queue.list": [{"name": "work", "ready": 3}]}))
        state = self.until(lambda all: all["queues"] and
                           all["services"]["films"]["gauges"] and all, "all")
        self.assertEqual(state["services"]["long"]["gauges"], {})
        self.assertEqual(state["services"]["long"]["state"], "ready")

    def test_a_trace_of_more_events_than_asked_for_is_none(self):
        trace = "0af7651916cd43dd8448eb211c80319c"
        events = [{"what": "sent", "trace": trace, "serial": "%x" % number,
                   "method": "a", "client": "1", "endpoint": "b"}
                  for number in range(1001)]
        self.up_stage(self.says("few", {"zp.events": {"events": events[1:]}}),
                      self.says("many", {"zp.events": {"events": events}}))
        self.until(lambda all: all["services"].get("many", {}).get("pid"),
                   "all")
        story = json.loads(self.zp("call", "stage", "stage.trace", json.dumps(
            {"trace": trace})).stdout)
        self.assertEqual(len(story["messages"]), 1000)
        self.assertEqual(story["lanes"][0], "few")

    def test_requests_are_counted_but_not_its_own(self):
        self.up_stage()
        self.until(lambda all: all["services"].get("films", {}).get("gauges"),
                   "figures")
        for _ in range(5):
            self.zp("call", "films", "film.echo", "1")
        films = self.until(
            lambda all: all["services"]["films"]["requests"] == 5
            and all["services"]["films"], "5 requests")
        self.assertGreater(films["rate"], 0)
        self.assertGreater(films["rss_kb"], 0)
        self.assertGreater(films["fds"], 0)

    def test_who_dies_keeps_its_figures_and_comes_back(self):
        self.up_stage()
        self.zp("call", "films", "film.echo", "1")
        self.until(lambda all: all["services"]["films"]["requests"] == 1,
                   "a request")
        self.zp("kill", "films")
        films = self.until_state("films", "dead")
        self.assertEqual((films["how"], films["requests"], films["rate"]),
                         ("signal KILL", 1, 0))
        self.zp("start", "films")
        self.until_state("films", "ready")
        self.zp("call", "films", "film.echo", "1")
        self.until(lambda all: all["services"]["films"]["requests"] == 2,
                   "one more")

    def test_who_is_silent_is_told_and_harms_nobody(self):
        self.up_stage()
        pid = self.until_state("films", "ready")["pid"]
        os.kill(pid, signal.SIGSTOP)
        self.until_state("films", "silent")
        before = self.state()["now_ms"]
        self.until(lambda all: all["now_ms"] > before + 1000, "goes on")
        self.assertEqual(self.state()["services"]["other"]["state"], "ready")
        os.kill(pid, signal.SIGCONT)
        self.until_state("films", "ready")

    def test_nonsense_harms_nobody(self):
        kinds = [7, "x", None, [], {}, [1], [[]], {"peers": 1}, [{}],
                 {"peers": [1, {"endpoint": 2}, {"endpoint": "é", "sent": -1}],
                  "events": [1, {"what": 1}, {"what": "took", "trace": "é"}],
                  "next": "x"}, [{"name": 1}, {"name": "a", "ready": "b"}],
                 [{"id": 1}, {"id": "x", "changed_ms": {}}], 1e300]
        methods = ("zp.peers", "zp.events", "gauges", "queue.list", "log.ls",
                   "log.group.ls", "saga.stat", "saga.ls", "saga.show",
                   "load.stats", "gateway.url", "zp.stats", "zp.faults")
        self.up_stage(self.says("wild", dict.fromkeys(methods, 0)))
        self.until_state("wild", "ready")
        for first in range(0, len(kinds), 4):
            self.say("wild", {
                method: kinds[(first + number) % len(kinds)]
                for number, method in enumerate(methods)})
            before = self.state()["now_ms"]
            self.until(lambda all, since=before: all["now_ms"] > since + 600,
                       "goes on")
        state = self.state()
        self.assertEqual(state["services"]["stage"]["state"], "ready")
        self.assertEqual(state["services"]["films"]["gauges"], {"waiting": 1})

    def test_without_a_supervisor_it_says_so_and_ends(self):
        path = self.write("scenes.json", "[]")
        stage = self.daemon(
            "stage", "serve", path, "--control", f"ipc://{self.path('none')}",
            "--bind", f"ipc://{self.path('stage')}", said="0 scenes")
        state = json.loads(self.zp("call", f"ipc://{self.path('stage')}",
                                   "stage.state").stdout)
        self.assertEqual((state["supervisor"], state["services"]), (False, {}))
        self.assertEqual(self.stop(stage)[0], cli.OK)

    def test_its_key_opens_the_gateway_for_this_run(self):
        self.up_stage()
        keys, token = (os.path.join(self.run_dir(), name)
                       for name in ("keys", "token"))
        for path in (keys, token):
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(token, encoding="utf-8") as file:
            before = file.read()
        self.assertRegex(before, r"^zpk_[\w-]{43}\n$")
        with open(keys, encoding="utf-8") as file:
            self.assertRegex(file.read(), r"(?m)^stage b2:[0-9a-f]{64} stage$")
        self.zp("kill", "stage")
        self.zp("start", "stage")
        with open(token, encoding="utf-8") as file:
            self.assertEqual(file.read(), before)
        self.down()
        self.up_stage()
        with open(token, encoding="utf-8") as file:
            self.assertNotEqual(file.read(), before)


class Scenes(Case):
    def test_what_was_before_is_not_taken_from_an_older_look(self):
        self.up_stage()
        self.until(lambda all: all["services"].get("films", {}).get("gauges"),
                   "figures")
        with zmq.Context() as context, \
                context.socket(zmq.DEALER) as films, \
                context.socket(zmq.DEALER) as stage:
            films.connect(f"ipc://{self.run_dir()}/films")
            stage.connect(f"ipc://{self.run_dir()}/stage")
            films.send_multipart([b"", b"film.say",
                                  b'{"gauges": {"waiting": 5}}'])
            self.assertTrue(films.poll(cli.PATIENCE_S * 1000))
            #  The second is answered at once, and shows the state anew
            stage.send_multipart([b"", b"stage.break", b'{"scene": "faults"}'])
            stage.send_multipart([b"", b"stage.heal", b'{"scene": "down"}'])
            for _ in range(2):
                self.assertTrue(stage.poll(cli.PATIENCE_S * 1000))
                stage.recv_multipart()
        self.until(lambda all: all["services"]["films"].get("gauges")
                   == {"waiting": 5}, "the news")
        self.assertFalse(self.scene("faults")["seen"][0]["seen"])

    def test_what_is_expected_is_ticked_and_so_is_the_recovery(self):
        self.up_stage()
        done = self.zp("break", "down", "--wait")
        for part in ("A service dies", "films is killed", "by hand: zp kill",
                     "- it is dead"):
            self.assertIn(part, done.stdout)
        self.assertRegex(done.stdout, r"seen  after .* it is dead\n")
        self.assertRegex(done.stdout, r"seen  after .* another is not\n")
        self.assertEqual(self.ps()["films"]["state"], "dead")
        self.assertTrue(self.scene("down")["on"])
        done = self.zp("heal", "down", "--wait")
        self.assertRegex(done.stdout, r"seen  after .* it is back\n")
        self.assertEqual(self.ps()["films"]["state"], "ready")
        self.assertFalse(self.scene("down")["on"])

    def test_a_fault_has_a_scope_and_goes_again(self):
        self.up_stage()
        self.zp("break", "faults", "--percent", "7", "--for", "1h",
                "--profile", "ada")
        [rule] = self.rules("films")
        self.assertEqual((rule["method"], rule["drop"], rule["percent"]),
                         ("film.echo", "after", 7))
        self.assertEqual(rule["holds"], '"profile":"ada"')
        self.assertLessEqual(rule["for_ms"], 3600000)
        self.assertGreater(self.scene("faults")["faults_left_ms"], 3000000)
        #  It is there for the next process as well
        self.zp("kill", "films")
        self.zp("start", "films")
        cli.wait_until(lambda: self.rules("films"), "rules again")
        self.zp("heal", "faults")
        self.assertEqual(self.rules("films"), [])
        self.zp("break", "faults", "--for", "100ms")
        cli.wait_until(lambda: not self.scene("faults")["on"], "heals itself")
        self.assertEqual(self.rules("films"), [])

    def test_what_is_not_seen_in_time_is_said(self):
        self.up_stage()
        done = self.zp("break", "faults", "--wait", "--timeout", "300ms",
                       code=cli.TIMEOUT)
        self.assertIn("not seen: more of something", done.stderr)
        self.assertIn("try: zp heal faults", done.stderr)
        self.assertTrue(self.scene("faults")["on"])
        self.say("films", {"gauges": {"waiting": 3}})
        scene = json.loads(self.zp("break", "faults", "--wait",
                                   "--json").stdout)
        self.assertTrue(scene["seen"][0]["seen"])
        heal = self.start("heal", "faults", "--wait")
        cli.wait_until(lambda: not self.scene("faults")["on"], "healed")
        self.say("films", {"gauges": {"waiting": 2}})
        self.assertIn("less of something", heal.stdout.read())
        self.assertEqual(heal.wait(cli.PATIENCE_S), cli.OK)

    def test_ctrl_c_leaves_it_broken_and_says_so(self):
        self.up_stage()
        process = self.start("break", "faults", "--wait")
        cli.wait_until(lambda: self.scene("faults")["on"], "on")
        self.read_until(process.stdout, "more of something")
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.INTERRUPTED)
        self.assertIn("faults is still on", said)
        self.assertIn("try: zp heal faults", said)
        self.assertTrue(self.scene("faults")["on"])

    def test_a_stage_that_is_away_comes_back_first(self):
        self.up_stage()
        for way in ("pause", "kill"):
            self.zp(way, "stage")
            self.zp("kill", "films")
            self.zp("heal")
            states = {one["name"]: one["state"] for one in json.loads(
                self.zp("ps", "--json").stdout)["services"]}
            self.assertEqual(set(states.values()), {"ready"}, states)

    def test_all_is_healed_whoever_broke_it(self):
        self.up_stage(self.says("viewers", {
            "load.stats": {"factor": 10}, "load.set": {"factor": 1}}))
        self.zp("break", "down")
        self.zp("kill", "other")
        self.zp("pause", "viewers")
        self.zp("start", "films")
        self.zp("call", "films", "zp.faults", '[{"error": "INTERNAL"}]')
        self.until(lambda all: all["services"]["films"]["rules"], "rules")
        self.zp("heal", "--wait")
        self.assertEqual({one["state"] for one in self.ps().values()},
                         {"ready"})
        self.assertEqual(self.rules("films"), [])
        self.assertFalse(any(one["on"] for one in self.state()["scenes"]))
        self.down()
        #  And where there is no stage
        self.up(service("films"))
        self.zp("kill", "films")
        self.zp("heal")
        self.assertEqual(self.ps()["films"]["state"], "ready")

    def test_they_are_listed_and_completed(self):
        self.up_stage()
        lines = [line.split("  ") for line in
                 self.zp("break", "ls").stdout.splitlines()]
        self.assertEqual([line[0] for line in lines],
                         ["SCENE", "down", "faults"])
        listed = json.loads(self.zp("break", "ls", "--json").stdout)
        self.assertEqual([one["phase"] for one in listed], ["off", "off"])
        self.assertEqual(
            self.zp("completion", "words", "zp break ").stdout.split(),
            ["ls", "down", "faults"])
        done = self.zp("break", "dwn", code=cli.NOT_FOUND)
        self.assertIn("did you mean down?", done.stderr)
        self.zp("heal", "dwn", code=cli.NOT_FOUND)
        done = self.zp("break", "down", "--for", "soon", code=cli.USAGE)
        self.assertIn("--for takes a time", done.stderr)

    def test_what_is_not_on_is_not_waited_for(self):
        self.up_stage()
        for what in ("seen", "recovered"):
            done = self.zp("call", "stage", "stage.wait", json.dumps(
                {"scene": "down", "for": what}), code=cli.ERROR)
            self.assertIn("FAILED_PRECONDITION", done.stderr)

    def test_what_can_not_be_broken_is_told_and_taken_back(self):
        broken = {**DOWN, "do": [{"kill": "films"}, {"load": 3}]}
        self.up_stage(scenes=[broken])
        done = self.zp("break", "down", code=cli.ERROR)
        self.assertIn("load: NOT_FOUND", done.stderr)
        self.assertEqual(self.ps()["films"]["state"], "ready")
        self.assertEqual(self.scene("down")["phase"], "off")

    def test_mistakes_are_told_with_line_and_column(self):
        path = self.write("scenes.json", json.dumps(
            [{**DOWN, "name": "a b", "do": [{"kil": "films"}, {}]},
             {**DOWN, "extra": 1, "for_ms": 0, "do": []},
             {**DOWN, "expect": [{"text": "x", "see": ["a", "b"]}]}],
            indent=1))
        done = self.zp("stage", "serve", path, "--control",
                       f"ipc://{self.path('none')}", "--bind",
                       f"ipc://{self.path('stage')}", code=cli.USAGE)
        *lines, last = done.stderr.splitlines()
        for line in lines:
            self.assertRegex(line, r"^\S+scenes.json:\d+:\d+: .")
        for part in ("a name is", "did you mean \"kill\"", "nothing is done",
                     "\"extra\"", "\"for_ms\"", "no verb \"b\"",
                     "another scene before it has this name"):
            self.assertIn(part, done.stderr)
        self.assertRegex(last, rf"{len(lines)} mistakes in ")

    def test_services_that_are_not_there_are_mistakes(self):
        scene = {**DOWN, "do": [{"kill": "flms"}, {"kill": "stage"}],
                 "recovered": [{"text": "x", "see": [
                     "edges.films>othr.sent", "rises"]}]}
        path = self.write("wrong.json", json.dumps([scene]))
        self.up(service("films"), service("other"))
        done = self.zp("stage", "serve", path, "--control",
                       f"ipc://{self.run_dir()}/control", "--bind",
                       f"ipc://{self.path('stage')}", code=cli.USAGE)
        for part in ("no service flms; did you mean films?",
                     "no service othr; did you mean other?",
                     "the stage heals what it breaks"):
            self.assertIn(part, done.stderr)


class Load(Case):
    def test_it_is_shown_and_set(self):
        act = {"done": 5, "ok": 4, "failed": 1, "shed": 0, "rate": 2.5,
               "p50_ms": 1.25, "p99_ms": 0}
        stats = {"factor": 2, "rate": 39.5, "wanted_rate": 40, "viewers": 9,
                 "acts": {"home": act}}
        self.up(self.says("viewers", {"load.stats": stats,
                                      "load.set": {**stats, "factor": 5}}))
        lines = self.zp("load").stdout.splitlines()
        self.assertEqual(lines[0], "load x2: 39.5 of 40.0 requests/s, "
                                   "9 viewers")
        self.assertEqual(lines[2].split(), ["home", "5", "4", "1", "0",
                                            "2.5/s", "1.25", "ms", "-"])
        self.assertEqual(json.loads(self.zp("load", "--json").stdout), stats)
        for word in ("x5", "5", "100/s", "0"):
            self.assertIn("load x5", self.zp("load", word).stdout)
        for word in ("x", "x5/s", "-1", "fast", "5/min"):
            self.zp("load", "--", word, code=cli.USAGE)
        self.down()
        self.up(service("films"))
        self.zp("load", code=cli.NOT_FOUND)


if __name__ == "__main__":
    abreast.main()
