#  SPDX-License-Identifier: MIT
"""zp queue serve: how a broker begins and ends, and that nothing is lost."""

import os
import resource
import signal
import socket
import subprocess
import unittest

import cli
import queue_cli
from cli import service


class Begin(queue_cli.Case):
    def test_it_says_where_it_listens_and_what_it_has_taken_back(self):
        said = self.serve().said
        self.assertEqual(said[0], "listening at "
                         + queue_cli.default_endpoint(self))
        self.assertRegex(said[1], f"^journal sqlite:{self.path('jobs.db')}: 0 "
                         r"messages in 0 queues, taken back in \d+\.\d s$")

    def test_the_journal_can_be_a_url(self):
        broker = self.start("queue", "serve", "sqlite:" + self.path("a.db"))
        self.addCleanup(self.stop, broker)
        self.read_until(broker.stderr, "taken back")
        self.assertTrue(os.path.exists(self.path("a.db")))

    def test_without_a_journal_it_has_one_of_the_user(self):
        broker = self.start("queue", "serve")
        self.addCleanup(self.stop, broker)
        self.read_until(broker.stderr, "taken back")
        self.assertTrue(os.path.exists(self.path("state/zpatterns/queue.db")))
        del self.env["XDG_STATE_HOME"]
        self.env["HOME"] = self.path("home")
        self.assertEqual(self.stop(broker)[0], cli.OK)
        broker = self.start("queue", "serve")
        self.addCleanup(self.stop, broker)
        self.read_until(broker.stderr, "taken back")
        self.assertTrue(os.path.exists(
            self.path("home/.local/state/zpatterns/queue.db")))

    def test_without_a_home_it_wants_to_be_told(self):
        del self.env["XDG_STATE_HOME"]
        self.env.pop("HOME")
        done = self.queue("serve", code=cli.USAGE)
        self.assertIn("zp queue serve PATH", done.stderr)

    def test_it_can_listen_at_several_places(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            tcp = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        ipc = f"ipc://{self.folder}/broker"
        self.serve("--bind", tcp, "-b", ipc)
        self.queue("put", "jobs", "job", "--at", tcp)
        self.assertEqual(self.json("ls", "--at", ipc)[0]["ready"], 1)
        self.queue("ls", code=cli.NOT_RUNNING)  # At the default endpoint

    def test_a_place_that_can_be_none_is_a_mistake(self):
        done = self.queue("serve", self.path("a.db"), "--bind", "here",
                          code=cli.USAGE)
        self.assertIn("can't listen at here", done.stderr)
        words = ["--bind", "tcp://127.0.0.1:*"] * 33
        done = self.queue("serve", self.path("a.db"), *words, code=cli.USAGE)
        self.assertIn("--bind can be given 32 times", done.stderr)

    def test_a_second_one_at_the_same_place_is_refused(self):
        self.serve()
        done = self.queue("serve", self.path("other.db"), code=cli.ERROR)
        self.assertIn("queue.sock", done.stderr)
        self.assertIn("in use", done.stderr)
        self.put("job")  # The first one has not lost its place

    def test_a_second_one_on_the_same_journal_is_refused(self):
        self.serve()
        done = self.queue("serve", self.path("jobs.db"), "--bind",
                          f"ipc://{self.folder}/b", code=cli.ERROR)
        self.assertIn("jobs.db", done.stderr)
        self.put("job")

    def test_what_can_be_no_journal_is_left_alone(self):
        path = self.write("notes.txt", "These are notes.\n" * 100)
        done = self.queue("serve", path, code=cli.ERROR)
        self.assertIn("notes.txt", done.stderr)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "These are notes.\n" * 100)
        self.queue("serve", "/no/such/folder/a.db", code=cli.NOT_FOUND)
        done = self.queue("serve", "carrier:pigeon", code=cli.USAGE)
        self.assertIn("carrier:pigeon", done.stderr)

    def test_limits_hold(self):
        self.serve("--max-messages", "2", "--max-queues", "1",
                   "--max-body", "3")
        self.put("one")
        self.put("two")
        for words in (["jobs", "not"], ["other", "job"], ["jobs", "four"]):
            done = self.queue("put", *words, code=cli.ERROR)
            self.assertRegex(done.stderr,
                             "RESOURCE_EXHAUSTED|INVALID_ARGUMENT")

    def test_bodies_beyond_the_memory_are_read_from_disk(self):
        self.serve("--memory", "0")
        self.put_lines(queue_cli.lines(1, 100))
        self.assertEqual([self.queue("reserve", "jobs", "--ack").stdout
                          for _ in range(100)],
                         queue_cli.lines(1, 100).splitlines())


