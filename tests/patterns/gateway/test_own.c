//  SPDX-License-Identifier: MIT
//
//  What the gateway says of itself: health, figures, the access log; and where
//  it listens.

#define _GNU_SOURCE

#include "fixture.h"

#include <jansson.h>

#include "metrics_lint.h"

#define ROUTES                                                                 \
    "{'method':'GET','path':'/films/{id}','call':{'service':'films',"          \
    "'method':'echo','arguments':{}}},"                                        \
    "{'method':'GET','path':'/healthz','call':{'service':'films',"             \
    "'method':'garbage','arguments':{}}}"

static void
s_start (fixture_t *self)
{
    fixture_gateway (self, NULL, ROUTES);
}

static void
test_it_lives (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    assert_int_equal (fixture_get (self, "/healthz?now"), 200);
    assert_string_equal (http_body (self->http), "{\"status\":\"ok\"}");
    assert_int_equal (fixture_ask (self, "HEAD", "/healthz", NULL, NULL), 200);
    assert_int_equal (fixture_ask (self, "POST", "/healthz", NULL, NULL), 405);
    assert_string_equal (http_field (self->http, "Allow"), "GET, HEAD");
}

static void
test_it_is_ready_when_a_service_can_be_reached (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    test_until (self->loop, fixture_get (self, "/readyz") == 200);
    json_t *json = json_loads (http_body (self->http), 0, NULL);
    int ready, peers, up;
    assert_int_equal (json_unpack (json, "{s:b,s:{s:{s:i,s:i}}}", "ready",
                                   &ready, "services", "away", "peers", &peers,
                                   "up", &up),
                      0);
    assert_true (ready);
    assert_int_equal (peers, 1);
    assert_int_equal (up, 0);
    json_decref (json);
}

static void
test_it_is_not_ready_when_no_service_can_be (void **state)
{
    fixture_t *self = *state;
    char *text = zsys_sprintf (
        "{\"services\":{\"a\":{\"endpoints\":[\"%s\"]}},\"routes\":[{"
        "\"method\":\"GET\",\"path\":\"/a\",\"call\":{\"service\":\"a\","
        "\"method\":\"a\",\"arguments\":{}}}]}",
        peer_new_endpoint ());
    fixture_start (self, text);
    assert_int_equal (fixture_get (self, "/readyz"), 503);
    assert_int_equal (fixture_get (self, "/healthz"), 200);
    zstr_free (&text);
}

static void
test_its_figures_are_as_prometheus_wants_them (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    fixture_get (self, "/films/1");
    fixture_get (self, "/films/2");
    fixture_get (self, "/nowhere");
    fixture_get (self, "/metrics");
    assert_string_equal (http_field (self->http, "Content-Type"),
                         "text/plain; version=0.0.4; charset=utf-8");
    const char *wrong = metrics_lint (http_body (self->http));
    if (wrong)
        fail_msg ("%s", wrong);
    static const struct {
        const char *name;
        double value;
    } figures[] = {
        {"zp_gateway_requests_total{route='/films/{id}',code='200'}", 2},
        {"zp_gateway_requests_total{route='none',code='404'}", 1},
        {"zp_gateway_request_seconds_count{route='/films/{id}'}", 2},
        {"zp_gateway_calls_total{service='films',status='OK'}", 2},
        {"zp_gateway_peers_up{service='films'}", 1},
        {"zp_gateway_connections", 1},
    };
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        if (fixture_figure (self, figures[i].name) != figures[i].value)
            fail_msg ("%s: %s", figures[i].name, http_body (self->http));
}

