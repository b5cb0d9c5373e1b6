//  SPDX-License-Identifier: MIT
//
//  Who may ask, how often, how many at once, and how much.

#define _GNU_SOURCE

#include "fixture.h"

#define JSON_TYPE "Content-Type: application/json\r\n"

#define ECHO                                                                   \
    "{'method':'GET','path':'/echo','call':{'service':'films',"                \
    "'method':'echo','arguments':{}}}"
#define HOLD                                                                   \
    "{'method':'GET','path':'/hold','call':{'service':'films',"                \
    "'method':'hold','arguments':{},'timeout_ms':20000}}"
#define POST                                                                   \
    "{'method':'POST','path':'/films','limits':{'body_bytes':2000},"           \
    "'call':{'service':'films','method':'echo','arguments':'body'}}"

//  Begin a request that is held, on a connection of its own
static void
s_hold (fixture_t *self, const char *target)
{
    size_t number = self->held_count;
    self->others[number] = fixture_connect (self);
    http_ask (self->others[number], "GET", target, NULL, NULL);
    test_until (self->loop, self->held_count == number + 1);
}

static void
test_a_client_that_asks_too_often_is_told_to_wait (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, "'rate':{'per_second':0.01,'burst':3}", ECHO);
    for (int i = 0; i < 3; i++)
        assert_int_equal (fixture_get (self, "/echo"), 200);
    fixture_get (self, "/echo");
    assert_true (fixture_problem (self, 429, "RESOURCE_EXHAUSTED"));
    long wait_s = strtol (http_field (self->http, "Retry-After"), NULL, 10);
    assert_in_range (wait_s, 1, 100);
    //  What is not there counts as well, and who looks after it does not
    fixture_get (self, "/nowhere");
    assert_true (fixture_problem (self, 429, "RESOURCE_EXHAUSTED"));
    assert_int_equal (fixture_get (self, "/healthz"), 200);
    assert_float_equal (
        fixture_figure (self, "zp_gateway_refused_total{reason='rate'}"), 2, 0);
}

static void
test_a_route_can_have_a_rate_of_its_own (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (
        self, NULL,
        ECHO ",{'method':'GET','path':'/dear',"
             "'limits':{'rate':{'per_second':0.01,'burst':1}},"
             "'call':{'service':'films','method':'echo','arguments':{}}}");
    assert_int_equal (fixture_get (self, "/dear"), 200);
    assert_int_equal (fixture_get (self, "/dear"), 429);
    assert_int_equal (fixture_get (self, "/echo"), 200);
}

static void
test_who_comes_by_a_proxy_is_another_client (void **state)
{
    fixture_t *self = *state;
    char *text =
        fixture_text (self, NULL, "'rate':{'per_second':0.01,'burst':1}", ECHO);
    char *proxies = zsys_sprintf ("{\"proxies\":[\"127.0.0.1\"],%s", text + 1);
    fixture_start (self, proxies);
    static const char ann[] = "X-Forwarded-For: 10.0.0.1\r\n";
    static const char bob[] = "X-Forwarded-For: 10.0.0.1, 10.0.0.2\r\n";
    static const char both[] = "X-Forwarded-For: 10.0.0.1\r\n"
                               "X-Forwarded-For: 10.0.0.3\r\n";
    assert_int_equal (fixture_ask (self, "GET", "/echo", ann, NULL), 200);
    assert_int_equal (fixture_ask (self, "GET", "/echo", ann, NULL), 429);
    assert_int_equal (fixture_ask (self, "GET", "/echo", bob, NULL), 200);
    assert_int_equal (fixture_ask (self, "GET", "/echo", bob, NULL), 429);
    assert_int_equal (fixture_ask (self, "GET", "/echo", both, NULL), 200);
    char *client = fixture_logged (self, "client");
    assert_string_equal (client, "10.0.0.3");
    free (client);
    zstr_free (&text);
    zstr_free (&proxies);
}

static void
test_who_is_no_proxy_is_not_believed (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, "'rate':{'per_second':0.01,'burst':1}", ECHO);
    static const char ann[] = "X-Forwarded-For: 10.0.0.1\r\n";
    static const char bob[] = "X-Forwarded-For: 10.0.0.2\r\n";
    assert_int_equal (fixture_ask (self, "GET", "/echo", ann, NULL), 200);
    assert_int_equal (fixture_ask (self, "GET", "/echo", bob, NULL), 429);
}

