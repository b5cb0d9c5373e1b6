#  SPDX-License-Identifier: MIT
"""zp sub and zp relay: what is heard, and what is said of what was not."""

import json
import os
import signal
import subprocess
import unittest

import zmq

import cli
import pub_cli


def numbers(first, last):
    """Lines of one topic, from a number to another, both included."""
    return "".join(f"n {number}\n" for number in range(first, last + 1))


class Heard(pub_cli.Case):
    def test_filters_choose(self):
        publisher = self.pub(lines="a/x 1\na/y/x 2\nb 3\n")
        self.assertEqual(self.last("a/#"), {"a/x": 1, "a/y/x": 2})
        self.assertEqual(self.last("a/+"), {"a/x": 1})
        self.assertEqual(self.last("b", "a/x"), {"a/x": 1, "b": 3})
        self.assertEqual(self.last("none"), {})
        self.assertIsNone(publisher.poll())
        done = self.sub("a/#/b", code=cli.USAGE)
        self.assertIn("'a/#/b' is no filter", done.stderr)

    def test_who_joins_late_has_the_last_value_and_what_follows(self):
        publisher = self.pub()
        self.feed(publisher, "a 1\na 2\n")
        cli.wait_until(lambda: self.stat()["sequence"] == 2, "two updates")
        heard = self.listen("--count", "2")
        self.feed(publisher, "a 3\n")
        self.assertEqual(heard.stdout.read(), "a 2\na 3\n")
        self.assertEqual(heard.said, ["JOINED # at 2"])
        self.assertEqual(heard.wait(cli.PATIENCE_S), cli.OK)

    def test_with_new_there_is_no_last_value(self):
        publisher = self.pub()
        self.feed(publisher, "a 1\n")
        cli.wait_until(lambda: self.stat()["sequence"] == 1, "an update")
        heard = self.listen("--new", "--count", "1")
        self.feed(publisher, "a 2\n")
        self.assertEqual(heard.stdout.read(), "a 2\n")

    def test_any_bytes_are_shown_safely(self):
        publisher = self.start("pub", text=False, stdin=subprocess.PIPE)
        self.addCleanup(self.stop, publisher)
        publisher.stdin.write("a \033[31m\tö\n".encode() + b"b \xff\x1b\xc3\n")
        publisher.stdin.close()
        self.assertIn(b"published 2 updates",
                      b"".join(publisher.stderr.readline() for _ in "12"))
        lines = self.sub("--last").stdout.splitlines()
        self.assertEqual(sorted(lines), ["a \\x1B[31m\tö",
                                         r"b \xFF\x1B\xC3"])
        self.assertEqual(self.last(), {"a": "\033[31m\tö",
                                       "b": {"base64": "/xvD"}})

    def test_deleted_is_said(self):
        publisher = self.pub("--json")
        heard = self.listen()
        self.feed(publisher, '{"topic": "a", "value": 1}\n'
                  '{"topic": "a", "delete": true}\n')
        self.read_until(heard.stderr, "DELETED a")
        self.assertEqual(heard.stdout.readline(), "a 1\n")

    def test_ctrl_c_ends_it(self):
        self.pub()
        self.assertEqual(self.stop(self.listen(), signal.SIGINT),
                         (cli.INTERRUPTED, ""))

    def test_it_ends_when_nobody_reads_it(self):
        publisher = self.pub()
        heard = self.listen()
        heard.stdout.close()
        self.assertEqual(heard.wait(cli.PATIENCE_S), cli.OK)
        self.assertEqual(heard.stderr.read(), "")
        self.feed(publisher, "a 1\n")
        done = subprocess.run(
            ["/bin/sh", "-c", f"{cli.ZP} sub | head -n 1"], env=self.env,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True,
            timeout=cli.PATIENCE_S)
        self.assertEqual(done.stdout, b"a 1\n")

    def test_a_full_disk_is_an_error(self):
        self.pub(lines="a 1\n")
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([cli.ZP, "sub"], env=self.env, check=False,
                                  stdout=full, stderr=subprocess.PIPE,
                                  text=True, timeout=cli.PATIENCE_S)
        self.assertEqual(done.returncode, cli.ERROR)
        self.assertIn("No space left", done.stderr)

    def test_without_anybody_last_values_are_not_running(self):
        for words in (["--last"], ["--from", "1"]):
            done = self.sub(*words, "--timeout", "200", code=cli.NOT_RUNNING)
            self.assertIn("no publisher answers at", done.stderr)
        self.sub("-c", "nowhere", code=cli.USAGE)


