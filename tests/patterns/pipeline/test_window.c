//  SPDX-License-Identifier: MIT

#include "zp_window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>

static size_t s_bodies;  // Taken and not freed

static void
s_free (void *body)
{
    (void) body;
    s_bodies--;
}

typedef struct {
    zp_window_t *window;  // Under test
    zp_tally_t *tally;    // What has ended
} s_window_t;

static int
s_set_up (void **state)
{
    s_window_t *self = calloc (1, sizeof *self);
    zp_window_options_t options = {
        .max_tasks = 10, .max_bytes = 100, .retry_ms = 1000, .max_attempts = 3};
    self->window = zp_window_new (&options, s_free);
    self->tally = zp_tally_new ();
    s_bodies = 0;
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    s_window_t *self = *state;
    zp_window_destroy (&self->window);
    zp_tally_destroy (&self->tally);
    assert_int_equal (s_bodies, 0);
    free (self);
    return 0;
}

static void
s_give (s_window_t *self, size_t size)
{
    s_bodies++;
    zp_window_give (self->window, NULL, size);
}

//  Give a task and send it
static void
s_send (s_window_t *self, int64_t now_ms)
{
    s_give (self, 1);
    assert_non_null (zp_window_next (self->window));
    zp_window_sent (self->window, now_ms);
}

static void
s_acknowledge (s_window_t *self, uint64_t number, int64_t now_ms)
{
    assert_true (zp_tally_add (self->tally, number));
    zp_window_acknowledge (self->window, self->tally, now_ms);
}

static zp_window_stats_t
s_stats (s_window_t *self)
{
    zp_window_stats_t stats;
    zp_window_stats (self->window, &stats);
    return stats;
}

static void
test_at_first_there_are_two_tasks_for_each_worker (void **state)
{
    s_window_t *self = *state;
    s_send (self, 0);
    s_send (self, 0);
    assert_false (zp_window_room (self->window));
    zp_window_workers (self->window, 3);
    for (int i = 2; i < 6; i++)
        s_send (self, 0);
    assert_false (zp_window_room (self->window));
}

static void
test_what_is_acknowledged_makes_room_and_is_freed (void **state)
{
    s_window_t *self = *state;
    s_send (self, 0);
    s_send (self, 0);
    assert_int_equal (s_bodies, 2);
    s_acknowledge (self, 1, 1);
    assert_int_equal (s_bodies, 1);
    assert_true (zp_window_room (self->window));
    assert_int_equal (s_stats (self).kept, 1);
    assert_int_equal (s_stats (self).bytes, 1);
}

static void
test_tasks_that_come_back_soon_become_more_to_a_limit (void **state)
{
    s_window_t *self = *state;
    uint64_t first = 0;
    for (int64_t now_ms = 0; now_ms < 100; now_ms++) {
        while (zp_window_room (self->window))
            s_send (self, now_ms);
        uint64_t given = s_stats (self).given;
        while (first < given)
            s_acknowledge (self, first++, now_ms + 1);
    }
    assert_int_equal (s_stats (self).limit, 10);
}

static void
test_tasks_that_come_back_late_become_fewer (void **state)
{
    s_window_t *self = *state;
    test_tasks_that_come_back_soon_become_more_to_a_limit (state);
    zp_window_workers (self->window, 2);
    uint64_t first = s_stats (self).given;
    for (int64_t now_ms = 1000; now_ms < 40000; now_ms += 400) {
        while (zp_window_room (self->window))
            s_send (self, now_ms);
        uint64_t given = s_stats (self).given;
        while (first < given)
            s_acknowledge (self, first++, now_ms + 400);
    }
    assert_int_equal (s_stats (self).limit, 4);
}

static void
test_no_more_is_kept_than_is_allowed (void **state)
{
    s_window_t *self = *state;
    zp_window_workers (self->window, 100);
    for (int i = 0; i < 10; i++)
        s_send (self, 0);
    assert_false (zp_window_room (self->window));
    s_acknowledge (self, 0, 1);
    assert_true (zp_window_room (self->window));
    s_give (self, 91);  // With those 9, 100 bytes
    zp_window_sent (self->window, 1);
    s_acknowledge (self, 1, 1);
    assert_true (zp_window_room (self->window));
    s_give (self, 1);
    zp_window_sent (self->window, 1);
    assert_false (zp_window_room (self->window));
}

static void
test_no_task_is_given_too_far_above_one_that_lasts (void **state)
{
    s_window_t *self = *state;
    zp_window_workers (self->window, 5);
    s_send (self, 0);
    uint64_t number = 1;
    for (; zp_window_room (self->window); number++) {
        s_send (self, 0);
        assert_true (zp_tally_reaches (self->tally, number));
        s_acknowledge (self, number, 1);
    }
    assert_in_range (number, ZP_TALLY_SPAN - 8, ZP_TALLY_SPAN);
    s_acknowledge (self, 0, 1);
    assert_true (zp_window_room (self->window));
}

