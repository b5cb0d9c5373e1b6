#  SPDX-License-Identifier: MIT
"""The services of demos/streaming as processes, and how the tests ask them.

As in the interop tests nothing here sleeps: each wait is for an event.
"""

import http.client
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import urllib.parse

import zmq

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.environ.get("ZP_SOURCE_DIR") or os.path.join(HERE, "..", "..", "..")
STREAMING = os.path.join(TOP, "demos", "streaming")
sys.path.insert(0, os.path.join(TOP, "tests", "interop"))

import peers  # noqa: E402

PATIENCE_S = peers.PATIENCE_S
NOWHERE = "ipc:///nobody/listens/here"


def film_file():
    return os.path.join(STREAMING, "catalog.json")


def profile_file():
    return os.path.join(STREAMING, "profiles.json")


def plan_file():
    return os.path.join(STREAMING, "plans.json")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


class Program:
    """A service as a process; its lines on stderr can be waited for."""

    def __init__(self, case, name, *options, environ=None):
        self.case = case
        self.process = subprocess.Popen(
            [os.path.join(peers.BIN, name), *options],
            stderr=subprocess.PIPE, text=True, env=environ)
        self.lines = queue.Queue()
        reader = threading.Thread(target=self._read, daemon=True)
        reader.start()
        case.addCleanup(self.process.stderr.close)
        case.addCleanup(reader.join)
        case.addCleanup(self.end)

    def _read(self):
        for line in self.process.stderr:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def hear(self):
        """The next line, or None when there are no more."""
        return self.lines.get(timeout=PATIENCE_S)

    def hear_of(self, text):
        """The next line that has that in it."""
        line = self.hear()
        while text not in line:
            line = self.hear()
        return line

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        """How it ended."""
        return self.process.wait(PATIENCE_S)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        """End it, if it has not ended yet, and well: a sanitizer's report
        would show there."""
        if self.process.poll() is None:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            try:
                self.case.assertEqual(self.wait(), 0)
            except subprocess.TimeoutExpired:
                self.kill()
                raise


class Service(Program):
    """A service that has said where it listens."""

    def __init__(self, case, name, *options, bind="tcp://127.0.0.1:*",
                 environ=None):
        super().__init__(case, name, *options, "--bind", bind,
                         environ=environ)
        self.mine = threading.local()
        said = self.hear()
        case.assertIn("listening at ", str(said))
        self.endpoint = said.split("listening at ")[1]

    def call(self, method, body=None, raw=None):
        """("OK", the result) or (code, text), as a plain REQ socket gets it.

        body is made JSON; raw is sent as it is.
        """
        parts = [] if raw is None and body is None else [
            json.dumps(body).encode() if raw is None else raw]
        return outcome(self.ask(method.encode(), *parts))

    def gauges(self):
        code, result = self.call("gauges")
        self.case.assertEqual(code, "OK", result)
        return result

    def await_gauges(self, wanted):
        """Ask until they are as wanted: they."""
        gauges = self.gauges()
        while not wanted(gauges):
            gauges = self.gauges()
        return gauges

    def ask(self, *parts):
        """The parts of the reply. Each thread has one socket for it: some ask
        until they hear what they want, and a closed socket lives on a while."""
        socket = getattr(self.mine, "socket", None)
        if not socket:
            socket = self.case.socket(zmq.REQ, self.endpoint)
        self.mine.socket = None  # If this fails, the next asks with another
        reply = self.case.ask(socket, *parts)
        self.mine.socket = socket
        return reply

    def stop(self):
        """End it as an operator does: its exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()


def outcome(reply):
    if len(reply) == 3 and reply[0] == b"ERROR":
        return reply[1].decode(), reply[2].decode()
    result, = reply
    return "OK", json.loads(result)


def catalog(case, *more, bus_at=NOWHERE, **options):
    return Service(case, "zp-catalog", "--films", film_file(), "--bus", bus_at,
                   "--updates", peers.ANYWHERE, "--requests", peers.ANYWHERE,
                   *more, **options)


def profiles(case, **options):
    return Service(case, "zp-profiles", "--profiles", profile_file(),
                   **options)


def recommendations(case, catalog_at=NOWHERE, profiles_at=NOWHERE,
                    bus_at=NOWHERE, trending=None, **options):
    trending = trending or os.path.join(case.folder(), "trending.json")
    return Service(case, "zp-recommendations", "--catalog", catalog_at,
                   "--profiles", profiles_at, "--bus", bus_at,
                   "--trending", trending, **options)


class Gateway(Program):
    """HTTP before services, each a name and one or several of them."""

    def __init__(self, case, address="127.0.0.1:0", **services):
        places = [f"{name}={one.endpoint}" for name, some in services.items()
                  for one in (some if isinstance(some, list) else [some])]
        self.control = f"ipc://{case.folder()}/gateway"
        super().__init__(
            case, "zp", "gateway", "serve",
            os.path.join(STREAMING, "routes.json"), "--http", address,
            "--bind", self.control,
            *(word for place in places for word in ("--service", place)))
        self.url = self.hear_of("listening at ").split("listening at ")[1]
        self.hear_of(" routes to ")

    @property
    def address(self):
        return urllib.parse.urlsplit(self.url).netloc

    def request(self, method, path, body=None, **headers):
        """The answer, to be read."""
        connection = http.client.HTTPConnection(
            self.address, timeout=PATIENCE_S)
        self.case.addCleanup(connection.close)
        connection.request(method, path, body, headers)
        return connection.getresponse()

    def get(self, path, **headers):
        return self.request("GET", path, **headers)

    def ask(self, path, body=None):
        """Get, or post a body: the code, and the JSON that came."""
        if body is None:
            answer = self.get(path)
        else:
            answer = self.request("POST", path, json.dumps(body),
                                  **{"Content-Type": "application/json"})
        return answer.status, json.load(answer)


class Broker(Service):
    """One of zp's, with its journal in a folder that outlives it."""

    def __init__(self, case, folder, name):
        super().__init__(case, "zp", name, "serve",
                         os.path.join(folder, name + ".db"),
                         bind=f"ipc://{folder}/{name}")


