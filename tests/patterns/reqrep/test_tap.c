//  SPDX-License-Identifier: MIT
//
//  What a client and a server tell those who want to see what happens.

#include "fixture.h"
#include "tape.h"
#include "test_seed.h"

static tape_t s_client;  // What the client told
static tape_t s_server;  // What the server told

static zp_client_options_t
s_client_options (void)
{
    tape_init (&s_client);
    zp_client_options_t options = fixture_client_options ();
    options.tap = &s_client.tap;
    return options;
}

static zp_server_options_t
s_server_options (void)
{
    tape_init (&s_server);
    zp_server_options_t options = ZP_SERVER_DEFAULTS;
    options.tap = &s_server.tap;
    options.fault_seed = 1;
    return options;
}

//  A client that calls a server of ours, both with a tap
static void
s_set_up_both (fixture_t *self)
{
    zp_server_options_t server = s_server_options ();
    fixture_server (self, &server);
    zp_client_options_t client = s_client_options ();
    fixture_client (self, &client);
}

//  A client with a tap that calls services which do as the test says
static void
s_set_up_client (fixture_t *self, int services,
                 const zp_client_options_t *options)
{
    fixture_services (self, services);
    fixture_client (self, options);
}

//  A server with a tap, and a caller that does as the test says
static void
s_set_up_server (fixture_t *self, const zp_server_options_t *options)
{
    fixture_server (self, options);
    fixture_callers (self, 1);
}

static void
s_call (fixture_t *self, const char *method)
{
    outcome_start (self->client, method, "x", TEST_PATIENCE_MS, &self->outcome);
    test_until (self->loop, self->outcome.ended);
}

//  Give the server faults, and forget what was told of that
static void
s_load_faults (fixture_t *self, const char *rules)
{
    outcome_start (self->client, "zp.faults", rules, TEST_PATIENCE_MS,
                   &self->outcome);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    tape_init (&s_client);
    tape_init (&s_server);
}

static void
test_a_call_is_told_of_at_both_ends_under_the_same_ids (void **state)
{
    fixture_t *self = *state;
    s_set_up_both (self);
    s_call (self, "echo");
    assert_string_equal (tape_line (&s_client), "sent 1, heard 1, ended 1");
    assert_string_equal (tape_line (&s_server), "took 1, replied 1");
    const zp_envelope_t *sent = &s_client.note[0].envelope;
    assert_int_equal (sent->kind, ZP_REQUEST);
    assert_true (sent->client == zp_client_id (self->client));
    for (int i = 0; i < 5; i++) {
        const note_t *note = i < 3 ? &s_client.note[i] : &s_server.note[i - 3];
        const zp_envelope_t *envelope = &note->envelope;
        assert_string_equal (note->method, "echo");
        assert_string_equal (note->endpoint,
                             i < 3 ? zp_server_endpoint (self->server) : "");
        assert_true (envelope->client == sent->client);
        assert_true (envelope->serial == sent->serial);
        assert_memory_equal (&envelope->trace, &sent->trace,
                             sizeof sent->trace);
        assert_false (note->event.root);
    }
}

static bool
s_is_zero (const void *data, size_t size)
{
    static const uint8_t zero[16];
    return memcmp (data, zero, size) == 0;
}

//  Make a call that is part of a trace
static const note_t *
s_call_in (fixture_t *self, const zp_trace_t *trace)
{
    zp_call_t call = {.method = "echo",
                      .timeout_ms = TEST_PATIENCE_MS,
                      .fn = outcome_note,
                      .arg = &self->outcome,
                      .trace = trace};
    self->outcome = (outcome_t){.status = ZP_OK};
    size_t number = tape_count (&s_client, ZP_TAP_SENT);
    assert_int_equal (zp_client_start (self->client, &call, NULL), ZP_OK);
    test_until (self->loop, self->outcome.ended);
    return tape_note (&s_client, ZP_TAP_SENT, number);
}

