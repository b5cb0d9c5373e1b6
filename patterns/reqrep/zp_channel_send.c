//  SPDX-License-Identifier: MIT
//
//  What a channel sends, one box a frame (zp_envelope.c has what is in them):
//
//  open      [envelope] [empty] [method] [argument] ...
//  compact   [records] [large part] ...

#include "zp_channel_private.h"

#define BATCH_BYTES (64 * 1024)  // A frame that size leaves at once
#define BATCH_LARGE 32           // Large parts that may follow one frame

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
zp_channel_let_go (zp_channel_t *self)
{
    while (!TAILQ_EMPTY (&self->waiting))
        s_let_go (self, TAILQ_FIRST (&self->waiting));
    if (self->blocked) {
        zmq_pollitem_t item = {zsock_resolve (self->socket), 0, 0, 0};
        zloop_poller_end (self->loop, &item);
    }
}

void
zp_channel_send (zp_channel_t *self, zp_outgoing_t *outgoing)
{
    assert (!outgoing->waiting);
    outgoing->waiting = true;
    outgoing->told = false;
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

static void
s_tell (zp_channel_t *self, zp_outgoing_t *outgoing)
{
    if (outgoing->told || outgoing->content->envelope.kind == ZP_CANCEL)
        return;
    outgoing->told = true;
    self->events->leaves (outgoing);
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
    if (self->events->leaves)
        s_tell (self, outgoing);
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
        if (self->events->leaves)
            s_tell (self, outgoing);
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
