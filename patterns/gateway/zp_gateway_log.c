//  SPDX-License-Identifier: MIT
//
//  Events of a log. For all clients of a log one call at a time waits for what
//  is new (log.read), and each of them gets it. A client that was away reads
//  what it missed by calls of its own, as fast as it takes it, until it is
//  where the others are. All that is needed to go on anywhere, after a restart
//  of whatever, is the offset of the last event that the client got.

#define _GNU_SOURCE

#include "zp_gateway_stream.h"

#include "zp_number.h"

#define WAIT_MS 20000  // For new events, in one call
#define CALL_MS 25000  // Such a call in all
#define READ_MS 5000   // A call that waits for nothing
#define AGAIN_MS                                                               \
    500  // After a call that failed; and to look at one that
         // waits, since it may wait for a connection

struct zp_gateway_tail {
    zp_gateway_peer_t *peer;                  // Whose log
    zp_gateway_t *gateway;                    // Of which
    char *log;                                // Its name
    uint64_t at;                              // What comes next
    bool known;                               // It is known
    bool trouble;                             // The last call failed
    uint64_t call;                            // It waits; 0: not now
    zp_timer_t timer;                         // To call, or look, again
    LIST_HEAD (, zp_gateway_stream) streams;  // Who follows
    LIST_ENTRY (zp_gateway_tail) others;      // Of the same service
};

//  Read events from an offset, or from "start" or "end"
static zp_status_t
s_call (zp_gateway_tail_t *self, const char *from, size_t max_bytes,
        int wait_ms, zp_client_fn *fn, void *arg, uint64_t *id_p)
{
    char options[96];
    snprintf (options, sizeof options,
              "{\"count\":31,\"max_bytes\":%zu,\"wait_ms\":%d}", max_bytes,
              wait_ms);
    zp_span_t args[] = {{self->log, strlen (self->log)},
                        {from, strlen (from)},
                        {options, strlen (options)}};
    zp_call_t call = {.method = "log.read",
                      .args = args,
                      .count = 3,
                      .timeout_ms = wait_ms ? CALL_MS : READ_MS,
                      .once = wait_ms > 0,
                      .fn = fn,
                      .arg = arg};
    return zp_client_start (self->peer->client, &call, id_p);
}

//  A number that a text begins with
static bool
s_number (zp_span_t text, uint64_t *number)
{
    const char *at = text.data;
    return at && zp_number_read (number, &at, at + text.size, INT64_MAX);
}

//  An event of a reply: its META is OFFSET TIME_MS ...
static bool
s_event (const zp_gateway_tail_t *self, const zp_span_t *parts,
         uint64_t *offset, char **text_p)
{
    const char *at = parts[0].data;
    const char *end = at + parts[0].size;
    uint64_t time_ms;
    if (!zp_number_read (offset, &at, end, INT64_MAX) || at == end)
        return false;
    at++;
    if (!zp_number_read (&time_ms, &at, end, INT64_MAX))
        return false;
    size_t size;
    FILE *file = open_memstream (text_p, &size);
    assert (file);
    fputs ("{\"log\":", file);
    zp_gateway_put_string (file, (zp_span_t){self->log, strlen (self->log)});
    fprintf (file, ",\"offset\":%" PRIu64 ",\"time_ms\":%" PRIu64 ",\"value\":",
             *offset, time_ms);
    zp_gateway_put_value (file, parts[1]);
    fputc ('}', file);
    fclose (file);
    return true;
}

static void
s_say (zp_gateway_stream_t *stream, uint64_t offset, const char *text)
{
    char id[ZP_GATEWAY_EVENT_ID];
    zp_gateway_event_t event = {.id = zp_gateway_event_id (0, offset, id),
                                .data = {text, strlen (text)}};
    stream->at = offset + 1;
    zp_gateway_stream_say (stream, &event);
}

