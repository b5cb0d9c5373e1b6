//  SPDX-License-Identifier: MIT
//
//  Timers on a zloop: what they promise, one by one.

#include "zp_timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

//  A loop with two sockets that are always readable, since their functions do
//  not read: each is called once a turn.

typedef struct s_fixture {
    zloop_t *loop;         // The loop
    zp_timers_t *timers;   // On it
    zsock_t *writers[2];   // Peers of the readers
    zsock_t *readers[2];   // Always readable
    zp_timer_t timer;      // Most tests need
    zp_timer_t far_timer;  // two of them
    char log[10];          // What happened, a letter each
    int turns;             // Calls of the first reader's function
    int turns_before;      // How many at the last firing
    int fired;             // Firings
} s_fixture_t;

static int
s_too_late (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    (void) arg;
    fail_msg ("What the test waits for did not happen");
    return -1;
}

static int
s_set_up (void **state)
{
    s_fixture_t *self = calloc (1, sizeof *self);
    self->loop = zloop_new ();
    zloop_timer (self->loop, 30000, 1, s_too_late, NULL);
    self->timers = zp_timers_new (self->loop);
    for (int i = 0; i < 2; i++) {
        self->writers[i] = zsys_create_pipe (&self->readers[i]);
        zstr_send (self->writers[i], "never read");
    }
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    s_fixture_t *self = *state;
    zp_timers_destroy (&self->timers);
    zloop_destroy (&self->loop);
    for (int i = 0; i < 2; i++) {
        zsock_destroy (&self->readers[i]);
        zsock_destroy (&self->writers[i]);
    }
    free (self);
    return 0;
}

static void
s_note (s_fixture_t *self, const char *letter)
{
    assert_true (strlen (self->log) + 1 < sizeof self->log);
    strcat (self->log, letter);
}

static int
s_end (zp_timer_t *timer, void *arg)
{
    assert_true (zclock_mono () >= timer->when_ms);
    s_fixture_t *self = arg;
    s_note (self, "e");
    self->fired++;
    return -1;
}

static int
s_unwanted (zp_timer_t *timer, void *arg)
{
    (void) timer;
    (void) arg;
    fail_msg ("A timer fired that should not");
    return -1;
}

static void
test_a_timer_fires_in_the_loop_not_before_its_time (void **state)
{
    s_fixture_t *self = *state;
    zp_timer_init (&self->timer, s_end, self);
    zp_timers_set (self->timers, &self->timer, zclock_mono () + 20);
    assert_int_equal (zloop_start (self->loop), -1);
    assert_int_equal (self->fired, 1);
}

static int
s_read_and_set (zloop_t *loop, zsock_t *reader, void *arg)
{
    (void) loop;
    (void) reader;
    s_fixture_t *self = arg;
    s_note (self, "s");
    zp_timers_set (self->timers, &self->timer, 0);
    return 0;
}

static int
s_read (zloop_t *loop, zsock_t *reader, void *arg)
{
    (void) loop;
    (void) reader;
    s_fixture_t *self = arg;
    s_note (self, "r");
    return 0;
}

static void
test_a_past_time_is_the_end_of_this_turn (void **state)
{
    s_fixture_t *self = *state;
    zp_timer_init (&self->timer, s_end, self);
    zloop_reader (self->loop, self->readers[0], s_read_and_set, self);
    zloop_reader (self->loop, self->readers[1], s_read, self);
    assert_int_equal (zloop_start (self->loop), -1);
    assert_string_equal (self->log, "sre");
}

static void
test_a_past_time_does_not_wait_for_a_far_one (void **state)
{
    s_fixture_t *self = *state;
    zp_timer_init (&self->far_timer, s_unwanted, NULL);
    zp_timers_set (self->timers, &self->far_timer, zclock_mono () + 3600000);
    test_a_past_time_is_the_end_of_this_turn (state);
    assert_true (zp_timer_pending (&self->far_timer));
}

static void
test_an_earlier_time_does_not_wait_for_a_far_one (void **state)
{
    s_fixture_t *self = *state;
    zp_timer_init (&self->far_timer, s_unwanted, NULL);
    zp_timers_set (self->timers, &self->far_timer, INT64_MAX);
    test_a_timer_fires_in_the_loop_not_before_its_time (state);
    assert_true (zp_timer_pending (&self->far_timer));
}

static int
s_set_again (zp_timer_t *timer, void *arg)
{
    (void) timer;
    s_fixture_t *self = arg;
    zp_timers_set (self->timers, &self->timer, zclock_mono () + 1);
    return 0;
}

