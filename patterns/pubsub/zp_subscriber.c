//  SPDX-License-Identifier: MIT
//
//  The outside of a subscriber: its life on the loop, and who waits

#define _POSIX_C_SOURCE 200809L

#include "zp_subscriber_private.h"

#include "zp_keepalive.h"

#define FRAME_MAX  (17 * 1024 * 1024)  // Bytes of an update, and more
#define PIPE       250                 // Frames between ZeroMQ and us
#define SILENCE_MS 3100                // Until the publisher has said

const char *
zp_news_kind_text (zp_news_kind_t kind)
{
    static const char *texts[] = {
        [ZP_NEWS_EVENT] = "event",     [ZP_NEWS_VALUE] = "value",
        [ZP_NEWS_DELETED] = "deleted", [ZP_NEWS_SNAPSHOT] = "snapshot",
        [ZP_NEWS_JOINED] = "joined",   [ZP_NEWS_LOST] = "lost",
        [ZP_NEWS_DROPPED] = "dropped", [ZP_NEWS_RESTARTED] = "restarted",
        [ZP_NEWS_GONE] = "gone",       [ZP_NEWS_BACK] = "back"};
    return texts[kind];
}

static zsock_t *
s_open_socket (void)
{
    zsock_t *self = zsock_new (ZMQ_SUB);
    assert (self);
    zsock_set_rcvhwm (self, PIPE);
    //  ZeroMQ drops subscriptions beyond it without a word
    zsock_set_sndhwm (self, 0);
    zsock_set_linger (self, 0);
    zsock_set_maxmsgsize (self, FRAME_MAX);
    zsock_set_reconnect_ivl (self, 100);
    zsock_set_reconnect_ivl_max (self, 5000);
    //  Silence is noticed by the publisher's heartbeats, not by ZeroMQ's: see
    //  zp_publisher.c
    zp_keepalive_set (self);
    return self;
}

static int
s_on_socket (zloop_t *loop, zsock_t *socket, void *arg)
{
    (void) loop, (void) socket;
    return zp_subscriber_read (arg);
}

bool
zp_subscriber_has_room (const zp_subscriber_t *self)
{
    return self->options.overflow != ZP_OVERFLOW_WAIT ||
           zp_inbox_count (self->inbox) < (size_t) self->options.inbox;
}

void
zp_subscriber_poll (zp_subscriber_t *self)
{
    bool room = zp_subscriber_has_room (self);
    if (room == self->reading)
        return;
    self->reading = room;
    if (!room)
        zloop_reader_end (self->loop, self->socket);
    else {
        zloop_reader (self->loop, self->socket, s_on_socket, self);
        zloop_reader_set_tolerant (self->loop, self->socket);
    }
}

int
zp_subscriber_turned (zp_subscriber_t *self)
{
    if (!self->ended)
        return 0;
    self->ended = false;
    zp_timers_set (self->timers, &self->pump, 0);
    return -1;
}

//  The inbox overflowed, and there is room again: join anew
static void
s_rejoin (zp_subscriber_t *self)
{
    self->rejoin = false;
    zp_subscriber_ask_cancel (self);
    zp_subscriber_forget_held (self);
    zp_tracker_leave_all (self->tracker);
}

//  Tell what waits, and then do what had to wait for that
static int
s_on_pump (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_subscriber_t *self = arg;
    if (self->ended)
        return zp_subscriber_turned (self);
    zp_subscriber_deliver (self);
    if (self->rejoin && !self->paused && self->fn)
        s_rejoin (self);
    zp_subscriber_ask (self);
    zp_subscriber_poll (self);
    return self->waiting ? -1 : zp_subscriber_turned (self);
}

static int
s_on_retry (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_subscriber_t *self = arg;
    zp_subscriber_ask (self);
    return zp_subscriber_turned (self);
}

//  Nothing was heard for long, unless it is us who did not listen: there was no
//  room, or the loop did not run, so that this comes late
static int
s_on_silence (zp_timer_t *timer, void *arg)
{
    zp_subscriber_t *self = arg;
    if (zp_subscriber_read (self) == -1)
        return -1;
    int64_t now_ms = zclock_mono ();
    if (!self->reading || now_ms > timer->when_ms + self->silence_ms / 2)
        self->heard_ms = now_ms;
    if (now_ms >= self->heard_ms + self->silence_ms) {
        self->heard_ms = now_ms;
        zp_subscriber_set_gone (self, true);
        zp_subscriber_turn (self);
    }
    zp_timers_set (self->timers, &self->silence,
                   self->heard_ms + self->silence_ms);
    return zp_subscriber_turned (self);
}

//  A loop calls its timers first: not before it has seen to the sockets, too
static int
s_on_deadline (zp_timer_t *timer, void *arg)
{
    zp_subscriber_t *self = arg;
    if (self->turned)
        return -1;
    self->turned = true;
    zp_timers_set (self->timers, timer, 0);
    return 0;
}

