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

#define TEST_PATIENCE_MS 30000

static inline int
test_loop_end_turn (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    (void) arg;
    return -1;
}

//  Run the loop for about a millisecond, or until somebody ends it. Then the
//  timer must go, too: some hundreds of them, overdue, would end each turn
//  before the loop comes to its sockets.
static inline void
test_turn (zloop_t *loop)
{
    int timer = zloop_timer (loop, 1, 1, test_loop_end_turn, NULL);
    zloop_start (loop);
    zloop_timer_end (loop, timer);
}

#define test_until(loop, condition)                                            \
    for (int64_t start_ms_ = zclock_mono (); !(condition); test_turn (loop))   \
        if (zclock_mono () - start_ms_ > TEST_PATIENCE_MS)                     \
            fail_msg ("this did not happen: %s", #condition);

#endif
