#  SPDX-License-Identifier: MIT
"""zp pub: what a line becomes, and when it begins and ends."""

import json
import os
import signal
import subprocess
import unittest

import cli
import pub_cli


class Lines(pub_cli.Case):
    def test_a_line_is_the_value_of_a_topic(self):
        self.pub(lines="a one\na two\nb x y\nc\nd  z\n")
        self.assertEqual(self.last(), {"a": "two", "b": "x y", "c": "",
                                       "d": " z"})

    def test_with_event_it_is_no_value(self):
        publisher = self.pub("--event")
        heard = self.listen("--count", "1")
        self.feed(publisher, "a one\n")
        self.assertEqual(heard.stdout.read(), "a one\n")
        self.assertEqual(self.last(), {})

    def test_values_can_have_an_end(self):
        publisher = self.pub("--ttl", "200")
        heard = self.listen_json("--new", "--count", "2")
        self.feed(publisher, "a one\n")
        news = [json.loads(line) for line in heard.stdout]
        self.assertEqual([(one["kind"], one["topic"]) for one in news],
                         [("value", "a"), ("deleted", "a")])
        self.assertEqual(news[0]["ttl_ms"], 200)

    def test_json_lines_say_all(self):
        publisher = self.pub("--json")
        heard = self.listen_json("--count", "6")
        self.feed(publisher, "\n".join(json.dumps(line) for line in [
            {"topic": "a", "value": "text"},
            {"topic": "b", "value": {"n": [1, None]}},
            {"topic": "c", "value": 7, "ttl_ms": 3600000},
            {"topic": "d", "value": "now", "event": True},
            {"topic": "e", "event": True},
            {"topic": "a", "delete": True}]) + "\n")
        news = [json.loads(line) for line in heard.stdout]
        self.assertEqual(
            [(one["kind"], one["topic"], one.get("payload")) for one in news],
            [("value", "a", "text"), ("value", "b", {"n": [1, None]}),
             ("value", "c", 7), ("event", "d", "now"), ("event", "e", ""),
             ("deleted", "a", None)])
        self.assertEqual(news[2]["ttl_ms"], 3600000)
        self.assertEqual([one["sequence"] for one in news], [1, 2, 3, 4, 5, 6])
        self.assertEqual(self.last(), {"b": {"n": [1, None]}, "c": 7})

    def test_wrong_lines_are_said_and_passed_over(self):
        publisher = self.pub("--once", lines="a 1\n\na/+ 2\nb\0c 3\nd 4\n")
        self.assertEqual(self.last(), {"a": 1, "d": 4})
        said = "\n".join(publisher.said)
        for number in (2, 3):
            self.assertIn(f"line {number}: no topic", said)
        self.assertIn("line 4: there is a NUL", said)
        self.assertIn("published 2 updates", said)
        self.assertEqual(publisher.wait(cli.PATIENCE_S), cli.USAGE)

    def test_wrong_json_lines_too(self):
        publisher = self.pub("--json", lines="\n".join([
            "x", "{}", "[]", '{"topic": "a"}', '{"topic": 1, "value": 1}',
            '{"topic": "a", "value": 1, "tll_ms": 5}',
            '{"topic": "a", "value": 1, "ttl_ms": -1}',
            '{"topic": "a", "value": 1, "event": "yes"}',
            '{"topic": "a", "value": 1}']) + "\n")
        said = "\n".join(publisher.said)
        for number in range(1, 9):
            self.assertIn(f"line {number}: ", said)
        self.assertIn("tll_ms", said)
        self.assertIn("published 1 update", said)

    def test_a_line_that_no_message_can_be_ends_it(self):
        publisher = self.pub("--once")
        self.feed(publisher, "a 1\nb ")
        try:
            self.feed(publisher, "x" * ((16 << 20) + 200000))
        except BrokenPipeError:
            pass
        said = self.read_until(publisher.stderr, "published 1 update")
        self.assertIn("line 2 is longer than 16777216 bytes", said[0])
        self.assertEqual(publisher.wait(cli.PATIENCE_S), cli.USAGE)


class Ends(pub_cli.Case):
    def test_at_the_end_of_the_lines_it_stays(self):
        publisher = self.pub(lines="a 1\n")
        self.assertEqual(self.last(), {"a": 1})
        self.assertEqual(self.stop(publisher, signal.SIGINT)[0], cli.OK)

    def test_with_once_it_ends_when_nobody_asks_any_more(self):
        publisher = self.pub("--once", "--heartbeat", "100", lines="a 1\n")
        self.assertEqual(publisher.wait(cli.PATIENCE_S), cli.OK)

    def test_it_waits_for_those_who_are_to_hear_it(self):
        publisher = self.pub("--once", "--wait", "2", "--event")
        self.feed(publisher, "a 1\n")
        publisher.stdin.close()
        first = self.listen("--count", "1")
        self.assertEqual(self.stat()["sequence"], 0)
        second = self.listen("--count", "1")
        for heard in (first, second):
            self.assertEqual(heard.stdout.read(), "a 1\n")
        self.assertEqual(publisher.wait(cli.PATIENCE_S), cli.OK)

    def test_who_stops_it_early_is_told_so(self):
        for words in (["--once"], ["--wait", "1"]):
            self.assertEqual(self.stop(self.pub(*words))[0], cli.INTERRUPTED)

    def test_all_of_many_lines_arrive_before_it_ends(self):
        publisher = self.pub("--once", "--wait", "1", "--event",
                             "--heartbeat", "200", "--history", "200000")
        heard = self.listen()
        lines = "".join(f"n {number}\n" for number in range(100000))
        self.feed(publisher, lines)
        publisher.stdin.close()
        for line in lines.splitlines():
            self.assertEqual(heard.stdout.readline().rstrip("\n"), line)
        self.assertEqual(publisher.wait(cli.PATIENCE_S), cli.OK)


