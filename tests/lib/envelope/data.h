//  SPDX-License-Identifier: MIT
//
//  Bytes for the tests of the envelope, in memory of exactly their size, so
//  that AddressSanitizer sees each byte read behind them

#ifndef DATA_H
#define DATA_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test_seed.h"
#include "zp_envelope.h"
#include "zp_status.h"

//  A copy of the bytes that the caller frees
static inline uint8_t *
data_copy (const void *bytes, size_t size)
{
    uint8_t *copy = malloc (size);
    assert_true (copy || size == 0);
    if (size)
        memcpy (copy, bytes, size);
    return copy;
}

//  The top of the source tree
static inline const char *
data_source (void)
{
    const char *source = getenv ("ZP_SOURCE_DIR");
    if (!source)
        fail_msg ("set ZP_SOURCE_DIR to the top of the source tree");
    return source;
}

//  True if there is such a file in this folder; the caller frees its bytes
static inline bool
data_load (const char *name, zp_span_t *file)
{
    char path[4096];
    snprintf (path, sizeof path, "%s/tests/lib/envelope/%s", data_source (),
              name);
    FILE *stream = fopen (path, "rb");
    if (!stream)
        return false;
    uint8_t bytes[16384];
    size_t size = fread (bytes, 1, sizeof bytes, stream);
    assert_true (size < sizeof bytes);
    fclose (stream);
    *file = (zp_span_t){data_copy (bytes, size), size};
    return true;
}

//  Call fn with the name, such as "invalid/start/cut.bin", of each .bin file in
//  a folder of this one
static inline void
data_each (const char *folder, void (*fn) (const char *name))
{
    char pattern[4096];
    snprintf (pattern, sizeof pattern, "%s/tests/lib/envelope/%s/*.bin",
              data_source (), folder);
    glob_t found;
    assert_int_equal (glob (pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char name[256];
        snprintf (name, sizeof name, "%s%s", folder,
                  strrchr (found.gl_pathv[i], '/'));
        fn (name);
    }
    globfree (&found);
}

//  Any envelope, drawn from the state of test_seed.h
static inline zp_envelope_t
data_envelope (uint64_t *random)
{
    zp_envelope_t envelope = {
        .kind = (uint8_t) (ZP_REQUEST + test_below (random, 4)),
        .status = (uint8_t) test_below (random, ZP_UNAUTHENTICATED + 1),
        .attempt = (uint8_t) test_random (random),
        .marks = (uint8_t) test_random (random),
        .time_ms = (uint32_t) test_random (random),
        .client = test_random (random),
        .serial = test_random (random),
        .trace.flags = (uint8_t) test_random (random),
    };
    for (size_t i = 0; i < sizeof envelope.trace.trace_id; i++)
        envelope.trace.trace_id[i] = (uint8_t) test_random (random);
    for (size_t i = 0; i < sizeof envelope.trace.span_id; i++)
        envelope.trace.span_id[i] = (uint8_t) test_random (random);
    return envelope;
}

static inline void
data_assert_same (const zp_envelope_t *one, const zp_envelope_t *other)
{
    assert_int_equal (one->kind, other->kind);
    assert_int_equal (one->status, other->status);
    assert_int_equal (one->attempt, other->attempt);
    assert_int_equal (one->marks, other->marks);
    assert_int_equal (one->time_ms, other->time_ms);
    assert_true (one->client == other->client);
    assert_true (one->serial == other->serial);
    assert_memory_equal (&one->trace, &other->trace, sizeof one->trace);
}

#endif
