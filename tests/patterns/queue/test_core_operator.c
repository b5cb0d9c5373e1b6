//  SPDX-License-Identifier: MIT
//
//  What an operator sees of queues, and does with them.

#include "core_fixture.h"

static zp_queue_t *
s_queue (core_fixture_t *self, const char *name)
{
    return zp_queue_core_find (self->core, core_span (name));
}

static size_t
s_kick (core_fixture_t *self, const char *name, size_t count)
{
    return zp_queue_kick (s_queue (self, name), count, self->now_ms);
}

//  A queue with three that are buried, and what their workers had got
static core_fixture_t *
s_buried (zp_queue_receipt_t receipts[3])
{
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 3);
    for (int i = 0; i < 3; i++) {
        core_put (self, "jobs", "body");
        receipts[i] = core_take (self);
        core_bury (self, receipts[i], "so");
    }
    core_nothing (self);
    return self;
}

//  One with three in its dead-letter queue
static core_fixture_t *
s_dead (zp_queue_receipt_t receipts[3])
{
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    options.delivery_limit = 1;
    core_fixture_t *self = core_fixture_new (&options);
    core_consumer (self, "jobs", 3);
    for (int i = 0; i < 3; i++) {
        core_put (self, "jobs", "body");
        receipts[i] = core_take (self);
        core_nack (self, receipts[i], 0);
    }
    core_nothing (self);
    return self;
}

static void
test_kicked_messages_are_ready_again_and_counted_anew (void **state)
{
    (void) state;
    zp_queue_receipt_t receipts[3];
    core_fixture_t *self = s_buried (receipts);
    assert_int_equal (s_kick (self, "jobs", 2), 2);
    assert_string_equal (core_record (self, receipts[0].id),
                         "jobs {\"acquired\":1,\"closed\":true,\"epoch\":1}");
    core_look (self, "jobs", receipts[2].id, ZP_QUEUE_BURIED);
    assert_int_equal (core_ack (self, receipts[0]), ZP_FAILED_PRECONDITION);
    zp_queue_receipt_t receipt = core_take (self);
    assert_int_equal (receipt.id, receipts[0].id);
    assert_int_equal (receipt.acquired, 2);
    assert_int_equal (core_take (self).id, receipts[1].id);
    core_nothing (self);
    assert_int_equal (s_kick (self, "jobs", 0), 1);
    assert_int_equal (s_kick (self, "jobs", 0), 0);
    core_fixture_destroy (&self);
}

static void
test_a_kick_leaves_other_messages_of_a_queue_alone (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_put (self, "jobs", "");
    core_put_as (self, "jobs", "",
                 (zp_queue_put_t){.delay_ms = 1000, .priority = -1});
    assert_int_equal (s_kick (self, "jobs", 0), 0);
    assert_int_equal (core_stats (self, "jobs").delayed, 1);
    assert_int_equal (core_log_written (self->log), 2);
    core_fixture_destroy (&self);
}

static void
test_dead_letters_are_kicked_back_to_where_they_came_from (void **state)
{
    (void) state;
    zp_queue_receipt_t receipts[3];
    core_fixture_t *self = s_dead (receipts);
    //  Of three one is leased, one delayed and one ready
    core_consumer (self, "jobs.dead", 2);
    zp_queue_receipt_t held = core_take (self);
    zp_queue_receipt_t delayed = core_take (self);
    core_nack (self, delayed, 1000);
    zp_queue_consumer_set_credit (self->consumers[1], 1);
    assert_int_equal (s_kick (self, "jobs.dead", 0), 2);
    core_look (self, "jobs.dead", held.id, ZP_QUEUE_LEASED);
    zp_queue_view_t view = core_look (self, "jobs", delayed.id, ZP_QUEUE_READY);
    assert_int_equal (view.delivered, 0);
    assert_int_equal (view.acquired, 2);
    assert_string_equal (core_record (self, delayed.id),
                         "jobs {\"acquired\":2,\"closed\":true,\"epoch\":1}");
    assert_int_equal (core_ack (self, delayed), ZP_FAILED_PRECONDITION);
    assert_int_equal (core_stats (self, "jobs").bytes, 8);
    assert_int_equal (core_stats (self, "jobs.dead").bytes, 4);
    core_fixture_destroy (&self);
}

static void
test_dead_letters_are_kicked_back_though_the_queue_is_full_or_gone (
    void **state)
{
    (void) state;
    zp_queue_receipt_t receipts[3];
    core_fixture_t *self = s_dead (receipts);
    self->options.max_queues = 1;
    self->options.max_messages = 1;
    self->options.max_bytes = 1;
    core_restart (self, 0);
    assert_null (s_queue (self, "jobs"));
    assert_int_equal (s_kick (self, "jobs.dead", 0), 3);
    assert_int_equal (core_stats (self, "jobs").ready, 3);
    core_restart (self, 0);
    assert_int_equal (core_stats (self, "jobs").ready, 3);
    core_fixture_destroy (&self);
}

