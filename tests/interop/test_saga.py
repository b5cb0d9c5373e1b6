#  SPDX-License-Identifier: MIT
"""A coordinator of sagas, and plain sockets in Python: who asks it, and the
services that it tells what to do.
"""

import json
import threading
import unittest

import zmq

import wire
from peers import PATIENCE_S, Case, Coordinator, Service
from wire import Envelope

FILM = {
    "saga": "film", "version": 1,
    "defaults": {"timeout_ms": PATIENCE_S * 1000,
                 "retry": {"max_attempts": 3, "initial_ms": 1, "max_ms": 1}},
    "steps": [
        {"id": "seat", "kind": "compensatable", "service": "licence",
         "action": "reserve", "compensation": "release"},
        {"id": "pay", "kind": "pivot", "service": "licence",
         "action": "charge",
         "input": ["$.input.cents", "$.steps.seat.result.seat"]},
        {"id": "grant", "kind": "retriable", "service": "licence",
         "action": "grant"}]}


class Licence(Service):
    """A REP socket that keeps the contract with a dictionary."""

    def __init__(self, case):
        self.said = {}      # What it said, by key and kind
        self.came = []      # All methods
        self.instead = []   # (method, what it says instead), once each
        self.open = threading.Event()
        self.open.set()
        super().__init__(case, zmq.REP, self.serve)

    def serve(self, socket, frames):
        self.open.wait(PATIENCE_S)
        method, key, kind, *rest = frames
        self.came.append(method.decode())
        reply = self.reply(method, (key, kind), *rest)
        for number, (when, other) in enumerate(self.instead):
            if when == method:
                del self.instead[number]
                reply = other
                break
        socket.send_multipart(reply)

    def reply(self, method, which, *rest):
        if method == b"saga.status":
            return self.said.get(which, [b"unknown"])
        text, result, attempt = rest
        assert int(attempt) > 0
        if which not in self.said:
            given = json.loads(text)
            if method == b"charge" and given[0] > 100:
                self.said[which] = [b"refused", b"NO_MONEY", b"too dear"]
            elif method == b"release":
                assert json.loads(result) == {"seat": 7}
                self.said[which] = [b"done", b"null"]
            else:
                self.said[which] = [b"done", b'{"seat": 7}']
        return self.said[which]


class Saga(Case):

    def setUp(self):
        super().setUp()
        self.home = self.folder()
        self.licence = Licence(self)
        self.start()

    def start(self):
        self.coordinator = Coordinator(
            self, self.home, FILM, licence=self.licence.endpoint)
        self.req = self.socket(zmq.REQ, self.coordinator.endpoint)

    def tell(self, *parts):
        return self.ask(self.req, *parts)

    def end(self, saga):
        said, = self.tell(b"saga.wait", saga)
        return json.loads(said)

    def test_all_is_done(self):
        self.assertEqual(
            self.tell(b"saga.start", b"film", b"f1", b'{"cents": 5}'),
            [b"f1"])
        said = self.end(b"f1")
        self.assertEqual((said["id"], said["state"]), ("f1", "COMPLETED"))
        self.assertEqual(self.licence.came, ["reserve", "charge", "grant"])
        self.assertEqual(said["steps"][0]["result"], {"seat": 7})
        shown = json.loads(self.tell(b"saga.show", b"f1")[0])
        self.assertEqual([event["event"] for event in shown["history"]],
                         ["begin", "done", "done", "done"])
        self.assertEqual(shown["definition"], FILM)

    def test_what_was_done_is_undone(self):
        self.tell(b"saga.start", b"film", b"f2", b'{"cents": 500}')
        said = self.end(b"f2")
        self.assertEqual(
            (said["state"], said["reason"]),
            ("COMPENSATED", "pay was refused: NO_MONEY: too dear"))
        self.assertEqual(self.licence.came, ["reserve", "charge", "release"])

    def test_garbage_and_errors_are_no_answers(self):
        self.licence.instead = [
            (b"reserve", [b"hello"]), (b"charge", [b"done"]),
            (b"charge", [b"done", b"{"]), (b"grant", [b""])]
        self.tell(b"saga.start", b"film", b"f3", b'{"cents": 5}')
        self.assertEqual(self.end(b"f3")["state"], "COMPLETED")
        self.assertEqual(
            self.licence.came,
            ["reserve"] * 2 + ["charge"] * 3 + ["grant"] * 2)

    def test_one_that_is_at_it_is_asked_again(self):
        self.licence.instead = [(b"charge", [b"ongoing", b"10"])]
        self.tell(b"saga.start", b"film", b"f4", b'{"cents": 5}')
        self.assertEqual(self.end(b"f4")["state"], "COMPLETED")
        self.assertEqual(self.licence.came,
                         ["reserve", "charge", "saga.status", "grant"])

    def test_what_was_confirmed_survives_a_kill(self):
        self.licence.open.clear()
        for number in range(20):
            self.assertEqual(
                self.tell(b"saga.start", b"film", b"k%d" % number,
                          b'{"cents": 5}'), [b"k%d" % number])
        self.coordinator.kill()
        self.start()
        self.licence.open.set()
        for number in range(20):
            self.assertEqual(
                self.end(b"k%d" % number)["state"], "COMPLETED")
        self.assertEqual(len(self.licence.said), 60)

    def test_errors_are_three_parts(self):
        for asked, code, text in (
                ((b"saga.start", b"film", b"x"), b"INVALID_ARGUMENT",
                 b"use: saga.start NAME ID INPUT"),
                ((b"saga.start", b"play", b"x", b"{}"), b"NOT_FOUND",
                 b"there is no definition of that name"),
                ((b"saga.show", b"x"), b"NOT_FOUND",
                 b"there is no saga 'x', or not any more")):
            with self.subTest(asked=asked):
                self.assertEqual(self.tell(*asked), [b"ERROR", code, text])

    def test_a_dealer_with_an_envelope_starts_one_saga_however_often(self):
        dealer = self.socket(zmq.DEALER, self.coordinator.endpoint)
        for attempt in 1, 2:
            envelope = Envelope(client=0x5EED, serial=9, attempt=attempt)
            dealer.send_multipart(
                [envelope.encode(), b"", b"saga.start", b"film", b"",
                 b'{"cents":5}'])
            head, empty, saga = dealer.recv_multipart()
            self.assertEqual(wire.decode(head).kind, wire.REPLY)
            self.assertEqual(saga, b"0000000000005eed0000000000000009")
        self.assertEqual(self.end(saga)["state"], "COMPLETED")
        self.assertEqual(
            json.loads(self.tell(b"saga.stat")[0])["started"], 1)


if __name__ == "__main__":
    unittest.main()
