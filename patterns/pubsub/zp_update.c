//  SPDX-License-Identifier: MIT
//
//  Numbers are big-endian.
//
//  An update, one frame:
//
//      topic      1..255  UTF-8
//      0          1
//      "zp"       2       magic, and a version that is there to be changed
//      version    1       1
//      kind       1       1 event, 2 value, 3 deleted
//      ttl        4       milliseconds that a value lasts, 0: no end
//      stream     8       random, another in each life of the publisher
//      sequence   8       from 1
//      time       8       microseconds since 1970
//      distances  4 each  one for each level of the topic, the first level
//                         first: this sequence minus that of the update before
//                         with the same beginning, up to the end of that level
//                         (the last level: of the same topic). All ones if that
//                         is too far. May be too small, never too large or 0
//      payload    the rest
//
//  A batch, one frame, of updates with the stem "storm/north/" or
//  "storm/north\0":
//
//      FF         1
//      stem       0..256  the longest that is subscribed to of each of them
//      0          1       unless the stem ends so
//      updates    each after its size, in 4 bytes
//
//  A heartbeat, one frame, about the stem "storm/north/" or "storm/north\0":
//
//      FE         1
//      stem       0..256  what the topics begin with
//      0          1       unless the stem ends so
//      "zp" version 1     as above
//      kind       1       4
//      every      4       milliseconds until the next at the latest
//      stream     8       as above
//      sequence   8       of the last update of the stream
//      time       8       0
//      last       8       of the last with that stem, or a later one; 0: none
//      gone       1       1: the publisher is

#include "zp_update.h"

#include <string.h>

#define VERSION   1
#define HEARTBEAT 4
#define TAIL      9  // Of a heartbeat

void
zp_update_put (uint8_t *data, size_t size, uint64_t number)
{
    for (size_t i = size; i-- > 0; number >>= 8)
        data[i] = (uint8_t) number;
}

uint64_t
zp_update_get (const uint8_t *data, size_t size)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++)
        number = number << 8 | data[i];
    return number;
}

//  The same for the sizes that each update has, which compilers know well

static uint32_t
s_get_4 (const uint8_t *data)
{
    return (uint32_t) data[0] << 24 | (uint32_t) data[1] << 16 |
           (uint32_t) data[2] << 8 | data[3];
}

static uint64_t
s_get_8 (const uint8_t *data)
{
    return (uint64_t) s_get_4 (data) << 32 | s_get_4 (data + 4);
}

static void
s_put_4 (uint8_t *data, uint32_t number)
{
    data[0] = (uint8_t) (number >> 24);
    data[1] = (uint8_t) (number >> 16);
    data[2] = (uint8_t) (number >> 8);
    data[3] = (uint8_t) number;
}

static void
s_put_8 (uint8_t *data, uint64_t number)
{
    s_put_4 (data, (uint32_t) (number >> 32));
    s_put_4 (data + 4, (uint32_t) number);
}

//  What both kinds have behind the NUL
typedef struct {
    uint8_t kind;       // 1 to 4
    uint32_t ms;        // Time to live, or until the next heartbeat
    uint64_t stream;    // As in the structures
    uint64_t sequence;  // As there
    uint64_t time_us;   // As there
} s_head_t;

static void
s_head_write (const s_head_t *head, uint8_t *data)
{
    data[0] = 'z';
    data[1] = 'p';
    data[2] = VERSION;
    data[3] = head->kind;
    s_put_4 (data + 4, head->ms);
    s_put_8 (data + 8, head->stream);
    s_put_8 (data + 16, head->sequence);
    s_put_8 (data + 24, head->time_us);
}

static bool
s_head_read (s_head_t *head, const uint8_t *data, size_t size)
{
    if (size < ZP_UPDATE_HEAD || data[0] != 'z' || data[1] != 'p' ||
        data[2] != VERSION)
        return false;
    head->kind = data[3];
    head->ms = s_get_4 (data + 4);
    head->stream = s_get_8 (data + 8);
    head->sequence = s_get_8 (data + 16);
    head->time_us = s_get_8 (data + 24);
    return true;
}

size_t
zp_update_size (const zp_update_t *self)
{
    return self->topic.size + 1 + ZP_UPDATE_HEAD + 4 * (self->cuts - 1) +
           self->payload.size;
}

void
zp_update_write (const zp_update_t *self, uint8_t *data)
{
    memcpy (data, self->topic.data, self->topic.size);
    data += self->topic.size;
    *data++ = 0;
    s_head_t head = {(uint8_t) self->kind, self->ttl_ms, self->stream,
                     self->sequence, (uint64_t) self->time_us};
    s_head_write (&head, data);
    data += ZP_UPDATE_HEAD;
    for (size_t i = 1; i < self->cuts; i++, data += 4)
        s_put_4 (data, self->distance[i]);
    if (self->payload.size)
        memcpy (data, self->payload.data, self->payload.size);
}

