//  SPDX-License-Identifier: MIT
//
//  Replies that come late, twice, to nobody, or are none: they are never taken
//  for what they are not.

#include "fixture.h"

//  A call whose first attempt was silent too long, and whose second one is out
static void
s_start_second_attempt (fixture_t *self)
{
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.attempt_timeout_ms = 300;
    options.max_attempts = 2;
    fixture_client (self, &options);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 2);
}

static void
test_a_late_result_of_an_earlier_attempt_is_taken (void **state)
{
    fixture_t *self = *state;
    s_start_second_attempt (self);
    peer_reply (self->service[0], 0, "late");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_string_equal (self->outcome.result, "late");
    assert_int_equal (self->outcome.attempts, 2);
    assert_int_equal (fixture_endpoint (self, 0).outstanding, 0);
}

static void
test_after_a_late_result_the_later_attempt_is_cancelled (void **state)
{
    fixture_t *self = *state;
    s_start_second_attempt (self);
    peer_set_marks (self->service[0], ZP_MARK_SERVER);
    peer_reply (self->service[0], 0, "late");
    test_until (self->loop, peer_count (self->service[0]) == 3);
    const letter_t *cancel = peer_letter (self->service[0], 2);
    assert_int_equal (cancel->envelope.kind, ZP_CANCEL);
    assert_int_equal (cancel->envelope.attempt, 2);
}

static void
test_a_late_failure_that_may_pass_is_ignored (void **state)
{
    fixture_t *self = *state;
    s_start_second_attempt (self);
    peer_fail (self->service[0], 0, ZP_UNAVAILABLE, 0, "was busy");
    test_until (self->loop, fixture_client_stats (self).strays == 1);
    assert_int_equal (self->outcome.ended, 0);
    peer_reply (self->service[0], 1, "done");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_string_equal (self->outcome.result, "done");
}

static void
test_a_late_failure_for_good_is_taken (void **state)
{
    fixture_t *self = *state;
    s_start_second_attempt (self);
    peer_fail (self->service[0], 0, ZP_NOT_FOUND, 0, "no such film");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_NOT_FOUND));
    assert_int_equal (fixture_endpoint (self, 0).outstanding, 0);
}

static void
test_a_result_while_waiting_for_a_retry_is_taken (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.attempt_timeout_ms = 10;
    options.backoff = (zp_backoff_t){TEST_PATIENCE_MS, TEST_PATIENCE_MS, 1};
    fixture_client (self, &options);
    fixture_call (self, 3 * TEST_PATIENCE_MS);
    test_until (self->loop, fixture_endpoint (self, 0).outstanding == 0 &&
                                peer_count (self->service[0]) == 1);
    peer_reply (self->service[0], 0, "late");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
}

static void
test_a_second_reply_is_a_stray (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 1);
    peer_reply (self->service[0], 0, "one");
    peer_reply (self->service[0], 0, "two");
    test_until (self->loop, fixture_client_stats (self).strays == 1);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_string_equal (self->outcome.result, "one");
}

static void
test_a_reply_to_the_last_call_is_not_taken_for_this_one (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.max_in_flight = 1;  // Both lie in the same slot
    options.max_attempts = 1;
    fixture_client (self, &options);
    outcome_start (self->client, "work", "", 20, &self->outcomes[0]);
    test_until (self->loop, self->outcomes[0].ended);
    outcome_start (self->client, "work", "", TEST_PATIENCE_MS,
                   &self->outcomes[1]);
    test_until (self->loop, peer_count (self->service[0]) == 2);
    peer_reply (self->service[0], 0, "to the first");
    peer_piece (self->service[0], 0, "to the first");
    peer_fail (self->service[0], 0, ZP_NOT_FOUND, 0, "to the first");
    test_until (self->loop, fixture_client_stats (self).strays == 3);
    assert_int_equal (self->outcomes[1].ended, 0);
    peer_reply (self->service[0], 1, "to the second");
    test_until (self->loop, self->outcomes[1].ended);
    assert_string_equal (self->outcomes[1].result, "to the second");
    assert_true (outcome_is (&self->outcomes[0], ZP_DEADLINE_EXCEEDED));
}

