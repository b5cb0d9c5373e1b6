//  SPDX-License-Identifier: MIT
//
//  Clients that are slow, or silent, cost a bounded time.

#define _GNU_SOURCE

#include "fixture.h"

#define ROUTES                                                                 \
    "{'method':'GET','path':'/echo','call':{'service':'films',"                \
    "'method':'echo','arguments':{}}},"                                        \
    "{'method':'GET','path':'/hold','call':{'service':'films',"                \
    "'method':'hold','arguments':{},'timeout_ms':20000}},"                     \
    "{'method':'POST','path':'/films','call':{'service':'films',"              \
    "'method':'echo','arguments':'body'}}"

//  Say a byte at each turn until the connection is closed
static void
s_drip (fixture_t *self, const char *bytes)
{
    const char *at = bytes;
    test_until (self->loop,
                http_closed (self->http) ||
                    (http_send (self->http, at, *at != 0), at += *at != 0,
                     *at == 0 ? (at = bytes) : at, false));
}

static void
test_a_header_that_drips_is_cut_off (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, "'header_ms':200", ROUTES);
    http_say (self->http, "GET /echo HTTP/1.1\r\nHost: h\r\nX-Slow: ");
    s_drip (self, "x");
    http_destroy (&self->http);
    self->http = fixture_connect (self);
    assert_float_equal (
        fixture_figure (self, "zp_gateway_refused_total{reason='slow_header'}"),
        1, 0);
}

static void
test_who_says_nothing_is_cut_off (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, "'header_ms':200", ROUTES);
    test_until (self->loop, http_closed (self->http));
    assert_int_equal (http_status (self->http), 0);
}

static void
test_a_body_that_drips_is_408 (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, "'body_ms':200", ROUTES);
    http_say (self->http, "POST /films HTTP/1.1\r\nHost: h\r\n"
                          "Content-Type: application/json\r\n"
                          "Content-Length: 60000\r\n\r\n");
    s_drip (self, " ");
    assert_int_equal (http_status (self->http), 408);
    test_until (self->loop, self->log_count == 1);
    char *status = fixture_logged (self, "status");
    assert_string_equal (status, "408");
    free (status);
}

static void
test_a_connection_without_requests_is_closed (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, "'idle_ms':200", ROUTES);
    assert_int_equal (fixture_get (self, "/echo"), 200);
    http_next (self->http);
    test_until (self->loop, http_closed (self->http));
    assert_int_equal (http_status (self->http), 0);
}

static void
test_a_second_header_may_not_drip_either (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, "'idle_ms':200,'header_ms':200", ROUTES);
    assert_int_equal (fixture_get (self, "/echo"), 200);
    http_next (self->http);
    s_drip (self, "X");
}

//  Hold a large answer ready on self->http, and reply
static void
s_answer (fixture_t *self, size_t size)
{
    http_ask (self->http, "GET", "/hold", NULL, NULL);
    test_until (self->loop, self->held_count == 1);
    char *text = malloc (size);
    memset (text, ' ', size);
    text[0] = '0';
    zp_request_reply (&self->held[0], text, size);
    free (text);
}

static void
test_who_takes_nothing_of_an_answer_is_cut_off (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, "'send_ms':300", ROUTES);
    http_pause (self->http, true);
    s_answer (self, 12 << 20);
    test_until (self->loop, self->log_count == 1);
    char *error = fixture_logged (self, "error");
    assert_string_equal (error, "the client takes nothing");
    free (error);
}

static void
test_who_takes_an_answer_slowly_gets_all_of_it (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, "'send_ms':100", ROUTES);
    http_set_buffer (self->http, 65536);
    s_answer (self, 12 << 20);
    //  Some of it, and then nothing for a while, but not for that long
    bool paused = false;
    test_until (self->loop, (http_pause (self->http, paused = !paused),
                             http_answered (self->http)));
    assert_int_equal (http_body_size (self->http), 12 << 20);
}

static void
test_slow_clients_hold_nobody_up (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, ROUTES);
    for (int i = 0; i < 8; i++) {
        self->others[i] = fixture_connect (self);
        http_say (self->others[i], "GET /echo HTTP/1.1\r\nX-%d: ", i);
    }
    for (int i = 0; i < 100; i++) {
        http_say (self->others[i % 8], "x");
        assert_int_equal (fixture_get (self, "/echo"), 200);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_header_that_drips_is_cut_off),
        fixture_test (test_who_says_nothing_is_cut_off),
        fixture_test (test_a_body_that_drips_is_408),
        fixture_test (test_a_connection_without_requests_is_closed),
        fixture_test (test_a_second_header_may_not_drip_either),
        fixture_test (test_who_takes_nothing_of_an_answer_is_cut_off),
        fixture_test (test_who_takes_an_answer_slowly_gets_all_of_it),
        fixture_test (test_slow_clients_hold_nobody_up),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
