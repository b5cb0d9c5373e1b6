//  SPDX-License-Identifier: MIT
//
//  HTTP as it should be, and as it should not.

#define _GNU_SOURCE

#include "fixture.h"

#define ROUTES                                                                 \
    "{'method':'GET','path':'/films/{id}','call':{'service':'films',"          \
    "'method':'echo','arguments':{'id':'path.id','q':'query.q'}}},"            \
    "{'method':'POST','path':'/films','call':{'service':'films',"              \
    "'method':'echo','arguments':'body'}}"

static void
s_start (fixture_t *self)
{
    fixture_gateway (self, NULL, ROUTES);
}

static void
test_requests_come_one_after_the_other_on_one_connection (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    for (int i = 0; i < 20; i++)
        assert_int_equal (fixture_get (self, "/films/1"), 200);
    assert_false (http_closed (self->http));
}

static void
test_requests_sent_at_once_are_answered_in_order (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    for (int i = 0; i < 50; i++)
        http_say (self->http, "GET /films/%d HTTP/1.1\r\nHost: h\r\n\r\n", i);
    for (int i = 0; i < 50; i++) {
        test_until (self->loop, http_answered (self->http));
        char expected[40];
        snprintf (expected, sizeof expected, "{\"id\":\"%d\"}", i);
        assert_string_equal (http_body (self->http), expected);
        http_next (self->http);
    }
}

static void
test_a_request_can_come_a_byte_at_a_time (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    static const char request[] = "POST /films HTTP/1.1\r\nHost: h\r\n"
                                  "Content-Type: application/json\r\n"
                                  "Content-Length: 5\r\n\r\n[1,2]";
    for (const char *at = request; *at; at++) {
        http_send (self->http, at, 1);
        test_turn (self->loop);
    }
    test_until (self->loop, http_answered (self->http));
    assert_string_equal (http_body (self->http), "[1,2]");
}

static void
test_a_body_can_come_in_chunks (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    http_say (self->http,
              "POST /films HTTP/1.1\r\nHost: h\r\n"
              "Content-Type: application/json\r\n"
              "Transfer-Encoding: chunked\r\n\r\n"
              "2\r\n[1\r\n3;x=y\r\n,2]\r\n0\r\nX-Trailer: z\r\n\r\n");
    test_until (self->loop, http_answered (self->http));
    assert_string_equal (http_body (self->http), "[1,2]");
    assert_int_equal (fixture_get (self, "/films/1"), 200);
}

static void
test_a_client_that_asks_whether_to_go_on_is_told_so (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    http_say (self->http, "POST /films HTTP/1.1\r\nHost: h\r\n"
                          "Content-Type: application/json\r\n"
                          "Expect: 100-continue\r\n"
                          "Content-Length: 5\r\n\r\n");
    test_until (self->loop, http_continues (self->http) == 1);
    http_say (self->http, "[1,2]");
    test_until (self->loop, http_answered (self->http));
    assert_int_equal (http_status (self->http), 200);
}

static void
test_a_client_can_ask_for_the_end (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    assert_int_equal (
        fixture_ask (self, "GET", "/films/1", "Connection: close\r\n", NULL),
        200);
    test_until (self->loop, http_closed (self->http));
}

static void
test_an_old_client_is_served (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    http_say (self->http, "GET /films/1 HTTP/1.0\r\n\r\n");
    test_until (self->loop, http_answered (self->http));
    assert_string_equal (http_body (self->http), "{\"id\":\"1\"}");
    test_until (self->loop, http_closed (self->http));
}

