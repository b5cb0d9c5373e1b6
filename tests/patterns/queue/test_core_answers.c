//  SPDX-License-Identifier: MIT
//
//  What workers say of their messages, in time, too late, or twice.

#include "core_fixture.h"

//  A message that a worker has, and what it got with it
static core_fixture_t *
s_leased (zp_queue_receipt_t *receipt)
{
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 1);
    core_put (self, "jobs", "body");
    *receipt = core_take (self);
    return self;
}

//  The same, but its lease has run out
static core_fixture_t *
s_over (zp_queue_receipt_t *receipt)
{
    core_fixture_t *self = s_leased (receipt);
    zp_queue_consumer_set_credit (self->consumers[0], 0);
    core_pass (self, self->options.lease_ms);
    core_look (self, "jobs", receipt->id, ZP_QUEUE_READY);
    return self;
}

//  None of the verbs counts, and all is as before
static void
s_refused (core_fixture_t *self, zp_queue_receipt_t receipt,
           zp_status_t expected)
{
    size_t written = core_log_written (self->log);
    assert_int_equal (core_ack (self, receipt), expected);
    assert_int_equal (core_nack (self, receipt, 5), expected);
    assert_int_equal (core_touch (self, receipt, 5), expected);
    assert_int_equal (core_bury (self, receipt, "so"), expected);
    assert_int_equal (zp_queue_core_status (self->core), expected);
    assert_true (strlen (zp_queue_core_error (self->core)) > 0);
    assert_int_equal (core_log_written (self->log), written);
}

static void
test_what_is_acked_is_gone (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_leased (&receipt);
    assert_int_equal (core_ack (self, receipt), ZP_OK);
    assert_int_equal (core_log_count (self->log), 0);
    s_refused (self, receipt, ZP_NOT_FOUND);
    core_pass (self, self->options.lease_ms);
    core_nothing (self);
    zp_queue_stats_t stats = core_stats (self, "jobs");
    assert_int_equal (stats.acked, 1);
    assert_int_equal (stats.bytes, 0);
    assert_int_equal (stats.leased, 0);
    assert_int_equal (zp_queue_consumer_held (self->consumers[0]), 0);
    core_fixture_destroy (&self);
}

static void
test_an_ack_makes_room_for_the_next (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_leased (&receipt);
    uint64_t id = core_put (self, "jobs", "");
    core_nothing (self);
    core_ack (self, receipt);
    assert_int_equal (core_take (self).id, id);
    core_fixture_destroy (&self);
}

static void
test_a_stale_receipt_is_refused (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_leased (&receipt);
    core_pass (self, self->options.lease_ms);
    zp_queue_receipt_t later = core_take (self);
    assert_int_equal (later.id, receipt.id);
    s_refused (self, receipt, ZP_FAILED_PRECONDITION);
    assert_int_equal (core_ack (self, later), ZP_OK);
    core_fixture_destroy (&self);
}

static void
test_a_forged_receipt_is_refused (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_leased (&receipt);
    zp_queue_receipt_t forged = receipt;
    forged.acquired++;
    s_refused (self, forged, ZP_FAILED_PRECONDITION);
    forged = receipt;
    forged.epoch++;
    s_refused (self, forged, ZP_FAILED_PRECONDITION);
    forged.epoch += UINT64_C (1) << 32;
    s_refused (self, forged, ZP_FAILED_PRECONDITION);
    forged = receipt;
    forged.id++;
    s_refused (self, forged, ZP_NOT_FOUND);
    core_look (self, "jobs", receipt.id, ZP_QUEUE_LEASED);
    core_fixture_destroy (&self);
}

static void
test_nobody_has_a_message_that_was_never_leased (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_restart (self, 0);
    uint64_t id;
    zp_queue_put_t put = {.priority = -1};
    assert_int_equal (core_try_put (self, "jobs", "", put, &id), ZP_OK);
    zp_queue_receipt_t receipts[] = {{id, 1, 1}, {id, 1, 2}};
    for (int i = 0; i < 2; i++)
        s_refused (self, receipts[i], ZP_FAILED_PRECONDITION);
    zp_queue_core_written (self->core, id, self->now_ms);
    for (int i = 0; i < 2; i++)
        s_refused (self, receipts[i], ZP_FAILED_PRECONDITION);
    core_fixture_destroy (&self);
}

static void
test_a_late_ack_counts_if_nobody_else_had_the_message (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_over (&receipt);
    assert_int_equal (core_ack (self, receipt), ZP_OK);
    assert_int_equal (core_log_count (self->log), 0);
    zp_queue_consumer_set_credit (self->consumers[0], 1);
    core_nothing (self);
    core_fixture_destroy (&self);
}