bool
zp_update_read (zp_update_t *self, const void *data, size_t size)
{
    const uint8_t *at = data, *end = at + size;
    const uint8_t *nul = size ? memchr (at, 0, size) : NULL;
    s_head_t head;
    if (!nul || !s_head_read (&head, nul + 1, (size_t) (end - nul - 1)) ||
        head.kind < ZP_UPDATE_EVENT || head.kind > ZP_UPDATE_DELETED ||
        head.sequence == 0)
        return false;
    self->topic = (zp_span_t){at, (size_t) (nul - at)};
    self->cuts = zp_topic_cut (data, self->topic.size, self->cut);
    at = nul + 1 + ZP_UPDATE_HEAD;
    if (self->cuts == 0 || (size_t) (end - at) < 4 * (self->cuts - 1))
        return false;
    self->kind = (zp_update_kind_t) head.kind;
    self->ttl_ms = head.ms;
    self->stream = head.stream;
    self->sequence = head.sequence;
    self->time_us = (int64_t) head.time_us;
    self->distance[0] = 1;
    for (size_t i = 1; i < self->cuts; i++, at += 4) {
        self->distance[i] = s_get_4 (at);
        if (self->distance[i] == 0 || self->distance[i] > head.sequence)
            return false;
    }
    self->payload = (zp_span_t){at, (size_t) (end - at)};
    return true;
}

//  A mark, a stem, and a NUL behind it
static size_t
s_marked (uint8_t mark, const char *stem, size_t stem_size, uint8_t *data)
{
    size_t size = 0;
    data[size++] = mark;
    if (stem_size)
        memcpy (data + size, stem, stem_size);
    size += stem_size;
    if (data[size - 1] != 0)
        data[size++] = 0;
    return size;
}

size_t
zp_batch_head (const char *stem, size_t stem_size, uint8_t *data)
{
    return s_marked (ZP_BATCH_MARK, stem, stem_size, data);
}

bool
zp_batch_read (const void *data, size_t size, zp_span_t *updates_p)
{
    const uint8_t *at = data;
    const uint8_t *nul = size ? memchr (at, 0, size) : NULL;
    if (!nul || at[0] != ZP_BATCH_MARK)
        return false;
    *updates_p = (zp_span_t){nul + 1, size - (size_t) (nul + 1 - at)};
    return true;
}

bool
zp_batch_next (zp_span_t *updates_p, zp_span_t *frame_p)
{
    const uint8_t *at = updates_p->data;
    if (updates_p->size < 4)
        return false;
    size_t size = s_get_4 (at);
    if (size > updates_p->size - 4)
        return false;
    *frame_p = (zp_span_t){at + 4, size};
    *updates_p = (zp_span_t){at + 4 + size, updates_p->size - 4 - size};
    return true;
}

size_t
zp_heartbeat_topic (const char *stem, size_t stem_size, uint8_t *data)
{
    return s_marked (ZP_UPDATE_MARK, stem, stem_size, data);
}

bool
zp_heartbeat_stem (const void *topic, size_t size, zp_span_t *stem_p)
{
    const uint8_t *data = topic;
    if (size < 2 || data[0] != ZP_UPDATE_MARK || data[size - 1] != 0)
        return false;
    size_t stem_size = size - 2;
    if (stem_size && data[stem_size] != '/')
        stem_size++;
    *stem_p = (zp_span_t){data + 1, stem_size};
    return zp_topic_stem ((const char *) data + 1, stem_size);
}

size_t
zp_heartbeat_write (const zp_heartbeat_t *self, uint8_t *data)
{
    uint8_t *at = data + zp_heartbeat_topic (self->stem, self->stem_size, data);
    s_head_t head = {HEARTBEAT, self->every_ms, self->stream, self->sequence,
                     0};
    s_head_write (&head, at);
    at += ZP_UPDATE_HEAD;
    s_put_8 (at, self->last);
    at[8] = self->gone;
    return (size_t) (at + TAIL - data);
}

bool
zp_heartbeat_read (zp_heartbeat_t *self, const void *data, size_t size)
{
    const uint8_t *at = data, *end = at + size;
    const uint8_t *nul = size ? memchr (at, 0, size) : NULL;
    zp_span_t stem;
    s_head_t head;
    if (!nul || !zp_heartbeat_stem (at, (size_t) (nul + 1 - at), &stem) ||
        !s_head_read (&head, nul + 1, (size_t) (end - nul - 1)) ||
        head.kind != HEARTBEAT || end - nul - 1 != ZP_UPDATE_HEAD + TAIL)
        return false;
    at = nul + 1 + ZP_UPDATE_HEAD;
    *self = (zp_heartbeat_t){.stem = stem.data,
                             .stem_size = stem.size,
                             .stream = head.stream,
                             .sequence = head.sequence,
                             .last = s_get_8 (at),
                             .every_ms = head.ms,
                             .gone = at[8] != 0};
    return self->last <= self->sequence;
}