class Missed(pub_cli.Case):
    def test_from_a_number_on_all_is_there_once(self):
        publisher = self.pub("--event")
        self.feed(publisher, numbers(1, 1000))
        cli.wait_until(lambda: self.stat()["sequence"] == 1000, "all")
        heard = self.listen("--from", "400", "--count", "1600")
        self.feed(publisher, numbers(1001, 2000))
        self.assertEqual(heard.stdout.read(), numbers(401, 2000))

    def test_while_more_is_published_none_is_missing_and_none_twice(self):
        lines = numbers(1, 200000)
        path = self.write("lines", lines)
        with open(path, encoding="utf-8") as file:
            self.daemon("pub", "--event", "--history", "300000",
                        said="updates at", stdin=file)
        heard = self.sub("n", "n/#", "--from", "0", "--count", "200000")
        self.assertEqual(heard.stdout, lines)

    def test_from_chooses_by_its_filters(self):
        self.pub(lines="a/x 1\nb 2\na/y 3\nc 4\na/x 5\n")
        done = self.sub("a/+", "c", "--from", "1", "--count", "3")
        self.assertEqual(done.stdout, "a/y 3\nc 4\na/x 5\n")

    def test_what_is_not_kept_any_more_is_lost(self):
        self.pub("--event", "--history", "10", lines=numbers(1, 100))
        self.assertEqual(self.sub("--from", "95", "--count", "5").stdout,
                         numbers(96, 100))
        done = self.sub("--from", "50", code=cli.ERROR)
        self.assertEqual(done.stdout, "")
        self.assertIn("LOST from 51 to 100\n", done.stderr)
        self.assertIn("does not keep so much", done.stderr)
        done = self.sub("--from", "50", "--json", code=cli.ERROR)
        lost = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual(lost, {"kind": "lost", "from": 51, "to": 100})

    def test_the_number_of_another_stream_is_noticed(self):
        self.pub("--event", lines=numbers(1, 10))
        stream = self.stat()["stream"]
        done = self.sub("--from", stream + ":9", "--count", "1")
        self.assertEqual(done.stdout, "n 10\n")
        for number in ("11", f"{int(stream, 16) ^ 1:x}:9"):
            done = self.sub("--from", number, code=cli.ERROR)
            self.assertIn("LOST", done.stderr)
            self.assertIn("restarted", done.stderr)
        for number in ("", "x", "1:", ":1x", "-1", "1:2:3", "9" * 30):
            done = self.sub("--from", number, code=cli.USAGE)
            self.assertIn("--from takes", done.stderr)

    def test_gone_back_and_restarted_are_said(self):
        publisher = self.pub("--will", "good\033bye", "--heartbeat", "100")
        heard = self.listen()
        self.feed(publisher, "a 1\n")
        self.assertEqual(heard.stdout.readline(), "a 1\n")
        publisher.kill()
        publisher.wait(cli.PATIENCE_S)
        said = self.read_until(heard.stderr, "GONE")
        self.assertEqual(said, [r"GONE good\x1Bbye"])
        self.pub(lines="a 2\n")
        self.read_until(heard.stderr, "RESTARTED")
        self.assertEqual(heard.stdout.readline(), "a 2\n")


class Slow(pub_cli.Case):
    """A subscriber whose output nobody reads, until all is published."""

    COUNT = 60000

    def hear(self, *words):
        publisher = self.pub("--event", "--once", "--wait", "1",
                             "--heartbeat", "100", "--history", "100000")
        heard = self.start("sub", "--json", *words)
        self.addCleanup(self.stop, heard)
        self.feed(publisher, numbers(1, self.COUNT))
        publisher.stdin.close()
        self.assertEqual(publisher.wait(cli.PATIENCE_S), cli.OK)
        return [json.loads(line)
                for line in self.read_until(heard.stdout, '"gone"')]

    def test_drop_oldest_says_how_many(self):
        news = self.hear("--overflow", "drop-oldest")
        told = [one["payload"] for one in news if one["kind"] == "event"]
        dropped = sum(one.get("count", 0) for one in news)
        self.assertGreater(dropped, 0)
        self.assertEqual(len(told) + dropped, self.COUNT)
        self.assertEqual(told, sorted(told))
        self.assertEqual(told[-1], self.COUNT)

    def test_conflate_keeps_the_newest(self):
        news = self.hear("--overflow", "conflate")
        told = [one["payload"] for one in news if one["kind"] == "event"]
        self.assertLess(len(told), self.COUNT)
        self.assertEqual(told[-1], self.COUNT)


