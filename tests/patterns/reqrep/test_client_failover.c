//  SPDX-License-Identifier: MIT
//
//  Which of several endpoints a client sends to, and where it turns when one
//  breaks.

#define _POSIX_C_SOURCE 200809L

#include "fixture.h"

static void
s_always_reply (peer_t *service, size_t number, void *arg)
{
    (void) arg;
    peer_reply (service, number, "done");
}

static void
s_always_unavailable (peer_t *service, size_t number, void *arg)
{
    (void) arg;
    peer_fail (service, number, ZP_UNAVAILABLE, 0, "down");
}

static size_t
s_letters (fixture_t *self)
{
    return peer_count (self->service[0]) + peer_count (self->service[1]);
}

//  The service that got the first letter of all
static int
s_first_called (fixture_t *self)
{
    test_until (self->loop, s_letters (self) == 1);
    return peer_count (self->service[0]) ? 0 : 1;
}

static void
test_calls_spread_evenly_over_silent_endpoints (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 2);
    fixture_client (self, NULL);
    for (int i = 0; i < 16; i++) {
        outcome_start (self->client, "work", "", TEST_PATIENCE_MS,
                       &self->outcomes[i]);
        size_t first = fixture_endpoint (self, 0).outstanding;
        size_t second = fixture_endpoint (self, 1).outstanding;
        assert_in_range (first + 1 - second, 0, 2);
    }
    test_until (self->loop, s_letters (self) == 16);
    assert_int_equal (peer_count (self->service[0]), 8);
    zp_client_destroy (&self->client);
}

static void
test_the_less_busy_endpoint_is_preferred (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 2);
    fixture_client (self, NULL);
    //  Two calls keep both busy; then one of them is done
    outcome_start (self->client, "work", "", TEST_PATIENCE_MS,
                   &self->outcomes[0]);
    outcome_start (self->client, "work", "", TEST_PATIENCE_MS,
                   &self->outcomes[1]);
    test_until (self->loop, s_letters (self) == 2);
    peer_script (self->service[1], s_always_reply, NULL);
    peer_reply (self->service[1], 0, "done");
    test_until (self->loop,
                self->outcomes[0].ended + self->outcomes[1].ended == 1);
    for (size_t i = 0; i < 50; i++) {
        fixture_call (self, TEST_PATIENCE_MS);
        test_until (self->loop, self->outcome.ended);
        assert_true (outcome_is (&self->outcome, ZP_OK));
    }
    assert_int_equal (peer_count (self->service[0]), 1);
    assert_int_equal (peer_count (self->service[1]), 51);
    zp_client_destroy (&self->client);
}

static void
test_idle_endpoints_share_the_calls_at_random (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 2);
    fixture_client (self, NULL);
    for (int i = 0; i < 2; i++)
        peer_script (self->service[i], s_always_reply, NULL);
    for (int i = 0; i < 100; i++) {
        fixture_call (self, TEST_PATIENCE_MS);
        test_until (self->loop, self->outcome.ended);
    }
    //  Outside of this once in 10^13 runs
    assert_in_range (peer_count (self->service[0]), 14, 86);
}

static void
test_a_call_whose_server_dies_is_sent_to_another (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 2);
    fixture_client (self, NULL);
    fixture_call (self, TEST_PATIENCE_MS);
    int dead = s_first_called (self);
    peer_t *alive = self->service[1 - dead];
    peer_destroy (&self->service[dead]);
    test_until (self->loop, peer_count (alive) == 1);
    assert_int_equal (peer_letter (alive, 0)->envelope.attempt, 2);
    peer_reply (alive, 0, "done");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_int_equal (self->outcome.attempts, 2);
}

static void
test_all_calls_out_to_a_server_that_dies_are_sent_to_another (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 2);
    fixture_client (self, NULL);
    for (int i = 0; i < 16; i++)
        outcome_start (self->client, "work", "", TEST_PATIENCE_MS,
                       &self->outcomes[i]);
    test_until (self->loop, s_letters (self) == 16);
    peer_destroy (&self->service[0]);
    peer_script (self->service[1], s_always_reply, NULL);
    for (size_t i = 0; i < 8; i++)
        peer_reply (self->service[1], i, "done");
    for (int i = 0; i < 16; i++) {
        test_until (self->loop, self->outcomes[i].ended);
        assert_true (outcome_is (&self->outcomes[i], ZP_OK));
    }
    assert_int_equal (peer_count (self->service[1]), 16);
    assert_int_equal (fixture_client_stats (self).retries, 8);
}

