//  SPDX-License-Identifier: MIT
//
//  The life of a batch, when everybody is well.

#include "fixture.h"

static void
test_each_task_is_counted_once_at_both_ends (void **state)
{
    fixture_t *self = *state;
    fixture_all (self);
    fixture_start (self, 10000, "task");
    fixture_await_end (self);
    fixture_expect_ok (self, 10000, 0);
    assert_int_equal (fixture_ventilator_stats (self).sent, 10000);
}

static void
test_many_workers_share_a_batch (void **state)
{
    fixture_t *self = *state;
    fixture_all (self);
    for (int i = 1; i < FIXTURE_WORKERS; i++)
        fixture_worker (self, i);
    test_until (self->loop,
                fixture_ventilator_stats (self).workers == FIXTURE_WORKERS);
    fixture_start (self, 10000, "task");
    fixture_await_end (self);
    fixture_expect_ok (self, 10000, 0);
    for (int i = 0; i < FIXTURE_WORKERS; i++) {
        zp_worker_stats_t stats;
        zp_worker_stats (self->worker[i], &stats);
        assert_true (stats.done > 100);
    }
}

static void
test_an_empty_batch_ends_without_a_worker (void **state)
{
    fixture_t *self = *state;
    fixture_sink (self, NULL);
    fixture_ventilator (self, NULL);
    fixture_start (self, 0, "task");
    fixture_await_end (self);
    fixture_expect_ok (self, 0, 0);
}

static void
test_it_does_not_matter_who_starts_first (void **state)
{
    fixture_t *self = *state;
    fixture_worker (self, 0);
    fixture_ventilator (self, NULL);
    fixture_start (self, 100, "task");
    //  The ventilator's source is not asked before the sink is there
    for (int i = 0; i < 100; i++)
        test_turn (self->loop);
    assert_int_equal (fixture_ventilator_stats (self).given, 0);
    fixture_sink (self, NULL);
    fixture_await_end (self);
    fixture_expect_ok (self, 100, 0);
}

static void
test_a_result_carries_what_the_worker_made_of_the_task (void **state)
{
    fixture_t *self = *state;
    fixture_all (self);
    fixture_start (self, 8, "count");
    fixture_await_end (self);
    fixture_expect_ok (self, 8, 0);
    assert_int_equal (self->result.number, 7);
    assert_int_equal (self->result.attempt, 1);
    assert_string_equal (self->text, "7");
}

static void
test_empty_and_large_bodies_arrive (void **state)
{
    fixture_t *self = *state;
    fixture_all (self);
    fixture_start (self, 3, "");
    fixture_await_end (self);
    fixture_expect_ok (self, 3, 0);
    assert_int_equal (self->result.body.size, 0);
    char *large = zmalloc ((15 << 20) + 1);
    memset (large, 'x', 15 << 20);
    fixture_start (self, 3, large);
    fixture_await_end (self);
    fixture_expect_ok (self, 3, 0);
    assert_int_equal (self->result.body.size, 15 << 20);
    free (large);
}

static void
test_a_task_that_is_too_large_fails_and_the_batch_goes_on (void **state)
{
    fixture_t *self = *state;
    fixture_all (self);
    char *large = zmalloc ((15 << 20) + 2);
    memset (large, 'x', (15 << 20) + 1);
    fixture_start (self, 3, large);
    fixture_await_end (self);
    fixture_expect_ok (self, 0, 3);
    assert_int_equal (self->result.status, ZP_OUT_OF_RANGE);
    assert_int_equal (fixture_ventilator_stats (self).sent, 0);
    free (large);
}

static void
test_a_failure_is_counted_and_not_tried_again (void **state)
{
    fixture_t *self = *state;
    fixture_all (self);
    fixture_start (self, 10, "fail");
    fixture_await_end (self);
    fixture_expect_ok (self, 0, 10);
    assert_int_equal (self->result.status, ZP_NOT_FOUND);
    assert_string_equal (self->text, "no such film");
    assert_int_equal (fixture_ventilator_stats (self).again, 0);
}

static void
test_a_task_that_a_worker_gives_back_is_sent_again (void **state)
{
    fixture_t *self = *state;
    fixture_sink (self, NULL);
    zp_ventilator_options_t options = ZP_VENTILATOR_DEFAULTS;
    options.retry_ms = 100;
    fixture_ventilator (self, &options);
    fixture_worker (self, 0);
    fixture_start (self, 10, "return");
    fixture_await_end (self);
    fixture_expect_ok (self, 10, 0);
    assert_true (self->result.attempt > 1);
    assert_true (fixture_sink_stats (self).returned >= 10);
}

static void
test_progress_is_told_at_both_ends (void **state)
{
    fixture_t *self = *state;
    fixture_all (self);
    fixture_start (self, 1, "hold");
    test_until (self->loop, self->holds == 1);
    //  It has begun, and nothing has ended
    assert_int_equal (self->sink_told, 1);
    assert_false (self->at_sink.ended);
    assert_int_equal (self->at_sink.done, 0);
    assert_false (zp_ventilator_batch (self->ventilator)->ended);
    zp_task_done (&self->held[0], "done", 4);
    fixture_await_end (self);
    assert_true (self->at_sink.ended && self->at_ventilator.ended);
    assert_int_equal (self->at_sink.done, 1);
    assert_int_equal (self->at_ventilator.done, 1);
    assert_int_equal (self->at_sink.id, self->at_ventilator.id);
}

