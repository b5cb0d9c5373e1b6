//  SPDX-License-Identifier: MIT
//
//  What a channel sends, one box a frame (zp_envelope.c has what is in them):
//
//  open      [envelope] [empty] [method] [argument] ...
//  compact   [records] [large part] ...
//
//  What it takes for a reply; of plain REP sockets the first, with the envelope
//  as it was sent:
//
//  open      [envelope] [empty] [result] ...
//  compact   [records] [large part] ...

#include "zp_channel.h"

#include "zp_frames.h"
#include "zp_watch.h"

#define TURN_MESSAGES 256          // Received at most before others have a turn
#define BATCH_BYTES   (64 * 1024)  // A frame that size leaves at once
#define BATCH_LARGE   32           // Large parts that may follow one frame
#define HEARTBEAT_MS  2000
#define DEAD_MS       6000
#define RECONNECT_MS  100
#define RECONNECT_MAX 5000
#define GRACE_MS      10   // For what came before the connection broke
#define LINGER_MS     200  // For cancels that leave with the client
#define MESSAGE_MAX   (16 * 1024 * 1024)

struct zp_channel {
    zloop_t *loop;                       // Where all happens
    zp_timers_t *timers;                 // On that loop
    zsock_t *socket;                     // DEALER, connected to the endpoint
    zp_watch_t *watch;                   // Tells of its connection
    bool open_only;                      // Never speak the compact form
    bool up;                             // There is a connection
    bool compact;                        // The peer takes the compact form
    bool cancels;                        // The peer takes ZP_CANCEL
    bool in_turn;                        // Receiving: the turn's end will flush
    bool blocked;                        // Waiting until the socket takes more
    zp_timer_t flush_timer;              // The end of a turn
    zp_timer_t lost_timer;               // What was out is lost
    size_t waiting_count;                // Messages not sent yet
    TAILQ_HEAD (, zp_outgoing) waiting;  // Not sent yet, oldest first
    const zp_channel_events_t *events;   // Whom to tell
    void *arg;                           // What to tell them with
    zp_frames_t frames;                  // The message being read
};

static int
s_at_turn_end (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_channel_flush (arg);
    return 0;
}

//  The socket takes more
static int
s_on_writable (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    zp_channel_t *self = arg;
    zloop_poller_end (loop, item);
    self->blocked = false;
    zp_channel_flush (self);
    return 0;
}

