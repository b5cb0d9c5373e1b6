//  SPDX-License-Identifier: MIT
//
//  Calls that nobody waits for any more, and what their servers hear of it.

#include "fixture.h"

//  A client whose only service has said that it understands ZP_CANCEL
static void
s_set_up_client (fixture_t *self)
{
    fixture_services (self, 1);
    fixture_client (self, NULL);
    peer_set_marks (self->service[0], ZP_MARK_SERVER);
    fixture_fence (self);
}

static void
test_a_cancelled_call_ends_before_cancel_returns (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    uint64_t id = fixture_call (self, TEST_PATIENCE_MS);
    zp_client_cancel (self->client, id);
    assert_true (outcome_is (&self->outcome, ZP_CANCELLED));
    assert_string_not_equal (self->outcome.text, "");
    assert_int_equal (fixture_client_stats (self).in_flight, 0);
    assert_int_equal (fixture_client_stats (self).failed, 1);
}

static void
test_the_server_is_told_of_a_cancelled_call (void **state)
{
    fixture_t *self = *state;
    s_set_up_client (self);
    uint64_t id = fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 2);
    zp_client_cancel (self->client, id);
    test_until (self->loop, peer_count (self->service[0]) == 3);
    const letter_t *request = peer_letter (self->service[0], 1);
    const letter_t *cancel = peer_letter (self->service[0], 2);
    assert_int_equal (cancel->envelope.kind, ZP_CANCEL);
    assert_int_equal (cancel->envelope.attempt, request->envelope.attempt);
    assert_true (cancel->envelope.serial == request->envelope.serial);
    assert_true (cancel->envelope.client == request->envelope.client);
    assert_int_equal (cancel->count, 0);
}

static void
test_the_server_is_told_when_the_deadline_has_passed (void **state)
{
    fixture_t *self = *state;
    s_set_up_client (self);
    self->outcome = (outcome_t){.ended = 0};
    zp_call_t call = {.method = "work",
                      .timeout_ms = 20,
                      .once = true,
                      .fn = outcome_note,
                      .arg = &self->outcome};
    zp_client_start (self->client, &call, NULL);
    test_until (self->loop, peer_count (self->service[0]) == 3);
    assert_int_equal (peer_letter (self->service[0], 2)->envelope.kind,
                      ZP_CANCEL);
    assert_true (outcome_is (&self->outcome, ZP_DEADLINE_EXCEEDED));
}

static void
test_a_peer_that_may_not_understand_it_is_told_nothing (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    fixture_fence (self);
    uint64_t id = fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 2);
    zp_client_cancel (self->client, id);
    fixture_fence (self);
    assert_int_equal (peer_count (self->service[0]), 3);
}

static void
test_a_request_that_has_not_left_is_taken_back (void **state)
{
    fixture_t *self = *state;
    s_set_up_client (self);
    zp_client_cancel (self->client, fixture_call (self, TEST_PATIENCE_MS));
    fixture_fence (self);
    assert_int_equal (peer_count (self->service[0]), 2);
}

static void
test_a_request_that_waits_for_a_connection_is_taken_back (void **state)
{
    fixture_t *self = *state;
    char endpoint[64];
    snprintf (endpoint, sizeof endpoint, "%s", peer_new_endpoint ());
    self->client = zp_client_new (self->loop, NULL);
    zp_client_connect (self->client, endpoint);
    uint64_t id = fixture_call (self, TEST_PATIENCE_MS);
    test_turn (self->loop);
    zp_client_cancel (self->client, id);
    assert_int_equal (fixture_endpoint (self, 0).outstanding, 0);
    self->service[0] = peer_new_service (self->loop, endpoint);
    fixture_fence (self);
    assert_int_equal (peer_count (self->service[0]), 1);
}

