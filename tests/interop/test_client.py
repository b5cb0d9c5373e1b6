#  SPDX-License-Identifier: MIT
"""A zp_client calls services that are not ours."""

import unittest

import zmq

import wire
from peers import Caller, Case, Service, rep_echo, split
from wire import Envelope


def reply(socket, frames, *parts, **changes):
    """Answer a message, as a ROUTER that knows the envelope does."""
    path, envelope, _ = split(frames)
    changes.setdefault("kind", wire.REPLY)
    header = envelope._replace(**changes).encode()
    socket.send_multipart([*path, header, b"", *parts])


def echo(socket, frames):
    reply(socket, frames, *split(frames)[2][1:])


class Rep(Case):
    """REP, which puts back the path, and the envelope with it, untouched."""

    def setUp(self):
        super().setUp()
        self.caller = Caller(
            self, Service(self, zmq.REP, rep_echo).endpoint)

    def test_a_call(self):
        self.assertEqual(self.caller.call("echo", "hello"), ("OK", 1, "hello"))

    def test_two_arguments(self):
        self.assertEqual(self.caller.call("echo", "a", "b"), ("OK", 1, "a b"))

    def test_a_large_argument(self):
        large = "x" * (wire.INLINE + 1)
        self.assertEqual(self.caller.call("echo", large), ("OK", 1, large))

    def test_a_thousand_calls_at_once_each_get_their_own_reply(self):
        sent = {self.caller.start("echo", str(n)): n for n in range(1000)}
        ended = self.caller.ends(len(sent))
        self.assertEqual(
            ended, {tag: ("OK", 1, str(n)) for tag, n in sent.items()})

    def test_the_client_stays_open(self):
        for _ in range(10):
            self.caller.call("echo", "hello")
        self.assertEqual(self.caller.stats(), (0, 0, 0))


