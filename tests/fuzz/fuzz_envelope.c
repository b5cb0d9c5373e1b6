//  SPDX-License-Identifier: MIT
//
//  Whatever is taken for an envelope or for records must be the same again when
//  it is written and read once more.
//
//  Input: how many large parts follow the frame (1 byte, modulo 4), the size of
//  each (2 bytes), then the frame. Large parts are never looked into, so their
//  bytes are all the same.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "zp_envelope.h"

#define LARGE_MAX 3

//  Not assert, which a release build leaves out
#define CHECK(truth) ((truth) ? (void) 0 : abort ())

static void
s_try_envelope (const uint8_t *frame, size_t size)
{
    zp_envelope_t envelope;
    if (!zp_envelope_decode (&envelope, frame, size))
        return;
    uint8_t again[ZP_ENVELOPE_SIZE];
    zp_envelope_encode (&envelope, again);
    CHECK (memcmp (again, frame, size) == 0);
}

//  Write a record to a message of its own and read that
static void
s_write_again (const zp_envelope_t *envelope, const zp_span_t *parts,
               size_t count)
{
    size_t size = 4 + zp_records_size (parts, count);
    uint8_t *data = malloc (size);
    uint8_t *end =
        zp_records_write (zp_records_start (data), envelope, parts, count);
    CHECK (end == data + size && zp_records_here (data, size));

    zp_span_t frames[1 + ZP_ENVELOPE_PARTS_MAX] = {{data, size}};
    size_t frames_count = 1;
    for (size_t i = 0; i < count; i++)
        if (parts[i].size > ZP_ENVELOPE_INLINE)
            frames[frames_count++] = parts[i];

    zp_records_t records;
    zp_records_init (&records, frames, frames_count);
    zp_envelope_t found;
    zp_span_t found_parts[ZP_ENVELOPE_PARTS_MAX];
    size_t found_count;
    CHECK (zp_records_next (&records, &found, found_parts, &found_count) == 1);
    CHECK (found_count == count);
    for (size_t i = 0; i < count; i++)
        CHECK (found_parts[i].size == parts[i].size &&
               memcmp (found_parts[i].data, parts[i].data, parts[i].size) == 0);
    uint8_t one[ZP_ENVELOPE_SIZE], other[ZP_ENVELOPE_SIZE];
    zp_envelope_encode (envelope, one);
    zp_envelope_encode (&found, other);
    CHECK (memcmp (one, other, sizeof one) == 0);
    CHECK (zp_records_next (&records, &found, found_parts, &found_count) == 0);
    free (data);
}

static void
s_try_records (const zp_span_t *frames, size_t count)
{
    if (!zp_records_here (frames[0].data, frames[0].size))
        return;
    zp_records_t records;
    zp_records_init (&records, frames, count);
    zp_envelope_t envelope;
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX];
    size_t parts_count;
    int rc;
    while ((rc = zp_records_next (&records, &envelope, parts, &parts_count)) ==
           1)
        s_write_again (&envelope, parts, parts_count);
    CHECK (zp_records_next (&records, &envelope, parts, &parts_count) == rc);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    static const uint8_t bytes[UINT16_MAX];
    if (size == 0)
        return 0;
    const uint8_t *end = data + size;
    size_t large = *data++ % (LARGE_MAX + 1);
    if ((size_t) (end - data) < 2 * large)
        return 0;
    zp_span_t frames[1 + LARGE_MAX];
    for (size_t i = 1; i <= large; i++, data += 2)
        frames[i] = (zp_span_t){bytes, (size_t) (data[0] << 8 | data[1])};

    size = (size_t) (end - data);
    uint8_t *frame = malloc (size);  // Exactly as much as it may look at
    if (size)
        memcpy (frame, data, size);
    frames[0] = (zp_span_t){frame, size};
    s_try_envelope (frame, size);
    s_try_records (frames, 1 + large);
    free (frame);
    return 0;
}
