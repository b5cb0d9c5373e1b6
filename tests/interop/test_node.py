#  SPDX-License-Identifier: MIT
"""Peers in Node, with npm's zeromq, which has a libzmq of its own."""

import json
import os
import subprocess
import sys
import time
import unittest

from peers import (
    BIN, PATIENCE_S, POLL_S, Caller, Case, Coordinator, Program, Pub, Server,
    Sub)

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))

import node_project  # noqa: E402

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node")
THERE = os.path.join(os.path.dirname(os.path.abspath(BIN)), "interop-node")


@node_project.needed
class Node(Case):

    @classmethod
    def setUpClass(cls):
        node_project.install(HERE, THERE)

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

    def test_it_asks_our_coordinator_and_serves_its_sagas(self):
        peer = Program(self, "node", os.path.join(THERE, "saga.js"))
        step = {"service": "licence", "action": "do",
                "timeout_ms": PATIENCE_S * 1000}
        coordinator = Coordinator(self, self.folder(), {
            "saga": "film", "version": 1, "steps": [
                {"id": "seat", "kind": "compensatable",
                 "compensation": "undo", **step},
                {"id": "pay", "kind": "pivot", **step}]},
            licence=peer.hear())
        peer.say(coordinator.endpoint)
        self.assertEqual(peer.hear(), "well")

    def peer(self, *words):
        return Program(self, "node", os.path.join(THERE, "pubsub.js"), *words)

    def test_it_hears_what_our_publisher_says(self):
        pub = Pub(self)
        sub = self.peer("subscribe", pub.updates, "storm/", "fire/", "reach")
        while sub.lines.empty():
            pub.event("reach", "")
            time.sleep(POLL_S)
        pub.event("reach", "end")
        while (end := json.loads(sub.hear()))["payload"] != "end":
            pass
        for n in range(100):
            pub.set(f"storm/{n % 3}/ö", n)
            pub.event("firewood", n)
            pub.event("fire/x", "")
        pub.delete("storm/0/ö")
        expected, number = [], end["sequence"]
        for n in range(100):
            expected += [(2, number + 1, f"storm/{n % 3}/ö", str(n)),
                         (1, number + 3, "fire/x", "")]
            number += 3
        expected.append((3, number + 1, "storm/0/ö", ""))
        self.assertEqual([tuple(json.loads(sub.hear()).values())
                          for _ in expected], expected)

    def test_our_subscriber_hears_what_it_publishes(self):
        pub = self.peer("publish")
        sub = Sub(self, pub.hear(), "storm/+", "reach")
        while sub.lines.empty():
            pub.say('["reach", ""]')
            time.sleep(POLL_S)
        pub.say('["reach", "end"]')
        while sub.updates(1) != [("reach", "end")]:
            pass
        for n in range(100):
            pub.say(json.dumps(["storm/ö", f"no. {n}"]))
            pub.say(json.dumps(["storm", "no"]))
            pub.say(json.dumps(["storm/one", f"no. {n}", True]))
        self.assertEqual(sub.updates(200), [
            (topic, f"no. {n}") for n in range(100)
            for topic in ("storm/ö", "storm/one")])

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
