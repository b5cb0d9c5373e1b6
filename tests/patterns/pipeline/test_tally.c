//  SPDX-License-Identifier: MIT

#include "zp_tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "test_seed.h"

#define MODEL 300000  // Numbers that the model knows

static void
s_check_same (const zp_tally_t *tally, const bool *model, uint64_t number)
{
    if (zp_tally_has (tally, number) != model[number])
        fail_msg ("task %d", (int) number);
}

//  Numbers near the low mark, some far above it, some long done
static uint64_t
s_pick (uint64_t *seed, uint64_t low)
{
    static const int reach[] = {3, 20, 1000, ZP_TALLY_SPAN + 100};
    uint64_t number =
        low + (uint64_t) test_below (seed, reach[test_below (seed, 4)]);
    if (test_below (seed, 10) == 0)
        number = (uint64_t) test_below (seed, (int) low + 1);
    return number < MODEL ? number : MODEL - 1;
}

//  As written and read again, it is the same, and what it is compared with says
//  what has ended
static void
s_check_copy (const zp_tally_t *tally, const bool *model, uint64_t high)
{
    uint8_t written[ZP_TALLY_BYTES], again[ZP_TALLY_BYTES];
    size_t size = zp_tally_write (tally, written);
    assert_true (size <= ZP_TALLY_BYTES);
    zp_tally_t *copy = zp_tally_new ();
    assert_true (zp_tally_read (copy, written, size, high));
    assert_int_equal (zp_tally_low (copy), zp_tally_low (tally));
    for (uint64_t number = 0; number < high + 10 && number < MODEL; number++)
        s_check_same (copy, model, number);
    assert_int_equal (zp_tally_write (copy, again), size);
    assert_memory_equal (again, written, size);
    //  Nobody can have ended what was not given
    if (high > 0)
        assert_false (zp_tally_read (copy, written, size, high - 1));
    zp_tally_destroy (&copy);
}

static void
test_it_is_a_set_whatever_the_order (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    bool *model = calloc (MODEL, sizeof *model);
    zp_tally_t *tally = zp_tally_new ();
    uint64_t low = 0, high = 0;
    for (int i = 0; i < 500000 && low < MODEL - 1; i++) {
        uint64_t number = s_pick (&seed, low);
        bool reached = number < low - low % 8 + ZP_TALLY_SPAN;
        assert_int_equal (zp_tally_reaches (tally, number), reached);
        assert_int_equal (zp_tally_add (tally, number),
                          reached && !model[number]);
        model[number] |= reached;
        if (reached && number >= high)
            high = number + 1;
        while (model[low] && low < MODEL - 1)
            low++;
        if (low < MODEL - 1)
            assert_int_equal (zp_tally_low (tally), low);
        s_check_same (tally, model, s_pick (&seed, low));
        if (i % 20000 == 0)
            s_check_copy (tally, model, high);
    }
    zp_tally_destroy (&tally);
    free (model);
}

static void
test_an_older_one_is_not_read (void **state)
{
    (void) state;
    uint8_t older[ZP_TALLY_BYTES];
    zp_tally_t *tally = zp_tally_new ();
    zp_tally_add (tally, 0);
    size_t size = zp_tally_write (tally, older);
    zp_tally_add (tally, 1);
    assert_false (zp_tally_read (tally, older, size, 2));
    assert_int_equal (zp_tally_low (tally), 2);
    zp_tally_reset (tally);
    assert_true (zp_tally_read (tally, older, size, 2));
    assert_int_equal (zp_tally_low (tally), 1);
    zp_tally_destroy (&tally);
}

static void
test_what_is_no_tally_is_not_read (void **state)
{
    (void) state;
    static const struct {
        size_t size;        // Of the bytes
        uint8_t bytes[16];  // That look like a tally, but
    } wrong[] = {
        {0, {0}},
        {7, {0}},
        {8, {0, 0, 0, 0, 0, 0, 0, 1}},        // The bits below are missing
        {9, {0, 0, 0, 0, 0, 0, 0, 1, 0x03}},  // low itself has ended
        {9, {0, 0, 0, 0, 0, 0, 0, 1, 0x04}},  // One below it has not
        {9, {0, 0, 0, 0, 0, 0, 0, 0, 0x00}},  // A byte too many
        {10, {0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x00}},  // The same
        {8, {0, 0, 0, 0, 0, 0, 1, 0}},               // More than were given
        {9, {0, 0, 0, 0, 0, 0, 0, 24, 0x80}},        // The same
        {8, {255, 255, 255, 255, 255, 255, 255, 248}},
    };
    zp_tally_t *tally = zp_tally_new ();
    zp_tally_add (tally, 2);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (zp_tally_read (tally, wrong[i].bytes, wrong[i].size, 24))
            fail_msg ("number %d was read", (int) i);
    uint8_t *large = calloc (1, ZP_TALLY_BYTES + 1);
    large[ZP_TALLY_BYTES] = 1;
    assert_false (zp_tally_read (tally, large, ZP_TALLY_BYTES + 1, UINT64_MAX));
    free (large);
    assert_int_equal (zp_tally_low (tally), 0);
    assert_true (zp_tally_has (tally, 2));
    zp_tally_destroy (&tally);
}

static void
test_random_bytes_do_no_harm (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    zp_tally_t *tally = zp_tally_new ();
    for (int i = 0; i < 100000; i++) {
        uint8_t bytes[40] = {0};
        size_t size = (size_t) test_below (&seed, sizeof bytes + 1);
        for (size_t j = 6; j < size; j++)
            bytes[j] = (uint8_t) test_random (&seed);
        if (zp_tally_read (tally, bytes, size, 1 << 20)) {
            assert_true (zp_tally_low (tally) <= 1 << 20);
            assert_false (zp_tally_has (tally, zp_tally_low (tally)));
            zp_tally_add (tally, zp_tally_low (tally));
        }
        if (i % 100 == 0)
            zp_tally_reset (tally);
    }
    zp_tally_destroy (&tally);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_it_is_a_set_whatever_the_order),
        cmocka_unit_test (test_an_older_one_is_not_read),
        cmocka_unit_test (test_what_is_no_tally_is_not_read),
        cmocka_unit_test (test_random_bytes_do_no_harm),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
