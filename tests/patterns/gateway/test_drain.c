//  SPDX-License-Identifier: MIT
//
//  The end of a gateway, gentle or not.

#define _GNU_SOURCE

#include "fixture.h"

#define ROUTES                                                                 \
    "{'method':'GET','path':'/hold','call':{'service':'films',"                \
    "'method':'hold','arguments':{},'timeout_ms':20000}},"                     \
    "{'method':'GET','path':'/echo','call':{'service':'films',"                \
    "'method':'echo','arguments':{}}}"

static int
s_on_drained (void *arg)
{
    *(int *) arg += 1;
    return 0;
}

static void
test_a_gateway_with_nothing_to_do_ends_at_once (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, ROUTES);
    zp_gateway_drain (self->gateway, s_on_drained, &self->drained);
    test_until (self->loop, self->drained && http_closed (self->http));
    assert_int_equal (self->drained, 1);
}

static void
test_requests_that_have_begun_are_answered_first (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, ROUTES);
    http_ask (self->http, "GET", "/hold", NULL, NULL);
    test_until (self->loop, self->held_count == 1);
    self->others[0] = fixture_connect (self);
    http_ask (self->others[0], "GET", "/echo", NULL, NULL);
    test_until (self->loop, http_answered (self->others[0]));
    zp_gateway_drain (self->gateway, s_on_drained, &self->drained);
    test_until (self->loop, http_closed (self->others[0]));
    assert_int_equal (self->drained, 0);
    zp_request_reply (&self->held[0], "1", 1);
    test_until (self->loop, self->drained && http_closed (self->http));
    assert_int_equal (http_status (self->http), 200);
    assert_string_equal (http_field (self->http, "Connection"), "close");
}

static void
test_it_takes_no_more_connections (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, ROUTES);
    http_ask (self->http, "GET", "/hold", NULL, NULL);
    test_until (self->loop, self->held_count == 1);
    zp_gateway_drain (self->gateway, NULL, NULL);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons ((uint16_t) zp_gateway_port (self->gateway)),
        .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
    int fd = socket (AF_INET, SOCK_STREAM, 0);
    assert_int_equal (
        connect (fd, (struct sockaddr *) &address, sizeof address), -1);
    close (fd);
    zp_request_reply (&self->held[0], "1", 1);
}

static void
test_it_does_not_wait_for_ever (void **state)
{
    fixture_t *self = *state;
    char *text = fixture_text (self, NULL, NULL, ROUTES);
    self->drain_ms = 100;
    fixture_start (self, text);
    http_ask (self->http, "GET", "/hold", NULL, NULL);
    test_until (self->loop, self->held_count == 1);
    zp_gateway_drain (self->gateway, s_on_drained, &self->drained);
    test_until (self->loop, self->drained);
    assert_false (http_begun (self->http));
    zp_gateway_destroy (&self->gateway);
    test_until (self->loop, http_closed (self->http));
    zp_request_reply (&self->held[0], "1", 1);
    zstr_free (&text);
}

static void
test_whatever_is_under_way_it_can_be_destroyed (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (self, NULL, ROUTES);
    for (int i = 0; i < 4; i++) {
        self->others[i] = fixture_connect (self);
        http_ask (self->others[i], "GET", "/hold", NULL, NULL);
    }
    http_say (self->http, "GET /ec");
    test_until (self->loop, self->held_count == 4);
    zp_gateway_destroy (&self->gateway);
    for (int i = 0; i < 4; i++) {
        test_until (self->loop, http_closed (self->others[i]));
        zp_request_reply (&self->held[i], "1", 1);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_gateway_with_nothing_to_do_ends_at_once),
        fixture_test (test_requests_that_have_begun_are_answered_first),
        fixture_test (test_it_takes_no_more_connections),
        fixture_test (test_it_does_not_wait_for_ever),
        fixture_test (test_whatever_is_under_way_it_can_be_destroyed),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
