//  SPDX-License-Identifier: MIT
//
//  Whose turn it is, and which message comes next.

#include "core_fixture.h"

static uint64_t
s_put (core_fixture_t *self, const char *queue, int priority)
{
    return core_put_as (self, queue, "",
                        (zp_queue_put_t){.priority = priority});
}

static void
s_expect (core_fixture_t *self, const uint64_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal (core_take (self).id, ids[i]);
}

static void
test_the_higher_priority_goes_first_and_then_the_older_message (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    uint64_t low = s_put (self, "jobs", 0);
    uint64_t usual = s_put (self, "jobs", -1);
    uint64_t high = s_put (self, "jobs", 9);
    uint64_t same = s_put (self, "jobs", ZP_QUEUE_PRIORITY_DEFAULT);
    uint64_t above = s_put (self, "jobs", ZP_QUEUE_PRIORITY_DEFAULT + 1);
    core_consumer (self, "jobs", 10);
    s_expect (self, (uint64_t[]){high, above, usual, same, low}, 5);
    core_nothing (self);
    core_fixture_destroy (&self);
}

static void
test_a_low_priority_may_wait_for_ever (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 1);
    s_put (self, "jobs", 0);
    for (int i = 0; i < 1000; i++) {
        uint64_t id = s_put (self, "jobs", 1);
        zp_queue_receipt_t receipt = core_take (self);
        assert_int_equal (receipt.id, id);
        core_ack (self, receipt);
    }
    core_fixture_destroy (&self);
}

static void
test_with_ageing_each_so_manieth_is_the_oldest (void **state)
{
    (void) state;
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    options.age_every = 3;
    core_fixture_t *self = core_fixture_new (&options);
    core_consumer (self, "jobs", 1);
    uint64_t oldest[] = {s_put (self, "jobs", 5), s_put (self, "jobs", 0)};
    for (int i = 1; i <= 6; i++) {
        uint64_t id = s_put (self, "jobs", 9);
        zp_queue_receipt_t receipt = core_take (self);
        //  Of the others one was left over before
        assert_true (i == 3   ? receipt.id == oldest[0]
                     : i == 6 ? receipt.id == oldest[1]
                     : i > 3  ? receipt.id == id - 1
                              : receipt.id == id);
        core_ack (self, receipt);
    }
    core_fixture_destroy (&self);
}

static void
test_each_consumer_has_its_turn (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    zp_queue_consumer_t *consumers[3];
    for (int i = 0; i < 3; i++)
        consumers[i] = core_consumer (self, "jobs", 4);
    for (int i = 0; i < 12; i++)
        core_put (self, "jobs", "");
    for (int i = 0; i < 12; i++)
        assert_ptr_equal (core_delivery (self).consumer, consumers[i % 3]);
    core_nothing (self);
    core_fixture_destroy (&self);
}

static void
test_each_queue_has_its_turn (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    static const char *const names[] = {"c", "a", "b"};
    zp_queue_consumer_t *consumers[3];
    for (int i = 0; i < 3; i++) {
        consumers[i] = core_consumer (self, names[i], 100);
        for (int j = 0; j < 4 + 10 * i; j++)
            core_put (self, names[i], "");
    }
    for (int i = 0; i < 12; i++)
        assert_ptr_equal (core_delivery (self).consumer, consumers[i % 3]);
    for (int i = 0; i < 20; i++)
        assert_ptr_equal (core_delivery (self).consumer, consumers[1 + i % 2]);
    for (int i = 0; i < 10; i++)
        assert_ptr_equal (core_delivery (self).consumer, consumers[2]);
    core_nothing (self);
    core_fixture_destroy (&self);
}

static void
test_a_consumer_gets_no_more_than_its_credit (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    zp_queue_consumer_t *consumer = core_consumer (self, "jobs", 0);
    for (int i = 0; i < 5; i++)
        core_put (self, "jobs", "");
    core_nothing (self);
    zp_queue_consumer_set_credit (consumer, 2);
    assert_int_equal (zp_queue_consumer_credit (consumer), 2);
    core_take (self);
    zp_queue_receipt_t receipt = core_take (self);
    core_nothing (self);
    zp_queue_consumer_set_credit (consumer, 1);
    core_ack (self, receipt);
    core_nothing (self);
    assert_int_equal (zp_queue_consumer_held (consumer), 1);
    zp_queue_consumer_set_credit (consumer, 3);
    core_take (self);
    core_take (self);
    core_nothing (self);
    zp_queue_consumer_set_credit (consumer, -1);
    core_nothing (self);
    core_fixture_destroy (&self);
}

static void
test_a_consumer_knows_its_argument (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_put (self, "jobs", "");
    core_consumer (self, "jobs", 1);
    assert_ptr_equal (zp_queue_consumer_arg (core_delivery (self).consumer),
                      self);
    core_fixture_destroy (&self);
}

static void
test_a_consumer_may_wait_for_a_queue_to_come (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 1);
    core_consumer (self, "jobs.dead", 1);
    assert_int_equal (core_stats (self, "jobs").consumers, 1);
    uint64_t id = core_put (self, "jobs", "");
    assert_int_equal (core_take (self).id, id);
    core_fixture_destroy (&self);
}

