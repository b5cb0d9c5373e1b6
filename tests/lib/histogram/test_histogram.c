//  SPDX-License-Identifier: MIT

#include "zp_histogram.h"
#include "test_seed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define VALUES 1000

static const double s_percents[] = {0.1, 1,  5,    25,   50,
                                    75,  90, 99.5, 99.9, 99.99};

#define PERCENTS ((int) (sizeof s_percents / sizeof s_percents[0]))

static int
s_compare (const void *first, const void *second)
{
    uint64_t a = *(const uint64_t *) first;
    uint64_t b = *(const uint64_t *) second;
    return (a > b) - (a < b);
}

//  Values of all magnitudes alike, so that each power of two is tried

static void
s_fill (uint64_t *values, int count, uint64_t *seed)
{
    for (int i = 0; i < count; i++)
        values[i] = test_random (seed) >> test_below (seed, 64);
}

static zp_histogram_t *
s_histogram_of (const uint64_t *values, int count)
{
    zp_histogram_t *histogram = zp_histogram_new ();
    for (int i = 0; i < count; i++)
        zp_histogram_record (histogram, values[i]);
    return histogram;
}

//  The model: the least of the sorted values with enough values up to it

static uint64_t
s_percentile (const uint64_t *sorted, int count, double percent)
{
    int upto = 1;
    while (upto * 100.0 < percent * count)
        upto++;
    return sorted[upto - 1];
}

static void
s_assert_within_error (uint64_t found, uint64_t exact)
{
    assert_true (found >= exact);
    assert_true (found - exact <= exact / 32);
    if (exact < 64)
        assert_true (found == exact);
}

static void
test_percentiles_are_within_the_error_of_a_sorted_array (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    for (int round = 0; round < 300; round++) {
        uint64_t values[VALUES];
        int count = 1 + test_below (&seed, VALUES);
        s_fill (values, count, &seed);
        zp_histogram_t *histogram = s_histogram_of (values, count);
        qsort (values, (size_t) count, sizeof values[0], s_compare);
        for (int i = 0; i < PERCENTS; i++)
            s_assert_within_error (
                zp_histogram_percentile (histogram, s_percents[i]),
                s_percentile (values, count, s_percents[i]));
        zp_histogram_destroy (&histogram);
    }
}

//  Where buckets begin and end: all powers of two, and their neighbours. A
//  second value far above keeps the maximum from covering an error up.

static void
test_values_around_each_power_of_two_are_within_the_error (void **state)
{
    (void) state;
    for (int bit = 0; bit < 63; bit++)
        for (int64_t around = -2; around <= 2; around++) {
            uint64_t value = (UINT64_C (1) << bit) + (uint64_t) around;
            if (value > UINT64_C (1) << 63)
                continue;  // Wrapped below 0
            const uint64_t values[] = {value, UINT64_MAX};
            zp_histogram_t *histogram = s_histogram_of (values, 2);
            s_assert_within_error (zp_histogram_percentile (histogram, 50),
                                   value);
            zp_histogram_destroy (&histogram);
        }
}

static void
test_values_below_64_are_exact (void **state)
{
    (void) state;
    zp_histogram_t *histogram = zp_histogram_new ();
    for (uint64_t value = 0; value < 64; value++)
        zp_histogram_record (histogram, value);
    for (int value = 0; value < 64; value++)
        assert_int_equal (
            zp_histogram_percentile (histogram, (value + 1) * 100.0 / 64),
            value);
    zp_histogram_destroy (&histogram);
}

static void
test_min_max_and_mean_are_exact (void **state)
{
    (void) state;
    zp_histogram_t *histogram = zp_histogram_new ();
    zp_histogram_record (histogram, 1000003);
    zp_histogram_record (histogram, 5000011);
    zp_histogram_record (histogram, 3000008);
    assert_int_equal (zp_histogram_min (histogram), 1000003);
    assert_int_equal (zp_histogram_max (histogram), 5000011);
    assert_true (zp_histogram_mean (histogram) == 9000022.0 / 3);
    zp_histogram_destroy (&histogram);
}

static void
test_the_mean_of_the_greatest_values_does_not_overflow (void **state)
{
    (void) state;
    const uint64_t greatest[] = {UINT64_MAX, UINT64_MAX, UINT64_MAX};
    zp_histogram_t *histogram = s_histogram_of (greatest, 3);
    zp_histogram_t *more = s_histogram_of (greatest, 3);
    zp_histogram_merge (histogram, more);
    assert_true (zp_histogram_mean (histogram) == (double) UINT64_MAX);
    assert_true (zp_histogram_percentile (histogram, 50) == UINT64_MAX);
    zp_histogram_destroy (&histogram);
    zp_histogram_destroy (&more);
}

