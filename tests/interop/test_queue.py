#  SPDX-License-Identifier: MIT
"""The queue's broker, spoken to by plain sockets in Python."""

import json
import subprocess
import sys
import unittest

import zmq

import wire
from peers import Broker, Case
from wire import Envelope

CLIENT = 0x5EED


class Queue(Case):

    def setUp(self):
        super().setUp()
        self.home = self.folder()
        self.start()

    def start(self):
        self.broker = Broker(self, self.home)
        self.req = self.socket(zmq.REQ, self.broker.endpoint)

    def tell(self, *parts):
        return self.ask(self.req, *parts)

    def count(self, state):
        return json.loads(self.tell(b"queue.stat", b"jobs")[0])[state]


class Plain(Queue):
    """A REQ socket, which sends nothing but the parts."""

    def test_put_reserve_and_ack(self):
        self.assertEqual(self.tell(b"queue.put", b"jobs", b"one"), [b"1"])
        self.assertEqual(self.tell(b"queue.put", b"jobs", b"\0\xff"), [b"2"])
        receipt, body = self.tell(b"queue.reserve", b"jobs")
        self.assertEqual((receipt, body), (b"1:1:1", b"one"))
        self.assertEqual(self.tell(b"queue.ack", receipt), [b"1"])
        receipt, body = self.tell(b"queue.reserve", b"jobs")
        self.assertEqual(body, b"\0\xff")
        self.assertEqual(self.tell(b"queue.ack", receipt), [b"1"])
        self.assertEqual(self.count("acked"), 2)

    def test_an_empty_queue_says_so_at_once_or_after_a_while(self):
        nothing = [b"ERROR", b"NOT_FOUND", b"no message is ready in jobs"]
        self.assertEqual(self.tell(b"queue.reserve", b"jobs"), nothing)
        self.assertEqual(
            self.tell(b"queue.reserve", b"jobs", b'{"wait_ms":50}'), nothing)

    def test_a_worker_that_waits_gets_what_is_put(self):
        worker = self.socket(zmq.REQ, self.broker.endpoint)
        worker.send_multipart(
            [b"queue.reserve", b"jobs", b'{"wait_ms":3600000}'])
        self.assertEqual(self.tell(b"queue.put", b"jobs", b"x"), [b"1"])
        self.assertEqual(worker.recv_multipart(), [b"1:1:1", b"x"])

    def test_of_one_that_was_killed_while_it_waited_others_get_the_message(
            self):
        killed = subprocess.Popen([
            sys.executable, "-c",
            "import sys, zmq; req = zmq.Context().socket(zmq.REQ);"
            "req.connect(sys.argv[1]); req.send_multipart(["
            "b'queue.reserve', b'jobs', b'{\"wait_ms\":3600000}']); req.recv()",
            self.broker.endpoint])
        self.addCleanup(killed.wait)
        self.addCleanup(killed.kill)
        while self.tell(b"queue.stat", b"jobs")[0] == b"ERROR":
            pass
        self.assertEqual(self.count("consumers"), 1)
        killed.kill()
        killed.wait()
        self.tell(b"queue.put", b"jobs", b"x", b'{"lease_ms":3600000}')
        self.assertEqual(
            self.tell(b"queue.reserve", b"jobs", b'{"wait_ms":3600000}'),
            [b"1:2:1", b"x"])
        self.assertEqual(self.count("returned"), 0)

    def test_nack_and_the_dead_letter_queue(self):
        self.tell(b"queue.put", b"jobs", b"cursed")
        for _ in range(3):
            receipt, _ = self.tell(b"queue.reserve", b"jobs")
            self.assertEqual(self.tell(b"queue.nack", receipt), [b"1"])
        self.assertEqual(self.count("ready"), 0)
        info, body = self.tell(b"queue.peek", b"jobs.dead")
        self.assertEqual(body, b"cursed")
        self.assertEqual(json.loads(info)["head"]["from"], "jobs")
        self.assertEqual(self.tell(b"queue.kick", b"jobs.dead"), [b"1"])
        self.assertEqual(self.tell(b"queue.reserve", b"jobs")[1], b"cursed")

    def test_a_nack_with_a_delay(self):
        self.tell(b"queue.put", b"jobs", b"x")
        receipt, _ = self.tell(b"queue.reserve", b"jobs")
        self.tell(b"queue.nack", receipt, b'{"delay_ms":50}')
        self.assertEqual(
            self.tell(b"queue.reserve", b"jobs", b'{"wait_ms":20000}'),
            [b"1:2:1", b"x"])

    def test_errors_are_three_parts(self):
        for asked, code, text in (
                ((b"queue.put", b"jobs"), b"INVALID_ARGUMENT",
                 b"use: queue.put QUEUE BODY [OPTIONS]"),
                ((b"queue.put", b"jobs", b"x", b'{"dely_ms":1}'),
                 b"INVALID_ARGUMENT",
                 b"queue.put: no option 'dely_ms' here; there are: id, "
                 b"delay_ms, lease_ms, priority"),
                ((b"queue.put", b"a b", b"x"), b"INVALID_ARGUMENT",
                 b"the name of a queue is 1 to 123 letters, digits, '.', '_' "
                 b"or '-'"),
                ((b"queue.stat", b"jobs"), b"NOT_FOUND",
                 b"there is no queue 'jobs'; the first message put, or the "
                 b"first worker, makes one"),
                ((b"queue.ack", b"7:1:1"), b"FAILED_PRECONDITION",
                 b"7:1:1 is gone"),
                ((b"queue.get", b"jobs"), b"UNIMPLEMENTED",
                 b"server has no method 'queue.get'; zp.info lists those it "
                 b"has")):
            with self.subTest(asked=asked):
                self.assertEqual(self.tell(*asked), [b"ERROR", code, text])

    def test_what_was_confirmed_survives_a_kill(self):
        for number in range(100):
            self.tell(b"queue.put", b"jobs", b"%d" % number)
        receipt, _ = self.tell(b"queue.reserve", b"jobs")
        self.assertEqual(self.tell(b"queue.ack", receipt), [b"1"])
        self.broker.kill()
        self.start()
        bodies = [self.tell(b"queue.reserve", b"jobs")[1] for _ in range(99)]
        self.assertEqual(bodies, [b"%d" % n for n in range(1, 100)])
        self.assertEqual(self.tell(b"queue.reserve", b"jobs")[1], b"NOT_FOUND")


