//  SPDX-License-Identifier: MIT
//
//  What processes have counted, as totals and rates

#include "stage_counter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "test_seed.h"

static void
test_a_rate_is_of_the_last_two_seconds (void **state)
{
    (void) state;
    stage_counter_t counter = {0};
    for (int i = 0; i <= 20; i++)
        stage_counter_take (&counter, i * 500, (uint64_t) i * 5);
    assert_true (stage_counter_rate (&counter, 10000) == 10);
    for (int i = 21; i <= 24; i++)
        stage_counter_take (&counter, i * 500, 100);
    assert_true (stage_counter_rate (&counter, 12000) == 0);
}

static void
test_what_was_counted_before_is_no_rate (void **state)
{
    (void) state;
    stage_counter_t counter = {0};
    stage_counter_take (&counter, 1000, 5000);
    assert_true (stage_counter_rate (&counter, 1000) == 0);
    assert_int_equal (counter.total, 5000);
    stage_counter_take (&counter, 1500, 5001);
    assert_true (stage_counter_rate (&counter, 1500) == 2);
}

static void
test_a_rate_ends_when_nobody_looks_any_more (void **state)
{
    (void) state;
    stage_counter_t counter = {0};
    stage_counter_take (&counter, 0, 0);
    stage_counter_take (&counter, 500, 100);
    assert_true (stage_counter_rate (&counter, 500) == 200);
    assert_true (stage_counter_rate (&counter, 2500) == 0);
    stage_counter_t none = {0};
    assert_true (stage_counter_rate (&none, 500) == 0);
}

static void
test_the_rate_of_another_process_is_its_own (void **state)
{
    (void) state;
    stage_counter_t counter = {0};
    stage_counter_take (&counter, 0, 0);
    stage_counter_take (&counter, 500, 100);
    stage_counter_restart (&counter, 1000);
    stage_counter_take (&counter, 1500, 0);
    assert_true (stage_counter_rate (&counter, 1500) == 0);
    //  More than the one before had: it is all new nevertheless
    stage_counter_take (&counter, 2000, 150);
    assert_int_equal (counter.total, 250);
    assert_true (stage_counter_rate (&counter, 2000) == 150);
}

//  Whatever processes count, and whenever they begin anew: the total is the sum
//  of all, and no rate is negative
static void
test_restarts_make_no_rate_negative_and_lose_nothing (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    for (int round = 0; round < 1000; round++) {
        stage_counter_t counter = {0};
        uint64_t count = 0, all = 0;
        int64_t now_ms = 0;
        for (int i = 0; i < 50; i++) {
            now_ms += test_below (&seed, 1000);
            if (i > 0 && test_below (&seed, 10) == 0) {
                stage_counter_restart (&counter, now_ms);
                count = 0;
            }
            uint64_t more = (uint64_t) test_below (&seed, 100);
            count += more;
            all += more;
            stage_counter_take (&counter, now_ms, count);
            double rate = stage_counter_rate (&counter, now_ms);
            assert_true (rate >= 0);
            assert_int_equal (counter.total, all);
        }
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_rate_is_of_the_last_two_seconds),
        cmocka_unit_test (test_what_was_counted_before_is_no_rate),
        cmocka_unit_test (test_a_rate_ends_when_nobody_looks_any_more),
        cmocka_unit_test (test_the_rate_of_another_process_is_its_own),
        cmocka_unit_test (test_restarts_make_no_rate_negative_and_lose_nothing),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
