//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "zp_gateway_match.h"
#include "zp_gateway_routes_private.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS 2000
#define RETRIES    2
#define MS_MAX     3600000  // An hour
#define COUNT_MAX  1000000

static const zp_json_key_t s_keys[] = {
    {.name = "services", .type = JSON_OBJECT},
    {.name = "limits", .type = JSON_OBJECT},
    {.name = "proxies", .type = JSON_ARRAY},
    {.name = "routes", .type = JSON_ARRAY, .needed = true},
    {0},
};

static const zp_json_key_t s_service_keys[] = {
    {.name = "endpoints", .type = JSON_ARRAY, .needed = true},
    {.name = "updates", .type = JSON_ARRAY},
    {.name = "timeout_ms", .type = JSON_INTEGER, .min = 1, .max = MS_MAX},
    {.name = "retries", .type = JSON_INTEGER, .min = 0, .max = 20},
    {.name = "hedge_ms", .type = JSON_INTEGER, .min = 0, .max = MS_MAX},
    {.name = "breaker", .type = JSON_TRUE},
    {0},
};

#define COUNT(key)                                                             \
    {                                                                          \
        .name = (key), .type = JSON_INTEGER, .min = 1, .max = COUNT_MAX        \
    }
#define TIME(key)                                                              \
    {                                                                          \
        .name = (key), .type = JSON_INTEGER, .min = 100, .max = MS_MAX         \
    }
#define BYTES(key, least)                                                      \
    {                                                                          \
        .name = (key), .type = JSON_INTEGER, .min = (least), .max = 1 << 30    \
    }

static const zp_json_key_t s_limits_keys[] = {
    BYTES ("body_bytes", 1),
    BYTES ("header_bytes", 1024),
    BYTES ("stream_bytes", 1024),
    COUNT ("connections"),
    COUNT ("connections_client"),
    COUNT ("in_flight"),
    COUNT ("streams"),
    COUNT ("clients"),
    COUNT ("stale_answers"),
    BYTES ("stale_bytes", 1024),
    TIME ("heartbeat_ms"),
    TIME ("header_ms"),
    TIME ("body_ms"),
    TIME ("send_ms"),
    TIME ("idle_ms"),
    {.name = "rate", .type = JSON_OBJECT},
    {0},
};

static const zp_json_key_t s_rate_keys[] = {
    {.name = "per_second",
     .type = JSON_REAL,
     .needed = true,
     .min = 0,
     .max = COUNT_MAX},
    {.name = "burst", .type = JSON_INTEGER, .min = 1, .max = COUNT_MAX},
    {0},
};

void
zp_gateway_wrong (zp_gateway_reader_t *self, const char *at, const char *member,
                  const char *format, ...)
{
    char *pointer = member ? zp_json_doc_member (at, member) : strdup (at),
         *text;
    va_list args;
    va_start (args, format);
    if (!pointer || vasprintf (&text, format, args) < 0)
        abort ();
    va_end (args);
    zp_json_doc_wrong (self->doc, pointer, "%s", text);
    free (text);
    free (pointer);
}

//  True if ZeroMQ may make sense of it; it has the last word
static bool
s_endpoint (const char *text)
{
    static const char *const transports[] = {"tcp://", "ipc://", "inproc://"};
    for (size_t i = 0; i < 3; i++) {
        size_t size = strlen (transports[i]);
        if (strncmp (text, transports[i], size) == 0)
            return text[size] && (i > 0 || strchr (text + size, ':'));
    }
    return false;
}

//  The endpoints in an array, and a NULL behind them; NULL if one is none
static const char **
s_read_endpoints (zp_gateway_reader_t *self, const json_t *array,
                  const char *at, const char *key)
{
    size_t count = json_array_size (array);
    const char **texts = calloc (count + 1, sizeof *texts);
    char *place = zp_json_doc_member (at, key);
    assert (texts);
    for (size_t i = 0; i < count; i++) {
        char number[24];
        snprintf (number, sizeof number, "%zu", i);
        texts[i] = json_string_value (json_array_get (array, i));
        if (!texts[i] || !s_endpoint (texts[i]))
            zp_gateway_wrong (self, place, number,
                              "an endpoint is like \"tcp://127.0.0.1:5555\" "
                              "or \"ipc:///run/films\"");
    }
    free (place);
    return texts;
}

