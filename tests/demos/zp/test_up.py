#  SPDX-License-Identifier: MIT
"""zp up and zp ps: what starts, what is ready, and what is not."""

import json
import os
import socket
import stat
import unittest

import cli
from cli import service


class Up(cli.Case):
    def test_detach_returns_when_all_is_ready(self):
        self.up(service("catalog"), service("shop"))
        states = {name: one["state"] for name, one in self.ps().items()}
        self.assertEqual(states, {"catalog": "ready", "shop": "ready"})

    def test_wait_and_json_print_when_all_is_ready(self):
        path = self.topology(service("catalog"))
        self.addCleanup(self.down)
        self.assertEqual(self.zp("up", path, "-d", "--wait").stdout, "ready\n")
        self.zp("down")
        done = self.zp("up", path, "-d", "--json", "--seed", "7")
        said = json.loads(done.stdout)
        self.assertEqual((said["name"], said["seed"]), ("films", 7))
        self.assertEqual(said["services"][0]["state"], "ready")

    def test_in_the_foreground_it_tells_what_happens(self):
        process = self.start("up", self.topology(service("catalog")))
        lines = self.read_until(process.stderr, "ready;")
        self.assertIn("films: starting 1 service", lines[0])
        self.assertRegex(lines[1], r"^  ready    catalog +\d+\.\d\d s  ipc://")
        self.zp("down")
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.OK)
        self.assertRegex(process.stderr.read(), "stopped +catalog")

    def test_a_service_starts_after_the_one_before_and_stops_before_it(self):
        process = self.start("up", self.topology(
            service("one"), service("two"), service("three")))
        started = self.read_until(process.stderr, "ready;")[1:-1]
        self.zp("down")
        process.wait(cli.PATIENCE_S)
        stopped = process.stderr.read().splitlines()
        self.assertEqual([line.split()[1] for line in started],
                         ["one", "two", "three"])
        self.assertEqual([line.split()[1] for line in stopped],
                         ["three", "two", "one"])

    def test_after_sets_the_order(self):
        process = self.start("up", self.topology(
            service("one", after=["three"]), service("two", after=["one"]),
            service("three", after=[])))
        started = self.read_until(process.stderr, "ready;")[1:-1]
        self.assertEqual([line.split()[1] for line in started],
                         ["three", "one", "two"])
        self.zp("down")
        process.wait(cli.PATIENCE_S)
        stopped = process.stderr.read().splitlines()
        self.assertEqual([line.split()[1] for line in stopped],
                         ["two", "one", "three"])

    def test_placeholders_variables_and_the_folder_reach_the_service(self):
        os.mkdir(self.path("sub"))
        script = 'echo "$@" "$FILM" "$PWD"; exec "$0" "$1"'
        path = self.topology({
            "name": "shop", "program": "/bin/sh", "endpoint": "ipc://{run}/s",
            "args": ["-c", script, cli.SERVICE, "{shop}", "{dir}", "{seed}",
                     '{"a":{}}', "{{run}"],
            "env": {"FILM": "M {seed}"}, "cwd": "sub"})
        self.addCleanup(self.down)
        self.zp("up", path, "-d", "--seed", "42")
        folder = os.path.realpath(self.folder)
        self.assertEqual(
            self.zp("logs", "shop").stdout.splitlines()[0],
            f"ipc://{self.run_dir()}/s {folder} 42 {{\"a\":{{}}}} {{run}} "
            f"M 42 {folder}/sub")

    def test_programs_are_found_next_to_zp_and_beside_the_topology(self):
        os.symlink(cli.SERVICE, self.path("mine"))
        near = service("near")
        near["program"] = "zp-test-service"
        mine = service("mine")
        mine["program"] = "./mine"
        self.up(near, mine)
        self.assertEqual(self.ps()["mine"]["state"], "ready")

    def test_a_second_one_of_the_same_name_is_refused(self):
        self.up(service("catalog"))
        before = self.ps()["catalog"]["pid"]
        done = self.zp("up", self.path("films.json"), code=cli.ERROR)
        self.assertIn("films is running already", done.stderr)
        self.assertEqual(self.ps()["catalog"]["pid"], before)

    def test_several_are_told_apart_by_name(self):
        self.up(service("catalog"))
        self.zp("up", self.path("films.json"), "-d", "--name", "second")
        self.addCleanup(self.down, "second")
        self.assertNotEqual(self.ps()["catalog"]["pid"],
                            self.ps("second")["catalog"]["pid"])
        done = self.zp("ps", code=cli.USAGE)
        self.assertIn("films, second", done.stderr)
        done = self.zp("ps", "--name", "secnd", code=cli.NOT_RUNNING)
        self.assertIn("did you mean --name second?", done.stderr)

    def test_nobody_else_may_enter_the_run_folder(self):
        self.up(service("catalog"))
        mode = stat.S_IMODE(os.stat(self.run_dir()).st_mode)
        self.assertEqual(mode, 0o700)

    def test_a_folder_that_others_may_enter_is_refused(self):
        os.mkdir(os.path.dirname(self.run_dir()), 0o755)
        done = self.zp("up", self.topology(service("catalog")), code=cli.ERROR)
        self.assertIn("nobody else may enter", done.stderr)

    def test_ps_is_a_table_for_people(self):
        self.up(service("catalog"))
        lines = self.zp("ps").stdout.splitlines()
        self.assertEqual(lines[0].split(),
                         ["SERVICE", "STATE", "PID", "UPTIME", "ENDPOINT"])
        self.assertEqual(lines[1].split()[:2], ["catalog", "ready"])