class Detached(queue_cli.Case):
    def detach(self, *words):
        done = self.queue("serve", self.path("jobs.db"), "--detach", *words)
        self.assertIn("taken back", done.stderr)
        [pid] = [pid for pid, line in self.processes().items()
                 if line.startswith(cli.ZP)]
        self.addCleanup(self.kill, pid)
        self.assertIn(f"process {pid}, log ", done.stderr)
        return pid

    def kill(self, pid):
        if pid in self.processes():
            os.kill(pid, signal.SIGTERM)
        self.assert_nothing_left()

    def test_it_goes_on_in_the_background(self):
        pid = self.detach()
        self.put("job")
        self.kill(pid)
        log = os.path.join(os.path.dirname(self.run_dir()), "queue.log")
        with open(log, encoding="utf-8") as file:
            self.assertEqual(file.read(), "stopped\n")
        self.queue("ls", code=cli.NOT_RUNNING)

    def test_it_writes_where_it_is_told_to(self):
        self.kill(self.detach("--log", self.path("log")))
        with open(self.path("log"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "stopped\n")

    def test_it_goes_on_without_its_terminal(self):
        terminal = cli.Terminal(self, cli.ZP, "queue", "serve",
                                self.path("jobs.db"), "-d")
        self.assertEqual(terminal.end(), cli.OK)
        self.put("job")
        for pid in self.processes():
            self.kill(pid)

    def test_if_it_can_not_begin_that_is_told(self):
        self.serve()
        done = self.queue("serve", self.path("jobs.db"), "--detach",
                          code=cli.ERROR)
        self.assertIn("jobs.db", done.stderr)


class Service(queue_cli.Case):
    def up_queue(self, name="films", **keys):
        queue = {"name": "queue", "program": "zp",
                 "args": ["queue", "serve", "{dir}/" + name + ".db", "--bind",
                          "{queue}"],
                 "endpoint": "ipc://{run}/queue", **keys}
        self.up(queue, service("catalog"), name=name)

    def test_a_broker_can_be_a_service(self):
        self.up_queue()
        self.assertEqual(self.ps()["queue"]["state"], "ready")
        self.put("job")
        self.assertIn("taken back", self.zp("logs", "queue").stdout)
        self.zp("down")
        self.assertIn("stopped\n", self.zp("logs", "queue").stdout)
        self.up_queue()
        self.assertEqual(self.reserve()[0], "job")


class Limited:
    """A file may not get larger than that."""

    def __init__(self, size):
        self.size = size

    def __call__(self):
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.size, self.size))


