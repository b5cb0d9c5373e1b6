#  SPDX-License-Identifier: MIT
"""The words that zp takes and says: help, usage, completion, colours."""

import os
import re
import subprocess
import unittest

import cli
from cli import service

COMMANDS = ["up", "down", "ps", "start", "stop", "kill", "pause", "resume",
            "scale", "break", "heal", "load", "top", "trace", "graph", "logs",
            "call", "queue", "log", "saga", "pub", "sub", "relay", "gateway",
            "files", "get", "put", "compare", "stage", "copy", "doctor",
            "completion", "help"]
QUEUE = ["serve", "ls", "stat", "put", "peek", "reserve", "ack", "nack",
         "release", "touch", "bury", "kick", "purge", "pause", "resume", "dead"]
LOG = ["serve", "append", "read", "follow", "ls", "stat", "groups", "trim",
       "keep", "seek", "forget"]
SAGA = ["serve", "start", "wait", "ls", "show", "stat", "definitions", "signal",
        "retry", "skip", "abort", "complete", "check", "graph"]
FAMILIES = {"queue": QUEUE, "log": LOG, "saga": SAGA, "pub": ["stat"],
            "gateway": ["serve", "check", "key"], "files": ["serve"],
            "compare": ["work"], "stage": ["serve"]}


class Help(cli.Case):
    def test_each_command_has_help_with_examples_first(self):
        for command in COMMANDS + [f"{family} {verb}" for family in FAMILIES
                                   for verb in FAMILIES[family]]:
            with self.subTest(command):
                words = command.split()
                text = self.zp("help", *words).stdout
                self.assertEqual(self.zp(*words, "--help").stdout, text)
                self.assertEqual(self.zp(*words, "-h").stdout, text)
                lines = text.splitlines()
                self.assertEqual(lines[2], "Examples:")
                self.assertRegex(lines[3], r"\bzp " + command)
                self.assertTrue(all(len(line) <= 80 for line in lines), text)

    def test_the_overview_lists_commands_and_exit_codes(self):
        text = self.zp("help").stdout
        self.assertEqual(self.zp("--help").stdout, text)
        for command in COMMANDS:
            self.assertRegex(text, rf"(?m)^  {command} +\w")
        for code in (0, 1, 2, 3, 4, 5, 130):
            self.assertRegex(text, rf"(?m)^  {code} +\w")
        self.assertTrue(all(len(line) <= 80 for line in text.splitlines()))

    def test_a_family_lists_its_commands(self):
        for family, verbs in FAMILIES.items():
            text = self.zp("help", family).stdout
            for verb in verbs:
                self.assertRegex(text, rf"(?m)^  {verb} +\w")

    def test_alone_it_helps_but_that_is_a_mistake(self):
        for words in ([], ["queue"]):
            done = self.zp(*words, code=cli.USAGE)
            self.assertEqual((done.stdout, done.stderr),
                             ("", self.zp("help", *words).stdout))

    def test_the_version_is_one_line(self):
        self.assertRegex(self.zp("--version").stdout,
                         r"^zp \d+\.\d+\.\d+ \(libzmq 4\.\S+, CZMQ 4\.\S+\)\n$")


