//  SPDX-License-Identifier: MIT
//
//  Two services, one of which calls the other for each request, and what they
//  say when they are asked what happened.

#include "zp_tracer.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "answer.h"
#include "peer.h"
#include "test_loop.h"
#include "test_seed.h"
#include "zp_client.h"

typedef struct {
    zloop_t *loop;           // All is on it
    zp_tracer_t *tracer[2];  // One a service
    zp_server_t *server[2];  // The first calls the second
    zp_client_t *between;    // For that
    zp_client_t *caller[2];  // Call these; they have no tap
    zp_request_t *held;      // Of the first: the second has been asked
    answer_t answer;         // What the caller was told
} s_pair_t;

static void
s_on_answer (void *arg, const zp_reply_t *reply)
{
    s_pair_t *self = arg;
    zp_request_reply (&self->held, reply->text, strlen (reply->text));
}

//  Pass a request on, as a part of its trace
static void
s_on_front (zp_request_t *request, void *arg)
{
    s_pair_t *self = arg;
    self->held = request;
    zp_call_t call = {.method = "back",
                      .timeout_ms = TEST_PATIENCE_MS,
                      .fn = s_on_answer,
                      .arg = self,
                      .trace = &zp_request_envelope (request)->trace};
    assert_int_equal (zp_client_start (self->between, &call, NULL), ZP_OK);
}

static void
s_on_back (zp_request_t *request, void *arg)
{
    (void) arg;
    zp_request_reply (&request, "", 0);
}

static int
s_set_up (void **state)
{
    s_pair_t *self = zmalloc (sizeof *self);
    self->loop = zloop_new ();
    for (int i = 0; i < 2; i++) {
        self->tracer[i] = zp_tracer_new ();
        zp_server_options_t options = ZP_SERVER_DEFAULTS;
        options.tap = zp_tracer_tap (self->tracer[i]);
        options.fault_seed = 1;
        self->server[i] = zp_server_new (self->loop, &options);
        zp_tracer_serve (self->tracer[i], self->server[i]);
        zp_server_bind (self->server[i], peer_new_endpoint ());
        self->caller[i] = answer_client_new (
            self->loop, zp_server_endpoint (self->server[i]));
    }
    zp_server_method (self->server[0], "front", s_on_front, self);
    zp_server_method (self->server[1], "back", s_on_back, NULL);
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.tap = zp_tracer_tap (self->tracer[0]);
    options.attempt_timeout_ms = 50;
    options.backoff = (zp_backoff_t){0, 0, 1};
    self->between = zp_client_new (self->loop, &options);
    zp_client_connect (self->between, zp_server_endpoint (self->server[1]));
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    s_pair_t *self = *state;
    answer_clear (&self->answer);
    zp_client_destroy (&self->between);
    for (int i = 0; i < 2; i++) {
        zp_client_destroy (&self->caller[i]);
        zp_server_destroy (&self->server[i]);
        zp_tracer_destroy (&self->tracer[i]);
        zp_tracer_destroy (&self->tracer[i]);
    }
    zloop_destroy (&self->loop);
    free (self);
    return 0;
}

//  Ask one of the services; how it ended
static zp_status_t
s_ask (s_pair_t *self, int number, const char *method, const char *arg)
{
    zp_span_t span = {arg, strlen (arg)};
    answer_clear (&self->answer);
    answer_begin (&self->answer, self->caller[number], method, &span, 1);
    return answer_wait (&self->answer, self->loop);
}

//  The same, and what it says. The caller owns it
static json_t *
s_ask_json (s_pair_t *self, int number, const char *method, const char *arg)
{
    assert_int_equal (s_ask (self, number, method, arg), ZP_OK);
    json_t *value =
        json_loadb (self->answer.part[0], self->answer.size[0], 0, NULL);
    assert_non_null (value);
    return value;
}

