//  SPDX-License-Identifier: MIT
//
//  A server that keeps replies runs a repeated request once.

#include "fixture.h"

static int s_runs;  // Of the methods here

//  Replies with the number of this run
static void
s_count (zp_request_t *request, void *arg)
{
    (void) arg;
    char text[20];
    snprintf (text, sizeof text, "run %d", ++s_runs);
    zp_request_reply (&request, text, strlen (text));
}

//  Fails in the way that its argument says
static void
s_fail (zp_request_t *request, void *arg)
{
    (void) arg;
    zp_span_t name = zp_request_arg (request, 0);
    char text[64];
    snprintf (text, sizeof text, "%.*s", (int) name.size,
              (const char *) name.data);
    zp_request_fail (&request, zp_status_parse (text), "run %d", ++s_runs);
}

static void
s_set_up_server (fixture_t *self, const zp_server_options_t *options)
{
    fixture_server (self, options);
    zp_server_method (self->server, "count", s_count, NULL);
    zp_server_method (self->server, "fail", s_fail, NULL);
    fixture_callers (self, 2);
    s_runs = 0;
}

static zp_server_options_t
s_options (void)
{
    zp_server_options_t options = ZP_SERVER_DEFAULTS;
    options.cache_replies = 100;
    return options;
}

//  Send an attempt at the request with that serial, as a caller does
static void
s_send (fixture_t *self, int caller, uint64_t serial, uint8_t attempt,
        const char *method, const char *arg)
{
    zp_envelope_t envelope = peer_envelope (serial);
    envelope.attempt = attempt;
    zp_span_t parts[] = {{method, strlen (method)}, {arg, strlen (arg)}};
    peer_send_open (self->caller[caller], NULL, &envelope, parts, 2);
}

//  The same, and wait for the next reply
static const letter_t *
s_ask (fixture_t *self, uint64_t serial, uint8_t attempt, const char *method,
       const char *arg)
{
    size_t number = peer_count (self->caller[0]);
    s_send (self, 0, serial, attempt, method, arg);
    test_until (self->loop, peer_count (self->caller[0]) > number);
    return peer_letter (self->caller[0], number);
}

static void
test_a_repeated_request_is_answered_without_running_it (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_options ();
    s_set_up_server (self, &options);
    assert_true (letter_says (s_ask (self, 1, 1, "count", ""), 0, "run 1"));
    const letter_t *reply = s_ask (self, 1, 2, "count", "");
    assert_true (letter_says (reply, 0, "run 1"));
    assert_int_equal (reply->envelope.kind, ZP_REPLY);
    assert_int_equal (reply->envelope.status, ZP_OK);
    assert_int_equal (reply->envelope.attempt, 2);
    assert_true (reply->envelope.serial == 1);
    assert_int_equal (s_runs, 1);
    assert_int_equal (fixture_server_stats (self).repeated, 1);
    assert_int_equal (fixture_server_stats (self).in_flight, 0);
}

static void
test_another_id_is_another_request (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_options ();
    s_set_up_server (self, &options);
    assert_true (letter_says (s_ask (self, 1, 1, "count", ""), 0, "run 1"));
    assert_true (letter_says (s_ask (self, 2, 1, "count", ""), 0, "run 2"));
    zp_envelope_t envelope = peer_envelope (1);
    envelope.client++;
    zp_span_t method = {"count", 5};
    peer_send_open (self->caller[0], NULL, &envelope, &method, 1);
    test_until (self->loop, peer_count (self->caller[0]) == 3);
    assert_int_equal (s_runs, 3);
}

static void
test_without_a_cache_a_repeated_request_runs_again (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, NULL);
    assert_true (letter_says (s_ask (self, 1, 1, "count", ""), 0, "run 1"));
    assert_true (letter_says (s_ask (self, 1, 2, "count", ""), 0, "run 2"));
    assert_int_equal (fixture_server_stats (self).repeated, 0);
}

static void
test_while_it_runs_whoever_asked_last_gets_the_reply (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_options ();
    s_set_up_server (self, &options);
    s_send (self, 0, 1, 1, "hold", "");
    test_until (self->loop, self->held.count == 1);
    s_send (self, 1, 1, 2, "hold", "");
    test_until (self->loop, fixture_server_stats (self).repeated == 1);
    assert_int_equal (self->held.count, 1);
    assert_int_equal (fixture_server_stats (self).in_flight, 1);
    zp_request_reply (&self->held.request[0], "once", 4);
    test_until (self->loop, peer_count (self->caller[1]) == 1);
    const letter_t *reply = peer_letter (self->caller[1], 0);
    assert_true (letter_says (reply, 0, "once"));
    assert_int_equal (reply->envelope.attempt, 2);
    assert_true (letter_says (s_ask (self, 2, 1, "echo", "x"), 0, "x"));
    assert_int_equal (peer_count (self->caller[0]), 1);
}

