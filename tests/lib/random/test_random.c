//  SPDX-License-Identifier: MIT

#include "zp_random.h"
#include "test_seed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static zp_random_t
s_random (void)
{
    zp_random_t random;
    zp_random_seed (&random, test_seed ());
    return random;
}

//  Of the authors' own splitmix64.c, as widely published

static void
test_the_numbers_are_those_of_splitmix64 (void **state)
{
    (void) state;
    const uint64_t published[] = {
        UINT64_C (6457827717110365317),  UINT64_C (3203168211198807973),
        UINT64_C (9817491932198370423),  UINT64_C (4593380528125082431),
        UINT64_C (16408922859458223821),
    };
    zp_random_t random;
    zp_random_seed (&random, 1234567);
    for (int i = 0; i < 5; i++)
        assert_true (zp_random_next (&random) == published[i]);
}

static void
test_a_copy_goes_on_with_the_same_numbers (void **state)
{
    (void) state;
    zp_random_t random = s_random ();
    zp_random_next (&random);
    zp_random_t copy = random;
    for (int i = 0; i < 100; i++)
        assert_true (zp_random_next (&random) == zp_random_next (&copy));
}

static void
test_below_gives_every_number_under_the_bound_and_no_other (void **state)
{
    (void) state;
    zp_random_t random = s_random ();
    for (uint32_t bound = 1; bound <= 20; bound++) {
        uint32_t seen = 0;
        for (int i = 0; i < 2000; i++) {
            uint32_t number = zp_random_below (&random, bound);
            assert_true (number < bound);
            seen |= UINT32_C (1) << number;
        }
        assert_int_equal (seen, (UINT32_C (1) << bound) - 1);
    }
}

//  3 * 2^30 does not divide 2^32: a bare multiply-shift would give multiples of
//  three twice as often as the rest. Six standard deviations are 1039.

static void
test_below_favours_no_number (void **state)
{
    (void) state;
    zp_random_t random = s_random ();
    int classes[3] = {0};
    for (int i = 0; i < 135000; i++)
        classes[zp_random_below (&random, UINT32_C (3) << 30) % 3]++;
    for (int i = 0; i < 3; i++)
        assert_in_range (classes[i], 45000 - 1039, 45000 + 1039);
}

static void
test_below_zero_is_zero (void **state)
{
    (void) state;
    zp_random_t random = s_random ();
    for (int i = 0; i < 100; i++)
        assert_int_equal (zp_random_below (&random, 0), 0);
}

static int
s_hits (zp_random_t *random, double percent)
{
    int hits = 0;
    for (int i = 0; i < 10000; i++)
        hits += zp_random_chance (random, percent);
    return hits;
}

//  Six standard deviations of 10000 draws at 25 % are 260.

static void
test_chance_is_true_in_percent_of_all_cases (void **state)
{
    (void) state;
    zp_random_t random = s_random ();
    assert_in_range (s_hits (&random, 25), 2500 - 260, 2500 + 260);
}

static void
test_chance_of_0_and_less_is_never (void **state)
{
    (void) state;
    zp_random_t random = s_random ();
    assert_int_equal (s_hits (&random, 0), 0);
    assert_int_equal (s_hits (&random, -5), 0);
}

static void
test_chance_of_100_and_more_is_always (void **state)
{
    (void) state;
    zp_random_t random = s_random ();
    assert_int_equal (s_hits (&random, 100), 10000);
    assert_int_equal (s_hits (&random, 1e9), 10000);
}

static void
test_entropy_is_another_one_each_time (void **state)
{
    (void) state;
    uint64_t seeds[50];
    for (int i = 0; i < 50; i++) {
        seeds[i] = zp_random_entropy ();
        for (int other = 0; other < i; other++)
            assert_true (seeds[i] != seeds[other]);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_the_numbers_are_those_of_splitmix64),
        cmocka_unit_test (test_a_copy_goes_on_with_the_same_numbers),
        cmocka_unit_test (
            test_below_gives_every_number_under_the_bound_and_no_other),
        cmocka_unit_test (test_below_favours_no_number),
        cmocka_unit_test (test_below_zero_is_zero),
        cmocka_unit_test (test_chance_is_true_in_percent_of_all_cases),
        cmocka_unit_test (test_chance_of_0_and_less_is_never),
        cmocka_unit_test (test_chance_of_100_and_more_is_always),
        cmocka_unit_test (test_entropy_is_another_one_each_time),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
