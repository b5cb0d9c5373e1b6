#  SPDX-License-Identifier: MIT
"""What the tests of zp queue share: a real broker, and the verbs."""

import json
import os
import signal

import cli


class Case(cli.Case):
    def setUp(self):
        super().setUp()
        self.env.pop("ZP_QUEUE", None)
        self.env["XDG_STATE_HOME"] = self.path("state")

    def serve(self, *words, journal="jobs.db", **keys):
        """Run a broker, ready to be called, that is stopped after the test."""
        return self.daemon("queue", "serve", self.path(journal), *words,
                           said="taken back", **keys)

    def queue(self, *words, **keys):
        return self.zp("queue", *words, **keys)

    def put(self, body, *words, queue="jobs"):
        """Put a message, and return its id."""
        done = self.queue("put", queue, *words, "--", body)
        return int(done.stdout)

    def reserve(self, *words, queue="jobs", **keys):
        """Take a message, and return its body and receipt."""
        done = self.queue("reserve", queue, *words, **keys)
        self.assertRegex(done.stderr, r"^receipt \d+:\d+:\d+\n$")
        return done.stdout, done.stderr.split()[1]

    def assert_empty(self, queue="jobs"):
        self.queue("reserve", queue, code=cli.NOT_FOUND)

    def json(self, *words, **keys):
        return json.loads(self.queue(*words, "--json", **keys).stdout)

    def stat(self, queue="jobs"):
        return self.json("stat", queue)

    def put_lines(self, text, *words, queue="jobs", **keys):
        return self.queue("put", queue, "-", "--lines", *words, input=text,
                          **keys)

    def peek(self, *words, queue="jobs"):
        """The bodies that zp queue peek shows."""
        return [one["body"] for one in self.json("peek", queue, *words)]


def lines(first, last):
    """Lines from a number to another, both included."""
    return "".join(f"line {number}\n" for number in range(first, last + 1))


def default_endpoint(case):
    return f"ipc://{case.path(f'zpatterns-{os.geteuid()}')}/queue.sock"
