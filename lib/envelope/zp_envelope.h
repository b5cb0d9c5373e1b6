//  SPDX-License-Identifier: MIT
//
//  zp_envelope - the header that travels with each request and reply
//
//  A message is an envelope and one or more parts: of a request, part 0 is the
//  method and the others are its arguments; of a reply, its results. On the
//  wire it has two forms, both drawn at the top of zp_envelope.c:
//
//  - the open form, for any ZeroMQ peer: the envelope is one frame of the
//    reply path of RFC 28/REQREP, the last before the empty delimiter, and
//    each part is a frame;
//  - the compact form, between two direct peers of ours: one frame holds many
//    records, each an envelope and its parts. In libzmq a frame costs as much
//    as a message, so a frame that holds a hundred requests costs each of
//    them next to nothing.
//
//  Everything here is pure: bytes in, bytes out. Nothing allocates. Whatever
//  bytes come in, nothing is read outside them.

#ifndef ZP_ENVELOPE_H
#define ZP_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZP_ENVELOPE_SIZE      52    // Bytes of an envelope on the wire
#define ZP_ENVELOPE_PARTS_MAX 64    // Parts that one message may have
#define ZP_ENVELOPE_INLINE    8192  // Larger parts get a frame of their own

typedef enum zp_kind {
    ZP_REQUEST = 1,  // Do this
    ZP_REPLY = 2,    // Done, or failed: the status says; nothing follows
    ZP_PARTIAL = 3,  // A piece of the reply; more follows
    ZP_CANCEL = 4    // The caller wants no reply any more; has no parts
} zp_kind_t;

//  Marks that a server sets in its replies, for the client to learn from
#define ZP_MARK_SERVER  0x01  // A zp_server: it understands ZP_CANCEL
#define ZP_MARK_COMPACT 0x02  // You may use the compact form with me

//  W3C Trace Context (https://www.w3.org/TR/trace-context/): a trace is one
//  thing that a user wanted, a span is one call made for it. All zero: none.
typedef struct zp_trace {
    uint8_t trace_id[16];  // The same in every call made for one purpose
    uint8_t span_id[8];    // Of this call alone
    uint8_t flags;         // W3C trace-flags; bit 0 means sampled
} zp_trace_t;

typedef struct zp_envelope {
    uint8_t kind;     // A zp_kind_t
    uint8_t status;   // A zp_status_t; 0 in all but replies
    uint8_t attempt;  // 1 for the first sending of a request; replies repeat it
    uint8_t marks;    // ZP_MARK_..., or 0; unknown marks mean nothing
    uint32_t time_ms;  // Request: budget left. Failed reply: retry not before.
                       // 0: none. Relative, since clocks are not shared
    uint64_t client;   // First half of the request id: random, one a client
    uint64_t serial;   // Second half: another for each of its requests, but
                       // the same on each attempt at one request
    zp_trace_t trace;  // What the request is a part of
} zp_envelope_t;

//  Some bytes that belong to somebody else
typedef struct zp_span {
    const void *data;  // The first byte; may be NULL if size is 0
    size_t size;       // How many bytes
} zp_span_t;

//  Write the envelope as the ZP_ENVELOPE_SIZE bytes that go on the wire.
void zp_envelope_encode (const zp_envelope_t *self, uint8_t *data);

//  Read an envelope from a frame. False, and *self unchanged, if the bytes are
//  none: another size, magic, version, kind, or status that we know.
bool zp_envelope_decode (zp_envelope_t *self, const void *data, size_t size);

//  Bytes that zp_records_write will need for these parts.
size_t zp_records_size (const zp_span_t *parts, size_t count);

//  Write the four bytes that start a compact frame, and return the place
//  behind them.
uint8_t *zp_records_start (uint8_t *data);

//  Write one record of count parts (at most ZP_ENVELOPE_PARTS_MAX, each under
//  2 GiB) to data, which has room for zp_records_size bytes, and return the
//  place behind it. The caller sends each part larger than ZP_ENVELOPE_INLINE
//  as a frame of its own after the compact one, in the order written.
uint8_t *zp_records_write (uint8_t *data, const zp_envelope_t *envelope,
                           const zp_span_t *parts, size_t count);

//  Reads the records of one compact message. The fields are private.
typedef struct zp_records {
    const uint8_t *at;       // The next record; NULL behind one that was none
    const uint8_t *end;      // Behind the last byte of the compact frame
    const zp_span_t *large;  // The next frame with a large part
    size_t large_left;       // How many of these are left
} zp_records_t;

//  True if a frame starts as a compact one does.
bool zp_records_here (const void *data, size_t size);

//  Start to read a compact message of count frames (1 or more), of which
//  zp_records_here knows the first. They must stay until the reading is over.
void
zp_records_init (zp_records_t *self, const zp_span_t *frames, size_t count);

//  Read the next record. *count is the number of parts, which lie in parts,
//  room for ZP_ENVELOPE_PARTS_MAX; they point into the frames. Returns 1 for
//  a record; 0 at the end; -1 if what follows is no record, or frames are left
//  over: then *envelope and *count are unchanged, and it is -1 from now on.
int zp_records_next (zp_records_t *self, zp_envelope_t *envelope,
                     zp_span_t *parts, size_t *count);

#endif
