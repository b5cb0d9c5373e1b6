//  SPDX-License-Identifier: MIT
//
//  A client leaves alone an endpoint that fails, and comes back to it.

#include "fixture.h"

#define OPEN_MS 200

//  Two failed calls open a breaker, one good probe closes it.
static void
s_set_up_client (fixture_t *self, int open_ms)
{
    zp_client_options_t options = fixture_client_options ();
    options.max_attempts = 1;
    options.no_breaker = false;
    options.breaker.window = options.breaker.min_calls = 2;
    options.breaker.failure_percent = 100;
    options.breaker.open_ms = open_ms;
    options.breaker.open_jitter_percent = 0;
    options.breaker.probes = 1;
    fixture_client (self, &options);
}

static void
s_always_reply (peer_t *service, size_t number, void *arg)
{
    (void) arg;
    peer_reply (service, number, "done");
}

//  Replies with the failure that *arg says
static void
s_always_fail (peer_t *service, size_t number, void *arg)
{
    const zp_status_t *status = arg;
    peer_fail (service, number, *status, 0, "failed");
}

//  Let two calls fail in that way. Returns the breaker's state
static zp_breaker_state_t
s_fail_twice (fixture_t *self, zp_status_t status)
{
    peer_script (self->service[0], s_always_fail, &status);
    for (int i = 0; i < 2; i++) {
        fixture_call (self, TEST_PATIENCE_MS);
        test_until (self->loop, self->outcome.ended);
        assert_true (outcome_is (&self->outcome, status));
    }
    peer_script (self->service[0], NULL, NULL);
    return fixture_endpoint (self, 0).breaker;
}

static void
test_calls_fail_fast_while_the_only_endpoint_is_left_alone (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    s_set_up_client (self, OPEN_MS);
    assert_int_equal (fixture_endpoint (self, 0).breaker, ZP_BREAKER_CLOSED);
    assert_int_equal (s_fail_twice (self, ZP_UNAVAILABLE), ZP_BREAKER_OPEN);

    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_UNAVAILABLE));
    assert_non_null (
        strstr (self->outcome.text, peer_endpoint (self->service[0])));
    assert_non_null (strstr (self->outcome.text, "left alone"));
    assert_int_equal (self->outcome.attempts, 0);
    assert_in_range (self->outcome.retry_after_ms, 1, OPEN_MS);
    assert_int_equal (peer_count (self->service[0]), 2);
}

static void
test_calls_go_elsewhere_while_an_endpoint_is_left_alone (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 2);
    s_set_up_client (self, OPEN_MS);
    zp_status_t status = ZP_INTERNAL;
    peer_script (self->service[0], s_always_fail, &status);
    peer_script (self->service[1], s_always_reply, NULL);
    size_t failed = 0;
    while (fixture_endpoint (self, 0).breaker == ZP_BREAKER_CLOSED) {
        fixture_call (self, TEST_PATIENCE_MS);
        test_until (self->loop, self->outcome.ended);
        failed += self->outcome.status != ZP_OK;
    }
    assert_int_equal (failed, 2);
    size_t before = peer_count (self->service[0]);
    size_t called = 0;
    for (; fixture_endpoint (self, 0).breaker == ZP_BREAKER_OPEN; called++) {
        fixture_call (self, TEST_PATIENCE_MS);
        //  A probe, if time has passed just now
        if (fixture_endpoint (self, 0).outstanding)
            break;
        test_until (self->loop, self->outcome.ended);
        assert_true (outcome_is (&self->outcome, ZP_OK));
        assert_int_equal (peer_count (self->service[0]), before);
    }
    assert_true (called > 0);
}

static void
test_a_good_probe_brings_an_endpoint_back (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    s_set_up_client (self, OPEN_MS);
    assert_int_equal (s_fail_twice (self, ZP_UNAVAILABLE), ZP_BREAKER_OPEN);
    test_until (self->loop,
                fixture_endpoint (self, 0).breaker == ZP_BREAKER_HALF_OPEN);
    peer_script (self->service[0], s_always_reply, NULL);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_int_equal (fixture_endpoint (self, 0).breaker, ZP_BREAKER_CLOSED);
}

static void
test_a_bad_probe_leaves_an_endpoint_alone_again (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    s_set_up_client (self, OPEN_MS);
    assert_int_equal (s_fail_twice (self, ZP_UNAVAILABLE), ZP_BREAKER_OPEN);
    test_until (self->loop,
                fixture_endpoint (self, 0).breaker == ZP_BREAKER_HALF_OPEN);
    zp_status_t status = ZP_UNAVAILABLE;
    peer_script (self->service[0], s_always_fail, &status);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 3);
    test_until (self->loop, self->outcome.ended);
    assert_int_equal (fixture_endpoint (self, 0).breaker, ZP_BREAKER_OPEN);
}