static void
test_a_task_is_sent_again_and_at_last_given_up (void **state)
{
    s_window_t *self = *state;
    static const int64_t until_ms[] = {1000, 1000 + 2000, 1000 + 2000 + 4000};
    s_send (self, 0);
    for (int i = 0; i < 3; i++) {
        assert_null (zp_window_next (self->window));
        assert_null (zp_window_first_lost (self->window));
        zp_window_tick (self->window, until_ms[i] - 1);
        assert_null (zp_window_next (self->window));
        zp_window_tick (self->window, until_ms[i]);
        if (i == 2)
            break;
        zp_window_task_t *task = zp_window_next (self->window);
        assert_non_null (task);
        assert_int_equal (task->attempt, i + 2);
        zp_window_sent (self->window, until_ms[i]);
    }
    assert_null (zp_window_next (self->window));
    zp_window_task_t *lost = zp_window_first_lost (self->window);
    assert_non_null (lost);
    assert_int_equal (lost->number, 0);
    assert_int_equal (lost->sendings, 3);
    assert_null (zp_window_next_lost (lost));
    //  It stays until it is acknowledged, as it may be after all
    assert_int_equal (s_stats (self).kept, 1);
    s_acknowledge (self, 0, 9000);
    assert_int_equal (s_stats (self).kept, 0);
}

static void
test_it_waits_to_be_sent_for_as_long_as_it_takes (void **state)
{
    s_window_t *self = *state;
    s_give (self, 1);
    zp_window_tick (self->window, 1000000);
    assert_int_equal (zp_window_next (self->window)->attempt, 1);
    assert_int_equal (zp_window_next (self->window)->sendings, 0);
}

static void
test_no_time_passes_while_nothing_can_be_acknowledged (void **state)
{
    s_window_t *self = *state;
    s_send (self, 0);
    zp_window_resume (self->window, 50000);
    zp_window_tick (self->window, 50999);
    assert_null (zp_window_next (self->window));
    zp_window_tick (self->window, 51000);
    assert_int_equal (zp_window_next (self->window)->attempt, 2);
}

//  Make a window where tasks usually come back after 10 ms, and one, number
//  *slow, does not
static void
s_make_late (s_window_t *self, uint64_t *slow, int64_t now_ms)
{
    zp_window_workers (self->window, 1);
    for (int i = 0; i < 50; i++) {
        while (zp_window_room (self->window))
            s_send (self, now_ms);
        *slow = s_stats (self).given - 1;
        for (uint64_t n = zp_tally_low (self->tally); n < *slow; n++)
            zp_tally_add (self->tally, n);
        zp_window_acknowledge (self->window, self->tally, now_ms + 10);
        if (i < 49)
            s_acknowledge (self, *slow, now_ms + 10);
    }
}

static void
test_one_that_is_late_does_not_count_and_is_copied_to_the_idle (void **state)
{
    s_window_t *self = *state;
    uint64_t slow;
    s_make_late (self, &slow, 0);
    assert_false (zp_window_copy (self->window, 50));
    zp_window_tick (self->window, 200);
    assert_true (zp_window_copy (self->window, 200));
    zp_window_task_t *task = zp_window_next (self->window);
    assert_int_equal (task->number, slow);
    assert_int_equal (task->attempt, 1);
    assert_false (zp_window_copy (self->window, 200));
    zp_window_sent (self->window, 200);
    //  The next copy is twice as late
    zp_window_tick (self->window, 400);
    assert_false (zp_window_copy (self->window, 400));
    zp_window_tick (self->window, 600);
    assert_true (zp_window_copy (self->window, 600));
    zp_window_sent (self->window, 600);
    //  And the attempt lasts no longer for it
    zp_window_tick (self->window, 999);
    assert_int_equal (task->attempt, 1);
    zp_window_tick (self->window, 1000);
    assert_int_equal (task->attempt, 2);
    assert_int_equal (task->sendings, 3);
}

static void
test_one_that_is_too_large_is_given_up_unsent (void **state)
{
    s_window_t *self = *state;
    s_give (self, 99);
    zp_window_give_up (self->window);
    assert_null (zp_window_next (self->window));
    assert_int_equal (zp_window_first_lost (self->window)->number, 0);
    assert_true (zp_window_room (self->window));
}

int
main (void)
{
#define window_test(test)                                                      \
    cmocka_unit_test_setup_teardown (test, s_set_up, s_tear_down)
    const struct CMUnitTest tests[] = {
        window_test (test_at_first_there_are_two_tasks_for_each_worker),
        window_test (test_what_is_acknowledged_makes_room_and_is_freed),
        window_test (test_tasks_that_come_back_soon_become_more_to_a_limit),
        window_test (test_tasks_that_come_back_late_become_fewer),
        window_test (test_no_more_is_kept_than_is_allowed),
        window_test (test_no_task_is_given_too_far_above_one_that_lasts),
        window_test (test_a_task_is_sent_again_and_at_last_given_up),
        window_test (test_it_waits_to_be_sent_for_as_long_as_it_takes),
        window_test (test_no_time_passes_while_nothing_can_be_acknowledged),
        window_test (
            test_one_that_is_late_does_not_count_and_is_copied_to_the_idle),
        window_test (test_one_that_is_too_large_is_given_up_unsent),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