class Stream(Queue):
    """A DEALER that sends the open envelope can have a stream."""

    def setUp(self):
        super().setUp()
        self.dealer = self.socket(zmq.DEALER, self.broker.endpoint)
        self.serial = 0

    def send(self, *parts, **fields):
        self.serial += 1
        envelope = Envelope(client=CLIENT, serial=self.serial, **fields)
        self.dealer.send_multipart([envelope.encode(), b"", *parts])

    def receive(self):
        """(kind, serial, parts) of the next one that is no sign of life."""
        while True:
            head, empty, *parts = self.dealer.recv_multipart()
            self.assertEqual(empty, b"")
            envelope = wire.decode(head)
            if envelope.kind != wire.PARTIAL or parts:
                return envelope.kind, envelope.serial, parts

    def test_it_gets_what_its_credit_allows_and_acks_make_room(self):
        self.send(b"queue.reserve", b"jobs", b'{"credit":2}')
        for number in range(10):
            self.tell(b"queue.put", b"jobs", b"%d" % number)
        held = [self.receive() for _ in range(2)]
        self.assertEqual(self.count("leased"), 2)
        for number in range(10):
            kind, serial, (receipt, body) = held.pop(0)
            self.assertEqual((kind, serial, body),
                             (wire.PARTIAL, 1, b"%d" % number))
            self.send(b"queue.ack", receipt)
            #  The reply to the ack, and the next message, in either order
            for _ in range(2 if number < 8 else 1):
                came = self.receive()
                if came[0] == wire.PARTIAL:
                    held.append(came)
                else:
                    self.assertEqual(came[2], [b"1"])
        self.assertEqual(self.count("acked"), 10)

    def test_it_ends_in_time_and_the_next_one_goes_on(self):
        for number in range(5):
            self.tell(b"queue.put", b"jobs", b"%d" % number)
        for number in range(5):
            self.send(b"queue.reserve", b"jobs", b'{"credit":1}', time_ms=200)
            kind, serial, (receipt, body) = self.receive()
            self.assertEqual((kind, body), (wire.PARTIAL, b"%d" % number))
            self.assertEqual(self.receive(), (wire.REPLY, serial, []))
            self.assertEqual(self.tell(b"queue.ack", receipt), [b"1"])

    def test_what_it_held_goes_to_others_when_it_has_gone(self):
        self.send(b"queue.reserve", b"jobs", b'{"credit":1}')
        self.tell(b"queue.put", b"jobs", b"x", b'{"lease_ms":3600000}')
        self.assertEqual(self.receive()[2], [b"1:1:1", b"x"])
        self.dealer.close(linger=0)
        self.assertEqual(
            self.tell(b"queue.reserve", b"jobs", b'{"wait_ms":3600000}'),
            [b"1:2:1", b"x"])


if __name__ == "__main__":
    unittest.main()