static void
test_after_it_fired_the_loop_waits_for_the_next_one (void **state)
{
    s_fixture_t *self = *state;
    zp_timer_init (&self->timer, s_end, self);
    zp_timer_init (&self->far_timer, s_set_again, self);
    zp_timers_set (self->timers, &self->far_timer, zclock_mono () + 1);
    assert_int_equal (zloop_start (self->loop), -1);
    assert_int_equal (self->fired, 1);
}

static int
s_count_turn (zloop_t *loop, zsock_t *reader, void *arg)
{
    (void) loop;
    (void) reader;
    s_fixture_t *self = arg;
    self->turns++;
    return 0;
}

//  Sockets are seen to once, or twice, between two firings: not less, so nobody
//  starves, and not more, so nothing waits for the clock.

static int
s_again_at_once (zp_timer_t *timer, void *arg)
{
    s_fixture_t *self = arg;
    if (self->fired++ > 0)
        assert_in_range (self->turns - self->turns_before, 1, 2);
    self->turns_before = self->turns;
    zp_timers_set (self->timers, timer, 0);
    return self->fired < 1000 ? 0 : -1;
}

static void
test_a_timer_that_sets_itself_neither_starves_sockets_nor_waits (void **state)
{
    s_fixture_t *self = *state;
    zloop_reader (self->loop, self->readers[0], s_count_turn, self);
    zp_timer_init (&self->timer, s_again_at_once, self);
    zp_timers_set (self->timers, &self->timer, 0);
    assert_int_equal (zloop_start (self->loop), -1);
    assert_int_equal (self->fired, 1000);
}

static void
test_what_the_end_of_the_loop_left_over_fires_when_it_goes_on (void **state)
{
    s_fixture_t *self = *state;
    zp_timer_init (&self->timer, s_end, self);
    zp_timer_init (&self->far_timer, s_end, self);
    zp_timers_set (self->timers, &self->timer, 0);
    zp_timers_set (self->timers, &self->far_timer, 0);
    assert_int_equal (zloop_start (self->loop), -1);
    assert_int_equal (self->fired, 1);
    assert_int_equal (zloop_start (self->loop), -1);
    assert_int_equal (self->fired, 2);
}

//  With a limit of two timers on the loop, this test's own and one alarm, each
//  timer that wanted an alarm for itself would fail.

static void
test_the_loop_sees_one_timer_for_all (void **state)
{
    s_fixture_t *self = *state;
    enum { COUNT = 1000 };
    zp_timer_t *others = calloc (COUNT, sizeof *others);
    zp_timer_init (&self->timer, s_end, self);
    zp_timers_set (self->timers, &self->timer, 0);
    zloop_set_max_timers (self->loop, 2);
    for (int i = 0; i < COUNT; i++) {
        zp_timer_init (&others[i], s_unwanted, NULL);
        zp_timers_set (self->timers, &others[i], i % 2 ? zclock_mono () : 0);
    }
    zloop_set_max_timers (self->loop, 0);
    assert_int_equal (zloop_start (self->loop), -1);
    zp_timers_destroy (&self->timers);
    free (others);
}

//  True if the loop has no timers but this test's own and one alarm

static bool
s_one_alarm (zloop_t *loop)
{
    zloop_set_max_timers (loop, 3);
    int timer_id = zloop_timer (loop, 3600000, 1, s_too_late, NULL);
    zloop_timer_end (loop, timer_id);
    zloop_set_max_timers (loop, 0);
    return timer_id != -1;
}

static int
s_set_earlier (zloop_t *loop, zsock_t *reader, void *arg)
{
    (void) reader;
    s_fixture_t *self = arg;
    assert_true (s_one_alarm (loop));
    zp_timers_set (self->timers, &self->timer, self->timer.when_ms - 1000);
    return ++self->turns < 100 ? 0 : -1;
}

static void
test_an_alarm_that_an_earlier_one_replaced_leaves_the_loop (void **state)
{
    s_fixture_t *self = *state;
    zloop_reader (self->loop, self->readers[0], s_set_earlier, self);
    zp_timer_init (&self->timer, s_unwanted, NULL);
    zp_timers_set (self->timers, &self->timer, zclock_mono () + 1000000);
    assert_int_equal (zloop_start (self->loop), -1);
}

static int
s_count (zp_timer_t *timer, void *arg)
{
    (void) timer;
    s_fixture_t *self = arg;
    self->fired++;
    return 0;
}

static int
s_set_first (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    s_fixture_t *self = arg;
    zp_timers_set (self->timers, &self->timer, 0);
    return 0;
}

static int
s_end_with_one_alarm (zloop_t *loop, zsock_t *reader, void *arg)
{
    (void) reader;
    s_fixture_t *self = arg;
    if (self->fired == 0)
        return 0;
    assert_true (s_one_alarm (loop));
    return -1;
}

