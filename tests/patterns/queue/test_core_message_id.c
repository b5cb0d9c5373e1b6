//  SPDX-License-Identifier: MIT

#include "core_fixture.h"

static uint64_t
s_put (core_fixture_t *self, const char *queue, const char *message_id)
{
    zp_queue_put_t put = {.message_id = core_span (message_id), .priority = -1};
    return core_put_as (self, queue, "body", put);
}

static void
test_the_same_message_id_is_the_same_message (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 10);
    uint64_t id = s_put (self, "jobs", "a");
    assert_int_equal (s_put (self, "jobs", "a"), id);
    assert_int_equal (core_log_count (self->log), 1);
    assert_int_equal (core_stats (self, "jobs").put, 1);
    assert_int_equal (core_stats (self, "jobs").repeated, 1);
    assert_int_not_equal (s_put (self, "jobs", "b"), id);
    assert_int_not_equal (s_put (self, "mail", "a"), id);
    core_take (self);
    core_take (self);
    core_nothing (self);
    core_fixture_destroy (&self);
}

static void
test_a_message_id_is_forgotten_when_its_time_has_come (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    uint64_t id = s_put (self, "jobs", "a");
    self->now_ms += self->options.dedupe_ms - 1;
    assert_int_equal (s_put (self, "jobs", "a"), id);
    self->now_ms++;
    uint64_t other = s_put (self, "jobs", "a");
    assert_int_not_equal (other, id);
    assert_int_equal (s_put (self, "jobs", "a"), other);
    core_fixture_destroy (&self);
}

static void
test_without_a_window_nothing_is_remembered (void **state)
{
    (void) state;
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    options.dedupe_ms = 0;
    core_fixture_t *self = core_fixture_new (&options);
    core_consumer (self, "jobs", 10);
    uint64_t id = s_put (self, "jobs", "a");
    assert_int_not_equal (s_put (self, "jobs", "a"), id);
    core_ack (self, core_take (self));
    assert_string_equal (core_record (self, id), "");
    core_fixture_destroy (&self);
}

static void
test_a_repeated_put_needs_no_room (void **state)
{
    (void) state;
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    options.max_messages = 1;
    core_fixture_t *self = core_fixture_new (&options);
    uint64_t id = s_put (self, "jobs", "a");
    assert_int_equal (s_put (self, "jobs", "a"), id);
    core_fixture_destroy (&self);
}

static void
test_a_message_that_is_done_is_remembered (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 10);
    uint64_t id = s_put (self, "jobs", "a");
    zp_queue_receipt_t receipt = core_take (self);
    assert_int_equal (core_ack (self, receipt), ZP_OK);
    assert_string_equal (core_record (self, id),
                         "jobs {\"acked\":true,\"id\":\"a\"}");
    assert_int_equal (core_ack (self, receipt), ZP_NOT_FOUND);
    assert_int_equal (s_put (self, "jobs", "a"), id);
    core_nothing (self);
    //  What is left of it takes no place, and is gone in the end
    assert_int_equal (core_stats (self, "jobs").bytes, 0);
    core_pass (self, self->options.dedupe_ms + 1000);
    assert_string_equal (core_record (self, id), "");
    assert_int_equal (zp_queue_core_next_tick (self->core), INT64_MAX);
    core_fixture_destroy (&self);
}

static void
test_a_message_that_is_done_after_its_window_leaves_nothing (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 10);
    uint64_t id = s_put (self, "jobs", "a");
    zp_queue_receipt_t receipt = core_take (self);
    self->now_ms += self->options.dedupe_ms;
    assert_int_equal (core_ack (self, receipt), ZP_OK);
    assert_string_equal (core_record (self, id), "");
    core_fixture_destroy (&self);
}

static void
test_a_purged_message_is_forgotten (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    uint64_t id = s_put (self, "jobs", "a");
    zp_queue_t *queue = zp_queue_core_find (self->core, core_span ("jobs"));
    assert_int_equal (zp_queue_purge (queue, ZP_QUEUE_READY), 1);
    assert_int_equal (core_log_count (self->log), 0);
    assert_int_not_equal (s_put (self, "jobs", "a"), id);
    core_fixture_destroy (&self);
}

static void
test_a_message_id_outlives_restarts (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 1);
    uint64_t done = s_put (self, "jobs", "a");
    uint64_t waits = s_put (self, "jobs", "b");
    core_ack (self, core_take (self));
    core_restart (self, 1000);
    assert_int_equal (s_put (self, "jobs", "a"), done);
    assert_int_equal (s_put (self, "jobs", "b"), waits);
    core_consumer (self, "jobs", 10);
    assert_int_equal (core_take (self).id, waits);
    core_nothing (self);

    core_restart (self, self->options.dedupe_ms);
    assert_int_not_equal (s_put (self, "jobs", "b"), waits);
    assert_int_not_equal (s_put (self, "jobs", "a"), done);
    assert_string_not_equal (core_record (self, done), "");
    zp_queue_core_tick (self->core, self->now_ms);
    assert_string_equal (core_record (self, done), "");
    core_fixture_destroy (&self);
}

static void
test_a_message_id_goes_to_the_dead_letter_queue_and_still_counts (void **state)
{
    (void) state;
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    options.delivery_limit = 1;
    core_fixture_t *self = core_fixture_new (&options);
    core_consumer (self, "jobs", 10);
    uint64_t id = s_put (self, "jobs", "a");
    core_nack (self, core_take (self), 0);
    assert_int_equal (s_put (self, "jobs", "a"), id);
    core_restart (self, 0);
    assert_int_equal (s_put (self, "jobs", "a"), id);
    core_consumer (self, "jobs.dead", 1);
    core_ack (self, core_take (self));
    assert_int_equal (s_put (self, "jobs", "a"), id);
    core_restart (self, 0);
    assert_int_equal (s_put (self, "jobs", "a"), id);
    assert_int_equal (core_log_count (self->log), 1);
    core_fixture_destroy (&self);
}

static void
test_many_message_ids_are_kept_apart (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    char text[32];
    for (int i = 0; i < 1000; i++) {
        snprintf (text, sizeof text, "message \"%d\"", i);
        assert_int_equal (s_put (self, "jobs", text), (uint64_t) i + 1);
    }
    core_restart (self, 0);
    for (int i = 999; i >= 0; i--) {
        snprintf (text, sizeof text, "message \"%d\"", i);
        assert_int_equal (s_put (self, "jobs", text), (uint64_t) i + 1);
    }
    core_fixture_destroy (&self);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_the_same_message_id_is_the_same_message),
        cmocka_unit_test (
            test_a_message_id_is_forgotten_when_its_time_has_come),
        cmocka_unit_test (test_without_a_window_nothing_is_remembered),
        cmocka_unit_test (test_a_repeated_put_needs_no_room),
        cmocka_unit_test (test_a_message_that_is_done_is_remembered),
        cmocka_unit_test (
            test_a_message_that_is_done_after_its_window_leaves_nothing),
        cmocka_unit_test (test_a_purged_message_is_forgotten),
        cmocka_unit_test (test_a_message_id_outlives_restarts),
        cmocka_unit_test (
            test_a_message_id_goes_to_the_dead_letter_queue_and_still_counts),
        cmocka_unit_test (test_many_message_ids_are_kept_apart),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
