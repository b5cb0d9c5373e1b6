#  SPDX-License-Identifier: MIT
"""Whatever a peer sends, the server lives, counts it, and serves the others."""

import glob
import os
import random
import socket
import struct
import sys
import time
import unittest

import zmq

import wire
from peers import Caller, Case, Program, Server
from wire import Envelope

SOURCE = os.environ.get("ZP_SOURCE_DIR") or os.path.join(
    os.path.dirname(__file__), "..", "..")
FLOOD = os.path.join(os.path.dirname(__file__), "flood.py")
SEED = int(os.environ.get("ZP_SEED") or time.time_ns())


def malformed(kind):
    """{name: frames} of the files that the tests of the envelope refuse."""
    messages = {}
    folder = os.path.join(SOURCE, "tests", "lib", "envelope", "invalid", kind)
    for path in glob.glob(os.path.join(folder, "*.bin")):
        with open(path, "rb") as file:
            frames = [file.read()]
        large = path[:-len("bin")] + "large"
        if os.path.exists(large):
            with open(large, "rb") as file:
                frames.append(file.read())
        messages[os.path.basename(path)] = frames
    return messages


def garbage():
    """Messages that are no requests, by what is wrong with them."""
    header = Envelope(client=1, serial=1).encode()
    found = {
        "one frame": [b"x"],
        "an envelope alone": [header],
        "an envelope that a frame without a delimiter follows": [header, b"x"],
        "a reply": [Envelope(kind=wire.REPLY).encode(), b"", b"echo"],
        "a partial reply": [Envelope(kind=wire.PARTIAL).encode(), b"", b"x"],
        "too many parts": [header, b"", b"echo"] + [b"x"] * 64,
        "200 frames": [header, b"", b"echo"] + [b"x"] * 200,
        "a compact frame with a path": [b"id", *wire.compact((
            Envelope(), b"echo"))],
        "a compact reply": wire.compact((
            Envelope(kind=wire.REPLY), b"echo")),
    }
    for count in range(1, 51):
        found[f"{count} frames, none empty"] = [b"frame"] * count
    return {**found, **malformed("records")}


class Garbage(Case):

    def setUp(self):
        super().setUp()
        self.server = Server(self)
        self.dealer = self.socket(
            zmq.DEALER, self.server.endpoint, sndhwm=0, rcvhwm=0)

    def echo(self):
        """The sender of garbage is served as well, and so is another."""
        self.dealer.send_multipart([b"", b"echo", b"still there"])
        while self.dealer.recv_multipart() != [b"", b"still there"]:
            pass  # Replies to what was no garbage after all
        req = self.socket(zmq.REQ, self.server.endpoint)
        self.assertEqual(self.ask(req, b"echo", b"hello"), [b"hello"])
        req.close()

    def counted(self):
        return self.stats(self.server.endpoint)["garbage"]

    def test_what_is_no_request_is_counted(self):
        for name, frames in garbage().items():
            with self.subTest(name):
                before = self.counted()
                self.dealer.send_multipart(frames)
                self.echo()
                self.assertEqual(self.counted() - before, 1)

    def test_a_malformed_envelope_is_no_envelope(self):
        """It is a part of the path then, and comes back untouched."""
        for name, (data,) in malformed("envelope").items():
            if not data or data.startswith(wire.COMPACT):
                continue  # A delimiter; garbage in the compact form
            with self.subTest(name):
                self.dealer.send_multipart([data, b"", b"echo", b"hello"])
                self.assertEqual(self.dealer.recv_multipart(),
                                 [data, b"", b"hello"])

    def test_methods_that_nobody_has(self):
        for method in (b"", b"\xff\xfe\x80", b"\0", b"echo\0", b"%s%n%d",
                       b"m" * 255, b"m" * 256, b"m" * 10000,
                       b"m" * (1 << 20), b"zp.", b"ECHO", b" echo"):
            with self.subTest(method[:20], size=len(method)):
                self.dealer.send_multipart([b"", method, b"hello"])
                empty, error, code, text = self.dealer.recv_multipart()
                self.assertEqual(
                    (empty, error, code), (b"", b"ERROR", b"UNIMPLEMENTED"))
                text.decode()  # Whatever was sent, the line is UTF-8
                self.assertLess(len(text), 1000)
        self.echo()
        stats = self.stats(self.server.endpoint)
        self.assertLessEqual(stats["failures"], stats["requests"])

    def test_every_size_of_a_frame(self):
        for size in [*range(1, 300), 8191, 8192, 8193, 65535, 65536, 1 << 20]:
            frame = random.Random(size).randbytes(size)
            self.dealer.send_multipart([frame])
            self.dealer.send_multipart([b"id", frame, b"x"])
            self.dealer.send_multipart([b"", b"echo", frame])
            self.assertEqual(self.dealer.recv_multipart()[-1], frame)
        self.echo()

    def test_random_messages(self):
        print(f"ZP_SEED={SEED}", file=sys.stderr)
        dice = random.Random(SEED)
        pieces = [b"", Envelope().encode(), b"echo", b"stream", b"hold",
                  wire.COMPACT, Envelope(kind=wire.CANCEL).encode(),
                  *wire.compact((Envelope(), b"echo", b"hello"))]
        for _ in range(20000):
            frames = []
            for _ in range(dice.randint(1, 50 if dice.random() < 0.1 else 5)):
                frame = bytearray(dice.choice(pieces) if dice.random() < 0.8
                                  else dice.randbytes(dice.randint(0, 300)))
                if frame and dice.random() < 0.2:
                    frame[dice.randrange(len(frame))] ^= 1 << dice.randrange(8)
                frames.append(bytes(frame))
            self.dealer.send_multipart(frames)
        self.echo()
        self.assertGreater(self.counted(), 0)
        req = self.socket(zmq.REQ, self.server.endpoint)
        self.ask(req, b"release")

    def test_a_frame_over_the_limit_costs_only_its_connection(self):
        self.dealer.send_multipart([b"", b"echo", bytes(17 << 20)])
        self.assertEqual(
            self.ask(self.socket(zmq.REQ, self.server.endpoint),
                     b"echo", b"hello"), [b"hello"])

    def test_bytes_that_are_not_even_zmtp(self):
        host, port = self.server.endpoint[len("tcp://"):].split(":")
        greeting = (b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16)
                    + b"\0" + bytes(31))
        ready = b"\x04\x19\x05READY\x0bSocket-Type\0\0\0\x06DEALER"
        for data in (
                b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
                bytes(1000), b"\xff" * 1000, greeting[:20],
                greeting + b"\xff" * 100,
                greeting + ready + b"\x02" + struct.pack(">Q", 1 << 31),
                greeting + ready + b"\x02" + b"\xff" * 8,
                greeting + ready + b"\x02" + b"\x7f" + b"\xff" * 7 + b"abc"):
            with socket.create_connection((host, int(port))) as raw:
                raw.sendall(data)
                self.echo()


