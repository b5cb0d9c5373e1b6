//  SPDX-License-Identifier: MIT
//
//  Timers on a zloop.

#include "zp_timers.h"
#include "test_seed.h"

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
    zp_timer_t *later = calloc (COUNT, sizeof *later);
    zp_timer_init (&self->timer, s_end, self);
    zp_timers_set (self->timers, &self->timer, zclock_mono () + 5);
    zloop_set_max_timers (self->loop, 2);
    for (int i = 0; i < COUNT; i++) {
        zp_timer_init (&later[i], s_unwanted, NULL);
        zp_timers_set (self->timers, &later[i], zclock_mono () + 60000 + i);
    }
    zloop_set_max_timers (self->loop, 0);
    assert_int_equal (zloop_start (self->loop), -1);
    zp_timers_destroy (&self->timers);
    free (later);
}

static int
s_destroy_timers (zloop_t *loop, zsock_t *reader, void *arg)
{
    (void) loop;
    (void) reader;
    s_fixture_t *self = arg;
    zp_timers_destroy (&self->timers);
    return ++self->turns < 5 ? 0 : -1;
}

static void
test_a_readers_function_can_destroy_them_with_timers_due (void **state)
{
    s_fixture_t *self = *state;
    zloop_reader (self->loop, self->readers[0], s_destroy_timers, self);
    zp_timer_init (&self->timer, s_unwanted, NULL);
    zp_timers_set (self->timers, &self->timer, zclock_mono () + 1);
    assert_int_equal (zloop_start (self->loop), -1);
    assert_false (zp_timer_pending (&self->timer));
}

//  ---------------------------------------------------------------------------
//  Many timers, set and cleared at random from timers' and readers' functions,
//  in a loop that is ended and started again: none early, none late.

#define MANY   300
#define ENOUGH 3000

//  A zloop counts an alarm's delay from when it is told, not from when the
//  delay was worked out, so an alarm can be a little late; but not for many
//  turns.
#define SOME_MS 100

typedef struct s_soak {
    s_fixture_t *fixture;     // Its loop and its timers
    uint64_t seed;            // Random state
    zp_timer_t timers[MANY];  // Timers
    int64_t when_ms[MANY];    // When each is due; -1: it is not pending
    int turns_late[MANY];     // Turns that each should have fired before
    int64_t turn_ms;          // Time of the last turn
    int fired;                // Firings
} s_soak_t;

static void
s_change_one (s_soak_t *self)
{
    int i = test_below (&self->seed, MANY);
    self->turns_late[i] = 0;
    if (test_below (&self->seed, 4)) {
        self->when_ms[i] = zclock_mono () + test_below (&self->seed, 20) - 3;
        zp_timers_set (self->fixture->timers, &self->timers[i],
                       self->when_ms[i]);
    }
    else {
        self->when_ms[i] = -1;
        zp_timers_clear (self->fixture->timers, &self->timers[i]);
    }
}

static int
s_soak_fired (zp_timer_t *timer, void *arg)
{
    s_soak_t *self = arg;
    ptrdiff_t i = timer - self->timers;
    assert_true (self->when_ms[i] != -1);
    assert_true (self->when_ms[i] <= zclock_mono ());
    self->when_ms[i] = -1;
    self->turns_late[i] = 0;
    s_change_one (self);
    //  Now and then the loop ends, and is started again
    return ++self->fired == ENOUGH || test_below (&self->seed, 50) == 0 ? -1
                                                                        : 0;
}

static int
s_soak_read (zloop_t *loop, zsock_t *reader, void *arg)
{
    (void) loop;
    (void) reader;
    s_soak_t *self = arg;
    s_change_one (self);
    for (int i = 0; i < MANY; i++) {
        bool pending = self->when_ms[i] != -1;
        assert_int_equal (zp_timer_pending (&self->timers[i]), pending);
        if (pending && self->when_ms[i] + SOME_MS <= self->turn_ms)
            assert_true (++self->turns_late[i] <= 2);
    }
    self->turn_ms = zclock_mono ();
    return 0;
}

static void
test_many_timers_in_a_loop_that_ends_and_goes_on (void **state)
{
    s_soak_t *soak = calloc (1, sizeof *soak);
    soak->fixture = *state;
    soak->seed = test_seed ();
    zloop_t *loop = soak->fixture->loop;
    for (int i = 0; i < MANY; i++) {
        zp_timer_init (&soak->timers[i], s_soak_fired, soak);
        soak->when_ms[i] = -1;
    }
    zloop_reader (loop, soak->fixture->readers[0], s_soak_read, soak);
    while (soak->fired < ENOUGH)
        assert_int_equal (zloop_start (loop), -1);
    zp_timers_destroy (&soak->fixture->timers);
    free (soak);
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
        LOOP_TEST (test_a_readers_function_can_destroy_them_with_timers_due),
        LOOP_TEST (test_many_timers_in_a_loop_that_ends_and_goes_on),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
