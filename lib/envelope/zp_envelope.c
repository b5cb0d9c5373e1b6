//  SPDX-License-Identifier: MIT
//
//  An envelope is 52 bytes; numbers are big-endian:
//
//   0      2      3      4      5      6      7      8           12
//  +------+------+------+------+------+------+------+-----------+
//  | "ZP" |  1   | kind |status| att- |marks |trace | time_ms   |
//  |      |      |      |      | empt |      |flags |           |
//  +------+------+------+------+------+------+------+-----------+
//  | client (8)           | serial (8)             |        12..28
//  +----------------------+------------------------+
//  | trace id (16)                                 |        28..44
//  +----------------------+------------------------+
//  | span id (8)          |                                 44..52
//  +----------------------+
//
//  Open form, as a DEALER sends it; one box is one frame:
//
//  [envelope] [empty] [part 0] [part 1] ...
//
//  Compact form, one frame of many records, then the large parts:
//
//  ["ZP" 1 16  record  record  ...] [large part] ...
//
//  record:  length (4)  envelope (52)  count (1)  part  part  ...
//  part:    size (4)    bytes (size)
//           size (4) with its top bit set: the bytes are the next large part
//
//  A record's length counts the bytes behind it.

#include "zp_envelope.h"

#include <assert.h>
#include <string.h>

#include "zp_status.h"

#define VERSION      1
#define KIND_RECORDS 16  // In the place of the kind: a compact frame
#define PREFIX_SIZE  4   // "ZP", version, kind
#define RECORD_MIN   (4 + ZP_ENVELOPE_SIZE + 1)
#define LARGE        0x80000000u  // In a part's size: it is elsewhere

static uint8_t *
s_put32 (uint8_t *data, uint32_t value)
{
    data[0] = (uint8_t) (value >> 24);
    data[1] = (uint8_t) (value >> 16);
    data[2] = (uint8_t) (value >> 8);
    data[3] = (uint8_t) value;
    return data + 4;
}

static uint32_t
s_get32 (const uint8_t *data)
{
    return (uint32_t) data[0] << 24 | (uint32_t) data[1] << 16 |
           (uint32_t) data[2] << 8 | data[3];
}

static void
s_put64 (uint8_t *data, uint64_t value)
{
    s_put32 (s_put32 (data, (uint32_t) (value >> 32)), (uint32_t) value);
}

static uint64_t
s_get64 (const uint8_t *data)
{
    return (uint64_t) s_get32 (data) << 32 | s_get32 (data + 4);
}

void
zp_envelope_encode (const zp_envelope_t *self, uint8_t *data)
{
    data[0] = 'Z';
    data[1] = 'P';
    data[2] = VERSION;
    data[3] = self->kind;
    data[4] = self->status;
    data[5] = self->attempt;
    data[6] = self->marks;
    data[7] = self->trace.flags;
    s_put32 (data + 8, self->time_ms);
    s_put64 (data + 12, self->client);
    s_put64 (data + 20, self->serial);
    memcpy (data + 28, self->trace.trace_id, 16);
    memcpy (data + 44, self->trace.span_id, 8);
}

//  True if the bytes start as all of ours do, with the kind from first to last
static bool
s_prefixed (const uint8_t *data, uint8_t first, uint8_t last)
{
    return data[0] == 'Z' && data[1] == 'P' && data[2] == VERSION &&
           data[3] >= first && data[3] <= last;
}

bool
zp_envelope_decode (zp_envelope_t *self, const void *data, size_t size)
{
    const uint8_t *from = data;
    if (size != ZP_ENVELOPE_SIZE || !s_prefixed (from, ZP_REQUEST, ZP_CANCEL) ||
        !zp_status_valid (from[4]))
        return false;

    self->kind = from[3];
    self->status = from[4];
    self->attempt = from[5];
    self->marks = from[6];
    self->trace.flags = from[7];
    self->time_ms = s_get32 (from + 8);
    self->client = s_get64 (from + 12);
    self->serial = s_get64 (from + 20);
    memcpy (self->trace.trace_id, from + 28, 16);
    memcpy (self->trace.span_id, from + 44, 8);
    return true;
}