static void
test_a_failure_for_good_is_kept (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_options ();
    s_set_up_server (self, &options);
    for (uint8_t attempt = 1; attempt <= 3; attempt++) {
        const letter_t *reply =
            s_ask (self, 1, attempt, "fail", "INVALID_ARGUMENT");
        assert_int_equal (reply->envelope.status, ZP_INVALID_ARGUMENT);
        assert_true (letter_says (reply, 0, "run 1"));
    }
    assert_int_equal (s_runs, 1);
}

static void
test_a_failure_that_may_pass_is_not_kept (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_options ();
    s_set_up_server (self, &options);
    s_ask (self, 1, 1, "fail", "UNAVAILABLE");
    s_ask (self, 1, 2, "fail", "UNAVAILABLE");
    s_ask (self, 2, 1, "fail", "RESOURCE_EXHAUSTED");
    s_ask (self, 2, 2, "fail", "RESOURCE_EXHAUSTED");
    assert_int_equal (s_runs, 4);
    assert_int_equal (fixture_server_stats (self).repeated, 0);
}

static void
test_a_streamed_reply_is_not_kept (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_options ();
    s_set_up_server (self, &options);
    for (uint8_t attempt = 1; attempt <= 2; attempt++) {
        size_t number = peer_count (self->caller[0]);
        s_send (self, 0, 1, attempt, "stream", "piece");
        test_until (self->loop, peer_count (self->caller[0]) == number + 2);
        assert_true (
            letter_says (peer_letter (self->caller[0], number), 0, "piece"));
    }
    assert_int_equal (fixture_server_stats (self).repeated, 0);
}

static void
test_who_repeats_a_request_that_streams_gets_all_pieces (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_options ();
    s_set_up_server (self, &options);
    s_send (self, 0, 1, 1, "hold", "");
    test_until (self->loop, self->held.count == 1);
    zp_request_partial (self->held.request[0], "one", 3);
    //  Which may have come too late; so it runs again, rather than join in
    s_send (self, 1, 1, 2, "hold", "");
    test_until (self->loop, self->held.count == 2);
    zp_request_partial (self->held.request[0], "two", 3);
    zp_request_reply (&self->held.request[0], NULL, 0);
    test_until (self->loop, peer_count (self->caller[0]) == 3);
    assert_int_equal (peer_count (self->caller[1]), 0);
    //  That one has ended; the other one can still be joined
    s_send (self, 1, 1, 3, "hold", "");
    test_until (self->loop, fixture_server_stats (self).repeated == 1);
    zp_request_reply (&self->held.request[1], "all", 3);
    test_until (self->loop, peer_count (self->caller[1]) == 1);
    assert_int_equal (peer_letter (self->caller[1], 0)->envelope.attempt, 3);
    assert_int_equal (self->held.count, 2);
}

static void
test_a_cancelled_request_is_not_kept (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_options ();
    s_set_up_server (self, &options);
    s_send (self, 0, 1, 1, "hold", "");
    zp_envelope_t cancel = peer_envelope (1);
    cancel.kind = ZP_CANCEL;
    peer_send_open (self->caller[0], NULL, &cancel, NULL, 0);
    test_until (self->loop, self->held.count == 1 &&
                                zp_request_cancelled (self->held.request[0]));
    zp_request_reply (&self->held.request[0], NULL, 0);
    s_send (self, 0, 1, 2, "hold", "");
    test_until (self->loop, self->held.count == 2);
}

static void
test_requests_without_an_envelope_have_no_id_to_know_them_by (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_options ();
    s_set_up_server (self, &options);
    for (size_t i = 0; i < 2; i++) {
        zmsg_t *msg = zmsg_new ();
        zmsg_addmem (msg, NULL, 0);
        zmsg_addstr (msg, "count");
        peer_send (self->caller[0], NULL, msg);
        test_until (self->loop, peer_count (self->caller[0]) == i + 1);
    }
    assert_int_equal (s_runs, 2);
}

