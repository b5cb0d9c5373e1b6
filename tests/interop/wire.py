#  SPDX-License-Identifier: MIT
"""The wire format, written from its description and from nothing else.

The drawing at the top of lib/envelope/zp_envelope.c is all that a peer in
another language needs; this is such a peer's view of it.
"""

import struct
from typing import NamedTuple

REQUEST, REPLY, PARTIAL, CANCEL = 1, 2, 3, 4
MARK_SERVER, MARK_COMPACT = 0x01, 0x02
OK, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED = 0, 4, 8
UNIMPLEMENTED, UNAVAILABLE = 12, 14

INLINE = 8192
LARGE = 0x80000000
COMPACT = b"ZP\x01\x10"

_envelope = struct.Struct(">2s6BIQQ16s8s")
SIZE = _envelope.size


class Envelope(NamedTuple):
    kind: int = REQUEST
    status: int = OK
    attempt: int = 1
    marks: int = 0
    trace_flags: int = 0
    time_ms: int = 0
    client: int = 0
    serial: int = 0
    trace_id: bytes = bytes(16)
    span_id: bytes = bytes(8)

    def encode(self):
        return _envelope.pack(
            b"ZP", 1, self.kind, self.status, self.attempt, self.marks,
            self.trace_flags, self.time_ms, self.client, self.serial,
            self.trace_id, self.span_id)


def decode(frame):
    """The envelope in a frame, or None if there is none."""
    if len(frame) != SIZE or frame[:3] != b"ZP\x01":
        return None
    magic, version, *fields = _envelope.unpack(frame)
    return Envelope(*fields)


def record(envelope, *parts):
    """One record, and the frames of its large parts."""
    body, large = envelope.encode() + bytes([len(parts)]), []
    for part in parts:
        if len(part) > INLINE:
            body += struct.pack(">I", LARGE | len(part))
            large.append(part)
        else:
            body += struct.pack(">I", len(part)) + part
    return struct.pack(">I", len(body)) + body, large


def compact(*messages):
    """The frames of one compact message; a message is (envelope, part...)."""
    records = [record(*message) for message in messages]
    frame = COMPACT + b"".join(body for body, large in records)
    return [frame] + [part for body, large in records for part in large]


def read_compact(frames):
    """The messages in a compact message that is taken to be a good one."""
    frame, large = frames[0], list(frames[1:])
    assert frame.startswith(COMPACT)
    messages, at = [], len(COMPACT)
    while at < len(frame):
        length, = struct.unpack_from(">I", frame, at)
        end = at + 4 + length
        envelope = decode(frame[at + 4:at + 4 + SIZE])
        count = frame[at + 4 + SIZE]
        at += 4 + SIZE + 1
        parts = []
        for _ in range(count):
            size, = struct.unpack_from(">I", frame, at)
            at += 4
            if size & LARGE:
                parts.append(large.pop(0))
                assert len(parts[-1]) == size - LARGE
            else:
                parts.append(frame[at:at + size])
                at += size
        assert at == end
        messages.append((envelope, *parts))
    assert not large
    return messages
