#  SPDX-License-Identifier: MIT
"""zp queue: which broker is meant, and what is said if it is not there."""

import os
import unittest

import cli
import queue_cli
from cli import service


class Where(queue_cli.Case):
    def up_queue(self, name="films", called="queue"):
        queue = {"name": called, "program": "zp",
                 "args": ["queue", "serve", "{dir}/" + name + ".db", "--bind",
                          "{" + called + "}"],
                 "endpoint": "ipc://{run}/" + called}
        self.up(queue, service("catalog"), name=name)

    def queues(self, *words):
        """The names of the queues of that broker."""
        return [one["name"] for one in self.json("ls", *words)]

    def test_nobody_there_is_not_running(self):
        done = self.queue("ls", code=cli.NOT_RUNNING)
        self.assertIn("no queue broker is running", done.stderr)
        self.assertIn("zp queue serve", done.stderr)
        for endpoint in (f"ipc://{self.folder}/none", "tcp://127.0.0.1:1"):
            done = self.queue("ls", "--at", endpoint, "--timeout", "200",
                              code=cli.NOT_RUNNING)
            self.assertIn("no queue broker answers at " + endpoint,
                          done.stderr)
        self.queue("ls", "--at", "carrier://pigeon", code=cli.USAGE)
        self.queue("ls", "--at", "jobs", code=cli.NOT_RUNNING)

    def test_one_that_was_killed_is_not_running_and_is_known_at_once(self):
        broker = self.serve()
        broker.kill()
        broker.wait(cli.PATIENCE_S)
        done = self.queue("ls", code=cli.NOT_RUNNING)
        self.assertIn("no queue broker is running", done.stderr)
        self.serve()
        self.queue("ls")

    def test_one_that_hangs_is_no_better_than_none(self):
        broker = self.serve()
        waiting = self.start("queue", "reserve", "jobs", "--wait", "4000",
                             "--timeout", "500")
        cli.wait_until(lambda: self.json("ls") and self.stat()["consumers"],
                       "somebody who waits")
        os.kill(broker.pid, queue_cli.signal.SIGSTOP)
        self.addCleanup(os.kill, broker.pid, queue_cli.signal.SIGCONT)
        self.assertEqual(waiting.wait(cli.PATIENCE_S), cli.TIMEOUT)
        self.assertIn("--timeout MS for longer", waiting.stderr.read())
        self.queue("ls", "--timeout", "200", code=cli.NOT_RUNNING)

    def test_a_service_called_queue_is_found(self):
        self.up_queue()
        self.put("job", queue="films")
        self.assertEqual(self.queues(), ["films"])
        self.assertEqual(self.queues("--name", "films"), ["films"])
        self.assertEqual(self.queues("--at", "queue"), ["films"])
        done = self.queue("ls", "--at", "quee", code=cli.NOT_FOUND)
        self.assertIn("did you mean queue?", done.stderr)
        done = self.queue("ls", "--at", "catalog", code=cli.ERROR)
        self.assertIn("UNIMPLEMENTED", done.stderr)
        self.assertIn("is no queue broker", done.stderr)

    def test_another_service_must_be_named(self):
        self.up_queue(called="conveyor")
        self.queue("ls", code=cli.NOT_RUNNING)
        self.queue("put", "jobs", "job", "--at", "conveyor")
        self.assertEqual(self.queues("--at", "conveyor"), ["jobs"])

    def test_of_several_one_must_be_named(self):
        self.up_queue("films")
        self.up_queue("series")
        self.serve()
        done = self.queue("ls", code=cli.USAGE)
        self.assertIn("there are 3 queue brokers; which one?", done.stderr)
        here = queue_cli.default_endpoint(self)
        self.assertIn("--at " + here, done.stderr)
        self.assertIn(f"--at ipc://{self.run_dir('series')}/queue",
                      done.stderr)
        self.queue("put", "a", "job", "--name", "films")
        self.queue("put", "b", "job", "--name", "series")
        self.queue("put", "c", "job", "--at", here)
        self.assertEqual([self.queues("--name", "films"),
                          self.queues("--name", "series"),
                          self.queues("--at", here)], [["a"], ["b"], ["c"]])

    def test_the_environment_can_say_it(self):
        self.up_queue(called="conveyor")
        self.serve()
        self.queue("put", "a", "job", "--at", "conveyor")
        self.assertEqual(self.queues(), [])
        self.env["ZP_QUEUE"] = "conveyor"
        self.assertEqual(self.queues(), ["a"])
        self.env["ZP_QUEUE"] = f"ipc://{self.run_dir()}/conveyor"
        self.assertEqual(self.queues(), ["a"])
        here = queue_cli.default_endpoint(self)
        self.assertEqual(self.queues("--at", here), [])
        self.env["ZP_QUEUE"] = ""
        self.assertEqual(self.queues(), [])

    def test_a_dead_service_is_not_running(self):
        self.up_queue()
        os.kill(self.ps()["queue"]["pid"], queue_cli.signal.SIGKILL)
        cli.wait_until(lambda: self.ps()["queue"]["state"] == "dead", "death")
        done = self.queue("ls", code=cli.NOT_RUNNING)
        self.assertIn("queue is dead: signal KILL", done.stderr)
        self.assertIn("zp logs queue", done.stderr)


if __name__ == "__main__":
    unittest.main()
