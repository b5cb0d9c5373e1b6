#  SPDX-License-Identifier: MIT
"""zp saga: a coordinator is run, sagas are started, waited for, and looked
after."""

import os
import pwd
import signal
import unittest

import zmq

import cli
import saga_cli
from saga_cli import ORDER, step

USER = pwd.getpwuid(os.geteuid()).pw_name
WAITING = [ORDER[0], step("approval", "compensatable", wait_for="approved",
                          timeout_ms=600000), *ORDER[1:]]


class Serve(saga_cli.Case):
    def refuse(self, *words, code=cli.USAGE):
        done = self.saga("serve", self.path("sagas.db"), *words, code=code)
        self.assertFalse(os.path.exists(self.path("sagas.db")))
        return done.stderr

    def test_it_tells_what_it_has(self):
        self.define("order", ORDER)
        self.define("rest", ORDER, version=3)
        said = self.serve().said
        self.assertRegex(said[0], "^listening at ipc://.*/saga.sock$")
        self.assertEqual(said[1:3], ["saga order, version 1",
                                     "saga rest, version 3"])
        self.assertRegex(said[3], r"^journal sqlite:.*: 0 open sagas, 0 "
                                  r"parked, taken back in \d\.\d s$")

    def test_what_is_wrong_stops_it_and_all_of_it_is_told(self):
        self.define("a", [step("one", "pivot", service="bank"),
                          step("two", "pivot")])
        self.define("b", ORDER)
        said = self.refuse(self.path("sagas"), "-s", "shop=" + self.shop)
        self.assertIn('there is no service "bank"', said)
        self.assertIn('there is a pivot already, "one"', said)
        self.assertIn("2 mistakes in 1 of 2 definitions", said)

    def test_each_service_must_be_told_with_its_endpoint(self):
        path = self.define("a", ORDER)
        self.assertIn('there is no service "shop"', self.refuse(path))
        for wrong in ("shop", "shop=", "=" + self.shop):
            said = self.refuse(path, "-s", wrong)
            self.assertIn(f"--service takes NAME=ENDPOINT, not '{wrong}'",
                          said)
        done = self.saga("serve", self.path("sagas.db"), path, "-s",
                         "shop=carrier://pigeon", code=cli.USAGE)
        self.assertIn("--service shop=carrier://pigeon: ", done.stderr)

    def test_definitions_must_be_there(self):
        self.refuse(self.path("none.json"), code=cli.NOT_FOUND)
        self.refuse(self.path("sagas"), code=cli.NOT_FOUND)
        self.refuse()

    def test_two_can_not_have_one_journal(self):
        path = self.define("order", ORDER)
        self.serve()
        done = self.saga("serve", self.path("sagas.db"), path, "-s",
                         "shop=" + self.shop, "--bind", "tcp://127.0.0.1:*",
                         code=cli.ERROR)
        self.assertIn("sagas.db", done.stderr)

    def test_it_can_go_to_the_background(self):
        path = self.define("order", ORDER)
        done = self.saga("serve", self.path("sagas.db"), path, "-s",
                         "shop=" + self.shop, "--detach")
        [pid] = self.processes()
        self.assertIn(f"in the background: process {pid}", done.stderr)
        self.saga("stat")
        os.kill(pid, signal.SIGTERM)
        self.assert_nothing_left()

    def test_killed_it_takes_back_what_was_started(self):
        self.define("order", WAITING)
        self.open_shop()
        coordinator = self.serve()
        self.saga("start", "order", "--id", "a")
        coordinator.kill()
        coordinator.wait(cli.PATIENCE_S)
        self.assertIn(": 1 open saga, 0 parked", self.serve().said[-1])
        self.saga("signal", "a", "approved")
        self.saga("wait", "a")


