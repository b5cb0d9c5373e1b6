//  SPDX-License-Identifier: MIT
//
//  Bodies that are not kept in memory are read from disk when they are
//  delivered, and nobody sees the difference.

#include "taker.h"

#define BODY 1000  // Bytes of each

//  Put messages of BODY bytes that begin with their numbers
static void
s_put (fixture_t *self, int first, int count)
{
    answer_t answer = {.ended = 0};
    char body[BODY];
    for (int i = first; i < first + count; i++) {
        memset (body, '.', sizeof body);
        body[snprintf (body, sizeof body, "%d", i)] = ' ';
        zp_span_t args[] = {{"jobs", 4}, {body, sizeof body}};
        if (i > first)
            test_until (self->loop, answer.ended);
        fixture_begin (self, "queue.put", args, 2, &answer);
    }
    test_until (self->loop, answer.ended);
    answer_clear (&answer);
}

//  Expect these next ones, whole and in order, and ack them
static void
s_expect (taker_t *taker, int first, int count)
{
    for (int i = first; i < first + count; i++) {
        test_until (taker->fixture->loop, (int) taker_count (taker) > i);
        const letter_t *message = taker_message (taker, (size_t) i);
        assert_int_equal (message->part[1].size, BODY);
        assert_int_equal (atoi (taker_text (message, 1)), i);
        fixture_expect (taker->fixture, "1", "queue.ack",
                        taker_text (message, 0));
    }
}

static uint64_t
s_fetches (fixture_t *self)
{
    zp_journal_stats_t stats;
    zp_journal_stats (zp_queue_broker_journal (self->broker), &stats);
    return stats.fetches;
}

static void
test_what_does_not_fit_into_memory_is_read_from_disk (void **state)
{
    fixture_t *self = *state;
    self->options.queue.memory_bytes = 3 * BODY;
    fixture_start (self);
    s_put (self, 0, 20);
    taker_t *taker = taker_new (self, "jobs", "{\"credit\":5}", 0);
    s_expect (taker, 0, 20);
    assert_int_equal (s_fetches (self), 17);
    taker_destroy (&taker);
}

static void
test_what_is_in_memory_does_not_overtake_what_is_on_disk (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    s_put (self, 0, 50);
    fixture_start (self);  // Now these are on disk only
    s_put (self, 50, 50);  // And these in memory
    taker_t *taker = taker_new (self, "jobs", "{\"credit\":100}", 0);
    s_expect (taker, 0, 100);
    taker_destroy (&taker);
}

static void
test_a_single_message_comes_from_disk_as_well (void **state)
{
    fixture_t *self = *state;
    self->options.queue.memory_bytes = 0;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 2);
    fixture_reserve (self, "jobs", "1");
    fixture_reserve (self, "jobs", "2");
    assert_int_equal (fixture_stat (self, "jobs", "consumers"), 0);
}

static void
test_who_has_gone_while_his_message_was_read_does_not_keep_it (void **state)
{
    fixture_t *self = *state;
    self->options.queue.memory_bytes = 0;
    self->options.queue.lease_ms = 3600000;
    fixture_start (self);
    s_put (self, 0, 200);
    taker_t *taker = taker_new (self, "jobs", "{\"credit\":100}", 0);
    taker_reserve (taker, "jobs", "{\"credit\":100}", 0);
    taker_cancel (taker);
    test_until (self->loop, fixture_stat (self, "jobs", "consumers") == 0);
    assert_int_equal (fixture_stat (self, "jobs", "ready"), 200);
    taker_destroy (&taker);
    taker = taker_new (self, "jobs", "{\"credit\":100}", 0);
    s_expect (taker, 0, 200);
    taker_destroy (&taker);
}

static void
test_what_is_purged_while_it_is_read_is_not_delivered (void **state)
{
    fixture_t *self = *state;
    self->options.queue.memory_bytes = 0;
    fixture_start (self);
    s_put (self, 0, 30);
    answer_t single = {.ended = 0};
    zp_span_t args[] = {{"jobs", 4}};
    taker_t *taker = taker_new (self, "jobs", "{\"credit\":10}", 0);
    fixture_begin (self, "queue.reserve", args, 1, &single);
    uint64_t before = s_fetches (self);
    int purged = 0;
    while (purged < 11) {
        fixture_ask (self, "queue.purge", "jobs", "{\"state\":\"leased\"}",
                     NULL);
        purged += atoi (self->answer.part[0]);
    }
    //  Whoever was first: in no case does it hang, or keep others waiting
    test_until (self->loop, single.ended);
    assert_true (single.status == ZP_OK || single.status == ZP_NOT_FOUND);
    assert_true (s_fetches (self) >= before);
    answer_clear (&single);
    test_until (self->loop, fixture_stat (self, "jobs", "consumers") == 1);
    taker_destroy (&taker);
}

static void
test_the_broker_can_end_while_it_reads (void **state)
{
    fixture_t *self = *state;
    self->options.queue.memory_bytes = 0;
    fixture_start (self);
    s_put (self, 0, 200);
    answer_t answers[20];
    memset (answers, 0, sizeof answers);
    zp_span_t args[] = {{"jobs", 4}, {"{\"count\":31}", 12}};
    for (int i = 0; i < 20; i++)
        fixture_begin (self, i % 2 ? "queue.peek" : "queue.reserve", args,
                       i % 2 ? 2 : 1, &answers[i]);
    taker_t *taker = taker_new (self, "jobs", "{\"credit\":100}", 0);
    uint64_t before = s_fetches (self);
    test_until (self->loop, s_fetches (self) > before);
    fixture_start (self);  // Ends the client, too, who tells of all calls
    for (int i = 0; i < 20; i++) {
        assert_int_equal (answers[i].ended, 1);
        answer_clear (&answers[i]);
    }
    taker_destroy (&taker);
    assert_int_equal (fixture_stat (self, "jobs", "ready") +
                          fixture_stat (self, "jobs", "leased"),
                      200);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_what_does_not_fit_into_memory_is_read_from_disk),
        fixture_test (test_what_is_in_memory_does_not_overtake_what_is_on_disk),
        fixture_test (test_a_single_message_comes_from_disk_as_well),
        fixture_test (
            test_who_has_gone_while_his_message_was_read_does_not_keep_it),
        fixture_test (test_what_is_purged_while_it_is_read_is_not_delivered),
        fixture_test (test_the_broker_can_end_while_it_reads),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