class Usage(cli.Case):
    def assert_wrong(self, words, *said):
        done = self.zp(*words, code=cli.USAGE)
        self.assertEqual(done.stdout, "")
        for part in said:
            self.assertIn(part, done.stderr)

    def test_mistyped_words_are_understood(self):
        self.assert_wrong(["pss"], "no command 'pss'", "did you mean zp ps?")
        self.assert_wrong(["help", "cal"], "did you mean zp call?")
        self.assert_wrong(["ps", "--jsn"], "unknown option --jsn",
                          "did you mean --json?")
        self.assert_wrong(["xylophone"], "try: zp help")
        self.assert_wrong(["ps", "-q"], "unknown option -q", "zp help ps")
        self.assert_wrong(["queue", "pt"], "no command 'queue pt'",
                          "did you mean zp queue put?")
        self.assert_wrong(["help", "queue", "xylophone"],
                          "no command 'queue xylophone'", "try: zp help queue")
        self.assert_wrong(["help", "ps", "x"], "zp ps has no command 'x'")
        self.assert_wrong(["queue", "--json"], "no command 'queue --json'")

    def test_what_is_missing_or_too_much_is_told(self):
        self.assert_wrong(["call", "x"], "usage: zp call SERVICE|ENDPOINT")
        self.assert_wrong(["up"], "usage: zp up TOPOLOGY")
        self.assert_wrong(["ps", "films"], "what is 'films' for?")
        self.assert_wrong(["queue", "put", "jobs"],
                          "zp queue put: something is missing",
                          "usage: zp queue put QUEUE", "zp help queue put")
        self.assert_wrong(["queue", "ack"], "usage: zp queue ack RECEIPT...")
        self.assert_wrong(["ps", "--name"], "--name needs a value")
        self.assert_wrong(["ps", "--json=x"], "takes no value")

    def test_numbers_have_bounds(self):
        for value in ("", "x", "0", "-1", "1x", "99999999999999999999"):
            self.assert_wrong(["call", "a", "b", "--timeout", value],
                              "--timeout takes a number from 1 to 2147483647")

    def test_names_can_not_lead_elsewhere(self):
        path = self.topology(service("catalog"))
        for name in ("", ".", "..", "../x", "A", "a/b", "x" * 32):
            self.assert_wrong(["up", path, "--name", name], "--name: a name is")

    def test_a_topology_that_is_not_there_is_not_found(self):
        done = self.zp("up", self.path("none.json"), code=cli.NOT_FOUND)
        self.assertIn("No such file", done.stderr)

    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([cli.ZP, "help"], stdout=full, check=False,
                                  stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, cli.ERROR)
        self.assertIn("No space left", done.stderr)


class Colours(cli.Case):
    def see(self, *words, **environment):
        terminal = cli.Terminal(self, cli.ZP, *words, **environment)
        terminal.end()
        return terminal.text

    def test_only_a_terminal_gets_colours(self):
        self.assertIn("\033[32mok", self.see("doctor"))
        self.assertNotIn("\033", self.zp("doctor").stdout)
        self.assertNotIn("\033", self.zp("pss", code=cli.USAGE).stderr)

    def test_no_color_is_respected(self):
        self.assertNotIn("\033", self.see("doctor", NO_COLOR="1"))
        self.assertNotIn("\033", self.see("pss", NO_COLOR="1"))
        self.assertNotIn("\033", self.see("doctor", TERM="dumb"))
        self.assertIn("\033[32mok", self.see("doctor", NO_COLOR=""))

    def test_a_table_fits_the_terminal(self):
        self.up(service("catalog", endpoint="ipc://{run}/" + "long" * 12))
        terminal = cli.Terminal(self, "/bin/sh", "-c",
                                f"stty cols 60; exec {cli.ZP} ps")
        self.assertEqual(terminal.end(), cli.OK)
        plain = re.sub(r"\033\[\d*m", "", terminal.text)
        self.assertTrue(all(len(line) <= 60 for line in plain.splitlines()))
        self.assertRegex(plain, r"ipc:/\S*\.\.\.\S*long\b")


