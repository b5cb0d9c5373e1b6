//  SPDX-License-Identifier: MIT
//
//  Routes that make one call: what goes in, what comes out, and what becomes of
//  it when the service is killed, frozen, slow, or makes no sense.

#define _GNU_SOURCE

#include "fixture.h"

#define CALLS                                                                  \
    "{'method':'GET','path':'/films/{id}','cache_control':'max-age=60',"       \
    "'call':{'service':'films','method':'echo',"                               \
    "'arguments':{'id':'path.id','q':'query.q','lang':'header.x-lang'}}},"     \
    "{'method':'POST','path':'/films','call':{'service':'films',"              \
    "'method':'echo','arguments':'body'}},"                                    \
    "{'method':'POST','path':'/fail','call':{'service':'films',"               \
    "'method':'fail','arguments':'body'}},"                                    \
    "{'method':'GET','path':'/hold','call':{'service':'films',"                \
    "'method':'hold','arguments':{},'timeout_ms':20000}},"                     \
    "{'method':'GET','path':'/brief','call':{'service':'films',"               \
    "'method':'hold','arguments':{},'timeout_ms':50}},"                        \
    "{'method':'GET','path':'/garbage','call':{'service':'films',"             \
    "'method':'garbage','arguments':{}}},"                                     \
    "{'method':'GET','path':'/text','call':{'service':'films',"                \
    "'method':'garbage','arguments':{},'text':true}},"                         \
    "{'method':'GET','path':'/nothing','call':{'service':'films',"             \
    "'method':'nothing','arguments':{}}},"                                     \
    "{'method':'GET','path':'/away','call':{'service':'away',"                 \
    "'method':'echo','arguments':{}}},"                                        \
    "{'method':'GET','path':'/odd','call':{'service':'odd',"                   \
    "'method':'work','arguments':{},'timeout_ms':20000}}"

static void
s_start (fixture_t *self)
{
    fixture_gateway (self, NULL, CALLS);
}

static void
test_a_call_is_made_of_the_request_and_its_result_is_the_answer (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    assert_int_equal (fixture_ask (self, "GET", "/films/a%20b?q=x%26y",
                                   "X-Lang: de\r\n", NULL),
                      200);
    assert_string_equal (http_body (self->http),
                         "{\"id\":\"a b\",\"q\":\"x&y\",\"lang\":\"de\"}");
    assert_string_equal (http_field (self->http, "Content-Type"),
                         "application/json");
    assert_string_equal (http_field (self->http, "Cache-Control"),
                         "max-age=60");
}

static void
test_a_body_goes_to_the_service (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    assert_int_equal (fixture_ask (self, "POST", "/films",
                                   "Content-Type: application/json\r\n",
                                   "{\"title\": \"Nosferatu\"}"),
                      200);
    assert_string_equal (http_body (self->http), "{\"title\": \"Nosferatu\"}");
}

static void
test_a_body_that_is_no_json_is_refused (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    fixture_ask (self, "POST", "/films", "Content-Type: application/json\r\n",
                 "{");
    assert_true (fixture_problem (self, 400, "INVALID_ARGUMENT"));
    fixture_ask (self, "POST", "/films", "Content-Type: text/plain\r\n", "{}");
    assert_true (fixture_problem (self, 415, "INVALID_ARGUMENT"));
    fixture_ask (self, "POST", "/films", NULL, NULL);
    assert_true (fixture_problem (self, 400, "INVALID_ARGUMENT"));
}

static void
test_each_status_is_a_code_of_http (void **state)
{
    static const struct {
        const char *status;
        int code;
    } pairs[] = {{"INVALID_ARGUMENT", 400},
                 {"UNAUTHENTICATED", 401},
                 {"PERMISSION_DENIED", 403},
                 {"NOT_FOUND", 404},
                 {"ALREADY_EXISTS", 409},
                 {"ABORTED", 409},
                 {"FAILED_PRECONDITION", 400},
                 {"OUT_OF_RANGE", 400},
                 {"UNKNOWN", 500},
                 {"INTERNAL", 500},
                 {"UNIMPLEMENTED", 501},
                 {"DATA_LOSS", 500},
                 {"DEADLINE_EXCEEDED", 504}};
    fixture_t *self = *state;
    s_start (self);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char body[200];
        snprintf (body, sizeof body,
                  "{\"code\":\"%s\",\"text\":\"no \\\"such\\\" film\"}",
                  pairs[i].status);
        fixture_ask (self, "POST", "/fail",
                     "Content-Type: application/json\r\n", body);
        assert_true (fixture_problem (self, pairs[i].code, pairs[i].status));
        //  What broke inside is not for everybody
        bool told = strstr (http_body (self->http), "no \\\"such\\\" film");
        assert_int_equal (told, pairs[i].code < 500);
        test_until (self->loop, self->log_count == i + 1);
        char *error = fixture_logged (self, "error");
        assert_non_null (strstr (error, "no \"such\" film"));
        free (error);
    }
}