static void
test_an_endpoint_that_comes_back_is_probed_at_once (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    s_set_up_client (self, 10 * TEST_PATIENCE_MS);
    assert_int_equal (s_fail_twice (self, ZP_UNAVAILABLE), ZP_BREAKER_OPEN);
    char endpoint[64];
    snprintf (endpoint, sizeof endpoint, "%s",
              peer_endpoint (self->service[0]));
    peer_destroy (&self->service[0]);
    test_until (self->loop, !fixture_endpoint (self, 0).up);
    assert_int_equal (fixture_endpoint (self, 0).breaker, ZP_BREAKER_OPEN);
    self->service[0] = peer_new_service (self->loop, endpoint);
    test_until (self->loop,
                fixture_endpoint (self, 0).breaker == ZP_BREAKER_HALF_OPEN);
}

static void
test_only_one_probe_is_out_at_a_time (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    s_set_up_client (self, OPEN_MS);
    assert_int_equal (s_fail_twice (self, ZP_UNAVAILABLE), ZP_BREAKER_OPEN);
    test_until (self->loop,
                fixture_endpoint (self, 0).breaker == ZP_BREAKER_HALF_OPEN);
    outcome_start (self->client, "work", "", TEST_PATIENCE_MS,
                   &self->outcomes[0]);
    outcome_start (self->client, "work", "", TEST_PATIENCE_MS,
                   &self->outcomes[1]);
    test_until (self->loop, self->outcomes[1].ended);
    assert_true (outcome_is (&self->outcomes[1], ZP_UNAVAILABLE));
    test_until (self->loop, peer_count (self->service[0]) == 3);
    peer_reply (self->service[0], 2, "done");
    test_until (self->loop, self->outcomes[0].ended);
    assert_int_equal (fixture_endpoint (self, 0).breaker, ZP_BREAKER_CLOSED);
}

static void
test_failures_that_are_the_requests_own_fault_do_not_count (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    s_set_up_client (self, OPEN_MS);
    const zp_status_t own_fault[] = {
        ZP_CANCELLED,       ZP_INVALID_ARGUMENT,  ZP_NOT_FOUND,
        ZP_ALREADY_EXISTS,  ZP_PERMISSION_DENIED, ZP_FAILED_PRECONDITION,
        ZP_ABORTED,         ZP_OUT_OF_RANGE,      ZP_UNIMPLEMENTED,
        ZP_UNAUTHENTICATED,
    };
    for (size_t i = 0; i < sizeof own_fault / sizeof own_fault[0]; i++)
        assert_int_equal (s_fail_twice (self, own_fault[i]), ZP_BREAKER_CLOSED);
}

static void
test_silence_counts_against_an_endpoint (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    s_set_up_client (self, OPEN_MS);
    for (int i = 0; i < 2; i++) {
        fixture_call (self, 10);
        test_until (self->loop, self->outcome.ended);
        assert_true (outcome_is (&self->outcome, ZP_DEADLINE_EXCEEDED));
    }
    assert_int_equal (fixture_endpoint (self, 0).breaker, ZP_BREAKER_OPEN);
}

static void
test_a_broken_connection_counts_for_nothing (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    s_set_up_client (self, OPEN_MS);
    for (int i = 0; i < 2; i++)
        outcome_start (self->client, "work", "", TEST_PATIENCE_MS,
                       &self->outcomes[i]);
    test_until (self->loop, peer_count (self->service[0]) == 2);
    peer_destroy (&self->service[0]);
    test_until (self->loop, self->outcomes[0].ended && self->outcomes[1].ended);
    assert_int_equal (fixture_endpoint (self, 0).breaker, ZP_BREAKER_CLOSED);
}

static void
test_cancelled_calls_count_for_nothing (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    s_set_up_client (self, OPEN_MS);
    for (int i = 0; i < 10; i++)
        zp_client_cancel (self->client, fixture_call (self, 10000));
    assert_int_equal (fixture_endpoint (self, 0).breaker, ZP_BREAKER_CLOSED);
    assert_int_equal (fixture_endpoint (self, 0).outstanding, 0);
}

static void
test_without_breakers_a_failing_endpoint_is_called_on (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.max_attempts = 1;
    options.breaker.window = options.breaker.min_calls = 1;
    options.no_breaker = true;
    fixture_client (self, &options);
    for (int i = 0; i < 10; i++)
        assert_int_equal (s_fail_twice (self, ZP_UNAVAILABLE),
                          ZP_BREAKER_CLOSED);
    assert_int_equal (peer_count (self->service[0]), 20);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (
            test_calls_fail_fast_while_the_only_endpoint_is_left_alone),
        fixture_test (test_calls_go_elsewhere_while_an_endpoint_is_left_alone),
        fixture_test (test_a_good_probe_brings_an_endpoint_back),
        fixture_test (test_a_bad_probe_leaves_an_endpoint_alone_again),
        fixture_test (test_an_endpoint_that_comes_back_is_probed_at_once),
        fixture_test (test_only_one_probe_is_out_at_a_time),
        fixture_test (
            test_failures_that_are_the_requests_own_fault_do_not_count),
        fixture_test (test_silence_counts_against_an_endpoint),
        fixture_test (test_a_broken_connection_counts_for_nothing),
        fixture_test (test_cancelled_calls_count_for_nothing),
        fixture_test (test_without_breakers_a_failing_endpoint_is_called_on),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
