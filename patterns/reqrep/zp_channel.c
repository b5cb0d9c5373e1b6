//  SPDX-License-Identifier: MIT
//
//  What a channel takes for a reply, one box a frame (zp_envelope.c has what is
//  in them); of plain REP sockets the first, with the envelope as it was sent:
//
//  open      [envelope] [empty] [result] ...
//  compact   [records] [large part] ...

#include "zp_channel_private.h"

#define TURN_MESSAGES 256  // Received at most before others have a turn
#define HEARTBEAT_MS  2000
#define DEAD_MS       6000
#define RECONNECT_MS  100
#define RECONNECT_MAX 5000
#define GRACE_MS      10   // For what came before the connection broke
#define LINGER_MS     200  // For cancels that leave with the client
#define MESSAGE_MAX   (16 * 1024 * 1024)

static int
s_at_turn_end (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_channel_flush (arg);
    return 0;
}

static void
s_on_compact (zp_channel_t *self)
{
    zp_records_t records;
    zp_records_init (&records, self->frames.span, self->frames.count);
    zp_envelope_t envelope;
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX];
    size_t count;
    int64_t now_ms = zclock_mono ();
    int rc;
    while ((rc = zp_records_next (&records, &envelope, parts, &count)) == 1)
        self->events->reply (self->arg, &envelope, parts, count, now_ms);
    if (rc == -1)
        self->events->garbage (self->arg);
}

static void
s_on_open (zp_channel_t *self)
{
    zp_envelope_t envelope;
    size_t count = self->frames.count;
    const zp_span_t *frame = self->frames.span;
    if (count < 2 || count > 2 + ZP_ENVELOPE_PARTS_MAX || frame[1].size > 0 ||
        !zp_envelope_decode (&envelope, frame[0].data, frame[0].size)) {
        self->events->garbage (self->arg);
        return;
    }
    self->cancels = envelope.marks & ZP_MARK_SERVER;
    self->compact = (envelope.marks & ZP_MARK_COMPACT) && !self->open_only;

    self->events->reply (self->arg, &envelope, frame + 2, count - 2,
                         zclock_mono ());
}

static void
s_on_message (zp_channel_t *self)
{
    zp_span_t first = self->frames.span[0];
    if (zp_records_here (first.data, first.size))
        s_on_compact (self);
    else
        s_on_open (self);
    zp_frames_close (&self->frames);
}

static int
s_on_readable (zloop_t *loop, zsock_t *socket, void *arg)
{
    (void) loop;
    zp_channel_t *self = arg;
    void *handle = zsock_resolve (socket);
    self->in_turn = true;
    int rc = 0;
    for (int i = 0; i < TURN_MESSAGES && rc == 0; i++) {
        int found = zp_frames_recv (&self->frames, handle, ZMQ_DONTWAIT);
        if (found == 0)
            break;
        if (found == 1)
            s_on_message (self);
        else
            self->events->garbage (self->arg);
        rc = self->events->turn (self->arg);
        //  What follows from the first message leaves before looking for more:
        //  often there is nothing more
        if (i == 0)
            zp_channel_flush (self);
    }
    self->in_turn = false;
    zp_channel_flush (self);
    return rc;
}

static int
s_on_lost (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_channel_t *self = arg;
    self->events->down (self->arg);
    return self->events->turn (self->arg);
}

//  The connection broke. Replies that came before can still be on their way
//  through libzmq, so it is not told at once
static void
s_on_down (zp_channel_t *self)
{
    self->up = self->compact = self->cancels = false;
    zp_timers_set (self->timers, &self->lost_timer, zclock_mono () + GRACE_MS);
}

static void
s_on_up (zp_channel_t *self)
{
    if (zp_timer_pending (&self->lost_timer)) {
        zp_timers_clear (self->timers, &self->lost_timer);
        self->events->down (self->arg);
    }
    self->up = true;
    self->events->up (self->arg);
    zp_channel_flush (self);
}

static int
s_on_change (void *arg, bool up)
{
    zp_channel_t *self = arg;
    if (up)
        s_on_up (self);
    else
        s_on_down (self);
    return self->events->turn (self->arg);
}

static void
s_set_options (zsock_t *socket)
{
    //  Not ZMQ_IMMEDIATE: it drops what came before the connection broke. That
    //  nothing queues for an absent peer is seen to by zp_channel_flush
    zsock_set_linger (socket, LINGER_MS);
    zsock_set_heartbeat_ivl (socket, HEARTBEAT_MS);
    zsock_set_heartbeat_timeout (socket, DEAD_MS);
    zsock_set_reconnect_ivl (socket, RECONNECT_MS);
    zsock_set_reconnect_ivl_max (socket, RECONNECT_MAX);
    zsock_set_maxmsgsize (socket, MESSAGE_MAX);
}

zp_channel_t *
zp_channel_new (zloop_t *loop, zp_timers_t *timers, const char *endpoint,
                bool open_only, const zp_channel_events_t *events, void *arg)
{
    zsock_t *socket = zsock_new (ZMQ_DEALER);
    if (!socket)
        return NULL;
    zp_channel_t *self = zmalloc (sizeof *self);
    *self = (zp_channel_t){.loop = loop,
                           .timers = timers,
                           .socket = socket,
                           .open_only = open_only,
                           .events = events,
                           .arg = arg};
    TAILQ_INIT (&self->waiting);
    zp_timer_init (&self->flush_timer, s_at_turn_end, self);
    zp_timer_init (&self->lost_timer, s_on_lost, self);
    s_set_options (socket);
    self->up = strncmp (endpoint, "inproc:", 7) == 0;
    self->watch = zp_watch_new (loop, socket, s_on_change, self);
    zloop_reader (loop, socket, s_on_readable, self);
    zloop_reader_set_tolerant (loop, socket);

    //  Not zsock_connect, which reads its endpoint as a format
    if (zmq_connect (zsock_resolve (socket), endpoint) == -1) {
        int saved = errno;
        zp_channel_destroy (&self);
        errno = saved;
    }
    return self;
}

void
zp_channel_destroy (zp_channel_t **self_p)
{
    assert (self_p);
    zp_channel_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_channel_flush (self);
    zp_channel_let_go (self);
    zp_timers_clear (self->timers, &self->flush_timer);
    zp_timers_clear (self->timers, &self->lost_timer);
    zloop_reader_end (self->loop, self->socket);
    zp_watch_destroy (&self->watch);
    zsock_destroy (&self->socket);
    zp_frames_free (&self->frames);
    free (self);
}

bool
zp_channel_wait (zp_channel_t *self, int timeout_ms)
{
    void *handle = zsock_resolve (self->socket);
    zsock_set_rcvtimeo (self->socket, timeout_ms);
    int found = zp_frames_recv (&self->frames, handle, 0);
    if (found == 1)
        s_on_message (self);
    else if (found == -1)
        self->events->garbage (self->arg);
    return found != 0;
}

bool
zp_channel_up (zp_channel_t *self)
{
    return self->up;
}

bool
zp_channel_compact (zp_channel_t *self)
{
    return self->compact;
}
