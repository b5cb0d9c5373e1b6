#  SPDX-License-Identifier: MIT
"""What the tests of zp share: each has constellations and a folder of its own.

After each test no process that it started may be left: all inherit the
XDG_RUNTIME_DIR that is this test's alone, and are found by it.
"""

import json
import os
import pty
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

BIN = os.environ.get("ZP_BIN_DIR") or os.path.join(
    os.path.dirname(__file__), "..", "..", "..", "build", "bin")
ZP = os.path.realpath(os.path.join(BIN, "zp"))
SERVICE = os.path.realpath(os.path.join(BIN, "zp-test-service"))
PATIENCE_S = 60

OK, ERROR, USAGE, NOT_RUNNING, NOT_FOUND, TIMEOUT = range(6)
INTERRUPTED = 130


def service(name, *misdeed, **keys):
    """A service of a topology; a misdeed is the test service's argument."""
    return {"name": name, "program": SERVICE,
            "args": ["{%s}" % name, *misdeed],
            "endpoint": "ipc://{run}/" + name, **keys}


def wait_until(condition, what):
    """Look again and again until the condition is true, and return that."""
    end = time.monotonic() + PATIENCE_S
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError("never happened: " + what)
        time.sleep(0.01)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="zp-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.folder)
        self.env = {**os.environ, "XDG_RUNTIME_DIR": self.folder,
                    "TERM": "xterm"}
        self.env.pop("NO_COLOR", None)
        self.addCleanup(self.end_all)

    def end_all(self):
        left = self.processes()
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.assertEqual(left, {}, "processes were left")

    def processes(self):
        """The processes of this test, by pid, with their command lines."""
        mark = ("XDG_RUNTIME_DIR=" + self.folder).encode()
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    ours = mark in file.read().split(b"\0")
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    line = file.read().decode().replace("\0", " ")
            except OSError:
                continue
            if ours and line:
                found[int(pid)] = line
        return found

    def assert_nothing_left(self):
        wait_until(lambda: not self.processes(), "the end of all processes")

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_dir(self, name="films"):
        return self.path(f"zpatterns-{os.geteuid()}/{name}")

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def topology(self, *services, name="films"):
        return self.write(name + ".json", json.dumps(
            {"name": name, "services": services}))

    def zp(self, *words, code=OK, **keys):
        """Run zp to its end, and check its exit code, unless it is None."""
        keys = {"env": self.env, "stdin": subprocess.DEVNULL, "text": True,
                **keys}
        if "input" in keys:
            del keys["stdin"]
        done = subprocess.run([ZP, *words], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=PATIENCE_S,
                              check=False, **keys)
        if code is not None:
            self.assertEqual(done.returncode, code,
                             f"zp {words}: {done.stderr}")
        return done

    def start(self, *words, **keys):
        """Run zp, and let it run; its end is up to the test."""
        keys = {"stdin": subprocess.DEVNULL, "text": True, **keys}
        process = subprocess.Popen(
            [ZP, *words], env=self.env, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, **keys)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                self.addCleanup(stream.close)
        return process

    def daemon(self, *words, said, **keys):
        """Run a zp that serves, ready to be called, that is stopped after the
        test. What it says up to a line with that part is kept."""
        process = self.start(*words, **keys)
        self.addCleanup(self.stop, process)
        process.said = self.read_until(process.stderr, said)
        return process

    def stop(self, process, number=signal.SIGTERM):
        """End a process, and return how it ended and what it said at last."""
        if process.returncode is not None:
            return process.returncode, ""
        process.send_signal(number)
        said = process.stderr.read()
        return process.wait(PATIENCE_S), said

    def up(self, *services, name="films"):
        """Bring up a constellation that is taken down after the test."""
        path = self.topology(*services, name=name)
        done = self.zp("up", path, "--detach")
        self.addCleanup(self.down, name)
        return done

    def down(self, name="films"):
        subprocess.run([ZP, "down", "--now", "--name", name], env=self.env,
                       stderr=subprocess.DEVNULL, timeout=PATIENCE_S,
                       check=False)

    def ps(self, name="films"):
        """What zp ps says of each service, by name."""
        done = self.zp("ps", "--json", "--name", name)
        return {one["name"]: one for one in json.loads(done.stdout)["services"]}

    def read_until(self, stream, part):
        """Read lines up to one that holds the part, and return all of them."""
        lines = []
        for line in stream:
            lines.append(line.rstrip("\n"))
            if part in line:
                return lines
        raise AssertionError(f"{part!r} is not in {lines}")


class Terminal:
    """A zp that runs in a terminal of its own, as a person would see it."""

    def __init__(self, case, *command, **environment):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(command[0], command, {**case.env, **environment})
        self.text = ""
        case.addCleanup(os.close, self.fd)

    def read(self):
        """Read something; False at the end."""
        ready, _, _ = select.select([self.fd], [], [], PATIENCE_S)
        if not ready:
            raise AssertionError("nothing came after: " + self.text)
        try:
            some = os.read(self.fd, 65536)
        except OSError:  # EIO: all who had it open are gone
            return False
        self.text += some.decode(errors="replace")
        return bool(some)

    def read_until(self, part):
        while part not in self.text:
            if not self.read():
                raise AssertionError(f"{part!r} is not in: {self.text}")

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self):
        """Read all there is, and return the exit code."""
        while self.read():
            pass
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)