class Plain(pub_cli.Case):
    """A PUB socket that knows nothing of all this."""

    def setUp(self):
        super().setUp()
        context = zmq.Context()
        self.addCleanup(context.destroy, 0)
        self.socket = context.socket(zmq.XPUB)
        self.at = f"ipc://{self.folder}/plain"
        self.socket.bind(self.at)

    def test_it_is_heard(self):
        heard = self.start("sub", "a/#", "b", "-c", self.at, "--count", "3")
        self.addCleanup(self.stop, heard)
        seen = set()
        while not {b"\1a/", b"\1b"} <= seen:
            self.assertTrue(self.socket.poll(1000 * cli.PATIENCE_S))
            seen.add(self.socket.recv())
        self.socket.send_multipart([b"a/x", b"one", b"more"])
        self.socket.send(b"a/y\0two")
        self.socket.send_multipart([b"b\033", b"no"])
        self.socket.send_multipart([b"b", b"three"])
        self.assertEqual(heard.stdout.read(), "a/x one\na/y two\nb three\n")

    def test_it_keeps_nothing(self):
        for words in (["--last"], ["--from", "1"]):
            done = self.sub("-c", self.at, *words, code=cli.USAGE)
            self.assertIn("a plain publisher keeps nothing", done.stderr)


class Relay(pub_cli.Case):
    def relay(self, *words):
        return self.daemon("relay", *words, said="relaying")

    def test_it_passes_on_what_it_hears(self):
        publisher = self.pub()
        relay = self.relay("--json")
        self.assertIn("relay.updates", relay.said[0])
        at = relay.said[0].split()[2] + relay.said[0].split()[5]
        heard = self.listen("-c", at, "--count", "2")
        self.feed(publisher, "a 1\nb 2\n")
        self.assertEqual(heard.stdout.read(), "a 1\nb 2\n")
        self.assertEqual(self.last("-c", at), {"a": 1, "b": 2})
        self.assertEqual(self.stat("-c", at)["stream"],
                         self.stat()["stream"])
        self.assertEqual(self.sub("-c", at, "--from", "1", "--count",
                                  "1").stdout, "b 2\n")
        self.assertIn("this is a relay",
                      self.zp("pub", "stat", "-c", at).stdout)
        self.assertEqual(self.stop(relay)[0], cli.OK)
        figures = json.loads(relay.stdout.read())
        self.assertEqual((figures["sequence"], figures["told"],
                          figures["lost"]), (2, 2, 0))

    def test_relays_stand_behind_each_other_and_filter(self):
        self.pub("--bind", self.place("0"), lines="a/x 1\nb 2\n")
        self.relay("-c", self.place("0"), "-b", self.place("1"))
        self.relay("-c", self.place("1"), "-b", self.place("2"), "--filter",
                   "a/#")
        self.assertEqual(self.last("-c", self.place("1")), {"a/x": 1, "b": 2})
        self.assertEqual(self.last("a/#", "-c", self.place("2")), {"a/x": 1})

    def test_it_goes_on_in_the_background(self):
        self.pub(lines="a 1\n")
        done = self.zp("relay", "--detach", "-b", self.place("1"))
        self.assertIn("in the background: process", done.stderr)
        self.assertEqual(self.last("-c", self.place("1")), {"a": 1})
        [pid] = [pid for pid, line in self.processes().items()
                 if "zp relay" in line]
        os.kill(pid, signal.SIGTERM)
        cli.wait_until(lambda: pid not in self.processes(), "its end")
        log = os.path.join(os.path.dirname(self.run_dir()), "relay.log")
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read(), "stopped at 1; 1 updates passed on\n")

    def test_a_filter_it_can_not_have_is_a_mistake(self):
        for filter_ in ("a/+", "a//b", ""):
            done = self.zp("relay", "--filter", filter_, code=cli.USAGE)
            self.assertIn("--filter can't be", done.stderr)


if __name__ == "__main__":
    unittest.main()
