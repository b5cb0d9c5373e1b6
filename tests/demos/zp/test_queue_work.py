#  SPDX-License-Identifier: MIT
"""zp queue: messages are put, looked at, taken, and settled."""

import base64
import subprocess
import unittest

import cli
import queue_cli


class PutAndTake(queue_cli.Case):
    def setUp(self):
        super().setUp()
        self.serve()

    def test_a_message_goes_in_and_out_as_it_is(self):
        for number, body in enumerate(("hello", "", "--yes", "caf\u00e9"), 1):
            self.assertEqual(self.put(body), number)
            self.assertEqual(self.reserve()[0], body)

    def test_a_body_may_come_from_stdin_or_a_file_byte_for_byte(self):
        bytes_ = bytes(range(256)) * 300
        self.queue("put", "jobs", "-", input=bytes_, text=False)
        with open(self.path("body"), "wb") as file:
            file.write(bytes_)
        self.queue("put", "jobs", "@" + self.path("body"))
        for _ in range(2):
            done = self.queue("reserve", "jobs", "--ack", text=False)
            self.assertEqual((done.stdout, done.stderr), (bytes_, b""))

    def test_higher_priorities_go_first(self):
        for priority in "490":
            self.put(priority, "--priority", priority)
        self.assertEqual([self.reserve()[0] for _ in range(3)],
                         ["9", "4", "0"])

    def test_the_same_id_again_is_the_same_message(self):
        first = self.put("one", "--id", "film-7")
        self.assertEqual(self.put("two", "--id", "film-7"), first)
        self.assertEqual(self.stat()["ready"], 1)

    def test_a_delayed_message_is_ready_later(self):
        self.put("later", "--delay", "3600000")
        self.assertEqual(self.stat()["delayed"], 1)
        self.assert_empty()
        self.put("soon", "--delay", "100")
        self.assertEqual(self.reserve("--wait", "20000")[0], "soon")

    def test_the_lease_of_a_message_can_be_its_own(self):
        self.put("job", "--lease", "50")
        first = self.reserve()
        second = self.reserve("--wait", "20000")
        self.assertEqual((first[0], second[0]), ("job", "job"))
        self.assertNotEqual(first[1], second[1])

    def test_as_json_a_message_comes_with_its_receipt(self):
        self.assertEqual(self.json("put", "jobs", '{"a": 1}'), {"id": 1})
        self.put("text")
        self.queue("put", "jobs", "-", input=b"\xff\x00", text=False)
        said = [self.json("reserve", "jobs") for _ in range(3)]
        self.assertEqual([one["body"] for one in said[:2]], [{"a": 1}, "text"])
        self.assertEqual(base64.b64decode(said[2]["body"]["base64"]),
                         b"\xff\x00")
        for number, one in enumerate(said, 1):
            self.assertRegex(one["receipt"], rf"^{number}:1:\d+$")

    def test_nothing_to_take_is_not_found(self):
        self.put("job")
        self.reserve()
        done = self.queue("reserve", "jobs", code=cli.NOT_FOUND)
        self.assertEqual((done.stdout, done.stderr),
                         ("", "zp: NOT_FOUND: no message is ready in jobs\n"))
        self.queue("reserve", "jobs", "--wait", "50", code=cli.NOT_FOUND)

    def test_a_mistyped_queue_is_not_made(self):
        self.put("job")
        done = self.queue("reserve", "jbos", code=cli.NOT_FOUND)
        self.assertIn("did you mean jobs?", done.stderr)
        self.assertEqual(len(self.json("ls")), 1)

    def test_who_waits_gets_what_is_put_first_into_a_new_queue(self):
        waiting = self.start("queue", "reserve", "fresh", "--wait", "30000")
        self.addCleanup(waiting.wait, cli.PATIENCE_S)
        cli.wait_until(lambda: self.json("ls"), "the queue")
        self.put("job", queue="fresh")
        self.assertEqual(waiting.stdout.read(), "job")

    def test_ctrl_c_ends_the_wait_and_leaves_no_message_with_nobody(self):
        waiting = self.start("queue", "reserve", "jobs", "--wait", "3600000")
        cli.wait_until(lambda: self.json("ls") and self.stat()["consumers"],
                       "somebody who waits")
        waiting.send_signal(queue_cli.signal.SIGINT)
        self.assertEqual(waiting.wait(cli.PATIENCE_S), cli.INTERRUPTED)
        self.put("job")
        self.assertEqual(self.reserve("--wait", "20000")[0], "job")

    def test_a_body_beyond_the_limit_is_refused(self):
        done = self.put_lines("x" * (9 << 20), code=cli.ERROR)
        self.assertIn("line 1: INVALID_ARGUMENT", done.stderr)
        done = self.queue("put", "jobs", "-", input="x" * (9 << 20),
                          code=cli.ERROR)
        self.assertIn("INVALID_ARGUMENT", done.stderr)

    def test_a_name_that_can_be_none_is_refused(self):
        for name in ("", "a b", "x" * 200, "caf\u00e9"):
            done = self.queue("put", name, "job", code=cli.ERROR)
            self.assertIn("INVALID_ARGUMENT", done.stderr)


