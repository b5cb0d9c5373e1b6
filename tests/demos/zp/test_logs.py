#  SPDX-License-Identifier: MIT
"""zp logs: what a service printed, while it runs and afterwards."""

import json
import signal
import unittest

import cli
from cli import service

LINES = 30000


def talker(name, script):
    """A service that prints what a shell script does, before it listens."""
    return {"name": name, "program": "/bin/sh",
            "args": ["-c", script + '; exec "$0" "$1"', cli.SERVICE,
                     "{%s}" % name],
            "endpoint": "ipc://{run}/" + name}


class Logs(cli.Case):
    def test_what_was_printed_is_shown(self):
        self.up(talker("shop", "echo out; echo err >&2"))
        self.assertEqual(self.zp("logs", "shop").stdout.splitlines()[:2],
                         ["out", "err"])

    def test_only_the_last_lines_if_wanted(self):
        self.up(talker("shop", f"seq {LINES}"))
        lines = self.zp("logs", "shop").stdout.splitlines()
        self.assertEqual(len(lines), LINES + 1)
        for count in (1, 2, 5000, LINES + 1, LINES + 100):
            done = self.zp("logs", "shop", "--lines", str(count))
            self.assertEqual(done.stdout.splitlines(), lines[-count:])

    def test_each_line_is_an_object_as_json(self):
        self.up(talker("shop", "echo '\"a\"'; printf '\\377\\n\\n'"))
        done = self.zp("logs", "shop", "--json")
        objects = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(objects[:3], [
            {"service": "shop", "line": '"a"'},
            {"service": "shop", "line": "?"},
            {"service": "shop", "line": ""}])

    def test_following_shows_what_comes_until_all_is_down(self):
        self.up(service("shop"))
        process = self.start("logs", "-f", "shop")
        self.read_until(process.stdout, "listening")
        self.zp("call", "shop", "film.hang", "--timeout", "300",
                code=cli.TIMEOUT)
        self.read_until(process.stdout, "hang was called")
        self.zp("down")
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.OK)

    def test_ctrl_c_ends_following(self):
        self.up(service("shop"))
        process = self.start("logs", "-f", "shop")
        self.read_until(process.stdout, "listening")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.INTERRUPTED)

    def test_logs_outlive_the_constellation(self):
        self.up(service("shop"))
        self.zp("down")
        self.assertIn("listening", self.zp("logs", "shop").stdout)

    def test_a_new_start_begins_a_new_log_and_keeps_the_one_before(self):
        self.up(talker("shop", "echo first"))
        self.zp("down")
        self.up(talker("shop", "echo second"))
        self.assertTrue(self.zp("logs", "shop").stdout.startswith("second\n"))
        with open(self.run_dir() + "/logs/shop.log.1",
                  encoding="utf-8") as file:
            self.assertTrue(file.read().startswith("first\n"))

    def test_an_unknown_service_has_no_log(self):
        self.up(service("shop"))
        done = self.zp("logs", "shpo", code=cli.NOT_FOUND)
        self.assertIn("did you mean shop?", done.stderr)
        done = self.zp("logs", "../../shop", code=cli.NOT_FOUND)
        self.assertIn("no log of ../../shop", done.stderr)

    def test_where_nothing_ever_ran_there_are_no_logs(self):
        self.zp("logs", "shop", code=cli.NOT_RUNNING)


if __name__ == "__main__":
    unittest.main()
