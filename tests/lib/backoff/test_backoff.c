//  SPDX-License-Identifier: MIT

#include "zp_backoff.h"
#include "test_seed.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static const zp_backoff_t s_default = ZP_BACKOFF_DEFAULT;

//  The model: multiply, one attempt after the other

static int
s_ceiling (const zp_backoff_t *backoff, int attempt)
{
    double ceiling = backoff->initial_ms;
    for (int i = 1; i < attempt && ceiling < backoff->max_ms; i++)
        ceiling *= backoff->factor;
    return ceiling < backoff->max_ms ? (int) ceiling : backoff->max_ms;
}

static void
test_the_ceiling_grows_by_the_factor_to_the_maximum (void **state)
{
    (void) state;
    const int ceilings[] = {100, 200, 400, 800, 1600, 2000, 2000};
    for (int i = 0; i < 7; i++)
        assert_int_equal (zp_backoff_ms (&s_default, i + 1, UINT64_MAX),
                          ceilings[i]);
}

static void
test_the_least_wait_is_none (void **state)
{
    (void) state;
    for (int attempt = 1; attempt < 10; attempt++)
        assert_int_equal (zp_backoff_ms (&s_default, attempt, 0), 0);
}

//  Multiplying in another order may round differently, so that a ceiling is one
//  more or less.

static void
test_the_greatest_wait_is_the_ceiling_of_a_naive_model (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    for (int i = 0; i < 20000; i++) {
        zp_backoff_t backoff = {
            .initial_ms = test_below (&seed, 1000),
            .max_ms = test_below (&seed, 100000),
            .factor = 1.0 + test_below (&seed, 3000) / 1000.0,
        };
        int attempt = 1 + test_below (&seed, 200);
        int ceiling = s_ceiling (&backoff, attempt);
        int greatest = zp_backoff_ms (&backoff, attempt, UINT64_MAX);
        assert_true (greatest >= ceiling - 1 && greatest <= ceiling + 1);
        assert_true (greatest <= backoff.max_ms);
        int any = zp_backoff_ms (&backoff, attempt, test_random (&seed));
        assert_true (any >= 0 && any <= greatest);
    }
}

//  Six standard deviations of a tenth of 100000 are 570.

static void
test_waits_are_evenly_spread (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    zp_backoff_t backoff = {.initial_ms = 999, .max_ms = 999, .factor = 1};
    int tenths[10] = {0};
    for (int i = 0; i < 100000; i++)
        tenths[zp_backoff_ms (&backoff, 1, test_random (&seed)) / 100]++;
    for (int i = 0; i < 10; i++)
        assert_in_range (tenths[i], 10000 - 570, 10000 + 570);
}

static void
test_any_attempt_number_is_safe (void **state)
{
    (void) state;
    const zp_backoff_t backoffs[] = {
        ZP_BACKOFF_DEFAULT,
        {.initial_ms = INT_MAX, .max_ms = INT_MAX, .factor = 1e308},
        {.initial_ms = 1, .max_ms = INT_MAX, .factor = 1.0000001},
        {.initial_ms = 0, .max_ms = INT_MAX, .factor = 1e308},
    };
    const int greatest[] = {2000, INT_MAX, INT_MAX, 0};
    for (int i = 0; i < 4; i++)
        assert_int_equal (zp_backoff_ms (&backoffs[i], INT_MAX, UINT64_MAX),
                          greatest[i]);
}

static void
test_an_attempt_below_1_counts_as_1 (void **state)
{
    (void) state;
    const int attempts[] = {0, -1, INT_MIN};
    for (int i = 0; i < 3; i++)
        assert_int_equal (zp_backoff_ms (&s_default, attempts[i], UINT64_MAX),
                          100);
}

static int
s_withdraw_all (zp_retry_budget_t *budget)
{
    int count = 0;
    while (count < 1000000 && zp_retry_budget_withdraw (budget))
        count++;
    return count;
}