static void
test_a_kick_of_nothing_makes_no_queue (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs.dead", 1);
    assert_int_equal (s_kick (self, "jobs.dead", 0), 0);
    assert_null (s_queue (self, "jobs"));
    core_fixture_destroy (&self);
}

//  One message in each state, and two are leased: one to nobody
static core_fixture_t *
s_one_of_each (void)
{
    core_fixture_t *self = core_fixture_new (NULL);
    zp_queue_consumer_t *gone = core_consumer (self, "jobs", 1);
    core_put (self, "jobs", "1");
    core_take (self);
    core_lose (self, gone, false);
    core_consumer (self, "jobs", 2);
    core_put (self, "jobs", "2");
    core_put (self, "jobs", "3");
    core_bury (self, core_take (self), "so");
    core_take (self);
    zp_queue_consumer_set_credit (self->consumers[1], 1);
    core_put (self, "jobs", "4");
    core_put_as (self, "jobs", "5",
                 (zp_queue_put_t){.delay_ms = 1000, .priority = -1});
    uint64_t id;
    assert_int_equal (
        core_try_put (self, "jobs", "6", (zp_queue_put_t){.priority = -1}, &id),
        ZP_OK);
    return self;
}

static void
test_figures_say_what_is_there_and_what_was (void **state)
{
    (void) state;
    core_fixture_t *self = s_one_of_each ();
    zp_queue_stats_t stats = core_stats (self, "jobs");
    assert_string_equal (stats.name, "jobs");
    assert_false (stats.paused);
    assert_int_equal (stats.ready, 1);
    assert_int_equal (stats.delayed, 1);
    assert_int_equal (stats.leased, 2);
    assert_int_equal (stats.buried, 1);
    assert_int_equal (stats.writing, 1);
    assert_int_equal (stats.consumers, 1);
    assert_int_equal (stats.bytes, 6);
    assert_int_equal (stats.put, 6);
    assert_int_equal (stats.acquired, 3);
    assert_int_equal (stats.acked, 0);
    assert_int_equal (stats.returned, 0);
    core_fixture_destroy (&self);
}

static void
s_purge (core_fixture_t *self, zp_queue_state_t state, size_t expected)
{
    size_t records = core_log_count (self->log);
    assert_int_equal (zp_queue_purge (s_queue (self, "jobs"), state), expected);
    assert_int_equal (core_log_count (self->log), records - expected);
    assert_int_equal (zp_queue_purge (s_queue (self, "jobs"), state), 0);
}

static void
test_each_state_is_purged_by_itself (void **state)
{
    (void) state;
    core_fixture_t *self = s_one_of_each ();
    s_purge (self, ZP_QUEUE_WRITING, 0);
    s_purge (self, ZP_QUEUE_READY, 1);
    s_purge (self, ZP_QUEUE_DELAYED, 1);
    s_purge (self, ZP_QUEUE_BURIED, 1);
    s_purge (self, ZP_QUEUE_LEASED, 2);
    assert_int_equal (zp_queue_consumer_held (self->consumers[1]), 0);
    assert_int_equal (core_stats (self, "jobs").bytes, 1);
    assert_int_equal (zp_queue_core_next_tick (self->core), INT64_MAX);
    zp_queue_core_written (self->core, 6, self->now_ms);
    assert_int_equal (core_take (self).id, 6);
    core_fixture_destroy (&self);
}

static void
test_a_purged_message_is_not_found (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    core_consumer (self, "jobs", 1);
    core_put (self, "jobs", "");
    zp_queue_receipt_t receipt = core_take (self);
    s_purge (self, ZP_QUEUE_LEASED, 1);
    assert_int_equal (core_ack (self, receipt), ZP_NOT_FOUND);
    core_fixture_destroy (&self);
}

static size_t
s_peek (core_fixture_t *self, zp_queue_state_t state, uint64_t after,
        uint64_t *ids, size_t room)
{
    zp_queue_view_t views[16];
    size_t count =
        zp_queue_peek (s_queue (self, "jobs"), state, after, views, room);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal (views[i].state, state);
        ids[i] = views[i].id;
    }
    return count;
}

static void
test_a_look_shows_ready_messages_in_the_order_of_delivery (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    static const int priorities[] = {4, 0, 9, 4, 5};
    for (int i = 0; i < 5; i++)
        core_put_as (self, "jobs", "",
                     (zp_queue_put_t){.priority = priorities[i]});
    uint64_t ids[16];
    assert_int_equal (s_peek (self, ZP_QUEUE_READY, 0, ids, 16), 5);
    static const uint64_t expected[] = {3, 5, 1, 4, 2};
    assert_memory_equal (ids, expected, sizeof expected);

    //  The same page by page
    assert_int_equal (s_peek (self, ZP_QUEUE_READY, 0, ids, 2), 2);
    assert_int_equal (s_peek (self, ZP_QUEUE_READY, ids[1], ids + 2, 2), 2);
    assert_int_equal (s_peek (self, ZP_QUEUE_READY, ids[3], ids + 4, 2), 1);
    assert_memory_equal (ids, expected, sizeof expected);
    assert_int_equal (s_peek (self, ZP_QUEUE_READY, ids[4], ids, 2), 0);
    core_fixture_destroy (&self);
}