static void
test_a_calls_parent_is_the_span_it_was_made_for (void **state)
{
    fixture_t *self = *state;
    s_set_up_both (self);
    const note_t *first = s_call_in (self, NULL);
    assert_true (s_is_zero (first->event.parent, 8));
    const zp_trace_t *trace = &first->envelope.trace;
    assert_false (s_is_zero (trace->trace_id, 16));

    const note_t *second = s_call_in (self, trace);
    assert_memory_equal (second->envelope.trace.trace_id, trace->trace_id, 16);
    assert_memory_equal (second->event.parent, trace->span_id, 8);
    assert_memory_not_equal (second->envelope.trace.span_id, trace->span_id, 8);
}

static void
test_a_call_for_a_request_without_a_trace_begins_one (void **state)
{
    fixture_t *self = *state;
    s_set_up_both (self);
    zp_trace_t none = {.flags = 0};
    const note_t *note = s_call_in (self, &none);
    assert_false (s_is_zero (note->envelope.trace.trace_id, 16));
    assert_true (s_is_zero (note->event.parent, 8));
}

static void
test_a_request_without_a_trace_is_where_one_begins (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_server_options ();
    s_set_up_server (self, &options);
    peer_request (self->caller[0], 1, "echo", "");
    test_until (self->loop, peer_count (self->caller[0]) == 1);
    assert_true (tape_note (&s_server, ZP_TAP_TOOK, 0)->event.root);
    assert_true (tape_note (&s_server, ZP_TAP_REPLIED, 0)->event.root);
}

static void
test_silence_is_a_loss_and_a_retry_has_the_next_number (void **state)
{
    fixture_t *self = *state;
    zp_client_options_t options = s_client_options ();
    options.attempt_timeout_ms = 50;
    options.max_attempts = 2;
    s_set_up_client (self, 1, &options);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 2);
    peer_reply (self->service[0], 1, "done");
    test_until (self->loop, self->outcome.ended);
    assert_string_equal (tape_line (&s_client),
                         "sent 1, lost 1 DEADLINE_EXCEEDED, sent 2, heard 2, "
                         "ended 2");
}

static void
test_a_reply_to_what_was_given_up_is_late (void **state)
{
    fixture_t *self = *state;
    zp_client_options_t options = s_client_options ();
    options.attempt_timeout_ms = 50;
    options.max_attempts = 2;
    s_set_up_client (self, 1, &options);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 2);
    peer_reply (self->service[0], 0, "late");
    peer_reply (self->service[0], 1, "later");
    test_until (self->loop, fixture_client_stats (self).strays == 1);
    assert_string_equal (tape_line (&s_client),
                         "sent 1, lost 1 DEADLINE_EXCEEDED, sent 2, "
                         "heard 1 late, lost 2 CANCELLED, ended 2, "
                         "heard 2 late");
    //  The second one nobody knows any more
    assert_string_equal (tape_note (&s_client, ZP_TAP_HEARD, 0)->method,
                         "work");
    assert_string_equal (tape_note (&s_client, ZP_TAP_HEARD, 1)->method, "");
    assert_string_equal (tape_note (&s_client, ZP_TAP_HEARD, 1)->endpoint,
                         peer_endpoint (self->service[0]));
}

static void
test_what_is_out_is_lost_with_the_connection (void **state)
{
    fixture_t *self = *state;
    zp_client_options_t options = s_client_options ();
    options.max_attempts = 1;
    s_set_up_client (self, 1, &options);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 1);
    peer_destroy (&self->service[0]);
    test_until (self->loop, self->outcome.ended);
    assert_string_equal (tape_line (&s_client),
                         "sent 1, lost 1 UNAVAILABLE, ended 1 UNKNOWN");
}

static void
test_what_never_left_was_not_sent (void **state)
{
    fixture_t *self = *state;
    zp_client_options_t options = s_client_options ();
    self->client = zp_client_new (self->loop, &options);
    const char *nowhere = peer_new_endpoint ();
    assert_int_equal (zp_client_connect (self->client, nowhere), ZP_OK);
    fixture_call (self, 50);
    test_until (self->loop, self->outcome.ended);
    assert_string_equal (tape_line (&s_client), "ended 1 UNAVAILABLE");
    assert_string_equal (s_client.note[0].endpoint, nowhere);
}