static const char *
s_text (const json_t *event, const char *key)
{
    const char *text = json_string_value (json_object_get (event, key));
    assert_non_null (text);
    return text;
}

static int
s_number (const json_t *event, const char *key)
{
    const json_t *number = json_object_get (event, key);
    assert_true (json_is_integer (number));
    return (int) json_integer_value (number);
}

//  The first event of that kind
static json_t *
s_find (const json_t *said, const char *what)
{
    size_t number;
    json_t *event;
    json_array_foreach (json_object_get (said, "events"), number,
                        event) if (strcmp (s_text (event, "what"), what) ==
                                   0) return event;
    fail_msg ("nothing was %s", what);
    return NULL;
}

static size_t
s_count (const json_t *said)
{
    return json_array_size (json_object_get (said, "events"));
}

static void
test_a_request_through_two_services_is_one_trace (void **state)
{
    s_pair_t *self = *state;
    assert_int_equal (s_ask (self, 0, "front", ""), ZP_OK);
    json_t *front = s_ask_json (self, 0, "zp.events", "");
    json_t *back = s_ask_json (self, 1, "zp.events", "");
    assert_int_equal (s_count (front), 5);  // took, sent, heard, ended, replied
    assert_int_equal (s_count (back), 2);
    json_t *took = s_find (front, "took"), *sent = s_find (front, "sent");
    json_t *came = s_find (back, "took");
    assert_string_equal (s_text (took, "method"), "front");
    assert_string_equal (s_text (sent, "method"), "back");
    assert_string_equal (s_text (came, "method"), "back");
    assert_string_equal (s_text (sent, "endpoint"),
                         zp_server_endpoint (self->server[1]));
    assert_string_equal (s_text (took, "endpoint"), "");

    assert_string_equal (s_text (sent, "trace"), s_text (took, "trace"));
    assert_string_equal (s_text (sent, "parent"), s_text (took, "span"));
    const char *same[] = {"client", "serial", "trace", "span"};
    for (int i = 0; i < 4; i++)
        assert_string_equal (s_text (sent, same[i]), s_text (came, same[i]));
    assert_int_equal (strlen (s_text (sent, "trace")), 32);
    assert_int_equal (strlen (s_text (sent, "client")), 16);
    assert_int_equal (s_number (sent, "attempt"), 1);
    assert_true (s_number (sent, "at_us") <= s_number (came, "at_us"));
    assert_string_equal (s_text (came, "status"), "OK");
    assert_true (json_is_false (json_object_get (came, "more")));
    json_decref (front);
    json_decref (back);
}

static void
test_a_lost_reply_shows_at_both_ends (void **state)
{
    s_pair_t *self = *state;
    json_decref (s_ask_json (self, 1, "zp.faults", "[{\"drop\": \"after\"}]"));
    //  No attempt of three is replied to
    assert_int_equal (s_ask (self, 0, "front", ""), ZP_OK);
    json_t *front = s_ask_json (self, 0, "zp.events", "");
    json_t *back = s_ask_json (self, 1, "zp.events", "");
    json_t *peers = s_ask_json (self, 0, "zp.peers", "");
    assert_string_equal (s_text (s_find (front, "lost"), "status"),
                         "DEADLINE_EXCEEDED");
    assert_string_equal (s_text (s_find (back, "muted"), "status"), "OK");
    const json_t *peer = json_array_get (json_object_get (peers, "peers"), 0);
    const struct {
        const char *key;
        int number;
    } books[] = {{"sent", 3},   {"retries", 2}, {"lost", 3},     {"ok", 0},
                 {"failed", 1}, {"pieces", 0},  {"in_flight", 0}};
    for (size_t i = 0; i < sizeof books / sizeof books[0]; i++)
        assert_int_equal (s_number (peer, books[i].key), books[i].number);
    assert_string_equal (s_text (peer, "breaker"), "closed");
    json_decref (front);
    json_decref (back);
    json_decref (peers);
}

