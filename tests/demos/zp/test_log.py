#  SPDX-License-Identifier: MIT
"""zp log: what is appended is on disk, and is read from any offset."""

import json
import os
import signal
import subprocess
import unittest

import cli
import log_cli
from cli import service

MANY = 10000


class Append(log_cli.Case):
    def test_the_offset_is_printed(self):
        self.serve()
        self.assertEqual([self.append("one"), self.append("two")], [0, 1])
        self.assertEqual(self.json("append", "views", "x"), {"offset": 2})
        self.assertEqual(self.log("append", "views", "-", input="a\nb").stdout,
                         "3\n")
        path = self.write("body", "of a file")
        self.log("append", "views", "@" + path)
        self.assertEqual(self.read(), ["one", "two", "x", r"a\x0Ab",
                                       "of a file"])

    def test_only_at_the_expected_offset(self):
        self.serve()
        self.append("one", "--expect", "0")
        done = self.log("append", "views", "two", "--expect", "0",
                        code=cli.ERROR)
        self.assertIn("ABORTED: 1 is the next offset", done.stderr)
        self.append("two", "--expect", "1")

    def test_the_same_id_is_the_same_event(self):
        self.serve()
        self.assertEqual([self.append("one", "--id", "x"),
                          self.append("one", "--id", "x"),
                          self.append("one")], [0, 0, 1])

    def test_lines_are_events_in_their_order(self):
        self.serve()
        done = self.append_lines(log_cli.lines(1, MANY))
        self.assertEqual(done.stdout.split(), [str(n) for n in range(MANY)])
        self.assertEqual(done.stderr, f"appended {MANY} events to views\n")
        self.assertEqual(self.read(), log_cli.lines(1, MANY).splitlines())
        done = self.append_lines("a\nb\n", "--json")
        self.assertEqual(done.stdout, '{"line":1,"offset":10000}\n'
                         '{"line":2,"offset":10001}\n')

    def test_lines_can_expect_too(self):
        self.serve()
        self.append_lines(log_cli.lines(1, 100), "--expect", "0")
        done = self.append_lines(log_cli.lines(1, 100), "--expect", "99",
                                 code=cli.ERROR)
        self.assertIn("line 1: ABORTED: 100 is the next", done.stderr)
        self.assertIn("appended 0 events to views", done.stderr)
        self.assertEqual(self.stat()["next"], 100)

    def test_with_ids_the_same_again_appends_only_what_is_missing(self):
        server = self.serve("--max-events", "60")
        words = ["--id", "monday"]
        done = self.append_lines(log_cli.lines(1, 100), *words, code=cli.ERROR)
        self.assertIn("line 61: RESOURCE_EXHAUSTED", done.stderr)
        self.assertIn("nothing after line 61 was appended", done.stderr)
        self.assertEqual(self.stop(server)[0], cli.OK)
        self.serve()
        self.append_lines(log_cli.lines(1, 100), *words)
        self.assertEqual(self.read(), log_cli.lines(1, 100).splitlines())