class Settle(queue_cli.Case):
    def setUp(self):
        super().setUp()
        self.serve("--delivery-limit", "2")

    def taken(self, *bodies):
        """Put messages, take them, and return their receipts."""
        for body in bodies:
            self.put(body)
        return [self.reserve()[1] for _ in bodies]

    def test_acked_is_gone(self):
        receipts = self.taken("one", "two")
        done = self.queue("ack", *receipts)
        self.assertEqual((done.stdout, done.stderr), ("", "acked 2 messages\n"))
        self.assertEqual(self.stat()["acked"], 2)
        self.assert_empty()

    def test_reserve_can_ack_at_once(self):
        self.put("job")
        done = self.queue("reserve", "jobs", "--ack")
        self.assertEqual((done.stdout, done.stderr), ("job", ""))
        self.assertEqual(self.stat()["acked"], 1)

    def test_what_could_not_be_printed_is_not_acked(self):
        self.put("job")
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(
                [cli.ZP, "queue", "reserve", "jobs", "--ack"], stdout=full,
                stderr=subprocess.PIPE, text=True, env=self.env, check=False,
                timeout=cli.PATIENCE_S)
        self.assertEqual(done.returncode, cli.ERROR)
        self.assertIn("No space left on device", done.stderr)
        self.assertIn("it was not acked", done.stderr)
        self.assertEqual(self.stat()["leased"], 1)

    def test_receipts_that_do_not_count_are_named(self):
        [receipt] = self.taken("job")
        done = self.queue("ack", receipt, "9:9:9", "x", code=cli.ERROR)
        self.assertIn("acked 1 message\n", done.stderr)
        self.assertIn("9:9:9", done.stderr)
        done = self.queue("ack", receipt, code=cli.ERROR)
        self.assertIn("FAILED_PRECONDITION: " + receipt, done.stderr)

    def test_counts_can_be_json(self):
        self.assertEqual(self.json("ack", *self.taken("a", "b")), {"count": 2})

    def test_nacked_comes_again_at_once_or_later(self):
        self.queue("nack", *self.taken("job"))
        body, receipt = self.reserve()
        self.assertEqual(body, "job")
        self.put("other")
        self.queue("nack", self.reserve()[1], "--delay", "3600000")
        self.assertEqual(self.stat()["delayed"], 1)
        self.queue("ack", receipt)

    def test_released_comes_again_in_its_place_and_was_not_in_vain(self):
        receipts = self.taken("one", "two")
        done = self.queue("release", receipts[0], "9:9:9", code=cli.ERROR)
        self.assertIn("released 1 message\n", done.stderr)
        self.assertIn("9:9:9 is gone", done.stderr)
        self.assertEqual(self.json("release", receipts[1]), {"count": 1})
        done = self.queue("release", receipts[0], code=cli.ERROR)
        self.assertIn("FAILED_PRECONDITION: " + receipts[0], done.stderr)
        for info in self.json("peek", "jobs"):
            self.assertEqual((info["acquired"], info["delivered"]), (1, 0))
        self.assertEqual(self.stat()["ready"], 2)

    def test_touched_is_held_on_to(self):
        self.put("job", "--lease", "1000")
        receipt = self.reserve()[1]
        done = self.queue("touch", receipt, "--lease", "3600000")
        self.assertEqual(done.stderr, "touched 1 message\n")
        [info] = self.json("peek", "jobs", "--state", "leased")
        self.assertGreater(info["due_ms"] - info["put_ms"], 3500000)

    def test_buried_waits_until_it_is_kicked(self):
        self.queue("bury", *self.taken("one", "two"), "--why", "no such film")
        self.assert_empty()
        shown = self.queue("peek", "jobs", "--state", "buried").stdout
        self.assertEqual(shown.count("no such film"), 2)
        done = self.queue("kick", "jobs", "--count", "1")
        self.assertEqual(done.stderr, "kicked 1 message of jobs\n")
        self.assertEqual(self.json("kick", "jobs"),
                         {"queue": "jobs", "count": 1})
        self.assertEqual(self.stat()["ready"], 2)

    def test_a_dead_letter_is_shown_and_sent_back(self):
        self.assertEqual(self.queue("dead").stderr, "no dead letters\n")
        self.put("poison")
        self.assertEqual(self.queue("dead", "jobs").stderr,
                         "no dead letters\n")
        for _ in range(2):
            self.queue("nack", self.reserve()[1])
        self.assert_empty()

        [letter] = self.json("dead")
        self.assertEqual((letter["queue"], letter["body"], letter["state"]),
                         ("jobs.dead", "poison", "ready"))
        self.assertTrue(letter["head"]["why"])
        for words in ([], ["jobs"], ["jobs.dead"]):
            self.assertIn("poison", self.queue("dead", *words).stdout)
        row = self.queue("ls").stdout.splitlines()[1].split()
        self.assertEqual((row[0], row[5]), ("jobs", "1"))

        done = self.queue("kick", "jobs.dead")
        self.assertEqual(done.stderr, "kicked 1 message of jobs.dead\n")
        self.assertEqual(self.reserve()[0], "poison")
        self.assertEqual(self.queue("dead").stderr, "no dead letters\n")

    def test_dead_letters_that_are_not_shown_are_counted(self):
        receipts = self.taken(*"abcde")
        self.queue("nack", *receipts)
        self.queue("nack", *[self.reserve()[1] for _ in receipts])
        done = self.queue("dead", "--count", "2")
        self.assertEqual(len(done.stdout.splitlines()), 3)
        self.assertIn("and 3 more", done.stderr)

    def test_dead_letters_of_no_queue_are_not_found(self):
        self.put("job")
        done = self.queue("dead", "jops", code=cli.NOT_FOUND)
        self.assertIn("did you mean jobs?", done.stderr)


