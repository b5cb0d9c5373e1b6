//  SPDX-License-Identifier: MIT
//
//  What a client sends again, how often, and when.

#include "fixture.h"

//  Scripts of a service

static void
s_always_unavailable (peer_t *service, size_t number, void *arg)
{
    (void) arg;
    peer_fail (service, number, ZP_UNAVAILABLE, 0, "gone for lunch");
}

static void
s_first_exhausted (peer_t *service, size_t number, void *arg)
{
    (void) arg;
    if (peer_letter (service, number)->envelope.attempt == 1)
        peer_fail (service, number, ZP_RESOURCE_EXHAUSTED, 0, "full");
    else
        peer_reply (service, number, "done");
}

static void
s_status_in_argument (peer_t *service, size_t number, void *arg)
{
    (void) arg;
    const letter_t *letter = peer_letter (service, number);
    for (int status = ZP_OK; status <= ZP_UNAUTHENTICATED; status++)
        if (letter_says (letter, 1, zp_status_name ((zp_status_t) status)))
            peer_fail (service, number, (zp_status_t) status, 0, "for good");
}

static void
test_a_failure_that_may_pass_is_retried_up_to_max_attempts (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.max_attempts = 4;
    fixture_client (self, &options);
    peer_script (self->service[0], s_always_unavailable, NULL);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_UNAVAILABLE));
    assert_string_equal (self->outcome.text, "gone for lunch");
    assert_int_equal (self->outcome.attempts, 4);
    assert_int_equal (fixture_client_stats (self).retries, 3);
    assert_int_equal (peer_count (self->service[0]), 4);
}

static void
test_attempts_differ_in_their_number_only (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    peer_script (self->service[0], s_always_unavailable, NULL);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, self->outcome.ended);
    assert_int_equal (peer_count (self->service[0]), 3);
    const letter_t *first = peer_letter (self->service[0], 0);
    for (size_t i = 0; i < 3; i++) {
        const letter_t *letter = peer_letter (self->service[0], i);
        assert_int_equal (letter->envelope.kind, ZP_REQUEST);
        assert_int_equal (letter->envelope.attempt, i + 1);
        assert_true (letter->envelope.client == first->envelope.client);
        assert_true (letter->envelope.serial == first->envelope.serial);
        assert_memory_equal (&letter->envelope.trace, &first->envelope.trace,
                             sizeof (zp_trace_t));
        assert_int_equal (letter->count, 2);
        assert_true (letter_says (letter, 0, "work"));
        assert_true (letter_says (letter, 1, "hard"));
    }
}

static void
test_a_retry_that_is_answered_ends_the_call (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    peer_script (self->service[0], s_first_exhausted, NULL);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_string_equal (self->outcome.result, "done");
    assert_string_equal (self->outcome.text, "");
    assert_int_equal (self->outcome.attempts, 2);
}

static void
test_a_failure_for_good_is_not_retried (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    peer_script (self->service[0], s_status_in_argument, NULL);
    size_t calls = 0;
    for (int code = ZP_CANCELLED; code <= ZP_UNAUTHENTICATED; code++) {
        zp_status_t status = (zp_status_t) code;
        if (zp_status_retryable (status))
            continue;
        outcome_start (self->client, "fail", zp_status_name (status),
                       TEST_PATIENCE_MS, &self->outcome);
        test_until (self->loop, self->outcome.ended);
        assert_true (outcome_is (&self->outcome, status));
        assert_string_equal (self->outcome.text, "for good");
        assert_int_equal (self->outcome.attempts, 1);
        assert_int_equal (peer_count (self->service[0]), ++calls);
    }
    assert_int_equal (fixture_client_stats (self).retries, 0);
}

static void
test_one_attempt_means_no_retry (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.max_attempts = 1;
    fixture_client (self, &options);
    peer_script (self->service[0], s_always_unavailable, NULL);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_UNAVAILABLE));
    assert_int_equal (peer_count (self->service[0]), 1);
}

