//  SPDX-License-Identifier: MIT
//
//  One message with one worker: reserve, ack, nack, touch, bury, kick, the
//  dead-letter queue, and what comes of it when the broker starts again.

#include "taker.h"

#define NOBODY "no message is ready in jobs"

static void
test_without_patience_reserve_says_at_once_that_there_is_none (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_refused (self, ZP_NOT_FOUND, NOBODY, "queue.reserve", "jobs",
                     "{\"wait_ms\":0}");
}

static void
test_reserve_waits_for_wait_ms (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    int64_t start_ms = zclock_mono ();
    fixture_refused (self, ZP_NOT_FOUND, NOBODY, "queue.reserve", "jobs",
                     "{\"wait_ms\":150}");
    assert_true (zclock_mono () - start_ms >= 150);
}

static void
test_reserve_waits_a_little_less_than_the_caller (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    answer_t *answer = &self->answer;
    zp_call_t call = {.method = "queue.reserve",
                      .args = &(zp_span_t){"jobs", 4},
                      .count = 1,
                      .timeout_ms = 2000,
                      .fn = answer_note,
                      .arg = answer};
    assert_int_equal (zp_client_start (self->client, &call, NULL), ZP_OK);
    int64_t start_ms = zclock_mono ();
    test_until (self->loop, answer->ended);
    assert_int_equal (answer->status, ZP_NOT_FOUND);
    assert_true (zclock_mono () - start_ms >= 1800);
}

static void
test_a_message_that_comes_meanwhile_is_handed_out_at_once (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    answer_t waiting[2] = {{.ended = 0}, {.ended = 0}};
    zp_span_t args[] = {{"jobs", 4}, {"{\"wait_ms\":20000}", 17}};
    for (int i = 0; i < 2; i++)
        fixture_begin (self, "queue.reserve", args, 2, &waiting[i]);
    assert_int_equal (fixture_stat (self, "jobs", "consumers"), 2);
    fixture_put (self, "jobs", 1, 2);
    //  In the order in which they came
    for (int i = 0; i < 2; i++) {
        test_until (self->loop, waiting[i].ended);
        assert_string_equal (waiting[i].part[1], i ? "2" : "1");
        answer_clear (&waiting[i]);
    }
    assert_int_equal (fixture_stat (self, "jobs", "consumers"), 0);
}

//  An attempt of a call that a client makes again when it hears nothing
static void
s_send_attempt (fixture_t *self, peer_t *peer, uint8_t attempt)
{
    zp_envelope_t envelope = peer_envelope (7);
    envelope.attempt = attempt;
    zp_span_t parts[] = {
        {"queue.reserve", 13}, {"jobs", 4}, {"{\"wait_ms\":3600000}", 19}};
    peer_send_open (peer, NULL, &envelope, parts, 3);
    //  It has come when this has
    size_t before = peer_count (peer);
    peer_request (peer, 100 + attempt, "zp.ping", "");
    test_until (self->loop, peer_count (peer) > before);
}

static void
test_a_reserve_that_is_sent_again_takes_one_message_only (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    peer_t *peer = peer_new_caller (self->loop, self->endpoint);
    for (uint8_t attempt = 1; attempt <= 3; attempt++)
        s_send_attempt (self, peer, attempt);
    assert_int_equal (fixture_stat (self, "jobs", "consumers"), 1);
    fixture_put (self, "jobs", 1, 3);
    //  Three pings, and the message for the third attempt
    test_until (self->loop, peer_count (peer) == 4);
    assert_int_equal (peer_letter (peer, 3)->envelope.attempt, 3);
    assert_true (letter_says (peer_letter (peer, 3), 1, "1"));
    assert_int_equal (fixture_stat (self, "jobs", "leased"), 1);
    peer_destroy (&peer);
}

