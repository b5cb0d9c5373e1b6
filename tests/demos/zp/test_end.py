#  SPDX-License-Identifier: MIT
"""However zp up ends, it leaves no process behind."""

import json
import os
import signal
import time
import unittest

import cli
from cli import service


class End(cli.Case):
    def start_up(self, *services):
        process = self.start("up", self.topology(*services))
        self.read_until(process.stderr, "ready;")
        return process

    def supervisor(self, keeper):
        """The child of the zp that was started."""
        for pid, line in self.processes().items():
            if line.startswith(cli.ZP) and pid != keeper:
                with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                    if int(file.read().rpartition(")")[2].split()[1]) == keeper:
                        return pid
        raise AssertionError("no supervisor")

    def assert_has_family(self):
        """The service, its child, and its child in another session."""
        family = [line for line in self.processes().values()
                  if line.startswith(cli.SERVICE)]
        self.assertEqual(len(family), 3)

    def test_ctrl_c_stops_and_is_told_by_the_exit_code(self):
        process = self.start_up(service("catalog"))
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.INTERRUPTED)
        self.assertRegex(process.stderr.read(), "stopped +catalog")

    def test_sigterm_stops_and_is_no_failure(self):
        process = self.start_up(service("catalog"))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.OK)

    def test_a_stubborn_service_is_killed_in_time(self):
        process = self.start_up(service("mule", "stubborn", stop_ms=300))
        self.zp("down")
        process.wait(cli.PATIENCE_S)
        self.assertRegex(process.stderr.read(),
                         "killed +mule +did not end within 300 ms")
        self.assert_nothing_left()

    def test_a_second_ctrl_c_kills_at_once(self):
        path = self.topology(
            service("shop"), service("mule", "stubborn", stop_ms=3600000))
        terminal = cli.Terminal(self, cli.ZP, "up", path)
        terminal.read_until("ready;")
        terminal.type("\x03")
        terminal.read_until("Ctrl-C again kills at once")
        #  One Ctrl-C of the terminal counts once: the mule is still there
        cli.wait_until(lambda: self.ps()["mule"]["state"] == "stopping",
                       "the mule being told")
        terminal.type("\x03")
        self.assertEqual(terminal.end(), cli.INTERRUPTED)
        self.assert_nothing_left()

    def test_down_now_does_not_wait(self):
        process = self.start_up(service("mule", "stubborn", stop_ms=3600000))
        self.zp("down", "--now")
        process.wait(cli.PATIENCE_S)
        self.assert_nothing_left()

    def test_a_frozen_service_can_be_stopped(self):
        process = self.start_up(service("shop"))
        os.kill(self.ps()["shop"]["pid"], signal.SIGSTOP)
        self.zp("down")
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.OK)
        self.assertNotIn("killed", process.stderr.read())

    def test_what_services_have_started_ends_with_them(self):
        process = self.start_up(service("shop", "parent"))
        self.assert_has_family()
        self.zp("down")
        process.wait(cli.PATIENCE_S)
        self.assert_nothing_left()

    def test_killing_zp_itself_leaves_nothing(self):
        process = self.start_up(service("shop", "parent"), service("catalog"))
        self.assertEqual(len(self.processes()), 6)
        process.kill()
        process.wait(cli.PATIENCE_S)
        self.assert_nothing_left()

    def test_killing_the_supervisor_leaves_nothing(self):
        process = self.start_up(service("shop", "parent"), service("catalog"))
        self.assertEqual(len(self.processes()), 6)
        os.kill(self.supervisor(process.pid), signal.SIGKILL)
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.ERROR)
        self.assertIn("the supervisor was killed (SIGKILL)",
                      process.stderr.read())
        self.assert_nothing_left()

    def test_killing_both_at_once_leaves_nothing(self):
        process = self.start_up(service("shop"), service("catalog"))
        both = [process.pid, self.supervisor(process.pid)]
        for pid in both:
            os.kill(pid, signal.SIGSTOP)
        for pid in both:
            os.kill(pid, signal.SIGKILL)
        process.wait(cli.PATIENCE_S)
        self.assert_nothing_left()

        #  What they left is cleaned away by the next
        self.zp("ps", code=cli.NOT_RUNNING)
        done = self.zp("doctor", "--json")
        self.assertIn("left behind",
                      [one["check"] for one in json.loads(done.stdout)])
        self.up(service("shop"))
        self.assertEqual(self.ps()["shop"]["state"], "ready")

    def start_mixed(self):
        """One that is paused with its child, two that are off, one that is
        stopped, one that starts and does not answer, and one that is well."""
        script = 'if [ -e "$2" ]; then exec "$0" "$1" mute; fi; exec "$0" "$1"'
        process = self.start_up(
            service("family", "parent"), service("shop"),
            {"name": "support", "program": cli.SERVICE, "args": ["{self}"],
             "endpoint": "ipc://{run}/support-{n}",
             "scale": {"now": 1, "max": 3}},
            {"name": "late", "program": "/bin/sh", "ready_ms": 3600000,
             "args": ["-c", script, cli.SERVICE, "{self}", "{dir}/mute"],
             "endpoint": "ipc://{run}/late"})
        self.zp("pause", "family")
        self.zp("stop", "shop", "late")
        self.write("mute", "")
        start = self.start("start", "late")
        self.addCleanup(start.wait)
        self.addCleanup(start.kill)
        cli.wait_until(lambda: self.ps()["late"]["state"] == "starting",
                       "a process")
        start.kill()
        return process

    def test_killing_either_leaves_nothing_that_is_paused_off_or_starting(self):
        for who in ("keeper", "supervisor"):
            with self.subTest(who):
                process = self.start_mixed()
                os.kill(process.pid if who == "keeper"
                        else self.supervisor(process.pid), signal.SIGKILL)
                process.wait(cli.PATIENCE_S)
                self.assert_nothing_left()
                os.remove(self.path("mute"))

    def test_killing_both_leaves_no_service_that_is_paused(self):
        process = self.start_up(service("shop"), service("catalog"))
        self.zp("pause", "shop")
        both = [process.pid, self.supervisor(process.pid)]
        for pid in both:
            os.kill(pid, signal.SIGSTOP)
        for pid in both:
            os.kill(pid, signal.SIGKILL)
        process.wait(cli.PATIENCE_S)
        self.assert_nothing_left()

    def test_ctrl_c_ends_what_is_paused_off_or_starting(self):
        process = self.start_mixed()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.INTERRUPTED)
        self.assertNotIn("killed", process.stderr.read())
        self.assert_nothing_left()

    def test_down_now_ends_what_is_paused(self):
        process = self.start_up(service("mule", "stubborn", stop_ms=3600000),
                                service("shop"))
        self.zp("pause", "mule", "shop")
        self.zp("down", "--now")
        process.wait(cli.PATIENCE_S)
        self.assert_nothing_left()

    def test_a_detached_one_goes_on_without_its_terminal(self):
        path = self.topology(service("shop"))
        self.addCleanup(self.down)
        terminal = cli.Terminal(self, cli.ZP, "up", path, "--detach")
        self.assertEqual(terminal.end(), cli.OK)
        self.assertEqual(self.ps()["shop"]["state"], "ready")
        self.zp("down")
        self.assert_nothing_left()

    def test_interrupting_a_detached_start_ends_it(self):
        process = self.start("up", self.topology(service("mute", "mute")), "-d")
        self.read_until(process.stderr, "starting")
        cli.wait_until(lambda: "pid" in self.ps()["mute"], "a process")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.INTERRUPTED)
        self.assert_nothing_left()

    def test_down_returns_when_the_name_is_free_again(self):
        for _ in range(3):
            self.up(service("shop"))
            self.zp("down")

    def test_stopping_is_quick_where_nothing_is_in_the_way(self):
        self.up(service("shop"), service("catalog"))
        began = time.monotonic()
        self.zp("down")
        self.assertLess(time.monotonic() - began, 3)


if __name__ == "__main__":
    unittest.main()