class Run(saga_cli.Case):
    def setUp(self):
        super().setUp()
        self.define("order", ORDER)
        self.define("waiting", WAITING)
        self.open_shop()
        self.serve()

    def test_a_saga_is_started_and_waited_for(self):
        done = self.saga("start", "order", '{"title": 7}', "--id", "a")
        self.assertEqual((done.stdout, done.stderr), ("a\n", ""))
        self.assertEqual(self.saga("wait", "a").stdout, "COMPLETED\n")
        self.assertEqual(self.json("show", "a")["input"], {"title": 7})

    def test_it_gets_an_id(self):
        one = self.saga("start", "order").stdout
        other = self.json("start", "order")
        self.assertNotEqual(one.strip(), other["id"])
        for saga in (one.strip(), other["id"]):
            self.saga("wait", saga)

    def test_started_and_waited_for_at_once(self):
        done = self.saga("start", "order", "-", "--wait", "--id", "a",
                         input="[1]")
        self.assertEqual(done.stdout, "a\nCOMPLETED\n")
        saga = self.json("start", "order", "[1]", "--wait", "--id", "a")
        self.assertEqual((saga["state"], saga["input"]), ("COMPLETED", [1]))

    def test_the_same_id_is_the_same_saga(self):
        self.run_saga("order", "1", "--id", "a")
        self.run_saga("order", "1", "--id", "a")
        done = self.saga("start", "order", "2", "--id", "a", code=cli.ERROR)
        self.assertIn("ALREADY_EXISTS", done.stderr)
        self.assertEqual(len(self.json("ls")), 1)

    def test_what_can_not_be_started(self):
        done = self.saga("start", "ordre", code=cli.NOT_FOUND)
        self.assertIn("did you mean order?", done.stderr)
        done = self.saga("start", "xylophone", code=cli.NOT_FOUND)
        self.assertIn("try: zp saga definitions", done.stderr)
        done = self.saga("start", "order", "{", code=cli.ERROR)
        self.assertIn("INVALID_ARGUMENT", done.stderr)
        self.saga("start", "order", "--id", "a/b", code=cli.ERROR)
        self.saga("start", "order", "@" + self.path("no"), code=cli.NOT_FOUND)

    def test_a_refusal_undoes_all_and_is_an_error(self):
        self.say("charge", "refuse")
        done = self.saga("start", "order", "--wait", code=cli.ERROR)
        self.assertEqual(done.stdout.split()[1], "COMPENSATED")
        self.assertIn("charge was refused: NO_<&>: not <today> & never",
                      done.stderr)
        self.assertEqual(self.steps(done.stdout.split()[0]),
                         {"reserve": "undone", "charge": "refused",
                          "grant": "waiting"})

    def test_a_wait_can_be_over_before_the_saga_is(self):
        self.saga("start", "waiting", "--id", "a")
        done = self.saga("wait", "a", "--wait", "100", code=cli.TIMEOUT)
        self.assertEqual(done.stdout, "RUNNING\n")
        done = self.saga("wait", "a", "--wait", "0", "--json",
                         code=cli.TIMEOUT)
        self.assertIn('"state":"RUNNING"', done.stdout)
        self.saga("wait", "b", code=cli.NOT_FOUND)

    def test_ctrl_c_ends_the_wait_not_the_saga(self):
        process = self.start("saga", "start", "waiting", "--id", "a", "--wait")
        self.assertEqual(process.stdout.readline(), "a\n")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(cli.PATIENCE_S), cli.INTERRUPTED)
        self.saga("signal", "a", "approved")
        self.saga("wait", "a")

    def test_a_signal_lets_it_go_on(self):
        self.saga("start", "waiting", "--id", "a")
        done = self.saga("signal", "a", "aproved", code=cli.ERROR)
        self.assertIn("no step of a waits for that signal", done.stderr)
        done = self.saga("signal", "a", "approved", '{"by": "ada"}')
        self.assertEqual(done.stderr, "a is RUNNING\n")
        self.saga("wait", "a")
        [value] = [one["value"] for one in self.json("show", "a")["history"]
                   if one["event"] == "signal"]
        self.assertEqual(value, {"by": "ada"})

    def test_they_are_listed(self):
        self.run_saga("order", "--id", "a")
        self.saga("start", "waiting", "--id", "b")
        self.say("charge", "refuse")
        self.run_saga("order", "--id", "c", code=cli.ERROR)
        lines = self.saga("ls").stdout.splitlines()
        self.assertEqual(lines[0].split(),
                         ["ID", "SAGA", "STATE", "AGE", "REASON"])
        self.assertEqual([line.split()[:3] for line in lines[1:]],
                         [["a", "order", "COMPLETED"],
                          ["b", "waiting", "RUNNING"],
                          ["c", "order", "COMPENSATED"]])
        self.assertIn("charge was refused", lines[3])

        def ids(*words):
            return [one["id"] for one in self.json("ls", *words)]
        self.assertEqual(ids("--state", "running"), ["b"])
        self.assertEqual(ids("--state", "compensated"), ["c"])
        self.assertEqual(ids("--saga", "order"), ["a", "c"])
        self.assertEqual(ids("--older", "1h"), [])
        self.assertEqual(ids("--older", "0"), ["a", "b", "c"])
        done = self.saga("ls", "--count", "2")
        self.assertEqual(len(done.stdout.splitlines()), 3)
        self.assertIn("and more; --count N shows them", done.stderr)
        self.assertNotIn("more", self.saga("ls", "--count", "3").stderr)
        self.assertIn("no sagas",
                      self.saga("ls", "--state", "parked").stderr)
        for wrong in ("soon", "1 year", "-1s"):
            done = self.saga("ls", "--older", wrong, code=cli.USAGE)
            self.assertIn(f"takes an age, not '{wrong}'", done.stderr)

    def test_more_are_listed_than_fit_in_one_answer(self):
        with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
            socket.connect(f"ipc://{self.run_dir('saga.sock')}")
            for i in range(1100):
                socket.send_multipart([b"", b"saga.start", b"waiting",
                                       b"s%04d" % i, b"1"])
            for i in range(1100):
                self.assertTrue(socket.poll(cli.PATIENCE_S * 1000))
                socket.recv_multipart()
        self.assertEqual([one["id"] for one in self.json("ls", "-c", "2000")],
                         [f"s{i:04}" for i in range(1100)])
        done = self.saga("ls", "--count", "1099")
        self.assertEqual(len(done.stdout.splitlines()), 1100)
        self.assertIn("and more", done.stderr)

    def test_figures_and_definitions(self):
        self.run_saga("order", "--id", "a")
        stat = self.json("stat")
        self.assertEqual((stat["completed"], stat["started"]), (1, 1))
        text = self.saga("stat").stdout
        self.assertRegex(text, r"(?m)^completed +1 +all is done$")
        self.assertRegex(text, r"(?m)^shop +1 +1 +0 +0$")
        text = self.saga("definitions").stdout
        self.assertRegex(text, r"(?m)^order +1 +3$")
        self.assertEqual([one["saga"] for one in self.json("definitions")],
                         ["order", "waiting"])
        with open(self.path("sagas/order.json"), encoding="utf-8") as file:
            self.assertEqual(self.saga("definitions", "order").stdout,
                             file.read())
        self.saga("definitions", "none", code=cli.NOT_FOUND)