class Tend(queue_cli.Case):
    def setUp(self):
        super().setUp()
        self.serve()

    def purge_at_terminal(self, answer):
        terminal = cli.Terminal(self, cli.ZP, "queue", "purge", "jobs")
        terminal.read_until("[y/N] ")
        terminal.type(answer)
        return terminal, terminal.end()

    def test_purging_asks_at_a_terminal(self):
        self.put_lines(queue_cli.lines(1, 12))
        for answer in ("n\n", "\n", "\x04"):
            terminal, code = self.purge_at_terminal(answer)
            self.assertEqual(code, cli.ERROR)
            self.assertIn("purge 12 ready messages of jobs? [y/N] ",
                          terminal.text)
            self.assertIn("nothing was done", terminal.text)
        _, code = self.purge_at_terminal("\x03")
        self.assertEqual(code, cli.INTERRUPTED)
        self.assertEqual(self.stat()["ready"], 12)
        terminal, code = self.purge_at_terminal("yes\n")
        self.assertEqual(code, cli.OK)
        self.assertIn("purged 12 messages of jobs", terminal.text)
        self.assertEqual(self.stat()["ready"], 0)

    def test_purging_needs_yes_elsewhere(self):
        self.put("job")
        done = self.queue("purge", "jobs", code=cli.USAGE)
        self.assertIn("purge 1 ready message of jobs?", done.stderr)
        self.assertIn("--yes", done.stderr)
        self.assertEqual(self.stat()["ready"], 1)
        self.assertEqual(self.json("purge", "jobs", "--yes"),
                         {"queue": "jobs", "count": 1})
        self.assert_empty()

    def test_purging_is_of_one_state(self):
        self.put("ready")
        self.put("delayed", "--delay", "3600000")
        done = self.queue("purge", "jobs", "--state", "delayed", "-y")
        self.assertEqual(done.stderr, "purged 1 message of jobs\n")
        self.assertEqual(self.peek(), ["ready"])

    def test_a_paused_queue_hands_nothing_out_after_a_restart_either(self):
        self.put("job")
        self.assertEqual(self.queue("pause", "jobs").stderr,
                         "jobs is paused\n")
        self.assert_empty()
        self.assertRegex(self.queue("ls").stdout, r"jobs .* yes\n")
        self.assertTrue(self.stat()["paused"])
        self.assertEqual(self.json("resume", "jobs"),
                         {"queue": "jobs", "paused": False})
        self.assertEqual(self.reserve()[0], "job")

    def test_each_verb_says_that_there_is_no_such_queue(self):
        self.put("job")
        for words in (["stat"], ["peek"], ["kick"], ["purge", "--yes"],
                      ["pause"], ["resume"], ["reserve"], ["dead"]):
            with self.subTest(words):
                done = self.queue(words[0], "jobbs", *words[1:],
                                  code=cli.NOT_FOUND)
                self.assertIn("NOT_FOUND: ", done.stderr)
                self.assertIn("did you mean jobs?", done.stderr)
                done = self.queue(words[0], "xylophone", *words[1:],
                                  code=cli.NOT_FOUND)
                self.assertIn("try: zp queue ls", done.stderr)


