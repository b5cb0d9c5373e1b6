//  SPDX-License-Identifier: MIT
//
//  The methods that each server has: zp.ping, zp.info, zp.stats.

#include <jansson.h>

#include "fixture.h"

//  Call a built-in method, and parse what it says; the caller frees that
static json_t *
s_ask (fixture_t *self, const char *method)
{
    size_t number = peer_count (self->caller[0]);
    peer_request (self->caller[0], 1000 + number, method, "");
    test_until (self->loop, peer_count (self->caller[0]) > number);
    const letter_t *letter = peer_letter (self->caller[0], number);
    assert_int_equal (letter->envelope.status, ZP_OK);
    assert_int_equal (letter->count, 1);
    json_t *value = json_loadb (letter->part[0].data, letter->part[0].size,
                                JSON_DECODE_ANY, NULL);
    assert_non_null (value);
    return value;
}

static json_int_t
s_number (const json_t *object, const char *key)
{
    const json_t *value = json_object_get (object, key);
    assert_true (json_is_integer (value));
    return json_integer_value (value);
}

static void
s_expect_pong (fixture_t *self)
{
    json_t *pong = s_ask (self, "zp.ping");
    assert_string_equal (json_string_value (pong), "pong");
    json_decref (pong);
}

static void
test_ping_says_pong (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    s_expect_pong (self);
}

static void
test_a_plain_peer_can_ask_as_well (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    zmsg_t *msg = zmsg_new ();
    zmsg_addmem (msg, NULL, 0);
    zmsg_addstr (msg, "zp.ping");
    peer_send (self->caller[0], NULL, msg);
    test_until (self->loop, peer_count (self->caller[0]) == 1);
    assert_true (letter_says (peer_letter (self->caller[0], 0), 0, "\"pong\""));
}

static bool
s_lists (const json_t *methods, const char *name)
{
    size_t i;
    const json_t *value;
    json_array_foreach (methods, i,
                        value) if (strcmp (json_string_value (value), name) ==
                                   0) return true;
    return false;
}

static void
test_info_says_who_it_is_and_what_it_can_do (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = ZP_SERVER_DEFAULTS;
    char name[] = "films \"and\" more";
    options.name = name;
    options.max_in_flight = 17;
    options.workers = 2;
    options.cache_replies = 5;
    fixture_server (self, &options);
    name[0] = 'X';  // It has its own
    fixture_callers (self, 1);
    json_t *info = s_ask (self, "zp.info");
    assert_string_equal (json_string_value (json_object_get (info, "name")),
                         "films \"and\" more");
    assert_int_equal (s_number (info, "pid"), getpid ());
    assert_in_range (s_number (info, "uptime_ms"), 0, TEST_PATIENCE_MS);
    assert_int_equal (s_number (info, "max_in_flight"), 17);
    assert_int_equal (s_number (info, "workers"), 2);
    assert_int_equal (s_number (info, "cache_replies"), 5);
    assert_true (json_is_false (json_object_get (info, "draining")));
    assert_true (json_is_false (json_object_get (info, "faults")));
    const json_t *methods = json_object_get (info, "methods");
    assert_int_equal (json_array_size (methods), 6);
    const char *listed[] = {"zp.ping", "zp.info", "zp.stats",
                            "echo",    "stream",  "hold"};
    for (size_t i = 0; i < 6; i++)
        assert_true (s_lists (methods, listed[i]));
    json_decref (info);
}