static void
test_one_batch_comes_after_the_other (void **state)
{
    fixture_t *self = *state;
    fixture_all (self);
    uint64_t last = 0;
    for (uint64_t count = 1; count < 20; count++) {
        fixture_start (self, count, "task");
        fixture_await_end (self);
        fixture_expect_ok (self, count, 0);
        assert_int_not_equal (zp_sink_batch (self->sink)->id, last);
        last = zp_sink_batch (self->sink)->id;
    }
    assert_int_equal (fixture_sink_stats (self).counted, 19 * 20 / 2);
}

static void
test_what_a_cancelled_batch_left_behind_is_not_counted (void **state)
{
    fixture_t *self = *state;
    fixture_all (self);
    fixture_start (self, 100, "hold");
    test_until (self->loop, self->holds == 1);
    zp_ventilator_cancel (self->ventilator);
    assert_int_equal (self->at_ventilator.status, ZP_CANCELLED);
    assert_int_equal (fixture_ventilator_stats (self).in_hand, 0);
    test_until (self->loop, self->at_sink.ended);
    assert_int_equal (self->at_sink.status, ZP_CANCELLED);
    fixture_start (self, 5, "task");
    for (size_t i = 0; i < 16 && !zp_ventilator_batch (self->ventilator)->ended;
         i++) {
        zp_task_done (&self->held[i], "old", 3);
        test_until (self->loop,
                    self->holds == i + 2 ||
                        zp_ventilator_batch (self->ventilator)->ended);
    }
    fixture_await_end (self);
    fixture_expect_ok (self, 5, 0);
    assert_true (fixture_sink_stats (self).strays >= 1);
}

static void
test_a_sink_that_cannot_take_a_result_ends_the_batch (void **state)
{
    fixture_t *self = *state;
    fixture_all (self);
    self->full = true;
    fixture_start (self, 100, "task");
    fixture_await_end (self);
    assert_int_equal (self->at_sink.status, ZP_ABORTED);
    assert_int_equal (self->at_ventilator.status, ZP_ABORTED);
    assert_int_equal (self->at_sink.done, 0);
    //  And is ready for another
    self->full = false;
    fixture_start (self, 100, "task");
    fixture_await_end (self);
    fixture_expect_ok (self, 100, 0);
}

static void
test_all_of_it_in_one_process (void **state)
{
    fixture_t *self = *state;
    strcpy (self->tasks, "inproc://tasks");
    strcpy (self->results, "inproc://results");
    strcpy (self->control, "inproc://control");
    fixture_all (self);
    fixture_start (self, 1000, "task");
    fixture_await_end (self);
    fixture_expect_ok (self, 1000, 0);
}

//  A source, and somebody who is told, that do not want to go on

static zframe_t *
s_cancel_at_10 (void *arg, uint64_t number)
{
    fixture_t *self = arg;
    if (number == 10)
        zp_ventilator_cancel (self->ventilator);
    return zframe_from ("task");
}

static zframe_t *
s_endless (void *arg, uint64_t number)
{
    (void) arg;
    (void) number;
    return zframe_from ("task");
}

static int
s_cancel_at_100 (void *arg, const zp_batch_t *batch)
{
    fixture_t *self = arg;
    if (batch->done >= 100 && !batch->ended)
        zp_ventilator_cancel (self->ventilator);
    return 0;
}

static void
test_a_batch_is_cancelled_from_within (void **state)
{
    fixture_t *self = *state;
    fixture_all (self);
    assert_int_equal (
        zp_ventilator_run (self->ventilator, s_cancel_at_10, self),
        ZP_CANCELLED);
    assert_int_equal (fixture_ventilator_stats (self).given, 10);
    zp_ventilator_on_batch (self->ventilator, s_cancel_at_100, self);
    assert_int_equal (zp_ventilator_run (self->ventilator, s_endless, self),
                      ZP_CANCELLED);
    assert_true (zp_ventilator_batch (self->ventilator)->done >= 100);
    test_until (self->loop, zp_sink_batch (self->sink)->ended);
    fixture_start (self, 10, "task");
    fixture_await_end (self);
    fixture_expect_ok (self, 10, 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_each_task_is_counted_once_at_both_ends),
        fixture_test (test_many_workers_share_a_batch),
        fixture_test (test_an_empty_batch_ends_without_a_worker),
        fixture_test (test_it_does_not_matter_who_starts_first),
        fixture_test (test_a_result_carries_what_the_worker_made_of_the_task),
        fixture_test (test_empty_and_large_bodies_arrive),
        fixture_test (
            test_a_task_that_is_too_large_fails_and_the_batch_goes_on),
        fixture_test (test_a_failure_is_counted_and_not_tried_again),
        fixture_test (test_a_task_that_a_worker_gives_back_is_sent_again),
        fixture_test (test_progress_is_told_at_both_ends),
        fixture_test (test_one_batch_comes_after_the_other),
        fixture_test (test_what_a_cancelled_batch_left_behind_is_not_counted),
        fixture_test (test_a_sink_that_cannot_take_a_result_ends_the_batch),
        fixture_test (test_all_of_it_in_one_process),
        fixture_test (test_a_batch_is_cancelled_from_within),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