static void
test_a_failure_is_heard_and_not_lost (void **state)
{
    fixture_t *self = *state;
    s_set_up_both (self);
    s_call (self, "no such method");
    assert_string_equal (tape_line (&s_client),
                         "sent 1, heard 1 UNIMPLEMENTED, ended 1 "
                         "UNIMPLEMENTED");
    assert_string_equal (tape_line (&s_server),
                         "took 1, replied 1 UNIMPLEMENTED");
    assert_string_equal (s_server.note[0].method, "no such method");
}

static void
test_pieces_of_a_reply_are_told_one_by_one (void **state)
{
    fixture_t *self = *state;
    s_set_up_both (self);
    s_call (self, "stream");
    assert_string_equal (tape_line (&s_client),
                         "sent 1, heard 1 piece, heard 1, ended 1");
    assert_string_equal (tape_line (&s_server),
                         "took 1, replied 1 piece, replied 1");
}

static void
test_a_cancelled_call_loses_its_attempt_and_its_reply_is_muted (void **state)
{
    fixture_t *self = *state;
    s_set_up_both (self);
    s_call (self, "echo");  // The client learns that the server knows cancels
    tape_init (&s_client);
    tape_init (&s_server);
    uint64_t id = outcome_start (self->client, "hold", "", TEST_PATIENCE_MS,
                                 &self->outcome);
    test_until (self->loop, self->held.count == 1);
    zp_client_cancel (self->client, id);
    assert_string_equal (tape_line (&s_client),
                         "sent 1, lost 1 CANCELLED, ended 1 CANCELLED");
    test_until (self->loop, zp_request_cancelled (self->held.request[0]));
    zp_request_reply (&self->held.request[0], "", 0);
    assert_string_equal (tape_line (&s_server), "took 1, muted 1");
}

static void
test_of_two_copies_the_slower_one_is_let_go (void **state)
{
    fixture_t *self = *state;
    zp_client_options_t options = s_client_options ();
    options.hedge_ms = 10;
    s_set_up_client (self, 2, &options);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 1 &&
                                peer_count (self->service[1]) == 1);
    const letter_t *first = peer_letter (self->service[0], 0);
    int hedge = first->envelope.attempt == 2 ? 0 : 1;
    peer_reply (self->service[hedge], 0, "done");
    test_until (self->loop, self->outcome.ended);
    assert_string_equal (tape_line (&s_client),
                         "sent 1, sent 2, heard 2, lost 1 CANCELLED, ended 2");
    assert_string_equal (tape_note (&s_client, ZP_TAP_ENDED, 0)->endpoint,
                         peer_endpoint (self->service[hedge]));
    assert_string_equal (tape_note (&s_client, ZP_TAP_LOST, 0)->endpoint,
                         peer_endpoint (self->service[1 - hedge]));
}

static void
s_fail_first_two (peer_t *service, size_t number, void *arg)
{
    (void) arg;
    if (number < 2)
        peer_fail (service, number, ZP_INTERNAL, 0, "failed");
    else
        peer_reply (service, number, "done");
}

static void
test_a_breaker_is_told_of_as_it_opens_and_closes (void **state)
{
    fixture_t *self = *state;
    zp_client_options_t options = s_client_options ();
    options.max_attempts = 1;
    options.no_breaker = false;
    options.breaker.window = options.breaker.min_calls = 2;
    options.breaker.open_ms = 50;
    options.breaker.open_jitter_percent = 0;
    options.breaker.probes = 1;
    s_set_up_client (self, 1, &options);
    peer_script (self->service[0], s_fail_first_two, NULL);
    s_call (self, "work");
    s_call (self, "work");
    s_call (self, "work");
    test_until (self->loop,
                fixture_endpoint (self, 0).breaker == ZP_BREAKER_HALF_OPEN);
    s_call (self, "work");
    assert_string_equal (
        tape_line (&s_client),
        "sent 1, heard 1 INTERNAL, ended 1 INTERNAL, "
        "sent 1, heard 1 INTERNAL, breaker OPEN, ended 1 INTERNAL, "
        "ended 0 UNAVAILABLE, "
        "breaker HALF_OPEN, sent 1, heard 1, breaker CLOSED, ended 1");
    const note_t *note = tape_note (&s_client, ZP_TAP_BREAKER, 0);
    assert_string_equal (note->endpoint, peer_endpoint (self->service[0]));
    assert_true (note->envelope.client == zp_client_id (self->client));
    //  It opened in the second call's trace
    const note_t *second = tape_note (&s_client, ZP_TAP_SENT, 1);
    assert_memory_equal (&note->envelope.trace, &second->envelope.trace,
                         sizeof second->envelope.trace);
}

