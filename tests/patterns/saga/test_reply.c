//  SPDX-License-Identifier: MIT

#include "zp_saga_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

//  Read these texts, up to a NULL, as the parts of a reply
static zp_saga_reply_t
s_read (zp_status_t status, const char *const *texts)
{
    zp_span_t parts[8];
    size_t count = 0;
    for (; texts[count]; count++)
        parts[count] = (zp_span_t){texts[count], strlen (texts[count])};
    zp_saga_reply_t reply;
    zp_saga_reply_read (&reply, status, parts, count);
    return reply;
}

#define PARTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void
test_what_a_service_says_is_read (void **state)
{
    (void) state;
    zp_saga_reply_t reply = s_read (ZP_OK, PARTS ("done", "{\"seat\":1}"));
    assert_int_equal (reply.outcome, ZP_SAGA_DONE);
    assert_int_equal (reply.result.size, 10);
    reply = s_read (ZP_OK, PARTS ("refused", "FULL", "no seat"));
    assert_int_equal (reply.outcome, ZP_SAGA_REFUSED);
    assert_memory_equal (reply.code.data, "FULL", 4);
    assert_memory_equal (reply.text.data, "no seat", 7);
    reply = s_read (ZP_OK, PARTS ("ongoing", "1500"));
    assert_int_equal (reply.outcome, ZP_SAGA_ONGOING);
    assert_int_equal (reply.after_ms, 1500);
    reply = s_read (ZP_OK, PARTS ("unknown"));
    assert_int_equal (reply.outcome, ZP_SAGA_UNKNOWN);
}

static void
test_all_else_says_nothing (void **state)
{
    (void) state;
    static const char *const replies[][4] = {
        {NULL},
        {""},
        {"done"},
        {"done", "1", "2"},
        {"Done", "1"},
        {"refused", "FULL"},
        {"refused", "", "text"},
        {"ongoing"},
        {"ongoing", ""},
        {"ongoing", "-1"},
        {"ongoing", "1.5"},
        {"ongoing", "86400001"},
        {"unknown", ""},
        {"failed", "1"},
    };
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        zp_saga_reply_t reply = s_read (ZP_OK, replies[i]);
        assert_int_equal (reply.outcome, ZP_SAGA_LOST);
        assert_int_equal (reply.status, ZP_UNKNOWN);
    }
}

static void
test_a_failed_call_is_no_refusal (void **state)
{
    (void) state;
    zp_saga_reply_t reply =
        s_read (ZP_PERMISSION_DENIED, PARTS ("refused", "FULL", "no seat"));
    assert_int_equal (reply.outcome, ZP_SAGA_LOST);
    assert_int_equal (reply.status, ZP_PERMISSION_DENIED);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_what_a_service_says_is_read),
        cmocka_unit_test (test_all_else_says_nothing),
        cmocka_unit_test (test_a_failed_call_is_no_refusal),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
