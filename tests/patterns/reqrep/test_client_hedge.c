//  SPDX-License-Identifier: MIT
//
//  A call that has waited too long for one endpoint is sent to another one too.

#include "fixture.h"

#define HEDGE_MS 20

static void
s_set_up_client (fixture_t *self, int services)
{
    fixture_services (self, services);
    zp_client_options_t options = fixture_client_options ();
    options.hedge_ms = HEDGE_MS;
    fixture_client (self, &options);
}

static size_t
s_letters (fixture_t *self)
{
    return peer_count (self->service[0]) + peer_count (self->service[1]);
}

//  Start a call that nobody answers until both services have it. Returns the
//  number of the one that had it first
static int
s_hedge (fixture_t *self, int timeout_ms)
{
    fixture_call (self, timeout_ms);
    size_t before[2] = {peer_count (self->service[0]),
                        peer_count (self->service[1])};
    test_until (self->loop, s_letters (self) == before[0] + before[1] + 1);
    int first = peer_count (self->service[0]) > before[0] ? 0 : 1;
    test_until (self->loop,
                peer_count (self->service[1 - first]) > before[1 - first]);
    return first;
}

//  Let the client learn that both services understand ZP_CANCEL
static void
s_teach (fixture_t *self)
{
    for (int i = 0; i < 2; i++)
        outcome_start (self->client, "work", "", TEST_PATIENCE_MS,
                       &self->outcomes[i]);
    for (int i = 0; i < 2; i++) {
        test_until (self->loop, peer_count (self->service[i]) == 1);
        peer_set_marks (self->service[i], ZP_MARK_SERVER);
        peer_reply (self->service[i], 0, "");
    }
    test_until (self->loop, self->outcomes[0].ended && self->outcomes[1].ended);
}

static void
test_after_a_silence_another_endpoint_gets_a_copy (void **state)
{
    fixture_t *self = *state;
    s_set_up_client (self, 2);
    int first = s_hedge (self, TEST_PATIENCE_MS);
    const letter_t *one = peer_letter (self->service[first], 0);
    const letter_t *copy = peer_letter (self->service[1 - first], 0);
    assert_true (one->envelope.serial == copy->envelope.serial);
    assert_int_equal (one->envelope.attempt, 1);
    assert_int_equal (copy->envelope.attempt, 2);
    assert_true (letter_says (copy, 0, "work"));
    assert_true (letter_says (copy, 1, "hard"));

    peer_reply (self->service[1 - first], 0, "copied");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_string_equal (self->outcome.result, "copied");
    assert_int_equal (fixture_client_stats (self).hedges, 1);
    assert_int_equal (fixture_client_stats (self).retries, 0);
}

static void
test_the_first_endpoint_can_still_win (void **state)
{
    fixture_t *self = *state;
    s_set_up_client (self, 2);
    int first = s_hedge (self, TEST_PATIENCE_MS);
    peer_reply (self->service[first], 0, "original");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_string_equal (self->outcome.result, "original");
}

static void
test_the_loser_is_cancelled (void **state)
{
    fixture_t *self = *state;
    s_set_up_client (self, 2);
    s_teach (self);
    int first = s_hedge (self, TEST_PATIENCE_MS);
    peer_reply (self->service[1 - first], 1, "copied");
    test_until (self->loop, peer_count (self->service[first]) == 3);
    const letter_t *request = peer_letter (self->service[first], 1);
    const letter_t *cancel = peer_letter (self->service[first], 2);
    assert_int_equal (cancel->envelope.kind, ZP_CANCEL);
    assert_int_equal (cancel->envelope.attempt, 1);
    assert_true (cancel->envelope.serial == request->envelope.serial);
    assert_true (outcome_is (&self->outcome, ZP_OK));
}

static void
test_a_losers_late_reply_changes_nothing (void **state)
{
    fixture_t *self = *state;
    s_set_up_client (self, 2);
    int first = s_hedge (self, TEST_PATIENCE_MS);
    peer_reply (self->service[first], 0, "original");
    test_until (self->loop, self->outcome.ended);
    peer_reply (self->service[1 - first], 0, "copied");
    test_until (self->loop, fixture_client_stats (self).strays == 1);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_string_equal (self->outcome.result, "original");
}

static void
test_if_one_of_two_fails_the_other_is_waited_for (void **state)
{
    fixture_t *self = *state;
    s_set_up_client (self, 2);
    int first = s_hedge (self, TEST_PATIENCE_MS);
    peer_fail (self->service[1 - first], 0, ZP_UNAVAILABLE, 0, "down");
    test_until (self->loop,
                fixture_endpoint (self, (size_t) (1 - first)).outstanding == 0);
    assert_int_equal (self->outcome.ended, 0);
    peer_reply (self->service[first], 0, "original");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_int_equal (self->outcome.attempts, 2);
    assert_int_equal (fixture_client_stats (self).retries, 0);
}

