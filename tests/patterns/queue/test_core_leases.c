//  SPDX-License-Identifier: MIT
//
//  How leases begin and end, when nobody says anything.

#include "core_fixture.h"

static void
s_expect_order (core_fixture_t *self, const uint64_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal (core_take (self).id, ids[i]);
    core_nothing (self);
}

static void
test_a_lease_that_runs_out_was_in_vain (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 1);
    uint64_t id = core_put (self, "jobs", "");
    core_take (self);
    zp_queue_view_t view = core_look (self, "jobs", id, ZP_QUEUE_LEASED);
    assert_int_equal (view.due_ms, CORE_START_MS + self->options.lease_ms);
    core_pass (self, self->options.lease_ms - 1);
    core_nothing (self);
    view = core_look (self, "jobs", id, ZP_QUEUE_LEASED);
    assert_int_equal (view.due_ms, CORE_START_MS + self->options.lease_ms);
    assert_int_equal (view.delivered, 0);
    core_pass (self, 1);
    view = core_look (self, "jobs", id, ZP_QUEUE_READY);
    assert_int_equal (view.delivered, 1);
    assert_int_equal (view.acquired, 1);
    assert_int_equal (core_stats (self, "jobs").returned, 1);
    assert_int_equal (core_take (self).acquired, 2);
    core_fixture_destroy (&self);
}

static void
test_a_message_may_have_a_lease_length_of_its_own (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 2);
    uint64_t shorter = core_put_as (
        self, "jobs", "", (zp_queue_put_t){.lease_ms = 50, .priority = -1});
    uint64_t longer = core_put_as (
        self, "jobs", "", (zp_queue_put_t){.lease_ms = 90000, .priority = -1});
    core_take (self);
    core_take (self);
    core_pass (self, 50);
    core_look (self, "jobs", shorter, ZP_QUEUE_READY);
    core_pass (self, 89949);
    core_look (self, "jobs", longer, ZP_QUEUE_LEASED);
    core_pass (self, 1);
    core_look (self, "jobs", longer, ZP_QUEUE_READY);
    core_fixture_destroy (&self);
}

static void
test_a_quick_job_is_written_down_twice (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 1);
    core_put (self, "jobs", "");
    zp_queue_receipt_t receipt = core_take (self);
    core_pass (self, ZP_QUEUE_NOTE_MS - 1);
    core_ack (self, receipt);
    assert_int_equal (core_log_written (self->log), 2);
    assert_int_equal (zp_queue_core_next_tick (self->core), INT64_MAX);
    core_fixture_destroy (&self);
}

static void
test_a_lease_that_lasts_is_noted_once (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 1);
    uint64_t id = core_put (self, "jobs", "");
    core_take (self);
    core_pass (self, ZP_QUEUE_NOTE_MS);
    assert_string_equal (core_record (self, id),
                         "jobs {\"acquired\":1,\"epoch\":1,"
                         "\"leased_until_ms\":1030000}");
    assert_int_equal (core_log_written (self->log), 2);
    //  When it is over, the log has said so already
    core_pass (self, self->options.lease_ms);
    core_look (self, "jobs", id, ZP_QUEUE_READY);
    assert_int_equal (core_log_written (self->log), 2);
    core_fixture_destroy (&self);
}

static void
test_a_lease_that_ends_before_it_is_noted_is_written_down (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 1);
    uint64_t id = core_put_as (
        self, "jobs", "", (zp_queue_put_t){.lease_ms = 50, .priority = -1});
    core_take (self);
    core_pass (self, 50);
    assert_string_equal (core_record (self, id),
                         "jobs {\"acquired\":1,\"delivered\":1,\"epoch\":1,"
                         "\"lease_ms\":50}");
    core_fixture_destroy (&self);
}

static void
test_a_late_tick_does_not_note_what_is_over (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 1);
    uint64_t id = core_put (self, "jobs", "");
    core_take (self);
    self->now_ms += 2 * self->options.lease_ms;
    zp_queue_core_tick (self->core, self->now_ms);
    core_look (self, "jobs", id, ZP_QUEUE_READY);
    assert_string_equal (core_record (self, id),
                         "jobs {\"acquired\":1,\"delivered\":1,\"epoch\":1}");
    assert_int_equal (core_log_written (self->log), 2);
    core_fixture_destroy (&self);
}

