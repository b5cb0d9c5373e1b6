//  SPDX-License-Identifier: MIT

#include "test_seed.h"
#include "zp_gateway_http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

static void
s_check (const char *range, uint64_t size_bytes, zp_gateway_range_t expected,
         uint64_t from, uint64_t count)
{
    uint64_t got_from = 77, got_count = 77;
    zp_gateway_range_t got =
        zp_gateway_range (range, size_bytes, &got_from, &got_count);
    if (got != expected || got_from != from || got_count != count)
        fail_msg ("%s of %" PRIu64 ": %d, %" PRIu64 ", %" PRIu64, range,
                  size_bytes, (int) got, got_from, got_count);
}

static void
test_a_part_is_what_was_asked_for (void **state)
{
    (void) state;
    s_check ("bytes=0-0", 10, ZP_GATEWAY_PART, 0, 1);
    s_check ("bytes=2-5", 10, ZP_GATEWAY_PART, 2, 4);
    s_check ("bytes=2-", 10, ZP_GATEWAY_PART, 2, 8);
    s_check ("bytes=0-", 10, ZP_GATEWAY_PART, 0, 10);
    s_check ("bytes=9-9", 10, ZP_GATEWAY_PART, 9, 1);
    s_check ("bytes=-3", 10, ZP_GATEWAY_PART, 7, 3);
    s_check ("bytes=-10", 10, ZP_GATEWAY_PART, 0, 10);
    s_check ("BYTES= 2-5 ", 10, ZP_GATEWAY_PART, 2, 4);
    s_check ("bytes=0002-0000005", 10, ZP_GATEWAY_PART, 2, 4);
}

static void
test_a_part_ends_where_the_content_does (void **state)
{
    (void) state;
    s_check ("bytes=2-10", 10, ZP_GATEWAY_PART, 2, 8);
    s_check ("bytes=-11", 10, ZP_GATEWAY_PART, 0, 10);
    s_check ("bytes=1-99999999999999999999999", 10, ZP_GATEWAY_PART, 1, 9);
    s_check ("bytes=-99999999999999999999999", 10, ZP_GATEWAY_PART, 0, 10);
    s_check ("bytes=1-", UINT64_MAX, ZP_GATEWAY_PART, 1, UINT64_MAX - 1);
    s_check ("bytes=-1", UINT64_MAX, ZP_GATEWAY_PART, UINT64_MAX - 1, 1);
}

static void
test_what_lies_behind_the_content_is_no_part (void **state)
{
    (void) state;
    s_check ("bytes=10-", 10, ZP_GATEWAY_NO_PART, 0, 10);
    s_check ("bytes=10-12", 10, ZP_GATEWAY_NO_PART, 0, 10);
    s_check ("bytes=99999999999999999999999-", 10, ZP_GATEWAY_NO_PART, 0, 10);
    s_check ("bytes=-0", 10, ZP_GATEWAY_NO_PART, 0, 10);
}

static void
test_what_is_no_range_is_ignored (void **state)
{
    (void) state;
    static const char *const none[] = {
        "",           "bytes",       "bytes=",     "bytes=-",
        "bytes=a-b",  "bytes=5-2",   "bytes=2-5x", "bytes=2 - 5",
        "bytes=--5",  "bytes=2-5-7", "items=2-5",  "bytes:2-5",
        "bytes=+2-5", "bytes=0x2-5", "bytes =2-5", "bytes=2.5-7",
    };
    s_check (NULL, 10, ZP_GATEWAY_WHOLE, 0, 10);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        s_check (none[i], 10, ZP_GATEWAY_WHOLE, 0, 10);
}

static void
test_several_ranges_are_answered_with_all_of_it (void **state)
{
    (void) state;
    s_check ("bytes=0-1,4-5", 10, ZP_GATEWAY_WHOLE, 0, 10);
    s_check ("bytes=0-1, -1", 10, ZP_GATEWAY_WHOLE, 0, 10);
    s_check ("bytes=,0-1", 10, ZP_GATEWAY_WHOLE, 0, 10);
}

static void
test_of_nothing_there_is_no_part (void **state)
{
    (void) state;
    s_check ("bytes=0-", 0, ZP_GATEWAY_WHOLE, 0, 0);
    s_check ("bytes=-1", 0, ZP_GATEWAY_WHOLE, 0, 0);
}

static void
test_content_range_says_which_part_it_is (void **state)
{
    (void) state;
    char room[ZP_GATEWAY_CONTENT_RANGE];
    assert_string_equal (zp_gateway_content_range (2, 4, 10, room),
                         "bytes 2-5/10");
    assert_string_equal (zp_gateway_content_range (0, 0, 10, room),
                         "bytes */10");
    zp_gateway_content_range (UINT64_MAX - 1, 1, UINT64_MAX, room);
    assert_string_equal (room, "bytes 18446744073709551614-"
                               "18446744073709551614/18446744073709551615");
}

