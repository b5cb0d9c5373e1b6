//  SPDX-License-Identifier: MIT
//
//  The ends of turns, at the server and at the client.

#include "fixture.h"

typedef struct turns {
    fixture_t *fixture;  // Whose server or client tells of them
    int count;           // Told so far
    uint64_t requests;   // The server's, when told last
    int ended;           // Calls that had ended when told last
} turns_t;

//  A method that holds a request for s_on_server_turn to answer
static zp_request_t *s_request;

static void
s_on_last (zp_request_t *request, void *arg)
{
    (void) arg;
    s_request = request;
}

static void
s_on_server_turn (void *arg)
{
    turns_t *self = arg;
    self->count++;
    self->requests = fixture_server_stats (self->fixture).requests;
    if (s_request)
        zp_request_reply (&s_request, "in time", 7);
}

static void
test_a_turn_of_the_server_ends_when_its_requests_have_run (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_client (self, NULL);
    turns_t turns = {.fixture = self};
    uint64_t before = fixture_server_stats (self).requests;
    zp_server_method (self->server, "last", s_on_last, NULL);
    zp_server_on_turn (self->server, s_on_server_turn, &turns);
    outcome_start (self->client, "echo", "one", TEST_PATIENCE_MS,
                   &self->outcomes[0]);
    outcome_start (self->client, "last", "two", TEST_PATIENCE_MS,
                   &self->outcomes[1]);
    test_until (self->loop, self->outcomes[1].ended);
    //  What it did at the end of the turn has left with that
    assert_string_equal (self->outcomes[1].result, "in time");
    assert_true (turns.count > 0);
    assert_int_equal (turns.requests, before + 2);
}

static void
test_nobody_is_told_of_turns_any_more_when_there_is_no_function (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_client (self, NULL);
    turns_t turns = {.fixture = self};
    zp_server_on_turn (self->server, s_on_server_turn, &turns);
    zp_server_on_turn (self->server, NULL, NULL);
    outcome_start (self->client, "echo", "one", TEST_PATIENCE_MS,
                   &self->outcome);
    test_until (self->loop, self->outcome.ended);
    assert_int_equal (turns.count, 0);
}

//  Replies in the compact form gather, so the request is in that form. While
//  the test waits for the reply the loop does not run
static void
test_a_flush_sends_what_has_gathered (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    zsock_t *caller = zsock_new_dealer (zp_server_endpoint (self->server));
    uint8_t frame[256];
    zp_envelope_t envelope = {.kind = ZP_REQUEST, .client = 1, .serial = 1};
    zp_span_t hold = {"hold", 4};
    uint8_t *end =
        zp_records_write (zp_records_start (frame), &envelope, &hold, 1);
    zmq_send (zsock_resolve (caller), frame, (size_t) (end - frame), 0);
    test_until (self->loop, self->held.count == 1);
    zp_request_reply (&self->held.request[0], "at once", 7);
    zp_server_flush (self->server);
    zsock_set_rcvtimeo (caller, TEST_PATIENCE_MS);
    int size = zmq_recv (zsock_resolve (caller), frame, sizeof frame, 0);
    assert_true (size > 7 && size <= (int) sizeof frame);
    assert_memory_equal (frame + size - 7, "at once", 7);
    zsock_destroy (&caller);
}

static void
s_on_client_turn (void *arg)
{
    turns_t *self = arg;
    self->count++;
    self->ended = 0;
    for (int i = 0; i < 16; i++)
        self->ended += self->fixture->outcomes[i].ended;
}

static void
test_a_turn_of_the_client_ends_when_all_replies_of_a_message_are_told (
    void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_client (self, NULL);
    outcome_start (self->client, "echo", "now it is compact", TEST_PATIENCE_MS,
                   &self->outcome);
    test_until (self->loop, self->outcome.ended);
    turns_t turns = {.fixture = self};
    zp_client_on_turn (self->client, s_on_client_turn, &turns);
    for (int i = 0; i < 16; i++)
        outcome_start (self->client, "echo", "x", TEST_PATIENCE_MS,
                       &self->outcomes[i]);
    test_until (self->loop, self->outcomes[15].ended);
    //  All requests left as one message, and so did the replies
    assert_int_equal (turns.ended, 16);
    assert_int_equal (turns.count, 1);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (
            test_a_turn_of_the_server_ends_when_its_requests_have_run),
        fixture_test (
            test_nobody_is_told_of_turns_any_more_when_there_is_no_function),
        fixture_test (test_a_flush_sends_what_has_gathered),
        fixture_test (
            test_a_turn_of_the_client_ends_when_all_replies_of_a_message_are_told),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