//  Start a call that is not idempotent.
static void
s_call_once (fixture_t *self, int timeout_ms)
{
    self->outcome = (outcome_t){.ended = 0};
    zp_call_t call = {.method = "work",
                      .timeout_ms = timeout_ms,
                      .once = true,
                      .fn = outcome_note,
                      .arg = &self->outcome};
    assert_int_equal (zp_client_start (self->client, &call, NULL), ZP_OK);
}

static void
test_once_is_not_sent_again_after_silence (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.attempt_timeout_ms = 10;
    fixture_client (self, &options);
    s_call_once (self, 100);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_DEADLINE_EXCEEDED));
    assert_int_equal (self->outcome.attempts, 1);
    assert_true (self->outcome.elapsed_ms >= 100);
    assert_int_equal (peer_count (self->service[0]), 1);
}

static void
test_once_is_not_sent_again_after_a_broken_connection (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    s_call_once (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 1);
    peer_destroy (&self->service[0]);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_UNKNOWN));
    assert_non_null (strstr (self->outcome.text, "broke"));
    assert_int_equal (self->outcome.attempts, 1);
}

static void
test_once_is_sent_again_when_the_server_says_it_was_not_done (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    peer_script (self->service[0], s_first_exhausted, NULL);
    s_call_once (self, TEST_PATIENCE_MS);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_int_equal (self->outcome.attempts, 2);
}

static void
test_a_budget_of_nothing_allows_no_retry (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.retry_percent = 0;
    fixture_client (self, &options);
    peer_script (self->service[0], s_always_unavailable, NULL);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_UNAVAILABLE));
    assert_int_equal (peer_count (self->service[0]), 1);
}

static void
test_the_budget_bounds_retries_when_all_calls_fail (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.retry_percent = 10;
    options.max_in_flight = 100;
    fixture_client (self, &options);
    peer_script (self->service[0], s_always_unavailable, NULL);
    const size_t calls = 400;
    for (size_t i = 0; i < calls; i++) {
        fixture_call (self, TEST_PATIENCE_MS);
        test_until (self->loop, self->outcome.ended);
        assert_true (outcome_is (&self->outcome, ZP_UNAVAILABLE));
    }
    //  What was saved up for a burst, and a tenth of the calls
    uint64_t retries = fixture_client_stats (self).retries;
    assert_in_range (retries, calls / 10, calls / 10 + 10);
    assert_int_equal (peer_count (self->service[0]), calls + retries);
}

static void
test_a_servers_retry_after_is_obeyed (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 1);
    int64_t told_ms = zclock_mono ();
    peer_fail (self->service[0], 0, ZP_RESOURCE_EXHAUSTED, 80, "in a moment");
    test_until (self->loop, peer_count (self->service[0]) == 2);
    assert_true (peer_letter (self->service[0], 1)->came_ms >= told_ms + 80);
    peer_reply (self->service[0], 1, "done");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
}

static void
test_retries_wait_as_the_backoff_says (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.max_attempts = 50;
    options.backoff = (zp_backoff_t){20, 20, 1};
    fixture_client (self, &options);
    peer_script (self->service[0], s_always_unavailable, NULL);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, self->outcome.ended);
    //  49 waits of 10 ms on average: that all are under 4 does not happen
    assert_true (self->outcome.elapsed_ms >= 196);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (
            test_a_failure_that_may_pass_is_retried_up_to_max_attempts),
        fixture_test (test_attempts_differ_in_their_number_only),
        fixture_test (test_a_retry_that_is_answered_ends_the_call),
        fixture_test (test_a_failure_for_good_is_not_retried),
        fixture_test (test_one_attempt_means_no_retry),
        fixture_test (test_once_is_not_sent_again_after_silence),
        fixture_test (test_once_is_not_sent_again_after_a_broken_connection),
        fixture_test (
            test_once_is_sent_again_when_the_server_says_it_was_not_done),
        fixture_test (test_a_budget_of_nothing_allows_no_retry),
        fixture_test (test_the_budget_bounds_retries_when_all_calls_fail),
        fixture_test (test_a_servers_retry_after_is_obeyed),
        fixture_test (test_retries_wait_as_the_backoff_says),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
