#  SPDX-License-Identifier: MIT
"""Runs the demo script of a folder, in a pipe or at a terminal of its own.

Each run has a folder of its own for what it keeps, and a mark in its
environment, which all processes that it starts inherit: so it shows if one is
left behind.
"""

import contextlib
import functools
import os
import pty
import queue
import select
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.environ.get("ZP_SOURCE_DIR") or os.path.join(HERE, "..", "..")
BIN = os.environ.get("ZP_BIN_DIR") or os.path.join(TOP, "build", "bin")
PATIENCE_S = 100
#  Programs with a sanitizer are slow, and the scripts do with them what they do
#  with others: then only their stories are told
SANITIZED = "ASAN_OPTIONS" in os.environ


class Case(unittest.TestCase):
    demo = None  # The name of the folder

    def setUp(self):
        self.mark = "ZP_TEST_MARK=" + str(uuid.uuid4())
        #  Paths of local sockets are short
        folder = tempfile.TemporaryDirectory(dir="/tmp")
        self.addCleanup(folder.cleanup)
        self.script = os.path.join(TOP, "demos", self.demo, "demo")
        name, value = self.mark.split("=")
        self.environ = {**os.environ, name: value, "TERM": "xterm",
                        "PATH": BIN + os.pathsep + os.environ["PATH"],
                        "TMPDIR": folder.name, "XDG_RUNTIME_DIR": folder.name}
        self.environ.pop("NO_COLOR", None)
        self.folder = folder.name
        self.addCleanup(self.kill_left)

    def left(self):
        """The processes that carry the mark, and their command lines."""
        found = {}
        for process in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{process}/environ", "rb") as file:
                    ours = self.mark.encode() in file.read().split(b"\0")
                with open(f"/proc/{process}/cmdline", "rb") as file:
                    if ours:
                        found[int(process)] = file.read().split(b"\0")
            except OSError:
                pass  # Gone meanwhile, or another user's
        return found

    def kill_left(self):
        for process in self.left():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def run_in_pipe(self, *options):
        """(exit code, stdout, stderr)"""
        done = subprocess.run(
            [self.script, *options], env=self.environ, capture_output=True,
            stdin=subprocess.DEVNULL, text=True, timeout=PATIENCE_S)
        return done.returncode, done.stdout, done.stderr

    def start_at_terminal(self, *options):
        """Start it as the foreground of a terminal."""
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.execve(self.script, [self.script, *options], self.environ)
        self.addCleanup(os.close, self.terminal)
        self.seen = b""

    def see(self, text):
        """Wait until that text, bytes, has been on the terminal."""
        while text not in self.seen:
            self.assertTrue(self._read(), (text, self.seen))

    def _read(self):
        ready, _, _ = select.select([self.terminal], [], [], PATIENCE_S)
        self.assertTrue(ready, self.seen)
        try:
            more = os.read(self.terminal, 65536)
        except OSError:  # All have closed the terminal
            more = b""
        self.seen += more
        return more

    def type(self, keys):
        os.write(self.terminal, keys)

    def end(self):
        """Wait until it has ended: its exit code."""
        while self._read():
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])

    def check_clean(self):
        self.assertEqual(self.left(), {})

    def start(self, *command):
        """Start a program by itself."""
        return Program(self, command)


class Script(Case):
    """What each demo script does alike; the tests of one begin here."""

    marks = ()  # What it shows in the middle of its story: bytes

    def __init_subclass__(cls):
        for number, text in enumerate(cls.marks, 1):
            setattr(cls, f"test_ctrl_c_after_mark_{number}",
                    functools.partialmethod(cls.check_ctrl_c, text))

    @unittest.skipIf(SANITIZED, "it is about the script alone")
    def check_ctrl_c(self, text):
        self.start_at_terminal()
        self.see(text)
        self.type(b"\x03")
        self.assertEqual(self.end(), 130)
        self.check_clean()

    @unittest.skipIf(SANITIZED, "it is about the script alone")
    def test_it_can_be_terminated(self):
        self.start_at_terminal()
        self.see(self.marks[-1])
        os.kill(self.process, signal.SIGTERM)
        self.assertEqual(self.end(), 143)
        self.check_clean()

    def test_help_and_a_wrong_option(self):
        code, out, said = self.run_in_pipe("--help")
        self.assertEqual((code, said), (0, ""))
        self.assertIn("--once", out)
        code, out, said = self.run_in_pipe("--twice")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("no such option: --twice", said)


class Program:
    """A program whose lines can be waited for, and that can be told some."""

    def __init__(self, case, command):
        self.case = case
        self.process = subprocess.Popen(
            command, env=case.environ, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines = queue.Queue()
        reader = threading.Thread(target=self._read, daemon=True)
        reader.start()
        case.addCleanup(self.process.stdout.close)
        case.addCleanup(self.process.stdin.close)
        case.addCleanup(reader.join)
        case.addCleanup(self.kill)

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def hear(self, text):
        """What it says until a line has that in it, that line as well."""
        said = []
        end_s = time.monotonic() + PATIENCE_S
        while not said or text not in said[-1]:
            line = self.lines.get(timeout=max(0, end_s - time.monotonic()))
            self.case.assertIsNotNone(line, ("it has ended", text, said))
            said.append(line)
        return said

    def say(self, lines):
        self.process.stdin.write(lines)
        self.process.stdin.flush()

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def wait(self):
        """Wait until it has ended: its exit code."""
        return self.process.wait(PATIENCE_S)
