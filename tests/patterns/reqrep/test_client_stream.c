//  SPDX-License-Identifier: MIT
//
//  Replies in pieces.

#include "fixture.h"

//  A call that its service has, and has sent a piece for
static void
s_start_stream (fixture_t *self, const zp_client_options_t *options,
                int timeout_ms)
{
    fixture_services (self, 1);
    fixture_client (self, options);
    peer_set_marks (self->service[0], ZP_MARK_SERVER);
    fixture_call (self, timeout_ms);
    test_until (self->loop, peer_count (self->service[0]) == 1);
    peer_piece (self->service[0], 0, "one");
    test_until (self->loop, self->outcome.pieces == 1);
    assert_int_equal (self->outcome.ended, 0);
}

static void
test_pieces_come_in_order_and_then_the_end (void **state)
{
    fixture_t *self = *state;
    s_start_stream (self, NULL, TEST_PATIENCE_MS);
    peer_piece (self->service[0], 0, "two");
    peer_piece (self->service[0], 0, "three");
    peer_reply (self->service[0], 0, "end");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_string_equal (self->outcome.result, "one two three end");
    assert_int_equal (self->outcome.pieces, 3);
    assert_int_equal (self->outcome.attempts, 1);
    assert_int_equal (fixture_client_stats (self).succeeded, 1);
}

static void
test_after_a_piece_a_failure_that_may_pass_is_final (void **state)
{
    fixture_t *self = *state;
    s_start_stream (self, NULL, TEST_PATIENCE_MS);
    peer_fail (self->service[0], 0, ZP_UNAVAILABLE, 0, "shutting down");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_UNAVAILABLE));
    assert_string_equal (self->outcome.text, "shutting down");
    assert_int_equal (fixture_client_stats (self).retries, 0);
}

static void
test_after_a_piece_a_broken_connection_is_final (void **state)
{
    fixture_t *self = *state;
    s_start_stream (self, NULL, TEST_PATIENCE_MS);
    peer_destroy (&self->service[0]);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_UNKNOWN));
    assert_int_equal (fixture_client_stats (self).retries, 0);
}

static void
test_a_stream_has_the_whole_calls_time (void **state)
{
    fixture_t *self = *state;
    zp_client_options_t options = fixture_client_options ();
    options.max_attempts = 2;
    s_start_stream (self, &options, 400);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_DEADLINE_EXCEEDED));
    assert_true (self->outcome.elapsed_ms >= 400);
    assert_int_equal (self->outcome.attempts, 1);
    //  Its server may stop
    test_until (self->loop, peer_count (self->service[0]) == 2);
    assert_int_equal (peer_letter (self->service[0], 1)->envelope.kind,
                      ZP_CANCEL);
}

static void
test_a_stream_that_falls_silent_for_an_attempts_time_ends (void **state)
{
    fixture_t *self = *state;
    zp_client_options_t options = fixture_client_options ();
    options.attempt_timeout_ms = 100;
    s_start_stream (self, &options, TEST_PATIENCE_MS);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_DEADLINE_EXCEEDED));
    assert_int_equal (self->outcome.attempts, 1);
}

static void
test_each_piece_starts_the_attempts_time_anew (void **state)
{
    fixture_t *self = *state;
    zp_client_options_t options = fixture_client_options ();
    options.attempt_timeout_ms = 400;
    s_start_stream (self, &options, TEST_PATIENCE_MS);
    int64_t start_ms = zclock_mono ();
    while (zclock_mono () - start_ms < 600) {
        int pieces = self->outcome.pieces;
        peer_piece (self->service[0], 0, "more");
        test_until (self->loop, self->outcome.pieces > pieces);
    }
    peer_reply (self->service[0], 0, "end");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
}

static void
test_a_piece_of_an_earlier_attempt_is_not_taken (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.attempt_timeout_ms = 30;
    options.max_attempts = 255;
    fixture_client (self, &options);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 2);
    peer_piece (self->service[0], 0, "early");
    test_until (self->loop, fixture_client_stats (self).strays == 1);
    assert_int_equal (self->outcome.pieces, 0);
}