static void
test_the_core_says_when_it_wants_to_know_the_time (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    assert_int_equal (zp_queue_core_next_tick (self->core), INT64_MAX);
    core_consumer (self, "jobs", 1);
    core_put_as (self, "jobs", "",
                 (zp_queue_put_t){.delay_ms = 70, .priority = -1});
    assert_int_equal (zp_queue_core_next_tick (self->core), CORE_START_MS + 70);
    core_put (self, "jobs", "");
    assert_int_equal (zp_queue_core_next_tick (self->core), CORE_START_MS + 70);
    core_take (self);
    core_pass (self, 70);
    assert_int_equal (zp_queue_core_next_tick (self->core),
                      CORE_START_MS + ZP_QUEUE_NOTE_MS);
    core_pass (self, 30);
    assert_int_equal (zp_queue_core_next_tick (self->core),
                      CORE_START_MS + self->options.lease_ms);
    core_fixture_destroy (&self);
}

static void
test_what_a_lost_consumer_held_goes_first_in_its_old_order (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    zp_queue_consumer_t *consumer = core_consumer (self, "jobs", 3);
    uint64_t ids[4];
    for (int i = 0; i < 4; i++)
        ids[i] = core_put (self, "jobs", "");
    for (int i = 0; i < 3; i++)
        core_take (self);
    assert_int_equal (zp_queue_consumer_held (consumer), 3);
    core_lose (self, consumer, true);
    for (int i = 0; i < 3; i++)
        assert_int_equal (
            core_look (self, "jobs", ids[i], ZP_QUEUE_READY).delivered, 1);
    assert_string_equal (core_record (self, ids[0]),
                         "jobs {\"acquired\":1,\"delivered\":1,\"epoch\":1}");
    core_consumer (self, "jobs", 10);
    s_expect_order (self, ids, 4);
    core_fixture_destroy (&self);
}

static void
test_leases_that_run_out_go_first_in_their_old_order (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    zp_queue_consumer_t *consumer = core_consumer (self, "jobs", 3);
    uint64_t ids[4];
    for (int i = 0; i < 4; i++)
        ids[i] = core_put (self, "jobs", "");
    for (int i = 0; i < 3; i++) {
        core_take (self);
        core_pass (self, i % 2);  // Some end at the same time, some do not
    }
    zp_queue_consumer_set_credit (consumer, 0);
    core_pass (self, 2 * self->options.lease_ms);
    zp_queue_consumer_set_credit (consumer, 10);
    s_expect_order (self, ids, 4);
    core_fixture_destroy (&self);
}

static void
test_what_a_consumer_held_that_went_away_stays_leased (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    uint64_t id = core_put (self, "jobs", "");
    uint64_t other = core_put (self, "jobs", "");
    zp_queue_consumer_t *consumer = core_consumer (self, "jobs", 2);
    zp_queue_receipt_t receipt = core_take (self);
    core_take (self);
    core_lose (self, consumer, false);
    core_consumer (self, "jobs", 10);
    core_nothing (self);
    core_look (self, "jobs", id, ZP_QUEUE_LEASED);
    assert_int_equal (core_ack (self, receipt), ZP_OK);
    core_pass (self, self->options.lease_ms);
    assert_int_equal (core_take (self).id, other);
    core_fixture_destroy (&self);
}

static void
test_what_could_not_be_sent_comes_back_to_its_place (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 10);
    uint64_t ids[3];
    for (int i = 0; i < 3; i++)
        ids[i] = core_put (self, "jobs", "");
    size_t written = core_log_written (self->log);
    zp_queue_receipt_t first = core_take (self);
    zp_queue_receipt_t second = core_take (self);
    zp_queue_core_undo (self->core, &second, self->now_ms);
    zp_queue_core_undo (self->core, &first, self->now_ms);
    assert_int_equal (
        core_look (self, "jobs", ids[0], ZP_QUEUE_READY).delivered, 0);
    assert_int_equal (core_log_written (self->log), written);
    s_expect_order (self, ids, 3);
    core_fixture_destroy (&self);
}

static void
test_what_could_not_be_sent_for_long_is_not_noted_any_more (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 10);
    uint64_t id = core_put (self, "jobs", "");
    zp_queue_receipt_t receipt = core_take (self);
    core_pass (self, ZP_QUEUE_NOTE_MS);
    zp_queue_core_undo (self->core, &receipt, self->now_ms);
    assert_string_equal (core_record (self, id),
                         "jobs {\"acquired\":1,\"epoch\":1}");
    core_fixture_destroy (&self);
}

static void
test_only_that_very_lease_is_undone (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 10);
    uint64_t id = core_put (self, "jobs", "");
    zp_queue_receipt_t first = core_take (self);
    core_pass (self, self->options.lease_ms);
    zp_queue_core_undo (self->core, &first, self->now_ms);  // It is over
    zp_queue_receipt_t second = core_take (self);
    zp_queue_core_undo (self->core, &first, self->now_ms);
    core_look (self, "jobs", id, ZP_QUEUE_LEASED);
    core_ack (self, second);
    zp_queue_core_undo (self->core, &second, self->now_ms);
    core_nothing (self);
    core_fixture_destroy (&self);
}

