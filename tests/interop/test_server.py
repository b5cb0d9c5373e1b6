#  SPDX-License-Identifier: MIT
"""Peers that are not ours call a zp_server."""

import time
import unittest

import zmq

import wire
from peers import Case, Server
from wire import Envelope

CLIENT = 0x5A5A000011112222
TRACE = bytes(range(16))
SPAN = bytes(range(8))


class Plain(Case):
    """Sockets that send no envelope."""

    def setUp(self):
        super().setUp()
        self.server = Server(self)

    def test_req_gets_its_argument_back(self):
        req = self.socket(zmq.REQ, self.server.endpoint)
        self.assertEqual(self.ask(req, b"echo", b"hello"), [b"hello"])
        self.assertEqual(self.ask(req, b"echo", b"again"), [b"again"])

    def test_req_gets_two_arguments_back(self):
        req = self.socket(zmq.REQ, self.server.endpoint)
        self.assertEqual(self.ask(req, b"echo", b"", b"two"), [b"", b"two"])

    def test_a_large_argument_comes_back(self):
        req = self.socket(zmq.REQ, self.server.endpoint)
        large = bytes(range(256)) * 4096
        self.assertEqual(self.ask(req, b"echo", large), [large])

    def test_an_unknown_method_is_an_error_in_three_parts(self):
        req = self.socket(zmq.REQ, self.server.endpoint)
        error, code, text = self.ask(req, b"no.such", b"hello")
        self.assertEqual((error, code), (b"ERROR", b"UNIMPLEMENTED"))
        self.assertIn(b"no.such", text)

    def test_req_with_correlation_ids(self):
        req = self.socket(zmq.REQ, self.server.endpoint,
                          req_correlate=1, req_relaxed=1)
        self.assertEqual(self.ask(req, b"echo", b"first"), [b"first"])
        req.send_multipart([b"hold", b"second"])  # No reply is waited for
        self.assertEqual(self.ask(req, b"echo", b"third"), [b"third"])
        self.assertEqual(self.ask(req, b"release"), [b"0"])

    def test_dealer_with_a_delimiter(self):
        dealer = self.socket(zmq.DEALER, self.server.endpoint)
        dealer.send_multipart([b"", b"echo", b"hello"])
        self.assertEqual(dealer.recv_multipart(), [b"", b"hello"])

    def test_dealer_with_a_thousand_requests_at_once(self):
        dealer = self.socket(zmq.DEALER, self.server.endpoint,
                             sndhwm=0, rcvhwm=0)
        sent = [b"%d" % number for number in range(1000)]
        for body in sent:
            dealer.send_multipart([b"", b"echo", body])
        got = [dealer.recv_multipart()[1] for _ in sent]
        self.assertEqual(got, sent)

    def test_a_reply_of_no_parts_is_one_that_a_req_would_take(self):
        dealer = self.socket(zmq.DEALER, self.server.endpoint)
        dealer.send_multipart([b"", b"echo"])
        self.assertEqual(dealer.recv_multipart(), [b"", b""])

    def test_no_pieces_for_a_peer_that_takes_one_reply(self):
        req = self.socket(zmq.REQ, self.server.endpoint)
        error, code, text = self.ask(req, b"stream", b"a", b"b")
        self.assertEqual((error, code), (b"ERROR", b"FAILED_PRECONDITION"))

    def test_ping_and_info_are_json(self):
        req = self.socket(zmq.REQ, self.server.endpoint)
        for method in b"zp.ping", b"zp.info", b"zp.stats":
            reply, = self.ask(req, method)
            self.assertRegex(reply, rb"^[{\[\"0-9tfn]")