class Bus(Broker):
    """The log of events."""

    def __init__(self, case, folder):
        super().__init__(case, folder, "log")

    def tell(self, event, **fields):
        """Append an event: bytes, or its kind and what else it has."""
        body = event if isinstance(event, bytes) else json.dumps(
            {"event": event, **fields}).encode()
        offset, = self.ask(b"log.append", b"events", body)
        return int(offset)

    def told(self):
        """All events there are, at most 31."""
        parts = self.ask(b"log.read", b"events", b"start", b'{"count": 31}')
        return [json.loads(body) for body in parts[2::2]]


class Queue(Broker):
    """The broker of queues."""

    def __init__(self, case, folder):
        super().__init__(case, folder, "queue")

    def put(self, name, job, **options):
        """Put a job: bytes, or what can be made JSON. Its number."""
        body = job if isinstance(job, bytes) else json.dumps(job).encode()
        reply = self.ask(b"queue.put", name.encode(), body,
                         json.dumps(options).encode())
        self.case.assertEqual(len(reply), 1, reply)
        return int(reply[0])

    def stat(self, name):
        reply, = self.ask(b"queue.stat", name.encode())
        return json.loads(reply)

    def jobs(self, name, state):
        """[(what the broker says of a job, its body)]"""
        parts = self.ask(b"queue.peek", name.encode(),
                         json.dumps({"state": state, "count": 31}).encode())
        if parts == [b""]:
            parts = []
        return [(json.loads(info), body)
                for info, body in zip(parts[::2], parts[1::2])]

    def await_buried(self, name, count):
        """Wait for jobs to be buried: why, sorted."""
        found = []
        while len(found) < count:
            found = self.jobs(name, "buried")
        return sorted(info["head"]["why"] for info, body in found)

    def await_empty(self, name):
        """Wait until all jobs are done and acked."""
        left = 1
        while left:
            stat = self.stat(name)
            left = sum(stat[state] for state in (
                "writing", "ready", "delayed", "leased", "buried"))


def uploads(case, folder, queue_at, **options):
    return Service(case, "zp-uploads", "--folder", folder, "--queue",
                   queue_at, **options)


def encoder(case, folder, queue_at, bus_at=NOWHERE, **options):
    return Service(case, "zp-encoder", "--folder", folder, "--queue",
                   queue_at, "--bus", bus_at, **options)


def support(case, folder, queue_at, desk="desk", think_ms=1, **options):
    return Service(case, "zp-support", "--book",
                   os.path.join(folder, "support.db"), "--queue", queue_at,
                   "--desk", desk, "--think-ms", str(think_ms), **options)