static void
test_a_retry_goes_elsewhere_if_there_is_an_elsewhere (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 2);
    fixture_client (self, NULL);
    peer_script (self->service[0], s_always_unavailable, NULL);
    peer_script (self->service[1], s_always_reply, NULL);
    for (int i = 0; i < 50; i++) {
        fixture_call (self, TEST_PATIENCE_MS);
        test_until (self->loop, self->outcome.ended);
        assert_true (outcome_is (&self->outcome, ZP_OK));
        assert_in_range (self->outcome.attempts, 1, 2);
    }
    assert_int_equal (peer_count (self->service[1]), 50);
}

static void
test_a_call_waits_for_a_server_that_comes_back (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 1);
    char *endpoint = strdup (peer_endpoint (self->service[0]));
    peer_destroy (&self->service[0]);
    test_until (self->loop, !fixture_endpoint (self, 0).up);
    self->service[0] = peer_new_service (self->loop, endpoint);
    free (endpoint);
    test_until (self->loop, peer_count (self->service[0]) == 1);
    assert_int_equal (peer_letter (self->service[0], 0)->envelope.attempt, 2);
    peer_reply (self->service[0], 0, "done");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
}

static void
test_a_call_waits_for_a_server_that_starts_later (void **state)
{
    fixture_t *self = *state;
    char *endpoint = strdup (peer_new_endpoint ());
    self->client = zp_client_new (self->loop, NULL);
    zp_client_connect (self->client, endpoint);
    fixture_call (self, TEST_PATIENCE_MS);
    test_turn (self->loop);
    self->service[0] = peer_new_service (self->loop, endpoint);
    free (endpoint);
    peer_script (self->service[0], s_always_reply, NULL);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_int_equal (self->outcome.attempts, 1);
    assert_int_equal (peer_count (self->service[0]), 1);
}

static void
test_a_call_that_has_not_left_moves_to_where_somebody_is (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    peer_script (self->service[0], s_always_reply, NULL);
    zp_client_options_t options = fixture_client_options ();
    options.attempt_timeout_ms = 300;
    self->client = zp_client_new (self->loop, &options);
    zp_client_connect (self->client, peer_new_endpoint ());
    zp_client_connect (self->client, peer_endpoint (self->service[0]));
    //  No connection is up yet, so about half of them go to nobody at first
    for (int i = 0; i < 16; i++)
        outcome_start (self->client, "work", "", TEST_PATIENCE_MS,
                       &self->outcomes[i]);
    assert_in_range (fixture_endpoint (self, 0).outstanding, 1, 15);
    for (int i = 0; i < 16; i++) {
        test_until (self->loop, self->outcomes[i].ended);
        assert_true (outcome_is (&self->outcomes[i], ZP_OK));
        assert_int_equal (self->outcomes[i].attempts, 1);
    }
    assert_int_equal (peer_count (self->service[0]), 16);
    assert_int_equal (fixture_client_stats (self).retries, 0);
}

static void
test_a_connected_endpoint_is_preferred_to_one_that_is_not (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    peer_script (self->service[0], s_always_reply, NULL);
    fixture_client (self, NULL);
    zp_client_connect (self->client, peer_new_endpoint ());
    for (int i = 0; i < 16; i++) {
        fixture_call (self, TEST_PATIENCE_MS);
        assert_int_equal (fixture_endpoint (self, 1).outstanding, 0);
        test_until (self->loop, self->outcome.ended);
        assert_true (outcome_is (&self->outcome, ZP_OK));
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_calls_spread_evenly_over_silent_endpoints),
        fixture_test (test_the_less_busy_endpoint_is_preferred),
        fixture_test (test_idle_endpoints_share_the_calls_at_random),
        fixture_test (test_a_call_whose_server_dies_is_sent_to_another),
        fixture_test (
            test_all_calls_out_to_a_server_that_dies_are_sent_to_another),
        fixture_test (test_a_retry_goes_elsewhere_if_there_is_an_elsewhere),
        fixture_test (test_a_call_waits_for_a_server_that_comes_back),
        fixture_test (test_a_call_waits_for_a_server_that_starts_later),
        fixture_test (test_a_call_that_has_not_left_moves_to_where_somebody_is),
        fixture_test (
            test_a_connected_endpoint_is_preferred_to_one_that_is_not),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
