//  SPDX-License-Identifier: MIT
//
//  Many timers, set and cleared at random from timers' and readers' functions,
//  on a zloop that is ended and started again: none early, none late, none
//  lost.

#include "zp_timers.h"
#include "test_seed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define MANY   300
#define ENOUGH 3000

//  A zloop counts an alarm's delay from when it is told, not from when the
//  delay was worked out, so an alarm can be a little late; but not for many
//  turns.
#define SOME_MS 100

typedef struct s_world {
    zp_timers_t *timers;     // What is tested
    uint64_t seed;           // Random state
    zp_timer_t timer[MANY];  // Set and cleared
    int64_t when_ms[MANY];   // When each is due; -1: it is not pending
    int turns_late[MANY];    // Turns that each should have fired before
    int64_t turn_ms;         // Time of the last turn
    int fired;               // Firings
} s_world_t;

static void
s_change_one (s_world_t *self)
{
    int i = test_below (&self->seed, MANY);
    self->turns_late[i] = 0;
    if (test_below (&self->seed, 4)) {
        self->when_ms[i] = zclock_mono () + test_below (&self->seed, 20) - 3;
        zp_timers_set (self->timers, &self->timer[i], self->when_ms[i]);
    }
    else {
        self->when_ms[i] = -1;
        zp_timers_clear (self->timers, &self->timer[i]);
    }
}

static int
s_fired (zp_timer_t *timer, void *arg)
{
    s_world_t *self = arg;
    ptrdiff_t i = timer - self->timer;
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
s_read (zloop_t *loop, zsock_t *reader, void *arg)
{
    (void) loop;
    (void) reader;
    s_world_t *self = arg;
    s_change_one (self);
    for (int i = 0; i < MANY; i++) {
        bool pending = self->when_ms[i] != -1;
        assert_int_equal (zp_timer_pending (&self->timer[i]), pending);
        if (pending && self->when_ms[i] + SOME_MS <= self->turn_ms)
            assert_true (++self->turns_late[i] <= 2);
    }
    self->turn_ms = zclock_mono ();
    return 0;
}

static void
test_many_timers_in_a_loop_that_ends_and_goes_on (void **state)
{
    (void) state;
    static s_world_t world;
    zloop_t *loop = zloop_new ();
    world = (s_world_t){.timers = zp_timers_new (loop), .seed = test_seed ()};
    for (int i = 0; i < MANY; i++) {
        zp_timer_init (&world.timer[i], s_fired, &world);
        world.when_ms[i] = -1;
    }
    //  Never read, so always readable: its function is called each turn
    zsock_t *reader;
    zsock_t *writer = zsys_create_pipe (&reader);
    zstr_send (writer, "never read");
    zloop_reader (loop, reader, s_read, &world);
    while (world.fired < ENOUGH)
        assert_int_equal (zloop_start (loop), -1);
    zp_timers_destroy (&world.timers);
    zloop_destroy (&loop);
    zsock_destroy (&writer);
    zsock_destroy (&reader);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_many_timers_in_a_loop_that_ends_and_goes_on),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
