//  SPDX-License-Identifier: MIT

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "test_seed.h"
#include "zp_number.h"

static const char *
s_written (uint64_t number)
{
    static char text[ZP_NUMBER_MAX + 1];
    text[zp_number_write (number, text)] = 0;
    return text;
}

//  Read all of a text; -1 if it is no number, or something is behind it
static int64_t
s_read (const char *text, uint64_t max)
{
    const char *at = text;
    uint64_t number = 4711;
    if (zp_number_read (&number, &at, text + strlen (text), max))
        return *at ? -1 : (int64_t) number;
    assert_ptr_equal (at, text);
    assert_int_equal (number, 4711);
    return -1;
}

static void
test_numbers_are_written_in_decimal (void **state)
{
    (void) state;
    assert_string_equal (s_written (0), "0");
    assert_string_equal (s_written (10), "10");
    assert_string_equal (s_written (UINT64_MAX), "18446744073709551615");
}

static void
test_what_was_written_is_read (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    for (int i = 0; i < 10000; i++) {
        uint64_t number = test_random (&seed) >> (test_random (&seed) % 64);
        char text[32];
        snprintf (text, sizeof text, "%" PRIu64, number);
        assert_string_equal (s_written (number), text);
        const char *at = text;
        uint64_t read = 0;
        assert_true (
            zp_number_read (&read, &at, text + strlen (text), UINT64_MAX));
        assert_int_equal (read, number);
        assert_int_equal (*at, 0);
    }
}

static void
test_what_is_no_number_is_refused (void **state)
{
    (void) state;
    const char *texts[] = {"",
                           "-1",
                           "+1",
                           " 1",
                           "x",
                           "00",
                           "01",
                           "18446744073709551616",
                           "99999999999999999999"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal (s_read (texts[i], UINT64_MAX), -1);
}

static void
test_a_number_ends_where_the_digits_do (void **state)
{
    (void) state;
    const char *text = "12 34";
    const char *at = text;
    uint64_t number;
    assert_true (zp_number_read (&number, &at, text + 5, UINT64_MAX));
    assert_int_equal (number, 12);
    assert_ptr_equal (at, text + 2);
    //  And never behind the end
    at = text;
    assert_true (zp_number_read (&number, &at, text + 1, UINT64_MAX));
    assert_int_equal (number, 1);
}

static void
test_the_largest_is_the_limit (void **state)
{
    (void) state;
    assert_int_equal (s_read ("0", 0), 0);
    assert_int_equal (s_read ("1", 0), -1);
    assert_int_equal (s_read ("255", 255), 255);
    assert_int_equal (s_read ("256", 255), -1);
    assert_int_equal (s_read ("9", 5), -1);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_numbers_are_written_in_decimal),
        cmocka_unit_test (test_what_was_written_is_read),
        cmocka_unit_test (test_what_is_no_number_is_refused),
        cmocka_unit_test (test_a_number_ends_where_the_digits_do),
        cmocka_unit_test (test_the_largest_is_the_limit),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