class Completion(cli.Case):
    def complete(self, line):
        """What a real bash would offer at the end of the line."""
        script = ('source <(zp completion bash); COMP_LINE=$1; '
                  'COMP_POINT=${#1}; _zp zp; printf "%s\\n" "${COMPREPLY[@]}"')
        path = os.path.dirname(cli.ZP) + ":" + self.env["PATH"]
        done = subprocess.run(
            ["bash", "--norc", "-c", script, "bash", line], check=True,
            stdout=subprocess.PIPE, text=True, timeout=cli.PATIENCE_S,
            env={**self.env, "PATH": path})
        return done.stdout.split()

    def test_commands_options_and_modules_are_offered(self):
        self.assertEqual(self.complete("zp "), COMMANDS)
        self.assertEqual(self.complete("zp do"), ["down", "doctor"])
        self.assertEqual(self.complete("zp up x.json --d"), ["--detach"])
        self.assertEqual(self.complete("zp help lo"),
                         ["load", "logs", "log"])
        self.assertEqual(self.complete("zp queue "), QUEUE)
        self.assertEqual(self.complete("zp pub "), ["stat"])
        self.assertEqual(self.complete("zp sub --overflow c"), ["conflate"])
        self.assertEqual(self.complete("zp help queue pu"), ["put", "purge"])
        self.assertEqual(self.complete("zp queue put a b --li"), ["--lines"])
        self.assertEqual(self.complete("zp queue peek jobs --state "),
                         ["ready", "delayed", "leased", "buried"])
        self.assertEqual(self.complete("zp queue nonsense "), [])
        self.assertEqual(self.complete("zp copy stat"), ["status"])
        self.assertEqual(self.complete("zp completion "), ["bash"])
        self.assertEqual(self.complete("zp nonsense x"), [])

    def test_what_can_be_scaled_is_offered(self):
        self.up(service("catalog"), {
            "name": "support", "program": cli.SERVICE, "args": ["{self}"],
            "endpoint": "ipc://{run}/support-{n}",
            "scale": {"now": 1, "max": 3}})
        self.assertEqual(self.complete("zp scale "), ["support"])
        self.assertEqual(self.complete("zp start support-"),
                         ["support-1", "support-2", "support-3"])

    def test_services_methods_and_names_are_offered(self):
        self.up(service("catalog"), service("shop"))
        self.assertEqual(self.complete("zp logs "), ["catalog", "shop"])
        self.assertEqual(self.complete("zp call --timeout 100 sh"), ["shop"])
        self.assertEqual(self.complete("zp call shop film.e"), ["film.echo"])
        self.assertIn("zp.ping", self.complete("zp call shop "))
        self.assertEqual(self.complete("zp kill catalog s"), ["shop"])
        self.assertEqual(self.complete("zp kill shop --signal T"), ["TERM"])
        self.assertEqual(self.complete("zp ps --name "), ["films"])
        self.assertEqual(self.complete("zp call --name films sh"), ["shop"])
        self.assertEqual(self.complete("zp call --name none sh"), [])

    def test_queues_are_offered(self):
        self.assertEqual(self.complete("zp queue stat "), [])
        self.up({"name": "conveyor", "program": "zp",
                 "args": ["queue", "serve", self.path("a.db"), "--bind",
                          "{conveyor}"],
                 "endpoint": "ipc://{run}/conveyor"})
        self.env["ZP_QUEUE"] = "conveyor"
        for queue in ("films", "series"):
            self.zp("queue", "put", queue, "job")
        self.assertEqual(self.complete("zp queue stat "), ["films", "series"])
        del self.env["ZP_QUEUE"]
        self.assertEqual(self.complete("zp queue stat --at conv"),
                         ["conveyor"])
        self.assertEqual(self.complete("zp queue put --at conveyor fi"),
                         ["films"])

    def test_logs_are_offered(self):
        self.assertEqual(self.complete("zp log read "), [])
        self.up({"name": "log", "program": "zp",
                 "args": ["log", "serve", self.path("a.db"), "--bind",
                          "{log}"],
                 "endpoint": "ipc://{run}/log"})
        for log in ("views", "orders"):
            self.zp("log", "append", log, "event")
        self.assertEqual(sorted(self.complete("zp log read ")),
                         ["orders", "views"])

    def test_bash_loads_it_and_completes_with_tab(self):
        folder = os.path.dirname(cli.ZP)
        terminal = cli.Terminal(
            self, "/bin/bash", "--norc", "-i",
            PATH=folder + ":" + self.env["PATH"], PS1="$ ", HISTFILE="")
        terminal.read_until("$ ")
        terminal.type("source <(zp completion bash)\n")
        terminal.type("zp doc\t --js\t; echo code $?\n")
        terminal.read_until('"check"')
        terminal.read_until("code 0")
        terminal.type("exit\n")
        terminal.end()


if __name__ == "__main__":
    unittest.main()
