#  SPDX-License-Identifier: MIT
"""Several of a service: "scale" in a topology, zp scale, and up.heal."""

import json
import os
import unittest

import cli
from cli import service


def several(name, now, most, *misdeed, **keys):
    """Services NAME-1 to NAME-MOST, of which the first `now` are started."""
    return {"name": name, "program": cli.SERVICE, "args": ["{self}", *misdeed],
            "endpoint": "ipc://{run}/" + name + "-{n}",
            "scale": {"now": now, "max": most}, **keys}


class Scale(cli.Case):
    def states(self):
        return {name: one["state"] for name, one in self.ps().items()}

    def pids(self):
        return {name: one["pid"] for name, one in self.ps().items()
                if "pid" in one}

    def test_so_many_are_started_and_the_others_are_off(self):
        done = self.up(service("catalog"), several("support", 2, 4))
        self.assertIn("starting 3 services", done.stderr)
        self.assertEqual(self.states(), {
            "catalog": "ready", "support-1": "ready", "support-2": "ready",
            "support-3": "off", "support-4": "off"})
        about = self.ps()
        self.assertEqual([(one.get("group"), one["wanted"])
                          for one in about.values()],
                         [(None, True), ("support", True), ("support", True),
                          ("support", False), ("support", False)])

    def test_each_has_its_number_and_endpoint(self):
        os.mkdir(self.path("desk-2"))
        script = 'echo "$@" "$DESK" "${PWD##*/}"; exec "$0" "$1"'
        os.mkdir(self.path("desk-1"))
        self.up(several("support", 2, 2), {
            "name": "desk", "program": "/bin/sh", "cwd": "desk-{n}",
            "args": ["-c", script, cli.SERVICE, "{self}", "{n}", "{support-2}"],
            "env": {"DESK": "no {n}"}, "endpoint": "ipc://{run}/d{n}",
            "scale": {"now": 2, "max": 2}})
        for n in ("1", "2"):
            self.assertEqual(
                self.zp("logs", "desk-" + n).stdout.splitlines()[0],
                f"ipc://{self.run_dir()}/d{n} {n} "
                f"ipc://{self.run_dir()}/support-2 no {n} desk-{n}")

    def test_those_that_are_off_are_shown_if_asked(self):
        self.up(several("support", 1, 3))
        done = self.zp("ps")
        self.assertNotIn("support-2", done.stdout)
        self.assertIn("2 more are off; zp ps --all shows them", done.stderr)
        done = self.zp("ps", "--all")
        self.assertRegex(done.stdout, r"support-3 +off +- +-")
        self.assertEqual(done.stderr, "")

    def test_scaling_starts_and_stops_the_last_ones(self):
        self.up(service("catalog"), several("support", 2, 4))
        two = self.pids()
        done = self.zp("scale", "support=4")
        self.assertRegex(done.stderr, "scaled +support +4 of 4")
        four = self.pids()
        self.assertEqual(self.states()["support-4"], "ready")
        self.assertEqual({name: four[name] for name in two}, two)
        done = self.zp("scale", "support=1", "--json")
        said = json.loads(done.stdout)
        self.assertEqual([(one["service"], one["now"], one["max"])
                          for one in said], [("support", 1, 4)])
        self.assertEqual([one["state"] for one in said[0]["services"]],
                         ["ready", "off", "off", "off"])
        self.assertEqual(self.pids(), {name: two[name]
                                       for name in ("catalog", "support-1")})
        self.assertNotIn("dead", self.zp("logs", "zp").stdout)

    def test_there_may_be_none(self):
        self.up(several("support", 0, 2), service("catalog"))
        self.assertEqual(self.states()["support-1"], "off")
        self.zp("scale", "support=1")
        self.assertEqual(self.states()["support-1"], "ready")
        self.zp("scale", "support=0")
        self.assertEqual(self.states()["support-1"], "off")

    def test_scaling_starts_those_that_have_died(self):
        self.up(service("catalog"), several("support", 2, 2))
        self.zp("kill", "support-1")
        self.zp("pause", "support-2")
        self.zp("scale", "support=2")
        self.assertEqual(set(self.states().values()), {"ready"})

    def test_a_paused_one_is_stopped_at_once(self):
        self.up(several("support", 2, 2, stop_ms=3600000))
        self.zp("pause", "support-2")
        self.zp("scale", "support=1")
        self.assertEqual(self.states()["support-2"], "off")

    def test_the_later_of_two_wishes_counts(self):
        script = 'case $0 in 1) exec "$1" "$2";; *) exec "$1" "$2" mute;; esac'
        self.up(several("support", 1, 2) | {
            "program": "/bin/sh", "ready_ms": 3600000,
            "args": ["-c", script, "{n}", cli.SERVICE, "{self}"]})
        up = self.start("scale", "support=2")
        cli.wait_until(lambda: self.states()["support-2"] == "starting",
                       "a process")
        self.zp("scale", "support=1")
        self.assertEqual(up.wait(cli.PATIENCE_S), cli.ERROR)
        self.assertIn("support-2 was to run, but is off now", up.stderr.read())

    def test_after_names_those_that_are_wanted(self):
        process = self.start("up", self.topology(
            service("shop", after=["support"]),
            several("support", 2, 3, after=["catalog"]),
            service("catalog", after=[])))
        started = self.read_until(process.stderr, "ready;")[1:-1]
        names = [line.split()[1] for line in started]
        self.assertEqual((names[0], names[-1]), ("catalog", "shop"))
        self.zp("down")
        process.wait(cli.PATIENCE_S)
        stopped = process.stderr.read().splitlines()
        names = [line.split()[1] for line in stopped]
        self.assertEqual((names[0], names[-1]), ("shop", "catalog"))
        self.assertEqual(len(names), 4)

    def test_without_after_all_of_them_come_before_the_next(self):
        process = self.start("up", self.topology(
            service("catalog"), several("support", 2, 3), service("shop")))
        started = self.read_until(process.stderr, "ready;")[1:-1]
        names = [line.split()[1] for line in started]
        self.assertEqual((names[0], names[-1]), ("catalog", "shop"))
        self.stop(process)

    def test_what_can_not_be_scaled_so_is_told(self):
        self.up(service("catalog"), several("support", 1, 2))
        for operand, code, said in (
                ("support=3", cli.USAGE, "there can be 0 to 2 of support"),
                ("suport=1", cli.NOT_FOUND, "did you mean support?"),
                ("catalog=2", cli.NOT_FOUND,
                 "no service catalog in films that can be scaled"),
                ("support", cli.USAGE, "zp scale takes SERVICE=N"),
                ("support=", cli.USAGE, "zp scale takes SERVICE=N"),
                ("support=-1", cli.USAGE, "zp scale takes SERVICE=N"),
                ("support=1x", cli.USAGE, "zp scale takes SERVICE=N")):
            with self.subTest(operand):
                done = self.zp("scale", operand, code=code)
                self.assertIn(said, done.stderr)
        self.assertEqual(self.states()["support-1"], "ready")

    def test_one_that_is_off_is_not_started_alone(self):
        self.up(several("support", 1, 2))
        for command in ("start", "pause", "resume"):
            done = self.zp(command, "support-2", code=cli.ERROR)
            self.assertIn("support-2 is off; try zp scale support=2",
                          done.stderr)
        done = self.zp("call", "support-2", "film.echo", code=cli.NOT_RUNNING)
        self.assertIn("try: zp scale support=N", done.stderr)