class Tend(saga_cli.Case):
    def setUp(self):
        super().setUp()
        self.define("order", [*ORDER, step("tell", "retriable")])
        self.define("waiting", WAITING)
        self.open_shop()
        self.serve()

    def park(self, broken="grant"):
        self.say(broken, "fail")
        done = self.saga("start", "order", "--id", "a", "--wait",
                         code=cli.ERROR)
        self.assertEqual(done.stdout, "a\nPARKED\n")

    def last(self):
        """The last order that somebody gave."""
        return [(one["event"], one["who"], one["text"])
                for one in self.json("show", "a")["history"] if "who" in one][-1]

    def test_a_parked_one_tries_again(self):
        self.park()
        self.say("grant", None)
        done = self.saga("retry", "a", "--why", "the shop is back")
        self.assertEqual(done.stderr, "a is RUNNING\n")
        self.saga("wait", "a")
        self.assertEqual(self.last(), ("retry", USER, "the shop is back"))

    def test_what_was_done_by_hand_is_skipped(self):
        self.park()
        done = self.saga("skip", "a", "--why", "by phone", code=cli.USAGE)
        self.assertIn("a is PARKED: grant was not answered", done.stderr)
        self.assertIn("There is no terminal to ask at", done.stderr)
        self.assertEqual(self.json("show", "a")["state"], "PARKED")
        self.saga("skip", "a", "grant", "--why", "by phone", "--who", "ada",
                  "--yes")
        self.saga("wait", "a")
        self.assertEqual(self.last(), ("skip", "ada", "by phone"))

    def test_at_a_terminal_it_asks(self):
        self.park()
        terminal = cli.Terminal(self, cli.ZP, "saga", "skip", "a", "--why", "x")
        terminal.read_until("was grant of a done, or undone, by hand? [y/N]")
        terminal.type("n\n")
        self.assertEqual(terminal.end(), cli.ERROR)
        self.assertEqual(self.json("show", "a")["state"], "PARKED")
        terminal = cli.Terminal(self, cli.ZP, "saga", "complete", "a", "--why",
                                "x")
        terminal.read_until("was all that is left of a done by hand? [y/N]")
        terminal.type("y\n")
        self.assertEqual(terminal.end(), cli.OK)
        self.assertEqual(self.json("show", "a")["state"], "COMPLETED")

    def test_only_the_step_that_was_asked_about_is_skipped(self):
        self.park()
        terminal = cli.Terminal(self, cli.ZP, "saga", "skip", "a", "--why", "x")
        terminal.read_until("was grant of a done")
        #  Somebody else has mended that meanwhile, and now it is another
        self.say("tell", "fail")
        self.say("grant", None)
        self.saga("retry", "a", "--why", "mended")
        self.saga("wait", "a", code=cli.ERROR)
        terminal.type("y\n")
        self.assertEqual(terminal.end(), cli.ERROR)
        self.assertEqual(self.steps("a")["tell"], "stuck")

    def test_all_the_rest_can_be_done_by_hand(self):
        self.say("charge", "refuse")
        self.park("reserve.undo")
        done = self.saga("complete", "a", "--yes", "--json", "--why", "settled")
        self.assertEqual(done.stdout,
                         '{"id":"a","state":"COMPENSATED"}\n')
        self.assertEqual(self.last(), ("complete", USER, "settled"))

    def test_a_running_one_can_be_aborted(self):
        self.saga("start", "waiting", "--id", "a")
        cli.wait_until(lambda: self.steps("a")["approval"] == "running",
                       "the wait for the signal")
        done = self.saga("abort", "a", "--why", "the customer called")
        self.assertEqual(done.stderr, "a is COMPENSATING\n")
        self.saga("wait", "a", code=cli.ERROR)
        self.assertEqual(self.steps("a")["reserve"], "undone")
        self.assertEqual(self.last(), ("abort", USER, "the customer called"))

    def test_each_order_needs_a_reason_and_a_saga(self):
        for verb in ("retry", "skip", "abort", "complete"):
            with self.subTest(verb):
                done = self.saga(verb, "a", code=cli.USAGE)
                self.assertIn("say why", done.stderr)
                self.saga(verb, "a", "--why", "", code=cli.USAGE)
                self.saga(verb, "a", "--why", "x", code=cli.NOT_FOUND)

    def test_what_is_not_parked_is_left_alone(self):
        self.run_saga("order", "--id", "a")
        for words in (["retry"], ["skip", "--yes"], ["abort"],
                      ["complete", "--yes"]):
            done = self.saga(*words, "a", "--why", "x", code=cli.ERROR)
            self.assertIn("FAILED_PRECONDITION", done.stderr)