static void
test_a_call_that_has_ended_is_left_alone (void **state)
{
    fixture_t *self = *state;
    s_set_up_client (self);
    uint64_t id = fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 2);
    peer_reply (self->service[0], 1, "done");
    test_until (self->loop, self->outcome.ended);
    //  The next one may well lie where that one lay
    outcome_start (self->client, "work", "", TEST_PATIENCE_MS,
                   &self->outcomes[0]);
    zp_client_cancel (self->client, id);
    zp_client_cancel (self->client, 0);
    zp_client_cancel (self->client, UINT64_MAX);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_int_equal (self->outcomes[0].ended, 0);
}

static void
test_ids_are_not_used_twice (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.max_in_flight = 2;
    fixture_client (self, &options);
    uint64_t seen[100];
    for (int i = 0; i < 100; i++) {
        seen[i] = fixture_call (self, TEST_PATIENCE_MS);
        assert_true (seen[i] != 0);
        for (int j = 0; j < i; j++)
            assert_true (seen[i] != seen[j]);
        zp_client_cancel (self->client, seen[i]);
    }
}

static void
test_destroy_ends_all_calls (void **state)
{
    fixture_t *self = *state;
    s_set_up_client (self);
    for (int i = 0; i < 3; i++)
        outcome_start (self->client, "work", "", TEST_PATIENCE_MS,
                       &self->outcomes[i]);
    test_until (self->loop, peer_count (self->service[0]) == 4);
    outcome_start (self->client, "work", "", TEST_PATIENCE_MS,
                   &self->outcomes[3]);
    zp_client_destroy (&self->client);
    assert_null (self->client);
    for (int i = 0; i < 4; i++)
        assert_true (outcome_is (&self->outcomes[i], ZP_CANCELLED));
    //  The server is told of those that it has
    test_until (self->loop, peer_count (self->service[0]) == 7);
    for (size_t i = 4; i < 7; i++)
        assert_int_equal (peer_letter (self->service[0], i)->envelope.kind,
                          ZP_CANCEL);
    zp_client_destroy (&self->client);
}

//  A callback that tries to call once more

typedef struct {
    zp_client_t *client;  // Whom to ask
    zp_status_t status;   // What it said
    outcome_t outcome;    // Of that second call
} s_again_t;

static void
s_call_again (void *arg, const zp_reply_t *reply)
{
    s_again_t *again = arg;
    assert_int_equal (reply->status, ZP_CANCELLED);
    zp_call_t call = {.method = "again",
                      .timeout_ms = 1000,
                      .fn = outcome_note,
                      .arg = &again->outcome};
    again->status = zp_client_start (again->client, &call, NULL);
}

static void
test_no_call_can_be_started_while_the_client_is_destroyed (void **state)
{
    fixture_t *self = *state;
    s_set_up_client (self);
    s_again_t again = {.client = self->client};
    zp_call_t call = {.method = "work",
                      .timeout_ms = TEST_PATIENCE_MS,
                      .fn = s_call_again,
                      .arg = &again};
    assert_int_equal (zp_client_start (self->client, &call, NULL), ZP_OK);
    zp_client_destroy (&self->client);
    assert_int_equal (again.status, ZP_FAILED_PRECONDITION);
    assert_int_equal (again.outcome.ended, 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_cancelled_call_ends_before_cancel_returns),
        fixture_test (test_the_server_is_told_of_a_cancelled_call),
        fixture_test (test_the_server_is_told_when_the_deadline_has_passed),
        fixture_test (test_a_peer_that_may_not_understand_it_is_told_nothing),
        fixture_test (test_a_request_that_has_not_left_is_taken_back),
        fixture_test (test_a_request_that_waits_for_a_connection_is_taken_back),
        fixture_test (test_a_call_that_has_ended_is_left_alone),
        fixture_test (test_ids_are_not_used_twice),
        fixture_test (test_destroy_ends_all_calls),
        fixture_test (
            test_no_call_can_be_started_while_the_client_is_destroyed),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
