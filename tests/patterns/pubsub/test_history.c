//  SPDX-License-Identifier: MIT
//
//  The last frames of a stream.

#include "zp_history.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void
s_add (zp_history_t *self, uint64_t sequence, size_t size)
{
    zmq_msg_t msg;
    zmq_msg_init_size (&msg, size);
    memset (zmq_msg_data (&msg), (int) sequence, size);
    zp_history_add (self, sequence, &msg);
    assert_int_equal (zmq_msg_size (&msg), 0);
    zmq_msg_close (&msg);
}

//  The frame, by its first byte
static int
s_first_byte (zp_history_t *self, size_t which, uint64_t sequence)
{
    uint64_t found;
    const uint8_t *data = zmq_msg_data (zp_history_at (self, which, &found));
    assert_true (found == sequence);
    return *data;
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
    assert_int_equal (s_first_byte (self, 0, 16), 16);
    assert_int_equal (s_first_byte (self, 2, 20), 20);
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
    assert_int_equal (zp_history_count (self), 1);
    assert_int_equal (zp_history_bytes (self), 500);
    s_add (self, 5, 1);
    assert_int_equal (zp_history_count (self), 1);
    assert_true (zp_history_gone (self) == 4);
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
    assert_int_equal (s_first_byte (self, 0, 101), 101);
    zp_history_destroy (&self);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_the_oldest_goes_when_there_are_too_many),
        cmocka_unit_test (test_the_oldest_go_when_they_are_too_large),
        cmocka_unit_test (test_a_number_is_found_or_the_one_behind_it),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
