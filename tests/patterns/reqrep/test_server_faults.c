//  SPDX-License-Identifier: MIT
//
//  Faults on purpose, through zp.faults.

#include <jansson.h>

#include "fixture.h"

static int s_runs;  // Of the method "count"

static void
s_count (zp_request_t *request, void *arg)
{
    (void) arg;
    s_runs++;
    zp_request_reply (&request, "counted", 7);
}

static void
s_set_up_server (fixture_t *self, uint64_t seed)
{
    zp_server_options_t options = ZP_SERVER_DEFAULTS;
    options.fault_seed = seed;
    options.cache_replies = 10;
    fixture_server (self, &options);
    zp_server_method (self->server, "count", s_count, NULL);
    fixture_callers (self, 1);
    s_runs = 0;
}

//  Send a request, and wait for the next reply
static const letter_t *
s_ask (fixture_t *self, const char *method, const char *arg)
{
    size_t number = peer_count (self->caller[0]);
    peer_request (self->caller[0], 100 + number, method, arg);
    test_until (self->loop, peer_count (self->caller[0]) > number);
    return peer_letter (self->caller[0], number);
}

static void
s_load (fixture_t *self, const char *rules)
{
    assert_int_equal (s_ask (self, "zp.faults", rules)->envelope.status, ZP_OK);
}

static void
test_without_a_seed_there_are_no_faults (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    const letter_t *reply = s_ask (self, "zp.faults", "[]");
    assert_int_equal (reply->envelope.status, ZP_UNIMPLEMENTED);
}

static void
test_an_error_is_replied_instead_of_running_the_request (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    s_load (self, "[{\"method\": \"count\", \"error\": \"DATA_LOSS\"}]");
    const letter_t *reply = s_ask (self, "count", "");
    assert_int_equal (reply->envelope.status, ZP_DATA_LOSS);
    assert_true (letter_says (reply, 0, "injected fault"));
    assert_int_equal (s_runs, 0);
    assert_int_equal (fixture_server_stats (self).faults, 1);
    assert_int_equal (fixture_server_stats (self).in_flight, 0);
    //  Other methods are not hit
    assert_int_equal (s_ask (self, "echo", "")->envelope.status, ZP_OK);
}

static void
test_dropped_before_it_does_not_run (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    s_load (self, "[{\"method\": \"count\", \"drop\": \"before\"}]");
    peer_request (self->caller[0], 1, "count", "");
    assert_true (letter_says (s_ask (self, "echo", "next"), 0, "next"));
    assert_int_equal (s_runs, 0);
    assert_int_equal (fixture_server_stats (self).in_flight, 0);
    //  A retry is as good as new
    s_load (self, "[]");
    peer_request (self->caller[0], 1, "count", "");
    test_until (self->loop, s_runs == 1);
}

static void
test_dropped_after_it_runs_and_a_retry_gets_the_reply (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    s_load (self, "[{\"method\": \"count\", \"drop\": \"after\"}]");
    peer_request (self->caller[0], 1, "count", "");
    assert_true (letter_says (s_ask (self, "echo", "next"), 0, "next"));
    assert_int_equal (s_runs, 1);
    size_t number = peer_count (self->caller[0]);
    peer_request (self->caller[0], 1, "count", "");
    test_until (self->loop, peer_count (self->caller[0]) > number);
    assert_true (
        letter_says (peer_letter (self->caller[0], number), 0, "counted"));
    assert_int_equal (s_runs, 1);
}

static void
test_delayed_it_runs_later_and_others_do_not_wait (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    s_load (self, "[{\"method\": \"count\", \"delay_ms\": 60}]");
    size_t number = peer_count (self->caller[0]);
    int64_t start_ms = zclock_mono ();
    peer_request (self->caller[0], 1, "count", "");
    assert_true (letter_says (s_ask (self, "echo", "next"), 0, "next"));
    test_until (self->loop, s_runs == 1);
    assert_true (zclock_mono () - start_ms >= 60);
    test_until (self->loop, peer_count (self->caller[0]) == number + 2);
}

static void
test_delayed_past_its_budget_it_does_not_run (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    s_load (self, "[{\"method\": \"count\", \"delay_ms\": 40}]");
    zp_envelope_t envelope = peer_envelope (1);
    envelope.time_ms = 10;
    zp_span_t method = {"count", 5};
    peer_send_open (self->caller[0], NULL, &envelope, &method, 1);
    test_until (self->loop, fixture_server_stats (self).expired == 1);
    assert_int_equal (s_runs, 0);
    assert_int_equal (fixture_server_stats (self).in_flight, 0);
}

static void
test_a_server_with_a_delayed_request_can_be_destroyed (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    s_load (self, "[{\"method\": \"count\", \"delay_ms\": 3600000}]");
    size_t number = peer_count (self->caller[0]);
    peer_request (self->caller[0], 1, "count", "");
    test_until (self->loop, fixture_server_stats (self).faults == 1);
    zp_server_destroy (&self->server);
    test_until (self->loop, peer_count (self->caller[0]) > number);
    assert_int_equal (peer_letter (self->caller[0], number)->envelope.status,
                      ZP_UNAVAILABLE);
}