class Enveloped(Case):
    """A DEALER that builds envelopes by hand."""

    def setUp(self):
        super().setUp()
        self.server = Server(self)
        self.dealer = self.socket(zmq.DEALER, self.server.endpoint)

    def send(self, *parts, **fields):
        fields.setdefault("client", CLIENT)
        self.dealer.send_multipart(
            [Envelope(**fields).encode(), b"", *parts])

    def receive(self):
        header, empty, *parts = self.dealer.recv_multipart()
        self.assertEqual(empty, b"")
        return wire.decode(header), parts

    def call(self, *parts, **fields):
        self.send(*parts, **fields)
        return self.receive()

    def test_the_reply_carries_id_attempt_and_trace(self):
        reply, parts = self.call(
            b"echo", b"hello", serial=77, attempt=3, trace_flags=1,
            trace_id=TRACE, span_id=SPAN, time_ms=30000)
        self.assertEqual(parts, [b"hello"])
        self.assertEqual((reply.kind, reply.status), (wire.REPLY, wire.OK))
        self.assertEqual((reply.client, reply.serial), (CLIENT, 77))
        self.assertEqual(reply.attempt, 3)
        self.assertEqual((reply.trace_id, reply.span_id), (TRACE, SPAN))
        self.assertEqual(reply.trace_flags, 1)

    def test_the_handler_sees_the_envelope_as_it_was_sent(self):
        sent = Envelope(attempt=2, trace_flags=1, time_ms=30000, client=CLIENT,
                        serial=78, trace_id=TRACE, span_id=SPAN)
        self.dealer.send_multipart([sent.encode(), b"", b"envelope"])
        reply, (seen,) = self.receive()
        self.assertEqual(wire.decode(seen), sent)

    def test_a_direct_peer_is_told_that_it_may_be_compact(self):
        reply, parts = self.call(b"echo", serial=1)
        self.assertEqual(reply.marks, wire.MARK_SERVER | wire.MARK_COMPACT)

    def test_a_failure_has_a_status_and_a_line_of_text(self):
        reply, parts = self.call(b"no.such", serial=1)
        self.assertEqual((reply.kind, reply.status, reply.serial),
                         (wire.REPLY, wire.UNIMPLEMENTED, 1))
        self.assertEqual(len(parts), 1)
        self.assertIn(b"no.such", parts[0])

    def test_pieces_are_partial_replies_and_a_reply_ends_them(self):
        self.send(b"stream", b"a", b"", b"c", serial=5)
        kinds, bodies = [], []
        for _ in range(4):
            reply, (body,) = self.receive()
            self.assertEqual((reply.client, reply.serial), (CLIENT, 5))
            kinds.append(reply.kind)
            bodies.append(body)
        self.assertEqual(kinds, [wire.PARTIAL] * 3 + [wire.REPLY])
        self.assertEqual(bodies, [b"a", b"", b"c", b"end"])

    def test_a_handler_can_see_that_its_request_was_cancelled(self):
        self.send(b"hold", b"one", serial=1)
        self.send(b"hold", b"two", serial=2)
        self.call(b"echo", serial=3)  # Now both are being handled
        self.send(serial=1, kind=wire.CANCEL)
        self.send(b"release", serial=4)
        replies = {}
        while len(replies) < 2:
            reply, parts = self.receive()
            replies[reply.serial] = parts
        self.assertEqual(replies, {2: [b"two"], 4: [b"1"]})
        reply, parts = self.call(b"echo", serial=5)
        self.assertEqual(reply.serial, 5)  # Nothing came for the first

    def test_a_cancel_of_nothing_is_no_harm(self):
        self.send(serial=99, kind=wire.CANCEL)
        reply, parts = self.call(b"echo", b"hello", serial=100)
        self.assertEqual((reply.serial, parts), (100, [b"hello"]))

    def test_what_is_past_its_budget_is_never_run(self):
        self.send(b"block", serial=1)
        self.send(b"work", serial=2, time_ms=1)
        self.call(b"echo", serial=3)  # The server has them all by now
        start = time.monotonic()
        while time.monotonic() < start + 0.02:
            self.call(b"zp.ping", serial=4)
        self.server.say("go on")
        self.assertEqual(self.receive()[0].serial, 1)
        reply, runs = self.call(b"work", serial=5)
        self.assertEqual((reply.serial, runs), (5, [b"1"]))
        self.assertEqual(self.stats(self.server.endpoint)["expired"], 1)

    def test_what_was_cancelled_while_it_waited_is_never_run(self):
        self.send(b"block", serial=1)
        self.send(b"work", serial=2)
        self.send(serial=2, kind=wire.CANCEL)
        self.call(b"echo", serial=3)  # The server has them all by now
        self.server.say("go on")
        self.assertEqual(self.receive()[0].serial, 1)
        reply, runs = self.call(b"work", serial=5)
        self.assertEqual((reply.serial, runs), (5, [b"1"]))
        self.assertEqual(self.stats(self.server.endpoint)["cancelled"], 1)

    def test_two_clients_may_use_the_same_ids(self):
        other = self.socket(zmq.DEALER, self.server.endpoint)
        request = Envelope(client=CLIENT, serial=1).encode()
        other.send_multipart([request, b"", b"echo", b"other"])
        self.send(b"echo", b"mine", serial=1)
        self.assertEqual(self.receive()[1], [b"mine"])
        self.assertEqual(other.recv_multipart()[2], b"other")