class End(queue_cli.Case):
    def test_sigterm_and_ctrl_c_stop_it(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            code, said = self.stop(self.serve(), number)
            self.assertEqual((code, said), (cli.OK, "stopped\n"))

    def test_who_waits_goes_on_waiting_at_the_next_one(self):
        broker = self.serve()
        waiting = self.start("queue", "reserve", "jobs", "--wait", "3600000")
        cli.wait_until(lambda: self.json("ls") and self.stat()["consumers"],
                       "somebody who waits")
        self.assertEqual(self.stop(broker)[0], cli.OK)
        self.serve()
        self.put("job")
        self.assertEqual(waiting.stdout.read(), "job")
        self.assertEqual(waiting.wait(cli.PATIENCE_S), cli.OK)

    def test_nobody_who_reads_what_it_says_is_no_reason_to_end(self):
        broker = self.serve()
        broker.stderr.close()
        broker.stderr = open(os.devnull, encoding="utf-8")
        self.addCleanup(broker.stderr.close)
        self.put("job")
        self.assertEqual(self.stop(broker)[0], cli.OK)

    def test_all_is_there_again_after_a_restart(self):
        broker = self.serve()
        self.put_lines(queue_cli.lines(1, 5))
        self.put("later", "--delay", "3600000")
        held = self.reserve()[1]
        self.queue("bury", self.reserve()[1])
        self.queue("ack", self.reserve()[1])
        self.queue("pause", "jobs")
        self.assertEqual(self.stop(broker)[0], cli.OK)

        said = self.serve().said
        self.assertIn("5 messages in 1 queue, taken back", said[1])
        self.assertEqual(self.queue("ack", held).stderr, "acked 1 message\n")
        self.assertTrue(self.stat()["paused"])
        self.queue("resume", "jobs")
        self.assertEqual(self.peek(), ["line 4", "line 5"])
        self.assertEqual(self.peek("--state", "buried"), ["line 2"])
        self.assertEqual(self.peek("--state", "delayed"), ["later"])

    def kill_in_the_middle(self, broker, wanted):
        """Put lines without end, kill the broker, and return the ids."""
        putting = subprocess.Popen(
            ["/bin/sh", "-c", f"yes | nl | {cli.ZP} queue put jobs - --lines"],
            env=self.env, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        self.addCleanup(putting.stdout.close)
        ids = [putting.stdout.readline() for _ in range(wanted)]
        broker.kill()
        ids += putting.stdout.readlines()
        putting.wait(cli.PATIENCE_S)
        broker.wait(cli.PATIENCE_S)
        return {int(one) for one in ids}

    def test_killed_it_has_lost_nothing_that_was_confirmed(self):
        for round_ in range(1, 4):
            queue = f"jobs-{round_}"
            broker = self.serve(journal=queue)
            ids = self.kill_in_the_middle(broker, 3000 * round_)
            self.serve(journal=queue)
            shown = self.json("peek", "jobs", "--count", "1000000")
            self.assertLessEqual(ids, {one["id"] for one in shown})
            for pid in self.processes():
                os.kill(pid, signal.SIGTERM)
            self.assert_nothing_left()

    def fill(self):
        """Put what does not fit, and return the ids of what was confirmed."""
        done = self.put_lines("\n".join(["x" * 1000] * 10000), "--timeout",
                              "2000", code=None)
        self.assertNotEqual(done.returncode, cli.OK)
        ids = {int(one) for one in done.stdout.split()}
        self.assertGreater(len(ids), 100)
        return ids

    def assert_there(self, ids):
        shown = self.json("peek", "jobs", "--count", "1000000")
        self.assertLessEqual(ids, {one["id"] for one in shown})

    def test_a_file_that_may_not_grow_ends_it_and_loses_nothing(self):
        broker = self.serve(preexec_fn=Limited(2 << 20))
        ids = self.fill()
        self.assertEqual(broker.wait(cli.PATIENCE_S), cli.ERROR)
        self.assertRegex(broker.stderr.read(), r"zp: .*jobs\.db: .*; .*start")
        self.serve()
        self.assert_there(ids)

    def test_a_full_disk_ends_it_and_with_more_room_all_is_there(self):
        alone = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
        mount = "mount -t tmpfs -o size=2m tmpfs " + self.folder
        if subprocess.run([*alone, mount], check=False,
                          stderr=subprocess.DEVNULL).returncode:
            self.skipTest("this system lets nobody make a small disk")
        disk = self.path("disk")
        os.mkdir(disk)
        serve = f"{cli.ZP} queue serve {disk}/jobs.db"
        broker = subprocess.Popen(
            [*alone, f"mount -t tmpfs -o size=2m tmpfs {disk}; {serve};"
             f" echo ended $? >&2; mount -o remount,size=32m {disk};"
             f" exec {serve}"], env=self.env, text=True,
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(broker.stderr.close)
        self.addCleanup(self.stop, broker)
        self.read_until(broker.stderr, "taken back")
        ids = self.fill()
        said = self.read_until(broker.stderr, "ended 1")
        self.assertRegex(said[-2], r"^zp: .*jobs\.db: .*; make room, .*start")
        self.read_until(broker.stderr, "taken back")
        self.assert_there(ids)


if __name__ == "__main__":
    unittest.main()
