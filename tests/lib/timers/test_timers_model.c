//  SPDX-License-Identifier: MIT
//
//  Timers without a loop against a naive model: an array of timers, looked
//  through from end to end. Timers are set, moved and cleared at random,
//  between runs and from timer functions, some of which end their run.

#include "zp_timers.h"
#include "test_seed.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define MANY 200

typedef struct s_world {
    zp_timers_t *timers;  // What is tested
    uint64_t seed;        // Random state
    int64_t now_ms;       // Time of the last run
    int order;            // Counts the sets
    int run_order;        // Where it stood when the run began
    int fired;            // How often any did
    zp_timer_t timer[MANY];
    bool pending[MANY];     // Model's view of each
    int64_t when_ms[MANY];  // Not before the last run
    int set_order[MANY];    // When it was set, as a number
} s_world_t;

//  The pending timer that comes first of those set before limit, or -1

static int
s_first (const s_world_t *world, int limit)
{
    int first = -1;
    for (int i = 0; i < MANY; i++)
        if (world->pending[i] && world->set_order[i] < limit &&
            (first == -1 || world->when_ms[i] < world->when_ms[first] ||
             (world->when_ms[i] == world->when_ms[first] &&
              world->set_order[i] < world->set_order[first])))
            first = i;
    return first;
}

static void
s_change_one (s_world_t *world)
{
    uint64_t *seed = &world->seed;
    int i = test_below (seed, MANY);
    if (test_below (seed, 3) == 0) {
        zp_timers_clear (world->timers, &world->timer[i]);
        world->pending[i] = false;
        return;
    }
    //  All distances alike from 1 ms to some days; a few are in the past
    int64_t when_ms =
        world->now_ms - 5 + (1 << test_below (seed, 28)) + test_below (seed, 8);
    if (test_below (seed, 4) == 0)
        when_ms = world->now_ms + 7;  // Many for the same time
    zp_timers_set (world->timers, &world->timer[i], when_ms);
    world->pending[i] = true;
    world->when_ms[i] = when_ms > world->now_ms ? when_ms : world->now_ms;
    world->set_order[i] = world->order++;
}

static int
s_fired (zp_timer_t *timer, void *arg)
{
    s_world_t *world = arg;
    int first = s_first (world, world->run_order);
    assert_int_not_equal (first, -1);
    assert_ptr_equal (timer, &world->timer[first]);
    assert_true (world->when_ms[first] <= world->now_ms);
    world->pending[first] = false;
    world->fired++;
    for (int count = test_below (&world->seed, 4); count > 0; count--)
        s_change_one (world);
    return test_below (&world->seed, 10) ? 0 : -1;
}

static void
s_run (s_world_t *world, int64_t now_ms)
{
    if (now_ms > world->now_ms)
        world->now_ms = now_ms;
    world->run_order = world->order;
    if (zp_timers_run (world->timers, now_ms) == 0) {
        int first = s_first (world, world->run_order);
        assert_true (first == -1 || world->when_ms[first] > world->now_ms);
    }
    for (int i = 0; i < MANY; i++)
        assert_int_equal (zp_timer_pending (&world->timer[i]),
                          world->pending[i]);
}

static void
s_check_next (const s_world_t *world)
{
    int first = s_first (world, INT_MAX);
    int64_t next_ms = zp_timers_next (world->timers);
    if (first == -1)
        assert_int_equal (next_ms, -1);
    else if (world->when_ms[first] <= world->now_ms)
        assert_int_equal (next_ms, world->now_ms);
    else {
        assert_true (next_ms > world->now_ms);
        assert_true (next_ms <= world->when_ms[first]);
    }
}

static void
test_timers_do_what_a_naive_model_does (void **state)
{
    (void) state;
    static s_world_t world;
    world = (s_world_t){.seed = test_seed ()};
    world.timers = zp_timers_new (NULL);
    for (int i = 0; i < MANY; i++)
        zp_timer_init (&world.timer[i], s_fired, &world);
    for (int step = 0; step < 30000; step++) {
        for (int count = test_below (&world.seed, 5); count > 0; count--)
            s_change_one (&world);
        s_check_next (&world);
        int64_t next_ms = zp_timers_next (world.timers);
        int dice = test_below (&world.seed, 20);
        if (dice == 0)
            s_run (&world, world.now_ms - test_below (&world.seed, 10000));
        else if (dice < 10 && next_ms != -1)
            s_run (&world, next_ms);
        else
            s_run (&world,
                   world.now_ms + (1 << test_below (&world.seed, 20)) - 1);
    }
    assert_true (world.fired > 10000);
    zp_timers_destroy (&world.timers);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_timers_do_what_a_naive_model_does),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