class Router(Case):
    """ROUTERs, which answer as they like."""

    def serve(self, handle):
        """A caller of a service; what that gets is in self.seen."""
        self.seen = []

        def see(socket, frames):
            self.seen.append(frames)
            handle(socket, frames)
        return Caller(self, Service(self, zmq.ROUTER, see).endpoint)

    def envelopes(self):
        return [split(frames)[1] for frames in self.seen]

    def test_the_path_untouched_is_a_reply(self):
        def handle(socket, frames):
            empty = frames.index(b"", 1)
            socket.send_multipart(frames[:empty + 1] + [b"done"])
        caller = self.serve(handle)
        self.assertEqual(caller.call("any"), ("OK", 1, "done"))

    def test_what_a_request_looks_like(self):
        caller = self.serve(echo)
        caller.call("one", "a", "b", timeout_ms=30000)
        caller.call("two")
        (path, first, parts), (_, second, _) = map(split, self.seen)
        self.assertEqual(len(path), 1)
        self.assertEqual(parts, [b"one", b"a", b"b"])
        self.assertEqual((first.kind, first.status, first.attempt, first.marks),
                         (wire.REQUEST, wire.OK, 1, 0))
        self.assertTrue(0 < first.time_ms <= 30000)
        self.assertEqual(first.client, second.client)
        self.assertNotEqual(first.serial, second.serial)
        self.assertNotEqual(first.trace_id, bytes(16))
        self.assertNotEqual(first.trace_id, second.trace_id)

    def test_replies_in_reverse_order(self):
        waiting = []

        def handle(socket, frames):
            waiting.append(frames)
            if len(waiting) == 10:
                while waiting:
                    echo(socket, waiting.pop())
        caller = self.serve(handle)
        sent = {caller.start("echo", str(n)): n for n in range(10)}
        ended = caller.ends(10)
        self.assertEqual(
            ended, {tag: ("OK", 1, str(n)) for tag, n in sent.items()})
        self.assertEqual(list(ended), list(reversed(sent)))

    def test_a_second_reply_is_a_stray(self):
        def handle(socket, frames):
            echo(socket, frames)
            reply(socket, frames, b"second")
        caller = self.serve(handle)
        for n in range(10):
            self.assertEqual(caller.call("echo", str(n)), ("OK", 1, str(n)))
        strays, garbage, compact = caller.stats()
        self.assertIn(strays, (9, 10))  # The last may still be on its way
        self.assertEqual(garbage, 0)

    def test_replies_to_somebody_else_are_strays(self):
        def handle(socket, frames):
            envelope = split(frames)[1]
            reply(socket, frames, b"wrong", client=envelope.client ^ 1)
            reply(socket, frames, b"wrong", serial=envelope.serial + 1)
            reply(socket, frames, b"wrong", client=0, serial=0)
            echo(socket, frames)
        caller = self.serve(handle)
        for n in range(10):
            self.assertEqual(caller.call("echo", str(n)), ("OK", 1, str(n)))
        self.assertEqual(caller.stats()[0], 30)

    def test_a_late_reply_is_never_taken_for_the_next_one(self):
        late = []

        def handle(socket, frames):
            if split(frames)[2][0] == b"slow":
                late.append(frames)
                return
            for frames_of_slow in late:
                reply(socket, frames_of_slow, b"too late")
            echo(socket, frames)
        caller = self.serve(handle)
        status, attempts, text = caller.call("slow", timeout_ms=300)
        self.assertEqual(status, "DEADLINE_EXCEEDED")
        self.assertEqual(caller.call("echo", "hello"), ("OK", 1, "hello"))
        self.assertEqual(caller.stats()[0], len(late))

    def test_a_retry_has_the_same_id_and_the_next_attempt(self):
        def handle(socket, frames):
            if split(frames)[1].attempt == 2:
                echo(socket, frames)
        caller = self.serve(handle)
        self.assertEqual(caller.call("echo", "hello", timeout_ms=3000),
                         ("OK", 2, "hello"))
        first, second = self.envelopes()
        self.assertEqual((first.attempt, second.attempt), (1, 2))
        self.assertEqual((first.client, first.serial, first.trace_id),
                         (second.client, second.serial, second.trace_id))
        self.assertLess(second.time_ms, first.time_ms)

    def test_a_reply_to_an_earlier_attempt_does_as_well(self):
        attempts = []

        def handle(socket, frames):
            attempts.append(frames)
            if len(attempts) == 2:
                echo(socket, attempts[0])
        caller = self.serve(handle)
        self.assertEqual(caller.call("echo", "hello", timeout_ms=3000),
                         ("OK", 2, "hello"))

    def test_a_streamed_reply(self):
        def handle(socket, frames):
            for piece in b"abc":
                reply(socket, frames, bytes([piece]), kind=wire.PARTIAL)
            reply(socket, frames, b"end")
        caller = self.serve(handle)
        tag = caller.start("stream")
        self.assertEqual(
            [caller.hear() for _ in range(4)],
            [f"{tag} piece a", f"{tag} piece b", f"{tag} piece c",
             f"{tag} OK 1 end"])

    def test_a_failure_is_told_with_its_text(self):
        def handle(socket, frames):
            reply(socket, frames, b"no such film", status=5)
        caller = self.serve(handle)
        status, attempts, text = caller.call("find")
        self.assertEqual((status, attempts), ("NOT_FOUND", 1))
        self.assertIn("no such film", text)

    def test_a_retry_after_is_obeyed(self):
        def handle(socket, frames):
            if split(frames)[1].attempt == 1:
                reply(socket, frames, b"busy", time_ms=1000,
                      status=wire.RESOURCE_EXHAUSTED)
            else:
                echo(socket, frames)
        caller = self.serve(handle)
        self.assertEqual(caller.call("echo", "hello", timeout_ms=20000),
                         ("OK", 2, "hello"))
        first, second = self.envelopes()
        self.assertGreaterEqual(first.time_ms - second.time_ms, 1000)

    def test_a_server_that_knows_cancel_is_told(self):
        def handle(socket, frames):
            if split(frames)[2][:1] == [b"echo"]:
                reply(socket, frames, b"", marks=wire.MARK_SERVER)
        caller = self.serve(handle)
        caller.call("echo")
        tag = caller.start("hold")
        caller.call("echo")
        caller.say(f"cancel {tag}")
        self.assertEqual(caller.ends(1)[tag][0], "CANCELLED")
        caller.call("echo")
        _, hold, _, cancel, _ = self.envelopes()
        self.assertEqual(cancel.kind, wire.CANCEL)
        self.assertEqual((cancel.client, cancel.serial),
                         (hold.client, hold.serial))

    def test_another_peer_never_sees_a_cancel(self):
        def handle(socket, frames):
            if split(frames)[2][:1] == [b"echo"]:
                echo(socket, frames)
        caller = self.serve(handle)
        caller.call("echo", "a")
        tag = caller.start("hold")
        caller.call("echo", "b")
        caller.say(f"cancel {tag}")
        self.assertEqual(caller.ends(1)[tag][0], "CANCELLED")
        caller.call("echo", "c")
        self.assertEqual([split(frames)[2][0] for frames in self.seen],
                         [b"echo", b"hold", b"echo", b"echo"])

    def test_marks_of_a_later_version_mean_nothing(self):
        def handle(socket, frames):
            reply(socket, frames, b"done", marks=0xFC)
        caller = self.serve(handle)
        self.assertEqual(caller.call("any"), ("OK", 1, "done"))
        self.assertEqual(caller.stats(), (0, 0, 0))