static void
test_an_end_whose_pieces_were_not_taken_is_not_taken_either (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.attempt_timeout_ms = 300;
    options.max_attempts = 2;
    fixture_client (self, &options);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 2);
    peer_piece (self->service[0], 0, "early");
    peer_reply (self->service[0], 0, "end");
    test_until (self->loop, fixture_client_stats (self).strays == 2);
    assert_int_equal (self->outcome.ended, 0);
    peer_piece (self->service[0], 1, "piece");
    peer_reply (self->service[0], 1, "end");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_string_equal (self->outcome.result, "piece end");
}

static void
test_once_one_attempt_streams_a_reply_to_another_is_not_taken (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.attempt_timeout_ms = 300;
    options.max_attempts = 2;
    fixture_client (self, &options);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 2);
    peer_piece (self->service[0], 1, "second");
    test_until (self->loop, self->outcome.pieces == 1);
    peer_reply (self->service[0], 0, "first");
    test_until (self->loop, fixture_client_stats (self).strays == 1);
    assert_int_equal (self->outcome.ended, 0);
    peer_reply (self->service[0], 1, "end");
    test_until (self->loop, self->outcome.ended);
    assert_string_equal (self->outcome.result, "second end");
}

static void
test_a_hedged_stream_comes_from_one_endpoint_only (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 2);
    zp_client_options_t options = fixture_client_options ();
    options.hedge_ms = 10;
    fixture_client (self, &options);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop,
                peer_count (self->service[0]) && peer_count (self->service[1]));
    peer_piece (self->service[0], 0, "zero");
    test_until (self->loop, self->outcome.pieces == 1);
    peer_piece (self->service[1], 0, "one");
    peer_reply (self->service[1], 0, "one");
    test_until (self->loop, fixture_client_stats (self).strays == 2);
    peer_reply (self->service[0], 0, "end");
    test_until (self->loop, self->outcome.ended);
    assert_string_equal (self->outcome.result, "zero end");
}

//  Cancels its call at the second piece

typedef struct {
    zp_client_t *client;  // Whose call it is
    uint64_t id;          // Of the call
    outcome_t outcome;    // What it was told
} s_bored_t;

static void
s_get_bored (void *arg, const zp_reply_t *reply)
{
    s_bored_t *bored = arg;
    outcome_note (&bored->outcome, reply);
    if (bored->outcome.pieces == 2 && reply->more)
        zp_client_cancel (bored->client, bored->id);
}

static void
test_a_callback_can_cancel_its_own_stream (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_client (self, NULL);
    s_bored_t bored = {.client = self->client};
    const zp_span_t args[] = {{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}};
    zp_call_t call = {.method = "stream",
                      .args = args,
                      .count = 4,
                      .timeout_ms = TEST_PATIENCE_MS,
                      .fn = s_get_bored,
                      .arg = &bored};
    zp_client_start (self->client, &call, &bored.id);
    test_until (self->loop, bored.outcome.ended);
    assert_true (outcome_is (&bored.outcome, ZP_CANCELLED));
    assert_string_equal (bored.outcome.result, "a b");
    //  The pieces after it belong to nobody
    test_until (self->loop, fixture_client_stats (self).strays == 3);
    assert_int_equal (bored.outcome.ended, 1);
    assert_int_equal (bored.outcome.pieces, 2);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_pieces_come_in_order_and_then_the_end),
        fixture_test (test_after_a_piece_a_failure_that_may_pass_is_final),
        fixture_test (test_after_a_piece_a_broken_connection_is_final),
        fixture_test (test_a_stream_has_the_whole_calls_time),
        fixture_test (
            test_a_stream_that_falls_silent_for_an_attempts_time_ends),
        fixture_test (test_each_piece_starts_the_attempts_time_anew),
        fixture_test (test_a_piece_of_an_earlier_attempt_is_not_taken),
        fixture_test (
            test_an_end_whose_pieces_were_not_taken_is_not_taken_either),
        fixture_test (
            test_once_one_attempt_streams_a_reply_to_another_is_not_taken),
        fixture_test (test_a_hedged_stream_comes_from_one_endpoint_only),
        fixture_test (test_a_callback_can_cancel_its_own_stream),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