static void
test_peers_says_who_calls_and_whom (void **state)
{
    s_pair_t *self = *state;
    json_t *none = s_ask_json (self, 0, "zp.peers", "");
    assert_int_equal (json_array_size (json_object_get (none, "peers")), 0);
    assert_int_equal (json_array_size (json_object_get (none, "clients")), 0);
    json_decref (none);

    assert_int_equal (s_ask (self, 0, "front", ""), ZP_OK);
    json_t *said = s_ask_json (self, 0, "zp.peers", "");
    char id[17];
    snprintf (id, sizeof id, "%016" PRIx64, zp_client_id (self->between));
    const json_t *client =
        json_array_get (json_object_get (said, "clients"), 0);
    assert_string_equal (json_string_value (client), id);
    const json_t *peer = json_array_get (json_object_get (said, "peers"), 0);
    assert_string_equal (s_text (peer, "endpoint"),
                         zp_server_endpoint (self->server[1]));
    assert_int_equal (s_number (peer, "ok"), 1);
    json_decref (said);
}

static void
test_questions_are_neither_kept_nor_counted (void **state)
{
    s_pair_t *self = *state;
    zp_client_connect (self->between, zp_server_endpoint (self->server[1]));
    const char *methods[] = {"zp.ping", "zp.stats", "zp.peers", "up.ps",
                             "gauges"};
    for (int i = 0; i < 5; i++)
        s_ask (self, 0, methods[i], "");
    json_t *said = s_ask_json (self, 0, "zp.events", "");
    assert_int_equal (s_count (said), 0);
    json_decref (said);
}

static void
test_only_what_is_asked_for_is_said (void **state)
{
    s_pair_t *self = *state;
    for (int i = 0; i < 3; i++)
        assert_int_equal (s_ask (self, 0, "front", ""), ZP_OK);
    json_t *all = s_ask_json (self, 0, "zp.events", "{}");
    assert_int_equal (s_count (all), 15);
    assert_int_equal (s_number (all, "next"), 15);
    assert_int_equal (s_number (all, "missed"), 0);

    json_t *some =
        s_ask_json (self, 0, "zp.events", "{\"after\": 5, \"limit\": 4}");
    assert_int_equal (s_number (some, "next"), 9);
    const json_t *events = json_object_get (all, "events");
    for (size_t i = 0; i < 4; i++)
        assert_true (
            json_equal (json_array_get (json_object_get (some, "events"), i),
                        json_array_get (events, 5 + i)));
    json_decref (some);

    char arg[80];
    snprintf (arg, sizeof arg, "{\"trace\": \"%s\"}",
              s_text (json_array_get (events, 7), "trace"));
    some = s_ask_json (self, 0, "zp.events", arg);
    assert_int_equal (s_count (some), 5);
    assert_int_equal (s_number (some, "next"), 15);
    json_decref (some);
    json_decref (all);
}

static void
test_roots_are_requests_that_came_without_a_trace (void **state)
{
    s_pair_t *self = *state;
    peer_t *plain =
        peer_new_caller (self->loop, zp_server_endpoint (self->server[1]));
    peer_request (plain, 1, "back", "");
    test_until (self->loop, peer_count (plain) == 1);
    peer_destroy (&plain);
    assert_int_equal (s_ask (self, 1, "back", ""), ZP_OK);
    json_t *said = s_ask_json (self, 1, "zp.events", "{\"roots\": true}");
    assert_int_equal (s_count (said), 2);
    assert_string_equal (s_text (s_find (said, "took"), "trace"), "");
    assert_string_equal (s_text (s_find (said, "replied"), "method"), "back");
    json_decref (said);
}

static void
test_after_what_never_was_is_after_nothing (void **state)
{
    s_pair_t *self = *state;
    assert_int_equal (s_ask (self, 0, "front", ""), ZP_OK);
    json_t *said = s_ask_json (self, 0, "zp.events", "{\"after\": 1000000}");
    assert_int_equal (s_count (said), 5);
    assert_int_equal (s_number (said, "missed"), 0);
    json_decref (said);
}