static void
test_a_put_that_waits_for_the_disk_when_the_broker_ends_is_not_denied (
    void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    //  Taken by the broker, and its journal not asked yet what came of it
    taker_t *taker = taker_new (self, "jobs", "{\"credit\":1}", 0);
    test_until (self->loop, taker_beats (taker) == 1);
    taker_call (taker, 0, "queue.put", "jobs", "x", NULL);
    zp_journal_t *journal = zp_queue_broker_journal (self->broker);
    while (zp_journal_position (journal) == 0)
        test_turn (self->loop);
    zp_queue_broker_destroy (&self->broker);
    test_until (self->loop, taker_ends (taker) == 2);
    const letter_t *end = taker_end (taker, 0);
    if (end->envelope.serial != 2)
        end = taker_end (taker, 1);
    //  UNAVAILABLE would say that it was not done
    if (end->envelope.status != ZP_OK) {
        assert_int_equal (end->envelope.status, ZP_UNKNOWN);
        assert_true (letter_says (end, 0,
                                  "whether it is kept is not known: the "
                                  "broker has ended"));
    }
    taker_destroy (&taker);
    fixture_start (self);
    assert_int_equal (fixture_stat (self, "jobs", "ready"), 1);
}

static void
test_what_is_acked_is_gone_also_after_a_restart (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 3);
    fixture_reserve (self, "jobs", "1");
    const char *receipt = fixture_reserve (self, "jobs", "2");
    fixture_expect (self, "1", "queue.ack", receipt);
    fixture_start (self);
    fixture_reserve (self, "jobs", "1");
    fixture_reserve (self, "jobs", "3");
    fixture_refused (self, ZP_NOT_FOUND, NOBODY, "queue.reserve", "jobs",
                     "{\"wait_ms\":0}");
}

static void
test_a_lease_that_runs_out_brings_the_message_back (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_expect (self, "1", "queue.put", "jobs", "x", "{\"lease_ms\":150}");
    int64_t start_ms = zclock_mono ();
    char first[64];
    strcpy (first, fixture_reserve (self, "jobs", "x"));
    assert_string_equal (first, "1:1:1");
    assert_int_equal (fixture_ask (self, "queue.reserve", "jobs",
                                   "{\"wait_ms\":20000}", NULL),
                      ZP_OK);
    assert_true (zclock_mono () - start_ms >= 150);
    assert_string_equal (self->answer.part[0], "1:2:1");
    assert_string_equal (self->answer.part[1], "x");
    fixture_refused (self, ZP_FAILED_PRECONDITION,
                     "1:1:1 is not yours any more", "queue.ack", first);
    fixture_expect (self, "1", "queue.ack", "1:2:1");
    fixture_refused (self, ZP_FAILED_PRECONDITION, "1:2:1 is gone", "queue.ack",
                     "1:2:1");
}

static void
test_a_late_ack_counts_while_nobody_else_has_the_message (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_expect (self, "1", "queue.put", "jobs", "x", "{\"lease_ms\":1}");
    fixture_reserve (self, "jobs", "x");
    test_until (self->loop, fixture_stat (self, "jobs", "ready") == 1);
    fixture_expect (self, "1", "queue.ack", "1:1:1");
    assert_int_equal (fixture_stat (self, "jobs", "ready"), 0);
}

static void
test_touch_makes_a_lease_last (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_expect (self, "1", "queue.put", "jobs", "x", "{\"lease_ms\":300}");
    fixture_reserve (self, "jobs", "x");
    int64_t start_ms = zclock_mono ();
    while (zclock_mono () - start_ms < 700) {
        fixture_expect (self, "1", "queue.touch", "1:1:1");
        assert_int_equal (fixture_stat (self, "jobs", "leased"), 1);
    }
    //  As long as it says, once
    fixture_expect (self, "1", "queue.touch", "1:1:1",
                    "{\"lease_ms\":3600000}");
    assert_int_equal (
        fixture_ask (self, "queue.reserve", "jobs", "{\"wait_ms\":400}", NULL),
        ZP_NOT_FOUND);
    fixture_expect (self, "1", "queue.touch", "1:1:1", "{\"lease_ms\":1}");
    assert_int_equal (fixture_ask (self, "queue.reserve", "jobs",
                                   "{\"wait_ms\":20000}", NULL),
                      ZP_OK);
    assert_string_equal (self->answer.part[0], "1:2:1");
}