static void
s_read_service (zp_gateway_reader_t *self, zp_gateway_service_t *service,
                json_t *json, const char *at)
{
    json_t *value;
    char name[96];
    snprintf (name, sizeof name, "service \"%.64s\"", service->name);
    if (!zp_json_doc_is (self->doc, json, JSON_OBJECT, at, name))
        return;
    zp_json_doc_check (self->doc, json, at, s_service_keys);
    json_t *endpoints = json_object_get (json, "endpoints");
    json_t *updates = json_object_get (json, "updates");
    service->count = json_array_size (endpoints);
    service->endpoints = s_read_endpoints (self, endpoints, at, "endpoints");
    if (json_is_array (endpoints) && service->count == 0)
        zp_gateway_wrong (self, at, "endpoints", "there are none");
    if (updates) {
        service->updates = s_read_endpoints (self, updates, at, "updates");
        if (json_is_array (updates) &&
            json_array_size (updates) != service->count)
            zp_gateway_wrong (self, at, "updates",
                              "\"updates\" has one for each of \"endpoints\"");
    }
    if ((value = json_object_get (json, "timeout_ms")))
        service->timeout_ms = (int) json_integer_value (value);
    if ((value = json_object_get (json, "retries")))
        service->retries = (int) json_integer_value (value);
    service->hedge_ms =
        (int) json_integer_value (json_object_get (json, "hedge_ms"));
    service->breaker = !json_is_false (json_object_get (json, "breaker"));
}

static void
s_read_services (zp_gateway_reader_t *self, json_t *json)
{
    zp_gateway_routes_t *routes = self->routes;
    routes->services =
        calloc (json_object_size (json) + 1, sizeof *routes->services);
    assert (routes->services);
    const char *name;
    json_t *value;
    json_object_foreach (json, name, value)
    {
        zp_gateway_service_t *service =
            &routes->services[routes->services_count++];
        *service = (zp_gateway_service_t){
            .name = name, .timeout_ms = TIMEOUT_MS, .retries = RETRIES};
        char *at = zp_json_doc_member ("/services", name);
        s_read_service (self, service, value, at);
        free (at);
    }
}

bool
zp_gateway_read_rate (zp_gateway_reader_t *self, const char *at,
                      const json_t *limits, zp_gateway_rate_t *rate)
{
    json_t *json = json_object_get (limits, "rate");
    if (!json_is_object (json))
        return false;
    char *place = zp_json_doc_member (at, "rate");
    if (zp_json_doc_check (self->doc, json, place, s_rate_keys)) {
        rate->per_second =
            json_number_value (json_object_get (json, "per_second"));
        //  As many as in a second, rounded up
        json_t *burst = json_object_get (json, "burst");
        rate->burst = (int) rate->per_second;
        rate->burst += rate->burst < rate->per_second || rate->burst == 0;
        if (burst)
            rate->burst = (int) json_integer_value (burst);
    }
    free (place);
    return true;
}

static void
s_read_limits (zp_gateway_reader_t *self, json_t *json)
{
    zp_gateway_limits_t *limits = &self->routes->limits;
    const struct {
        const char *key;
        size_t *size;
        int *number;
    } all[] = {
        {"body_bytes", &limits->body_bytes, NULL},
        {"header_bytes", &limits->header_bytes, NULL},
        {"stream_bytes", &limits->stream_bytes, NULL},
        {"clients", &limits->clients, NULL},
        {"stale_answers", &limits->stale_answers, NULL},
        {"stale_bytes", &limits->stale_bytes, NULL},
        {"connections", NULL, &limits->connections},
        {"connections_client", NULL, &limits->connections_client},
        {"in_flight", NULL, &limits->in_flight},
        {"streams", NULL, &limits->streams},
        {"heartbeat_ms", NULL, &limits->heartbeat_ms},
        {"header_ms", NULL, &limits->header_ms},
        {"body_ms", NULL, &limits->body_ms},
        {"send_ms", NULL, &limits->send_ms},
        {"idle_ms", NULL, &limits->idle_ms},
    };
    zp_gateway_read_rate (self, "/limits", json, &limits->rate);
    if (!json_is_object (json) ||
        !zp_json_doc_check (self->doc, json, "/limits", s_limits_keys))
        return;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        json_t *value = json_object_get (json, all[i].key);
        if (value && all[i].size)
            *all[i].size = (size_t) json_integer_value (value);
        else if (value)
            *all[i].number = (int) json_integer_value (value);
    }
}