static void
s_say_named (zp_gateway_stream_t *stream, const char *name, const char *text)
{
    zp_gateway_event_t event = {.name = name, .data = {text, strlen (text)}};
    zp_gateway_stream_say (stream, &event);
}

//  What a client needs next is not there: it goes on where something is
static void
s_say_lost (zp_gateway_stream_t *stream, uint64_t to)
{
    char text[80];
    snprintf (text, sizeof text, "{\"from\":%" PRIu64 ",\"to\":%" PRIu64 "}",
              stream->at, to);
    stream->at = to;
    s_say_named (stream, "lost", text);
}

static void s_catch_up (zp_gateway_stream_t *stream);

//  It may be where the others are
static void
s_meet (zp_gateway_stream_t *stream)
{
    zp_gateway_tail_t *tail = stream->tail;
    if (stream->behind && tail->known && stream->at >= tail->at)
        stream->behind = false;
}

//  Or else may have room for more
static void
s_look (zp_gateway_stream_t *stream)
{
    s_meet (stream);
    if (stream->behind && !stream->call && !stream->ended &&
        zp_gateway_sse_waiting (stream->sse).size == 0)
        s_catch_up (stream);
}

//  Tell all that the log can't be heard, or can be again
static void
s_set_trouble (zp_gateway_tail_t *self, bool trouble)
{
    zp_gateway_stream_t *stream;
    if (self->trouble == trouble)
        return;
    self->trouble = trouble;
    LIST_FOREACH (stream, &self->streams, others)
    s_say_named (stream, trouble ? "gone" : "back", "{}");
}

//  What a client missed
static void
s_on_missed (void *arg, const zp_reply_t *reply)
{
    zp_gateway_stream_t *self = arg;
    if (reply->more || self->call == 0)
        return;
    if (reply->status == ZP_OK)
        s_set_trouble (self->tail, false);  // Before what comes of that
    uint64_t to;
    for (size_t i = 1; i + 1 < reply->count; i += 2) {
        uint64_t offset;
        char *text;
        if (!s_event (self->tail, &reply->parts[i], &offset, &text))
            continue;
        s_say (self, offset, text);
        free (text);
    }
    self->call = 0;  // Not before all of it was said
    if (reply->status == ZP_OK && reply->count &&
        s_number (reply->parts[0], &to))
        self->at = to;
    if (reply->status == ZP_OUT_OF_RANGE &&
        s_number ((zp_span_t){reply->text, strlen (reply->text)}, &to))
        s_say_lost (self, to);
    else if (reply->status != ZP_OK || reply->count < 3) {
        //  To ask again, the tail's next reply is time enough
        s_meet (self);
        return;
    }
    s_look (self);
}

static void
s_catch_up (zp_gateway_stream_t *self)
{
    char from[24] = "start";
    if (!self->from_start)
        snprintf (from, sizeof from, "%" PRIu64, self->at);
    self->from_start = false;
    size_t max_bytes = self->exchange->gateway->limits->stream_bytes / 4;
    s_call (self->tail, from, max_bytes, 0, s_on_missed, self, &self->call);
}

//  New events: to all who are where the tail is
static void
s_take (zp_gateway_tail_t *self, const zp_reply_t *reply)
{
    zp_gateway_stream_t *stream;
    for (size_t i = 1; i + 1 < reply->count; i += 2) {
        uint64_t offset;
        char *text;
        if (!s_event (self, &reply->parts[i], &offset, &text))
            continue;
        LIST_FOREACH (stream, &self->streams, others)
        if (!stream->behind)
            s_say (stream, offset, text);
        free (text);
    }
}

//  The call has ended: where the tail is then
static bool
s_take_place (zp_gateway_tail_t *self, const zp_reply_t *reply)
{
    uint64_t to = 0;
    zp_gateway_stream_t *stream;
    zp_span_t text = {reply->text, strlen (reply->text)};
    if (reply->status == ZP_OUT_OF_RANGE && s_number (text, &to)) {
        LIST_FOREACH (stream, &self->streams, others)
        if (!stream->behind)
            s_say_lost (stream, to);
    }
    else if (reply->status == ZP_OK && reply->count &&
             s_number (reply->parts[0], &to)) {
        s_set_trouble (self, false);
        s_take (self, reply);
    }
    else if (reply->status != ZP_NOT_FOUND || self->known)
        return false;  // One that is not there yet begins with 0
    self->at = to;
    self->known = true;
    return reply->status != ZP_NOT_FOUND;
}

