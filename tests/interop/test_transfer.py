#  SPDX-License-Identifier: MIT
"""Objects got from a zp_sender, and put into a zp_store, by plain sockets.

What a peer in another language needs is in zp_sender.h and zp_store.h, and in
the drawing of the envelope; this is such a peer's view of it.
"""

import hashlib
import json
import os
import signal
import subprocess
import unittest

import zmq

import peers
import wire
from peers import Case
from wire import Envelope

CLIENT = 0x7A7A
SIZE = 1000003


def crc32c(data):
    """Bit by bit, from the polynomial."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def blake2b(data):
    return hashlib.blake2b(data, digest_size=32).hexdigest().encode()


class Transfer(Case):

    def setUp(self):
        super().setUp()
        self.home = self.folder()
        self.data = os.urandom(SIZE)
        with open(os.path.join(self.home, "film"), "wb") as file:
            file.write(self.data)
        self.endpoint = f"ipc://{self.folder()}/files"
        self.server = subprocess.Popen(
            [os.path.join(peers.BIN, "zp"), "files", "serve", self.home,
             "--put", "--bind", self.endpoint],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.end)

    def end(self):
        self.server.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.wait(peers.PATIENCE_S), 0)


class Plain(Transfer):
    """A REQ socket, which sends nothing but the parts."""

    def setUp(self):
        super().setUp()
        self.req = self.socket(zmq.REQ, self.endpoint)

    def tell(self, *parts):
        return self.ask(self.req, *parts)

    def test_a_file_is_read_chunk_by_chunk(self):
        data, version = b"", ""
        while len(data) < SIZE:
            info, head, chunk = self.tell(
                b"file.read", b"film", json.dumps(
                    {"offset": len(data), "version": version}).encode())
            info = json.loads(info)
            version = info["version"]
            self.assertEqual(info["size"], SIZE)
            self.assertEqual(head.split()[0], b"%d" % len(data))
            data += chunk
        self.assertEqual(data, self.data)

    def test_the_check_of_a_chunk_is_its_crc32c(self):
        info, head, chunk = self.tell(b"file.read", b"film",
                                      b'{"last": 1000}')
        self.assertEqual(chunk, self.data[-1000:])
        self.assertEqual(head, b"%d %08x" % (SIZE - 1000, crc32c(chunk)))

    def test_what_is_refused(self):
        for name, code in ((b"../film", b"PERMISSION_DENIED"),
                           (b"none", b"NOT_FOUND")):
            error, status, text = self.tell(b"file.stat", name)
            self.assertEqual((error, status), (b"ERROR", code))
        error, status, text = self.tell(b"file.get", b"film")
        self.assertEqual((error, status), (b"ERROR", b"FAILED_PRECONDITION"))
        error, status, text = self.tell(b"file.read", b"film",
                                        b'{"version": "other"}')
        self.assertEqual((error, status), (b"ERROR", b"ABORTED"))

    def test_a_file_is_put(self):
        new = os.urandom(50000)
        grant = json.loads(self.tell(b"file.put", b"new", json.dumps(
            {"size": len(new)}).encode())[0])
        put, at = b"%d" % grant["id"], grant["offset"]
        while at < len(new):
            chunk = new[at:at + 20000]
            seen, = self.tell(b"file.chunk", put,
                              b"%d %08x" % (at, crc32c(chunk)), chunk)
            at = int(seen.split()[0])
        self.assertEqual(self.tell(b"file.end", put, blake2b(new)),
                         [blake2b(new)])
        with open(os.path.join(self.home, "new"), "rb") as file:
            self.assertEqual(file.read(), new)


class Enveloped(Transfer):
    """A DEALER that sends envelopes, and gets a stream with its credit."""

    def setUp(self):
        super().setUp()
        self.dealer = self.socket(zmq.DEALER, self.endpoint)
        self.serial = 0

    def send(self, *parts):
        self.serial += 1
        self.dealer.send_multipart(
            [Envelope(client=CLIENT, serial=self.serial).encode(), b"",
             *parts])
        return self.serial

    def test_a_stream_with_credit_and_the_hash(self):
        get = self.send(b"file.get", b"film", json.dumps(
            {"credit": 100000, "chunk": 20000, "hash": True}).encode())
        data, out, stream = b"", 0, None
        while True:
            header, empty, *parts = self.dealer.recv_multipart()
            envelope = wire.decode(header)
            if envelope.serial != get:
                self.assertEqual(parts, [b"1"])  # It was seen
            elif envelope.kind == wire.REPLY:
                break
            elif len(parts) == 1 and parts[0]:
                stream = b"%d" % json.loads(parts[0])["id"]
            elif len(parts) == 2:
                head, chunk = parts
                offset, check, window = head.split()
                self.assertEqual(int(offset), len(data))
                self.assertLessEqual(int(window), 100000)
                data += chunk
                out += len(chunk)
                self.assertLessEqual(out, 100000)
                if out >= int(window) // 4:
                    self.send(b"file.seen", stream, b"%d" % len(data))
                    out = 0
        self.assertEqual(envelope.status, wire.OK)
        self.assertEqual(data, self.data)
        self.assertEqual(parts, [blake2b(data)])

    def test_without_credit_nothing_more_comes_but_signs_of_life(self):
        self.send(b"file.get", b"film",
                  b'{"credit": 50000, "chunk": 20000}')
        got = beats = 0
        while beats < 2:
            header, empty, *parts = self.dealer.recv_multipart()
            if len(parts) == 2:
                got += len(parts[1])
            beats += parts == [b""]
        self.assertGreater(got, 0)
        self.assertLessEqual(got, 50000)


if __name__ == "__main__":
    unittest.main()