class Heal(cli.Case):
    def heal(self, code=cli.OK):
        done = self.zp("call", f"ipc://{self.run_dir()}/control", "up.heal",
                       "{}", code=code)
        return done if code else json.loads(done.stdout)["services"]

    def test_all_is_as_in_the_topology_again(self):
        self.up(service("catalog"), service("shop"), service("cinema"),
                several("support", 2, 4), service("edge"))
        edge = self.ps()["edge"]["pid"]
        self.zp("kill", "catalog", "support-1")
        self.zp("stop", "shop")
        self.zp("pause", "cinema")
        self.zp("scale", "support=3")
        self.zp("kill", "support-1")
        states = {one["name"]: one["state"] for one in self.heal()}
        self.assertEqual(states, {
            "catalog": "ready", "shop": "ready", "cinema": "ready",
            "support-1": "ready", "support-2": "ready", "support-3": "off",
            "support-4": "off", "edge": "ready"})
        self.assertEqual(self.ps()["edge"]["pid"], edge)

    def test_it_starts_in_the_order_of_the_topology(self):
        process = self.start("up", self.topology(
            service("one"), service("two"), service("three")))
        self.read_until(process.stderr, "ready;")
        self.zp("kill", "three", "one", "two")
        self.heal()
        self.zp("down")
        process.wait(cli.PATIENCE_S)
        ready = [line.split()[1] for line in process.stderr
                 if line.startswith("  ready")]
        self.assertEqual(ready, ["one", "two", "three"])

    def test_what_is_whole_is_left_alone(self):
        self.up(service("catalog"), several("support", 1, 2))
        before = {name: one.get("pid") for name, one in self.ps().items()}
        self.heal()
        after = {name: one.get("pid") for name, one in self.ps().items()}
        self.assertEqual(after, before)

    def test_one_that_can_not_be_healed_does_not_keep_the_others_from_it(self):
        script = 'if [ -e "$2" ]; then exec "$0" "$1" exit; fi; exec "$0" "$1"'
        self.up({"name": "bad", "program": "/bin/sh",
                 "args": ["-c", script, cli.SERVICE, "{self}", "{dir}/bad"],
                 "endpoint": "ipc://{run}/bad"}, service("good"))
        self.zp("kill", "bad", "good")
        self.write("bad", "")
        done = self.heal(code=cli.ERROR)
        self.assertIn("bad: exit code 7; its log ends: no films today",
                      done.stderr)
        self.assertEqual([one["state"] for one in self.ps().values()],
                         ["dead", "ready"])


if __name__ == "__main__":
    unittest.main()
