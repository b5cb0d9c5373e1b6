//  SPDX-License-Identifier: MIT
//
//  What a handler is given, what it can do with it, and what the caller gets.

#include "fixture.h"

//  A server and a caller that has sent a request for "hold", which is held
static zp_request_t *
s_hold (fixture_t *self)
{
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    peer_request (self->caller[0], 1, "hold", "tight");
    test_until (self->loop, self->held.count == 1);
    return self->held.request[0];
}

//  The reply with that number
static const letter_t *
s_reply (fixture_t *self, size_t number)
{
    test_until (self->loop, peer_count (self->caller[0]) > number);
    return peer_letter (self->caller[0], number);
}

static void
test_a_handler_sees_the_method_and_its_arguments (void **state)
{
    fixture_t *self = *state;
    zp_request_t *request = s_hold (self);
    assert_string_equal (zp_request_method (request), "hold");
    assert_int_equal (zp_request_count (request), 1);
    assert_int_equal (zp_request_arg (request, 0).size, 5);
    assert_memory_equal (zp_request_arg (request, 0).data, "tight", 5);
    assert_int_equal (zp_request_arg (request, 1).size, 0);
    assert_int_equal (zp_request_arg (request, SIZE_MAX).size, 0);
    assert_false (zp_request_cancelled (request));
}

static void
test_a_handler_sees_the_envelope (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    zp_envelope_t sent = peer_envelope (77);
    sent.attempt = 3;
    memcpy (sent.trace.trace_id, "sixteen bytes!!!", 16);
    memcpy (sent.trace.span_id, "eight!!!", 8);
    zp_span_t method = {"hold", 4};
    peer_send_open (self->caller[0], NULL, &sent, &method, 1);
    test_until (self->loop, self->held.count == 1);
    const zp_envelope_t *seen = zp_request_envelope (self->held.request[0]);
    assert_int_equal (seen->kind, ZP_REQUEST);
    assert_true (seen->client == PEER_CLIENT && seen->serial == 77);
    assert_int_equal (seen->attempt, 3);
    assert_memory_equal (&seen->trace, &sent.trace, sizeof sent.trace);
}

static void
test_a_peer_without_an_envelope_leaves_the_handler_one_of_zeros (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    zmsg_t *msg = zmsg_new ();
    zmsg_addmem (msg, NULL, 0);
    zmsg_addstr (msg, "hold");
    peer_send (self->caller[0], NULL, msg);
    test_until (self->loop, self->held.count == 1);
    zp_envelope_t zeros = {.kind = ZP_REQUEST};
    assert_memory_equal (zp_request_envelope (self->held.request[0]), &zeros,
                         sizeof zeros);
    assert_int_equal (zp_request_budget (self->held.request[0]), -1);
}

static void
test_the_budget_is_the_time_that_the_caller_will_wait (void **state)
{
    fixture_t *self = *state;
    assert_int_equal (zp_request_budget (s_hold (self)), -1);
    zp_envelope_t envelope = peer_envelope (2);
    zp_span_t method = {"hold", 4};
    envelope.time_ms = 60000;
    peer_send_open (self->caller[0], NULL, &envelope, &method, 1);
    envelope.time_ms = 1;
    envelope.serial = 3;
    peer_send_open (self->caller[0], NULL, &envelope, &method, 1);
    test_until (self->loop, self->held.count == 3);
    assert_in_range (zp_request_budget (self->held.request[1]), 30000, 60000);
    test_until (self->loop, zp_request_budget (self->held.request[2]) == 0);
}

static void
test_a_handler_can_reply_later (void **state)
{
    fixture_t *self = *state;
    zp_request_t *request = s_hold (self);
    peer_request (self->caller[0], 2, "echo", "first");
    assert_true (letter_says (s_reply (self, 0), 0, "first"));
    zp_request_reply (&request, "later", 5);
    assert_null (request);
    assert_true (letter_says (s_reply (self, 1), 0, "later"));
    assert_int_equal (fixture_server_stats (self).in_flight, 0);
}