class Compact(Case):
    """A DEALER that builds compact frames by hand."""

    def setUp(self):
        super().setUp()
        self.server = Server(self)
        self.dealer = self.socket(zmq.DEALER, self.server.endpoint)

    def receive(self, count):
        """{serial: (envelope, parts)} of count replies, however coalesced."""
        replies = []
        while len(replies) < count:
            replies += wire.read_compact(self.dealer.recv_multipart())
        self.assertEqual(len(replies), count)
        return {envelope.serial: (envelope, parts)
                for envelope, *parts in replies}

    @staticmethod
    def request(serial, *parts, **fields):
        return (Envelope(client=CLIENT, serial=serial, **fields), *parts)

    def test_one_request(self):
        self.dealer.send_multipart(wire.compact(
            self.request(7, b"echo", b"hello", attempt=2, trace_id=TRACE)))
        envelope, parts = self.receive(1)[7]
        self.assertEqual(parts, [b"hello"])
        self.assertEqual((envelope.kind, envelope.status, envelope.client,
                          envelope.attempt, envelope.trace_id),
                         (wire.REPLY, wire.OK, CLIENT, 2, TRACE))

    def test_a_thousand_requests_in_one_frame(self):
        self.dealer.send_multipart(wire.compact(
            *(self.request(n, b"echo", b"%d" % n) for n in range(1000))))
        replies = self.receive(1000)
        for number in range(1000):
            self.assertEqual(replies[number][1], [b"%d" % number])

    def test_large_parts_go_in_frames_of_their_own(self):
        large = [bytes([n]) * (wire.INLINE - 1 + n) for n in range(4)]
        self.dealer.send_multipart(wire.compact(
            self.request(1, b"echo", b"small", *large),
            self.request(2, b"echo", *reversed(large))))
        replies = self.receive(2)
        self.assertEqual(replies[1][1], [b"small", *large])
        self.assertEqual(replies[2][1], large[::-1])

    def test_a_failure_among_successes(self):
        self.dealer.send_multipart(wire.compact(
            self.request(1, b"echo", b"a"), self.request(2, b"no.such"),
            self.request(3, b"echo", b"b")))
        replies = self.receive(3)
        self.assertEqual([replies[n][0].status for n in (1, 2, 3)],
                         [wire.OK, wire.UNIMPLEMENTED, wire.OK])

    def test_pieces_and_their_order(self):
        self.dealer.send_multipart(wire.compact(
            self.request(1, b"stream", *(b"%d" % n for n in range(50)))))
        pieces = []
        while len(pieces) < 51:
            pieces += wire.read_compact(self.dealer.recv_multipart())
        self.assertEqual([part for envelope, part in pieces],
                         [b"%d" % n for n in range(50)] + [b"end"])
        self.assertEqual([envelope.kind for envelope, part in pieces],
                         [wire.PARTIAL] * 50 + [wire.REPLY])

    def test_what_is_cancelled_in_the_same_frame_is_not_answered(self):
        self.dealer.send_multipart(wire.compact(
            self.request(1, b"hold"), self.request(2, b"hold"),
            self.request(2, kind=wire.CANCEL), self.request(3, b"release")))
        self.assertEqual(set(self.receive(2)), {1, 3})
        self.dealer.send_multipart(wire.compact(self.request(4, b"echo")))
        self.assertEqual(set(self.receive(1)), {4})

    def test_each_is_answered_in_the_form_that_it_was_asked_in(self):
        self.dealer.send_multipart(
            [Envelope(client=CLIENT, serial=1).encode(), b"", b"echo", b"open"])
        self.assertEqual(self.dealer.recv_multipart()[1:], [b"", b"open"])
        self.dealer.send_multipart(
            wire.compact(self.request(2, b"echo", b"compact")))
        self.assertEqual(self.receive(1)[2][1], [b"compact"])
        self.dealer.send_multipart([b"", b"echo", b"plain"])
        self.assertEqual(self.dealer.recv_multipart(), [b"", b"plain"])


if __name__ == "__main__":
    unittest.main()