static void
test_an_empty_list_heals (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    s_load (self, "[{\"error\": \"INTERNAL\"}]");
    assert_int_equal (s_ask (self, "echo", "")->envelope.status, ZP_INTERNAL);
    s_load (self, "[]");
    assert_int_equal (s_ask (self, "echo", "")->envelope.status, ZP_OK);
}

static void
test_built_in_methods_are_never_hit (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    s_load (self, "[{\"error\": \"INTERNAL\"}]");
    assert_int_equal (s_ask (self, "zp.ping", "")->envelope.status, ZP_OK);
    assert_int_equal (s_ask (self, "zp.stats", "")->envelope.status, ZP_OK);
    assert_int_equal (fixture_server_stats (self).faults, 0);
}

static void
test_one_client_can_be_singled_out (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    s_load (self, "[{\"client\": \"c0ffee\", \"error\": \"INTERNAL\"}]");
    assert_int_equal (s_ask (self, "echo", "")->envelope.status, ZP_INTERNAL);
    fixture_client (self, NULL);
    outcome_start (self->client, "echo", "", TEST_PATIENCE_MS, &self->outcome);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
}

static void
test_a_fault_can_last_for_a_time (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    int64_t start_ms = zclock_mono ();
    s_load (self, "[{\"error\": \"INTERNAL\", \"for_ms\": 80}]");
    int hits = 0;
    while (s_ask (self, "echo", "")->envelope.status == ZP_INTERNAL)
        hits++;
    assert_true (zclock_mono () - start_ms >= 80);
    assert_int_equal (fixture_server_stats (self).faults, hits);
}

static void
test_rules_that_make_no_sense_are_refused_and_the_old_ones_stay (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    s_load (self, "[{\"error\": \"INTERNAL\"}]");
    const letter_t *reply = s_ask (self, "zp.faults", "[{\"error\": ");
    assert_int_equal (reply->envelope.status, ZP_INVALID_ARGUMENT);
    char text[256];
    snprintf (text, sizeof text, "%.*s", (int) reply->part[0].size,
              (const char *) reply->part[0].data);
    assert_non_null (strstr (text, "line 1"));
    assert_int_equal (s_ask (self, "echo", "")->envelope.status, ZP_INTERNAL);
}

static void
test_without_an_argument_the_rules_are_told_with_their_hits (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    s_load (self, "[{\"method\": \"e*\", \"error\": \"INTERNAL\"}]");
    for (int i = 0; i < 3; i++)
        s_ask (self, "echo", "");
    const letter_t *reply = s_ask (self, "zp.faults", "");
    json_t *rules =
        json_loadb (reply->part[0].data, reply->part[0].size, 0, NULL);
    assert_int_equal (json_array_size (rules), 1);
    const json_t *rule = json_array_get (rules, 0);
    assert_string_equal (json_string_value (json_object_get (rule, "method")),
                         "e*");
    assert_int_equal (json_integer_value (json_object_get (rule, "hits")), 3);
    json_decref (rules);
}

//  Which of 64 requests fail, as the bits of a number
static uint64_t
s_hits (fixture_t *self)
{
    uint64_t hits = 0;
    for (int i = 0; i < 64; i++)
        if (s_ask (self, "echo", "")->envelope.status != ZP_OK)
            hits |= 1ull << i;
    return hits;
}

static void
test_a_percentage_is_hit_and_the_seed_says_which (void **state)
{
    fixture_t *self = *state;
    uint64_t hits[3];
    const uint64_t seeds[] = {7, 7, 8};
    for (int i = 0; i < 3; i++) {
        s_set_up_server (self, seeds[i]);
        s_load (self, "[{\"error\": \"INTERNAL\", \"percent\": 50}]");
        hits[i] = s_hits (self);
        zp_server_destroy (&self->server);
        peer_destroy (&self->caller[0]);
    }
    assert_true (hits[0] == hits[1]);
    assert_true (hits[0] != hits[2]);
    assert_true (hits[0] != 0 && ~hits[0] != 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_without_a_seed_there_are_no_faults),
        fixture_test (test_an_error_is_replied_instead_of_running_the_request),
        fixture_test (test_dropped_before_it_does_not_run),
        fixture_test (test_dropped_after_it_runs_and_a_retry_gets_the_reply),
        fixture_test (test_delayed_it_runs_later_and_others_do_not_wait),
        fixture_test (test_delayed_past_its_budget_it_does_not_run),
        fixture_test (test_a_server_with_a_delayed_request_can_be_destroyed),
        fixture_test (test_an_empty_list_heals),
        fixture_test (test_built_in_methods_are_never_hit),
        fixture_test (test_one_client_can_be_singled_out),
        fixture_test (test_a_fault_can_last_for_a_time),
        fixture_test (
            test_rules_that_make_no_sense_are_refused_and_the_old_ones_stay),
        fixture_test (
            test_without_an_argument_the_rules_are_told_with_their_hits),
        fixture_test (test_a_percentage_is_hit_and_the_seed_says_which),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