static void
test_nack_brings_a_message_back_at_once_or_later (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 1);
    fixture_expect (self, "1", "queue.nack",
                    fixture_reserve (self, "jobs", "1"));
    assert_string_equal (fixture_reserve (self, "jobs", "1"), "1:2:1");
    int64_t start_ms = zclock_mono ();
    fixture_expect (self, "1", "queue.nack", "1:2:1", "{\"delay_ms\":200}");
    assert_int_equal (fixture_stat (self, "jobs", "delayed"), 1);
    fixture_refused (self, ZP_FAILED_PRECONDITION,
                     "1:1:1 is not yours any more", "queue.nack", "1:1:1");
    assert_int_equal (fixture_ask (self, "queue.reserve", "jobs",
                                   "{\"wait_ms\":20000}", NULL),
                      ZP_OK);
    assert_true (zclock_mono () - start_ms >= 200);
    assert_string_equal (self->answer.part[0], "1:3:1");
    assert_int_equal (fixture_stat (self, "jobs", "returned"), 2);
}

static void
test_what_is_buried_waits_until_it_is_kicked (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 3);
    for (int i = 1; i <= 3; i++) {
        char body[2] = {(char) ('0' + i), 0};
        const char *receipt = fixture_reserve (self, "jobs", body);
        fixture_expect (self, "1", "queue.bury", receipt,
                        "{\"why\":\"no such film\"}");
    }
    assert_int_equal (fixture_stat (self, "jobs", "buried"), 3);
    fixture_refused (self, ZP_FAILED_PRECONDITION,
                     "1:1:1 is not yours any more", "queue.ack", "1:1:1");
    fixture_start (self);
    assert_int_equal (fixture_stat (self, "jobs", "buried"), 3);
    assert_int_equal (fixture_ask (self, "queue.peek", "jobs",
                                   "{\"state\":\"buried\",\"count\":1}", NULL),
                      ZP_OK);
    assert_non_null (strstr (self->answer.part[0], "\"why\":\"no such film\""));
    fixture_expect (self, "1", "queue.kick", "jobs", "{\"count\":1}");
    fixture_reserve (self, "jobs", "1");
    fixture_expect (self, "2", "queue.kick", "jobs");
    fixture_reserve (self, "jobs", "2");
    fixture_reserve (self, "jobs", "3");
    fixture_expect (self, "0", "queue.kick", "jobs");
}

static void
test_what_is_released_comes_back_first_and_was_not_delivered_in_vain (
    void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 3);
    fixture_reserve (self, "jobs", "1");
    fixture_reserve (self, "jobs", "2");
    fixture_expect (self, "2", "queue.release", "2:1:1 1:1:1");
    assert_int_equal (fixture_stat (self, "jobs", "returned"), 0);
    fixture_refused (self, ZP_FAILED_PRECONDITION,
                     "1:1:1 is not yours any more", "queue.release", "1:1:1");
    assert_string_equal (fixture_reserve (self, "jobs", "1"), "1:2:1");
    assert_string_equal (fixture_reserve (self, "jobs", "2"), "2:2:1");
    assert_int_equal (fixture_ask (self, "queue.peek", "jobs",
                                   "{\"state\":\"leased\"}", NULL),
                      ZP_OK);
    assert_non_null (strstr (self->answer.part[0], "\"delivered\":0"));
}