//  What no honest client sends, and what it gets: the code, or 0 if the
//  connection is just closed
static const struct {
    const char *request;
    int code;
} s_wrong[] = {
    {"GET / HTTP/9.9\r\nHost: h\r\n\r\n", 505},
    {"GET /films/1 HTTP/1.1\r\n\r\n", 400},
    {"GET /films/%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /films/%00 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /films/a%2fb HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /films/a%5Cb%0d%0aSet-Cookie:x HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /films/.. HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /films/%2e%2e HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /films/../films/1 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET //films/1 HTTP/1.1\r\nHost: h\r\n\r\n", 404},
    {"GET /films/1/ HTTP/1.1\r\nHost: h\r\n\r\n", 404},
    {"GET /films/1?q=a&q=b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"GET /films/\xff\xfe HTTP/1.1\r\nHost: h\r\n\r\n", 400},
    {"POST /films HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", 400},
    {"POST /films HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\n", 400},
    {("POST /films HTTP/1.1\r\nHost: h\r\n"
      "Content-Length: 99999999999999999999999\r\n\r\n"),
     413},
    {"POST /films HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
};

static void
test_what_no_honest_client_sends_is_refused (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    for (size_t i = 0; i < sizeof s_wrong / sizeof *s_wrong; i++) {
        self->others[0] = fixture_connect (self);
        http_say (self->others[0], "%s", s_wrong[i].request);
        test_until (self->loop, http_answered (self->others[0]) ||
                                    http_closed (self->others[0]));
        if (http_status (self->others[0]) != s_wrong[i].code)
            fail_msg ("%s: %d", s_wrong[i].request,
                      http_status (self->others[0]));
        http_destroy (&self->others[0]);
    }
    assert_int_equal (fixture_get (self, "/films/1"), 200);
}

//  A request in which another may hide: after its answer nothing more must be
//  taken for a request
static void
s_expect_one_answer (fixture_t *self, const char *request)
{
    size_t logged = self->log_count;
    self->others[0] = fixture_connect (self);
    http_say (self->others[0], "%s", request);
    test_until (self->loop, http_answered (self->others[0]) ||
                                http_closed (self->others[0]));
    test_until (self->loop,
                http_closed (self->others[0]) || self->log_count > logged + 1);
    if (self->log_count > logged + 1)
        fail_msg ("two requests: %s", request);
    http_destroy (&self->others[0]);
}

//  Each has a second request, for those who think that the first ends before it
static const char *const s_hiding[] = {
    "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Content-Length: 2\r\nContent-Length: 33\r\n\r\n{}",
    "Content-Length: 33\r\nContent-Length: 2\r\n\r\n{}",
    "Content-Length : 33\r\n\r\n",
    "Transfer-Encoding : chunked\r\n\r\n",
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"
     "2\r\n{}\r\n0\r\n\r\n"),
    "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "Host: other\r\nContent-Length: 2\r\n\r\n{}"};

static void
test_no_request_hides_in_another (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    for (size_t i = 0; i < sizeof s_hiding / sizeof *s_hiding; i++) {
        char request[512];
        snprintf (request, sizeof request,
                  "POST /films HTTP/1.1\r\nHost: h\r\n"
                  "Content-Type: application/json\r\n%s"
                  "GET /films/2 HTTP/1.1\r\nHost: h\r\n\r\n",
                  s_hiding[i]);
        s_expect_one_answer (self, request);
    }
    s_expect_one_answer (self, "POST /films HTTP/1.0\r\n"
                               "Connection: keep-alive\r\n"
                               "Content-Type: application/json\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n"
                               "2\r\n{}\r\n0\r\n\r\n"
                               "GET /films/2 HTTP/1.1\r\nHost: h\r\n\r\n");
}

static void
test_no_header_can_be_put_into_an_answer (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    fixture_ask (self, "GET", "/films/x?q=a%0d%0aSet-Cookie:%20b",
                 "X-Request-Id: a\tb\r\n", NULL);
    assert_null (http_field (self->http, "Set-Cookie"));
    assert_int_equal (strlen (http_field (self->http, "X-Request-Id")), 32);
}

static void
test_garbage_harms_nobody_else (void **state)
{
    static const char *const garbage[] = {
        "\x16\x03\x01\x02\x01\x01\xfc\x03\x03",
        "GET",
        "\r\n\r\n\r\n\r\n",
        "GET /films/1 HTTP/1.1\r\nHost: h\r\nNo colon\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET  HTTP/1.1\r\n\r\n"};
    fixture_t *self = *state;
    s_start (self);
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
        self->others[i] = fixture_connect (self);
        http_say (self->others[i], "%s", garbage[i]);
    }
    assert_int_equal (fixture_get (self, "/films/1"), 200);
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++)
        http_destroy (&self->others[i]);
    assert_int_equal (fixture_get (self, "/films/1"), 200);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_requests_come_one_after_the_other_on_one_connection),
        fixture_test (test_requests_sent_at_once_are_answered_in_order),
        fixture_test (test_a_request_can_come_a_byte_at_a_time),
        fixture_test (test_a_body_can_come_in_chunks),
        fixture_test (test_a_client_that_asks_whether_to_go_on_is_told_so),
        fixture_test (test_a_client_can_ask_for_the_end),
        fixture_test (test_an_old_client_is_served),
        fixture_test (test_what_no_honest_client_sends_is_refused),
        fixture_test (test_no_request_hides_in_another),
        fixture_test (test_no_header_can_be_put_into_an_answer),
        fixture_test (test_garbage_harms_nobody_else),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
