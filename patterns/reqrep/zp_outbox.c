//  SPDX-License-Identifier: MIT
//
//  What a server sends, one box a frame (zp_envelope.c has what is in them):
//
//  open, with an envelope  [path] ... [envelope] [empty] [result] ...
//  open, without           [path] ... [empty] [result] ...
//  compact                 [routing id] [records] [large part] ...

#include "zp_outbox.h"

#define BATCH_BYTES (64 * 1024)  // A batch that size leaves at once
#define BATCH_LARGE                                                            \
    32                   // More large parts don't go with one frame,
                         // unless they are of one reply
#define BUFFER_MIN 1024  // The least that a batch allocates

struct zp_batch {
    size_t holders;      // Messages, the list of changed ones, the recent one
    zmq_msg_t peer;      // Routing id
    uint8_t *bytes;      // The frame of records; NULL: nothing in it
    size_t size;         // Of what is in it
    size_t room;         // Allocated
    zmq_msg_t *large;    // Large parts, room for all that fit; NULL: never any
    size_t large_count;  // How many
    bool lost;           // Something could not be sent: send no more
    zp_batch_t *next;    // In the list of changed ones
};

zp_message_t *
zp_message_new (zp_outbox_t *outbox)
{
    zp_message_t *self = outbox->spare;
    if (self)
        outbox->spare = self->next;
    else {
        self = zmalloc (sizeof *self);
        self->outbox = outbox;
    }
    self->holders = 1;
    return self;
}

static void
s_release_batch (zp_batch_t *self)
{
    if (--self->holders)
        return;
    for (size_t i = 0; i < self->large_count; i++)
        zmq_msg_close (&self->large[i]);
    zmq_msg_close (&self->peer);
    free (self->large);
    free (self->bytes);
    free (self);
}

void
zp_message_hold (zp_message_t *self)
{
    self->holders++;
}

void
zp_message_release (zp_message_t **self_p)
{
    zp_message_t *self = *self_p;
    *self_p = NULL;
    if (--self->holders)
        return;
    zp_frames_close (&self->frames);
    if (self->batch)
        s_release_batch (self->batch);
    self->batch = NULL;
    self->lost = false;
    self->next = self->outbox->spare;
    self->outbox->spare = self;
}

static bool
s_is_peer (zp_batch_t *batch, zmq_msg_t *id)
{
    size_t size = zmq_msg_size (id);
    return zmq_msg_size (&batch->peer) == size &&
           memcmp (zmq_msg_data (&batch->peer), zmq_msg_data (id), size) == 0;
}

void
zp_outbox_compact (zp_outbox_t *self, zp_message_t *message)
{
    zmq_msg_t *id = &message->frames.msg[0];
    zp_batch_t *batch = self->recent;
    if (!batch || batch->lost || !s_is_peer (batch, id)) {
        if (batch)
            s_release_batch (batch);
        batch = zmalloc (sizeof *batch);
        batch->holders = 1;
        zmq_msg_init (&batch->peer);
        zmq_msg_copy (&batch->peer, id);
        self->recent = batch;
    }
    message->batch = batch;
    batch->holders++;
}

static void
s_free_bytes (void *bytes, void *hint)
{
    (void) hint;
    free (bytes);
}

//  Send what is in the batch, which is empty then
static void
s_send_batch (zp_outbox_t *self, zp_batch_t *batch)
{
    zmq_msg_t frame;
    zmq_msg_init_data (&frame, batch->bytes, batch->size, s_free_bytes, NULL);
    batch->bytes = NULL;
    batch->size = batch->room = 0;
    size_t large = batch->large_count;
    batch->large_count = 0;
    if (zp_frames_share (self->socket, &batch->peer, ZMQ_SNDMORE) == -1) {
        zmq_msg_close (&frame);
        for (size_t i = 0; i < large; i++)
            zmq_msg_close (&batch->large[i]);
        batch->lost = true;
        self->unsent++;
        return;
    }
    //  What follows the routing id is never refused
    zp_frames_give (self->socket, &frame, large ? ZMQ_SNDMORE : 0);
    for (size_t i = 0; i < large; i++)
        zp_frames_give (self->socket, &batch->large[i],
                        i + 1 < large ? ZMQ_SNDMORE : 0);
}

