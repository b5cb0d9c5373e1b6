//  SPDX-License-Identifier: MIT
//
//  A reader calls log.follow, or log.group.follow as a member, and that call
//  brings events for as long as it lasts; then it calls again, from where it
//  stands. A member that drains calls with a credit of none, so that the server
//  knows that it lives, and leaves it what it holds.

#define _POSIX_C_SOURCE 200809L

#include "zp_eventlog_reader_private.h"

#include "zp_backoff.h"
#include "zp_number.h"
#include "zp_random.h"
#include "zp_signals.h"

#define STREAM_MS  60000  // One call
#define SILENCE_MS 5000   // The server shows a sign of life each second
#define HELLO_MS   2000   // For the first word to a server

static void s_open (zp_eventlog_reader_t *self);

void
zp_eventlog_reader_tell (zp_eventlog_reader_t *self, zp_status_t status,
                         const char *text)
{
    bool told = self->troubled;
    self->troubled = status != ZP_OK;
    if (self->events.trouble && (status != ZP_OK || told))
        self->events.trouble (self->events.arg, status, text);
}

static int
s_on_open_timer (zp_timer_t *timer, void *arg)
{
    (void) timer;
    s_open (arg);
    return 0;
}

static int
s_on_drain_timer (zp_timer_t *timer, void *arg)
{
    (void) timer;
    (void) arg;
    return -1;
}

zp_eventlog_reader_t *
zp_eventlog_reader_new (zloop_t *loop,
                        const zp_eventlog_reader_options_t *options,
                        const zp_eventlog_reader_events_t *events)
{
    assert (options && options->log && events && events->event);
    assert (options->credit > 0 && options->max_bytes >= 0);
    assert (options->credit <= ZP_EVENTLOG_CREDIT_MAX);
    assert (!options->group == !options->member);
    assert (!options->group || options->touch_ms > 0);
    assert (options->lease_ms >= 0);
    zp_eventlog_reader_t *self = zmalloc (sizeof *self);
    self->options = *options;
    self->options.log = strdup (options->log);
    if (options->group) {
        self->options.group = strdup (options->group);
        self->options.member = strdup (options->member);
    }
    self->events = *events;
    self->at = options->from;
    self->started =
        options->from != ZP_EVENTLOG_START && options->from != ZP_EVENTLOG_END;
    self->own_loop = loop == NULL;
    self->loop = loop ? loop : zloop_new ();
    self->timers = zp_timers_new (self->loop);
    zp_timer_init (&self->open_timer, s_on_open_timer, self);
    zp_timer_init (&self->drain_timer, s_on_drain_timer, self);
    zp_client_options_t client = ZP_CLIENT_DEFAULTS;
    client.attempt_timeout_ms = SILENCE_MS;
    client.no_breaker = true;  // There is no other server to turn to
    client.tap = options->tap;
    self->client = zp_client_new (self->loop, &client);
    zp_eventlog_say_init (self);
    return self;
}

void
zp_eventlog_reader_destroy (zp_eventlog_reader_t **self_p)
{
    assert (self_p);
    zp_eventlog_reader_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    self->draining = true;
    //  It tells the callbacks of all calls that they are cancelled
    zp_client_destroy (&self->client);
    zp_timers_destroy (&self->timers);
    if (self->own_loop)
        zloop_destroy (&self->loop);
    zp_eventlog_held_clear (&self->held);
    free ((char *) self->options.log);
    if (self->options.group) {
        free ((char *) self->options.group);
        free ((char *) self->options.member);
    }
    free (self);
}

zp_status_t
zp_eventlog_reader_connect (zp_eventlog_reader_t *self, const char *endpoint)
{
    zp_status_t status = zp_client_connect (self->client, endpoint);
    if (status == ZP_OK && !self->call)
        zp_timers_set (self->timers, &self->open_timer, 0);
    return status;
}

uint64_t
zp_eventlog_reader_done_to (const zp_eventlog_reader_t *self)
{
    return self->held.count ? self->held.items[0].offset : self->at;
}

uint64_t
zp_eventlog_reader_next (zp_eventlog_reader_t *self)
{
    return self->options.group ? self->at : zp_eventlog_reader_done_to (self);
}