static void
test_a_consumer_of_no_queue_is_refused (void **state)
{
    (void) state;
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    options.max_queues = 1;
    core_fixture_t *self = core_fixture_new (&options);
    assert_null (
        zp_queue_consumer_new (self->core, core_span ("a b"), 1, NULL));
    assert_int_equal (zp_queue_core_status (self->core), ZP_INVALID_ARGUMENT);
    core_consumer (self, "jobs", 1);
    assert_null (
        zp_queue_consumer_new (self->core, core_span ("mail"), 1, NULL));
    assert_int_equal (zp_queue_core_status (self->core), ZP_RESOURCE_EXHAUSTED);
    core_fixture_destroy (&self);
}

static void
test_a_paused_queue_hands_nothing_out (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 10);
    core_consumer (self, "mail", 10);
    uint64_t first = core_put (self, "jobs", "");
    zp_queue_t *queue = zp_queue_core_find (self->core, core_span ("jobs"));
    zp_queue_pause (queue, true);
    zp_queue_pause (queue, true);
    assert_true (core_stats (self, "jobs").paused);
    uint64_t second = core_put (self, "jobs", "");
    core_nothing (self);
    uint64_t other = core_put (self, "mail", "");
    assert_int_equal (core_take (self).id, other);
    zp_queue_pause (queue, false);
    zp_queue_pause (queue, false);
    assert_false (core_stats (self, "jobs").paused);
    s_expect (self, (uint64_t[]){first, second}, 2);
    //  Paused and resumed are a record that comes and goes
    assert_int_equal (core_log_count (self->log), 3);
    core_fixture_destroy (&self);
}

static void
test_a_queue_stays_paused_over_a_restart (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    uint64_t id = core_put (self, "jobs", "");
    zp_queue_t *queue = zp_queue_core_find (self->core, core_span ("jobs"));
    zp_queue_pause (queue, true);
    assert_string_equal (core_record (self, id + 1), "jobs {\"paused\":true}");
    core_restart (self, 0);
    core_consumer (self, "jobs", 1);
    core_nothing (self);
    assert_int_equal (core_stats (self, "jobs").ready, 1);
    queue = zp_queue_core_find (self->core, core_span ("jobs"));
    zp_queue_pause (queue, false);
    assert_int_equal (core_take (self).id, id);
    assert_string_equal (core_record (self, id + 1), "");
    core_fixture_destroy (&self);
}

static void
test_a_queue_that_nobody_uses_makes_room_for_another (void **state)
{
    (void) state;
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    options.max_queues = 5;
    core_fixture_t *self = core_fixture_new (&options);
    core_put (self, "has-messages", "");
    zp_queue_consumer_t *consumer = core_consumer (self, "has-consumers", 1);
    core_consumer (self, "is-idle", 1);
    core_lose (self, self->consumers[1], true);
    core_consumer (self, "is-paused", 1);
    core_lose (self, self->consumers[2], true);
    zp_queue_pause (zp_queue_core_find (self->core, core_span ("is-paused")),
                    true);
    zp_queue_put_t put = {.message_id = core_span ("a"), .priority = -1};
    core_consumer (self, "remembers", 1);
    core_put_as (self, "remembers", "", put);
    core_ack (self, core_take (self));
    core_lose (self, self->consumers[3], true);

    core_put (self, "new", "");
    assert_null (zp_queue_core_find (self->core, core_span ("is-idle")));
    uint64_t id;
    put = (zp_queue_put_t){.priority = -1};
    assert_int_equal (core_try_put (self, "newer", "", put, &id),
                      ZP_RESOURCE_EXHAUSTED);
    assert_non_null (strstr (zp_queue_core_error (self->core), "max_queues"));
    core_lose (self, consumer, true);
    core_put (self, "newer", "");
    core_pass (self, options.dedupe_ms + 1000);
    core_put (self, "newest", "");

    static const char *const names[] = {"has-messages", "is-paused", "new",
                                        "newer", "newest"};
    zp_queue_t *queue = NULL;
    for (int i = 0; i < 5; i++) {
        queue = zp_queue_core_queue (self->core, queue);
        zp_queue_stats_t stats;
        zp_queue_stats (queue, &stats);
        assert_string_equal (stats.name, names[i]);
    }
    assert_null (zp_queue_core_queue (self->core, queue));
    core_fixture_destroy (&self);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (
            test_the_higher_priority_goes_first_and_then_the_older_message),
        cmocka_unit_test (test_a_low_priority_may_wait_for_ever),
        cmocka_unit_test (test_with_ageing_each_so_manieth_is_the_oldest),
        cmocka_unit_test (test_each_consumer_has_its_turn),
        cmocka_unit_test (test_each_queue_has_its_turn),
        cmocka_unit_test (test_a_consumer_gets_no_more_than_its_credit),
        cmocka_unit_test (test_a_consumer_knows_its_argument),
        cmocka_unit_test (test_a_consumer_may_wait_for_a_queue_to_come),
        cmocka_unit_test (test_a_consumer_of_no_queue_is_refused),
        cmocka_unit_test (test_a_paused_queue_hands_nothing_out),
        cmocka_unit_test (test_a_queue_stays_paused_over_a_restart),
        cmocka_unit_test (test_a_queue_that_nobody_uses_makes_room_for_another),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
