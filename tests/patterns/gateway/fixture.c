//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "fixture.h"

#include <jansson.h>

int
fixture_set_up (void **state)
{
    fixture_t *self = zmalloc (sizeof *self);
    self->loop = zloop_new ();
    *state = self;
    return 0;
}

int
fixture_tear_down (void **state)
{
    fixture_t *self = *state;
    http_destroy (&self->http);
    for (size_t i = 0; i < 8; i++)
        http_destroy (&self->others[i]);
    zp_gateway_destroy (&self->gateway);
    zp_server_destroy (&self->server);
    zp_publisher_destroy (&self->publisher);
    peer_destroy (&self->peer);
    zloop_destroy (&self->loop);
    zp_gateway_routes_destroy (&self->routes);
    zp_gateway_keys_destroy (&self->keys);
    for (size_t i = 0; i < self->log_count; i++)
        free (self->log[i]);
    free (self);
    return 0;
}

static void
s_echo (zp_request_t *request, void *arg)
{
    (void) arg;
    zp_span_t text = zp_request_arg (request, 0);
    zp_request_reply (&request, text.data, text.size);
}

static void
s_hold (zp_request_t *request, void *arg)
{
    fixture_t *self = arg;
    assert (self->held_count < sizeof self->held / sizeof *self->held);
    self->held[self->held_count++] = request;
}

static void
s_fail (zp_request_t *request, void *arg)
{
    (void) arg;
    zp_span_t text = zp_request_arg (request, 0);
    json_t *json = json_loadb (text.data, text.size, 0, NULL);
    const char *code, *line;
    int rc = json_unpack (json, "{s:s,s:s}", "code", &code, "text", &line);
    assert (rc == 0);
    (void) rc;
    zp_request_fail (&request, zp_status_parse (code), "%s", line);
    json_decref (json);
}

static void
s_garbage (zp_request_t *request, void *arg)
{
    (void) arg;
    zp_request_reply (&request, "<h1>so be it</h1>", 17);
}

static void
s_nothing (zp_request_t *request, void *arg)
{
    (void) arg;
    zp_request_reply (&request, "", 0);
}

static void
s_start_films (fixture_t *self)
{
    self->server = zp_server_new (self->loop, NULL);
    zp_server_method (self->server, "echo", s_echo, NULL);
    zp_server_method (self->server, "hold", s_hold, self);
    zp_server_method (self->server, "fail", s_fail, NULL);
    zp_server_method (self->server, "garbage", s_garbage, NULL);
    zp_server_method (self->server, "nothing", s_nothing, NULL);
    assert_int_equal (zp_server_bind (self->server, peer_new_endpoint ()),
                      ZP_OK);
}

static void
s_quote (char *text)
{
    for (; *text; text++)
        if (*text == '\'')
            *text = '"';
}

char *
fixture_text (fixture_t *self, const char *services, const char *limits,
              const char *routes)
{
    if (!self->server)
        s_start_films (self);
    if (!self->peer)
        self->peer = peer_new_service (self->loop, NULL);
    char *away = strdup (peer_new_endpoint ());
    char *text =
        zsys_sprintf ("{'services':{'films':{'endpoints':['%s']},"
                      "'odd':{'endpoints':['%s']},"
                      "'away':{'endpoints':['%s'],'timeout_ms':100}%s%s},"
                      "'limits':{%s},'routes':[%s]}",
                      zp_server_endpoint (self->server),
                      peer_endpoint (self->peer), away, services ? "," : "",
                      services ? services : "", limits ? limits : "", routes);
    free (away);
    s_quote (text);
    return text;
}

static void
s_on_log (void *arg, const char *line)
{
    fixture_t *self = arg;
    if (self->log_count < FIXTURE_LINES)
        self->log[self->log_count++] = strdup (line);
}

static void
s_make_keys (fixture_t *self)
{
    char *ann = zp_gateway_key_make ("ann", "staff", self->key);
    char *bob = zp_gateway_key_make ("bob", NULL, self->other_key);
    char *text = zsys_sprintf ("%s%s", ann, bob);
    self->keys = zp_gateway_keys_new ((zp_span_t){text, strlen (text)}, NULL);
    assert_non_null (self->keys);
    free (ann);
    free (bob);
    zstr_free (&text);
}

void
fixture_start (fixture_t *self, const char *text)
{
    char *mistakes = NULL, *error = NULL;
    self->routes =
        zp_gateway_routes_new ((zp_span_t){text, strlen (text)}, &mistakes);
    if (!self->routes)
        fail_msg ("%s", mistakes);
    s_make_keys (self);
    zp_gateway_options_t options = ZP_GATEWAY_DEFAULTS;
    options.routes = self->routes;
    options.keys = self->keys;
    if (self->drain_ms)
        options.drain_ms = self->drain_ms;
    options.tap = self->tap;
    options.log = s_on_log;
    options.log_arg = self;
    self->gateway = zp_gateway_new (self->loop, &options, &error);
    if (!self->gateway)
        fail_msg ("%s", error);
    assert_int_equal (zp_gateway_bind (self->gateway, "0"), ZP_OK);
    self->http = fixture_connect (self);
}

void
fixture_gateway (fixture_t *self, const char *limits, const char *routes)
{
    char *text = fixture_text (self, NULL, limits, routes);
    fixture_start (self, text);
    zstr_free (&text);
}

http_t *
fixture_connect (fixture_t *self)
{
    return http_new (self->loop, zp_gateway_port (self->gateway));
}

int
fixture_ask (fixture_t *self, const char *method, const char *target,
             const char *header, const char *body)
{
    if (http_answered (self->http))
        http_next (self->http);
    http_ask (self->http, method, target, header, body);
    test_until (self->loop, http_answered (self->http));
    return http_status (self->http);
}

int
fixture_get (fixture_t *self, const char *target)
{
    return fixture_ask (self, "GET", target, NULL, NULL);
}

bool
fixture_problem (fixture_t *self, int code, const char *status)
{
    json_t *json = json_loads (http_body (self->http), 0, NULL);
    const char *type = http_field (self->http, "Content-Type");
    int said = 0;
    const char *name = "", *id = "";
    json_unpack (json, "{s:i,s:s,s:s}", "status", &said, "code", &name,
                 "request_id", &id);
    bool is = http_status (self->http) == code && said == code && type &&
              streq (type, "application/problem+json") &&
              streq (name, status) &&
              streq (id, http_field (self->http, "X-Request-Id"));
    json_decref (json);
    if (!is)
        print_error ("%d: %s\n", http_status (self->http),
                     http_body (self->http));
    return is;
}

double
fixture_figure (fixture_t *self, const char *name)
{
    assert_int_equal (fixture_get (self, "/metrics"), 200);
    char *line = zsys_sprintf ("\n%s ", name);
    s_quote (line);
    const char *found = strstr (http_body (self->http), line);
    double value = found ? strtod (found + strlen (line), NULL) : 0;
    zstr_free (&line);
    return value;
}

char *
fixture_logged (fixture_t *self, const char *member)
{
    assert_true (self->log_count > 0);
    json_t *json = json_loads (self->log[self->log_count - 1], 0, NULL);
    assert_non_null (json);
    json_t *value = json_object_get (json, member);
    char *text = json_is_string (value) ? strdup (json_string_value (value))
                 : value                ? json_dumps (value, JSON_ENCODE_ANY)
                                        : NULL;
    json_decref (json);
    return text;
}