static void
test_too_many_at_once_are_503 (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, "'in_flight':2", ECHO "," HOLD);
    s_hold (self, "/hold");
    s_hold (self, "/hold");
    fixture_get (self, "/echo");
    assert_true (fixture_problem (self, 503, "UNAVAILABLE"));
    assert_string_equal (http_field (self->http, "Retry-After"), "1");
    assert_float_equal (fixture_figure (self, "zp_gateway_requests_in_flight"),
                        2, 0);
    zp_request_reply (&self->held[0], "1", 1);
    test_until (self->loop, http_answered (self->others[0]));
    assert_int_equal (fixture_get (self, "/echo"), 200);
    zp_request_reply (&self->held[1], "1", 1);
}

static void
test_a_route_can_have_room_for_less (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL,
                     ECHO
                     ",{'method':'GET','path':'/hold','limits':{'in_flight':1},"
                     "'call':{'service':'films','method':'hold','arguments':{},"
                     "'timeout_ms':20000}}");
    s_hold (self, "/hold");
    assert_int_equal (fixture_get (self, "/hold"), 503);
    assert_int_equal (fixture_get (self, "/echo"), 200);
    zp_request_reply (&self->held[0], "1", 1);
    test_until (self->loop, http_answered (self->others[0]));
    http_destroy (&self->others[0]);
    self->held_count = 0;
    s_hold (self, "/hold");
    zp_request_reply (&self->held[0], "1", 1);
}

static void
test_a_body_that_is_too_large_is_refused_before_it_is_sent (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, POST);
    http_say (self->http, "POST /films HTTP/1.1\r\nHost: h\r\n" JSON_TYPE
                          "Content-Length: 2001\r\n"
                          "Expect: 100-continue\r\n\r\n");
    test_until (self->loop, http_answered (self->http));
    assert_true (fixture_problem (self, 413, "INVALID_ARGUMENT"));
    assert_int_equal (http_continues (self->http), 0);
    //  What follows could be taken for another request
    test_until (self->loop, http_closed (self->http));
}

static void
test_a_body_that_does_not_say_its_size_is_refused_when_it_is_too_large (
    void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, POST);
    char chunk[1001] = "";
    memset (chunk, ' ', 1000);
    http_say (self->http, "POST /films HTTP/1.1\r\nHost: h\r\n" JSON_TYPE
                          "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 3; i++)
        http_say (self->http, "3e8\r\n%s\r\n", chunk);
    http_say (self->http, "0\r\n\r\n");
    test_until (self->loop, http_answered (self->http));
    assert_true (fixture_problem (self, 413, "INVALID_ARGUMENT"));
}

static void
test_a_body_without_an_end_is_cut_off (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, POST);
    size_t size = 65536;
    char *chunk = malloc (size);
    memset (chunk, ' ', size);
    http_say (self->http, "POST /films HTTP/1.1\r\nHost: h\r\n" JSON_TYPE
                          "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 64; i++) {
        http_say (self->http, "10000\r\n");
        http_send (self->http, chunk, size);
        http_say (self->http, "\r\n");
    }
    test_until (self->loop, http_closed (self->http));
    free (chunk);
}

static void
test_a_body_of_the_largest_size_is_taken (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, POST);
    char body[2001];
    snprintf (body, sizeof body, "\"%01998d\"", 7);
    assert_int_equal (fixture_ask (self, "POST", "/films", JSON_TYPE, body),
                      200);
    assert_int_equal (http_body_size (self->http), 2000);
}

static void
test_a_body_where_none_is_wanted_is_refused (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, ECHO);
    assert_int_equal (fixture_ask (self, "GET", "/echo", JSON_TYPE, "{}"), 400);
    assert_true (fixture_problem (self, 400, "INVALID_ARGUMENT"));
}

static void
test_a_header_that_is_too_large_is_refused (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, "'header_bytes':2000", ECHO);
    char header[2100];
    snprintf (header, sizeof header, "X-Long: %01900d\r\n", 7);
    assert_int_equal (fixture_ask (self, "GET", "/echo", header, NULL), 200);
    snprintf (header, sizeof header, "X-Long: %02000d\r\n", 7);
    assert_int_equal (fixture_ask (self, "GET", "/echo", header, NULL), 431);
    assert_true (fixture_problem (self, 431, "INVALID_ARGUMENT"));
}