static void
test_percentile_0_is_the_minimum_and_100_the_maximum (void **state)
{
    (void) state;
    const uint64_t values[] = {1000003, 2000000, 5000011};
    zp_histogram_t *histogram = s_histogram_of (values, 3);
    assert_int_equal (zp_histogram_percentile (histogram, 0), 1000003);
    assert_int_equal (zp_histogram_percentile (histogram, -1), 1000003);
    assert_int_equal (zp_histogram_percentile (histogram, 100), 5000011);
    assert_int_equal (zp_histogram_percentile (histogram, 101), 5000011);
    zp_histogram_destroy (&histogram);
}

static void
s_assert_empty (const zp_histogram_t *histogram)
{
    assert_int_equal (zp_histogram_count (histogram), 0);
    assert_int_equal (zp_histogram_min (histogram), 0);
    assert_int_equal (zp_histogram_max (histogram), 0);
    assert_true (zp_histogram_mean (histogram) == 0);
    for (double percent = -10; percent <= 110; percent += 10)
        assert_int_equal (zp_histogram_percentile (histogram, percent), 0);
}

static void
test_all_figures_of_nothing_are_0 (void **state)
{
    (void) state;
    zp_histogram_t *histogram = zp_histogram_new ();
    s_assert_empty (histogram);
    zp_histogram_destroy (&histogram);
}

static void
test_reset_forgets_all (void **state)
{
    (void) state;
    const uint64_t values[] = {0, 77, UINT64_MAX};
    zp_histogram_t *histogram = s_histogram_of (values, 3);
    zp_histogram_reset (histogram);
    s_assert_empty (histogram);
    zp_histogram_record (histogram, 5);
    assert_int_equal (zp_histogram_min (histogram), 5);
    assert_int_equal (zp_histogram_max (histogram), 5);
    zp_histogram_destroy (&histogram);
}

static void
s_assert_same (const zp_histogram_t *first, const zp_histogram_t *second)
{
    assert_true (zp_histogram_count (first) == zp_histogram_count (second));
    assert_true (zp_histogram_min (first) == zp_histogram_min (second));
    assert_true (zp_histogram_max (first) == zp_histogram_max (second));
    assert_true (zp_histogram_mean (first) == zp_histogram_mean (second));
    for (int i = 0; i < PERCENTS; i++)
        assert_true (zp_histogram_percentile (first, s_percents[i]) ==
                     zp_histogram_percentile (second, s_percents[i]));
}

static void
test_merged_parts_are_the_same_as_the_whole (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    for (int round = 0; round < 100; round++) {
        uint64_t values[VALUES];
        s_fill (values, VALUES, &seed);
        int cut = test_below (&seed, VALUES + 1);
        zp_histogram_t *whole = s_histogram_of (values, VALUES);
        zp_histogram_t *first = s_histogram_of (values, cut);
        zp_histogram_t *second = s_histogram_of (values + cut, VALUES - cut);
        zp_histogram_t *again = s_histogram_of (values + cut, VALUES - cut);
        zp_histogram_merge (first, second);
        s_assert_same (first, whole);
        s_assert_same (second, again);
        zp_histogram_destroy (&whole);
        zp_histogram_destroy (&first);
        zp_histogram_destroy (&second);
        zp_histogram_destroy (&again);
    }
}

static void
test_destroy_makes_null_and_takes_null (void **state)
{
    (void) state;
    zp_histogram_t *histogram = zp_histogram_new ();
    zp_histogram_destroy (&histogram);
    assert_null (histogram);
    zp_histogram_destroy (&histogram);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (
            test_percentiles_are_within_the_error_of_a_sorted_array),
        cmocka_unit_test (
            test_values_around_each_power_of_two_are_within_the_error),
        cmocka_unit_test (test_values_below_64_are_exact),
        cmocka_unit_test (test_min_max_and_mean_are_exact),
        cmocka_unit_test (
            test_the_mean_of_the_greatest_values_does_not_overflow),
        cmocka_unit_test (test_percentile_0_is_the_minimum_and_100_the_maximum),
        cmocka_unit_test (test_all_figures_of_nothing_are_0),
        cmocka_unit_test (test_reset_forgets_all),
        cmocka_unit_test (test_merged_parts_are_the_same_as_the_whole),
        cmocka_unit_test (test_destroy_makes_null_and_takes_null),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