static void
s_on_new (void *arg, const zp_reply_t *reply)
{
    zp_gateway_tail_t *self = arg;
    if (reply->more || self->call == 0)
        return;
    self->call = 0;
    bool well = s_take_place (self, reply);
    s_set_trouble (self, !well && reply->status != ZP_NOT_FOUND);
    zp_timers_set (self->gateway->timers, &self->timer,
                   well ? 0 : zclock_mono () + AGAIN_MS);
    zp_gateway_stream_t *stream, *next;
    for (stream = LIST_FIRST (&self->streams); stream; stream = next) {
        next = LIST_NEXT (stream, others);
        s_look (stream);
    }
}

static int
s_on_timer (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_gateway_tail_t *self = arg;
    int64_t now_ms = zclock_mono ();
    if (self->call) {
        s_set_trouble (self, self->trouble || zp_gateway_up (self->peer) == 0);
        zp_timers_set (self->gateway->timers, &self->timer, now_ms + AGAIN_MS);
        return 0;
    }
    char from[24] = "end";
    if (self->known)
        snprintf (from, sizeof from, "%" PRIu64, self->at);
    s_call (self, from, self->gateway->limits->stream_bytes / 4,
            self->known ? WAIT_MS : 0, s_on_new, self, &self->call);
    zp_timers_set (self->gateway->timers, &self->timer, now_ms + AGAIN_MS);
    return 0;
}

static zp_gateway_tail_t *
s_new (zp_gateway_t *gateway, zp_gateway_peer_t *peer, const char *log)
{
    zp_gateway_tail_t *self = zmalloc (sizeof *self);
    self->gateway = gateway;
    self->peer = peer;
    self->log = strdup (log);
    zp_timer_init (&self->timer, s_on_timer, self);
    zp_timers_set (gateway->timers, &self->timer, 0);
    LIST_INSERT_HEAD (&peer->tails, self, others);
    return self;
}

void
zp_gateway_log_join (zp_gateway_stream_t *stream, const char *log,
                     const zp_gateway_last_event_t *last)
{
    zp_gateway_exchange_t *exchange = stream->exchange;
    const zp_gateway_route_t *route = exchange->match.route;
    zp_gateway_peer_t *peer =
        zp_gateway_peer (exchange->gateway, route->service);
    zp_gateway_tail_t *self;
    LIST_FOREACH (self, &peer->tails, others)
    if (streq (self->log, log))
        break;
    if (!self)
        self = s_new (exchange->gateway, peer, log);
    stream->tail = self;
    LIST_INSERT_HEAD (&self->streams, stream, others);
    stream->at = last->known ? last->number + 1 : 0;
    stream->from_start = !last->known && route->from_start;
    stream->behind = last->known || route->from_start;
    s_look (stream);
}

void
zp_gateway_log_wants (zp_gateway_stream_t *stream)
{
    if (stream->tail)
        s_look (stream);
}

void
zp_gateway_log_leave (zp_gateway_stream_t *stream)
{
    zp_gateway_tail_t *self = stream->tail;
    if (!self)
        return;
    uint64_t call = stream->call;
    stream->call = 0;
    zp_client_cancel (self->peer->client, call);
    LIST_REMOVE (stream, others);
    if (!LIST_EMPTY (&self->streams))
        return;
    call = self->call;
    self->call = 0;
    zp_client_cancel (self->peer->client, call);
    zp_timers_clear (self->gateway->timers, &self->timer);
    LIST_REMOVE (self, others);
    free (self->log);
    free (self);
}
