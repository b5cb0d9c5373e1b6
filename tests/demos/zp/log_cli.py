#  SPDX-License-Identifier: MIT
"""What the tests of zp log share: a real event log, and the verbs."""

import json

import cli


class Case(cli.Case):
    def setUp(self):
        super().setUp()
        self.env.pop("ZP_LOG", None)
        self.env.pop("ZP_PUB", None)
        self.env["XDG_STATE_HOME"] = self.path("state")

    def serve(self, *words, journal="events.db", **keys):
        """Run an event log, ready to be called, until the test's end."""
        return self.daemon("log", "serve", self.path(journal), *words,
                           said="found in", **keys)

    def log(self, *words, **keys):
        return self.zp("log", *words, **keys)

    def append(self, body, *words, log="views"):
        """Append an event, and return its offset."""
        return int(self.log("append", log, *words, "--", body).stdout)

    def append_lines(self, text, *words, log="views", **keys):
        return self.log("append", log, "-", "--lines", *words, input=text,
                        **keys)

    def read(self, *words, log="views", **keys):
        """The bodies of the events that zp log read prints."""
        return self.log("read", log, *words, **keys).stdout.splitlines()

    def json(self, *words, **keys):
        return json.loads(self.log(*words, "--json", **keys).stdout)

    def stat(self, log="views"):
        return self.json("stat", log)

    def group(self, name="mail", log="views"):
        """What zp log groups says of one."""
        [one] = [one for one in self.json("groups", log)
                 if one["group"] == name]
        return one

    def follow(self, *words, log="views", **keys):
        """Run a follower that the log knows of, until the test's end."""
        before = self.readers(log)
        process = self.start("log", "follow", log, *words, **keys)
        self.addCleanup(self.stop, process)
        cli.wait_until(lambda: self.readers(log) == before + 1, "a reader")
        return process

    def readers(self, log):
        return sum(one["readers"] for one in self.json("ls")
                   if one["name"] == log)


def lines(first, last):
    """Lines from a number to another, both included."""
    return "".join(f"line {number}\n" for number in range(first, last + 1))
