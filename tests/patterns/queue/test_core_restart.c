//  SPDX-License-Identifier: MIT
//
//  What a core knows again when it is given its log.

#include "core_fixture.h"

static core_fixture_t *
s_leased (zp_queue_receipt_t *receipt)
{
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 10);
    core_put (self, "jobs", "body");
    *receipt = core_take (self);
    return self;
}

static void
test_a_message_that_waits_waits_again (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    uint64_t first = core_put (self, "jobs", "body");
    uint64_t second = core_put (self, "jobs", "");
    core_restart (self, 1000);
    assert_int_equal (core_stats (self, "jobs").bytes, 4);
    assert_int_equal (core_stats (self, "jobs").put, 0);
    core_consumer (self, "jobs", 10);
    zp_queue_delivery_t delivery = core_delivery (self);
    assert_int_equal (delivery.id, first);
    assert_int_equal (delivery.acquired, 1);
    assert_int_equal (delivery.body.size, 4);
    assert_null (delivery.body.data);
    delivery = core_delivery (self);
    assert_int_equal (delivery.id, second);
    assert_int_equal (delivery.body.size, 0);
    assert_non_null (delivery.body.data);
    core_fixture_destroy (&self);
}

static void
test_options_of_a_put_hold_after_a_restart (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    uint64_t id = core_put_as (
        self, "jobs", "",
        (zp_queue_put_t){.delay_ms = 1000, .lease_ms = 77, .priority = 9});
    core_restart (self, 500);
    zp_queue_view_t view = core_look (self, "jobs", id, ZP_QUEUE_DELAYED);
    assert_int_equal (view.due_ms, CORE_START_MS + 1000);
    assert_int_equal (view.priority, 9);
    core_restart (self, 500);
    core_consumer (self, "jobs", 1);
    core_take (self);
    view = core_look (self, "jobs", id, ZP_QUEUE_LEASED);
    assert_int_equal (view.due_ms, self->now_ms + 77);
    core_fixture_destroy (&self);
}

static void
test_a_lease_that_was_noted_holds_on (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_leased (&receipt);
    core_pass (self, ZP_QUEUE_NOTE_MS);
    core_restart (self, 1000);
    core_consumer (self, "jobs", 1);
    core_nothing (self);
    zp_queue_view_t view =
        core_look (self, "jobs", receipt.id, ZP_QUEUE_LEASED);
    assert_int_equal (view.due_ms, CORE_START_MS + self->options.lease_ms);
    assert_int_equal (view.acquired, 1);
    assert_int_equal (core_touch (self, receipt, 0), ZP_OK);
    core_pass (self, self->options.lease_ms - 1);
    core_nothing (self);
    core_restart (self, 0);
    assert_int_equal (core_ack (self, receipt), ZP_OK);
    assert_int_equal (core_log_count (self->log), 0);
    core_fixture_destroy (&self);
}

static void
test_a_lease_that_ran_out_meanwhile_was_in_vain (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_leased (&receipt);
    core_pass (self, ZP_QUEUE_NOTE_MS);
    core_restart (self, self->options.lease_ms);
    assert_true (zp_queue_core_next_tick (self->core) <= self->now_ms);
    zp_queue_core_tick (self->core, self->now_ms);
    zp_queue_view_t view = core_look (self, "jobs", receipt.id, ZP_QUEUE_READY);
    assert_int_equal (view.delivered, 1);
    //  Nobody else has had it
    assert_int_equal (core_ack (self, receipt), ZP_OK);
    core_fixture_destroy (&self);
}

static void
test_a_young_lease_is_forgotten_and_its_receipt_counts (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_leased (&receipt);
    core_restart (self, 1000);
    zp_queue_view_t view = core_look (self, "jobs", receipt.id, ZP_QUEUE_READY);
    assert_int_equal (view.acquired, 0);
    assert_int_equal (core_touch (self, receipt, 0), ZP_OK);
    view = core_look (self, "jobs", receipt.id, ZP_QUEUE_LEASED);
    assert_int_equal (view.acquired, 1);
    core_restart (self, 0);
    assert_int_equal (core_nack (self, receipt, 0), ZP_OK);
    assert_int_equal (
        core_look (self, "jobs", receipt.id, ZP_QUEUE_READY).delivered, 1);
    assert_int_equal (core_ack (self, receipt), ZP_OK);
    core_fixture_destroy (&self);
}

