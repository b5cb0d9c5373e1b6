//  SPDX-License-Identifier: MIT
//
//  A call ends by its one deadline, whatever its attempts do, and says why.

#include "fixture.h"

//  Late is what no machine, however busy, makes of a timer that works.
#define LATE_MS 5000

static void
test_a_call_to_nobody_ends_with_unavailable_and_says_where (void **state)
{
    fixture_t *self = *state;
    const char *nowhere = peer_new_endpoint ();
    self->client = zp_client_new (self->loop, NULL);
    zp_client_connect (self->client, nowhere);
    fixture_call (self, 120);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_UNAVAILABLE));
    assert_non_null (strstr (self->outcome.text, nowhere));
    assert_non_null (strstr (self->outcome.text, "running?"));
    assert_in_range (self->outcome.elapsed_ms, 120, LATE_MS);
}

static void
test_a_call_to_a_silent_service_ends_with_deadline_exceeded (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    fixture_call (self, 120);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_DEADLINE_EXCEEDED));
    assert_non_null (
        strstr (self->outcome.text, peer_endpoint (self->service[0])));
    assert_in_range (self->outcome.elapsed_ms, 120, LATE_MS);
}

static void
test_all_attempts_share_one_deadline (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    fixture_call (self, 300);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_DEADLINE_EXCEEDED));
    assert_int_equal (self->outcome.attempts, 3);
    assert_in_range (self->outcome.elapsed_ms, 300, LATE_MS);
    fixture_fence (self);

    //  Each leaves a share of the time to those after it, and says what is left
    uint32_t left_ms = 301;
    for (size_t i = 0; i < 3; i++) {
        const letter_t *letter = peer_letter (self->service[0], i);
        assert_int_equal (letter->envelope.attempt, i + 1);
        assert_in_range (letter->envelope.time_ms, 1, left_ms - 1);
        left_ms = letter->envelope.time_ms;
    }
    assert_in_range (left_ms, 1, 100);
}

static void
test_an_attempt_may_be_given_less_than_its_share (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.attempt_timeout_ms = 20;
    fixture_client (self, &options);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 2);
    assert_in_range (peer_letter (self->service[0], 1)->came_ms -
                         peer_letter (self->service[0], 0)->came_ms,
                     0, LATE_MS);
    peer_reply (self->service[0], 1, "done");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_int_equal (self->outcome.attempts, 2);
}

static void
test_when_all_attempts_were_silent_the_call_ends_before_its_deadline (
    void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.attempt_timeout_ms = 20;
    fixture_client (self, &options);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_DEADLINE_EXCEEDED));
    assert_int_equal (self->outcome.attempts, 3);
    assert_in_range (self->outcome.elapsed_ms, 60, LATE_MS);
}

static void
test_with_no_time_for_a_retry_a_late_reply_is_still_taken (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.attempt_timeout_ms = 10;
    options.backoff = (zp_backoff_t){1000000000, 1000000000, 1};
    fixture_client (self, &options);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, fixture_endpoint (self, 0).outstanding == 0 &&
                                peer_count (self->service[0]) == 1);
    assert_int_equal (self->outcome.ended, 0);
    peer_reply (self->service[0], 0, "late");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_int_equal (self->outcome.attempts, 1);
}

static void
test_a_retry_that_would_come_too_late_is_not_waited_for (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 1);
    peer_fail (self->service[0], 0, ZP_RESOURCE_EXHAUSTED, TEST_PATIENCE_MS + 1,
               "full");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_RESOURCE_EXHAUSTED));
    assert_string_equal (self->outcome.text, "full");
    assert_int_equal (self->outcome.retry_after_ms, TEST_PATIENCE_MS + 1);
    assert_in_range (self->outcome.elapsed_ms, 0, LATE_MS);
}

static void
test_the_deadline_holds_while_a_call_waits_for_its_retry (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    fixture_call (self, 100);
    test_until (self->loop, peer_count (self->service[0]) == 1);
    peer_fail (self->service[0], 0, ZP_UNAVAILABLE, 60, "not yet");
    test_until (self->loop, self->outcome.ended);
    //  Second attempt at 60 ms or later, which nobody answers
    assert_in_range (self->outcome.elapsed_ms, 60, LATE_MS);
}

static void
test_of_many_calls_each_has_its_own_deadline (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    for (int i = 0; i < 16; i++)
        outcome_start (self->client, "work", "", 20 + 15 * (16 - i),
                       &self->outcomes[i]);
    for (int i = 15; i >= 0; i--) {
        test_until (self->loop, self->outcomes[i].ended);
        assert_in_range (self->outcomes[i].elapsed_ms, 20 + 15 * (16 - i),
                         LATE_MS);
        assert_true (outcome_is (&self->outcomes[i], ZP_DEADLINE_EXCEEDED));
    }
    assert_int_equal (fixture_client_stats (self).in_flight, 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (
            test_a_call_to_nobody_ends_with_unavailable_and_says_where),
        fixture_test (
            test_a_call_to_a_silent_service_ends_with_deadline_exceeded),
        fixture_test (test_all_attempts_share_one_deadline),
        fixture_test (test_an_attempt_may_be_given_less_than_its_share),
        fixture_test (
            test_when_all_attempts_were_silent_the_call_ends_before_its_deadline),
        fixture_test (
            test_with_no_time_for_a_retry_a_late_reply_is_still_taken),
        fixture_test (test_a_retry_that_would_come_too_late_is_not_waited_for),
        fixture_test (test_the_deadline_holds_while_a_call_waits_for_its_retry),
        fixture_test (test_of_many_calls_each_has_its_own_deadline),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
