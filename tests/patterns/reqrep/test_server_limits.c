//  SPDX-License-Identifier: MIT
//
//  When a server takes no more requests: too many in flight, or draining.

#include "fixture.h"

//  The letter with that number, once it is there
static const letter_t *
s_reply (fixture_t *self, size_t number)
{
    test_until (self->loop, peer_count (self->caller[0]) > number);
    return peer_letter (self->caller[0], number);
}

//  A server that holds as many requests as it takes, which is two
static void
s_fill_up (fixture_t *self)
{
    zp_server_options_t options = ZP_SERVER_DEFAULTS;
    options.name = "catalog";
    options.max_in_flight = 2;
    options.retry_after_ms = 321;
    options.drain_ms = 50;
    fixture_server (self, &options);
    fixture_callers (self, 1);
    for (uint64_t i = 0; i < 2; i++)
        peer_request (self->caller[0], i, "hold", "");
    test_until (self->loop, self->held.count == 2);
}

static void
test_over_the_limit_requests_are_refused_for_a_while (void **state)
{
    fixture_t *self = *state;
    s_fill_up (self);
    peer_request (self->caller[0], 2, "hold", "");
    const letter_t *reply = s_reply (self, 0);
    assert_int_equal (reply->envelope.status, ZP_RESOURCE_EXHAUSTED);
    assert_int_equal (reply->envelope.time_ms, 321);
    assert_true (letter_says (
        reply, 0, "catalog has 2 requests in flight, which is its limit"));
    zp_server_stats_t stats = fixture_server_stats (self);
    assert_int_equal (stats.shed, 1);
    assert_int_equal (stats.in_flight, 2);
    assert_int_equal (self->held.count, 2);
}

static void
test_below_the_limit_requests_are_taken_again (void **state)
{
    fixture_t *self = *state;
    s_fill_up (self);
    zp_request_reply (&self->held.request[0], NULL, 0);
    peer_request (self->caller[0], 2, "hold", "");
    test_until (self->loop, self->held.count == 3);
    assert_int_equal (fixture_server_stats (self).shed, 0);
}

static void
test_a_client_that_is_refused_comes_back_later (void **state)
{
    fixture_t *self = *state;
    s_fill_up (self);
    fixture_client (self, NULL);
    int64_t start_ms = zclock_mono ();
    outcome_start (self->client, "hold", "", TEST_PATIENCE_MS, &self->outcome);
    test_until (self->loop, fixture_server_stats (self).shed == 1);
    zp_request_reply (&self->held.request[0], NULL, 0);
    test_until (self->loop, self->held.count == 3);
    assert_true (zclock_mono () >= start_ms + 321);
    zp_request_reply (&self->held.request[2], "in the end", 10);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_int_equal (self->outcome.attempts, 2);
}

static void
test_a_draining_server_refuses_new_requests (void **state)
{
    fixture_t *self = *state;
    s_fill_up (self);
    zp_request_reply (&self->held.request[0], NULL, 0);
    s_reply (self, 0);
    zp_server_drain (self->server, NULL, NULL);
    peer_request (self->caller[0], 2, "echo", "");
    const letter_t *reply = s_reply (self, 1);
    assert_int_equal (reply->envelope.status, ZP_UNAVAILABLE);
    assert_true (letter_says (reply, 0, "catalog is shutting down"));
    assert_int_equal (fixture_server_stats (self).shed, 1);
}

//  Writes down that the server was drained, and with how many in flight

static size_t s_left;
static int s_drained;

static int
s_on_drained (zp_server_t *server, void *arg)
{
    assert_string_equal (arg, "drained");
    zp_server_stats_t stats;
    zp_server_stats (server, &stats);
    s_left = stats.in_flight;
    s_drained++;
    return 0;
}

static void
test_an_idle_server_is_drained_at_once_but_not_before_drain_returns (
    void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    s_drained = 0;
    zp_server_drain (self->server, s_on_drained, "drained");
    assert_int_equal (s_drained, 0);
    test_until (self->loop, s_drained);
    assert_int_equal (s_left, 0);
}

