#  SPDX-License-Identifier: MIT
"""What both ways to run the four services are tested with."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

import demo  # noqa: E402

SERVICES = ("licence", "billing", "entitlement", "notify")
AGREE = "The books agree."


class Story(demo.Script):
    """The demo script; the two stories begin here."""

    demo = "saga"
    option = ()   # By which the story is told
    story = ()    # What it shows, in that order
    follows = ""  # What comes of the event that is tried

    def start_at_terminal(self, *options):
        super().start_at_terminal(*self.option, *options)

    def tell(self):
        code, out, said = self.run_in_pipe(*self.option, "--once")
        self.assertEqual((code, said), (0, ""), out)
        rest = out
        for text in self.story + (AGREE,):
            self.assertIn(text, rest, out)
            rest = rest[rest.index(text) + len(text):]
        self.assertIn("6 seats are held, 6 were paid for, 6 may watch", out)
        self.check_clean()
        self.assertEqual(os.listdir(self.folder), [])

    def try_all(self):
        """Do what it says to try: what that printed."""
        self.start_at_terminal()
        self.see(b"README.md")
        lines = self.seen.decode().replace("\r", "").split("terminal:\n")[-1]
        place, = re.findall(r"^  cd (\S+)$", lines, re.M)
        tries = re.findall(r"^  ((?:PATH|export|zp|saga-).*)$", lines, re.M)
        said = ""
        before = f"cd {place}\n"
        for line in tries:
            if line.startswith(("PATH", "export")):
                before += line + "\n"
            elif " follow " in line:
                follower = self.start("bash", "-euc", before + "exec " + line)
            else:
                done = subprocess.run(
                    ["bash", "-euc", before + line], env=self.environ,
                    capture_output=True, text=True, timeout=demo.PATIENCE_S)
                self.assertEqual(done.returncode, 0,
                                 (line, done.stdout, done.stderr))
                said += done.stdout
            if " append " in line:
                follower.hear(self.follows)
                follower.kill()
        self.type(b"\x03")
        self.assertEqual(self.end(), 130)
        self.check_clean()
        self.assertEqual(os.listdir(self.folder), [])
        return said


class Programs(demo.Case):
    """The small programs by themselves, all in one folder."""

    demo = "saga"

    def setUp(self):
        super().setUp()
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)

    def audit(self):
        """(do the books agree, what was told)"""
        done = subprocess.run(["saga-audit"], env=self.environ, text=True,
                              capture_output=True, timeout=demo.PATIENCE_S)
        self.assertEqual(done.returncode == 0, AGREE in done.stdout)
        return done.returncode == 0, done.stdout

    def zp(self, *words):
        done = subprocess.run(["zp", *words], env=self.environ, text=True,
                              capture_output=True, timeout=demo.PATIENCE_S)
        self.assertEqual(done.returncode, 0, (words, done.stderr))
        return done.stdout

    def refuses(self, text, *command):
        """Such a command says why it ends."""
        program = self.start(*command)
        program.hear(text)
        self.assertNotEqual(program.wait(), 0)