static void
test_a_look_goes_on_only_from_what_is_still_there (void **state)
{
    (void) state;
    core_fixture_t *self = s_one_of_each ();
    core_put (self, "mail", "");
    uint64_t ids[16];
    assert_int_equal (s_peek (self, ZP_QUEUE_READY, 99, ids, 16), 0);
    assert_int_equal (s_peek (self, ZP_QUEUE_READY, 1, ids, 16), 0);
    assert_int_equal (s_peek (self, ZP_QUEUE_READY, 7, ids, 16), 0);
    assert_int_equal (s_peek (self, ZP_QUEUE_WRITING, 0, ids, 16), 0);
    assert_int_equal (s_peek (self, ZP_QUEUE_READY, 0, ids, 0), 0);
    core_fixture_destroy (&self);
}

static void
test_a_look_finds_what_anybody_has_or_had (void **state)
{
    (void) state;
    core_fixture_t *self = s_one_of_each ();
    core_consumer (self, "jobs", 0);
    core_consumer (self, "jobs", 1);
    core_take (self);
    uint64_t ids[16];
    assert_int_equal (s_peek (self, ZP_QUEUE_LEASED, 0, ids, 16), 3);
    static const uint64_t expected[] = {1, 3, 4};
    assert_memory_equal (ids, expected, sizeof expected);
    assert_int_equal (s_peek (self, ZP_QUEUE_LEASED, 1, ids, 1), 1);
    assert_int_equal (s_peek (self, ZP_QUEUE_LEASED, 3, ids + 1, 1), 1);
    assert_memory_equal (ids, expected + 1, 2 * sizeof *ids);
    assert_int_equal (s_peek (self, ZP_QUEUE_BURIED, 0, ids, 16), 1);
    assert_int_equal (ids[0], 2);
    assert_int_equal (s_peek (self, ZP_QUEUE_DELAYED, 0, ids, 16), 1);
    assert_int_equal (ids[0], 5);
    core_fixture_destroy (&self);
}

static void
test_queues_come_in_the_order_of_their_names (void **state)
{
    (void) state;
    core_fixture_t *self = core_fixture_new (NULL);
    static const char *const made[] = {"b", "ab", "a", "abc", "B", "b.dead"};
    static const char *const ordered[] = {"B", "a", "ab", "abc", "b", "b.dead"};
    for (int i = 0; i < 6; i++)
        core_consumer (self, made[i], 1);
    zp_queue_t *queue = NULL;
    for (int i = 0; i < 6; i++) {
        queue = zp_queue_core_queue (self->core, queue);
        zp_queue_stats_t stats;
        zp_queue_stats (queue, &stats);
        assert_string_equal (stats.name, ordered[i]);
        assert_ptr_equal (s_queue (self, ordered[i]), queue);
    }
    assert_null (zp_queue_core_queue (self->core, queue));
    assert_null (s_queue (self, "abcd"));
    assert_null (s_queue (self, ""));
    core_fixture_destroy (&self);
}

static void
test_states_have_words (void **state)
{
    (void) state;
    static const char *const words[] = {"ready", "delayed", "leased", "buried"};
    for (int i = 0; i < 4; i++) {
        zp_queue_state_t read;
        assert_true (zp_queue_state_parse (core_span (words[i]), &read));
        assert_int_equal (read, ZP_QUEUE_READY + i);
        assert_string_equal (zp_queue_state_name (read), words[i]);
    }
    static const char *const others[] = {"", "writing", "read", "readyy"};
    for (int i = 0; i < 4; i++) {
        zp_queue_state_t read = ZP_QUEUE_BURIED;
        assert_false (zp_queue_state_parse (core_span (others[i]), &read));
        assert_int_equal (read, ZP_QUEUE_BURIED);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (
            test_kicked_messages_are_ready_again_and_counted_anew),
        cmocka_unit_test (test_a_kick_leaves_other_messages_of_a_queue_alone),
        cmocka_unit_test (
            test_dead_letters_are_kicked_back_to_where_they_came_from),
        cmocka_unit_test (
            test_dead_letters_are_kicked_back_though_the_queue_is_full_or_gone),
        cmocka_unit_test (test_a_kick_of_nothing_makes_no_queue),
        cmocka_unit_test (test_figures_say_what_is_there_and_what_was),
        cmocka_unit_test (test_each_state_is_purged_by_itself),
        cmocka_unit_test (test_a_purged_message_is_not_found),
        cmocka_unit_test (
            test_a_look_shows_ready_messages_in_the_order_of_delivery),
        cmocka_unit_test (test_a_look_goes_on_only_from_what_is_still_there),
        cmocka_unit_test (test_a_look_finds_what_anybody_has_or_had),
        cmocka_unit_test (test_queues_come_in_the_order_of_their_names),
        cmocka_unit_test (test_states_have_words),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