class Failure(cli.Case):
    def test_a_service_that_dies_at_the_start_ends_all_with_its_log(self):
        path = self.topology(service("good"), service("bad", "exit"))
        for words in (["up", path], ["up", path, "--detach"]):
            with self.subTest(words[2:]):
                done = self.zp(*words, code=cli.ERROR)
                self.assertRegex(done.stderr, "dead +bad +exit code 7")
                self.assertIn("| no films today", done.stderr)
                self.assertRegex(done.stderr, "stopped +good")
                self.assert_nothing_left()

    def test_a_service_that_does_not_answer_in_time_ends_all(self):
        path = self.topology(service("good"),
                             service("mute", "mute", ready_ms=300))
        done = self.zp("up", path, "-d", code=cli.ERROR)
        self.assertRegex(
            done.stderr, "late +mute +did not answer zp.ping within 300 ms")
        self.assert_nothing_left()

    def test_a_service_is_starting_until_it_answers(self):
        process = self.start("up", self.topology(service("mute", "mute")))
        self.read_until(process.stderr, "starting")
        self.assertEqual(cli.wait_until(
            lambda: self.ps()["mute"] if "pid" in self.ps()["mute"] else None,
            "a process")["state"], "starting")
        self.zp("down")
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.INTERRUPTED)

    def test_a_port_in_use_is_said_before_anything_is_confused(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            endpoint = f"tcp://127.0.0.1:{other.getsockname()[1]}"
            done = self.zp("up", self.topology(
                service("shop", endpoint=endpoint)), code=cli.ERROR)
        self.assertIn(f"{endpoint} is in use already", done.stderr)

    def test_a_program_that_is_none_says_so_in_its_log(self):
        self.write("broken", "\x7fELF")
        os.chmod(self.path("broken"), 0o755)
        one = service("shop")
        one["program"] = "./broken"
        done = self.zp("up", self.topology(one), code=cli.ERROR)
        self.assertRegex(done.stderr, "dead +shop +exit code 127")
        self.assertIn("Exec format error", done.stderr)

    def test_a_dead_service_is_never_ready(self):
        self.up(service("catalog"), service("shop"))
        for _ in range(3):
            self.zp("call", "catalog", "film.die", "--once",
                    code=cli.NOT_RUNNING)
            one = self.ps()["catalog"]
            self.assertEqual((one["state"], one["how"]),
                             ("dead", "signal KILL"))
        self.assertEqual(self.ps()["shop"]["state"], "ready")
        self.assertRegex(self.zp("logs", "zp").stdout, "dead +catalog")

    def test_a_frozen_service_is_not_answering_until_it_thaws(self):
        self.up(service("catalog"), service("shop"))
        pid = self.ps()["shop"]["pid"]
        os.kill(pid, cli.signal.SIGSTOP)
        states = {name: one["state"] for name, one in self.ps().items()}
        self.assertEqual(states, {"catalog": "ready", "shop": "not answering"})
        os.kill(pid, cli.signal.SIGCONT)
        cli.wait_until(lambda: self.ps()["shop"]["state"] == "ready", "ready")

    def test_when_the_last_service_has_died_all_is_over(self):
        process = self.start("up", self.topology(service("catalog")))
        self.read_until(process.stderr, "ready;")
        self.zp("call", "catalog", "film.die", "--once", code=cli.NOT_RUNNING)
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.ERROR)
        self.assertIn("| dying as asked", process.stderr.read())

    def test_without_a_constellation_there_is_nothing_to_show(self):
        for command in ("ps", "down"):
            done = self.zp(command, code=cli.NOT_RUNNING)
            self.assertIn("try: zp up TOPOLOGY", done.stderr)


if __name__ == "__main__":
    unittest.main()