static void
test_at_the_delivery_limit_a_message_goes_to_the_dead_and_comes_back (
    void **state)
{
    fixture_t *self = *state;
    self->options.queue.delivery_limit = 2;
    fixture_start (self);
    fixture_expect (self, "1", "queue.put", "jobs", "cursed");
    for (int i = 0; i < 2; i++)
        fixture_expect (self, "1", "queue.nack",
                        fixture_reserve (self, "jobs", "cursed"));
    assert_int_equal (fixture_stat (self, "jobs", "ready"), 0);
    assert_int_equal (fixture_stat (self, "jobs", "dead"), 1);
    assert_int_equal (fixture_stat (self, "jobs.dead", "ready"), 1);
    fixture_start (self);
    assert_int_equal (fixture_stat (self, "jobs.dead", "ready"), 1);
    assert_int_equal (fixture_ask (self, "queue.peek", "jobs.dead", NULL),
                      ZP_OK);
    assert_non_null (strstr (self->answer.part[0], "\"from\":\"jobs\""));
    assert_string_equal (self->answer.part[1], "cursed");
    fixture_expect (self, "1", "queue.kick", "jobs.dead");
    //  With as many tries as at first, and it can be worked off like any other
    fixture_expect (self, "1", "queue.nack",
                    fixture_reserve (self, "jobs", "cursed"));
    fixture_expect (self, "1", "queue.ack",
                    fixture_reserve (self, "jobs", "cursed"));
    assert_int_equal (fixture_stat (self, "jobs.dead", "ready"), 0);
}

static void
test_the_dead_can_be_worked_off_where_they_are (void **state)
{
    fixture_t *self = *state;
    self->options.queue.delivery_limit = 1;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 1);
    fixture_expect (self, "1", "queue.nack",
                    fixture_reserve (self, "jobs", "1"));
    fixture_expect (self, "1", "queue.ack",
                    fixture_reserve (self, "jobs.dead", "1"));
    assert_int_equal (fixture_stat (self, "jobs.dead", "ready"), 0);
}

//  Receipts

static void
test_of_several_receipts_those_that_count_are_done_and_the_others_told (
    void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 4);
    for (int i = 1; i <= 4; i++) {
        char body[2] = {(char) ('0' + i), 0};
        fixture_reserve (self, "jobs", body);
    }
    fixture_expect (self, "2", "queue.ack", "  1:1:1\n2:1:1 ");
    assert_int_equal (
        fixture_ask (self, "queue.ack", "1:1:1 3:1:1 4:7:1 4:1:1 what", NULL),
        ZP_OK);
    assert_int_equal (self->answer.count, 2);
    assert_string_equal (self->answer.part[0], "2");
    assert_string_equal (
        self->answer.part[1],
        "1:1:1 is gone, 4:7:1 is not yours any more, what is no receipt");
    fixture_refused (self, ZP_FAILED_PRECONDITION,
                     "3:1:1 is gone, 4:1:1 is gone", "queue.ack",
                     "3:1:1 4:1:1");
    assert_int_equal (fixture_stat (self, "jobs", "acked"), 4);
}

static void
test_no_receipt_at_all_is_refused (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    static const char *const methods[] = {"ack", "nack", "touch", "bury"};
    for (int i = 0; i < 4; i++) {
        char method[20], usage[80];
        snprintf (method, sizeof method, "queue.%s", methods[i]);
        snprintf (usage, sizeof usage, "use: %s RECEIPTS%s", method,
                  i ? " [OPTIONS]" : "");
        fixture_refused (self, ZP_INVALID_ARGUMENT, usage, method);
        fixture_refused (self, ZP_INVALID_ARGUMENT, usage, method, "");
        fixture_refused (self, ZP_INVALID_ARGUMENT, usage, method, " \n ");
    }
}

