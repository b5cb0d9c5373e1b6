#  SPDX-License-Identifier: MIT
"""zp top: a constellation as it runs, in a terminal and as lines."""

import fcntl
import json
import os
import re
import signal
import struct
import termios
import unittest

import cli
import look_cli

SWITCH = "\033[?1049h", "\033[?1049l"  # To the other screen, and back


class Top(look_cli.Case):
    def watch(self, *words, **environment):
        terminal = cli.Terminal(self, cli.ZP, "top", "--every", "200ms", *words,
                                **environment)
        terminal.read_until("q quit")
        return terminal

    def resize(self, terminal, lines, columns):
        fcntl.ioctl(terminal.fd, termios.TIOCSWINSZ,
                    struct.pack("HHHH", lines, columns, 0, 0))

    def test_without_a_terminal_it_prints_once_what_is(self):
        self.bring_up()
        self.ask("/queues")
        lines = self.zp("top").stdout.splitlines()
        self.assertRegex(lines[0], "^films  3 of 3 ready")
        for pattern in ("SERVICE +STATE +REQ/S", "films +ready ",
                        "gateway +> queue .* closed$", "FROM +TO .*BREAKER$",
                        "[0-9a-f]{8} +OK .* GET /queues$"):
            self.assertTrue(any(re.match(pattern, line) for line in lines),
                            f"{pattern}: {lines}")

    def test_json_is_the_whole_state(self):
        self.bring_up()
        self.ask("/queues")
        state = self.json("top")
        self.assertEqual(
            {name: one["state"] for name, one in state["services"].items()},
            {"films": "ready", "queue": "ready", "gateway": "ready"})
        [edge] = [one for one in state["edges"] if one["to"] == "queue"]
        self.assertEqual((edge["from"], edge["ok"], edge["lost"]),
                         ("gateway", 1, 0))

    def test_what_is_dead_says_so_and_how(self):
        self.bring_up()
        self.zp("kill", "films")
        lines = self.zp("top", "--once").stdout.splitlines()
        self.assertIn("2 of 3 ready", lines[0])
        self.assertTrue(any(re.match("films +dead, signal KILL ", line)
                            for line in lines), lines)

    def test_it_goes_on_if_told_how_often(self):
        self.bring_up()
        process = self.start("top", "--json", "--every", "100ms")
        for _ in range(3):
            json.loads(process.stdout.readline())
        self.assertEqual(self.stop(process, signal.SIGINT)[0],
                         cli.INTERRUPTED)

    def test_in_a_terminal_it_is_live_and_gives_the_screen_back(self):
        self.bring_up()
        terminal = self.watch()
        self.assertIn(SWITCH[0], terminal.text)
        self.assertIn("\033[32mready", terminal.text)
        terminal.text = ""
        self.zp("pause", "films")
        terminal.read_until("paused")
        terminal.type("n")
        terminal.read_until("by name")
        terminal.type("q")
        self.assertEqual(terminal.end(), cli.OK)
        self.assertTrue(terminal.text.endswith(SWITCH[1]))

    def test_ctrl_c_gives_the_screen_back_and_there_need_be_no_colours(self):
        self.bring_up()
        terminal = self.watch(NO_COLOR="1")
        self.assertNotRegex(terminal.text, "\033\\[[0-9;]*m")
        self.assertIn("ready", terminal.text)
        terminal.type("\x03")
        self.assertEqual(terminal.end(), cli.INTERRUPTED)
        self.assertTrue(terminal.text.endswith(SWITCH[1]))

    def test_what_has_no_room_can_be_moved_to(self):
        self.bring_up()
        terminal = self.watch()
        terminal.text = ""
        self.resize(terminal, 4, 30)
        terminal.read_until("SERVICE")
        self.shown(terminal, lambda lines: len(lines) == 4
                   and all(len(line) <= 30 for line in lines)
                   and lines[2].startswith("SERVICE"))
        terminal.type("\033[B\033[B")
        self.shown(terminal, lambda lines: lines[1].startswith("films ")
                   or lines[2].startswith("films "))
        terminal.type("g")
        self.shown(terminal, lambda lines: lines[2].startswith("SERVICE"))
        terminal.type("q")
        terminal.end()

    def shown(self, terminal, condition):
        """Read until what is on the screen is so."""
        while True:
            for screen in terminal.text.split("\033[?2026h")[1:]:
                screen, _, rest = screen.partition("\033[?2026l")
                text = re.sub("\033\\[[0-9;?]*[a-zA-Z]", "", screen)
                if condition([line.rstrip() for line in text.split("\r\n")]):
                    terminal.text = rest
                    return
            self.assertTrue(terminal.read())

    def test_what_is_typed_wrong_is_an_error(self):
        self.zp("top", code=cli.NOT_RUNNING)
        for time in "0", "x", "10ms", "-1s":
            self.zp("top", "--every=" + time, code=cli.USAGE)


if __name__ == "__main__":
    unittest.main()