static void
test_a_header_that_is_huge_is_refused_all_the_same (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, "'header_bytes':2000", ECHO);
    size_t size = 1 << 20;
    char *header = malloc (size);
    memset (header, 'x', size);
    http_say (self->http, "GET /echo HTTP/1.1\r\nHost: h\r\nX-Long: ");
    http_send (self->http, header, size);
    test_until (self->loop,
                http_closed (self->http) || http_answered (self->http));
    if (http_answered (self->http))
        assert_int_equal (http_status (self->http), 431);
    free (header);
}

#define PRIVATE                                                                \
    ECHO ",{'method':'GET','path':'/mine','private':true,'call':"              \
         "{'service':'films','method':'echo','arguments':{'who':'key'}}},"     \
         "{'method':'GET','path':'/staff','private':'staff','call':"           \
         "{'service':'films','method':'echo','arguments':{'who':'key'}}}"

static void
test_a_private_route_needs_a_key (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, PRIVATE);
    fixture_get (self, "/mine");
    assert_true (fixture_problem (self, 401, "UNAUTHENTICATED"));
    assert_string_equal (http_field (self->http, "WWW-Authenticate"), "Bearer");
    fixture_ask (self, "GET", "/mine", "Authorization: Bearer zpk_x\r\n", NULL);
    assert_true (fixture_problem (self, 401, "UNAUTHENTICATED"));
    char header[120];
    snprintf (header, sizeof header, "Authorization: Bearer %s\r\n",
              self->other_key);
    assert_int_equal (fixture_ask (self, "GET", "/mine", header, NULL), 200);
    assert_string_equal (http_body (self->http), "{\"who\":\"bob\"}");
    char *logged = fixture_logged (self, "key");
    assert_string_equal (logged, "bob");
    free (logged);
}

static void
test_a_route_for_a_group_needs_a_key_of_that_group (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, PRIVATE);
    char header[120];
    snprintf (header, sizeof header, "X-API-Key: %s\r\n", self->other_key);
    fixture_ask (self, "GET", "/staff", header, NULL);
    assert_true (fixture_problem (self, 403, "PERMISSION_DENIED"));
    snprintf (header, sizeof header, "X-API-Key: %s\r\n", self->key);
    assert_int_equal (fixture_ask (self, "GET", "/staff", header, NULL), 200);
}

static void
test_no_more_connections_than_may_be (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, "'connections':3", ECHO);
    assert_int_equal (fixture_get (self, "/echo"), 200);
    self->others[0] = fixture_connect (self);
    self->others[1] = fixture_connect (self);
    self->others[2] = fixture_connect (self);
    for (int i = 0; i < 3; i++)
        http_ask (self->others[i], "GET", "/echo", NULL, NULL);
    test_until (self->loop, http_answered (self->others[0]) &&
                                http_answered (self->others[1]));
    //  The last one waits until another goes
    assert_int_equal (fixture_get (self, "/echo"), 200);
    assert_false (http_begun (self->others[2]));
    http_destroy (&self->others[0]);
    test_until (self->loop, http_answered (self->others[2]));
}

static void
test_no_more_connections_of_one_client_than_may_be (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, "'connections_client':2", ECHO);
    self->others[0] = fixture_connect (self);
    self->others[1] = fixture_connect (self);
    http_ask (self->others[1], "GET", "/echo", NULL, NULL);
    test_until (self->loop, http_closed (self->others[1]));
    assert_int_equal (fixture_get (self, "/echo"), 200);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_client_that_asks_too_often_is_told_to_wait),
        fixture_test (test_a_route_can_have_a_rate_of_its_own),
        fixture_test (test_who_comes_by_a_proxy_is_another_client),
        fixture_test (test_who_is_no_proxy_is_not_believed),
        fixture_test (test_too_many_at_once_are_503),
        fixture_test (test_a_route_can_have_room_for_less),
        fixture_test (
            test_a_body_that_is_too_large_is_refused_before_it_is_sent),
        fixture_test (
            test_a_body_that_does_not_say_its_size_is_refused_when_it_is_too_large),
        fixture_test (test_a_body_without_an_end_is_cut_off),
        fixture_test (test_a_body_of_the_largest_size_is_taken),
        fixture_test (test_a_body_where_none_is_wanted_is_refused),
        fixture_test (test_a_header_that_is_too_large_is_refused),
        fixture_test (test_a_header_that_is_huge_is_refused_all_the_same),
        fixture_test (test_a_private_route_needs_a_key),
        fixture_test (test_a_route_for_a_group_needs_a_key_of_that_group),
        fixture_test (test_no_more_connections_than_may_be),
        fixture_test (test_no_more_connections_of_one_client_than_may_be),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