static void
test_a_nack_of_a_forgotten_lease_counts (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_leased (&receipt);
    core_restart (self, 0);
    assert_int_equal (core_nack (self, receipt, 0), ZP_OK);
    assert_int_equal (
        core_look (self, "jobs", receipt.id, ZP_QUEUE_READY).delivered, 1);
    core_fixture_destroy (&self);
}

static void
test_a_receipt_of_before_is_stale_once_somebody_else_has_the_message (
    void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_leased (&receipt);
    core_restart (self, 0);
    core_consumer (self, "jobs", 1);
    zp_queue_receipt_t later = core_take (self);
    assert_int_equal (later.acquired, receipt.acquired);  // The epoch is not
    assert_int_equal (core_ack (self, receipt), ZP_FAILED_PRECONDITION);
    assert_int_equal (core_touch (self, receipt, 0), ZP_FAILED_PRECONDITION);
    assert_int_equal (core_ack (self, later), ZP_OK);
    core_fixture_destroy (&self);
}

static void
test_of_two_forgotten_leases_the_later_one_wins (void **state)
{
    (void) state;
    zp_queue_receipt_t first;
    core_fixture_t *self = s_leased (&first);
    core_restart (self, 0);
    core_consumer (self, "jobs", 1);
    zp_queue_receipt_t second = core_take (self);
    core_restart (self, 0);
    assert_int_equal (core_touch (self, first, 0), ZP_OK);
    assert_int_equal (core_touch (self, second, 0), ZP_OK);
    assert_int_equal (core_touch (self, first, 0), ZP_FAILED_PRECONDITION);
    core_restart (self, 0);
    assert_int_equal (core_touch (self, first, 0), ZP_FAILED_PRECONDITION);
    assert_int_equal (core_ack (self, second), ZP_OK);
    core_fixture_destroy (&self);
}

static void
test_deliveries_in_vain_are_counted_over_restarts (void **state)
{
    (void) state;
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    options.delivery_limit = 4;
    core_fixture_t *self = core_fixture_new (&options);
    uint64_t id = core_put (self, "jobs", "");
    core_consumer (self, "jobs", 1);
    core_nack (self, core_take (self), 0);
    core_restart (self, 0);
    core_lose (self, core_consumer (self, "jobs", 0), true);
    zp_queue_consumer_t *consumer = core_consumer (self, "jobs", 1);
    core_take (self);
    core_lose (self, consumer, true);
    core_restart (self, 0);
    core_consumer (self, "jobs", 1);
    core_take (self);
    core_pass (self, ZP_QUEUE_NOTE_MS);
    core_restart (self, options.lease_ms);
    zp_queue_core_tick (self->core, self->now_ms);
    zp_queue_view_t view = core_look (self, "jobs", id, ZP_QUEUE_READY);
    assert_int_equal (view.delivered, 3);
    assert_int_equal (view.acquired, 3);
    core_consumer (self, "jobs", 1);
    core_take (self);
    core_pass (self, options.lease_ms);
    core_restart (self, 0);
    core_look (self, "jobs.dead", id, ZP_QUEUE_READY);
    core_fixture_destroy (&self);
}

static void
test_what_is_buried_or_dead_stays_so (void **state)
{
    (void) state;
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    options.delivery_limit = 1;
    core_fixture_t *self = core_fixture_new (&options);
    core_consumer (self, "jobs", 2);
    core_put (self, "jobs", "");
    core_put (self, "jobs", "");
    zp_queue_receipt_t buried = core_take (self);
    zp_queue_receipt_t dead = core_take (self);
    core_bury (self, buried, "so");
    core_nack (self, dead, 0);
    core_restart (self, 0);
    core_look (self, "jobs", buried.id, ZP_QUEUE_BURIED);
    core_look (self, "jobs.dead", dead.id, ZP_QUEUE_READY);
    assert_int_equal (core_ack (self, buried), ZP_FAILED_PRECONDITION);
    assert_int_equal (core_ack (self, dead), ZP_FAILED_PRECONDITION);
    core_consumer (self, "jobs.dead", 1);
    dead = core_take (self);
    assert_int_equal (dead.acquired, 2);
    core_restart (self, 0);
    assert_int_equal (core_ack (self, dead), ZP_OK);
    core_fixture_destroy (&self);
}