static void
test_a_reply_repeats_the_id_attempt_and_trace (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    zp_envelope_t sent = peer_envelope (0xfedcba9876543210);
    sent.attempt = 9;
    sent.time_ms = 60000;
    memcpy (sent.trace.trace_id, "sixteen bytes!!!", 16);
    zp_span_t method = {"echo", 4};
    peer_send_open (self->caller[0], NULL, &sent, &method, 1);
    const letter_t *reply = s_reply (self, 0);
    assert_int_equal (reply->envelope.kind, ZP_REPLY);
    assert_int_equal (reply->envelope.status, ZP_OK);
    assert_int_equal (reply->envelope.attempt, 9);
    assert_int_equal (reply->envelope.time_ms, 0);
    assert_true (reply->envelope.client == sent.client);
    assert_true (reply->envelope.serial == sent.serial);
    assert_memory_equal (&reply->envelope.trace, &sent.trace,
                         sizeof sent.trace);
    assert_int_equal (reply->count, 0);
}

static void
test_a_reply_can_have_many_parts (void **state)
{
    fixture_t *self = *state;
    zp_request_t *request = s_hold (self);
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX];
    for (int i = 0; i < ZP_ENVELOPE_PARTS_MAX; i++)
        parts[i] = (zp_span_t){"part", (size_t) i % 5};
    zp_request_reply_parts (&request, parts, ZP_ENVELOPE_PARTS_MAX);
    const letter_t *reply = s_reply (self, 0);
    assert_int_equal (reply->count, ZP_ENVELOPE_PARTS_MAX);
    assert_true (letter_says (reply, 63, "par"));
    assert_true (letter_says (reply, 60, ""));
}

static void
test_a_failure_has_a_status_and_a_line_of_text (void **state)
{
    fixture_t *self = *state;
    zp_request_t *request = s_hold (self);
    zp_request_fail (&request, ZP_NOT_FOUND, "no film %d", 7);
    assert_null (request);
    const letter_t *reply = s_reply (self, 0);
    assert_int_equal (reply->envelope.kind, ZP_REPLY);
    assert_int_equal (reply->envelope.status, ZP_NOT_FOUND);
    assert_int_equal (reply->count, 1);
    assert_true (letter_says (reply, 0, "no film 7"));
    assert_int_equal (fixture_server_stats (self).failures, 1);
}

static void
test_a_handler_can_ask_the_caller_to_stay_away_for_a_while (void **state)
{
    fixture_t *self = *state;
    zp_request_t *request = s_hold (self);
    zp_request_shed (&request, 1234, "%s", "too warm");
    const letter_t *reply = s_reply (self, 0);
    assert_int_equal (reply->envelope.status, ZP_RESOURCE_EXHAUSTED);
    assert_int_equal (reply->envelope.time_ms, 1234);
    assert_true (letter_says (reply, 0, "too warm"));
}

static void
test_pieces_come_before_the_reply_and_in_order (void **state)
{
    fixture_t *self = *state;
    zp_request_t *request = s_hold (self);
    for (int i = 0; i < 3; i++) {
        char digit[] = {(char) ('0' + i), 0};
        assert_int_equal (zp_request_partial (request, digit, 1), ZP_OK);
        const letter_t *piece = s_reply (self, (size_t) i);
        assert_int_equal (piece->envelope.kind, ZP_PARTIAL);
        assert_true (letter_says (piece, 0, digit));
    }
    zp_request_reply (&request, NULL, 0);
    assert_int_equal (s_reply (self, 3)->envelope.kind, ZP_REPLY);
}

//  Send pieces of no, two and the most parts, and check what comes of them
static void
s_check_pieces_of_parts (fixture_t *self, zp_request_t *request)
{
    static const size_t counts[] = {0, 2, ZP_ENVELOPE_PARTS_MAX};
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX];
    for (size_t i = 0; i < ZP_ENVELOPE_PARTS_MAX; i++)
        parts[i] = (zp_span_t){&"0123456789"[i % 10], 1};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal (zp_request_partial_parts (request, parts, counts[i]),
                          ZP_OK);
        const letter_t *piece = s_reply (self, i);
        assert_int_equal (piece->envelope.kind, ZP_PARTIAL);
        assert_int_equal (piece->count, counts[i]);
        for (size_t j = 0; j < counts[i]; j++)
            assert_memory_equal (piece->part[j].data, parts[j].data, 1);
    }
    zp_request_reply (&request, "end", 3);
    assert_int_equal (s_reply (self, 3)->envelope.kind, ZP_REPLY);
}

