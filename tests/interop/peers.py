#  SPDX-License-Identifier: MIT
"""The programs and sockets that the interop tests put together.

Nothing here sleeps: each wait is for an event, and PATIENCE_S is only how long
until a test gives up. Programs end cleanly, or the test fails: a sanitizer's
report would show there.
"""

import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
import unittest

import zmq

import wire

BIN = os.environ.get("ZP_BIN_DIR") or os.path.join(
    os.path.dirname(__file__), "..", "..", "build", "bin")
PATIENCE_S = 60
POLL_S = 0.01  # Between attempts to reach whoever may not be there yet
ANYWHERE = "tcp://127.0.0.1:*"
INTERRUPTED = 130  # What zp ends with when it is


class Program:
    """A program that is spoken to in lines."""

    def __init__(self, case, *command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        reader = threading.Thread(target=self._read, daemon=True)
        reader.start()
        case.addCleanup(self.process.stdout.close)
        case.addCleanup(reader.join)
        case.addCleanup(self.end, case)

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self):
        return self.lines.get(timeout=PATIENCE_S)

    def end(self, case):
        """End its input, and so the program."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
            try:
                code = self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise
            case.assertEqual(code, 0, "it did not end well")

    def kill(self):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()


class Server(Program):
    """interop-server, of which server.c tells."""

    def __init__(self, case, endpoint=ANYWHERE):
        super().__init__(case, os.path.join(BIN, "interop-server"), endpoint)
        self.endpoint = self.hear()


class Broker(Program):
    """interop-broker, a queue's, with its journal in that folder."""

    def __init__(self, case, folder):
        super().__init__(case, os.path.join(BIN, "interop-broker"),
                         os.path.join(folder, "queue.db"))
        self.endpoint = self.hear()


