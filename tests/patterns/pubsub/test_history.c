//  SPDX-License-Identifier: MIT
//
//  The last frames of a stream.

#include "zp_history.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "test_seed.h"

static void
s_add (zp_history_t *self, uint64_t sequence, size_t size)
{
    memset (zp_history_room (self, size), (int) sequence, size);
    zp_history_add (self, sequence);
}

//  The frame, by its bytes, which are all the same
static int
s_byte (const zp_history_t *self, size_t which, uint64_t sequence)
{
    uint64_t found;
    zp_span_t frame = zp_history_at (self, which, &found);
    const uint8_t *data = frame.data;
    assert_true (found == sequence);
    for (size_t i = 1; i < frame.size; i++)
        assert_int_equal (data[i], data[0]);
    return data[0];
}

static void
test_the_oldest_goes_when_there_are_too_many (void **state)
{
    (void) state;
    zp_history_t *self = zp_history_new (3, 1000);
    assert_true (zp_history_gone (self) == 0);
    for (uint64_t i = 1; i <= 10; i++)
        s_add (self, 2 * i, 50);
    assert_int_equal (zp_history_count (self), 3);
    assert_int_equal (zp_history_bytes (self), 150);
    assert_true (zp_history_gone (self) == 14);
    assert_int_equal (s_byte (self, 0, 16), 16);
    assert_int_equal (s_byte (self, 2, 20), 20);
    zp_history_destroy (&self);
    zp_history_destroy (&self);
}

static void
test_the_oldest_go_when_they_are_too_large (void **state)
{
    (void) state;
    zp_history_t *self = zp_history_new (10, 100);
    s_add (self, 1, 40);
    s_add (self, 2, 60);
    assert_int_equal (zp_history_count (self), 2);
    s_add (self, 3, 1);
    assert_int_equal (zp_history_count (self), 2);
    assert_true (zp_history_gone (self) == 1);
    s_add (self, 4, 500);
    assert_int_equal (zp_history_count (self), 0);
    assert_int_equal (zp_history_bytes (self), 0);
    assert_true (zp_history_gone (self) == 4);
    s_add (self, 5, 100);
    assert_int_equal (zp_history_count (self), 1);
    assert_int_equal (s_byte (self, 0, 5), 5);
    zp_history_destroy (&self);
}

static void
test_what_is_written_and_not_added_is_not_there (void **state)
{
    (void) state;
    zp_history_t *self = zp_history_new (10, 100);
    s_add (self, 1, 40);
    memset (zp_history_room (self, 500), 77, 500);
    memset (zp_history_room (self, 60), 77, 60);
    s_add (self, 2, 60);
    assert_int_equal (zp_history_count (self), 2);
    assert_int_equal (s_byte (self, 0, 1), 1);
    assert_int_equal (s_byte (self, 1, 2), 2);
    zp_history_destroy (&self);
}

static void
test_one_of_no_bytes_at_the_very_end_goes_as_well (void **state)
{
    (void) state;
    zp_history_t *self = zp_history_new (10, 100);
    s_add (self, 1, 100);
    s_add (self, 2, 0);
    s_add (self, 3, 60);
    s_add (self, 4, 60);
    assert_int_equal (zp_history_count (self), 1);
    assert_true (zp_history_gone (self) == 3);
    assert_int_equal (s_byte (self, 0, 4), 4);
    zp_history_destroy (&self);
}

//  Frames of all sizes, none of which is ever written over
static void
test_what_is_there_stays_as_it_was (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    zp_history_t *self = zp_history_new (20, 1000);
    for (uint64_t i = 1; i <= 10000; i++) {
        s_add (self, i, (size_t) test_below (&seed, 200));
        size_t count = zp_history_count (self);
        assert_true (count > 0 && zp_history_gone (self) == i - count);
        for (size_t k = 0; k < count; k++) {
            uint64_t sequence;
            if (zp_history_at (self, k, &sequence).size)
                assert_int_equal (s_byte (self, k, i - count + 1 + k),
                                  (uint8_t) (i - count + 1 + k));
        }
    }
    zp_history_destroy (&self);
}

static void
test_a_number_is_found_or_the_one_behind_it (void **state)
{
    (void) state;
    zp_history_t *self = zp_history_new (5, 1000);
    assert_int_equal (zp_history_after (self, 0), 0);
    for (uint64_t i = 1; i <= 7; i++)
        s_add (self, 10 * i, 1);
    assert_int_equal (zp_history_after (self, 0), 0);
    assert_int_equal (zp_history_after (self, 29), 0);
    assert_int_equal (zp_history_after (self, 30), 1);
    assert_int_equal (zp_history_after (self, 69), 4);
    assert_int_equal (zp_history_after (self, 70), 5);
    zp_history_clear (self, 100);
    assert_int_equal (zp_history_count (self), 0);
    assert_int_equal (zp_history_bytes (self), 0);
    assert_true (zp_history_gone (self) == 100);
    s_add (self, 101, 1);
    assert_int_equal (s_byte (self, 0, 101), 101);
    zp_history_destroy (&self);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_the_oldest_goes_when_there_are_too_many),
        cmocka_unit_test (test_the_oldest_go_when_they_are_too_large),
        cmocka_unit_test (test_what_is_written_and_not_added_is_not_there),
        cmocka_unit_test (test_one_of_no_bytes_at_the_very_end_goes_as_well),
        cmocka_unit_test (test_what_is_there_stays_as_it_was),
        cmocka_unit_test (test_a_number_is_found_or_the_one_behind_it),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