static void
test_a_request_that_a_fault_drops_is_taken_and_dropped (void **state)
{
    fixture_t *self = *state;
    s_set_up_both (self);
    s_load_faults (self, "[{\"drop\": \"before\"}]");
    outcome_start (self->client, "echo", "", 100, &self->outcome);
    test_until (self->loop, self->outcome.ended);
    assert_int_equal (tape_count (&s_server, ZP_TAP_TOOK),
                      tape_count (&s_server, ZP_TAP_DROPPED));
    assert_true (s_server.count > 0);
    const note_t *note = tape_note (&s_server, ZP_TAP_DROPPED, 0);
    assert_int_equal (note->envelope.status, ZP_UNKNOWN);
}

static void
test_a_reply_that_a_fault_drops_is_muted (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_server_options ();
    s_set_up_server (self, &options);
    peer_request (self->caller[0], 1, "zp.faults",
                  "[{\"method\": \"echo\", \"drop\": \"after\"}]");
    test_until (self->loop, peer_count (self->caller[0]) == 1);
    tape_init (&s_server);
    peer_request (self->caller[0], 2, "echo", "");
    test_until (self->loop, s_server.count == 2);
    assert_string_equal (tape_line (&s_server), "took 1, muted 1");
}

static void
test_what_is_shed_is_replied_to (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_server_options ();
    options.max_in_flight = 1;
    s_set_up_server (self, &options);
    peer_request (self->caller[0], 1, "hold", "");
    peer_request (self->caller[0], 2, "hold", "");
    test_until (self->loop, peer_count (self->caller[0]) == 1);
    assert_string_equal (tape_line (&s_server),
                         "took 1, took 1, replied 1 RESOURCE_EXHAUSTED");
    assert_int_equal (s_server.note[2].envelope.serial, 2);
}

static void
test_what_is_past_its_budget_or_cancelled_is_dropped (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_server_options ();
    s_set_up_server (self, &options);
    peer_request (self->caller[0], 9, "zp.faults",
                  "[{\"method\": \"echo\", \"delay_ms\": 50}]");
    test_until (self->loop, peer_count (self->caller[0]) == 1);
    tape_init (&s_server);
    zp_span_t part = {"echo", 4};
    for (uint64_t serial = 1; serial <= 2; serial++) {
        zp_envelope_t envelope = peer_envelope (serial);
        envelope.time_ms = serial == 1 ? 10 : 0;
        peer_send_open (self->caller[0], NULL, &envelope, &part, 1);
    }
    zp_envelope_t cancel = peer_envelope (2);
    cancel.kind = ZP_CANCEL;
    peer_send_open (self->caller[0], NULL, &cancel, NULL, 0);
    test_until (self->loop, s_server.count == 4);
    for (size_t i = 0; i < 2; i++) {
        const note_t *note = tape_note (&s_server, ZP_TAP_DROPPED, i);
        assert_int_equal (note->envelope.status, note->envelope.serial == 1
                                                     ? ZP_DEADLINE_EXCEEDED
                                                     : ZP_CANCELLED);
    }
}