class Coordinator:
    """zp saga serve, with its journal in that folder."""

    def __init__(self, case, folder, definition, **services):
        self.endpoint = f"ipc://{folder}/coordinator"
        path = os.path.join(folder, "definition.json")
        with open(path, "w") as file:
            json.dump(definition, file)
        self.process = subprocess.Popen(
            [os.path.join(BIN, "zp"), "saga", "serve",
             os.path.join(folder, "sagas.db"), path, "--bind", self.endpoint,
             *(f"--service={name}={endpoint}"
               for name, endpoint in services.items())],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        case.addCleanup(self.end, case)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def end(self, case):
        if self.process:
            self.process.terminate()
            case.assertEqual(self.process.wait(PATIENCE_S), 0)


class Pub(Program):
    """zp pub, at a place of its own."""

    def __init__(self, case, *options):
        folder = case.folder()
        self.updates, self.requests = (
            f"ipc://{folder}/{name}" for name in ("updates", "requests"))
        super().__init__(
            case, os.path.join(BIN, "zp"), "pub", "--json", "--once",
            "--heartbeat", "50", "--bind", f"{self.updates},{self.requests}",
            *options)

    def set(self, topic, value, **more):
        self.say(json.dumps({"topic": topic, "value": value, **more}))

    def event(self, topic, value):
        self.set(topic, value, event=True)

    def delete(self, topic):
        self.say(json.dumps({"topic": topic, "delete": True}))


class Sub(Program):
    """zp sub, with filters, which ends when the test does."""

    def __init__(self, case, place, *filters):
        super().__init__(case, os.path.join(BIN, "zp"), "sub", "--json",
                         "--connect", place, *filters)

    def news(self):
        return json.loads(self.hear())

    def updates(self, count):
        """[(topic, payload)] of the next so many."""
        found = []
        while len(found) < count:
            news = self.news()
            if news["kind"] in ("event", "value"):
                found.append((news["topic"], news["payload"]))
        return found

    def end(self, case):
        self.process.stdin.close()
        self.process.send_signal(signal.SIGINT)
        case.assertEqual(self.process.wait(PATIENCE_S), INTERRUPTED)


class Caller(Program):
    """interop-caller, of which caller.c tells."""

    def __init__(self, case, *endpoints):
        super().__init__(
            case, os.path.join(BIN, "interop-caller"), *endpoints)
        self.tags = 0

    def start(self, method, *parts, timeout_ms=PATIENCE_S * 1000):
        """Start a call and return its tag."""
        self.tags += 1
        tag = str(self.tags)
        self.say(" ".join(["call", tag, str(timeout_ms), method, *parts]))
        return tag

    def ends(self, count):
        """{tag: (status, attempts, rest)} of the next calls that end."""
        found = {}
        while len(found) < count:
            tag, status, *rest = self.hear().split(" ", 3)
            assert tag not in found, "ended twice"
            if status != "piece":
                found[tag] = (status, int(rest[0]), "".join(rest[1:]))
        return found

    def call(self, method, *parts, **options):
        """Make one call: (status, attempts, rest)."""
        tag = self.start(method, *parts, **options)
        return self.ends(1)[tag]

    def stats(self):
        """(strays, garbage, compact)"""
        self.say("stats")
        name, *numbers = self.hear().split()
        assert name == "stats"
        return tuple(int(number) for number in numbers)


class Case(unittest.TestCase):
    """A test with sockets that go when it ends."""

    def setUp(self):
        self.context = zmq.Context()
        self.addCleanup(self.context.destroy, linger=0)

    def socket(self, kind, connect=None, bind=None, **options):
        """A socket; each option is one of ZeroMQ's, in small letters."""
        socket = self.context.socket(kind)
        self.addCleanup(socket.close)
        socket.rcvtimeo = socket.sndtimeo = PATIENCE_S * 1000
        socket.linger = 0
        for name, value in options.items():
            socket.set(getattr(zmq, name.upper()), value)
        if connect:
            socket.connect(connect)
        if bind:
            socket.bind(bind)
        return socket

    def folder(self):
        """A folder that goes when the test ends."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return folder.name

    def ask(self, socket, *parts):
        """What a REQ socket gets as the reply."""
        socket.send_multipart(parts)
        return socket.recv_multipart()

    def stats(self, endpoint):
        """What a server says of itself."""
        socket = self.socket(zmq.REQ, endpoint)
        reply, = self.ask(socket, b"zp.stats")
        socket.close()
        return json.loads(reply)

    def await_in_flight(self, server, count):
        """Ask a server until it has taken so many requests."""
        while self.stats(server.endpoint)["in_flight"] < count:
            pass


def endpoint_of(socket):
    return socket.last_endpoint.rstrip(b"\0").decode()


class Service:
    """A ROUTER or REP socket of ours in a thread, which handles each message.

    handle (socket, frames) is called for each one, until the test is over.
    """

    def __init__(self, case, kind, handle, endpoint=ANYWHERE):
        self.context = zmq.Context()
        self.socket = self.context.socket(kind)
        self.socket.linger = 0
        self.socket.bind(endpoint)
        self.endpoint = endpoint_of(self.socket)
        self.handle = handle
        self.trouble = None
        self.case = case
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        case.addCleanup(self.end)

    def _run(self):
        try:
            while True:
                self.handle(self.socket, self.socket.recv_multipart())
        except zmq.ContextTerminated:
            pass
        except Exception as trouble:
            self.trouble = trouble
        finally:
            self.socket.close()

    def end(self):
        self.context.term()
        self.thread.join()
        self.case.assertIsNone(self.trouble)


def proxy(case, backend, endpoint=ANYWHERE):
    """Start a plain ROUTER/DEALER proxy to backend and return its endpoint."""
    context = zmq.Context()
    front, back = context.socket(zmq.ROUTER), context.socket(zmq.DEALER)
    front.linger = back.linger = 0
    front.bind(endpoint)
    back.connect(backend)
    endpoint = endpoint_of(front)

    def run():
        try:
            zmq.proxy(front, back)
        except zmq.ContextTerminated:
            pass
        front.close()
        back.close()

    thread = threading.Thread(target=run)
    thread.start()

    def end():
        context.term()
        thread.join()
    case.addCleanup(end)
    return endpoint


def rep_echo(socket, frames):
    """What a plain REP service does: it knows nothing of envelopes."""
    method, *arguments = frames
    socket.send_multipart(arguments or [b""])


def split(frames):
    """(path, envelope, parts) of a message that a ROUTER got."""
    empty = frames.index(b"", 1)
    path, header, parts = (
        frames[:empty - 1], frames[empty - 1], frames[empty + 1:])
    return path, wire.decode(header), parts