static void
s_put_large (zp_batch_t *batch, zp_span_t part)
{
    if (!batch->large)
        batch->large = zmalloc (ZP_ENVELOPE_PARTS_MAX * sizeof *batch->large);
    zmq_msg_t *large = &batch->large[batch->large_count++];
    int rc = zmq_msg_init_size (large, part.size);
    assert (rc == 0);
    (void) rc;
    memcpy (zmq_msg_data (large), part.data, part.size);
}

static bool
s_put (zp_outbox_t *self, zp_batch_t *batch, const zp_envelope_t *envelope,
       const zp_span_t *parts, size_t count)
{
    size_t large = 0;
    for (size_t i = 0; i < count; i++)
        large += parts[i].size > ZP_ENVELOPE_INLINE;
    if (batch->large_count && batch->large_count + large > BATCH_LARGE)
        zp_outbox_flush (self);
    if (batch->lost)
        return false;
    size_t room = batch->size + 4 + zp_records_size (parts, count);
    if (room > batch->room) {
        batch->room = room < BUFFER_MIN ? BUFFER_MIN : room * 2;
        batch->bytes = realloc (batch->bytes, batch->room);
        assert (batch->bytes);
    }
    uint8_t *at = batch->bytes + batch->size;
    if (batch->size == 0) {
        at = zp_records_start (at);
        batch->next = NULL;
        if (self->changed)
            self->newest->next = batch;
        else
            self->changed = batch;
        self->newest = batch;
        batch->holders++;
    }
    at = zp_records_write (at, envelope, parts, count);
    batch->size = (size_t) (at - batch->bytes);
    for (size_t i = 0; i < count; i++)
        if (parts[i].size > ZP_ENVELOPE_INLINE)
            s_put_large (batch, parts[i]);
    if (batch->size >= BATCH_BYTES)
        zp_outbox_flush (self);
    return true;
}

static bool
s_send_open (zp_outbox_t *self, zp_message_t *to, const zp_envelope_t *envelope,
             const zp_span_t *parts, size_t count)
{
    if (to->lost)
        return false;
    for (size_t i = 0; i < to->path; i++)
        if (zp_frames_share (self->socket, &to->frames.msg[i], ZMQ_SNDMORE) ==
            -1) {
            //  Only the first frame can be refused
            to->lost = true;
            self->unsent++;
            return false;
        }
    if (envelope) {
        uint8_t bytes[ZP_ENVELOPE_SIZE];
        zp_envelope_encode (envelope, bytes);
        zp_frames_send (self->socket, (zp_span_t){bytes, sizeof bytes},
                        ZMQ_SNDMORE);
    }
    zp_frames_send (self->socket, (zp_span_t){NULL, 0},
                    count ? ZMQ_SNDMORE : 0);
    for (size_t i = 0; i < count; i++)
        zp_frames_send (self->socket, parts[i],
                        i + 1 < count ? ZMQ_SNDMORE : 0);
    return true;
}

bool
zp_outbox_send (zp_outbox_t *self, zp_message_t *to,
                const zp_envelope_t *envelope, const zp_span_t *parts,
                size_t count)
{
    if (to->batch)
        return s_put (self, to->batch, envelope, parts, count);
    return s_send_open (self, to, envelope, parts, count);
}

void
zp_outbox_flush (zp_outbox_t *self)
{
    while (self->changed) {
        zp_batch_t *batch = self->changed;
        self->changed = batch->next;
        s_send_batch (self, batch);
        s_release_batch (batch);
    }
}

bool
zp_outbox_lost (zp_outbox_t *self, const zp_message_t *to)
{
    if (!to->batch)
        return to->lost;
    zp_outbox_flush (self);
    return to->batch->lost;
}

void
zp_outbox_clear (zp_outbox_t *self)
{
    zp_outbox_flush (self);
    if (self->recent)
        s_release_batch (self->recent);
    self->recent = NULL;
    while (self->spare) {
        zp_message_t *message = self->spare;
        self->spare = message->next;
        zp_frames_free (&message->frames);
        free (message);
    }
}