//  An event has come
static void
s_take (zp_eventlog_reader_t *self, const zp_eventlog_event_t *event)
{
    if (self->options.group) {
        //  One that is in hand was thought to be lost: its ack will do. One
        //  that was on its way when draining began goes to others
        if (self->draining ||
            zp_eventlog_held_find (&self->held, event->offset))
            return;
    }
    else if (self->started && event->offset != self->at)
        return;
    else {
        self->started = true;
        self->at = event->offset + 1;
    }
    zp_eventlog_held_add (&self->held, event->offset);
    self->stats.held++;
    self->stats.events++;
    zp_eventlog_say_touch (self);
    if (self->events.event (self->events.arg, event))
        zp_eventlog_reader_done (self, event->offset);
}

//  "STREAM AT END" says that the stream lives
static void
s_take_state (zp_eventlog_reader_t *self, zp_span_t text)
{
    uint64_t numbers[3];
    const char *at = text.data;
    const char *end = at + text.size;
    for (int i = 0; i < 3; i++) {
        if (!zp_number_read (&numbers[i], &at, end, INT64_MAX))
            return;
        at += at < end;
    }
    self->stream = numbers[0];
    if (self->options.group || !self->started)
        self->at = numbers[1];
    self->started = true;
    self->stats.end = numbers[2];
}

//  "X is the first event that is kept, Y is trimmed": go on at X. False if it
//  is something else that is out of range
static bool
s_take_loss (zp_eventlog_reader_t *self, const char *text)
{
    uint64_t to, from;
    const char *end = text + strlen (text);
    if (!zp_number_read (&to, &text, end, INT64_MAX))
        return false;
    text += strcspn (text, "0123456789");
    if (!zp_number_read (&from, &text, end, INT64_MAX) || from >= to)
        return false;
    if (!self->options.group) {
        from = self->at;
        if (to <= from)
            return false;
        self->at = self->kept = to;
    }
    self->stats.lost += to - from;
    if (self->events.lost)
        self->events.lost (self->events.arg, from, to);
    return true;
}

//  The stream has ended: call again
static void
s_on_stream_end (zp_eventlog_reader_t *self, const zp_reply_t *reply)
{
    static const zp_backoff_t backoff = ZP_BACKOFF_DEFAULT;
    self->call = self->stream = 0;
    if (self->draining)
        return;
    int64_t wait_ms = 0;
    bool lost =
        reply->status == ZP_OUT_OF_RANGE && s_take_loss (self, reply->text);
    if (reply->status != ZP_OK && !lost) {
        zp_eventlog_reader_tell (self, reply->status, reply->text);
        wait_ms =
            zp_backoff_ms (&backoff, ++self->failures, zp_random_entropy ());
        if (wait_ms < reply->retry_after_ms)
            wait_ms = reply->retry_after_ms;
    }
    zp_timers_set (self->timers, &self->open_timer,
                   wait_ms ? zclock_mono () + wait_ms : 0);
}

static void
s_on_piece (void *arg, const zp_reply_t *reply)
{
    zp_eventlog_reader_t *self = arg;
    if (!reply->more) {
        s_on_stream_end (self, reply);
        return;
    }
    self->failures = 0;
    zp_eventlog_reader_tell (self, ZP_OK, "");
    if (reply->count == 1)
        s_take_state (self, reply->parts[0]);
    for (size_t i = 0; i + 1 < reply->count; i += 2) {
        zp_eventlog_event_t event = {.body = reply->parts[i + 1]};
        if (zp_eventlog_event_read (&event, reply->parts[i]))
            s_take (self, &event);
    }
}

//  Where to begin, as text
static void
s_write_from (const zp_eventlog_reader_t *self, char text[24])
{
    if (self->options.group ? self->options.from == ZP_EVENTLOG_START
                            : !self->started && self->at == ZP_EVENTLOG_START)
        strcpy (text, "start");
    else if (self->options.group ? self->options.from == ZP_EVENTLOG_END
                                 : !self->started)
        strcpy (text, "end");
    else {
        //  What is in hand comes again, and is passed over: so it counts as
        //  being out for the new stream as well
        uint64_t from = self->options.from;
        if (!self->options.group)
            from = zp_eventlog_reader_done_to (self);
        if (!self->options.group && from < self->kept)
            from = self->kept;
        snprintf (text, 24, "%" PRIu64, from);
    }
}