static void
test_a_thousand_receipts_at_once (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_put (self, "jobs", 0, 1000);
    char *receipts = zmalloc (1000 * ZP_QUEUE_RECEIPT_MAX);
    for (int i = 0; i < 1000; i++) {
        char body[16];
        snprintf (body, sizeof body, "%d", i);
        strcat (receipts, fixture_reserve (self, "jobs", body));
        strcat (receipts, " ");
    }
    fixture_expect (self, "1000", "queue.ack", receipts);
    //  What is said of so many is cut somewhere, and does no harm
    assert_int_equal (fixture_ask (self, "queue.ack", receipts, NULL),
                      ZP_FAILED_PRECONDITION);
    assert_non_null (strstr (self->answer.text, "1:1:1 is gone, 2:1:1 is"));
    free (receipts);
}

//  After a restart of the broker

static void
test_a_worker_that_outlives_the_broker_can_ack (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 2);
    fixture_reserve (self, "jobs", "1");
    fixture_start (self);
    fixture_expect (self, "1", "queue.ack", "1:1:1");
    fixture_start (self);
    fixture_reserve (self, "jobs", "2");
    assert_int_equal (fixture_stat (self, "jobs", "ready"), 0);
    assert_int_equal (fixture_stat (self, "jobs", "leased"), 1);
}

static void
test_a_receipt_of_the_former_broker_is_stale_when_another_has_followed (
    void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 1);
    fixture_reserve (self, "jobs", "1");
    fixture_start (self);
    const char *receipt = fixture_reserve (self, "jobs", "1");
    assert_string_not_equal (receipt, "1:1:1");
    fixture_refused (self, ZP_FAILED_PRECONDITION,
                     "1:1:1 is not yours any more", "queue.ack", "1:1:1");
    fixture_expect (self, "1", "queue.ack", receipt);
}

static void
test_a_lease_that_is_on_disk_holds_over_a_restart (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 1);
    fixture_reserve (self, "jobs", "1");
    fixture_expect (self, "1", "queue.touch", "1:1:1",
                    "{\"lease_ms\":3600000}");
    fixture_start (self);
    assert_int_equal (fixture_stat (self, "jobs", "leased"), 1);
    fixture_refused (self, ZP_NOT_FOUND, NOBODY, "queue.reserve", "jobs",
                     "{\"wait_ms\":0}");
    fixture_expect (self, "1", "queue.nack", "1:1:1");
    fixture_reserve (self, "jobs", "1");
}

static void
test_a_lease_of_some_age_is_on_disk (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 1);
    fixture_reserve (self, "jobs", "1");
    zp_journal_t *journal = zp_queue_broker_journal (self->broker);
    uint64_t before = zp_journal_position (journal);
    test_until (self->loop, zp_journal_position (journal) > before);
    fixture_start (self);
    assert_int_equal (fixture_stat (self, "jobs", "leased"), 1);
}

static void
test_the_counts_of_deliveries_survive_a_restart (void **state)
{
    fixture_t *self = *state;
    self->options.queue.delivery_limit = 3;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 1);
    for (int i = 0; i < 2; i++) {
        fixture_expect (self, "1", "queue.nack",
                        fixture_reserve (self, "jobs", "1"));
        fixture_start (self);
    }
    assert_int_equal (fixture_ask (self, "queue.peek", "jobs", NULL), ZP_OK);
    assert_non_null (strstr (self->answer.part[0], "\"acquired\":2"));
    assert_non_null (strstr (self->answer.part[0], "\"delivered\":2"));
    fixture_expect (self, "1", "queue.nack",
                    fixture_reserve (self, "jobs", "1"));
    assert_int_equal (fixture_stat (self, "jobs.dead", "ready"), 1);
}

