//  SPDX-License-Identifier: MIT
//
//  Lengths of time: as people say and type them, and on a line

#include "duration.h"
#include "timescale.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "test_seed.h"

#define WIDTH      900
#define NEAR(a, b) assert_true (fabs ((a) - (b)) < 0.01)

static void
test_a_duration_is_told_in_the_unit_that_says_most (void **state)
{
    (void) state;
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{0, "0 ms"},        {999, "999 ms"},     {1000, "1 s"},
                 {1500, "1.5 s"},    {2075, "2.08 s"},    {9999, "10 s"},
                 {30000, "30 s"},    {99960, "100 s"},    {119000, "119 s"},
                 {120000, "2 min"},  {1200000, "20 min"}, {3600000, "1 h"},
                 {5400000, "1.5 h"}, {86400000, "24 h"},  {864000000, "10 d"},
                 {-1500, "-1.5 s"}};
    char text[DURATION_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal (duration_text (cases[i].ms, text), cases[i].text);
    duration_text (INT64_MAX, text);
    duration_text (INT64_MIN, text);
}

static void
test_a_short_duration_is_told_in_microseconds (void **state)
{
    (void) state;
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {{0, "0 us"},        {999, "999 us"},    {1000, "1 ms"},
                 {1250, "1.25 ms"},  {12340, "12.3 ms"}, {100000, "100 ms"},
                 {1500000, "1.5 s"}, {-85, "-85 us"},    {120000000, "2 min"}};
    char text[DURATION_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal (duration_text_us (cases[i].us, text),
                             cases[i].text);
    duration_text_us (INT64_MAX, text);
}

static void
test_a_typed_duration_is_read (void **state)
{
    (void) state;
    assert_int_equal (duration_parse ("0"), 0);
    assert_int_equal (duration_parse ("250"), 250);
    assert_int_equal (duration_parse ("250ms"), 250);
    assert_int_equal (duration_parse ("1.5s"), 1500);
    assert_int_equal (duration_parse ("5 min"), 300000);
    assert_int_equal (duration_parse ("2h"), 7200000);
    assert_int_equal (duration_parse ("1d"), 86400000);
    static const char *const wrong[] = {"",   "s",     "-1s",  "+1s", "1x",
                                        "1m", "1e400", "1 s ", "nan", "40000d"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal (duration_parse (wrong[i]), -1);
}

static void
test_time_is_linear (void **state)
{
    (void) state;
    int64_t moments[] = {900, 0, 300, 300};
    timescale_t scale;
    timescale_make (&scale, moments, 4, WIDTH);
    NEAR (timescale_x (&scale, 0), 0);
    NEAR (timescale_x (&scale, 300), 300);
    NEAR (timescale_x (&scale, 450), 450);
    NEAR (timescale_x (&scale, 900), WIDTH);
    NEAR (timescale_x (&scale, -5), 0);
    NEAR (timescale_x (&scale, 5000), WIDTH);
    assert_int_equal (scale.tick_ms, 100);
    timescale_clear (&scale);
}

static void
test_long_times_are_cut_if_that_shows_short_ones (void **state)
{
    (void) state;
    int64_t moments[] = {0, 10, 20, 35, 3600035, 3600045, 9600045, 9600050};
    timescale_t scale;
    timescale_make (&scale, moments, 8, WIDTH);
    assert_int_equal (scale.count, 7);
    for (size_t i = 0; i < scale.count; i++) {
        assert_int_equal (scale.stretches[i].cut, i == 3 || i == 5);
        assert_true (scale.stretches[i].width > 20);
    }
    NEAR (timescale_x (&scale, 9600050), WIDTH);
    timescale_clear (&scale);
}

static void
test_one_short_time_is_no_reason_to_cut (void **state)
{
    (void) state;
    int64_t moments[] = {0, 5, 10000};
    timescale_t scale;
    timescale_make (&scale, moments, 3, WIDTH);
    assert_false (scale.stretches[0].cut);
    assert_false (scale.stretches[1].cut);
    timescale_clear (&scale);
}

static void
test_what_happens_at_once_has_no_width (void **state)
{
    (void) state;
    int64_t moments[] = {7, 7};
    timescale_t scale;
    timescale_make (&scale, moments, 2, WIDTH);
    assert_int_equal (scale.count, 0);
    NEAR (timescale_x (&scale, 7), 0);
    timescale_clear (&scale);
}

static void
test_any_line_goes_on_and_has_its_width (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    for (int round = 0; round < 300; round++) {
        int64_t moments[40], last = 0;
        size_t count = 2 + (size_t) test_below (&seed, 38);
        for (size_t i = 0; i < count; i++)
            moments[i] = (int64_t) test_below (&seed, 5)
                         << test_below (&seed, 58);
        timescale_t scale;
        timescale_make (&scale, moments, count, WIDTH);
        for (size_t i = 0; i < scale.count; i++) {
            assert_true (scale.stretches[i].width >= 0);
            assert_true (i == 0 || scale.stretches[i].from_ms == last);
            NEAR (timescale_x (&scale, scale.stretches[i].from_ms),
                  scale.stretches[i].x);
            last = scale.stretches[i].to_ms;
        }
        if (scale.count) {
            const timescale_stretch_t *end = &scale.stretches[scale.count - 1];
            NEAR (end->x + end->width, WIDTH);
        }
        timescale_clear (&scale);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_duration_is_told_in_the_unit_that_says_most),
        cmocka_unit_test (test_a_short_duration_is_told_in_microseconds),
        cmocka_unit_test (test_a_typed_duration_is_read),
        cmocka_unit_test (test_time_is_linear),
        cmocka_unit_test (test_long_times_are_cut_if_that_shows_short_ones),
        cmocka_unit_test (test_one_short_time_is_no_reason_to_cut),
        cmocka_unit_test (test_what_happens_at_once_has_no_width),
        cmocka_unit_test (test_any_line_goes_on_and_has_its_width),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