size_t
zp_records_size (const zp_span_t *parts, size_t count)
{
    size_t size = RECORD_MIN + 4 * count;
    for (size_t i = 0; i < count; i++)
        if (parts[i].size <= ZP_ENVELOPE_INLINE)
            size += parts[i].size;
    return size;
}

uint8_t *
zp_records_start (uint8_t *data)
{
    data[0] = 'Z';
    data[1] = 'P';
    data[2] = VERSION;
    data[3] = KIND_RECORDS;
    return data + PREFIX_SIZE;
}

uint8_t *
zp_records_write (uint8_t *data, const zp_envelope_t *envelope,
                  const zp_span_t *parts, size_t count)
{
    assert (count <= ZP_ENVELOPE_PARTS_MAX);
    zp_envelope_encode (envelope, data + 4);
    data[4 + ZP_ENVELOPE_SIZE] = (uint8_t) count;
    uint8_t *at = data + RECORD_MIN;
    for (size_t i = 0; i < count; i++) {
        assert (parts[i].size < LARGE);
        uint32_t size = (uint32_t) parts[i].size;
        if (size > ZP_ENVELOPE_INLINE)
            at = s_put32 (at, size | LARGE);
        else {
            at = s_put32 (at, size);
            if (size)
                memcpy (at, parts[i].data, size);
            at += size;
        }
    }
    s_put32 (data, (uint32_t) (at - data - 4));
    return at;
}

bool
zp_records_here (const void *data, size_t size)
{
    return size >= PREFIX_SIZE && s_prefixed (data, KIND_RECORDS, KIND_RECORDS);
}

void
zp_records_init (zp_records_t *self, const zp_span_t *frames, size_t count)
{
    assert (count > 0);
    self->at = (const uint8_t *) frames[0].data + PREFIX_SIZE;
    self->end = (const uint8_t *) frames[0].data + frames[0].size;
    self->large = frames + 1;
    self->large_left = count - 1;
}

//  Read count parts from at, which must end at end exactly
static bool
s_read_parts (zp_records_t *self, const uint8_t *at, const uint8_t *end,
              zp_span_t *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (end - at < 4)
            return false;
        uint32_t size = s_get32 (at);
        at += 4;
        if (size & LARGE) {
            if (self->large_left == 0 || self->large->size != (size & ~LARGE))
                return false;
            parts[i] = *self->large++;
            self->large_left--;
        }
        else {
            if ((size_t) (end - at) < size)
                return false;
            parts[i] = (zp_span_t){at, size};
            at += size;
        }
    }
    return at == end;
}

//  Read the record at self->at, and step over it
static bool
s_read_record (zp_records_t *self, zp_envelope_t *envelope, zp_span_t *parts,
               size_t *count)
{
    const uint8_t *at = self->at;
    size_t left = (size_t) (self->end - at);
    if (left < RECORD_MIN)
        return false;
    size_t length = s_get32 (at);
    if (length < RECORD_MIN - 4 || length > left - 4)
        return false;

    const uint8_t *end = at + 4 + length;
    size_t parts_count = at[RECORD_MIN - 1];
    zp_envelope_t found;
    if (parts_count > ZP_ENVELOPE_PARTS_MAX ||
        !zp_envelope_decode (&found, at + 4, ZP_ENVELOPE_SIZE) ||
        !s_read_parts (self, at + RECORD_MIN, end, parts, parts_count))
        return false;
    self->at = end;
    *envelope = found;
    *count = parts_count;
    return true;
}

int
zp_records_next (zp_records_t *self, zp_envelope_t *envelope, zp_span_t *parts,
                 size_t *count)
{
    if (!self->at)
        return -1;
    if (self->at == self->end && self->large_left == 0)
        return 0;
    if (s_read_record (self, envelope, parts, count))
        return 1;
    self->at = NULL;  // Nothing behind it can be trusted
    return -1;
}