class Flood(Case):
    """One peer sends at full speed, others want to be served."""

    CALLS = 1000

    def setUp(self):
        super().setUp()
        self.server = Server(self)

    def calls(self, enough):
        """Make calls, which must all end well, until it is enough, and return
        how many a second."""
        caller = Caller(self, self.server.endpoint)
        start = time.monotonic()
        count = 0
        while count < self.CALLS or not enough():
            tags = [caller.start("echo", "hello", timeout_ms=10000)
                    for _ in range(100)]
            ended = caller.ends(len(tags))
            self.assertEqual({status for status, *_ in ended.values()}, {"OK"})
            count += len(tags)
        return count / (time.monotonic() - start)

    def flood(self, name, *frames, thousands=5):
        alone = self.calls(lambda: True)
        flood = Program(self, sys.executable, "-B", FLOOD, self.server.endpoint,
                        *(frame.hex() for frame in frames))
        flood.hear()
        beside = self.calls(lambda: flood.lines.qsize() >= thousands)
        print(f"{name}: {alone:.0f} calls/s alone, {beside:.0f} beside a flood",
              file=sys.stderr)

    def test_garbage(self):
        self.flood("garbage", b"x", b"y", b"z")
        self.assertGreater(self.stats(self.server.endpoint)["garbage"], 0)

    def test_cut_compact_frames(self):
        frame, = wire.compact((Envelope(), b"echo", b"x" * 8000))
        self.flood("cut compact frames", frame[:-1])
        self.assertGreater(self.stats(self.server.endpoint)["garbage"], 0)

    def test_requests_whose_replies_are_never_read(self):
        self.flood("unread replies", b"", b"echo", b"x" * 8000)

    def test_methods_that_nobody_has(self):
        self.flood("unknown methods", b"", b"m" * 10000)

    def test_messages_of_many_frames(self):
        self.flood("many frames", *([b"f"] * 200), thousands=1)

    def test_cancels_of_what_never_was(self):
        cancels = [(Envelope(kind=wire.CANCEL, serial=n),) for n in range(1000)]
        self.flood("cancels", *wire.compact(*cancels), thousands=1)

    def test_a_frame_of_cancels_beside_many_requests(self):
        dealer = self.socket(zmq.DEALER, self.server.endpoint)
        dealer.send_multipart(wire.compact(*(
            (Envelope(client=1, serial=n), b"hold") for n in range(9000))))
        caller = Caller(self, self.server.endpoint)
        self.await_in_flight(self.server, 9000)
        cancel, _ = wire.record(Envelope(kind=wire.CANCEL))
        dealer.send_multipart([wire.COMPACT + cancel * 200000])
        dealer.send_multipart([b"", b"echo", b"hello"])
        while not dealer.poll(0):
            status, *_ = caller.call("echo", "hello", timeout_ms=3000)
            self.assertEqual(status, "OK")
        self.assertEqual(caller.call("release")[0], "OK")


if __name__ == "__main__":
    unittest.main()
