#  SPDX-License-Identifier: MIT
"""Plain PULL and PUSH sockets work in a pipeline: as a worker between our
ventilator and our sink, and as ventilator and sink around our worker. The
programs are those of demos/pipeline.
"""

import hashlib
import os
import threading
import unittest

import zmq

import wire
from peers import BIN, PATIENCE_S, Case, Program

CHUNK = 65536
CHUNKS = 20


def digest(task):
    """What a worker of that demo gives back for a task."""
    offset, size, path = task.split(b" ", 2)
    with open(path, "rb") as film:
        film.seek(int(offset))
        return hashlib.sha256(film.read(int(size))).hexdigest().encode()


class Worker:
    """A PULL and a PUSH socket in a thread; work (frames, send) does tasks."""

    def __init__(self, case, tasks, results, work):
        self.context = zmq.Context()
        self.tasks = self.context.socket(zmq.PULL)
        self.results = self.context.socket(zmq.PUSH)
        self.results.linger = 0
        self.tasks.rcvhwm = 16
        self.tasks.connect(tasks)
        self.results.connect(results)
        self.work = work
        self.trouble = None
        self.case = case
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        case.addCleanup(self.end)

    def _run(self):
        try:
            while True:
                self.work(self.tasks.recv_multipart(),
                          self.results.send_multipart)
        except zmq.ContextTerminated:
            pass
        except Exception as trouble:
            self.trouble = trouble
        finally:
            self.tasks.close()
            self.results.close()

    def end(self):
        self.context.term()
        self.thread.join()
        self.case.assertIsNone(self.trouble)


class Ended(Program):
    """A program that ends by itself."""

    def outcome(self):
        """(exit code, its lines)"""
        code = self.process.wait(PATIENCE_S)
        self.process.stdin.close()
        lines = []
        while not self.lines.empty():
            lines.append(self.lines.get())
        return code, lines

    def end(self, case):
        if self.process.poll() is None:
            self.kill()


class Pipeline(Case):
    def setUp(self):
        super().setUp()
        self.place = self.folder()
        self.film = os.path.join(self.place, "film")
        with open(self.film, "wb") as film:
            film.write(os.urandom(CHUNK * CHUNKS - 5))
        self.tasks, self.results, self.control = (
            f"ipc://{self.place}/{name}"
            for name in ("tasks", "results", "control"))
        self.manifest = os.path.join(self.place, "manifest")

    def start(self):
        self.sink = Ended(self, os.path.join(BIN, "pipeline-sink"),
                          self.manifest, self.results, self.control)
        self.ventilator = Ended(
            self, os.path.join(BIN, "pipeline-ventilator"), self.film,
            self.tasks, self.control)

    def expected(self):
        parts = []
        with open(self.film, "rb") as film:
            while part := film.read(CHUNK):
                parts.append(hashlib.sha256(part).hexdigest())
        return "".join(f"{part}  {number:05d}\n"
                       for number, part in enumerate(parts))

    def check_manifest(self):
        code, lines = self.ventilator.outcome()
        self.assertEqual(code, 0, lines)
        self.assertIn(f"OK, {CHUNKS} done, 0 failed", lines[-1])
        code, lines = self.sink.outcome()
        self.assertEqual(code, 0, lines)
        with open(self.manifest) as file:
            self.assertEqual(file.read(), self.expected())

    def test_the_envelope_sent_back_untouched_is_a_result(self):
        def work(frames, send):
            envelope, task = frames
            send([envelope, digest(task)])
        Worker(self, self.tasks, self.results, work)
        self.start()
        self.check_manifest()

    def test_what_a_task_looks_like(self):
        seen = []

        def work(frames, send):
            seen.append(wire.decode(frames[0]))
            send([frames[0], digest(frames[1])])
        Worker(self, self.tasks, self.results, work)
        self.start()
        self.check_manifest()
        self.assertEqual({envelope.serial for envelope in seen},
                         set(range(CHUNKS)))
        self.assertEqual(len({envelope.client for envelope in seen}), 1)
        for envelope in seen:
            self.assertEqual((envelope.kind, envelope.status),
                             (wire.REQUEST, wire.OK))
            self.assertGreaterEqual(envelope.attempt, 1)

    def test_each_result_three_times(self):
        def work(frames, send):
            for _ in range(3):
                send([frames[0], digest(frames[1])])
        Worker(self, self.tasks, self.results, work)
        self.start()
        self.check_manifest()

    def test_nonsense_between_the_results(self):
        def work(frames, send):
            send([b"nonsense"])
            send([frames[0]])
            send([frames[0], b"", b""])
            send([frames[0][:-1], b"short"])
            send([frames[0], digest(frames[1])])
        Worker(self, self.tasks, self.results, work)
        self.start()
        self.check_manifest()

    def test_a_worker_that_loses_tasks_beside_one_that_does_not(self):
        lost = []

        def lose(frames, send):
            lost.append(frames)

        def work(frames, send):
            send([frames[0], digest(frames[1])])
        Worker(self, self.tasks, self.results, lose)
        Worker(self, self.tasks, self.results, work)
        self.start()
        self.check_manifest()

    def test_a_failure_is_counted(self):
        def work(frames, send):
            envelope = wire.decode(frames[0])._replace(kind=wire.REPLY,
                                                       status=5)
            send([envelope.encode(), b"no such chunk"])
        Worker(self, self.tasks, self.results, work)
        self.start()
        code, lines = self.ventilator.outcome()
        self.assertEqual(code, 0, lines)
        self.assertIn(f"OK, 0 done, {CHUNKS} failed", lines[-1])
        self.assertIn("sink: chunk 0: no such chunk", self.sink.outcome()[1])
        self.assertFalse(os.path.exists(self.manifest))

    def test_our_worker_between_plain_sockets(self):
        tasks = self.socket(zmq.PUSH, bind=self.tasks)
        results = self.socket(zmq.PULL, bind=self.results)
        Ended(self, os.path.join(BIN, "pipeline-worker"), self.place,
              self.tasks, self.results)
        envelope = wire.Envelope(client=1234, serial=7)
        tasks.send_multipart([envelope.encode(), f"0 10 {self.film}".encode()])
        header, result = results.recv_multipart()
        self.assertEqual(wire.decode(header),
                         envelope._replace(kind=wire.REPLY))
        with open(self.film, "rb") as film:
            self.assertEqual(
                result, hashlib.sha256(film.read(10)).hexdigest().encode())
        tasks.send_multipart([envelope.encode(), b"0 10 /no/such/film"])
        header, result = results.recv_multipart()
        self.assertEqual(wire.decode(header),
                         envelope._replace(kind=wire.REPLY, status=5))
        self.assertEqual(result, b"there is no such chunk")


if __name__ == "__main__":
    unittest.main()