class Read(log_cli.Case):
    def test_it_begins_and_ends_where_it_is_told(self):
        self.serve()
        self.append_lines(log_cli.lines(0, 99))
        self.assertEqual(self.read("--from", "10", "--count", "2"),
                         ["line 10", "line 11"])
        self.assertEqual(len(self.read("--from", "start", "--count", "70")),
                         70)
        self.assertEqual(self.read("--from", "98"), ["line 98", "line 99"])
        self.assertEqual(self.read("--from", "end"), [])
        self.assertEqual(self.read("--from", "100"), [])

    def test_what_makes_no_sense_is_a_mistake(self):
        self.serve()
        self.append("one")
        for word in ("", "x", "-1", "1x", "middle", "9" * 30):
            done = self.log("read", "views", "--from", word, code=cli.USAGE)
            self.assertIn("--from takes an offset", done.stderr)
        done = self.log("read", "views", "--from", "7", code=cli.ERROR)
        self.assertIn("OUT_OF_RANGE: 1 is the next offset", done.stderr)
        done = self.log("read", "vews", code=cli.NOT_FOUND)
        self.assertIn("did you mean views?", done.stderr)
        done = self.log("read", "other", code=cli.NOT_FOUND)
        self.assertIn("try: zp log ls", done.stderr)
        done = self.log("read", "views", "--member", "a", code=cli.USAGE)
        self.assertIn("--member is for a --group", done.stderr)

    def test_as_json_it_is_exact(self):
        self.serve()
        self.append('{"film": 7}', "--id", "a")
        subprocess.run([cli.ZP, "log", "append", "views", "-"], env=self.env,
                       input=b"\xff\x00\n", stdout=subprocess.DEVNULL,
                       check=True)
        first, second = [json.loads(line) for line in self.read("--json")]
        self.assertEqual((first["offset"], first["id"], first["body"]),
                         (0, "a", {"film": 7}))
        self.assertGreater(first["time_ms"], 1577836800000)
        self.assertEqual(second["body"], {"base64": "/wAK"})
        self.assertEqual(self.read("--from", "1"), [r"\xFF\x00\x0A"])

    def test_it_can_wait_for_the_first(self):
        self.serve()
        self.append("one")
        reading = self.start("log", "read", "views", "--from", "1", "--wait",
                             "3600000")
        self.addCleanup(self.stop, reading)
        self.append("two")
        self.assertEqual(reading.stdout.read(), "two\n")
        self.assertEqual(reading.wait(cli.PATIENCE_S), cli.OK)

    def test_what_is_trimmed_is_told(self):
        self.serve()
        self.append_lines(log_cli.lines(0, 9))
        self.assertEqual(self.log("trim", "views", "4", "--yes").stderr,
                         "trimmed 4 events of views\n")
        done = self.log("read", "views", "--from", "2", code=cli.ERROR)
        self.assertIn("OUT_OF_RANGE: 4 is the first event that is kept",
                      done.stderr)
        self.assertIn("--from start", done.stderr)
        self.assertEqual(self.read("--count", "1"), ["line 4"])

    def test_what_nobody_could_read_was_not_printed(self):
        self.serve()
        self.append("one")
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(
                [cli.ZP, "log", "read", "views", "--group", "mail"],
                env=self.env, stdout=full, stderr=subprocess.PIPE, text=True,
                check=False, timeout=cli.PATIENCE_S)
        self.assertEqual(done.returncode, cli.ERROR)
        self.assertIn("what was not acked will be delivered again",
                      done.stderr)
        self.assertEqual(self.group()["position"], 0)


class Follow(log_cli.Case):
    def test_it_prints_what_comes(self):
        self.serve()
        self.append("one")
        following = self.follow()
        self.append("two")
        self.assertEqual(following.stdout.readline(), "two\n")
        self.assertEqual(self.stop(following, signal.SIGINT)[0],
                         cli.INTERRUPTED)

    def test_from_an_offset_on_nothing_is_missing(self):
        self.serve()
        self.append_lines(log_cli.lines(0, 4999))
        following = self.follow("--from", "1000", "--count", "8000")
        self.append_lines(log_cli.lines(5000, 9999))
        self.assertEqual(following.stdout.read(), log_cli.lines(1000, 8999))
        self.assertEqual(following.wait(cli.PATIENCE_S), cli.OK)

    def test_it_goes_on_when_the_server_comes_back(self):
        server = self.serve()
        self.append("one")
        following = self.follow("--from", "start")
        self.assertEqual(following.stdout.readline(), "one\n")
        server.kill()
        server.wait(cli.PATIENCE_S)
        self.read_until(following.stderr, "GONE")
        self.serve()
        self.append("two")
        self.assertEqual(following.stdout.readline(), "two\n")
        self.read_until(following.stderr, "BACK")

    def test_the_log_need_not_be_there_yet(self):
        self.serve()
        following = self.start("log", "follow", "views", "--from", "start",
                               "--count", "1")
        self.addCleanup(self.stop, following)
        self.append("one")
        self.assertEqual(following.stdout.read(), "one\n")

    def test_what_was_trimmed_is_lost(self):
        self.serve()
        self.append_lines(log_cli.lines(0, 9))
        self.log("trim", "views", "5", "--yes")
        done = self.log("follow", "views", "--from", "2", "--count", "1")
        self.assertEqual((done.stdout, done.stderr),
                         ("line 5\n", "LOST from 2 to 4: trimmed\n"))
        done = self.log("follow", "views", "--from", "2", "--count", "1",
                        "--json")
        self.assertEqual(json.loads(done.stdout.splitlines()[0]),
                         {"kind": "lost", "from": 2, "to": 4})

    def test_what_can_not_be_followed_is_an_error(self):
        self.serve()
        self.append("one")
        done = self.log("follow", "views", "--from", "7", code=cli.ERROR)
        self.assertIn("OUT_OF_RANGE: 1 is the next offset", done.stderr)
        done = self.log("follow", "a b", code=cli.ERROR)
        self.assertIn("INVALID_ARGUMENT", done.stderr)
        self.log("follow", "views", "--at", "a://b", code=cli.USAGE)

    def test_it_ends_when_nobody_reads_it(self):
        self.serve()
        self.append("one")
        following = self.follow()
        following.stdout.close()
        self.assertEqual(following.wait(cli.PATIENCE_S), cli.OK)

    def test_a_slow_reader_gets_all_in_the_end(self):
        self.serve()
        self.append("begin")
        following = self.follow("--from", "end", "--count", "30000")
        self.append_lines(log_cli.lines(1, 30000))
        self.assertEqual(following.stdout.read(), log_cli.lines(1, 30000))
        self.assertEqual(following.wait(cli.PATIENCE_S), cli.OK)