static void
test_what_was_forgotten_is_counted (void **state)
{
    s_pair_t *self = *state;
    const zp_tap_t *tap = zp_tracer_tap (self->tracer[0]);
    zp_envelope_t envelope = {.kind = ZP_REQUEST};
    zp_tap_event_t event = {.what = ZP_TAP_TOOK, .envelope = &envelope};
    for (int i = 0; i < ZP_TRACER_EVENTS + 10; i++)
        tap->fn (tap->arg, &event);
    json_t *said =
        s_ask_json (self, 0, "zp.events", "{\"after\": 3, \"limit\": 8192}");
    assert_int_equal (s_number (said, "missed"), 7);
    assert_int_equal (s_count (said), ZP_TRACER_EVENTS);
    json_decref (said);
}

static void
test_a_method_is_cut_and_can_be_printed (void **state)
{
    s_pair_t *self = *state;
    const zp_tap_t *tap = zp_tracer_tap (self->tracer[0]);
    zp_envelope_t envelope = {.kind = ZP_REQUEST};
    char method[255];
    memset (method, '\xff', sizeof method);
    zp_tap_event_t event = {.what = ZP_TAP_TOOK,
                            .envelope = &envelope,
                            .method = {method, sizeof method}};
    tap->fn (tap->arg, &event);
    json_t *said = s_ask_json (self, 0, "zp.events", "");
    assert_string_equal (s_text (s_find (said, "took"), "method"),
                         "?????????????????????????????????????????");
    json_decref (said);
}