zp_subscriber_t *
zp_subscriber_new (zloop_t *loop, const zp_subscriber_options_t *options,
                   zp_subscriber_fn *fn, void *arg)
{
    assert ((loop == NULL) == (fn == NULL));
    zp_subscriber_options_t defaults = ZP_SUBSCRIBER_DEFAULTS;
    zp_subscriber_t *self = zmalloc (sizeof *self);
    self->options = options ? *options : defaults;
    assert (self->options.inbox > 0 && self->options.timeout_ms > 0);
    assert (self->options.silence_ms >= 0);
    self->own_loop = loop == NULL;
    self->loop = loop ? loop : zloop_new ();
    self->fn = fn;
    self->arg = arg;
    self->silence_ms =
        self->options.silence_ms ? self->options.silence_ms : SILENCE_MS;
    self->socket = s_open_socket ();
    self->timers = zp_timers_new (self->loop);
    zp_timer_init (&self->silence, s_on_silence, self);
    zp_timer_init (&self->retry, s_on_retry, self);
    zp_timer_init (&self->pump, s_on_pump, self);
    zp_timer_init (&self->deadline, s_on_deadline, self);
    TAILQ_INIT (&self->sources);
    TAILQ_INIT (&self->filters);
    TAILQ_INIT (&self->held);
    self->tracker = zp_tracker_new ();
    self->inbox =
        zp_inbox_new ((size_t) self->options.inbox, self->options.overflow);
    zmq_msg_init (&self->msg);
    zp_random_seed (&self->random, zp_random_entropy ());
    zp_subscriber_poll (self);
    return self;
}

void
zp_subscriber_destroy (zp_subscriber_t **self_p)
{
    assert (self_p);
    zp_subscriber_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_subscriber_ask_cancel (self);
    while (!TAILQ_EMPTY (&self->sources)) {
        zp_subscriber_source_t *source = TAILQ_FIRST (&self->sources);
        TAILQ_REMOVE (&self->sources, source, link);
        zp_client_destroy (&source->client);
        free (source->updates);
        free (source);
    }
    while (!TAILQ_EMPTY (&self->filters)) {
        zp_subscriber_filter_t *filter = TAILQ_FIRST (&self->filters);
        TAILQ_REMOVE (&self->filters, filter, link);
        free (filter);
    }
    zloop_reader_end (self->loop, self->socket);
    zp_subscriber_forget_held (self);
    zp_stems_clear (&self->told, NULL, NULL);
    zmq_msg_close (&self->msg);
    zp_item_destroy (&self->spare);
    zp_item_destroy (&self->current);
    zp_inbox_destroy (&self->inbox);
    zp_tracker_destroy (&self->tracker);
    zp_timers_destroy (&self->timers);
    zsock_destroy (&self->socket);
    if (self->own_loop)
        zloop_destroy (&self->loop);
    free (self);
}

zp_status_t
zp_subscriber_refuse (zp_subscriber_t *self, zp_status_t status,
                      const char *text)
{
    snprintf (self->error, sizeof self->error, "%s", text);
    return status;
}

void
zp_subscriber_pause (zp_subscriber_t *self, bool pause)
{
    self->paused = pause;
    if (!pause)
        zp_timers_set (self->timers, &self->pump, 0);
}

//  The next piece of news that waits, if there is one
static bool
s_take_next (zp_subscriber_t *self, zp_news_t *news)
{
    //  Who is so slow that something is dropped each time has more to hear than
    //  that
    bool again = self->said_dropped && zp_inbox_count (self->inbox) > 0;
    uint64_t dropped = again ? 0 : zp_inbox_dropped (self->inbox);
    self->stats.dropped += dropped;
    self->said_dropped = dropped > 0;
    zp_item_destroy (&self->current);
    if (dropped) {
        *news =
            (zp_news_t){.kind = ZP_NEWS_DROPPED, .topic = "", .count = dropped};
        return true;
    }
    self->current = zp_inbox_take (self->inbox);
    if (!self->current) {
        if (self->rejoin)
            s_rejoin (self);
        return false;
    }
    *news = self->current->news;
    self->stats.told += news->kind <= ZP_NEWS_DELETED;
    return true;
}

//  Run the loop until there is something, but not longer than until `when_ms`
static void
s_wait (zp_subscriber_t *self, int64_t when_ms)
{
    zp_subscriber_ask (self);
    zp_subscriber_poll (self);
    if (when_ms >= 0)
        zp_timers_set (self->timers, &self->deadline, when_ms);
    self->waiting = true;
    self->turned = false;
    zloop_start (self->loop);
    self->waiting = false;
    zp_timers_clear (self->timers, &self->deadline);
}

zp_status_t
zp_subscriber_next (zp_subscriber_t *self, int timeout_ms, zp_news_t *news)
{
    assert (self->own_loop);
    int64_t until_ms = timeout_ms < 0 ? -1 : zclock_mono () + timeout_ms;
    //  What is asked for comes by the loop
    if (self->ask.call)
        s_wait (self, 0);
    else if (self->options.overflow != ZP_OVERFLOW_WAIT ||
             zp_inbox_count (self->inbox) == 0)
        zp_subscriber_read (self);
    bool over = false;
    while (zsys_interrupted || !s_take_next (self, news)) {
        if (zsys_interrupted)
            return zp_subscriber_refuse (self, ZP_CANCELLED, "interrupted");
        if (over)
            return zp_subscriber_refuse (self, ZP_DEADLINE_EXCEEDED, "no news");
        s_wait (self, until_ms);
        over = until_ms >= 0 && zclock_mono () >= until_ms;
    }
    return ZP_OK;
}

const char *
zp_subscriber_error (zp_subscriber_t *self)
{
    return self->error;
}

void
zp_subscriber_stats (zp_subscriber_t *self, zp_subscriber_stats_t *stats)
{
    *stats = self->stats;
    stats->waiting = zp_inbox_count (self->inbox);
}
