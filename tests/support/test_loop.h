//  SPDX-License-Identifier: MIT
//
//  test_loop - a zloop that runs until something has happened
//
//      test_until (loop, count == 3);
//
//  The condition is looked at between turns of the loop, so it may be about
//  anything that the loop's handlers change. If it does not come true in a time
//  that no machine is too slow for, the test fails.

#ifndef TEST_LOOP_H
#define TEST_LOOP_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <czmq.h>

#define TEST_PATIENCE_MS 60000

//  So many turns wait for nothing; what is quick takes no more
#define TEST_QUICK_TURNS 20

static inline int
test_loop_end_turn (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    int *turns = arg;
    return --*turns > 0 ? 0 : -1;
}

//  Run the loop until that timer has been called so often, or somebody ends it.
//  Then the timer must go, too: some hundreds of them, overdue, would end each
//  turn before the loop comes to its sockets.
static inline void
test_loop_run (zloop_t *loop, int delay_ms, int turns)
{
    int timer =
        zloop_timer (loop, (size_t) delay_ms, 0, test_loop_end_turn, &turns);
    zloop_start (loop);
    zloop_timer_end (loop, timer);
}

//  Run the loop for about a millisecond, or until somebody ends it.
static inline void
test_turn (zloop_t *loop)
{
    test_loop_run (loop, 1, 1);
}

//  The same for one turn, in which it does what is ready and waits for nothing:
//  timers come before sockets, so it ends at the beginning of the second.
static inline void
test_quick_turn (zloop_t *loop)
{
    test_loop_run (loop, 0, 2);
}

static inline void
test_next_turn (zloop_t *loop, int64_t turns)
{
    if (turns < TEST_QUICK_TURNS)
        test_quick_turn (loop);
    else
        test_turn (loop);
}

#define test_until(loop, condition)                                            \
    for (int64_t start_ms_ = zclock_mono (), turns_ = 0; !(condition);         \
         test_next_turn (loop, turns_++))                                      \
        if (zclock_mono () - start_ms_ > TEST_PATIENCE_MS)                     \
            fail_msg ("this did not happen: %s", #condition);

#endif