static void
test_a_question_that_makes_no_sense_is_told_what_would (void **state)
{
    s_pair_t *self = *state;
    const struct {
        const char *arg;
        const char *told;
    } wrong[] = {
        {"7", "must be a JSON object"},
        {"{", "must be a JSON object"},
        {"{\"after\": -1}", "'after' must be an integer from 0"},
        {"{\"after\": \"1\"}", "'after' must be an integer from 0"},
        {"{\"limit\": 0}", "'limit' must be an integer from 1 to 8192"},
        {"{\"limit\": 8193}", "'limit' must be an integer from 1 to 8192"},
        {"{\"roots\": 1}", "'roots' must be true or false"},
        {"{\"trace\": \"4bf9\"}", "'trace' must be 32 hexadecimal digits"},
        {"{\"trace\": \"gggggggggggggggggggggggggggggggg\"}",
         "'trace' must be 32 hexadecimal digits"},
        {"{\"before\": 1}", "there are: after, limit, trace, roots"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal (s_ask (self, 0, "zp.events", wrong[i].arg),
                          ZP_INVALID_ARGUMENT);
        if (!strstr (self->answer.text, wrong[i].told))
            fail_msg ("%s is told: %s", wrong[i].arg, self->answer.text);
        answer_check_text (&self->answer);
    }
    zp_span_t two[] = {{"{}", 2}, {"{}", 2}};
    answer_clear (&self->answer);
    answer_begin (&self->answer, self->caller[0], "zp.events", two, 2);
    assert_int_equal (answer_wait (&self->answer, self->loop),
                      ZP_INVALID_ARGUMENT);
}

//  Random bytes, and random changes to what is right
static void
test_garbage_is_refused_and_harms_nothing (void **state)
{
    s_pair_t *self = *state;
    uint64_t random = test_seed ();
    for (int round = 0; round < 500; round++) {
        char arg[] = "{\"after\": 1, \"limit\": 2, \"roots\": true, \"trace\": "
                     "\"4bf92f3577b34da6a3ce929d0e0e4736\"}";
        for (int i = test_below (&random, 4); i > 0; i--)
            arg[test_below (&random, (int) sizeof arg - 1)] =
                (char) (1 + test_below (&random, 255));
        zp_status_t status = s_ask (self, 0, "zp.events", arg);
        assert_true (status == ZP_OK || status == ZP_INVALID_ARGUMENT);
        if (status != ZP_OK)
            answer_check_text (&self->answer);
    }
    assert_int_equal (s_ask (self, 0, "front", ""), ZP_OK);
}

//  A thread with a client of its own
static void
s_call_often (zsock_t *pipe, void *arg)
{
    s_pair_t *self = arg;
    zsock_signal (pipe, 0);
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.tap = zp_tracer_tap (self->tracer[0]);
    zp_client_t *client = zp_client_new (NULL, &options);
    zp_client_connect (client, zp_server_endpoint (self->server[1]));
    for (int i = 0; i < 50; i++) {
        zchunk_t *reply;
        zp_status_t status =
            zp_client_call (client, "back", "", 0, TEST_PATIENCE_MS, &reply);
        if (status != ZP_OK)
            fail_msg ("%s", zp_client_error (client));
        zchunk_destroy (&reply);
    }
    zp_client_destroy (&client);
    zsock_signal (pipe, 0);
    zstr_free (&(char *){zstr_recv (pipe)});  // $TERM
}

static int
s_on_end (zloop_t *loop, zsock_t *pipe, void *arg)
{
    (void) loop;
    zsock_wait (pipe);
    ++*(int *) arg;
    return 0;
}

static void
test_clients_in_other_threads_share_a_tap (void **state)
{
    s_pair_t *self = *state;
    zactor_t *threads[2];
    int ended = 0;
    for (int i = 0; i < 2; i++) {
        threads[i] = zactor_new (s_call_often, self);
        zloop_reader (self->loop, zactor_sock (threads[i]), s_on_end, &ended);
    }
    int64_t start_ms = zclock_mono ();
    while (ended < 2 && zclock_mono () < start_ms + TEST_PATIENCE_MS)
        json_decref (s_ask_json (self, 0, "zp.events", ""));
    assert_int_equal (ended, 2);
    for (int i = 0; i < 2; i++) {
        zloop_reader_end (self->loop, zactor_sock (threads[i]));
        zactor_destroy (&threads[i]);
    }
    json_t *said = s_ask_json (self, 0, "zp.peers", "");
    const json_t *peer = json_array_get (json_object_get (said, "peers"), 0);
    assert_int_equal (s_number (peer, "ok"), 100);
    assert_int_equal (json_array_size (json_object_get (said, "clients")), 2);
    json_decref (said);
}

static void
test_it_answers_whatever_the_server_does (void **state)
{
    s_pair_t *self = *state;
    json_decref (
        s_ask_json (self, 0, "zp.faults", "[{\"error\": \"INTERNAL\"}]"));
    zp_server_drain (self->server[0], NULL, NULL);
    json_decref (s_ask_json (self, 0, "zp.events", ""));
    json_decref (s_ask_json (self, 0, "zp.peers", ""));
}

#define tracer_test(test)                                                      \
    cmocka_unit_test_setup_teardown (test, s_set_up, s_tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        tracer_test (test_a_request_through_two_services_is_one_trace),
        tracer_test (test_a_lost_reply_shows_at_both_ends),
        tracer_test (test_peers_says_who_calls_and_whom),
        tracer_test (test_questions_are_neither_kept_nor_counted),
        tracer_test (test_only_what_is_asked_for_is_said),
        tracer_test (test_roots_are_requests_that_came_without_a_trace),
        tracer_test (test_after_what_never_was_is_after_nothing),
        tracer_test (test_what_was_forgotten_is_counted),
        tracer_test (test_a_method_is_cut_and_can_be_printed),
        tracer_test (test_a_question_that_makes_no_sense_is_told_what_would),
        tracer_test (test_garbage_is_refused_and_harms_nothing),
        tracer_test (test_clients_in_other_threads_share_a_tap),
        tracer_test (test_it_answers_whatever_the_server_does),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
