#  SPDX-License-Identifier: MIT
"""Scenes of the streaming service: broken and healed with zp, and seen from
outside.

zp break and zp heal wait until the stage has seen what the scene says. The
tests do not take its word for it, and look themselves: by HTTP at the gateway,
at single services, and in the books. What goes wrong and what viewers do is
seeded: ZP_SEED, which is printed.
"""

import contextlib
import http.client
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "zp"))

import cli  # noqa: E402
from cli import wait_until  # noqa: E402,F401

TOP = os.environ.get("ZP_SOURCE_DIR") or os.path.join(HERE, "..", "..", "..")
STREAMING = os.path.join(TOP, "demos", "streaming")
SCENES = os.path.join(STREAMING, "scenes.json")
AUDIT = os.path.join(os.path.dirname(cli.ZP), "zp-audit")
BOOKS = ("licence", "billing", "entitlement", "saga", "queue", "support-1",
         "exporter", "viewers")
AUDIT_OPEN = 3
#  Some thirty processes with a sanitizer are too many to be in time
SANITIZED = "ASAN_OPTIONS" in os.environ
SEED = int(os.environ.get("ZP_SEED") or random.randrange(1, 1 << 31))


class Constellation:
    """All of the streaming service, in a folder of its own."""

    def __init__(self, seed=SEED):
        print(f"ZP_SEED={seed}", file=sys.stderr)
        #  Paths of local sockets are short
        self.folder = tempfile.mkdtemp(prefix="zp-", dir="/tmp")
        self.env = {**os.environ, "XDG_RUNTIME_DIR": self.folder}
        self.run = os.path.join(self.folder, f"zpatterns-{os.geteuid()}",
                                "streaming")
        self.zp("up", os.path.join(STREAMING, "topology.json"), "--name",
                "streaming", "--seed", str(seed), "--detach")
        try:
            url = urllib.parse.urlsplit(self.call("gateway", "gateway.url"))
        except BaseException:
            self.down()
            raise
        self.host, self.port = url.hostname, url.port

    def zp(self, *words):
        """What it prints; it must go well."""
        done = subprocess.run([cli.ZP, *words], env=self.env, text=True,
                              capture_output=True, timeout=2 * cli.PATIENCE_S)
        if done.returncode:
            raise AssertionError((words, done.returncode, done.stdout,
                                  done.stderr))
        return done.stdout

    def call(self, service, method, body=None):
        """What a method of a service gives."""
        said = self.zp("call", service, method,
                       *([] if body is None else [json.dumps(body)]))
        try:
            return json.loads(said)
        except ValueError:
            return said.strip()

    def state(self):
        return self.call("stage", "stage.state", {})

    def load(self, factor):
        """So many times as many viewers as usual come."""
        self.call("viewers", "load.set", {"factor": factor})

    def audit(self):
        """Let nobody come; when all is done the books must agree."""
        self.load(0)
        services = json.loads(self.zp("ps", "--json"))["services"]
        at = {one["name"]: one["endpoint"] for one in services}
        command = [AUDIT, *(at[name] for name in BOOKS)]
        end = time.monotonic() + 2 * cli.PATIENCE_S
        code = AUDIT_OPEN
        while code == AUDIT_OPEN and time.monotonic() < end:
            done = subprocess.run(command, capture_output=True, text=True)
            code = done.returncode
        if code:
            raise AssertionError((code, done.stdout, done.stderr))

    def processes(self):
        """Those that it has started, by pid."""
        mark = ("XDG_RUNTIME_DIR=" + self.folder).encode()
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/environ", "rb") as file:
                    ours = mark in file.read().split(b"\0")
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    if ours:
                        found[int(pid)] = file.read().replace(b"\0", b" ")
        return found

    def down(self):
        """End it. Nothing must be left."""
        try:
            self.zp("down")
            wait_until(lambda: not self.processes(), "all processes ended")
        finally:
            for pid in self.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, 9)
            shutil.rmtree(self.folder)

    def request(self, method, path, body=None, **headers):
        """A connection of its own: (status, headers, what JSON came)"""
        connection = http.client.HTTPConnection(self.host, self.port,
                                                timeout=cli.PATIENCE_S)
        with contextlib.closing(connection):
            if body is not None:
                body = json.dumps(body)
                headers["Content-Type"] = "application/json"
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, json.load(answer)

    def get(self, path):
        """(status, JSON)"""
        status, _, body = self.request("GET", path)
        return status, body

    def let_in(self, path):
        """The same; None if others have asked too often."""
        status, body = self.get(path)
        return None if status == 429 else (status, body)

    def post(self, path, body, **headers):
        status, _, answer = self.request("POST", path, body, **headers)
        return status, answer


class Download:
    """A film that comes as slowly as it is read."""

    def __init__(self, constellation, path):
        at = constellation.host, constellation.port
        self.connection = http.client.HTTPConnection(*at)
        self.connection.sock = socket.socket()
        self.connection.sock.settimeout(cli.PATIENCE_S)
        self.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                                        4096)
        self.connection.sock.connect(at)
        self.connection.request("GET", path)
        self.answer = self.connection.getresponse()
        self.got = b""

    def read(self, size=None):
        """So many bytes more, or all that are left."""
        self.got += self.answer.read(size)
        return self.got

    def close(self):
        self.connection.close()


@unittest.skipIf(SANITIZED, "some thirty processes with a sanitizer are slow")
class Case(unittest.TestCase):
    """One constellation for all tests of a class. Each leaves it whole, and
    at the end the books must agree."""

    factor = 1  # How many viewers come, in times of the usual

    @classmethod
    def setUpClass(cls):
        cls.all = Constellation()
        cls.addClassCleanup(cls.all.down)
        cls.addClassCleanup(cls.all.audit)
        cls.addClassCleanup(cls.all.zp, "heal")

    def setUp(self):
        self.all.load(self.factor)

    @contextlib.contextmanager
    def broken(self, scene):
        """While it is broken, and all was seen; then it must recover."""
        try:
            self.all.zp("break", scene, "--wait")
            yield
        except BaseException:
            self.all.zp("heal")
            raise
        self.heal(scene)

    def heal(self, scene):
        self.all.zp("heal", scene, "--wait")

    def get(self, path):
        """What is there. The viewers, who have the same address, may have
        asked too often for one more to be let in."""
        status, body = wait_until(lambda: self.all.let_in(path), "let in")
        self.assertEqual(status, 200, body)
        return body

    def gauges(self, service):
        return self.all.call(service, "gauges")


def timed(call, *arguments):
    """(what it gave, how many seconds that took)"""
    begun = time.monotonic()
    given = call(*arguments)
    return given, time.monotonic() - begun