static void
test_what_makes_no_sense_is_502 (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    fixture_get (self, "/garbage");
    assert_true (fixture_problem (self, 502, "UNKNOWN"));
    assert_null (strstr (http_body (self->http), "so be it"));
}

static void
test_a_result_that_is_said_to_be_text_is_made_a_string (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    assert_int_equal (fixture_get (self, "/text"), 200);
    assert_string_equal (http_body (self->http), "\"<h1>so be it</h1>\"");
    assert_string_equal (http_field (self->http, "Content-Type"),
                         "application/json");
}

static void
test_an_empty_result_is_204 (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    assert_int_equal (fixture_get (self, "/nothing"), 204);
    assert_int_equal (http_body_size (self->http), 0);
    assert_null (http_field (self->http, "Content-Type"));
    assert_int_equal (fixture_get (self, "/films/1"), 200);
}

static void
test_a_service_that_is_not_there_is_503_in_time (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    fixture_get (self, "/away");
    assert_true (fixture_problem (self, 503, "UNAVAILABLE"));
    assert_string_equal (http_field (self->http, "Retry-After"), "1");
}

static void
test_a_service_that_is_frozen_is_504_in_time (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    fixture_get (self, "/brief");
    assert_true (fixture_problem (self, 504, "DEADLINE_EXCEEDED"));
}

static void
test_a_slow_service_holds_nobody_else_up (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    self->others[0] = fixture_connect (self);
    http_ask (self->others[0], "GET", "/hold", NULL, NULL);
    test_until (self->loop, self->held_count == 1);
    assert_int_equal (fixture_get (self, "/films/7"), 200);
    assert_false (http_answered (self->others[0]));
    zp_request_reply (&self->held[0], "[1]", 3);
    test_until (self->loop, http_answered (self->others[0]));
    assert_string_equal (http_body (self->others[0]), "[1]");
}

static void
test_a_service_that_says_odd_things_is_waited_out (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    http_ask (self->http, "GET", "/odd", NULL, NULL);
    test_until (self->loop, peer_count (self->peer) == 1);
    zmsg_t *noise = zmsg_new ();
    zmsg_addstr (noise, "what?");
    peer_send (self->peer, peer_letter (self->peer, 0), noise);
    peer_piece (self->peer, 0, "{\"half\":");
    peer_reply (self->peer, 0, "{\"odd\":true}");
    test_until (self->loop, http_answered (self->http));
    assert_string_equal (http_body (self->http), "{\"odd\":true}");
}

static void
test_a_client_that_goes_away_cancels_its_call (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    fixture_get (self, "/films/1");  // From then on it takes cancels
    http_next (self->http);
    http_ask (self->http, "GET", "/hold", NULL, NULL);
    test_until (self->loop, self->held_count == 1);
    http_destroy (&self->http);
    test_until (self->loop, zp_request_cancelled (self->held[0]));
    test_until (self->loop, self->log_count == 2);
    char *status = fixture_logged (self, "status");
    assert_string_equal (status, "499");
    free (status);
    zp_request_reply (&self->held[0], "", 0);
}

static void
test_an_answer_has_an_id_and_a_trace (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    fixture_get (self, "/films/1");
    char *first = strdup (http_field (self->http, "X-Request-Id"));
    assert_int_equal (strlen (first), 32);
    assert_int_equal (strlen (http_field (self->http, "traceparent")), 55);
    fixture_get (self, "/films/1");
    assert_string_not_equal (first, http_field (self->http, "X-Request-Id"));
    free (first);
}