static void
s_read_proxies (zp_gateway_reader_t *self, const json_t *json)
{
    size_t count = json_array_size (json);
    self->routes->proxies = calloc (count + 1, sizeof (char *));
    assert (self->routes->proxies);
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value (json_array_get (json, i));
        uint8_t address[sizeof (struct in6_addr)];
        char number[24];
        snprintf (number, sizeof number, "%zu", i);
        if (!text || (inet_pton (AF_INET, text, address) != 1 &&
                      inet_pton (AF_INET6, text, address) != 1))
            zp_gateway_wrong (self, "/proxies", number,
                              "an address is like \"127.0.0.1\" or \"::1\"");
        self->routes->proxies[i] = text;
    }
}

//  Who is told to ask for the status there must find somebody who answers
static void
s_check_status (zp_gateway_reader_t *self, const zp_gateway_route_t *route,
                const char *at)
{
    zp_gateway_match_t match = {.route = route};
    char target[ZP_GATEWAY_PATH_MAX];
    if (!route->status)
        return;
    for (size_t i = 0; i < route->variables; i++)
        match.values[i] = (zp_span_t){"-", 1};
    int size =
        zp_gateway_expand (&match, route->status, "-", target, sizeof target);
    if (size >= 0)
        zp_gateway_match (self->routes, "GET",
                          (zp_span_t){target, (size_t) size}, &match);
    if (size < 0 || match.found != ZP_GATEWAY_FOUND)
        zp_gateway_wrong (self, at, "status",
                          "no route answers GET for such a path");
}

//  Read the routes, put them in a tree, and look whether the addresses that
//  clients are told to ask are in it
static void
s_read_routes (zp_gateway_reader_t *self, const json_t *json)
{
    zp_gateway_routes_t *routes = self->routes;
    size_t count = json_array_size (json);
    if (json_is_array (json) && count == 0)
        zp_gateway_wrong (self, "", "routes", "there are none");
    routes->routes = calloc (count + 1, sizeof *routes->routes);
    assert (routes->routes);
    char at[40];
    for (routes->count = 0; routes->count < count; routes->count++) {
        self->route = &routes->routes[routes->count];
        self->route->number = routes->count;
        snprintf (at, sizeof at, "/routes/%zu", routes->count);
        zp_gateway_read_route (self, json_array_get (json, routes->count), at);
    }
    zp_gateway_plant (self);
    for (size_t i = 0; i < count; i++) {
        snprintf (at, sizeof at, "/routes/%zu/accept", i);
        s_check_status (self, &routes->routes[i], at);
    }
}

static void
s_read (zp_gateway_reader_t *self, json_t *root)
{
    if (!zp_json_doc_is (self->doc, root, JSON_OBJECT, "", "a routes file"))
        return;
    zp_json_doc_check (self->doc, root, "", s_keys);
    s_read_services (self, json_object_get (root, "services"));
    s_read_limits (self, json_object_get (root, "limits"));
    s_read_proxies (self, json_object_get (root, "proxies"));
    s_read_routes (self, json_object_get (root, "routes"));
}

zp_gateway_routes_t *
zp_gateway_routes_new (zp_span_t text, char **mistakes_p)
{
    zp_gateway_routes_t *self = calloc (1, sizeof *self);
    assert (self);
    self->limits = (zp_gateway_limits_t) ZP_GATEWAY_LIMITS;
    zp_gateway_reader_t reader = {.routes = self};
    reader.doc = zp_json_doc_new (text.data, text.size);
    json_t *root = zp_json_doc_root (reader.doc);
    self->json = json_incref (root);
    if (text.size > ZP_GATEWAY_ROUTES_BYTES)
        zp_gateway_wrong (&reader, "", NULL,
                          "a routes file has at most %d bytes, not %zu",
                          ZP_GATEWAY_ROUTES_BYTES, text.size);
    else if (root)
        s_read (&reader, root);
    char *mistakes = zp_json_doc_lines (reader.doc);
    zp_json_doc_destroy (&reader.doc);
    if (mistakes)
        zp_gateway_routes_destroy (&self);
    if (mistakes_p)
        *mistakes_p = mistakes;
    else
        free (mistakes);
    return self;
}

void
zp_gateway_routes_destroy (zp_gateway_routes_t **self_p)
{
    assert (self_p);
    zp_gateway_routes_t *self = *self_p;
    *self_p = NULL;
    if (!self)
        return;
    for (size_t i = 0; i < self->services_count; i++) {
        free (self->services[i].endpoints);
        free (self->services[i].updates);
    }
    for (size_t i = 0; i < self->count; i++)
        zp_gateway_route_clear (&self->routes[i]);
    zp_gateway_tree_clear (self);
    free (self->services);
    free (self->routes);
    free (self->proxies);
    json_decref (self->json);
    free (self);
}