class Serve(log_cli.Case):
    def test_it_says_what_it_has_found(self):
        server = self.serve()
        self.append("one")
        self.append("two", log="other")
        self.assertEqual(self.stop(server), (cli.OK, "stopped\n"))
        server = self.serve()
        self.assertRegex(server.said[1],
                         r"events\.db: 2 events in 2 logs, found in \d\.\d s$")
        self.assertEqual(self.read(), ["one"])

    def test_killed_it_has_lost_nothing_that_was_confirmed(self):
        for round_ in range(3):
            journal = f"{round_}.db"
            server = self.serve(journal=journal)
            appending = subprocess.Popen(
                ["/bin/sh", "-c",
                 f"seq 100000000 | {cli.ZP} log append views - --lines"],
                env=self.env, text=True, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
            self.addCleanup(appending.stdout.close)
            offsets = [appending.stdout.readline()
                       for _ in range(2000 * (round_ + 1))]
            server.kill()
            offsets += appending.stdout.readlines()
            appending.wait(cli.PATIENCE_S)
            server.wait(cli.PATIENCE_S)
            server = self.serve(journal=journal)
            bodies = self.read()
            self.assertGreaterEqual(len(bodies), len(offsets))
            self.assertEqual(bodies, [str(n + 1) for n in range(len(bodies))])
            self.assertEqual(self.stop(server)[0], cli.OK)

    def test_what_is_kept_can_be_bounded(self):
        self.serve("--keep-events", "10")
        self.append_lines(log_cli.lines(0, 99))
        self.assertEqual(self.read(), log_cli.lines(90, 99).splitlines())
        self.append("x", log="other")
        self.log("keep", "other", "--keep-events", "3", "--yes")
        self.append_lines("a\nb\nc\nd\n", log="other")
        self.assertEqual(self.read(log="other"), ["b", "c", "d"])
        self.assertEqual(self.stat("other")["keep_events"], 3)

    def test_events_are_published_too(self):
        place = ",".join(f"ipc://{self.folder}/{end}" for end in "ur")
        self.serve("--publish", place)
        hearing = self.daemon("sub", "views", "--count", "2", "-c", place,
                              said="JOINED")
        self.append("one")
        self.append("no", log="other")
        self.append("two")
        self.assertEqual(hearing.stdout.read(), "views one\nviews two\n")

    def test_it_can_be_in_the_background(self):
        done = self.log("serve", self.path("a.db"), "--detach")
        self.assertIn("in the background: process", done.stderr)
        self.append("one")
        self.assertEqual(self.read(), ["one"])
        for pid in self.processes():
            os.kill(pid, signal.SIGTERM)
        self.assert_nothing_left()
        log = os.path.join(os.path.dirname(self.run_dir()), "log.log")
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read(), "stopped\n")

    def test_it_can_be_a_service(self):
        self.up({"name": "log", "program": "zp",
                 "args": ["log", "serve", "{dir}/e.db", "--bind", "{log}"],
                 "endpoint": "ipc://{run}/log"}, service("catalog"))
        self.append("one")
        self.assertEqual(self.read("--at", "log"), ["one"])
        done = self.log("ls", "--at", "catalog", code=cli.ERROR)
        self.assertIn("is no event log", done.stderr)
        self.env["ZP_LOG"] = f"ipc://{self.run_dir()}/log"
        self.assertEqual(self.read(), ["one"])

    def test_nobody_there_is_not_running(self):
        for words in (["ls"], ["follow", "views"]):
            done = self.log(*words, code=cli.NOT_RUNNING)
            self.assertIn("no event log is running", done.stderr)
            self.assertIn("zp log serve", done.stderr)
        done = self.log("ls", "--at", f"ipc://{self.folder}/none",
                        "--timeout", "200", code=cli.NOT_RUNNING)
        self.assertIn("no event log answers at", done.stderr)

    def test_what_can_be_no_journal_is_told(self):
        path = self.write("notes.txt", "These are notes.\n" * 100)
        done = self.log("serve", path, code=cli.ERROR)
        self.assertIn("notes.txt", done.stderr)
        self.serve()
        done = self.log("serve", self.path("events.db"), "--bind",
                        f"ipc://{self.folder}/b", code=cli.ERROR)
        self.assertIn("events.db", done.stderr)


if __name__ == "__main__":
    unittest.main()