static void
test_a_trace_goes_on_to_the_service (void **state)
{
    static const char trace[] = "4bf92f3577b34da6a3ce929d0e0e4736";
    static const uint8_t bytes[16] = {0x4b, 0xf9, 0x2f, 0x35, 0x77, 0xb3,
                                      0x4d, 0xa6, 0xa3, 0xce, 0x92, 0x9d,
                                      0x0e, 0x0e, 0x47, 0x36};
    fixture_t *self = *state;
    s_start (self);
    http_ask (self->http, "GET", "/odd",
              "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-"
              "00f067aa0ba902b7-01\r\nX-Request-Id: order-7\r\n",
              NULL);
    test_until (self->loop, peer_count (self->peer) == 1);
    const letter_t *letter = peer_letter (self->peer, 0);
    assert_memory_equal (letter->envelope.trace.trace_id, bytes, 16);
    peer_reply (self->peer, 0, "1");
    test_until (self->loop, http_answered (self->http));
    assert_non_null (strstr (http_field (self->http, "traceparent"), trace));
    assert_null (
        strstr (http_field (self->http, "traceparent"), "00f067aa0ba902b7"));
    assert_string_equal (http_field (self->http, "X-Request-Id"), "order-7");
    test_until (self->loop, self->log_count == 1);
    char *logged = fixture_logged (self, "trace");
    assert_string_equal (logged, trace);
    free (logged);
}

static void
test_what_is_no_trace_and_no_id_is_not_passed_on (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    assert_int_equal (fixture_ask (self, "GET", "/films/1",
                                   "traceparent: 00-0-0-01\r\n"
                                   "X-Request-Id: <script>\r\n",
                                   NULL),
                      200);
    assert_int_equal (strlen (http_field (self->http, "X-Request-Id")), 32);
    assert_int_equal (strlen (http_field (self->http, "traceparent")), 55);
}

static void
test_head_is_get_without_the_body (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    assert_int_equal (fixture_ask (self, "HEAD", "/films/1", NULL, NULL), 200);
    assert_int_equal (http_body_size (self->http), 0);
    assert_string_equal (http_field (self->http, "Content-Length"), "10");
    assert_int_equal (fixture_get (self, "/films/1"), 200);
    assert_string_equal (http_body (self->http), "{\"id\":\"1\"}");
}

static void
test_what_there_is_no_route_for (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    fixture_get (self, "/nowhere");
    assert_true (fixture_problem (self, 404, "NOT_FOUND"));
    fixture_ask (self, "DELETE", "/films", NULL, NULL);
    assert_true (fixture_problem (self, 405, "UNIMPLEMENTED"));
    assert_string_equal (http_field (self->http, "Allow"), "POST, OPTIONS");
    fixture_ask (self, "BREW", "/films", NULL, NULL);
    assert_true (fixture_problem (self, 501, "UNIMPLEMENTED"));
    assert_int_equal (fixture_ask (self, "OPTIONS", "/films/1", NULL, NULL),
                      204);
    assert_string_equal (http_field (self->http, "Allow"),
                         "GET, HEAD, OPTIONS");
}

static void
test_a_large_result_arrives_whole (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    http_ask (self->http, "GET", "/hold", NULL, NULL);
    test_until (self->loop, self->held_count == 1);
    size_t size = 8 << 20;
    char *text = malloc (size);
    memset (text, 'x', size);
    text[0] = text[size - 1] = '"';
    zp_request_reply (&self->held[0], text, size);
    test_until (self->loop, http_answered (self->http));
    assert_int_equal (http_body_size (self->http), size);
    assert_memory_equal (http_body (self->http), text, size);
    free (text);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (
            test_a_call_is_made_of_the_request_and_its_result_is_the_answer),
        fixture_test (test_a_body_goes_to_the_service),
        fixture_test (test_a_body_that_is_no_json_is_refused),
        fixture_test (test_each_status_is_a_code_of_http),
        fixture_test (test_what_makes_no_sense_is_502),
        fixture_test (test_a_result_that_is_said_to_be_text_is_made_a_string),
        fixture_test (test_an_empty_result_is_204),
        fixture_test (test_a_service_that_is_not_there_is_503_in_time),
        fixture_test (test_a_service_that_is_frozen_is_504_in_time),
        fixture_test (test_a_slow_service_holds_nobody_else_up),
        fixture_test (test_a_service_that_says_odd_things_is_waited_out),
        fixture_test (test_a_client_that_goes_away_cancels_its_call),
        fixture_test (test_an_answer_has_an_id_and_a_trace),
        fixture_test (test_a_trace_goes_on_to_the_service),
        fixture_test (test_what_is_no_trace_and_no_id_is_not_passed_on),
        fixture_test (test_head_is_get_without_the_body),
        fixture_test (test_what_there_is_no_route_for),
        fixture_test (test_a_large_result_arrives_whole),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