static void
test_a_piece_can_have_several_parts (void **state)
{
    s_check_pieces_of_parts (*state, s_hold (*state));
}

static void
test_a_compact_piece_can_have_several_parts (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    zp_envelope_t envelope = peer_envelope (1);
    zp_span_t method = {"hold", 4};
    peer_send_compact (self->caller[0], NULL, &envelope, &method, 1);
    test_until (self->loop, self->held.count == 1);
    s_check_pieces_of_parts (self, self->held.request[0]);
    for (size_t i = 0; i < 4; i++)
        assert_true (peer_letter (self->caller[0], i)->compact);
}

//  Send method and argument as a REQ socket does
static void
s_request_plainly (fixture_t *self, const char *method, const char *arg)
{
    zmsg_t *msg = zmsg_new ();
    zmsg_addmem (msg, NULL, 0);
    zmsg_addstr (msg, method);
    zmsg_addstr (msg, arg);
    peer_send (self->caller[0], NULL, msg);
}

static void
test_a_plain_peer_gets_the_result_alone (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    s_request_plainly (self, "echo", "plain");
    const letter_t *reply = s_reply (self, 0);
    assert_false (reply->enveloped);
    assert_int_equal (reply->count, 1);
    assert_true (letter_says (reply, 0, "plain"));
}

static void
test_a_plain_peer_gets_an_empty_part_for_a_result_of_none (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    s_request_plainly (self, "hold", "");
    test_until (self->loop, self->held.count == 1);
    zp_request_reply_parts (&self->held.request[0], NULL, 0);
    //  A REQ socket could not receive a delimiter with nothing behind it
    const letter_t *reply = s_reply (self, 0);
    assert_int_equal (reply->count, 1);
    assert_true (letter_says (reply, 0, ""));
}

static void
test_a_plain_peer_is_told_of_a_failure_in_three_parts (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    s_request_plainly (self, "hold", "");
    test_until (self->loop, self->held.count == 1);
    zp_request_fail (&self->held.request[0], ZP_NOT_FOUND, "no film");
    const letter_t *reply = s_reply (self, 0);
    assert_false (reply->enveloped);
    assert_int_equal (reply->count, 3);
    assert_true (letter_says (reply, 0, "ERROR"));
    assert_true (letter_says (reply, 1, "NOT_FOUND"));
    assert_true (letter_says (reply, 2, "no film"));
}

static void
test_a_plain_peer_can_not_be_sent_pieces (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    s_request_plainly (self, "hold", "");
    test_until (self->loop, self->held.count == 1);
    zp_request_t *request = self->held.request[0];
    assert_int_equal (zp_request_partial (request, "piece", 5),
                      ZP_FAILED_PRECONDITION);
    assert_int_equal (zp_request_partial_parts (request, NULL, 0),
                      ZP_FAILED_PRECONDITION);
    zp_request_reply (&request, "whole", 5);
    assert_true (letter_says (s_reply (self, 0), 0, "whole"));
}

static void
test_an_unknown_method_is_unimplemented_and_harmless_in_the_text (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    peer_request (self->caller[0], 1, "ec\033[2J\xffho", "");
    const letter_t *reply = s_reply (self, 0);
    assert_int_equal (reply->envelope.status, ZP_UNIMPLEMENTED);
    assert_true (letter_says (reply, 0,
                              "server has no method 'ec?[2J?ho'; zp.info lists "
                              "those it has"));
    //  A name that starts or ends like one, a long one, none at all
    peer_request (self->caller[0], 2, "ech", "");
    peer_request (self->caller[0], 3, "echoo", "");
    char name[1000];
    memset (name, 'e', sizeof name);
    name[999] = 0;
    peer_request (self->caller[0], 4, name, "");
    zp_envelope_t envelope = peer_envelope (5);
    peer_send_open (self->caller[0], NULL, &envelope, NULL, 0);
    for (size_t i = 1; i < 5; i++)
        assert_int_equal (s_reply (self, i)->envelope.status, ZP_UNIMPLEMENTED);
}