class CompactRouter(Case):
    """A ROUTER that speaks the compact form, or pretends to."""

    def serve(self, answer):
        """A caller that has learned to be compact; answer (socket, id,
        messages) gets what it sends in that form, and open requests are
        echoed."""
        self.open = 0

        def handle(socket, frames):
            if frames[1].startswith(wire.COMPACT):
                answer(socket, frames[0], wire.read_compact(frames[1:]))
            else:
                self.open += 1
                reply(socket, frames, *split(frames)[2][1:],
                      marks=wire.MARK_SERVER | wire.MARK_COMPACT)
        caller = Caller(self, Service(self, zmq.ROUTER, handle).endpoint)
        self.assertEqual(caller.call("echo", "first"), ("OK", 1, "first"))
        self.assertEqual(caller.stats(), (0, 0, 1))
        return caller

    @staticmethod
    def answers(messages, **changes):
        return [(envelope._replace(kind=wire.REPLY, marks=3, **changes), *rest)
                for envelope, method, *rest in messages]

    def test_the_client_is_compact_from_then_on(self):
        def answer(socket, peer, messages):
            socket.send_multipart(
                [peer, *wire.compact(*self.answers(messages))])
        caller = self.serve(answer)
        large = "x" * (wire.INLINE + 1)
        sent = {caller.start("echo", str(n)): str(n) for n in range(1000)}
        sent[caller.start("echo", large)] = large
        self.assertEqual(caller.ends(1001), {
            tag: ("OK", 1, text) for tag, text in sent.items()})
        self.assertEqual(self.open, 1)

    def test_a_cut_frame_is_garbage_and_the_retry_is_open(self):
        def answer(socket, peer, messages):
            frame, = wire.compact(*self.answers(messages))
            socket.send_multipart([peer, frame[:-1]])
        caller = self.serve(answer)
        self.assertEqual(caller.call("echo", "hello", timeout_ms=3000),
                         ("OK", 2, "hello"))
        self.assertEqual(self.open, 2)
        self.assertEqual(caller.stats()[1], 1)

    def test_silence_is_retried_in_the_open_form(self):
        caller = self.serve(lambda socket, peer, messages: None)
        self.assertEqual(caller.call("echo", "hello", timeout_ms=3000),
                         ("OK", 2, "hello"))
        self.assertEqual(self.open, 2)

    def test_the_reply_of_another_in_the_same_frame_is_a_stray(self):
        def answer(socket, peer, messages):
            right = self.answers(messages)
            socket.send_multipart([peer, *wire.compact(
                *self.answers(messages, client=1), *right,
                *self.answers(messages, serial=0))])
        caller = self.serve(answer)
        self.assertEqual(caller.call("echo", "hello"), ("OK", 1, "hello"))
        self.assertEqual(caller.stats(), (2, 0, 1))


class Garbage(Case):
    """Services that send anything but replies."""

    def serve(self, *messages):
        """A caller of a service that sends all these before each reply."""
        def handle(socket, frames):
            for message in messages:
                socket.send_multipart([frames[0], *message])
            echo(socket, frames)
        return Caller(self, Service(self, zmq.ROUTER, handle).endpoint)

    def test_it_is_counted_and_the_reply_is_found(self):
        header = Envelope().encode()
        garbage = [
            [b""], [b"", b""], [b"", b"no envelope"], [b"x"], [header],
            [header[:-1], b"", b"cut"], [header + b"x", b"", b"too long"],
            [b"ZP\x02" + header[3:], b"", b"version 2"],
            [header, b"x", b"no delimiter"], [wire.COMPACT + b"junk"],
            [b"x" * 52, b"", b"x"], [b"\0" * 100000], *([b"f"] * n
            for n in range(1, 51))]
        caller = self.serve(*garbage)
        for n in range(10):
            self.assertEqual(caller.call("echo", str(n)), ("OK", 1, str(n)))
        strays, count, compact = caller.stats()
        self.assertEqual((strays, count, compact), (0, 10 * len(garbage), 0))

    def test_a_status_that_is_none_is_no_reply(self):
        def handle(socket, frames):
            reply(socket, frames, b"what", status=17)
            echo(socket, frames)
        caller = Caller(self, Service(self, zmq.ROUTER, handle).endpoint)
        self.assertEqual(caller.call("echo", "hello"), ("OK", 1, "hello"))
        self.assertEqual(caller.stats(), (0, 1, 0))


if __name__ == "__main__":
    unittest.main()
