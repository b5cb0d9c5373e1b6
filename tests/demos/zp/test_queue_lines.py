#  SPDX-License-Identifier: MIT
"""zp queue put --lines: many messages at once, and what became of each."""

import os
import subprocess
import unittest

import cli
import queue_cli

MANY = 10000


class Lines(queue_cli.Case):
    def test_each_of_many_lines_is_a_message(self):
        self.serve()
        done = self.put_lines(queue_cli.lines(1, MANY))
        self.assertEqual(done.stdout.split(),
                         [str(number) for number in range(1, MANY + 1)])
        self.assertEqual(done.stderr, f"put {MANY} messages into jobs\n")
        self.assertEqual(self.stat()["ready"], MANY)
        self.assertEqual(self.peek("--count", str(MANY)),
                         queue_cli.lines(1, MANY).splitlines())

    def test_lines_are_bytes_without_their_ends(self):
        self.serve()
        self.put_lines("one\n\ntwo\r\nlast")
        self.assertEqual(self.peek(), ["one", "", "two\r", "last"])
        self.assertEqual(self.put_lines("").stderr,
                         "put 0 messages into jobs\n")

    def test_lines_may_come_from_a_file(self):
        self.serve()
        path = self.write("lines", queue_cli.lines(1, 3))
        self.queue("put", "jobs", "@" + path, "--lines", "--delay", "3600000")
        self.assertEqual(self.stat()["delayed"], 3)
        done = self.queue("put", "jobs", "@/no/such/file", "--lines",
                          code=cli.NOT_FOUND)
        self.assertIn("can't open /no/such/file", done.stderr)
        done = self.queue("put", "jobs", "@/tmp", "--lines", code=cli.ERROR)
        self.assertIn("can't read: Is a directory", done.stderr)
        done = self.queue("put", "jobs", "body", "--lines", code=cli.USAGE)
        self.assertIn("--lines takes lines of - or @FILE", done.stderr)

    def test_long_lines_are_put_too(self):
        self.serve()
        sizes = [1, 70000, 5 << 20, 0, 7 << 20, 3]
        self.put_lines("\n".join("x" * size for size in sizes) + "\n")
        shown = self.json("peek", "jobs", "--count", "6")
        self.assertEqual([one["size_bytes"] for one in shown], sizes)

    def test_a_line_that_no_message_can_be_ends_it(self):
        self.serve()
        done = self.put_lines("a\n" + "x" * ((16 << 20) + 200000),
                              code=cli.USAGE)
        self.assertIn("line 2 is longer than 16777216 bytes", done.stderr)
        self.assertIn("put 1 message into jobs", done.stderr)

    def test_a_line_is_put_when_it_comes_and_not_at_the_end(self):
        self.serve()
        process = subprocess.Popen(
            [cli.ZP, "queue", "put", "jobs", "-", "--lines"], env=self.env,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        for stream in (process.stdin, process.stdout, process.stderr):
            self.addCleanup(stream.close)
        process.stdin.write("one\nbegun")
        process.stdin.flush()
        cli.wait_until(lambda: self.json("ls") and self.stat()["ready"] == 1,
                       "the first line")
        process.stdin.close()
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.OK)
        self.assertEqual(self.peek(), ["one", "begun"])

    def test_as_json_each_id_is_with_its_line(self):
        self.serve()
        done = self.put_lines("a\nb\n", "--json")
        self.assertEqual(done.stdout,
                         '{"line":1,"id":1}\n{"line":2,"id":2}\n')

    def test_a_full_queue_ends_it_and_every_line_is_accounted_for(self):
        self.serve("--max-messages", "500")
        done = self.put_lines(queue_cli.lines(1, MANY), "--json",
                              code=cli.ERROR)
        ids = [queue_cli.json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(ids), 500)
        self.assertEqual(self.stat()["ready"], 500)
        self.assertRegex(done.stderr, r"line \d+: RESOURCE_EXHAUSTED: .*500")
        self.assertIn("put 500 messages into jobs", done.stderr)
        self.assertRegex(done.stderr, r"nothing after line \d+ was put")
        shown = self.json("peek", "jobs", "--count", "500")
        self.assertEqual({one["id"]: one["body"] for one in shown},
                         {one["id"]: f"line {one['line']}" for one in ids})

    def test_with_ids_the_same_again_puts_only_what_is_missing(self):
        broker = self.serve("--max-messages", "600")
        words = ["--id", "monday"]
        self.put_lines(queue_cli.lines(1, 1000), *words, code=cli.ERROR)
        self.assertEqual(self.stop(broker)[0], cli.OK)
        self.serve()
        self.put_lines(queue_cli.lines(1, 1000), *words)
        self.assertEqual(self.stat()["ready"], 1000)
        self.assertEqual(self.peek("--count", "1000"),
                         queue_cli.lines(1, 1000).splitlines())

    def test_ctrl_c_ends_it_and_tells_how_far_it_was(self):
        broker = self.serve()
        process = subprocess.Popen(
            [cli.ZP, "queue", "put", "jobs", "-", "--lines", "--timeout",
             "3600000"], env=self.env, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for stream in (process.stdin, process.stdout, process.stderr):
            self.addCleanup(stream.close)
        process.stdin.write("one\n")
        process.stdin.flush()
        cli.wait_until(lambda: self.json("ls") and self.stat()["ready"] == 1,
                       "the first line")
        os.kill(broker.pid, queue_cli.signal.SIGSTOP)
        self.addCleanup(os.kill, broker.pid, queue_cli.signal.SIGCONT)
        process.stdin.write("two\nthree\n")
        process.stdin.flush()
        process.send_signal(queue_cli.signal.SIGINT)
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.INTERRUPTED)
        said = process.stderr.read()
        self.assertIn("put 1 message into jobs", said)
        self.assertRegex(said, r"nothing after line [1-3] was put")

    def test_on_a_terminal_it_shows_how_far_it_is(self):
        broker = self.serve()
        terminal = cli.Terminal(
            self, "/bin/sh", "-c",
            f"(echo one; cat) | {cli.ZP} queue put jobs - --lines")
        terminal.read_until("put 1 messages into jobs")
        terminal.type("\x04")
        self.assertEqual(terminal.end(), cli.OK)
        self.assertIsNone(broker.poll())


if __name__ == "__main__":
    unittest.main()