static void
test_a_budget_starts_with_its_reserve (void **state)
{
    (void) state;
    zp_retry_budget_t budget;
    zp_retry_budget_init (&budget, 20, 7);
    assert_int_equal (s_withdraw_all (&budget), 7);
}

static void
test_a_budget_never_holds_more_than_its_reserve (void **state)
{
    (void) state;
    zp_retry_budget_t budget;
    zp_retry_budget_init (&budget, 20, 7);
    for (int i = 0; i < 100000; i++)
        zp_retry_budget_deposit (&budget);
    assert_int_equal (s_withdraw_all (&budget), 7);
}

static void
test_a_failed_withdrawal_changes_nothing (void **state)
{
    (void) state;
    zp_retry_budget_t budget;
    zp_retry_budget_init (&budget, 30, 1);
    s_withdraw_all (&budget);
    zp_retry_budget_deposit (&budget);
    zp_retry_budget_t before = budget;
    assert_false (zp_retry_budget_withdraw (&budget));
    assert_memory_equal (&budget, &before, sizeof budget);
}

static void
test_a_budget_without_reserve_retries_nothing (void **state)
{
    (void) state;
    zp_retry_budget_t budget;
    zp_retry_budget_init (&budget, 1000, 0);
    for (int i = 0; i < 1000; i++) {
        zp_retry_budget_deposit (&budget);
        assert_false (zp_retry_budget_withdraw (&budget));
    }
}

static void
test_retries_are_a_share_of_first_attempts_when_all_fail (void **state)
{
    (void) state;
    const double percents[] = {0, 0.01, 1, 12.5, 20, 100, 250};
    const int expected[] = {0, 10, 1000, 12500, 20000, 100000, 250000};
    for (int i = 0; i < 7; i++) {
        zp_retry_budget_t budget;
        zp_retry_budget_init (&budget, percents[i], 10);
        int retries = 0;
        for (int calls = 0; calls < 100000; calls++) {
            zp_retry_budget_deposit (&budget);
            retries += s_withdraw_all (&budget);
        }
        //  The reserve on top, except what the full budget could not take
        assert_in_range (retries, expected[i] + 7, expected[i] + 10);
    }
}

//  Whatever happens: within any stretch of time no more retries than the
//  reserve and the share of its first attempts.

static void
test_no_stretch_of_calls_has_more_retries_than_its_share (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    for (int round = 0; round < 200; round++) {
        int percent = test_below (&seed, 101);
        int reserve = test_below (&seed, 20);
        int failing = test_below (&seed, 101);
        zp_retry_budget_t budget;
        zp_retry_budget_init (&budget, percent, reserve);
        //  The worst stretch up to now, in hundredths: retries beyond the share
        int64_t worst = 0;
        for (int i = 0; i < 2000; i++) {
            zp_retry_budget_deposit (&budget);
            worst = worst > percent ? worst - percent : 0;
            while (test_below (&seed, 100) < failing &&
                   zp_retry_budget_withdraw (&budget))
                worst += 100;
            assert_true (worst <= reserve * 100);
        }
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_the_ceiling_grows_by_the_factor_to_the_maximum),
        cmocka_unit_test (test_the_least_wait_is_none),
        cmocka_unit_test (
            test_the_greatest_wait_is_the_ceiling_of_a_naive_model),
        cmocka_unit_test (test_waits_are_evenly_spread),
        cmocka_unit_test (test_any_attempt_number_is_safe),
        cmocka_unit_test (test_an_attempt_below_1_counts_as_1),
        cmocka_unit_test (test_a_budget_starts_with_its_reserve),
        cmocka_unit_test (test_a_budget_never_holds_more_than_its_reserve),
        cmocka_unit_test (test_a_failed_withdrawal_changes_nothing),
        cmocka_unit_test (test_a_budget_without_reserve_retries_nothing),
        cmocka_unit_test (
            test_retries_are_a_share_of_first_attempts_when_all_fail),
        cmocka_unit_test (
            test_no_stretch_of_calls_has_more_retries_than_its_share),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
