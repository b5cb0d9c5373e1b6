#  SPDX-License-Identifier: MIT
"""What the tests of zp pub, zp sub and zp relay share."""

import json
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
        process = self.daemon("pub", *words, said=said, stdin=subprocess.PIPE)
        if lines is not None:
            self.feed(process, lines)
            process.stdin.close()
            process.said += self.read_until(process.stderr, "published")
        return process

    def feed(self, process, lines):
        process.stdin.write(lines)
        process.stdin.flush()

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
        return self.daemon("sub", *words, said="JOINED")

    def listen_json(self, *words):
        """The same, with JSON."""
        process = self.start("sub", "--json", *words)
        self.addCleanup(self.stop, process)
        self.read_until(process.stdout, '"joined"')
        return process

    def stat(self, *words):
        return json.loads(self.zp("pub", "stat", "--json", *words).stdout)
