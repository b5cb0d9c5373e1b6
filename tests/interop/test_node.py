#  SPDX-License-Identifier: MIT
"""Peers in Node, with npm's zeromq, which has a libzmq of its own."""

import filecmp
import os
import shutil
import subprocess
import unittest

from peers import BIN, PATIENCE_S, Caller, Case, Program, Server

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node")
THERE = os.path.join(os.path.dirname(os.path.abspath(BIN)), "interop-node")


def install():
    """Bring the peers, and what they need, into the build folder."""
    locked = os.path.join(THERE, "node_modules", "package-lock.json")
    lock = os.path.join(HERE, "package-lock.json")
    shutil.copytree(HERE, THERE, dirs_exist_ok=True)
    if not os.path.exists(locked) or not filecmp.cmp(lock, locked, False):
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
             "--loglevel=error"],
            cwd=THERE, stdout=subprocess.DEVNULL, check=True)
        shutil.copy(lock, locked)


@unittest.skipUnless(shutil.which("node") and shutil.which("npm"),
                     "there is no node, or no npm, to run the peers")
class Node(Case):

    @classmethod
    def setUpClass(cls):
        install()

    def service(self, kind):
        program = Program(
            self, "node", os.path.join(THERE, "serve.js"), kind)
        return program.hear()

    def test_it_calls_our_server(self):
        subprocess.run(
            ["node", os.path.join(THERE, "call.js"), Server(self).endpoint],
            check=True, timeout=PATIENCE_S)

    def test_it_puts_reserves_and_acks_at_our_queue(self):
        folder = self.folder()
        endpoint = f"ipc://{folder}/queue"
        serve = subprocess.Popen(
            [os.path.join(BIN, "zp"), "queue", "serve",
             os.path.join(folder, "queue.db"), "--bind", endpoint],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(serve.kill)
        #  A socket waits until the broker is there
        subprocess.run(["node", os.path.join(THERE, "queue.js"), endpoint],
                       check=True, timeout=PATIENCE_S)
        serve.terminate()
        self.assertEqual(serve.wait(PATIENCE_S), 0)

    def test_our_client_calls_its_reply_socket(self):
        caller = Caller(self, self.service("reply"))
        sent = {caller.start("echo", str(n), "x"): n for n in range(1000)}
        self.assertEqual(caller.ends(1000), {
            tag: ("OK", 1, f"{n} x") for tag, n in sent.items()})
        self.assertEqual(caller.stats(), (0, 0, 0))

    def test_our_client_calls_its_router_which_answers_wildly(self):
        caller = Caller(self, self.service("router"))
        for _ in range(100):
            sent = {caller.start("echo", str(n)): n for n in range(3)}
            self.assertEqual(caller.ends(3), {
                tag: ("OK", 1, str(n)) for tag, n in sent.items()})
        strays, garbage, compact = caller.stats()
        self.assertIn(strays, (599, 600))  # The last may still be on its way
        self.assertEqual((garbage, compact), (0, 0))


if __name__ == "__main__":
    unittest.main(verbosity=2)  # Says why something is skipped