static int
s_end_turn (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    (void) arg;
    return -1;
}

//  After this timers have an alarm in the loop as soon as they are set

static int
s_first_turn (zloop_t *loop)
{
    zloop_timer (loop, 1, 1, s_end_turn, NULL);
    return zloop_start (loop);
}

//  The loop's own timer comes first, and its function replaces the alarm, which
//  is due in the same turn. The loop calls it all the same.

static void
test_an_alarm_that_is_called_though_it_was_replaced_does_nothing (void **state)
{
    s_fixture_t *self = *state;
    zloop_reader (self->loop, self->readers[0], s_end_with_one_alarm, self);
    zp_timer_init (&self->timer, s_count, self);
    zp_timer_init (&self->far_timer, s_unwanted, NULL);
    assert_int_equal (s_first_turn (self->loop), -1);
    zloop_timer (self->loop, 0, 1, s_set_first, self);
    int64_t alarm_ms = zclock_mono () + 1;
    zp_timers_set (self->timers, &self->far_timer, alarm_ms);
    zp_timers_set (self->timers, &self->far_timer, alarm_ms + 3600000);
    while (zclock_mono () <= alarm_ms + 1)
        ;  // It is due
    assert_int_equal (zloop_start (self->loop), -1);
}

static int
s_destroy_timers (zloop_t *loop, zsock_t *reader, void *arg)
{
    (void) loop;
    (void) reader;
    s_fixture_t *self = arg;
    zp_timers_destroy (&self->timers);
    return zclock_mono () < self->timer.when_ms + 5 ? 0 : -1;
}

static void
test_a_readers_function_can_destroy_them_with_timers_pending (void **state)
{
    s_fixture_t *self = *state;
    zloop_reader (self->loop, self->readers[0], s_destroy_timers, self);
    zp_timer_init (&self->timer, s_unwanted, NULL);
    zp_timers_set (self->timers, &self->timer, zclock_mono () + 10);
    assert_int_equal (zloop_start (self->loop), -1);
    assert_false (zp_timer_pending (&self->timer));
}

//  The loop begins when the timers are due, and gone

static void
test_they_can_be_destroyed_before_the_loop_begins (void **state)
{
    s_fixture_t *self = *state;
    zp_timer_init (&self->timer, s_unwanted, NULL);
    zp_timers_set (self->timers, &self->timer, 0);
    zp_timers_destroy (&self->timers);
    assert_false (zp_timer_pending (&self->timer));
    assert_int_equal (s_first_turn (self->loop), -1);
}

static int
s_set_when_all_fired (zloop_t *loop, zsock_t *reader, void *arg)
{
    (void) loop;
    (void) reader;
    s_fixture_t *self = arg;
    if (self->fired > 0 && !zp_timer_pending (&self->timer)) {
        zp_timer_init (&self->timer, s_end, self);
        zp_timers_set (self->timers, &self->timer, zclock_mono () + 1);
    }
    return 0;
}

static void
test_a_timer_set_when_all_others_have_fired_fires (void **state)
{
    s_fixture_t *self = *state;
    zloop_reader (self->loop, self->readers[0], s_set_when_all_fired, self);
    zp_timer_init (&self->timer, s_count, self);
    zp_timers_set (self->timers, &self->timer, 0);
    assert_int_equal (zloop_start (self->loop), -1);
    assert_int_equal (self->fired, 2);
}

#define LOOP_TEST(test)                                                        \
    cmocka_unit_test_setup_teardown (test, s_set_up, s_tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        LOOP_TEST (test_a_timer_fires_in_the_loop_not_before_its_time),
        LOOP_TEST (test_a_past_time_is_the_end_of_this_turn),
        LOOP_TEST (test_a_past_time_does_not_wait_for_a_far_one),
        LOOP_TEST (test_an_earlier_time_does_not_wait_for_a_far_one),
        LOOP_TEST (test_after_it_fired_the_loop_waits_for_the_next_one),
        LOOP_TEST (
            test_a_timer_that_sets_itself_neither_starves_sockets_nor_waits),
        LOOP_TEST (
            test_what_the_end_of_the_loop_left_over_fires_when_it_goes_on),
        LOOP_TEST (test_the_loop_sees_one_timer_for_all),
        LOOP_TEST (test_an_alarm_that_an_earlier_one_replaced_leaves_the_loop),
        LOOP_TEST (
            test_an_alarm_that_is_called_though_it_was_replaced_does_nothing),
        LOOP_TEST (
            test_a_readers_function_can_destroy_them_with_timers_pending),
        LOOP_TEST (test_they_can_be_destroyed_before_the_loop_begins),
        LOOP_TEST (test_a_timer_set_when_all_others_have_fired_fires),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