static void
s_reply_new (zp_request_t *request, void *arg)
{
    zp_request_reply (&request, arg, strlen (arg));
}

static void
test_a_method_that_is_there_already_is_replaced (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    zp_server_method (self->server, "echo", s_reply_new, "new");
    peer_request (self->caller[0], 1, "echo", "old");
    assert_true (letter_says (s_reply (self, 0), 0, "new"));
}

static void
test_all_endpoints_are_served (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    assert_int_equal (zp_server_bind (self->server, "tcp://127.0.0.1:*"),
                      ZP_OK);
    self->caller[1] =
        peer_new_caller (self->loop, zp_server_endpoint (self->server));
    for (int i = 0; i < 2; i++)
        peer_request (self->caller[i], 1, "echo", i ? "tcp" : "ipc");
    test_until (self->loop, peer_count (self->caller[1]) == 1);
    assert_true (letter_says (s_reply (self, 0), 0, "ipc"));
    assert_true (letter_says (peer_letter (self->caller[1], 0), 0, "tcp"));
}

static void
test_destroy_answers_what_is_open_with_unavailable (void **state)
{
    fixture_t *self = *state;
    s_hold (self);
    zp_envelope_t envelope = peer_envelope (2);
    zp_span_t method = {"hold", 4};
    peer_send_compact (self->caller[0], NULL, &envelope, &method, 1);
    test_until (self->loop, self->held.count == 2);
    zp_server_destroy (&self->server);
    assert_null (self->server);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal (s_reply (self, i)->envelope.status, ZP_UNAVAILABLE);
        assert_true (
            letter_says (s_reply (self, i), 0, "server has shut down"));
    }
    zp_server_destroy (&self->server);
}

static int
s_end_loop (zloop_t *loop, int timer_id, void *arg)
{
    (void) loop;
    (void) timer_id;
    (void) arg;
    return -1;
}

static void
test_run_ends_when_another_handler_ends_the_loop (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    zloop_timer (self->loop, 1, 1, s_end_loop, NULL);
    assert_int_equal (zp_server_run (self->server), ZP_OK);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_handler_sees_the_method_and_its_arguments),
        fixture_test (test_a_handler_sees_the_envelope),
        fixture_test (
            test_a_peer_without_an_envelope_leaves_the_handler_one_of_zeros),
        fixture_test (test_the_budget_is_the_time_that_the_caller_will_wait),
        fixture_test (test_a_handler_can_reply_later),
        fixture_test (test_a_reply_repeats_the_id_attempt_and_trace),
        fixture_test (test_a_reply_can_have_many_parts),
        fixture_test (test_a_failure_has_a_status_and_a_line_of_text),
        fixture_test (
            test_a_handler_can_ask_the_caller_to_stay_away_for_a_while),
        fixture_test (test_pieces_come_before_the_reply_and_in_order),
        fixture_test (test_a_piece_can_have_several_parts),
        fixture_test (test_a_compact_piece_can_have_several_parts),
        fixture_test (test_a_plain_peer_gets_the_result_alone),
        fixture_test (
            test_a_plain_peer_gets_an_empty_part_for_a_result_of_none),
        fixture_test (test_a_plain_peer_is_told_of_a_failure_in_three_parts),
        fixture_test (test_a_plain_peer_can_not_be_sent_pieces),
        fixture_test (
            test_an_unknown_method_is_unimplemented_and_harmless_in_the_text),
        fixture_test (test_a_method_that_is_there_already_is_replaced),
        fixture_test (test_all_endpoints_are_served),
        fixture_test (test_destroy_answers_what_is_open_with_unavailable),
        fixture_test (test_run_ends_when_another_handler_ends_the_loop),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
