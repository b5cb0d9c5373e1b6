#  SPDX-License-Identifier: MIT
"""What a publisher sends, written from its description and from nothing else.

The drawing at the top of patterns/pubsub/zp_update.c and the methods told in
zp_publisher.h are all that a peer in another language needs; this is such a
peer's view of them.
"""

import struct
from typing import NamedTuple

EVENT, VALUE, DELETED = 1, 2, 3
NOT_UPDATES = b"\xfe", b"\xff"  # Heartbeats and batches begin so

_head = struct.Struct(">2sBBIQQQ")
_page = struct.Struct(">QQB")


class Update(NamedTuple):
    topic: str
    kind: int
    ttl_ms: int
    stream: int
    sequence: int
    time_us: int
    distances: tuple
    payload: bytes


def decode(frame):
    """The update in a frame that is taken to be one."""
    topic, rest = frame.split(b"\0", 1)
    magic, version, kind, ttl_ms, stream, sequence, time_us = (
        _head.unpack_from(rest))
    assert (magic, version) == (b"zp", 1)
    levels = topic.count(b"/") + 1
    distances = struct.unpack_from(f">{levels}I", rest, _head.size)
    return Update(topic.decode(), kind, ttl_ms, stream, sequence, time_us,
                  distances, rest[_head.size + 4 * levels:])


class Page(NamedTuple):
    stream: int
    sequence: int
    more: bool
    updates: list


def decode_page(head, frames):
    """A page of a snapshot, or of a replay."""
    stream, sequence, more = _page.unpack(head)
    updates, at = [], 0
    while at < len(frames):
        size, = struct.unpack_from(">I", frames, at)
        at += 4 + size
        updates.append(decode(frames[at - size:at]))
    assert at == len(frames)
    return Page(stream, sequence, bool(more), updates)


def want(number, stem):
    """What a replay is asked for: all with this stem and a higher number."""
    return struct.pack(">QH", number, len(stem)) + stem