static void
test_each_request_is_a_line_of_the_log (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    fixture_ask (self, "GET", "/films/1?q=%22x", "X-Request-Id: seven\r\n",
                 NULL);
    test_until (self->loop, self->log_count == 1);
    json_t *json = json_loads (self->log[0], 0, NULL);
    const char *time, *client, *method, *target, *route, *id, *trace;
    int status, bytes;
    double ms;
    assert_int_equal (
        json_unpack (json, "{s:s,s:s,s:s,s:s,s:s,s:i,s:i,s:f,s:s,s:s,s:n!}",
                     "time", &time, "client", &client, "method", &method,
                     "target", &target, "route", &route, "status", &status,
                     "bytes", &bytes, "ms", &ms, "id", &id, "trace", &trace,
                     "key"),
        0);
    assert_int_equal (strlen (time), strlen ("2026-01-01T00:00:00.000Z"));
    assert_string_equal (client, "127.0.0.1");
    assert_string_equal (method, "GET");
    assert_string_equal (target, "/films/1?q=%22x");
    assert_string_equal (route, "/films/{id}");
    assert_int_equal (status, 200);
    assert_int_equal (bytes, 2);
    assert_string_equal (id, "seven");
    assert_int_equal (strlen (trace), 32);
    json_decref (json);
}

static void
test_what_a_client_says_stays_in_its_line_of_the_log (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    http_say (self->http, "GET /\"\\\x1b[31m\xff HTTP/1.1\r\nHost: h\r\n\r\n");
    test_until (self->loop, self->log_count == 1);
    char *target = fixture_logged (self, "target");
    assert_string_equal (target, "/\"\\?[31m?");
    free (target);
}

static void
test_an_address_that_makes_no_sense (void **state)
{
    static const char *const wrong[] = {"",
                                        ":",
                                        "localhost:",
                                        "127.0.0.1:x",
                                        "127.0.0.1:99999",
                                        "[::1",
                                        "::1:x",
                                        "no.such.host.invalid:80"};
    fixture_t *self = *state;
    s_start (self);
    zp_gateway_options_t options = ZP_GATEWAY_DEFAULTS;
    options.routes = self->routes;
    zp_gateway_t *other = zp_gateway_new (self->loop, &options, NULL);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal (zp_gateway_bind (other, wrong[i]),
                          ZP_INVALID_ARGUMENT);
        assert_true (*zp_gateway_error (other));
        assert_string_equal (zp_gateway_url (other), "");
    }
    char taken[32];
    snprintf (taken, sizeof taken, "127.0.0.1:%d",
              zp_gateway_port (self->gateway));
    assert_int_equal (zp_gateway_bind (other, taken), ZP_ALREADY_EXISTS);
    zp_gateway_destroy (&other);
}

static void
test_it_listens_on_this_machine_only_unless_told_otherwise (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    char url[40];
    snprintf (url, sizeof url, "http://127.0.0.1:%d",
              zp_gateway_port (self->gateway));
    assert_string_equal (zp_gateway_url (self->gateway), url);
}

static void
test_an_endpoint_that_zeromq_does_not_like (void **state)
{
    fixture_t *self = *state;
    static const char text[] =
        "{\"services\":{\"a\":{\"endpoints\":[\"tcp://x:y\"]}},\"routes\":[{"
        "\"method\":\"GET\",\"path\":\"/a\",\"call\":{\"service\":\"a\","
        "\"method\":\"a\",\"arguments\":{}}}]}";
    self->routes =
        zp_gateway_routes_new ((zp_span_t){text, sizeof text - 1}, NULL);
    assert_non_null (self->routes);
    zp_gateway_options_t options = ZP_GATEWAY_DEFAULTS;
    options.routes = self->routes;
    char *error;
    assert_null (zp_gateway_new (self->loop, &options, &error));
    assert_non_null (strstr (error, "tcp://x:y"));
    zstr_free (&error);
    assert_null (zp_gateway_new (self->loop, &options, NULL));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_it_lives),
        fixture_test (test_it_is_ready_when_a_service_can_be_reached),
        fixture_test (test_it_is_not_ready_when_no_service_can_be),
        fixture_test (test_its_figures_are_as_prometheus_wants_them),
        fixture_test (test_each_request_is_a_line_of_the_log),
        fixture_test (test_what_a_client_says_stays_in_its_line_of_the_log),
        fixture_test (test_an_address_that_makes_no_sense),
        fixture_test (
            test_it_listens_on_this_machine_only_unless_told_otherwise),
        fixture_test (test_an_endpoint_that_zeromq_does_not_like),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