class Look(queue_cli.Case):
    def setUp(self):
        super().setUp()
        self.serve()

    def test_without_queues_there_is_nothing_to_list(self):
        done = self.queue("ls")
        self.assertEqual(done.stdout, "")
        self.assertIn("no queues yet", done.stderr)
        self.assertEqual(self.json("ls"), [])

    def test_all_queues_are_listed_with_their_figures(self):
        self.put("x" * 2048)
        self.put("later", "--delay", "3600000", queue="other")
        head, jobs, other = self.queue("ls").stdout.splitlines()
        self.assertEqual(head.split(), ["QUEUE", "READY", "DELAYED", "LEASED",
                                        "BURIED", "DEAD", "BYTES", "CONSUMERS",
                                        "PAUSED"])
        self.assertEqual(jobs.split(), ["jobs", "1", "0", "0", "0", "0", "2.0",
                                        "KiB", "0", "-"])
        self.assertEqual(other.split()[:3], ["other", "0", "1"])
        self.assertEqual([one["name"] for one in self.json("ls")],
                         ["jobs", "other"])

    def test_the_figures_of_one_queue(self):
        self.put("job")
        text = self.queue("stat", "jobs").stdout
        for key, value in self.stat().items():
            if key not in ("name", "paused"):
                self.assertRegex(text, rf"(?m)^{key} +{value} ")
        self.assertRegex(text, r"(?m)^paused +no\b")

    def test_as_many_messages_are_shown_as_are_wanted(self):
        self.put_lines(queue_cli.lines(1, 100))
        all_ = [f"line {number}" for number in range(1, 101)]
        self.assertEqual(self.peek(), all_[:10])
        for count in (1, 31, 32, 62, 99, 100):
            self.assertEqual(self.peek("--count", str(count)), all_[:count])
        self.assertEqual(self.peek("--count", "1000"), all_)

    def test_what_is_not_there_is_told(self):
        self.put("job")
        done = self.queue("peek", "jobs", "--state", "buried")
        self.assertEqual((done.stdout, done.stderr),
                         ("", "no message of jobs is buried\n"))
        self.assertEqual(self.peek("--state", "buried"), [])

    def test_bodies_are_one_short_line_and_do_nothing_to_a_terminal(self):
        self.put("\x1b[31mred\nand more")
        self.put("\u00e9" * 100)
        rows = self.queue("peek", "jobs").stdout.splitlines()
        self.assertEqual(len(rows), 3)
        self.assertIn(r"\x1B[31mred\x0Aand more", rows[1])
        self.assertTrue(rows[2].endswith("\u00e9" * 60 + "..."))

    def test_a_mistyped_state_may_be_meant_otherwise(self):
        done = self.queue("peek", "jobs", "--state", "burried", code=cli.USAGE)
        self.assertIn("--state can't be 'burried'", done.stderr)
        self.assertIn("did you mean buried?", done.stderr)
        done = self.queue("peek", "jobs", "--state", "x", code=cli.USAGE)
        self.assertIn("zp help queue peek", done.stderr)


if __name__ == "__main__":
    unittest.main()