class Where(saga_cli.Case):
    def test_nobody_there_is_not_running(self):
        done = self.saga("ls", code=cli.NOT_RUNNING)
        self.assertIn("no saga coordinator is running", done.stderr)
        self.assertIn("zp saga serve", done.stderr)

    def test_a_service_called_saga_is_found(self):
        self.define("order", ORDER)
        self.up({"name": "saga", "program": "zp",
                 "args": ["saga", "serve", "{dir}/sagas.db", "{dir}/sagas",
                          "--bind", "{saga}", "-s", "shop=" + self.shop],
                 "endpoint": "ipc://{run}/saga"})
        self.open_shop()
        self.run_saga("order", "--id", "a")
        self.assertEqual(len(self.json("ls", "--name", "films")), 1)
        self.assertEqual(len(self.json("ls", "--at", "saga")), 1)

    def test_the_environment_can_say_it(self):
        self.define("order", ORDER)
        endpoint = f"ipc://{self.path('here')}"
        self.serve("--bind", endpoint)
        self.saga("ls", code=cli.NOT_RUNNING)
        self.env["ZP_SAGA"] = endpoint
        self.saga("ls")

    def test_words_are_completed(self):
        self.define("order", ORDER)
        self.open_shop()
        self.serve()
        self.run_saga("order", "--id", "order-7")

        def complete(line):
            return self.zp("completion", "words", line).stdout.split()
        self.assertEqual(complete("zp saga start "), ["order"])
        self.assertEqual(complete("zp saga show ord"), ["order-7"])
        self.assertEqual(complete("zp saga ls --state comple"), ["completed"])
        self.assertEqual(complete("zp saga st"), ["start", "stat"])


if __name__ == "__main__":
    unittest.main()