static void
test_a_server_is_drained_when_all_it_has_begun_has_ended (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = ZP_SERVER_DEFAULTS;
    options.drain_ms = 10 * TEST_PATIENCE_MS;
    fixture_server (self, &options);
    fixture_callers (self, 1);
    for (uint64_t i = 0; i < 2; i++)
        peer_request (self->caller[0], i, "hold", "");
    test_until (self->loop, self->held.count == 2);
    s_drained = 0;
    zp_server_drain (self->server, s_on_drained, "drained");
    zp_request_reply (&self->held.request[0], NULL, 0);
    s_reply (self, 0);
    assert_int_equal (s_drained, 0);
    zp_request_reply (&self->held.request[1], NULL, 0);
    test_until (self->loop, s_drained);
    assert_int_equal (s_left, 0);
    s_reply (self, 1);
    assert_int_equal (s_drained, 1);
}

static void
test_a_server_that_can_not_finish_is_drained_after_drain_ms (void **state)
{
    fixture_t *self = *state;
    s_fill_up (self);
    s_drained = 0;
    int64_t start_ms = zclock_mono ();
    zp_server_drain (self->server, s_on_drained, "drained");
    test_until (self->loop, s_drained);
    assert_true (zclock_mono () - start_ms >= 50);
    assert_int_equal (s_left, 2);
    //  What ends after that is no second drain
    zp_request_reply (&self->held.request[0], NULL, 0);
    zp_request_reply (&self->held.request[1], NULL, 0);
    s_reply (self, 1);
    assert_int_equal (s_drained, 1);
}

//  Ends the request that would have lasted
static void
s_on_draining (void *arg)
{
    fixture_t *self = arg;
    zp_request_fail (&self->held.request[0], ZP_UNAVAILABLE, "over");
}

static void
test_what_lasts_can_be_ended_when_draining_begins (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = ZP_SERVER_DEFAULTS;
    options.drain_ms = 10 * TEST_PATIENCE_MS;
    fixture_server (self, &options);
    fixture_callers (self, 1);
    peer_request (self->caller[0], 1, "hold", "");
    test_until (self->loop, self->held.count == 1);
    zp_server_on_draining (self->server, s_on_draining, self);
    assert_non_null (self->held.request[0]);
    s_drained = 0;
    zp_server_drain (self->server, s_on_drained, "drained");
    assert_null (self->held.request[0]);
    test_until (self->loop, s_drained);
    assert_int_equal (s_left, 0);
    assert_true (letter_says (s_reply (self, 0), 0, "over"));
}

static int
s_end_loop (zp_server_t *server, void *arg)
{
    (void) server;
    (void) arg;
    return -1;
}

static void
test_run_says_if_draining_finished_all (void **state)
{
    fixture_t *self = *state;
    s_fill_up (self);
    zp_server_drain (self->server, s_end_loop, NULL);
    assert_int_equal (zp_server_run (self->server), ZP_DEADLINE_EXCEEDED);
    zp_request_reply (&self->held.request[0], NULL, 0);
    zp_request_reply (&self->held.request[1], NULL, 0);
    zp_server_drain (self->server, s_end_loop, NULL);
    assert_int_equal (zp_server_run (self->server), ZP_OK);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_over_the_limit_requests_are_refused_for_a_while),
        fixture_test (test_below_the_limit_requests_are_taken_again),
        fixture_test (test_a_client_that_is_refused_comes_back_later),
        fixture_test (test_a_draining_server_refuses_new_requests),
        fixture_test (
            test_an_idle_server_is_drained_at_once_but_not_before_drain_returns),
        fixture_test (test_a_server_is_drained_when_all_it_has_begun_has_ended),
        fixture_test (
            test_a_server_that_can_not_finish_is_drained_after_drain_ms),
        fixture_test (test_what_lasts_can_be_ended_when_draining_begins),
        fixture_test (test_run_says_if_draining_finished_all),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