//  Any two numbers, written in any way: what is sent is what a model marks
//  byte by byte
static void
test_parts_agree_with_a_naive_model (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    for (int round = 0; round < 20000; round++) {
        int size = test_below (&seed, 12) + 1, a = test_below (&seed, 14),
            b = test_below (&seed, 14), form = test_below (&seed, 3);
        char range[64];
        bool wanted[12] = {false};
        if (form == 0)
            sprintf (range, "bytes=%d-%d", a, b);
        else if (form == 1)
            sprintf (range, "bytes=%d-", a);
        else
            sprintf (range, "bytes=-%d", b);
        int first = -1, count = 0;
        for (int byte = 0; byte < size; byte++) {
            wanted[byte] = form == 0   ? byte >= a && byte <= b
                           : form == 1 ? byte >= a
                                       : byte >= size - b;
            if (wanted[byte] && first < 0)
                first = byte;
            count += wanted[byte];
        }
        if (form == 0 && a > b)
            s_check (range, (uint64_t) size, ZP_GATEWAY_WHOLE, 0,
                     (uint64_t) size);
        else if (count == 0)
            s_check (range, (uint64_t) size, ZP_GATEWAY_NO_PART, 0,
                     (uint64_t) size);
        else
            s_check (range, (uint64_t) size, ZP_GATEWAY_PART, (uint64_t) first,
                     (uint64_t) count);
    }
}

static void
test_an_etag_changes_with_what_it_is_made_of (void **state)
{
    (void) state;
    char one[ZP_GATEWAY_ETAG_MAX + 1], two[ZP_GATEWAY_ETAG_MAX + 1];
    assert_string_equal (zp_gateway_etag (0x12, 0xabc, one), "\"12-abc\"");
    assert_string_not_equal (zp_gateway_etag (0x1, 0x2abc, two), one);
    zp_gateway_etag (UINT64_MAX, UINT64_MAX, one);
    assert_true (strlen (one) <= ZP_GATEWAY_ETAG_MAX);
}

static void
test_if_none_match_is_a_list_of_etags (void **state)
{
    (void) state;
    const char *etag = "\"a-1\"";
    static const char *const yes[] = {
        "\"a-1\"",
        "*",
        " * ",
        "W/\"a-1\"",
        "\"x\", \"a-1\"",
        "\"x\",\"a-1\",\"y\"",
        ", \"a-1\"",
        "W/\"x\" , W/\"a-1\"",
        "\"x,y\", \"a-1\"",
        "  \"a-1\"  ",
    };
    static const char *const no[] = {
        "",         "a-1",       "\"a-1",        "\"a-2\"",
        "\"A-1\"",  "w/\"a-1\"", "\"x\"\"a-1\"", "\"x\" a-1",
        "*, \"a\"", "\"x\",",    "\"x,\"a-1\"",
    };
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (!zp_gateway_none_match (yes[i], etag))
            fail_msg ("%s", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (zp_gateway_none_match (no[i], etag))
            fail_msg ("%s", no[i]);
    assert_false (zp_gateway_none_match (NULL, etag));
    //  Weak comparison
    assert_true (zp_gateway_none_match ("\"a-1\"", "W/\"a-1\""));
}

static void
test_if_range_wants_the_very_same_content (void **state)
{
    (void) state;
    assert_true (zp_gateway_if_range (NULL, "\"a-1\""));
    assert_true (zp_gateway_if_range ("\"a-1\"", "\"a-1\""));
    assert_false (zp_gateway_if_range ("\"a-2\"", "\"a-1\""));
    assert_false (zp_gateway_if_range ("W/\"a-1\"", "\"a-1\""));
    assert_false (zp_gateway_if_range ("W/\"a-1\"", "W/\"a-1\""));
    assert_false (
        zp_gateway_if_range ("Sun, 06 Nov 1994 08:49:37 GMT", "\"a-1\""));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_part_is_what_was_asked_for),
        cmocka_unit_test (test_a_part_ends_where_the_content_does),
        cmocka_unit_test (test_what_lies_behind_the_content_is_no_part),
        cmocka_unit_test (test_what_is_no_range_is_ignored),
        cmocka_unit_test (test_several_ranges_are_answered_with_all_of_it),
        cmocka_unit_test (test_of_nothing_there_is_no_part),
        cmocka_unit_test (test_content_range_says_which_part_it_is),
        cmocka_unit_test (test_parts_agree_with_a_naive_model),
        cmocka_unit_test (test_an_etag_changes_with_what_it_is_made_of),
        cmocka_unit_test (test_if_none_match_is_a_list_of_etags),
        cmocka_unit_test (test_if_range_wants_the_very_same_content),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