//  Come back when the socket takes more
static void
s_block (zp_channel_t *self)
{
    zmq_pollitem_t item = {zsock_resolve (self->socket), 0, ZMQ_POLLOUT, 0};
    self->blocked = true;
    zloop_poller (self->loop, &item, s_on_writable, self);
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

//  Its content is a cancel's own
typedef struct {
    zp_outgoing_t outgoing;  // First, so that one pointer serves for both
    zp_content_t content;    // No parts
} s_cancel_t;

//  A message has left, or never will
static void
s_let_go (zp_channel_t *self, zp_outgoing_t *outgoing)
{
    zp_channel_unsend (self, outgoing);
    if (outgoing->content->envelope.kind == ZP_CANCEL)
        free (outgoing);
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
    while (!TAILQ_EMPTY (&self->waiting))
        s_let_go (self, TAILQ_FIRST (&self->waiting));
    if (self->blocked) {
        zmq_pollitem_t item = {zsock_resolve (self->socket), 0, 0, 0};
        zloop_poller_end (self->loop, &item);
    }
    zp_timers_clear (self->timers, &self->flush_timer);
    zp_timers_clear (self->timers, &self->lost_timer);
    zloop_reader_end (self->loop, self->socket);
    zp_watch_destroy (&self->watch);
    zsock_destroy (&self->socket);
    zp_frames_free (&self->frames);
    free (self);
}

void
zp_channel_send (zp_channel_t *self, zp_outgoing_t *outgoing)
{
    assert (!outgoing->waiting);
    outgoing->waiting = true;
    TAILQ_INSERT_TAIL (&self->waiting, outgoing, link);
    self->waiting_count++;
    if (!self->in_turn && !self->blocked)
        if (!zp_timer_pending (&self->flush_timer))
            zp_timers_set (self->timers, &self->flush_timer, 0);
}

void
zp_channel_cancel (zp_channel_t *self, const zp_envelope_t *envelope,
                   uint8_t attempt)
{
    if (!self->cancels)
        return;
    s_cancel_t *cancel = zmalloc (sizeof *cancel);
    cancel->content.envelope = *envelope;
    cancel->content.envelope.kind = ZP_CANCEL;
    cancel->content.size = zp_records_size (NULL, 0);
    cancel->outgoing.content = &cancel->content;
    cancel->outgoing.attempt = attempt;
    zp_channel_send (self, &cancel->outgoing);
}

void
zp_channel_unsend (zp_channel_t *self, zp_outgoing_t *outgoing)
{
    if (!outgoing->waiting)
        return;
    outgoing->waiting = false;
    TAILQ_REMOVE (&self->waiting, outgoing, link);
    self->waiting_count--;
}

//  Its envelope as it is to leave now. The budget is at least 1, since 0 means
//  no limit
static zp_envelope_t
s_envelope (const zp_outgoing_t *outgoing, int64_t now_ms)
{
    zp_envelope_t envelope = outgoing->content->envelope;
    int64_t deadline_ms = outgoing->content->deadline_ms;
    int64_t left_ms = deadline_ms > now_ms ? deadline_ms - now_ms : 1;
    envelope.attempt = outgoing->attempt;
    envelope.time_ms = deadline_ms ? (uint32_t) left_ms : 0;
    return envelope;
}

//  Send the oldest waiting message in the open form; -1 if the socket is full
static int
s_send_open (zp_channel_t *self, int64_t now_ms)
{
    zp_outgoing_t *outgoing = TAILQ_FIRST (&self->waiting);
    void *socket = zsock_resolve (self->socket);
    uint8_t head[ZP_ENVELOPE_SIZE];
    zp_envelope_t envelope = s_envelope (outgoing, now_ms);
    zp_envelope_encode (&envelope, head);
    if (zp_frames_send (socket, (zp_span_t){head, sizeof head}, ZMQ_SNDMORE) ==
        -1)
        return -1;

    //  What follows the first frame of a message is never refused
    const zp_content_t *content = outgoing->content;
    size_t count = content->count;
    zmq_msg_t *large = content->large;
    zp_frames_send (socket, (zp_span_t){NULL, 0}, count ? ZMQ_SNDMORE : 0);
    for (size_t i = 0; i < count; i++) {
        int more = i + 1 < count ? ZMQ_SNDMORE : 0;
        if (content->parts[i].size > ZP_ENVELOPE_INLINE)
            zp_frames_share (socket, large++, more);
        else
            zp_frames_send (socket, content->parts[i], more);
    }
    s_let_go (self, outgoing);
    return 0;
}

//  A batch: the oldest waiting messages, which fit into one compact frame
typedef struct {
    size_t messages;  // How many
    size_t bytes;     // Of the compact frame
    size_t large;     // How many frames follow it
} s_batch_t;

static s_batch_t
s_choose_batch (zp_channel_t *self)
{
    s_batch_t batch = {0, 4, 0};
    zp_outgoing_t *outgoing;
    TAILQ_FOREACH (outgoing, &self->waiting, link)
    {
        const zp_content_t *content = outgoing->content;
        if (outgoing->open ||
            (batch.messages &&
             (batch.bytes + content->size > BATCH_BYTES ||
              batch.large + content->large_count > BATCH_LARGE)))
            break;
        batch.messages++;
        batch.bytes += content->size;
        batch.large += content->large_count;
    }
    return batch;
}

//  Send the oldest messages in the compact form; -1 if the socket is full
static int
s_send_compact (zp_channel_t *self, s_batch_t batch, int64_t now_ms)
{
    zmq_msg_t frame;
    if (zmq_msg_init_size (&frame, batch.bytes) == -1)
        return -1;
    uint8_t *at = zp_records_start (zmq_msg_data (&frame));
    zp_outgoing_t *outgoing = TAILQ_FIRST (&self->waiting);
    for (size_t i = 0; i < batch.messages; i++) {
        const zp_content_t *content = outgoing->content;
        zp_envelope_t envelope = s_envelope (outgoing, now_ms);
        at = zp_records_write (at, &envelope, content->parts, content->count);
        outgoing = TAILQ_NEXT (outgoing, link);
    }
    void *socket = zsock_resolve (self->socket);
    if (zp_frames_give (socket, &frame, batch.large ? ZMQ_SNDMORE : 0) == -1)
        return -1;
    for (size_t i = 0; i < batch.messages; i++) {
        outgoing = TAILQ_FIRST (&self->waiting);
        const zp_content_t *content = outgoing->content;
        for (size_t j = 0; j < content->large_count; j++)
            zp_frames_share (socket, &content->large[j],
                             --batch.large ? ZMQ_SNDMORE : 0);
        s_let_go (self, outgoing);
    }
    return 0;
}

size_t
zp_channel_waiting (zp_channel_t *self)
{
    return self->waiting_count;
}

void
zp_channel_flush (zp_channel_t *self)
{
    zp_timers_clear (self->timers, &self->flush_timer);
    //  Not while there is no connection: libzmq would keep it for whoever comes
    //  next, or lose it with the pipe of the one that broke
    if (TAILQ_EMPTY (&self->waiting) || self->blocked || !self->up)
        return;
    int64_t now_ms = zclock_mono ();
    int rc = 0;
    while (rc == 0 && !TAILQ_EMPTY (&self->waiting)) {
        if (TAILQ_FIRST (&self->waiting)->open)
            self->compact = false;
        if (self->compact)
            rc = s_send_compact (self, s_choose_batch (self), now_ms);
        else
            rc = s_send_open (self, now_ms);
    }
    if (rc == -1)
        s_block (self);
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