static void
test_if_both_fail_the_call_is_retried (void **state)
{
    fixture_t *self = *state;
    s_set_up_client (self, 2);
    s_hedge (self, TEST_PATIENCE_MS);
    for (int i = 0; i < 2; i++)
        peer_fail (self->service[i], 0, ZP_UNAVAILABLE, 0, "down");
    test_until (self->loop, s_letters (self) == 3);
    int third = peer_count (self->service[0]) == 2 ? 0 : 1;
    assert_int_equal (peer_letter (self->service[third], 1)->envelope.attempt,
                      3);
    peer_reply (self->service[third], 1, "at last");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_int_equal (fixture_client_stats (self).retries, 1);
}

//  One service, and two endpoints where nobody is; a call whose hedge waits at
//  one of these
static void
s_hedge_to_nobody (fixture_t *self, char late[64])
{
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.hedge_ms = HEDGE_MS;
    options.attempt_timeout_ms = 200;
    fixture_client (self, &options);
    snprintf (late, 64, "%s", peer_new_endpoint ());
    zp_client_connect (self->client, late);
    zp_client_connect (self->client, peer_new_endpoint ());
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, fixture_client_stats (self).hedges == 1);
    assert_int_equal (peer_count (self->service[0]), 1);
}

static void
test_a_hedge_that_has_not_left_moves_to_where_somebody_is (void **state)
{
    fixture_t *self = *state;
    //  The hedge waits where somebody will be, or at the other endpoint
    for (int round = 0; round < 8; round++) {
        char late[64];
        s_hedge_to_nobody (self, late);
        peer_fail (self->service[0], 0, ZP_UNAVAILABLE, 0, "down");
        test_until (self->loop, fixture_endpoint (self, 0).outstanding == 0);
        self->service[1] = peer_new_service (self->loop, late);
        test_until (self->loop, peer_count (self->service[1]) == 1);
        assert_int_equal (peer_letter (self->service[1], 0)->envelope.attempt,
                          2);
        peer_reply (self->service[1], 0, "done");
        test_until (self->loop, self->outcome.ended);
        assert_true (outcome_is (&self->outcome, ZP_OK));
        for (size_t i = 0; i < 3; i++)
            assert_int_equal (fixture_endpoint (self, i).outstanding, 0);
        zp_client_destroy (&self->client);
        peer_destroy (&self->service[0]);
        peer_destroy (&self->service[1]);
    }
}

static void
test_a_quick_reply_needs_no_hedge (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 2);
    zp_client_options_t options = fixture_client_options ();
    options.hedge_ms = TEST_PATIENCE_MS;
    fixture_client (self, &options);
    fixture_call (self, 2 * TEST_PATIENCE_MS);
    test_until (self->loop, s_letters (self) == 1);
    int first = peer_count (self->service[0]) ? 0 : 1;
    peer_reply (self->service[first], 0, "quick");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_int_equal (fixture_client_stats (self).hedges, 0);
}

//  Make a call that nobody answers, and count the hedges until its deadline
static void
s_expect_no_hedge (fixture_t *self, bool once)
{
    zp_call_t call = {.method = "work",
                      .timeout_ms = 5 * HEDGE_MS,
                      .once = once,
                      .fn = outcome_note,
                      .arg = &self->outcome};
    assert_int_equal (zp_client_start (self->client, &call, NULL), ZP_OK);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_DEADLINE_EXCEEDED));
    assert_int_equal (fixture_client_stats (self).hedges, 0);
}

static void
test_with_one_endpoint_there_is_no_hedge (void **state)
{
    fixture_t *self = *state;
    s_set_up_client (self, 1);
    s_expect_no_hedge (self, false);
}

static void
test_a_call_that_is_not_idempotent_is_not_hedged (void **state)
{
    fixture_t *self = *state;
    s_set_up_client (self, 2);
    s_expect_no_hedge (self, true);
    assert_int_equal (s_letters (self), 1);
}

static void
test_hedges_are_paid_from_the_retry_budget (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 2);
    zp_client_options_t options = fixture_client_options ();
    options.hedge_ms = HEDGE_MS;
    options.retry_percent = 0;
    fixture_client (self, &options);
    s_expect_no_hedge (self, false);
    assert_int_equal (s_letters (self), 1);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_after_a_silence_another_endpoint_gets_a_copy),
        fixture_test (test_the_first_endpoint_can_still_win),
        fixture_test (test_the_loser_is_cancelled),
        fixture_test (test_a_losers_late_reply_changes_nothing),
        fixture_test (test_if_one_of_two_fails_the_other_is_waited_for),
        fixture_test (test_if_both_fail_the_call_is_retried),
        fixture_test (
            test_a_hedge_that_has_not_left_moves_to_where_somebody_is),
        fixture_test (test_a_quick_reply_needs_no_hedge),
        fixture_test (test_with_one_endpoint_there_is_no_hedge),
        fixture_test (test_a_call_that_is_not_idempotent_is_not_hedged),
        fixture_test (test_hedges_are_paid_from_the_retry_budget),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