//  The options of a stream, which zstr_free frees
static char *
s_write_options (const zp_eventlog_reader_t *self, int credit, const char *from)
{
    const zp_eventlog_reader_options_t *own = &self->options;
    int64_t max_bytes = own->max_bytes ? own->max_bytes : INT64_MAX;
    if (!own->group)
        return zsys_sprintf ("{\"credit\":%d,\"max_bytes\":%" PRId64 "}",
                             credit, max_bytes);
    char *holds = zp_eventlog_held_text (&self->held, ZP_EVENTLOG_STAGES);
    char *text = zsys_sprintf (
        "{\"credit\":%d,\"max_bytes\":%" PRId64 ",\"lease_ms\":%" PRId64
        ",\"from\":\"%s\",\"holds\":\"%s\"}",
        credit, max_bytes, own->lease_ms, from, holds ? holds : "");
    free (holds);
    return text;
}

static zp_status_t
s_follow (zp_eventlog_reader_t *self, int credit)
{
    const zp_eventlog_reader_options_t *own = &self->options;
    char from[24];
    s_write_from (self, from);
    char *options = s_write_options (self, credit, from);
    const char *texts[] = {own->log, own->group ? own->group : from,
                           own->group ? own->member : options, options};
    zp_span_t args[4];
    for (int i = 0; i < 4; i++)
        args[i] = (zp_span_t){texts[i], strlen (texts[i])};
    //  Once: a stream that broke is opened anew
    zp_call_t call = {.method = own->group ? "log.group.follow" : "log.follow",
                      .args = args,
                      .count = own->group ? 4 : 3,
                      .timeout_ms = STREAM_MS,
                      .once = true,
                      .fn = s_on_piece,
                      .arg = self};
    self->stats.opened++;
    self->said = 0;
    if (!own->group)
        zp_client_cancel (self->client, self->saying);  // Of the last stream
    zp_status_t status = zp_client_start (self->client, &call, &self->call);
    zstr_free (&options);
    return status;
}

//  The server is there, and the connection has learnt the compact form
static void
s_on_hello (void *arg, const zp_reply_t *reply)
{
    zp_eventlog_reader_t *self = arg;
    if (reply->more)
        return;
    if (reply->status != ZP_OK || self->draining)
        s_on_stream_end (self, reply);
    else if (s_follow (self, self->options.credit) != ZP_OK)
        zp_timers_set (self->timers, &self->open_timer,
                       zclock_mono () + HELLO_MS);
}

static void
s_open (zp_eventlog_reader_t *self)
{
    if (self->call || self->draining)
        return;
    zp_call_t call = {.method = "zp.ping",
                      .timeout_ms = HELLO_MS,
                      .fn = s_on_hello,
                      .arg = self};
    if (zp_client_start (self->client, &call, &self->call) != ZP_OK)
        zp_timers_set (self->timers, &self->open_timer,
                       zclock_mono () + HELLO_MS);
}

void
zp_eventlog_reader_look_drained (zp_eventlog_reader_t *self)
{
    if (self->draining && zp_eventlog_say_all_heard (self))
        zp_timers_set (self->timers, &self->drain_timer, 0);
}

typedef struct run {
    zp_eventlog_reader_t *reader;  // To be ended
    int drain_ms;                  // In that time
} run_t;

static int
s_on_signal (void *arg)
{
    run_t *run = arg;
    zp_eventlog_reader_t *self = run->reader;
    if (self->draining)
        return -1;
    self->draining = true;
    zp_timers_set (self->timers, &self->drain_timer,
                   zclock_mono () + run->drain_ms);
    zp_timers_clear (self->timers, &self->open_timer);
    if (self->call && self->options.group)
        s_follow (self, 0);
    else if (self->call)
        zp_client_cancel (self->client, self->call);
    zp_eventlog_reader_look_drained (self);
    return 0;
}

zp_status_t
zp_eventlog_reader_run (zp_eventlog_reader_t *self, int drain_ms)
{
    run_t run = {self, drain_ms};
    zp_signals_run (self->loop, s_on_signal, &run);
    return self->draining && !zp_eventlog_say_all_heard (self)
               ? ZP_DEADLINE_EXCEEDED
               : ZP_OK;
}

void
zp_eventlog_reader_stats (zp_eventlog_reader_t *self,
                          zp_eventlog_reader_stats_t *stats)
{
    *stats = self->stats;
}
