//  SPDX-License-Identifier: MIT
//
//  The signals come from a handler on the loop: between the loop's look at
//  CZMQ's flag and its wait, where one is easily missed.

#define _POSIX_C_SOURCE 200809L

#include "zp_signals.h"

#include <signal.h>

#include "test_loop.h"

typedef struct {
    zloop_t *loop;  // That is run
    int first;      // What the program sends itself after a millisecond
    int again;      // And at each signal, until the last
    int last;       // So many signals end the loop
    int seen;       // How many came
} s_run_t;

static int
s_send_first (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    s_run_t *self = arg;
    kill (getpid (), self->first);
    return 0;
}

static int
s_on_signal (void *arg)
{
    s_run_t *self = arg;
    if (++self->seen == self->last)
        return -1;
    kill (getpid (), self->again);
    return 0;
}

static void
s_run (s_run_t *self)
{
    self->loop = zloop_new ();
    zloop_timer (self->loop, 1, 1, s_send_first, self);
    zp_signals_run (self->loop, s_on_signal, self);
    zloop_destroy (&self->loop);
}

static void
test_each_signal_is_told_until_one_ends_the_loop (void **state)
{
    (void) state;
    s_run_t run = {.first = SIGINT, .again = SIGTERM, .last = 3};
    s_run (&run);
    assert_int_equal (run.seen, 3);
}

static int
s_end (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    (void) arg;
    return -1;
}

static void
test_a_handler_ends_the_loop_as_well (void **state)
{
    (void) state;
    s_run_t run = {.loop = zloop_new ()};
    zloop_timer (run.loop, 1, 1, s_end, NULL);
    zp_signals_run (run.loop, s_on_signal, &run);
    assert_int_equal (run.seen, 0);
    zloop_destroy (&run.loop);
}

static void
test_what_the_program_ignores_stays_ignored (void **state)
{
    (void) state;
    signal (SIGTERM, SIG_IGN);
    s_run_t run = {.loop = zloop_new (), .first = SIGTERM};
    zloop_timer (run.loop, 1, 1, s_send_first, &run);
    zloop_timer (run.loop, 20, 1, s_end, NULL);
    zp_signals_run (run.loop, s_on_signal, &run);
    assert_int_equal (run.seen, 0);
    zloop_destroy (&run.loop);
    signal (SIGTERM, SIG_DFL);
}

static int
s_set_flag (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    (void) arg;
    zsys_interrupted = 1;
    return 0;
}

static void
test_a_signal_that_another_thread_took_is_told (void **state)
{
    (void) state;
    s_run_t run = {.loop = zloop_new (), .last = 1};
    zloop_timer (run.loop, 1, 1, s_set_flag, NULL);
    zp_signals_run (run.loop, s_on_signal, &run);
    assert_int_equal (run.seen, 1);
    assert_int_equal (zsys_interrupted, 0);
    zloop_destroy (&run.loop);
}

static void
test_afterwards_signals_are_what_they_were (void **state)
{
    (void) state;
    sigset_t before, after;
    pthread_sigmask (SIG_SETMASK, NULL, &before);
    s_run_t run = {.first = SIGINT, .last = 1};
    s_run (&run);
    pthread_sigmask (SIG_SETMASK, NULL, &after);
    for (int number = 1; number < 32; number++)
        assert_int_equal (sigismember (&before, number),
                          sigismember (&after, number));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_each_signal_is_told_until_one_ends_the_loop),
        cmocka_unit_test (test_a_handler_ends_the_loop_as_well),
        cmocka_unit_test (test_what_the_program_ignores_stays_ignored),
        cmocka_unit_test (test_a_signal_that_another_thread_took_is_told),
        cmocka_unit_test (test_afterwards_signals_are_what_they_were),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