//  The first letter's envelope as a reply's
static zp_envelope_t
s_reply_to_first (fixture_t *self)
{
    zp_envelope_t envelope = peer_letter (self->service[0], 0)->envelope;
    envelope.kind = ZP_REPLY;
    return envelope;
}

static void
test_replies_to_other_ids_are_strays (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 1);
    const letter_t *letter = peer_letter (self->service[0], 0);

    zp_envelope_t envelope = s_reply_to_first (self);
    envelope.client++;
    peer_send_open (self->service[0], letter, &envelope, NULL, 0);
    //  Nowhere, another slot, and another call in the same slot
    const uint64_t xors[] = {~0ull, 1, 1ull << 40};
    for (size_t i = 0; i < 3; i++) {
        envelope = s_reply_to_first (self);
        envelope.serial ^= xors[i];
        peer_send_open (self->service[0], letter, &envelope, NULL, 0);
        peer_send_compact (self->service[0], letter, &envelope, NULL, 0);
    }
    test_until (self->loop, fixture_client_stats (self).strays == 7);
    assert_int_equal (self->outcome.ended, 0);
}

static void
test_a_cancel_is_no_reply (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 1);
    zp_envelope_t envelope = s_reply_to_first (self);
    envelope.kind = ZP_CANCEL;
    peer_send_open (self->service[0], peer_letter (self->service[0], 0),
                    &envelope, NULL, 0);
    test_until (self->loop, fixture_client_stats (self).strays == 1);
    assert_int_equal (self->outcome.ended, 0);
}

static void
test_a_plain_services_echo_of_the_envelope_is_a_result (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 1);
    const letter_t *letter = peer_letter (self->service[0], 0);
    zp_span_t part = {"plain", 5};
    peer_send_open (self->service[0], letter, &letter->envelope, &part, 1);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_string_equal (self->outcome.result, "plain");
}

//  The bytes of the first letter's reply, as a message of one frame, without
//  the last cut of them
static void
s_send_cut_record (fixture_t *self, size_t cut)
{
    uint8_t data[256];
    zp_envelope_t envelope = s_reply_to_first (self);
    zp_span_t part = {"text", 4};
    uint8_t *end =
        zp_records_write (zp_records_start (data), &envelope, &part, 1);
    zmsg_t *msg = zmsg_new ();
    zmsg_addmem (msg, data, (size_t) (end - data) - cut);
    peer_send (self->service[0], peer_letter (self->service[0], 0), msg);
}

static void
test_garbage_is_counted_and_changes_nothing (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 1);
    uint64_t sent = 0;
    //  0 to 100 frames of nothing; of none is an empty message on a DEALER
    for (size_t frames = 1; frames <= 100; frames++, sent++) {
        zmsg_t *msg = zmsg_new ();
        for (size_t i = 0; i < frames; i++)
            zmsg_addmem (msg, "garbage", i % 8);
        peer_send (self->service[0], peer_letter (self->service[0], 0), msg);
    }
    for (size_t cut = 1; cut < 50; cut++, sent++)
        s_send_cut_record (self, cut);
    test_until (self->loop, fixture_client_stats (self).garbage == sent);
    assert_int_equal (self->outcome.ended, 0);
    assert_int_equal (fixture_client_stats (self).strays, 0);
    peer_reply (self->service[0], 0, "done");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_late_result_of_an_earlier_attempt_is_taken),
        fixture_test (test_after_a_late_result_the_later_attempt_is_cancelled),
        fixture_test (test_a_late_failure_that_may_pass_is_ignored),
        fixture_test (test_a_late_failure_for_good_is_taken),
        fixture_test (test_a_result_while_waiting_for_a_retry_is_taken),
        fixture_test (test_a_second_reply_is_a_stray),
        fixture_test (test_a_reply_to_the_last_call_is_not_taken_for_this_one),
        fixture_test (test_replies_to_other_ids_are_strays),
        fixture_test (test_a_cancel_is_no_reply),
        fixture_test (test_a_plain_services_echo_of_the_envelope_is_a_result),
        fixture_test (test_garbage_is_counted_and_changes_nothing),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
