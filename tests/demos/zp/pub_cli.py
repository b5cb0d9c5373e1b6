#  SPDX-License-Identifier: MIT
"""What the tests of zp pub, zp sub and zp relay share."""

import json
import os
import signal
import subprocess

import cli


class Case(cli.Case):
    def setUp(self):
        super().setUp()
        self.env.pop("ZP_PUB", None)

    def place(self, name):
        """The two endpoints of a place of this test, as typed."""
        return ",".join(f"ipc://{self.folder}/{name}.{end}" for end in "ur")

    def pub(self, *words, lines=None, said="updates at"):
        """Run a publisher that has published those lines, until the test's end
        unless it ends by itself."""
        process = subprocess.Popen(
            [cli.ZP, "pub", *words], env=self.env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.own(process)
        process.said = self.read_until(process.stderr, said)
        if lines is not None:
            self.feed(process, lines)
            process.stdin.close()
            process.said += self.read_until(process.stderr, "published")
        return process

    def feed(self, process, lines):
        process.stdin.write(lines)
        process.stdin.flush()

    def own(self, process):
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                self.addCleanup(stream.close)
        self.addCleanup(self.stop, process)

    def stop(self, process, number=signal.SIGTERM):
        """End a process, and return how it ended."""
        if process.poll() is None:
            process.send_signal(number)
            try:
                process.wait(cli.PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return process.returncode

    def sub(self, *words, **keys):
        """Run a subscriber to its end."""
        return self.zp("sub", *words, **keys)

    def last(self, *words):
        """The last values, by topic."""
        done = self.sub("--last", "--json", *words)
        news = [json.loads(line) for line in done.stdout.splitlines()]
        return {one["topic"]: one["payload"] for one in news
                if one["kind"] == "value"}

    def listen(self, *words):
        """Run a subscriber that has joined, until the test's end."""
        process = self.start("sub", *words)
        self.own(process)
        process.joined = self.read_until(process.stderr, "JOINED")
        return process

    def stat(self, *words):
        return json.loads(self.zp("pub", "stat", "--json", *words).stdout)


def freeze(case, process):
    """Stop a process, until the test's end."""
    os.kill(process.pid, signal.SIGSTOP)
    case.addCleanup(thaw, process)


def thaw(process):
    if process.poll() is None:
        os.kill(process.pid, signal.SIGCONT)
