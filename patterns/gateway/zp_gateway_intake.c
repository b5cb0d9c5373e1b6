//  SPDX-License-Identifier: MIT
//
//  libmicrohttpd calls zp_gateway_intake for a request when its header is
//  there, then with each piece of its body, then when all of it is, and once
//  more when it is resumed. A body that will not be read must be refused in the
//  first of these, before the client is told to go on; it then closes the
//  connection, so that all others are refused later.

#define _GNU_SOURCE

#include "zp_gateway_private.h"

#define DROPPED_MAX (1024 * 1024)  // Of a body that is too large already

void *
zp_gateway_intake_uri (void *arg, const char *target,
                       struct MHD_Connection *connection)
{
    zp_gateway_t *gateway = arg;
    zp_gateway_exchange_t *self = malloc (sizeof *self);
    assert (self);
    memset (self, 0, offsetof (zp_gateway_exchange_t, match));
    memset (&self->lane, 0,
            sizeof *self - offsetof (zp_gateway_exchange_t, lane));
    self->gateway = gateway;
    self->connection = connection;
    self->conn =
        MHD_get_connection_info (connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
            ->socket_context;
    self->target = strdup (target);
    self->begun_us = zclock_usecs ();
    self->lane = &gateway->lanes[gateway->routes->count + 1];
    self->match.query = (zp_span_t){NULL, 0};
    self->match.route = NULL;
    self->conn->exchange = self;
    zp_gateway_conn_phase (self->conn, ZP_GATEWAY_HEADER,
                           gateway->limits->header_ms);
    return self;
}

const char *
zp_gateway_header (const zp_gateway_exchange_t *self, const char *name)
{
    return MHD_lookup_connection_value (self->connection, MHD_HEADER_KIND,
                                        name);
}

static const char *
s_header (void *self, const char *name)
{
    return zp_gateway_header (self, name);
}

zp_gateway_input_t
zp_gateway_input (const zp_gateway_exchange_t *self)
{
    zp_gateway_input_t input = {.match = &self->match,
                                .header = s_header,
                                .arg = (void *) self,
                                .json = self->json};
    if (self->body)
        input.body =
            (zp_span_t){zchunk_data (self->body), zchunk_size (self->body)};
    if (self->key)
        input.key = zp_gateway_key_name (self->key);
    return input;
}

//  Several proxies may have added a header each; the last one counts
static enum MHD_Result
s_find_forwarded (void *arg, enum MHD_ValueKind kind, const char *name,
                  const char *value)
{
    (void) kind;
    const char **last = arg;
    if (strcasecmp (name, "X-Forwarded-For") == 0)
        *last = value;
    return MHD_YES;
}

//  Who asks, as part of what, and under which id
static void
s_identify (zp_gateway_exchange_t *self)
{
    zp_gateway_t *gateway = self->gateway;
    const char *forwarded = NULL;
    const char **proxies = gateway->routes->proxies;
    if (proxies && *proxies) {
        MHD_get_connection_values (self->connection, MHD_HEADER_KIND,
                                   s_find_forwarded, &forwarded);
        zp_gateway_client (self->conn->address, forwarded, proxies,
                           self->client);
    }
    else
        strcpy (self->client, self->conn->client);
    self->serial = ++gateway->serial;
    zp_gateway_request_id (zp_gateway_header (self, "X-Request-Id"),
                           gateway->id, self->serial, self->id);
    if (!zp_gateway_trace_read (zp_gateway_header (self, "traceparent"),
                                &self->trace)) {
        uint64_t words[2] = {zp_random_next (&gateway->random),
                             zp_random_next (&gateway->random)};
        memcpy (self->trace.trace_id, words, sizeof words);
        self->trace.flags = 1;
    }
    memcpy (self->parent, self->trace.span_id, sizeof self->parent);
    uint64_t span = zp_random_next (&gateway->random);
    memcpy (self->trace.span_id, &span, sizeof span);
    zp_span_t shown =
        zp_gateway_key_shown (zp_gateway_header (self, "Authorization"),
                              zp_gateway_header (self, "X-API-Key"));
    if (shown.size && gateway->options.keys)
        self->key = zp_gateway_keys_find (gateway->options.keys, shown);
}

//  The header is there: may it, and what is it for
static void
s_take (zp_gateway_exchange_t *self, const char *method, const char *version)
{
    zp_gateway_t *gateway = self->gateway;
    self->stage = ZP_GATEWAY_TAKEN;
    strncpy (self->method, method, sizeof self->method - 1);
    const char *length = zp_gateway_header (self, "Content-Length");
    self->upload = zp_gateway_header (self, "Transfer-Encoding") ||
                   (length && strtoull (length, NULL, 10) > 0);
    s_identify (self);
    zp_gateway_tap_took (self);
    if (!zp_gateway_framed (self, version) || zp_gateway_own (self))
        return;
    zp_span_t target = {self->target, strlen (self->target)};
    zp_gateway_match (gateway->routes, method, target, &self->match);
    if (self->match.route)
        self->lane = &gateway->lanes[self->match.route->number];
    zp_gateway_admit (self);
    if (self->upload)
        zp_gateway_conn_phase (self->conn, ZP_GATEWAY_BODY,
                               gateway->limits->body_ms);
}

//  A piece of the body
static enum MHD_Result
s_take_body (zp_gateway_exchange_t *self, const char *data, size_t size)
{
    size_t limit = self->match.route ? self->match.route->body_bytes : 0;
    if (!self->body)
        self->body = zchunk_new (NULL, size);
    size_t had = zchunk_size (self->body);
    if (!self->too_large && size <= limit - had)
        zchunk_extend (self->body, data, size);
    else {
        if (!self->too_large)
            zchunk_set (self->body, NULL, 0);
        self->too_large = true;
        self->size += size;
        if (self->size > DROPPED_MAX)
            return MHD_NO;
    }
    return MHD_YES;
}

//  All of the body is there, if there is one: true if it is as it should be
static bool
s_read_body (zp_gateway_exchange_t *self)
{
    const zp_gateway_route_t *route = self->match.route;
    if (self->too_large) {
        zp_gateway_count_refused (self->gateway, "body_bytes");
        zp_gateway_problem (self, 413, ZP_OK, 0,
                            "the body is larger than %zu bytes",
                            route->body_bytes);
        return false;
    }
    if (!route->body || !self->body)
        return true;
    char error[ZP_GATEWAY_ERROR];
    zp_span_t body = {zchunk_data (self->body), zchunk_size (self->body)};
    int code = zp_gateway_body (zp_gateway_header (self, "Content-Type"), body,
                                &self->json, error, sizeof error);
    if (code == 200)
        return true;
    zp_gateway_problem (self, code, ZP_OK, 0, "%s", error);
    return false;
}

static void
s_begin (zp_gateway_exchange_t *self)
{
    static zp_gateway_begin_fn *const begin[] = {
        [ZP_GATEWAY_CALL] = zp_gateway_begin_calls,
        [ZP_GATEWAY_PARTS] = zp_gateway_begin_calls,
        [ZP_GATEWAY_EVENTS] = zp_gateway_begin_events,
        [ZP_GATEWAY_CONTENT] = zp_gateway_begin_content,
        [ZP_GATEWAY_FILES] = zp_gateway_begin_files,
        [ZP_GATEWAY_ACCEPT] = zp_gateway_begin_accept};
    self->stage = ZP_GATEWAY_BEGUN;
    if (s_read_body (self))
        begin[self->match.route->kind](self);
}

//  Let libmicrohttpd send the answer
static enum MHD_Result
s_queue (zp_gateway_exchange_t *self)
{
    self->stage = ZP_GATEWAY_QUEUED;
    self->conn->acked = UINT64_MAX;  // Not asked yet: that costs
    zp_gateway_conn_phase (self->conn, ZP_GATEWAY_SENDING,
                           self->gateway->limits->send_ms);
    return MHD_queue_response (self->connection, (unsigned) self->code,
                               self->answer);
}

enum MHD_Result
zp_gateway_intake (void *gateway, struct MHD_Connection *connection,
                   const char *url, const char *method, const char *version,
                   const char *data, size_t *size, void **exchange_p)
{
    (void) gateway, (void) connection, (void) url;
    zp_gateway_exchange_t *self = *exchange_p;
    if (self->gone)
        return MHD_NO;
    if (self->stage == ZP_GATEWAY_NEW) {
        s_take (self, method, version);
        bool refused = self->stage == ZP_GATEWAY_ANSWERED;
        return refused && self->upload ? s_queue (self) : MHD_YES;
    }
    if (*size) {
        size_t count = *size;
        *size = 0;
        return s_take_body (self, data, count);
    }
    if (self->stage == ZP_GATEWAY_TAKEN)
        s_begin (self);
    if (self->stage == ZP_GATEWAY_ANSWERED)
        return s_queue (self);
    if (self->conn->detached)
        return MHD_NO;  // Let go of it
    if (!self->suspended) {
        self->suspended = true;
        MHD_suspend_connection (connection);
        zp_gateway_conn_phase (self->conn, ZP_GATEWAY_HELD, 0);
    }
    return MHD_YES;
}

static void
s_leave (zp_gateway_exchange_t *self)
{
    zp_gateway_t *gateway = self->gateway;
    if (self->counted)
        zp_gateway_gate_leave (self->streams ? &gateway->streams
                                             : &gateway->gate);
    if (self->inside)
        zp_gateway_gate_leave (&self->lane->gate);
}

void
zp_gateway_exchange_end (zp_gateway_exchange_t *self)
{
    zp_gateway_conn_unwatch (self->conn);
    zp_gateway_calls_end (self);
    zp_gateway_stream_destroy (&self->stream);
    zp_gateway_content_destroy (&self->content);
    s_leave (self);
    zp_gateway_access (self);
    zp_gateway_tap_ended (self);
    if (self->answer)
        MHD_destroy_response (self->answer);
    json_decref (self->json);
    zchunk_destroy (&self->body);
    zstr_free (&self->error);
    free (self->target);
    self->conn->exchange = NULL;
    free (self);
}

void
zp_gateway_intake_end (void *gateway, struct MHD_Connection *connection,
                       void **exchange_p, enum MHD_RequestTerminationCode how)
{
    (void) gateway, (void) connection;
    zp_gateway_exchange_t *self = *exchange_p;
    *exchange_p = NULL;
    if (!self || self->conn->detached)
        return;
    zp_gateway_conn_t *conn = self->conn;
    self->gone |= how != MHD_REQUEST_TERMINATED_COMPLETED_OK;
    zp_gateway_exchange_end (self);
    if (conn->gateway->draining)
        zp_gateway_conn_close (conn);
    else
        zp_gateway_conn_phase (conn, ZP_GATEWAY_IDLE,
                               conn->gateway->limits->idle_ms);
}