class Where(pub_cli.Case):
    def test_it_says_where_it_is(self):
        publisher = self.pub()
        base = f"ipc://{self.path(f'zpatterns-{os.geteuid()}')}/pub"
        self.assertEqual(publisher.said[0], f"updates at {base}.updates, "
                         f"requests at {base}.requests")

    def test_places_can_be_named(self):
        publisher = self.pub("--bind", "tcp://127.0.0.1:*,tcp://127.0.0.1:*",
                             "-b", self.place("x"), lines="a 1\n")
        self.assertEqual(len(publisher.said), 3)
        words = publisher.said[0].split()
        tcp = words[2] + words[5]
        self.assertEqual(self.last("--connect", tcp), {"a": 1})
        self.assertEqual(self.last("-c", self.place("x")), {"a": 1})
        self.env["ZP_PUB"] = self.place("x")
        self.assertEqual(self.last(), {"a": 1})
        self.assertEqual(self.stat()["values"], 1)

    def test_two_can_not_be_at_the_same_place(self):
        self.pub()
        done = self.zp("pub", code=cli.ERROR)
        self.assertIn("in use", done.stderr)

    def test_half_a_place_is_a_mistake(self):
        done = self.zp("pub", "--bind", "tcp://127.0.0.1:*", code=cli.USAGE)
        self.assertIn("only one endpoint of two", done.stderr)
        self.assertIn("UPDATES,REQUESTS", done.stderr)
        done = self.zp("pub", "--bind", "here,tcp://127.0.0.1:*",
                       code=cli.USAGE)
        self.assertIn("here", done.stderr)
        done = self.zp("pub", "--will", "x" * 256, code=cli.USAGE)
        self.assertIn("255 bytes", done.stderr)


class Stat(pub_cli.Case):
    def test_figures_are_shown(self):
        self.pub(lines="a 1\nb 2\n")
        text = self.zp("pub", "stat").stdout
        self.assertRegex(text, r"(?m)^sequence +2 ")
        self.assertRegex(text, r"(?m)^values +2 ")
        figures = self.stat()
        self.assertEqual((figures["sequence"], figures["relay"]), (2, False))

    def test_nobody_there_is_not_running(self):
        done = self.zp("pub", "stat", "--timeout", "200",
                       code=cli.NOT_RUNNING)
        self.assertIn("no publisher answers at", done.stderr)
        self.assertIn("zp pub", done.stderr)

    def test_what_is_no_publisher_is_told_so(self):
        self.daemon("queue", "serve", self.path("jobs.db"), said="taken back")
        at = f"ipc://{self.path(f'zpatterns-{os.geteuid()}')}/queue.sock"
        done = self.zp("pub", "stat", "-c", f"ipc://x,{at}", code=cli.ERROR)
        self.assertIn("is no publisher", done.stderr)
        self.zp("pub", "stat", "-c", at, code=cli.USAGE)
        self.zp("pub", "stat", "-c", "ipc://x,a://b", code=cli.USAGE)


class Slow(pub_cli.Case):
    """A subscriber that takes nothing for a while."""

    COUNT = 40000

    def freeze(self, *words):
        """A publisher with more to say than a frozen subscriber has room
        for, and the subscriber."""
        publisher = self.pub("--event", *words)
        heard = self.listen("--count", str(self.COUNT))
        heard.send_signal(signal.SIGSTOP)
        self.addCleanup(heard.send_signal, signal.SIGCONT)
        path = self.write("lines", "".join(f"n {number} {'x' * 1000}\n"
                                           for number in range(self.COUNT)))
        writer = subprocess.Popen(["cat", path], stdout=publisher.stdin,
                                  env=self.env)
        publisher.stdin.close()
        self.addCleanup(writer.wait)
        self.addCleanup(self.stop, publisher)
        return publisher, heard

    def test_with_block_it_is_waited_for(self):
        _, heard = self.freeze("--block", "-1", "--heartbeat", "3600000")
        cli.wait_until(lambda: self.stat()["blocked"], "no room")
        heard.send_signal(signal.SIGCONT)
        self.assertEqual(heard.stdout.read().split()[1::3],
                         [str(number) for number in range(self.COUNT)])

    def test_who_waits_for_it_hears_ctrl_c(self):
        publisher, _ = self.freeze("--block", "-1", "--heartbeat", "3600000")
        cli.wait_until(lambda: self.stat()["blocked"], "no room")
        self.assertEqual(self.stop(publisher, signal.SIGINT)[0], cli.OK)

    def test_without_it_all_others_go_on(self):
        publisher, _ = self.freeze()
        self.read_until(publisher.stderr, f"published {self.COUNT} updates")


if __name__ == "__main__":
    unittest.main()
