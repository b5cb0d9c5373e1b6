#  SPDX-License-Identifier: MIT
"""zp log: groups that share a log, and what is done to logs as a whole."""

import unittest

import cli
import log_cli


class Groups(log_cli.Case):
    def setUp(self):
        super().setUp()
        self.serve()
        self.append_lines(log_cli.lines(0, 9))

    def test_what_one_member_took_another_does_not_get(self):
        self.assertEqual(self.read("--group", "mail", "--count", "3"),
                         ["line 0", "line 1", "line 2"])
        self.assertEqual(self.group()["position"], 3)
        self.assertEqual(self.read("-g", "mail", "-m", "other"),
                         log_cli.lines(3, 9).splitlines())
        self.assertEqual(self.read("-g", "mail"), [])
        self.assertEqual(self.read("-g", "new", "--from", "8"),
                         ["line 8", "line 9"])
        self.assertEqual(self.read("-g", "newer", "--from", "end"), [])

    def test_followers_share_the_work(self):
        members = [self.follow("--group", "mail", "--member", name)
                   for name in "ab"]
        self.assertEqual({one["member"] for one in self.group()["members"]},
                         {"a", "b"})
        self.append_lines(log_cli.lines(10, 2009))
        cli.wait_until(lambda: self.group()["position"] == 2010, "all acked")
        came = []
        for member in members:
            self.assertEqual(self.stop(member)[0], cli.INTERRUPTED)
            came += member.stdout.read().splitlines()
        self.assertEqual(sorted(came),
                         sorted(log_cli.lines(0, 2009).splitlines()))

    def test_what_nobody_has_read_is_not_acked(self):
        self.append_lines(log_cli.lines(10, 49999))
        following = self.follow("--group", "mail")
        cli.wait_until(lambda: self.group()["leased"] > 0, "a lease")
        following.kill()
        following.wait(cli.PATIENCE_S)
        read = following.stdout.read().splitlines()
        self.assertLessEqual(self.group()["position"], len(read))
        self.assertLess(len(read), 50000)

    def test_with_count_the_others_are_left(self):
        done = self.log("follow", "views", "-g", "mail", "--count", "4")
        self.assertEqual(done.stdout, log_cli.lines(0, 3))
        cli.wait_until(lambda: self.group()["position"] == 4, "acks")
        done = self.log("follow", "views", "-g", "mail", "--count", "6")
        self.assertEqual(sorted(done.stdout.splitlines()),
                         log_cli.lines(4, 9).splitlines())

    def test_they_are_listed(self):
        self.assertIn("no groups yet", self.log("groups", "views").stderr)
        self.read("--group", "mail", "--count", "3")
        self.assertRegex(self.log("groups", "views").stdout,
                         r"(?m)^mail +3 +7 +0 +0 +-$")
        self.assertEqual(self.json("ls")[0]["groups"], 1)

    def test_one_can_be_moved(self):
        self.read("--group", "mail")
        for words in (["seek", "views", "mail", "start"],
                      ["forget", "views", "mail"]):
            done = self.log(*words, code=cli.USAGE)
            self.assertIn("There is no terminal to ask at", done.stderr)
        self.assertEqual(self.group()["position"], 10)
        done = self.log("seek", "views", "mail", "8", "--yes")
        self.assertEqual(done.stderr, "group mail of views goes on at 8\n")
        self.assertEqual(self.read("--group", "mail"), ["line 8", "line 9"])
        self.log("seek", "views", "mail", "11", "--yes", code=cli.ERROR)
        self.log("seek", "views", "none", "1", "--yes", code=cli.NOT_FOUND)

    def test_one_can_be_forgotten(self):
        self.read("--group", "mail")
        done = self.log("forget", "views", "mail", "--yes")
        self.assertEqual(done.stderr, "group mail of views is forgotten\n")
        self.assertEqual(self.json("groups", "views"), [])
        self.log("forget", "views", "mail", "--yes", code=cli.NOT_FOUND)


class Logs(log_cli.Case):
    def setUp(self):
        super().setUp()
        self.serve()

    def test_they_are_listed(self):
        self.assertIn("no logs yet", self.log("ls").stderr)
        self.append_lines(log_cli.lines(0, 9))
        self.assertRegex(self.log("ls").stdout,
                         r"(?m)^views +0 +10 +10 +0 +0 +\d+ s +60 B$")
        text = self.log("stat", "views").stdout
        self.assertRegex(text, r"(?m)^next +10 ")
        self.assertRegex(text, r"(?m)^appended +10 ")

    def test_to_erase_is_asked_for(self):
        self.append_lines(log_cli.lines(0, 9))
        done = self.log("trim", "views", "4", code=cli.USAGE)
        self.assertIn("erase 4 events of views?", done.stderr)
        self.log("keep", "views", "--keep-events", "1", code=cli.USAGE)
        self.assertEqual(len(self.read()), 10)
        terminal = cli.Terminal(self, cli.ZP, "log", "trim", "views", "4")
        terminal.read_until("erase 4 events of views? [y/N]")
        terminal.type("n\n")
        self.assertEqual(terminal.end(), cli.ERROR)
        self.assertEqual(len(self.read()), 10)
        terminal = cli.Terminal(self, cli.ZP, "log", "trim", "views", "end")
        terminal.read_until("erase 10 events of views? [y/N]")
        terminal.type("y\n")
        self.assertEqual(terminal.end(), cli.OK)
        self.assertEqual(self.read(), [])
        self.assertEqual(self.append("next"), 10)

    def test_nonsense_is_refused(self):
        self.append("one")
        for offset in ("x", "-1", "", "2"):
            self.log("trim", "--yes", "--", "views", offset, code=cli.ERROR)
        self.log("trim", "vies", "1", "--yes", code=cli.NOT_FOUND)
        done = self.log("keep", "views", "--yes", code=cli.USAGE)
        self.assertIn("what shall be kept of views?", done.stderr)
        self.assertEqual(self.read(), ["one"])


if __name__ == "__main__":
    unittest.main()