static void
test_stats_count_what_happened (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = ZP_SERVER_DEFAULTS;
    options.max_in_flight = 2;
    options.cache_replies = 10;
    fixture_server (self, &options);
    fixture_callers (self, 1);
    peer_t *caller = self->caller[0];
    peer_request (caller, 1, "echo", "");
    peer_request (caller, 1, "echo", "");       // Repeated
    peer_request (caller, 2, "hold", "");       // In flight
    peer_request (caller, 3, "hold", "");       // To fail
    peer_request (caller, 4, "hold", "");       // Over the limit
    peer_request (caller, 5, "no method", "");  // Unknown
    zmsg_t *garbage = zmsg_new ();
    zmsg_addstr (garbage, "garbage");
    peer_send (caller, NULL, garbage);
    test_until (self->loop, peer_count (caller) == 4);
    zp_request_fail (&self->held.request[1], ZP_NOT_FOUND, "no");
    test_until (self->loop, peer_count (caller) == 5);

    json_t *stats = s_ask (self, "zp.stats");
    assert_int_equal (s_number (stats, "requests"), 7);
    assert_int_equal (s_number (stats, "failures"), 3);
    assert_int_equal (s_number (stats, "shed"), 1);
    assert_int_equal (s_number (stats, "repeated"), 1);
    assert_int_equal (s_number (stats, "garbage"), 1);
    assert_int_equal (s_number (stats, "in_flight"), 1);
    assert_int_equal (s_number (stats, "expired"), 0);
    assert_int_equal (s_number (stats, "cancelled"), 0);
    assert_int_equal (s_number (stats, "unsent"), 0);
    assert_int_equal (s_number (stats, "faults"), 0);
    const json_t *methods = json_object_get (stats, "methods");
    const json_t *echo = json_object_get (methods, "echo");
    assert_int_equal (s_number (echo, "requests"), 2);
    assert_int_equal (s_number (echo, "failures"), 0);
    const json_t *hold = json_object_get (methods, "hold");
    assert_int_equal (s_number (hold, "requests"), 3);
    assert_int_equal (s_number (hold, "failures"), 2);
    json_decref (stats);
}

static void
test_the_stats_verb_says_the_same_as_the_method (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    for (uint64_t i = 0; i < 10; i++)
        peer_request (self->caller[0], i, i < 7 ? "echo" : "nothing", "");
    test_until (self->loop, peer_count (self->caller[0]) == 10);
    zp_server_stats_t stats = fixture_server_stats (self);
    assert_int_equal (stats.requests, 10);
    assert_int_equal (stats.failures, 3);
    assert_int_equal (stats.in_flight, 0);
    json_t *told = s_ask (self, "zp.stats");
    assert_int_equal (s_number (told, "requests"), 11);
    assert_int_equal (s_number (told, "failures"), 3);
    json_decref (told);
}

static void
test_latencies_are_of_the_time_from_taken_to_ended (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    peer_request (self->caller[0], 1, "hold", "");
    test_until (self->loop, self->held.count == 1);
    int64_t end_ms = zclock_mono () + 30;
    test_until (self->loop, zclock_mono () >= end_ms);
    zp_request_reply (&self->held.request[0], NULL, 0);
    test_until (self->loop, peer_count (self->caller[0]) == 1);
    json_t *stats = s_ask (self, "zp.stats");
    const json_t *latency = json_object_get (stats, "latency_us");
    const char *keys[] = {"p50", "p90", "p99", "p999", "max"};
    json_int_t last = 28000;  // A histogram rounds
    for (size_t i = 0; i < 5; i++) {
        assert_true (s_number (latency, keys[i]) >= last);
        last = s_number (latency, keys[i]);
    }
    assert_true (json_number_value (json_object_get (latency, "mean")) >=
                 28000);
    json_decref (stats);
}

static void
test_they_answer_while_the_server_is_full (void **state)
{
    fixture_t *self = *state;
    zp_server_options_t options = ZP_SERVER_DEFAULTS;
    options.max_in_flight = 1;
    fixture_server (self, &options);
    fixture_callers (self, 1);
    peer_request (self->caller[0], 1, "hold", "");
    test_until (self->loop, self->held.count == 1);
    s_expect_pong (self);
    json_t *stats = s_ask (self, "zp.stats");
    assert_int_equal (s_number (stats, "in_flight"), 1);
    json_decref (stats);
}

static void
test_they_answer_while_the_server_drains (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    peer_request (self->caller[0], 1, "hold", "");
    test_until (self->loop, self->held.count == 1);
    zp_server_drain (self->server, NULL, NULL);
    s_expect_pong (self);
    json_t *info = s_ask (self, "zp.info");
    assert_true (json_is_true (json_object_get (info, "draining")));
    json_decref (info);
    json_decref (s_ask (self, "zp.stats"));
    zp_request_reply (&self->held.request[0], NULL, 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_ping_says_pong),
        fixture_test (test_a_plain_peer_can_ask_as_well),
        fixture_test (test_info_says_who_it_is_and_what_it_can_do),
        fixture_test (test_stats_count_what_happened),
        fixture_test (test_the_stats_verb_says_the_same_as_the_method),
        fixture_test (test_latencies_are_of_the_time_from_taken_to_ended),
        fixture_test (test_they_answer_while_the_server_is_full),
        fixture_test (test_they_answer_while_the_server_drains),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