static void
test_a_repeated_request_is_replied_to_from_the_cache (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_server_options ();
    options.cache_replies = 10;
    s_set_up_server (self, &options);
    zp_envelope_t envelope = peer_envelope (1);
    zp_span_t part = {"echo", 4};
    for (uint8_t attempt = 1; attempt <= 2; attempt++) {
        envelope.attempt = attempt;
        peer_send_open (self->caller[0], NULL, &envelope, &part, 1);
    }
    test_until (self->loop, peer_count (self->caller[0]) == 2);
    assert_string_equal (tape_line (&s_server),
                         "took 1, replied 1, took 2, replied 2");
}

static void
test_of_a_request_that_runs_only_the_last_copy_is_replied_to (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_server_options ();
    options.cache_replies = 10;
    s_set_up_server (self, &options);
    zp_envelope_t envelope = peer_envelope (1);
    zp_span_t part = {"hold", 4};
    for (uint8_t attempt = 1; attempt <= 2; attempt++) {
        envelope.attempt = attempt;
        peer_send_open (self->caller[0], NULL, &envelope, &part, 1);
    }
    test_until (self->loop, s_server.count == 2);
    zp_request_reply (&self->held.request[0], "", 0);
    assert_string_equal (tape_line (&s_server), "took 1, took 2, replied 2");
}

static void
test_a_plain_peer_has_no_ids (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = s_server_options ();
    fixture_server (self, &options);
    zsock_t *plain = zsock_new_req (zp_server_endpoint (self->server));
    assert_int_equal (zstr_sendx (plain, "echo", "x", NULL), 0);
    test_until (self->loop, zsock_events (plain) & ZMQ_POLLIN);
    zsock_destroy (&plain);
    assert_string_equal (tape_line (&s_server), "took 0, replied 0");
    for (int i = 0; i < 2; i++) {
        const note_t *note = &s_server.note[i];
        assert_string_equal (note->method, "echo");
        assert_true (note->event.root);
        assert_int_equal (note->envelope.client, 0);
        assert_int_equal (note->envelope.serial, 0);
        assert_true (s_is_zero (note->envelope.trace.trace_id, 16));
    }
}

static void
test_a_rep_socket_that_sends_all_back_is_heard_as_a_reply (void **state)
{
    fixture_t *self = *state;
    zsock_t *rep = zsock_new (ZMQ_REP);
    const char *endpoint = peer_new_endpoint ();
    assert_int_not_equal (zsock_bind (rep, "%s", endpoint), -1);
    zp_client_options_t options = s_client_options ();
    self->client = zp_client_new (self->loop, &options);
    zp_client_connect (self->client, endpoint);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, zsock_events (rep) & ZMQ_POLLIN);
    zmsg_t *msg = zmsg_recv (rep);
    zmsg_send (&msg, rep);
    test_until (self->loop, self->outcome.ended);
    zsock_destroy (&rep);
    assert_string_equal (tape_line (&s_client), "sent 1, heard 1, ended 1");
    assert_int_equal (tape_note (&s_client, ZP_TAP_HEARD, 0)->envelope.kind,
                      ZP_REPLY);
}

//  What was told of one attempt
typedef struct {
    int begun;  // SENT, or TOOK
    int ended;  // HEARD in time or LOST; or DROPPED, REPLIED or MUTED
} s_books_t;

static void
s_add (s_books_t *books, const note_t *note)
{
    const zp_tap_event_t *event = &note->event;
    bool piece = note->envelope.kind == ZP_PARTIAL;
    switch (event->what) {
    case ZP_TAP_SENT:
    case ZP_TAP_TOOK:
        assert_int_equal (books->ended, 0);
        books->begun++;
        break;
    case ZP_TAP_HEARD:
        assert_int_equal (event->late, books->begun == books->ended);
        books->ended += !event->late && !piece;
        break;
    case ZP_TAP_LOST:
    case ZP_TAP_DROPPED:
    case ZP_TAP_REPLIED:
    case ZP_TAP_MUTED:
        books->ended += !piece;
        break;
    case ZP_TAP_ENDED:
    case ZP_TAP_BREAKER:
        break;
    }
}