static void
test_what_is_acked_stays_gone (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_leased (&receipt);
    core_ack (self, receipt);
    core_restart (self, 0);
    assert_null (zp_queue_core_queue (self->core, NULL));
    assert_int_equal (core_ack (self, receipt), ZP_NOT_FOUND);
    core_fixture_destroy (&self);
}

static void
test_limits_that_were_lowered_lose_nothing (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    for (int i = 0; i < 3; i++) {
        core_put (self, "jobs", "1234");
        core_put (self, "mail", "1234");
    }
    self->options.max_messages = 1;
    self->options.max_bytes = 1;
    self->options.max_body_bytes = 1;
    self->options.max_queues = 1;
    core_restart (self, 0);
    assert_int_equal (core_stats (self, "jobs").ready, 3);
    assert_int_equal (core_stats (self, "mail").ready, 3);
    core_fixture_destroy (&self);
}

static zp_status_t
s_restore (core_fixture_t *self, uint64_t number, const char *key,
           const char *head, size_t body_size)
{
    return zp_queue_core_restore (self->core, number, self->now_ms,
                                  core_span (key), core_span (head), body_size,
                                  self->now_ms);
}

static void
test_records_that_make_no_sense_are_refused (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    self->epoch = 8;
    core_restart (self, 0);
    assert_int_equal (s_restore (self, 7, "jobs", "", 5), ZP_OK);
    assert_int_equal (s_restore (self, 8, "jobs", "{\"paused\":true}", 0),
                      ZP_OK);
    static const struct {
        uint64_t number;
        const char *key;
        const char *head;
        size_t body_size;
        const char *says;
    } cases[] = {
        {0, "jobs", "", 0, "number"},
        {7, "jobs", "", 0, "number"},
        {9, "", "", 0, "name"},
        {9, "a/b", "", 0, "name"},
        {9, ".dead", "", 0, "name"},
        {9, "jobs", "", (size_t) INT32_MAX + 1, "long"},
        {9, "jobs", "[]", 0, "object"},
        {9, "jobs", "{\"paused\":true}", 0, "paused"},
        {9, "jobs", "{\"acquired\":1,\"epoch\":9}", 0, "yet to come"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal (s_restore (self, cases[i].number, cases[i].key,
                                     cases[i].head, cases[i].body_size),
                          ZP_DATA_LOSS);
        const char *error = zp_queue_core_error (self->core);
        assert_non_null (strstr (error, cases[i].says));
    }
    //  And nothing has changed
    assert_int_equal (core_stats (self, "jobs").ready, 1);
    assert_int_equal (core_stats (self, "jobs").bytes, 5);
    zp_queue_t *first = zp_queue_core_queue (self->core, NULL);
    assert_null (zp_queue_core_queue (self->core, first));
    core_fixture_destroy (&self);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_message_that_waits_waits_again),
        cmocka_unit_test (test_options_of_a_put_hold_after_a_restart),
        cmocka_unit_test (test_a_lease_that_was_noted_holds_on),
        cmocka_unit_test (test_a_lease_that_ran_out_meanwhile_was_in_vain),
        cmocka_unit_test (
            test_a_young_lease_is_forgotten_and_its_receipt_counts),
        cmocka_unit_test (test_a_nack_of_a_forgotten_lease_counts),
        cmocka_unit_test (
            test_a_receipt_of_before_is_stale_once_somebody_else_has_the_message),
        cmocka_unit_test (test_of_two_forgotten_leases_the_later_one_wins),
        cmocka_unit_test (test_deliveries_in_vain_are_counted_over_restarts),
        cmocka_unit_test (test_what_is_buried_or_dead_stays_so),
        cmocka_unit_test (test_what_is_acked_stays_gone),
        cmocka_unit_test (test_limits_that_were_lowered_lose_nothing),
        cmocka_unit_test (test_records_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
