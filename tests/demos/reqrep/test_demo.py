#  SPDX-License-Identifier: MIT
"""The demo of request and reply runs, and leaves nothing behind."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))

import abreast  # noqa: E402
import demo  # noqa: E402


class Script(demo.Script):
    demo = "reqrep"
    marks = [b"echo hello", b"ZeroMQ", b"attempt 1", b"is dead", b"README.md"]

    def test_it_tells_its_story_and_ends(self):
        code, out, said = self.run_in_pipe("--once")
        self.assertEqual((code, said), (0, ""), out)
        story = ["hello", "Z", "e", "r", "o", "M", "Q", "ZeroMQ",
                 "UNIMPLEMENTED: server has no method 'sing'",
                 "the server says: attempt 1", "the server is dead",
                 "a new one says: attempt 2", "(sent 2 times)", "42"]
        lines = [line.strip() for line in out.splitlines()]
        for text in story:
            place = next((number for number, line in enumerate(lines)
                          if line.startswith(text)), None)
            self.assertIsNotNone(place, (text, out))
            del lines[:place + 1]
        self.check_clean()
        self.assertEqual(os.listdir(self.folder), [])

    def test_without_a_terminal_it_ends_by_itself(self):
        code, out, said = self.run_in_pipe()
        self.assertEqual((code, said), (0, ""), out)
        self.check_clean()

    def test_at_a_terminal_it_stays_until_ctrl_c(self):
        self.start_at_terminal()
        self.see(b"until Ctrl-C")
        self.see(b"README.md")
        self.assertTrue(self.left())
        self.type(b"\x03")
        self.assertEqual(self.end(), 130)
        self.check_clean()
        self.assertEqual(os.listdir(self.folder), [])

    def test_what_it_says_to_try_works(self):
        self.start_at_terminal()
        self.see(b"README.md")
        lines = self.seen.decode().replace("\r", "").split("try:\n")[-1]
        tries = [line.strip() for line in lines.splitlines()
                 if line.strip().startswith(("zp ", "reqrep-"))]
        self.assertGreaterEqual(len(tries), 3)
        for line in tries:
            done = subprocess.run(line, shell=True, env=self.environ,
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, (line, done.stderr))
            self.assertTrue(done.stdout)
        self.type(b"\x03")
        self.assertEqual(self.end(), 130)


class Programs(demo.Case):
    """The three programs by themselves."""

    demo = "reqrep"

    def program(self, name, *options):
        done = subprocess.run([os.path.join(demo.BIN, name), *options],
                              capture_output=True, text=True,
                              timeout=demo.PATIENCE_S)
        return done.returncode, done.stdout, done.stderr

    def test_clients_tell_how_they_are_used(self):
        for name in ("reqrep-client", "reqrep-stream-client"):
            code, out, said = self.program(name)
            self.assertEqual((code, out), (2, ""))
            self.assertIn("METHOD TEXT [ENDPOINT]", said)

    def test_an_endpoint_that_makes_no_sense(self):
        for name, options in [("reqrep-server", []),
                              ("reqrep-client", ["echo", "hello"]),
                              ("reqrep-stream-client", ["echo", "hello"])]:
            code, out, said = self.program(name, *options, "nonsense")
            self.assertNotEqual(code, 0)
            self.assertEqual(out, "")
            self.assertIn("nonsense", said)

    def test_a_failure_is_told_with_its_code(self):
        server = subprocess.Popen(
            [os.path.join(demo.BIN, "reqrep-server"),
             f"ipc://{self.folder}/server"])
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        endpoint = f"ipc://{self.folder}/server"
        for name in ("reqrep-client", "reqrep-stream-client"):
            code, out, said = self.program(name, "echo", "", endpoint)
            self.assertEqual((code, out), (1, ""))
            self.assertIn("INVALID_ARGUMENT", said)
            self.assertIn("no text", said)


if __name__ == "__main__":
    abreast.main()