static void
test_the_oldest_replies_make_room_for_new_ones (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_options ();
    options.cache_replies = 3;
    s_set_up_server (self, &options);
    for (uint64_t serial = 1; serial <= 4; serial++)
        s_ask (self, serial, 1, "count", "");
    for (uint64_t serial = 4; serial >= 2; serial--)
        s_ask (self, serial, 2, "count", "");
    assert_int_equal (s_runs, 4);
    s_ask (self, 1, 2, "count", "");
    assert_int_equal (s_runs, 5);
}

static void
test_replies_over_the_bytes_to_be_kept_are_not_kept (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_options ();
    options.cache_bytes = 10000;
    s_set_up_server (self, &options);
    char large[20000];
    memset (large, 'x', sizeof large);
    large[sizeof large - 1] = 0;
    s_ask (self, 1, 1, "echo", "small");
    s_ask (self, 1, 2, "echo", "small");
    assert_int_equal (fixture_server_stats (self).repeated, 1);
    s_ask (self, 2, 1, "echo", large);
    s_ask (self, 2, 2, "echo", large);
    assert_int_equal (fixture_server_stats (self).repeated, 1);
}

static void
test_replies_are_kept_for_cache_ms (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_options ();
    options.cache_ms = 30;
    s_set_up_server (self, &options);
    int64_t start_ms = zclock_mono ();
    s_ask (self, 1, 1, "count", "");
    for (uint8_t attempt = 2; s_runs == 1; attempt++)
        s_ask (self, 1, attempt, "count", "");
    assert_true (zclock_mono () - start_ms >= 30);
}

static void
test_a_client_that_retries_sees_one_effect (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_options ();
    s_set_up_server (self, &options);
    zp_client_options_t client = fixture_client_options ();
    client.attempt_timeout_ms = 20;
    client.max_attempts = 100;
    fixture_client (self, &client);
    outcome_start (self->client, "hold", "", TEST_PATIENCE_MS, &self->outcome);
    test_until (self->loop, fixture_server_stats (self).repeated >= 3);
    assert_int_equal (self->held.count, 1);
    zp_request_reply (&self->held.request[0], "once", 4);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_string_equal (self->outcome.result, "once");
}

static void
test_what_could_not_be_handed_over_is_run_again (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_options ();
    s_set_up_server (self, &options);
    zp_span_t part = {"text", 4};
    s_send (self, 0, 1, 1, "hold", "");
    s_send (self, 0, 2, 1, "hold", "");
    test_until (self->loop, self->held.count == 2);
    peer_destroy (&self->caller[0]);
    test_until (self->loop, zp_request_partial (self->held.request[1], NULL,
                                                0) == ZP_UNAVAILABLE);
    assert_false (zp_request_hand_over (&self->held.request[0], &part, 1));
    assert_null (self->held.request[0]);
    zp_request_reply (&self->held.request[1], NULL, 0);

    s_send (self, 1, 1, 2, "hold", "");
    test_until (self->loop, self->held.count == 3);
    assert_true (zp_request_hand_over (&self->held.request[2], &part, 1));
    test_until (self->loop, peer_count (self->caller[1]) == 1);
    s_send (self, 1, 1, 3, "hold", "");
    test_until (self->loop, peer_count (self->caller[1]) == 2);
    assert_true (letter_says (peer_letter (self->caller[1], 1), 0, "text"));
    assert_int_equal (self->held.count, 3);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_repeated_request_is_answered_without_running_it),
        fixture_test (test_another_id_is_another_request),
        fixture_test (test_without_a_cache_a_repeated_request_runs_again),
        fixture_test (test_while_it_runs_whoever_asked_last_gets_the_reply),
        fixture_test (test_a_failure_for_good_is_kept),
        fixture_test (test_a_failure_that_may_pass_is_not_kept),
        fixture_test (test_a_streamed_reply_is_not_kept),
        fixture_test (test_who_repeats_a_request_that_streams_gets_all_pieces),
        fixture_test (test_a_cancelled_request_is_not_kept),
        fixture_test (
            test_requests_without_an_envelope_have_no_id_to_know_them_by),
        fixture_test (test_the_oldest_replies_make_room_for_new_ones),
        fixture_test (test_replies_over_the_bytes_to_be_kept_are_not_kept),
        fixture_test (test_replies_are_kept_for_cache_ms),
        fixture_test (test_a_client_that_retries_sees_one_effect),
        fixture_test (test_what_could_not_be_handed_over_is_run_again),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