static void
test_wrong_options_of_verbs_are_refused_and_change_nothing (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_put (self, "jobs", 1, 1);
    fixture_reserve (self, "jobs", "1");
    fixture_refused (self, ZP_INVALID_ARGUMENT, "use: queue.ack RECEIPTS",
                     "queue.ack", "1:1:1", "{}");
    fixture_refused (self, ZP_INVALID_ARGUMENT,
                     "queue.nack: 'delay_ms' must be an integer from 0 to "
                     "31536000000",
                     "queue.nack", "1:1:1", "{\"delay_ms\":-1}");
    fixture_refused (self, ZP_INVALID_ARGUMENT,
                     "queue.touch: 'lease_ms' must be an integer from 0 to "
                     "2147483647",
                     "queue.touch", "1:1:1", "{\"lease_ms\":-1}");
    fixture_refused (self, ZP_INVALID_ARGUMENT,
                     "queue.bury: no option 'because' here; there are: why",
                     "queue.bury", "1:1:1", "{\"because\":\"\"}");
    char why[600] = "{\"why\":\"";
    memset (why + 8, 'x', 513);
    strcpy (why + 8 + 513, "\"}");
    fixture_refused (self, ZP_INVALID_ARGUMENT,
                     "queue.bury: 'why' must be a text of at most 512 bytes",
                     "queue.bury", "1:1:1", why);
    strcpy (why + 8 + 512, "\"}");
    fixture_expect (self, "1", "queue.bury", "1:1:1", why);
}

static void
test_wrong_options_of_reserve_are_refused (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_refused (self, ZP_INVALID_ARGUMENT,
                     "use: queue.reserve QUEUE [OPTIONS]", "queue.reserve");
    fixture_refused (self, ZP_INVALID_ARGUMENT,
                     "queue.reserve: 'credit' must be an integer from 0 to "
                     "100000",
                     "queue.reserve", "jobs", "{\"credit\":-1}");
    fixture_refused (self, ZP_INVALID_ARGUMENT,
                     "queue.reserve: 'wait_ms' must be an integer from 0 to "
                     "31536000000",
                     "queue.reserve", "jobs", "{\"wait_ms\":-1}");
    fixture_expect (self, "[]", "queue.list");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (
            test_without_patience_reserve_says_at_once_that_there_is_none),
        fixture_test (test_reserve_waits_for_wait_ms),
        fixture_test (test_reserve_waits_a_little_less_than_the_caller),
        fixture_test (
            test_a_message_that_comes_meanwhile_is_handed_out_at_once),
        fixture_test (test_a_reserve_that_is_sent_again_takes_one_message_only),
        fixture_test (
            test_a_put_that_waits_for_the_disk_when_the_broker_ends_is_not_denied),
        fixture_test (test_what_is_acked_is_gone_also_after_a_restart),
        fixture_test (test_a_lease_that_runs_out_brings_the_message_back),
        fixture_test (test_a_late_ack_counts_while_nobody_else_has_the_message),
        fixture_test (test_touch_makes_a_lease_last),
        fixture_test (test_nack_brings_a_message_back_at_once_or_later),
        fixture_test (test_what_is_buried_waits_until_it_is_kicked),
        fixture_test (
            test_what_is_released_comes_back_first_and_was_not_delivered_in_vain),
        fixture_test (
            test_at_the_delivery_limit_a_message_goes_to_the_dead_and_comes_back),
        fixture_test (test_the_dead_can_be_worked_off_where_they_are),
        fixture_test (
            test_of_several_receipts_those_that_count_are_done_and_the_others_told),
        fixture_test (test_no_receipt_at_all_is_refused),
        fixture_test (test_a_thousand_receipts_at_once),
        fixture_test (test_a_worker_that_outlives_the_broker_can_ack),
        fixture_test (
            test_a_receipt_of_the_former_broker_is_stale_when_another_has_followed),
        fixture_test (test_a_lease_that_is_on_disk_holds_over_a_restart),
        fixture_test (test_a_lease_of_some_age_is_on_disk),
        fixture_test (test_the_counts_of_deliveries_survive_a_restart),
        fixture_test (
            test_wrong_options_of_verbs_are_refused_and_change_nothing),
        fixture_test (test_wrong_options_of_reserve_are_refused),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
