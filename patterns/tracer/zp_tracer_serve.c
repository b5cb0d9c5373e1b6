//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include <jansson.h>

#include "zp_args.h"
#include "zp_tracer_private.h"

#define TRACE_DIGITS 32
#define EVENTS_LIMIT 1000  // If nobody says

//  Reply with a JSON value, which is freed
static void
s_reply (zp_request_t *request, json_t *value)
{
    char *text = json_dumps (value, JSON_COMPACT);
    assert (text);
    zp_request_reply (&request, text, strlen (text));
    json_decref (value);
    free (text);
}

static json_t *
s_integer (uint64_t number)
{
    return json_integer ((json_int_t) number);
}

static json_t *
s_id (uint64_t id)
{
    return json_sprintf ("%016" PRIx64, id);
}

//  Bytes in hexadecimal; "" if all of them are zero
static json_t *
s_hex (const uint8_t *bytes, size_t size)
{
    char text[TRACE_DIGITS + 1] = "";
    bool any = false;
    for (size_t i = 0; i < size; i++) {
        snprintf (text + 2 * i, 3, "%02x", bytes[i]);
        any = any || bytes[i];
    }
    return json_string (any ? text : "");
}

static json_t *
s_breaker (zp_breaker_state_t state)
{
    static const char *const name[] = {[ZP_BREAKER_CLOSED] = "closed",
                                       [ZP_BREAKER_OPEN] = "open",
                                       [ZP_BREAKER_HALF_OPEN] = "half-open"};
    return json_string (name[state]);
}

static json_t *
s_peer (const zp_tracer_peer_t *peer)
{
    return json_pack (
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "endpoint",
        peer->endpoint, "sent", s_integer (peer->sent), "retries",
        s_integer (peer->retries), "lost", s_integer (peer->lost), "pieces",
        s_integer (peer->pieces), "ok", s_integer (peer->ok), "failed",
        s_integer (peer->failed), "in_flight", s_integer (peer->in_flight),
        "breaker", s_breaker (peer->breaker));
}

static void
s_on_peers (zp_request_t *request, void *arg)
{
    zp_tracer_t *self = arg;
    json_t *clients = json_array (), *peers = json_array ();
    pthread_mutex_lock (&self->lock);
    const uint64_t *ids;
    size_t count = zp_tracer_peers_clients (self->peers, &ids);
    for (size_t i = 0; i < count; i++)
        json_array_append_new (clients, s_id (ids[i]));
    const zp_tracer_peer_t *all;
    count = zp_tracer_peers_all (self->peers, &all);
    for (size_t i = 0; i < count; i++)
        json_array_append_new (peers, s_peer (&all[i]));
    pthread_mutex_unlock (&self->lock);
    s_reply (request,
             json_pack ("{s:o, s:o}", "clients", clients, "peers", peers));
}

//  Digits to bytes. False if they are none, or not so many
static bool
s_unhex (const char *text, uint8_t *bytes)
{
    if (strlen (text) != TRACE_DIGITS ||
        strspn (text, "0123456789abcdefABCDEF") != TRACE_DIGITS)
        return false;
    for (size_t i = 0; i < TRACE_DIGITS / 2; i++) {
        const char pair[] = {text[2 * i], text[2 * i + 1], 0};
        bytes[i] = (uint8_t) strtoul (pair, NULL, 16);
    }
    return true;
}

//  Read what is asked for; its trace goes to id. False, with error, if it makes
//  no sense
static bool
s_read_query (zp_request_t *request, zp_tracer_query_t *query, uint8_t *id,
              char *error)
{
    int64_t after = 0, limit = EVENTS_LIMIT;
    char trace[64] = "";
    const zp_arg_t known[] = {
        {.name = "after", .number = &after, .max = INT64_MAX},
        {.name = "limit", .number = &limit, .min = 1, .max = ZP_TRACER_EVENTS},
        {.name = "trace", .text = trace, .room = sizeof trace},
        {.name = "roots", .flag = &query->roots}};
    if (zp_request_count (request) > 1) {
        snprintf (error, ZP_ARGS_ERROR, "send one argument, a JSON object");
        return false;
    }
    if (!zp_args_read (zp_request_arg (request, 0), known,
                       sizeof known / sizeof known[0], error))
        return false;
    if (*trace && !s_unhex (trace, id)) {
        snprintf (error, ZP_ARGS_ERROR,
                  "'trace' must be %d hexadecimal digits, such as "
                  "4bf92f3577b34da6a3ce929d0e0e4736",
                  TRACE_DIGITS);
        return false;
    }
    query->after = (uint64_t) after;
    query->limit = (size_t) limit;
    query->trace = *trace ? id : NULL;
    return true;
}

static json_t *
s_event (const zp_tracer_event_t *event)
{
    static const char *const what[] = {
        [ZP_TAP_SENT] = "sent",       [ZP_TAP_LOST] = "lost",
        [ZP_TAP_HEARD] = "heard",     [ZP_TAP_ENDED] = "ended",
        [ZP_TAP_BREAKER] = "breaker", [ZP_TAP_TOOK] = "took",
        [ZP_TAP_DROPPED] = "dropped", [ZP_TAP_REPLIED] = "replied",
        [ZP_TAP_MUTED] = "muted",
    };
    char method[ZP_TRACER_METHOD + 1];
    size_t size = strnlen (event->method, sizeof event->method);
    zp_args_plain ((zp_span_t){event->method, size}, method, sizeof method);
    const zp_trace_t *trace = &event->trace;
    json_t *value = json_pack (
        "{s:I, s:s, s:s, s:o, s:o, s:i, s:s, s:o, s:o, s:o, s:s, s:b}", "at_us",
        (json_int_t) event->at_us, "what", what[event->what], "method", method,
        "client", s_id (event->client), "serial", s_id (event->serial),
        "attempt", (int) event->attempt, "status",
        zp_status_name ((zp_status_t) event->status), "trace",
        s_hex (trace->trace_id, sizeof trace->trace_id), "span",
        s_hex (trace->span_id, sizeof trace->span_id), "parent",
        s_hex (event->parent, sizeof event->parent), "endpoint",
        event->endpoint ? event->endpoint : "", "more", event->more);
    if (event->late)
        json_object_set_new (value, "late", json_true ());
    if (event->what == ZP_TAP_BREAKER)
        json_object_set_new (value, "breaker",
                             s_breaker ((zp_breaker_state_t) event->breaker));
    return value;
}

static void
s_on_events (zp_request_t *request, void *arg)
{
    zp_tracer_t *self = arg;
    zp_tracer_query_t query = {.roots = false};
    uint8_t trace[TRACE_DIGITS / 2];
    char error[ZP_ARGS_ERROR];
    if (!s_read_query (request, &query, trace, error)) {
        zp_request_fail (&request, ZP_INVALID_ARGUMENT, "%s", error);
        return;
    }
    zp_tracer_found_t found;
    pthread_mutex_lock (&self->lock);
    zp_tracer_ring_find (self->ring, &query, &found);
    pthread_mutex_unlock (&self->lock);

    json_t *events = json_array ();
    for (size_t i = 0; i < found.count; i++)
        json_array_append_new (events, s_event (&found.events[i]));
    free (found.events);
    s_reply (request,
             json_pack ("{s:o, s:o, s:o}", "next", s_integer (found.next),
                        "missed", s_integer (found.missed), "events", events));
}

void
zp_tracer_serve (zp_tracer_t *self, zp_server_t *server)
{
    zp_server_builtin_method (server, "zp.peers", s_on_peers, self);
    zp_server_builtin_method (server, "zp.events", s_on_events, self);
}
