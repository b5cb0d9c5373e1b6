//  SPDX-License-Identifier: MIT
//
//  Server-sent events to one client. While there is nothing to say the exchange
//  is suspended, and costs no time. What comes goes to a buffer with a bound,
//  from where libmicrohttpd takes it as the client does; a client that lets it
//  fill up is told why it is dropped, and that is the end of it.

#define _GNU_SOURCE

#include "zp_gateway_stream.h"

#define RETRY_MS  2000  // A client that lost us comes back after that
#define BLOCK     4096  // Bytes that are taken at a time
#define NAME_ROOM 1024  // Bytes of a filter or the name of a log

static ssize_t
s_read (void *arg, uint64_t position, char *to, size_t room)
{
    (void) position;
    zp_gateway_stream_t *self = arg;
    zp_gateway_exchange_t *exchange = self->exchange;
    if (exchange->gone)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    zp_span_t waiting = zp_gateway_sse_waiting (self->sse);
    if (waiting.size) {
        size_t size = waiting.size < room ? waiting.size : room;
        memcpy (to, waiting.data, size);
        zp_gateway_sse_taken (self->sse, size);
        exchange->size += size;
        return (ssize_t) size;
    }
    if (zp_gateway_sse_done (self->sse))
        return MHD_CONTENT_READER_END_OF_STREAM;
    zp_gateway_log_wants (self);
    exchange->suspended = true;
    MHD_suspend_connection (exchange->connection);
    return 0;
}

static void
s_close (zp_gateway_stream_t *self, const char *reason)
{
    zp_gateway_note (self->exchange, "dropped: %s", reason);
    zp_gateway_count_dropped (self->exchange->gateway, reason);
    zp_gateway_conn_close (self->exchange->conn);
}

static void
s_set_timer (zp_gateway_stream_t *self, int ms)
{
    zp_timers_set (self->exchange->gateway->timers, &self->timer,
                   zclock_mono () + ms);
}

//  A silent client is asked whether it lives: what it never takes is seen
static int
s_on_timer (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_gateway_stream_t *self = arg;
    zp_gateway_exchange_t *exchange = self->exchange;
    if (self->ended || !zp_gateway_conn_moves (exchange->conn)) {
        s_close (self, self->ended ? "no end" : "silent");
        return 0;
    }
    zp_gateway_sse_beat (self->sse, "");
    zp_gateway_resume (exchange);
    s_set_timer (self, exchange->gateway->limits->heartbeat_ms);
    return 0;
}

void
zp_gateway_stream_end (zp_gateway_stream_t *self, const char *reason)
{
    if (self->ended)
        return;
    self->ended = true;
    zp_gateway_sse_end (self->sse, reason);
    s_set_timer (self, self->exchange->gateway->limits->send_ms);
    zp_gateway_resume (self->exchange);
}

void
zp_gateway_stream_say (zp_gateway_stream_t *self,
                       const zp_gateway_event_t *event)
{
    zp_gateway_t *gateway = self->exchange->gateway;
    if (self->ended)
        return;
    if (zp_gateway_sse_event (self->sse, event)) {
        zp_gateway_series_add (gateway->figures.events, 1);
        zp_gateway_resume (self->exchange);
        return;
    }
    zp_gateway_note (self->exchange, "dropped: too slow");
    zp_gateway_count_dropped (gateway, "slow");
    zp_gateway_stream_end (self, "too slow: more waits than may");
}

//  What libmicrohttpd sends, for as long as it lasts
static struct MHD_Response *
s_response (zp_gateway_stream_t *self)
{
    struct MHD_Response *response = MHD_create_response_from_callback (
        MHD_SIZE_UNKNOWN, BLOCK, s_read, self, NULL);
    assert (response);
    zp_gateway_add_header (response, "Content-Type", "text/event-stream");
    zp_gateway_add_header (response, "X-Accel-Buffering", "no");
    if (!self->exchange->match.route->cache_control)
        zp_gateway_add_header (response, "Cache-Control", "no-store");
    return response;
}

static zp_gateway_stream_t *
s_new (zp_gateway_exchange_t *exchange)
{
    zp_gateway_stream_t *self = zmalloc (sizeof *self);
    self->exchange = exchange;
    self->sse = zp_gateway_sse_new (exchange->gateway->limits->stream_bytes);
    zp_timer_init (&self->timer, s_on_timer, self);
    zp_gateway_sse_retry (self->sse, RETRY_MS);
    return self;
}

//  The name of what is followed; false if there can be no such thing
static bool
s_name (zp_gateway_exchange_t *exchange, char *name, zp_filter_t *filter)
{
    const zp_gateway_route_t *route = exchange->match.route;
    int size = route->topic
                   ? zp_gateway_expand_topic (&exchange->match, route->topic,
                                              name, NAME_ROOM)
                   : zp_gateway_expand (&exchange->match, route->log, NULL,
                                        name, NAME_ROOM);
    if (size >= 0 && (!route->topic || zp_filter_parse (filter, name)))
        return true;
    zp_gateway_problem (exchange, 400, ZP_OK, 0, "there can be no such %s",
                        route->topic ? "topic" : "log");
    return false;
}

void
zp_gateway_begin_events (zp_gateway_exchange_t *exchange)
{
    char name[NAME_ROOM];
    zp_filter_t filter;
    if (!s_name (exchange, name, &filter))
        return;
    zp_gateway_stream_t *self = s_new (exchange);
    exchange->stream = self;
    struct MHD_Response *response = s_response (self);
    if (streq (exchange->method, "HEAD")) {
        zp_gateway_answer (exchange, 200, response, 0);
        return;
    }
    const char *last = zp_gateway_header (exchange, "Last-Event-ID");
    zp_gateway_last_event_t at = {.known = false};
    if (last)
        at.known = zp_gateway_last_event (last, &at.stream, &at.number);
    if (exchange->match.route->topic)
        zp_gateway_topic_join (self, &filter, &at);
    else
        zp_gateway_log_join (self, name, &at);
    zp_gateway_answer (exchange, 200, response, 0);
    zp_gateway_conn_watch (exchange->conn);
    s_set_timer (self, exchange->gateway->limits->heartbeat_ms);
}

void
zp_gateway_stream_destroy (zp_gateway_stream_t **self_p)
{
    zp_gateway_stream_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_gateway_topic_leave (self);
    zp_gateway_log_leave (self);
    zp_timers_clear (self->exchange->gateway->timers, &self->timer);
    zp_gateway_sse_destroy (&self->sse);
    free (self);
}

void
zp_gateway_put_string (FILE *file, zp_span_t text)
{
    json_t *json = json_stringn (text.size ? text.data : "", text.size);
    char *dump = json ? json_dumps (json, JSON_ENCODE_ANY) : NULL;
    fputs (dump ? dump : "null", file);
    free (dump);
    json_decref (json);
}

void
zp_gateway_put_value (FILE *file, zp_span_t value)
{
    json_t *json = json_loadb (value.data, value.size, JSON_DECODE_ANY, NULL);
    if (json)
        fwrite (value.data, 1, value.size, file);
    else
        zp_gateway_put_string (file, value);
    json_decref (json);
}