static void
test_a_nack_brings_the_message_back_behind_the_others (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_leased (&receipt);
    uint64_t other = core_put (self, "jobs", "");
    assert_int_equal (core_nack (self, receipt, 0), ZP_OK);
    assert_string_equal (core_record (self, receipt.id),
                         "jobs {\"acquired\":1,\"delivered\":1,\"epoch\":1}");
    zp_queue_consumer_set_credit (self->consumers[0], 10);
    assert_int_equal (core_take (self).id, other);
    assert_int_equal (core_take (self).id, receipt.id);
    core_fixture_destroy (&self);
}

static void
test_a_nack_may_have_a_delay (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_leased (&receipt);
    assert_int_equal (core_nack (self, receipt, 500), ZP_OK);
    assert_string_equal (core_record (self, receipt.id),
                         "jobs {\"acquired\":1,\"delayed_until_ms\":1000500,"
                         "\"delivered\":1,\"epoch\":1}");
    core_pass (self, 499);
    core_nothing (self);
    core_pass (self, 1);
    assert_int_equal (core_take (self).id, receipt.id);
    core_fixture_destroy (&self);
}

static void
test_a_nack_that_is_said_twice_counts_once (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_leased (&receipt);
    assert_int_equal (core_nack (self, receipt, 500), ZP_OK);
    assert_int_equal (core_nack (self, receipt, 600), ZP_OK);
    zp_queue_view_t view =
        core_look (self, "jobs", receipt.id, ZP_QUEUE_DELAYED);
    assert_int_equal (view.delivered, 1);
    assert_int_equal (view.due_ms, CORE_START_MS + 600);
    core_fixture_destroy (&self);
}

static void
test_a_late_nack_does_not_count_again (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_over (&receipt);
    assert_int_equal (core_nack (self, receipt, 500), ZP_OK);
    assert_int_equal (
        core_look (self, "jobs", receipt.id, ZP_QUEUE_DELAYED).delivered, 1);
    core_fixture_destroy (&self);
}

static void
test_the_last_nack_kills_whatever_its_delay (void **state)
{
    (void) state;
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    options.delivery_limit = 1;
    core_fixture_t *self = core_fixture_new (&options);
    core_consumer (self, "jobs", 1);
    core_put (self, "jobs", "");
    zp_queue_receipt_t receipt = core_take (self);
    assert_int_equal (core_nack (self, receipt, 500), ZP_OK);
    core_look (self, "jobs.dead", receipt.id, ZP_QUEUE_READY);
    //  It belongs to those who take from there now
    s_refused (self, receipt, ZP_FAILED_PRECONDITION);
    core_consumer (self, "jobs.dead", 1);
    zp_queue_receipt_t later = core_take (self);
    assert_int_equal (later.acquired, 2);
    s_refused (self, receipt, ZP_FAILED_PRECONDITION);
    assert_int_equal (core_ack (self, later), ZP_OK);
    core_fixture_destroy (&self);
}

static void
test_a_touch_lengthens_the_lease (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_leased (&receipt);
    core_pass (self, 20000);
    assert_int_equal (core_touch (self, receipt, 0), ZP_OK);
    assert_string_equal (core_record (self, receipt.id),
                         "jobs {\"acquired\":1,\"epoch\":1,"
                         "\"leased_until_ms\":1050000}");
    assert_int_equal (zp_queue_consumer_held (self->consumers[0]), 1);
    core_pass (self, 20000);
    assert_int_equal (core_touch (self, receipt, 100000), ZP_OK);
    core_pass (self, 99999);
    core_look (self, "jobs", receipt.id, ZP_QUEUE_LEASED);
    core_pass (self, 1);
    zp_queue_view_t view = core_look (self, "jobs", receipt.id, ZP_QUEUE_READY);
    assert_int_equal (view.delivered, 1);
    assert_int_equal (view.acquired, 1);
    core_fixture_destroy (&self);
}

static void
test_a_touch_may_shorten_the_lease (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_leased (&receipt);
    assert_int_equal (core_touch (self, receipt, 1), ZP_OK);
    core_pass (self, 1);
    core_look (self, "jobs", receipt.id, ZP_QUEUE_READY);
    core_fixture_destroy (&self);
}

