//  SPDX-License-Identifier: MIT
//
//  A request's copy, in memory of exactly the size that was asked for, so that
//  AddressSanitizer sees each byte outside of it.

#include "zp_content.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "test_seed.h"

//  Copy these, destroy the originals, and compare
static void
s_expect_copy (zp_span_t method, zp_span_t *args, size_t count)
{
    zp_span_t same[ZP_ENVELOPE_PARTS_MAX] = {method};
    size_t large = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t *bytes = malloc (args[i].size + 1);
        if (args[i].size)
            memcpy (bytes, args[i].data, args[i].size);
        same[i + 1] = (zp_span_t){bytes, args[i].size};
        large += args[i].size > ZP_ENVELOPE_INLINE;
    }
    void *memory = malloc (zp_content_room (method.size, args, count));
    zp_content_t content = {.deadline_ms = 7};
    zp_content_copy (&content, memory, method, args, count);
    for (size_t i = 0; i < count; i++)
        free ((void *) args[i].data);

    assert_int_equal (content.count, count + 1);
    assert_int_equal (content.large_count, large);
    assert_int_equal (content.size, zp_records_size (same, count + 1));
    assert_int_equal (content.deadline_ms, 7);
    size_t seen = 0;
    for (size_t i = 0; i < content.count; i++) {
        zp_span_t part = content.parts[i];
        assert_int_equal (part.size, same[i].size);
        if (part.size)
            assert_memory_equal (part.data, same[i].data, part.size);
        if (part.size > ZP_ENVELOPE_INLINE)
            assert_ptr_equal (part.data, zmq_msg_data (&content.large[seen++]));
    }
    zp_content_clear (&content);
    free (memory);
    for (size_t i = 0; i < count; i++)
        free ((void *) same[i + 1].data);
}

static void
test_a_copy_is_whole_whatever_the_sizes (void **state)
{
    (void) state;
    uint64_t random = test_seed ();
    const int bounds[] = {1, 2, 20, ZP_ENVELOPE_INLINE + 1,
                          3 * ZP_ENVELOPE_INLINE};
    for (int i = 0; i < 500; i++) {
        zp_span_t args[ZP_ENVELOPE_PARTS_MAX - 1];
        size_t count = (size_t) test_below (&random, ZP_ENVELOPE_PARTS_MAX);
        for (size_t j = 0; j < count; j++) {
            size_t size =
                (size_t) test_below (&random, bounds[test_below (&random, 5)]);
            uint8_t *bytes = malloc (size);
            for (size_t k = 0; k < size; k++)
                bytes[k] = (uint8_t) (k + j);
            args[j] = (zp_span_t){bytes, size};
        }
        char name[256];
        memset (name, 'm', sizeof name);
        size_t length = 1 + (size_t) test_below (&random, 255);
        s_expect_copy ((zp_span_t){name, length}, args, count);
    }
}

static void
test_parts_around_the_limit_are_large_or_not (void **state)
{
    (void) state;
    zp_span_t args[3];
    for (size_t i = 0; i < 3; i++)
        args[i] = (zp_span_t){calloc (1, ZP_ENVELOPE_INLINE - 1 + i),
                              ZP_ENVELOPE_INLINE - 1 + i};
    s_expect_copy ((zp_span_t){"method", 6}, args, 3);
}

static void
test_there_need_be_no_arguments (void **state)
{
    (void) state;
    s_expect_copy ((zp_span_t){"method", 6}, NULL, 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_copy_is_whole_whatever_the_sizes),
        cmocka_unit_test (test_parts_around_the_limit_are_large_or_not),
        cmocka_unit_test (test_there_need_be_no_arguments),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