static void
test_at_the_delivery_limit_a_message_moves_in_one_operation (void **state)
{
    (void) state;
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    options.delivery_limit = 2;
    core_fixture_t *self = core_fixture_new (&options);
    core_consumer (self, "jobs", 10);
    uint64_t id = core_put (self, "jobs", "123");
    core_take (self);
    core_pass (self, options.lease_ms);
    core_look (self, "jobs", id, ZP_QUEUE_READY);
    core_take (self);
    core_pass (self, ZP_QUEUE_NOTE_MS);
    size_t written = core_log_written (self->log);
    core_pass (self, options.lease_ms);
    assert_int_equal (core_log_written (self->log), written + 1);
    assert_string_equal (core_record (self, id),
                         "jobs.dead {\"acquired\":2,\"closed\":true,"
                         "\"delivered\":2,\"epoch\":1,\"from\":\"jobs\","
                         "\"why\":\"delivery limit\"}");
    core_look (self, "jobs.dead", id, ZP_QUEUE_READY);
    zp_queue_stats_t stats = core_stats (self, "jobs");
    assert_int_equal (stats.dead, 1);
    assert_int_equal (stats.bytes, 0);
    assert_int_equal (stats.ready, 0);
    assert_int_equal (core_stats (self, "jobs.dead").bytes, 3);
    core_nothing (self);
    core_fixture_destroy (&self);
}

static void
test_a_dead_letter_queue_has_no_limits (void **state)
{
    (void) state;
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    options.delivery_limit = 1;
    options.max_messages = 1;
    options.max_bytes = 4;
    options.max_queues = 2;  // Taken by jobs and mail
    core_fixture_t *self = core_fixture_new (&options);
    core_consumer (self, "jobs", 10);
    core_put (self, "mail", "");
    for (int i = 0; i < 3; i++) {
        core_put (self, "jobs", "1234");
        core_nack (self, core_take (self), 0);
    }
    assert_int_equal (core_stats (self, "jobs.dead").ready, 3);

    core_consumer (self, "jobs.dead", 1);
    for (int i = 0; i < 300; i++)
        assert_int_equal (core_nack (self, core_take (self), 0), ZP_OK);
    assert_int_equal (core_stats (self, "jobs.dead").ready, 3);
    core_restart (self, 0);
    assert_int_equal (core_stats (self, "jobs.dead").ready, 3);
    core_fixture_destroy (&self);
}

static void
test_deliveries_beyond_255_are_255 (void **state)
{
    (void) state;
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    options.delivery_limit = 1;
    core_fixture_t *self = core_fixture_new (&options);
    core_consumer (self, "jobs", 1);
    core_consumer (self, "jobs.dead", 1);
    uint64_t id = core_put (self, "jobs", "");
    for (int i = 0; i < 300; i++)
        core_nack (self, core_take (self), 0);
    zp_queue_view_t view = core_look (self, "jobs.dead", id, ZP_QUEUE_READY);
    assert_int_equal (view.delivered, 255);
    assert_int_equal (view.acquired, 300);
    core_fixture_destroy (&self);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_lease_that_runs_out_was_in_vain),
        cmocka_unit_test (test_a_message_may_have_a_lease_length_of_its_own),
        cmocka_unit_test (test_a_quick_job_is_written_down_twice),
        cmocka_unit_test (test_a_lease_that_lasts_is_noted_once),
        cmocka_unit_test (
            test_a_lease_that_ends_before_it_is_noted_is_written_down),
        cmocka_unit_test (test_a_late_tick_does_not_note_what_is_over),
        cmocka_unit_test (test_the_core_says_when_it_wants_to_know_the_time),
        cmocka_unit_test (
            test_what_a_lost_consumer_held_goes_first_in_its_old_order),
        cmocka_unit_test (test_leases_that_run_out_go_first_in_their_old_order),
        cmocka_unit_test (
            test_what_a_consumer_held_that_went_away_stays_leased),
        cmocka_unit_test (test_what_could_not_be_sent_comes_back_to_its_place),
        cmocka_unit_test (
            test_what_could_not_be_sent_for_long_is_not_noted_any_more),
        cmocka_unit_test (test_only_that_very_lease_is_undone),
        cmocka_unit_test (
            test_at_the_delivery_limit_a_message_moves_in_one_operation),
        cmocka_unit_test (test_a_dead_letter_queue_has_no_limits),
        cmocka_unit_test (test_deliveries_beyond_255_are_255),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