//  Each attempt is told of once as it begins and once as it ends
static void
s_audit (const tape_t *tape)
{
    static s_books_t books[TAPE_MAX][4];
    memset (books, 0, sizeof books);
    for (size_t i = 0; i < tape->count; i++) {
        const zp_envelope_t *envelope = &tape->note[i].envelope;
        uint64_t call = envelope->serial >> 20;  // They are counted there
        assert_true (call < TAPE_MAX && envelope->attempt <= 3);
        s_add (&books[call][envelope->attempt], &tape->note[i]);
    }
    for (size_t call = 0; call < TAPE_MAX; call++)
        for (int attempt = 1; attempt <= 3; attempt++) {
            assert_true (books[call][attempt].begun <= 1);
            assert_int_equal (books[call][attempt].begun,
                              books[call][attempt].ended);
        }
}

static void
test_each_attempt_ends_as_often_as_it_begins (void **state)
{
    fixture_t *self = *state;
    uint64_t random = test_seed ();
    s_set_up_both (self);
    s_load_faults (self, "[{\"drop\": \"before\", \"percent\": 10},"
                         " {\"drop\": \"after\", \"percent\": 10},"
                         " {\"error\": \"UNAVAILABLE\", \"percent\": 10},"
                         " {\"delay_ms\": 30, \"percent\": 20}]");
    zp_client_destroy (&self->client);
    zp_client_options_t options = s_client_options ();
    options.attempt_timeout_ms = 20;
    options.no_breaker = false;
    options.breaker.open_ms = 5;
    fixture_client (self, &options);
    for (int round = 0; round < 30; round++) {
        uint64_t id[16];
        for (int i = 0; i < 16; i++)
            id[i] = outcome_start (self->client,
                                   test_below (&random, 2) ? "echo" : "stream",
                                   "", 50, &self->outcomes[i]);
        if (test_below (&random, 2))
            test_quick_turn (self->loop);
        zp_client_cancel (self->client, id[test_below (&random, 16)]);
        for (int i = 0; i < 16; i++)
            test_until (self->loop, self->outcomes[i].ended);
    }
    test_until (self->loop, fixture_server_stats (self).in_flight == 0);
    assert_int_equal (tape_count (&s_client, ZP_TAP_ENDED), 30 * 16);
    s_audit (&s_client);
    s_audit (&s_server);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_call_is_told_of_at_both_ends_under_the_same_ids),
        fixture_test (test_a_calls_parent_is_the_span_it_was_made_for),
        fixture_test (test_a_call_for_a_request_without_a_trace_begins_one),
        fixture_test (test_a_request_without_a_trace_is_where_one_begins),
        fixture_test (test_silence_is_a_loss_and_a_retry_has_the_next_number),
        fixture_test (test_a_reply_to_what_was_given_up_is_late),
        fixture_test (test_what_is_out_is_lost_with_the_connection),
        fixture_test (test_what_never_left_was_not_sent),
        fixture_test (test_a_failure_is_heard_and_not_lost),
        fixture_test (test_pieces_of_a_reply_are_told_one_by_one),
        fixture_test (
            test_a_cancelled_call_loses_its_attempt_and_its_reply_is_muted),
        fixture_test (test_of_two_copies_the_slower_one_is_let_go),
        fixture_test (test_a_breaker_is_told_of_as_it_opens_and_closes),
        fixture_test (test_a_request_that_a_fault_drops_is_taken_and_dropped),
        fixture_test (test_a_reply_that_a_fault_drops_is_muted),
        fixture_test (test_what_is_shed_is_replied_to),
        fixture_test (test_what_is_past_its_budget_or_cancelled_is_dropped),
        fixture_test (test_a_repeated_request_is_replied_to_from_the_cache),
        fixture_test (
            test_of_a_request_that_runs_only_the_last_copy_is_replied_to),
        fixture_test (test_a_plain_peer_has_no_ids),
        fixture_test (
            test_a_rep_socket_that_sends_all_back_is_heard_as_a_reply),
        fixture_test (test_each_attempt_ends_as_often_as_it_begins),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