def exporter(case, folder, queue_at, **services):
    """services: where profiles, billing, entitlement, notifications are"""
    return Service(case, "zp-exporter", "--folder",
                   os.path.join(folder, "exports"), "--queue", queue_at,
                   *(word for name in ("profiles", "billing", "entitlement",
                                       "notifications")
                     for word in ("--" + name, services.get(name, NOWHERE))))


def alerts(case, folder, program="zp-alerts"):
    return Service(case, program, "--updates", f"ipc://{folder}/alerts",
                   "--requests", f"ipc://{folder}/alerts-asked")


def screen(case, folder):
    return alerts(case, folder, "zp-screen")


class Books(Service):
    """A service with a book, which outlives it, and steps of sagas."""

    def __init__(self, case, program, folder, *options, **more):
        self.book = os.path.join(folder, program + ".db")
        super().__init__(case, program, "--book", self.book, *options, **more)

    def step(self, method, key, body, kind="action", result=None):
        """What it says: ("done", the result), ("refused", code), ("ongoing",
        milliseconds), or (code, text) of a failure."""
        reply = self.send(method, key, kind, json.dumps(body),
                          json.dumps(result), "1")
        if reply[0] in ("done", "ongoing"):
            return reply[0], json.loads(reply[1])
        return reply[-2], reply[-1]

    def undo(self, method, key, body, result=None):
        return self.step(method, key, body, "compensate", result)

    def status(self, key):
        return self.send("saga.status", key, "action")

    def await_done(self, key):
        """Ask until what was ongoing is done."""
        said = self.status(key)
        while said[0] == "ongoing":
            said = self.status(key)
        self.case.assertEqual(said, ["done", "null"])

    def send(self, *parts):
        return [part.decode()
                for part in self.ask(*(part.encode() for part in parts))]

    def rows(self, method):
        """All pages."""
        rows = page = self.call(method)[1]["rows"]
        while page:
            page = self.call(method, {"after": rows[-1]["number"]})[1]["rows"]
            rows = rows + page
        return rows

    def entries(self):
        """[(key, account, profile, plan, amount)]"""
        return [tuple(row[name] for name in (
            "key", "account", "profile", "plan", "amount"))
            for row in self.rows("ledger.entries")]

    def balances(self):
        """{(account, profile, plan): balance}, without those of 0"""
        return {(row["account"], row["profile"], row["plan"]): row["balance"]
                for row in self.rows("ledger.balances") if row["balance"]}


def licence(case, folder, plans=None, **options):
    return Books(case, "zp-licence", folder, "--plans", plans or plan_file(),
                 **options)


def billing(case, folder, queue_at=NOWHERE, saga_at=NOWHERE, plans=None,
            **options):
    return Books(case, "zp-billing", folder, "--plans", plans or plan_file(),
                 "--folder", os.path.join(folder, "invoices"), "--queue",
                 queue_at, "--saga", saga_at, **options)


def entitlement(case, folder, bus_at=NOWHERE, **options):
    return Books(case, "zp-entitlement", folder, "--bus", bus_at, **options)


def notifications(case, folder, bus_at=NOWHERE, **options):
    return Books(case, "zp-notifications", folder, "--bus", bus_at, **options)


#  Bodies that no method takes, whatever its fields are
BAD_BODIES = {
    "no JSON": b"{",
    "an array": b"[]",
    "a string": b'"horror"',
    "a number": b"1",
    "null": b"null",
    "nothing but blanks": b"  ",
    "two objects": b"{}{}",
    "a field twice": b'{"limit": 1, "limit": 1}',
    "a field that is not known": b'{"genera": "horror"}',
    "no UTF-8": b'{"title": "\xff"}',
    "a zero byte": b'{"title": "a\x00b"}',
    "a number that is too large": b'{"limit": 123456789012345678901234567890}',
    "too deep": b'{"title":' * 5000 + b"1" + b"}" * 5000,
    "huge": b'{"title": "' + b"x" * 100000 + b'"}',
    "huge blanks": b" " * 5000000,
    "binary": bytes(range(256)) * 16,
}


def check_bad_bodies(case, service, *methods):
    """Each bad body is refused, by each method, with a reason."""
    for method in methods:
        for name, body in BAD_BODIES.items():
            with case.subTest(method=method, body=name):
                code, text = service.call(method, raw=body)
                case.assertEqual(code, "INVALID_ARGUMENT")
                case.assertIn("the body is wrong: ", text)
    case.assertEqual(service.call("zp.ping"), ("OK", "pong"))