static void
test_a_late_touch_takes_the_message_again (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_over (&receipt);
    assert_int_equal (core_touch (self, receipt, 0), ZP_OK);
    zp_queue_consumer_set_credit (self->consumers[0], 10);
    core_nothing (self);
    assert_int_equal (zp_queue_consumer_held (self->consumers[0]), 0);
    core_look (self, "jobs", receipt.id, ZP_QUEUE_LEASED);
    assert_int_equal (core_ack (self, receipt), ZP_OK);
    core_fixture_destroy (&self);
}

static void
test_a_buried_message_waits_for_a_person (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_leased (&receipt);
    assert_int_equal (core_bury (self, receipt, "odd \"input\""), ZP_OK);
    assert_string_equal (core_record (self, receipt.id),
                         "jobs {\"acquired\":1,\"buried\":true,\"epoch\":1,"
                         "\"why\":\"odd \\\"input\\\"\"}");
    core_pass (self, 10 * self->options.lease_ms);
    core_nothing (self);
    core_look (self, "jobs", receipt.id, ZP_QUEUE_BURIED);
    s_refused (self, receipt, ZP_FAILED_PRECONDITION);
    core_fixture_destroy (&self);
}

static void
test_a_message_may_be_buried_late (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_over (&receipt);
    assert_int_equal (core_bury (self, receipt, ""), ZP_OK);
    core_look (self, "jobs", receipt.id, ZP_QUEUE_BURIED);
    core_fixture_destroy (&self);
}

static void
test_the_longest_reason_fits (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_leased (&receipt);
    char why[ZP_QUEUE_WHY_MAX];
    memset (why, 1, sizeof why);  // Six bytes each in JSON
    assert_int_equal (zp_queue_core_bury (self->core, &receipt,
                                          (zp_span_t){why, sizeof why},
                                          self->now_ms),
                      ZP_OK);
    core_restart (self, 0);
    core_look (self, "jobs", receipt.id, ZP_QUEUE_BURIED);
    core_fixture_destroy (&self);
}

static void
s_out_of_range (core_fixture_t *self, zp_status_t status)
{
    assert_int_equal (status, ZP_INVALID_ARGUMENT);
    assert_int_equal (zp_queue_core_status (self->core), ZP_INVALID_ARGUMENT);
    assert_int_equal (core_log_written (self->log), 1);
}

static void
test_an_answer_out_of_range_changes_nothing (void **state)
{
    (void) state;
    zp_queue_receipt_t receipt;
    core_fixture_t *self = s_leased (&receipt);
    s_out_of_range (self, core_nack (self, receipt, -1));
    s_out_of_range (self, core_nack (self, receipt, ZP_QUEUE_MS_MAX + 1));
    s_out_of_range (self, core_touch (self, receipt, -1));
    s_out_of_range (
        self, core_touch (self, receipt, (int64_t) ZP_QUEUE_LEASE_MS_MAX + 1));
    s_out_of_range (self, core_bury (self, receipt, "\xff"));
    char why[ZP_QUEUE_WHY_MAX + 2] = "";
    memset (why, 'x', ZP_QUEUE_WHY_MAX + 1);
    s_out_of_range (self, core_bury (self, receipt, why));
    zp_queue_view_t view =
        core_look (self, "jobs", receipt.id, ZP_QUEUE_LEASED);
    assert_int_equal (view.due_ms, CORE_START_MS + self->options.lease_ms);
    core_fixture_destroy (&self);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_what_is_acked_is_gone),
        cmocka_unit_test (test_an_ack_makes_room_for_the_next),
        cmocka_unit_test (test_a_stale_receipt_is_refused),
        cmocka_unit_test (test_a_forged_receipt_is_refused),
        cmocka_unit_test (test_nobody_has_a_message_that_was_never_leased),
        cmocka_unit_test (
            test_a_late_ack_counts_if_nobody_else_had_the_message),
        cmocka_unit_test (
            test_a_nack_brings_the_message_back_behind_the_others),
        cmocka_unit_test (test_a_nack_may_have_a_delay),
        cmocka_unit_test (test_a_nack_that_is_said_twice_counts_once),
        cmocka_unit_test (test_a_late_nack_does_not_count_again),
        cmocka_unit_test (test_the_last_nack_kills_whatever_its_delay),
        cmocka_unit_test (test_a_touch_lengthens_the_lease),
        cmocka_unit_test (test_a_touch_may_shorten_the_lease),
        cmocka_unit_test (test_a_late_touch_takes_the_message_again),
        cmocka_unit_test (test_a_buried_message_waits_for_a_person),
        cmocka_unit_test (test_a_message_may_be_buried_late),
        cmocka_unit_test (test_the_longest_reason_fits),
        cmocka_unit_test (test_an_answer_out_of_range_changes_nothing),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
