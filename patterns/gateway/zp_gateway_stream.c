//  SPDX-License-Identifier: MIT
//
//  Server-sent events to one client. Its connection is taken over from
//  libmicrohttpd, which keeps much memory for each, and looks at all that wait
//  whenever one goes on: an idle stream here costs a buffer that is empty, and
//  no time. What the connection does not take goes to that buffer, which has a
//  bound; a client that lets it fill up is told why it is dropped, and that is
//  the end of it.

#define _GNU_SOURCE

#include "zp_gateway_stream.h"

#include <sys/socket.h>
#include <time.h>

#define RETRY_MS  2000  // A client that lost us comes back after that
#define HEAD_ROOM 1024  // Bytes of a header
#define NAME_ROOM 1024  // Bytes of a filter or the name of a log

static void
s_set_timer (zp_gateway_stream_t *self, int ms)
{
    if (!self->over)
        zp_timers_set (self->exchange->gateway->timers, &self->timer,
                       zclock_mono () + ms);
}

//  Not at once: who says something to it may say it to others as well
void
zp_gateway_stream_over (zp_gateway_stream_t *self)
{
    self->over = true;
    zp_timers_set (self->exchange->gateway->timers, &self->timer, 0);
}

void
zp_gateway_stream_write (zp_gateway_stream_t *self)
{
    zp_gateway_conn_t *conn = self->exchange->conn;
    zp_span_t waiting = zp_gateway_sse_waiting (self->sse);
    while (waiting.size && !self->over) {
        ssize_t size = send (conn->fd, waiting.data, waiting.size,
                             MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (size == -1) {
            zp_gateway_conn_close (conn);
            return;
        }
        zp_gateway_sse_taken (self->sse, (size_t) size);
        self->exchange->size += (uint64_t) size;
        waiting = zp_gateway_sse_waiting (self->sse);
    }
    if (zp_gateway_sse_done (self->sse))
        zp_gateway_stream_over (self);
    else
        zp_gateway_log_wants (self);
}

static void
s_close (zp_gateway_stream_t *self, const char *reason)
{
    zp_gateway_note (self->exchange, "dropped: %s", reason);
    zp_gateway_count_dropped (self->exchange->gateway, reason);
    zp_gateway_conn_close (self->exchange->conn);
}

//  A silent client is asked whether it lives: what it never takes is seen
static int
s_on_timer (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_gateway_stream_t *self = arg;
    zp_gateway_exchange_t *exchange = self->exchange;
    if (self->over)
        zp_gateway_conn_end (exchange->conn);
    else if (self->ended || !zp_gateway_conn_moves (exchange->conn))
        s_close (self, self->ended ? "no end" : "silent");
    else {
        zp_gateway_sse_beat (self->sse, "");
        s_set_timer (self, exchange->gateway->limits->heartbeat_ms);
        zp_gateway_stream_write (self);
    }
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
    zp_gateway_stream_write (self);
}

void
zp_gateway_stream_say (zp_gateway_stream_t *self,
                       const zp_gateway_event_t *event)
{
    zp_gateway_t *gateway = self->exchange->gateway;
    if (self->ended || self->over)
        return;
    if (zp_gateway_sse_event (self->sse, event)) {
        zp_gateway_series_add (gateway->figures.events, 1);
        zp_gateway_stream_write (self);
        return;
    }
    zp_gateway_note (self->exchange, "dropped: too slow");
    zp_gateway_count_dropped (gateway, "slow");
    zp_gateway_stream_end (self, "too slow: more waits than may");
}

//  What libmicrohttpd would say before an answer. It is not long, and the
//  connection has room, since all answers before it have left
static void
s_begin (zp_gateway_exchange_t *exchange)
{
    const char *cache = exchange->match.route->cache_control;
    char head[HEAD_ROOM], date[40], trace[ZP_GATEWAY_TRACE_SIZE + 1];
    time_t now = time (NULL);
    struct tm parts;
    gmtime_r (&now, &parts);
    strftime (date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    zp_gateway_trace_write (&exchange->trace, trace);
    int size = snprintf (head, sizeof head,
                         "HTTP/1.1 200 OK\r\nDate: %s\r\n"
                         "Content-Type: text/event-stream\r\n"
                         "Cache-Control: %.256s\r\nX-Accel-Buffering: no\r\n"
                         "X-Content-Type-Options: nosniff\r\n"
                         "X-Request-Id: %s\r\ntraceparent: %s\r\n"
                         "Connection: close\r\n\r\n",
                         date, cache ? cache : "no-store", exchange->id, trace);
    exchange->code = 200;
    exchange->stage = ZP_GATEWAY_QUEUED;
    if (send (exchange->conn->fd, head, (size_t) size,
              MSG_NOSIGNAL | MSG_DONTWAIT) != size)
        zp_gateway_conn_close (exchange->conn);
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
    if (streq (exchange->method, "HEAD")) {
        zp_gateway_answer_text (exchange, 200, "text/event-stream", "", 0);
        return;
    }
    const char *last = zp_gateway_header (exchange, "Last-Event-ID");
    zp_gateway_last_event_t at = {.known = false};
    if (last)
        at.known = zp_gateway_last_event (last, &at.stream, &at.number);
    if (!zp_gateway_conn_detach (exchange->conn)) {
        zp_gateway_problem (exchange, 503, ZP_OK, 1, "too many open files");
        return;
    }
    zp_gateway_stream_t *self = exchange->stream = s_new (exchange);
    s_set_timer (self, exchange->gateway->limits->heartbeat_ms);
    s_begin (exchange);
    if (exchange->match.route->topic)
        zp_gateway_topic_join (self, &filter, &at);
    else
        zp_gateway_log_join (self, name, &at);
    zp_gateway_stream_write (self);
    zp_gateway_conn_watch (exchange->conn);
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
