#  SPDX-License-Identifier: MIT
"""zp kill, pause, resume, stop and start: one service, while the others run."""

import json
import os
import signal
import unittest

import cli
from cli import service


def fragile(name, **keys):
    """A service that does what the file NAME.misdeed says, if there is one."""
    script = 'misdeed=$(cat "$2" 2> /dev/null); exec "$0" "$1" $misdeed'
    return {"name": name, "program": "/bin/sh",
            "args": ["-c", script, cli.SERVICE, "{self}",
                     "{dir}/" + name + ".misdeed"],
            "endpoint": "ipc://{run}/" + name, **keys}


def state_of(pid):
    """The letter that the kernel has for it, such as T for one that stands."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        return file.read().rpartition(")")[2].split()[0]


class Kill(cli.Case):
    def test_a_killed_service_is_dead_and_the_others_go_on(self):
        self.up(service("catalog"), service("shop"))
        before = self.ps()
        done = self.zp("kill", "catalog")
        self.assertRegex(done.stderr, "^  dead +catalog +signal KILL\n$")
        with self.assertRaises(ProcessLookupError):
            os.kill(before["catalog"]["pid"], 0)
        after = self.ps()
        self.assertEqual((after["catalog"]["state"], after["catalog"]["how"]),
                         ("dead", "signal KILL"))
        self.assertEqual(after["shop"]["pid"], before["shop"]["pid"])
        self.assertEqual(after["shop"]["state"], "ready")

    def test_what_was_asked_for_is_no_surprise(self):
        self.up(service("catalog"), service("shop"))
        self.zp("kill", "catalog")
        self.zp("call", "shop", "film.die", "--once", code=cli.NOT_RUNNING)
        said = self.zp("logs", "zp").stdout
        self.assertRegex(said, "killed +catalog +signal KILL, as asked")
        self.assertNotRegex(said, "dead +catalog")
        self.assertRegex(said, "dead +shop")

    def test_the_signal_can_be_chosen(self):
        self.up(service("catalog"), service("shop"))
        for name, how in (("ABRT", "signal ABRT"), ("TERM", "exit code 0")):
            done = self.zp("kill", "catalog", "--signal", name, "--json")
            self.assertEqual(
                [(one["state"], one["how"]) for one in json.loads(done.stdout)],
                [("dead", how)])
            self.zp("start", "catalog")

    def test_whom_a_signal_does_not_end_is_killed_in_time(self):
        self.up(service("mule", "stubborn", stop_ms=300), service("shop"))
        self.zp("kill", "mule", "-s", "TERM")
        self.assertEqual(self.ps()["mule"]["how"], "signal KILL")
        self.assertRegex(self.zp("logs", "zp").stdout,
                         "killed +mule +did not end within 300 ms")

    def test_its_whole_process_group_dies(self):
        self.up(service("family", "parent"), service("shop"))
        child = int(self.zp("logs", "family").stdout.split()[1])
        self.assertIn(child, self.processes())
        self.zp("kill", "family")
        cli.wait_until(lambda: child not in self.processes(), "its end")

    def test_the_dead_stay_dead_and_that_is_so_already(self):
        self.up(service("catalog"), service("shop"))
        self.zp("kill", "catalog")
        for command in ("kill", "stop"):
            done = self.zp(command, "catalog", "--json")
            self.assertEqual(json.loads(done.stdout)[0]["state"], "dead")

    def test_it_is_not_over_as_long_as_one_was_ended_on_purpose(self):
        self.up(service("catalog"), service("shop"))
        self.zp("stop", "catalog")
        self.zp("call", "shop", "film.die", "--once", code=cli.NOT_RUNNING)
        self.assertEqual([one["state"] for one in self.ps().values()],
                         ["stopped", "dead"])

    def test_all_may_be_killed_and_started_again(self):
        self.up(service("catalog"), service("shop"))
        self.zp("kill", "catalog", "shop")
        self.assertEqual([one["state"] for one in self.ps().values()],
                         ["dead", "dead"])
        self.zp("start", "catalog", "shop")
        self.assertEqual([one["state"] for one in self.ps().values()],
                         ["ready", "ready"])


class Pause(cli.Case):
    def test_a_paused_service_stands_still_until_it_is_resumed(self):
        self.up(service("catalog"), service("shop"))
        pid = self.ps()["shop"]["pid"]
        self.assertRegex(self.zp("pause", "shop").stderr, "paused +shop")
        self.assertEqual(state_of(pid), "T")
        self.assertEqual(self.ps()["shop"]["state"], "paused")
        self.assertRegex(self.zp("ps").stdout, r"shop +paused +\d+")
        self.zp("call", "shop", "film.echo", "x", "--timeout", "200",
                code=cli.NOT_RUNNING)
        self.assertRegex(self.zp("resume", "shop").stderr, "ready +shop")
        self.assertEqual(self.zp("call", "shop", "film.echo", "x").stdout, "x")
        self.assertEqual(self.ps()["shop"]["pid"], pid)

    def test_all_of_its_process_group_stands_still(self):
        self.up(service("family", "parent"))
        child = int(self.zp("logs", "family").stdout.split()[1])
        self.zp("pause", "family")
        cli.wait_until(lambda: state_of(child) == "T", "the child's pause")
        self.zp("resume", "family")
        cli.wait_until(lambda: state_of(child) != "T", "the child going on")

    def test_again_is_no_error(self):
        self.up(service("catalog"))
        self.zp("resume", "catalog")
        self.zp("pause", "catalog")
        done = self.zp("pause", "catalog", "--json")
        self.assertEqual(json.loads(done.stdout)[0]["state"], "paused")

    def test_one_that_somebody_else_has_stopped_is_resumed(self):
        self.up(service("catalog"))
        os.kill(self.ps()["catalog"]["pid"], signal.SIGSTOP)
        self.assertEqual(self.ps()["catalog"]["state"], "not answering")
        self.zp("resume", "catalog")
        self.assertEqual(self.ps()["catalog"]["state"], "ready")

    def test_a_paused_one_takes_a_signal_at_once(self):
        self.up(service("catalog", stop_ms=3600000), service("shop"))
        self.zp("pause", "catalog")
        self.zp("kill", "catalog", "--signal", "TERM")
        self.assertEqual(self.ps()["catalog"]["how"], "exit code 0")
        self.zp("start", "catalog")
        self.zp("pause", "catalog")
        self.zp("stop", "catalog")
        self.assertEqual(self.ps()["catalog"]["state"], "stopped")

    def test_down_does_not_wait_for_a_paused_one(self):
        self.up(service("catalog", stop_ms=3600000), service("shop"))
        self.zp("pause", "catalog", "shop")
        done = self.zp("down")
        self.assertRegex(done.stderr, "stopped +catalog +exit code 0")
        self.assert_nothing_left()

    def test_what_has_no_process_can_not_be_paused(self):
        self.up(service("catalog"), service("shop"))
        self.zp("kill", "catalog")
        for command in ("pause", "resume"):
            done = self.zp(command, "catalog", code=cli.ERROR)
            self.assertIn("catalog is dead; try zp start catalog", done.stderr)

    def test_to_start_a_paused_one_is_refused(self):
        self.up(service("catalog"))
        self.zp("pause", "catalog")
        done = self.zp("start", "catalog", code=cli.ERROR)
        self.assertIn("catalog is paused; try zp resume catalog", done.stderr)


class Start(cli.Case):
    def misbehave(self, name, misdeed):
        self.write(name + ".misdeed", misdeed)

    def test_a_stopped_service_is_started_again_with_a_new_log(self):
        self.up(service("catalog"), service("shop"))
        before = self.ps()["catalog"]
        call = self.start("call", "catalog", "film.hang", "--once")
        cli.wait_until(lambda: "hang" in self.zp("logs", "catalog").stdout,
                       "the call")
        self.stop(call)
        done = self.zp("stop", "catalog")
        self.assertRegex(done.stderr, "stopped +catalog +exit code 0")
        one = self.ps()["catalog"]
        self.assertEqual((one["state"], one["wanted"]), ("stopped", True))
        done = self.zp("call", "catalog", "film.echo", code=cli.NOT_RUNNING)
        self.assertIn("catalog is stopped: exit code 0", done.stderr)
        self.zp("start", "catalog")
        after = self.ps()["catalog"]
        self.assertEqual(after["state"], "ready")
        self.assertNotEqual(after["pid"], before["pid"])
        self.assertNotIn("hang", self.zp("logs", "catalog").stdout)
        with open(after["log"] + ".1", encoding="utf-8") as file:
            self.assertIn("hang was called", file.read())

    def test_what_runs_is_left_alone(self):
        self.up(service("catalog"))
        pid = self.ps()["catalog"]["pid"]
        done = self.zp("start", "catalog", "--json")
        self.assertEqual(json.loads(done.stdout)[0]["pid"], pid)

    def test_one_that_dies_is_told_with_the_last_line_of_its_log(self):
        self.up(fragile("catalog"))
        self.zp("stop", "catalog")
        self.misbehave("catalog", "exit")
        done = self.zp("start", "catalog", code=cli.ERROR)
        self.assertEqual(
            done.stderr,
            "zp: catalog: exit code 7; its log ends: no films today\n")
        self.assertEqual(self.ps()["catalog"]["state"], "dead")
        #  That was the only one. All the same nobody has given up
        os.remove(self.path("catalog.misdeed"))
        self.zp("start", "catalog")
        self.assertEqual(self.ps()["catalog"]["state"], "ready")

    def test_one_that_does_not_answer_in_time_is_told_and_left_running(self):
        self.up(fragile("catalog", ready_ms=2000))
        self.zp("stop", "catalog")
        self.misbehave("catalog", "mute")
        done = self.zp("start", "catalog", code=cli.TIMEOUT)
        self.assertIn("catalog did not answer zp.ping within 2000 ms",
                      done.stderr)
        one = self.ps()["catalog"]
        self.assertEqual(one["state"], "not answering")
        os.kill(one["pid"], 0)

    def test_an_endpoint_that_somebody_else_has_taken_is_told(self):
        self.up(service("catalog"), service("shop"))
        endpoint = self.ps()["catalog"]["endpoint"]
        self.zp("stop", "catalog")
        other = cli.subprocess.Popen([cli.SERVICE, endpoint], env=self.env,
                                     stdout=cli.subprocess.PIPE, text=True)
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        self.addCleanup(other.stdout.close)
        self.read_until(other.stdout, "listening")
        done = self.zp("start", "catalog", code=cli.ERROR)
        self.assertIn(f"{endpoint} is in use already", done.stderr)

    def test_one_that_is_being_stopped_is_started_when_it_has_ended(self):
        self.up(service("mule", "stubborn", stop_ms=1000), service("shop"))
        pid = self.ps()["mule"]["pid"]
        stop = self.start("stop", "mule")
        cli.wait_until(lambda: self.ps()["mule"]["state"] == "stopping",
                       "the mule being told")
        self.zp("start", "mule")
        self.assertEqual(stop.wait(cli.PATIENCE_S), cli.OK)
        one = self.ps()["mule"]
        self.assertEqual(one["state"], "ready")
        self.assertNotEqual(one["pid"], pid)

    def test_who_is_killed_while_it_starts_was_started_in_vain(self):
        self.up(fragile("catalog"), service("shop"))
        self.zp("stop", "catalog")
        self.misbehave("catalog", "mute")
        start = self.start("start", "catalog")
        cli.wait_until(lambda: self.ps()["catalog"]["state"] == "starting",
                       "a process")
        self.zp("kill", "catalog")
        self.assertEqual(start.wait(cli.PATIENCE_S), cli.ERROR)
        self.assertIn("catalog was to run, but is dead now",
                      start.stderr.read())

    def hanging_start(self):
        """A constellation in which a start hangs, and who waits for that."""
        process = self.start("up", self.topology(
            fragile("catalog", ready_ms=3600000), service("shop")))
        self.read_until(process.stderr, "ready;")
        self.zp("stop", "catalog")
        self.misbehave("catalog", "mute")
        start = self.start("start", "catalog")
        cli.wait_until(lambda: self.ps()["catalog"]["state"] == "starting",
                       "a process")
        return process, start

    def test_down_does_not_wait_for_a_start_that_hangs(self):
        process, start = self.hanging_start()
        self.zp("down")
        self.assertEqual(start.wait(cli.PATIENCE_S), cli.ERROR)
        self.assertIn("all is stopping", start.stderr.read())
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.OK)
        self.assert_nothing_left()

    def test_ctrl_c_does_not_wait_for_a_start_that_hangs(self):
        process, start = self.hanging_start()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.INTERRUPTED)
        #  It is told so, or sees that nobody is there
        self.assertIn(start.wait(cli.PATIENCE_S), (cli.ERROR, cli.NOT_RUNNING))
        self.assert_nothing_left()

    def test_ctrl_c_ends_the_waiting_and_not_the_start(self):
        process, start = self.hanging_start()
        start.send_signal(signal.SIGINT)
        self.assertEqual(start.wait(cli.PATIENCE_S), cli.INTERRUPTED)
        self.assertEqual(self.ps()["catalog"]["state"], "starting")
        self.zp("down")
        process.wait(cli.PATIENCE_S)


class Wrong(cli.Case):
    def test_a_mistyped_service_is_not_found(self):
        self.up(service("catalog"))
        for command in ("kill", "pause", "resume", "stop", "start"):
            done = self.zp(command, "catlog", code=cli.NOT_FOUND)
            self.assertIn("no service catlog in films; did you mean catalog?",
                          done.stderr)

    def test_the_others_are_done_all_the_same(self):
        self.up(service("catalog"), service("shop"))
        self.zp("kill", "nonsense", "catalog", "shop", code=cli.NOT_FOUND)
        self.assertEqual([one["state"] for one in self.ps().values()],
                         ["dead", "dead"])

    def test_nothing_can_be_done_where_nothing_runs(self):
        for command in ("kill", "pause", "resume", "stop", "start"):
            done = self.zp(command, "catalog", code=cli.NOT_RUNNING)
            self.assertIn("try: zp up TOPOLOGY", done.stderr)

    def test_nothing_can_be_done_before_all_is_ready(self):
        process = self.start("up", self.topology(service("mute", "mute")))
        cli.wait_until(lambda: os.path.exists(self.run_dir() + "/control"),
                       "a supervisor")
        done = self.zp("kill", "mute", code=cli.ERROR)
        self.assertIn("films is starting; wait until all is ready",
                      done.stderr)
        self.stop(process)

    def test_nothing_can_be_done_any_more_while_all_is_stopping(self):
        process = self.start("up", self.topology(
            service("mule", "stubborn", stop_ms=3600000)))
        self.read_until(process.stderr, "ready;")
        process.send_signal(signal.SIGTERM)
        self.read_until(process.stderr, "stopping")
        done = self.zp("kill", "mule", code=cli.ERROR)
        self.assertIn("films is stopping", done.stderr)
        self.zp("down", "--now")
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.OK)

    def test_what_makes_no_sense_is_answered(self):
        self.up(service("catalog"))
        endpoint = f"ipc://{self.run_dir()}/control"
        for method, body, said in (
                ("kill", "catalog", "up.kill"),
                ("kill", "{}", "service"),
                ("kill", '["catalog"]', "up.kill"),
                ("kill", '{"service": 7}', "up.kill"),
                ("kill", '{"service": "catalog", "sig": "TERM"}', "sig"),
                ("kill", '{"service": "catalog", "signal": "STOP"}',
                 "STOP is no signal that ends a process"),
                ("kill", '{"service": "catalog", "signal": ""}', "no signal"),
                ("pause", '{"service": "catalog", "to": 1}', "to"),
                ("scale", '{"service": "catalog"}', "to"),
                ("scale", '{"service": "catalog", "to": "2"}', "up.scale"),
                ("heal", '{"service": "catalog"}', "service")):
            with self.subTest(method + " " + body):
                done = self.zp("call", endpoint, "up." + method, body,
                               code=cli.ERROR)
                self.assertIn("INVALID_ARGUMENT", done.stderr)
                self.assertIn(said, done.stderr)
        self.assertEqual(self.ps()["catalog"]["state"], "ready")


class Figures(cli.Case):
    def test_the_system_says_the_same_of_the_process(self):
        self.up(service("catalog"))
        one = self.ps()["catalog"]
        folder = f"/proc/{one['pid']}"
        self.assertEqual(one["fds"], len(os.listdir(folder + "/fd")))
        with open(folder + "/status", encoding="utf-8") as file:
            rss = next(int(line.split()[1]) for line in file
                       if line.startswith("VmRSS"))
        self.assertAlmostEqual(one["rss_kb"], rss, delta=rss / 10)

    def test_time_on_a_processor_is_counted(self):
        busy = {"name": "busy", "program": "/bin/sh",
                "args": ["-c", '"$0" "$1" & while :; do :; done', cli.SERVICE,
                         "{self}"],
                "endpoint": "ipc://{run}/busy"}
        self.up(busy)
        cli.wait_until(lambda: self.ps()["busy"]["cpu_ms"] >= 50, "50 ms")

    def test_what_does_not_run_uses_nothing(self):
        self.up(service("catalog"), service("shop"))
        self.zp("stop", "catalog")
        for key in ("pid", "uptime_ms", "rss_kb", "fds", "cpu_ms"):
            self.assertNotIn(key, self.ps()["catalog"])


if __name__ == "__main__":
    unittest.main()
