//  SPDX-License-Identifier: MIT
//
//  What is published in one turn of the loop leaves together: for our own
//  subscribers in batches, of updates that the same of them want (zp_update.h);
//  for plain ones, if there are any, each by itself.

#include "zp_publisher_private.h"

//  A batch is full; one update may be larger. ZeroMQ copies frames of less than
//  8 KiB once more for each subscriber, and shares larger ones
#define BATCH_BYTES 32768
#define AGAIN_MS    10  // Until a subscriber may have room again

static int
s_on_flush (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_publisher_flush (arg);
    return 0;
}

void
zp_publisher_batch_init (zp_publisher_t *self)
{
    zp_timer_init (&self->batch.flush, s_on_flush, self);
}

void
zp_publisher_batch_clear (zp_publisher_t *self)
{
    zp_timers_clear (self->timers, &self->batch.flush);
    free (self->batch.data);
}

//  ZeroMQ waits for no pipe that it once had to pass by, until it is read from;
//  so what need not be said now must not be
static void
s_send_now (zp_publisher_t *self, zp_span_t frame)
{
    if (self->options.block_ms)
        zsock_set_xpub_nodrop (self->socket, 0);
    zmq_send (zsock_resolve (self->socket), frame.data, frame.size,
              ZMQ_DONTWAIT);
    if (self->options.block_ms)
        zsock_set_xpub_nodrop (self->socket, 1);
}

bool
zp_publisher_send (zp_publisher_t *self, zp_span_t frame, zp_urgency_t urgency)
{
    if (urgency == ZP_URGENCY_NOW)
        s_send_now (self, frame);
    else if (zmq_send (zsock_resolve (self->socket), frame.data, frame.size,
                       urgency == ZP_URGENCY_BLOCK && self->options.block_ms
                           ? 0
                           : ZMQ_DONTWAIT) == -1)
        return false;
    return true;
}

bool
zp_publisher_send_batch (zp_publisher_t *self, zp_urgency_t urgency)
{
    zp_span_t frame = {self->batch.data, self->batch.size};
    if (frame.size && !zp_publisher_send (self, frame, urgency))
        return false;
    self->batch.size = 0;
    self->batch.route = NULL;
    return true;
}

void
zp_publisher_flush (zp_publisher_t *self)
{
    if (!zp_publisher_send_batch (self, ZP_URGENCY_TRY))
        zp_timers_set (self->timers, &self->batch.flush,
                       zclock_mono () + AGAIN_MS);
}

//  The longest stem of an update that anybody listens to; NULL: nobody does
static zp_listened_t *
s_route (const zp_publisher_t *self, const zp_update_t *update)
{
    zp_listened_t *route = NULL;
    for (size_t i = update->cuts; i-- > 0 && !route;)
        route =
            zp_stems_find (&self->listened, update->topic.data, update->cut[i]);
    return route;
}

//  Add a frame to the batch, which has no other route, and is not full
static void
s_add (zp_publisher_t *self, zp_listened_t *route, zp_span_t frame)
{
    zp_publisher_batch_t *batch = &self->batch;
    size_t room = batch->size + ZP_BATCH_HEAD_MAX + 4 + frame.size;
    if (batch->room < room) {
        batch->room = room < BATCH_BYTES ? BATCH_BYTES : room;
        batch->data = realloc (batch->data, batch->room);
        assert (batch->data);
    }
    if (batch->size == 0) {
        batch->route = route;
        batch->size =
            zp_batch_head (route->stem.text, route->stem.cut.size, batch->data);
        if (!zp_timer_pending (&batch->flush))
            zp_timers_set (self->timers, &batch->flush, 0);
    }
    zp_update_put (batch->data + batch->size, 4, frame.size);
    memcpy (batch->data + batch->size + 4, frame.data, frame.size);
    batch->size += 4 + frame.size;
}

bool
zp_publisher_tell (zp_publisher_t *self, const zp_update_t *update,
                   zp_span_t frame, zp_urgency_t urgency)
{
    zp_publisher_batch_t *batch = &self->batch;
    zp_listened_t *route = s_route (self, update);
    bool full = batch->size + 4 + frame.size > BATCH_BYTES;
    if (batch->size && (route != batch->route || full) &&
        !zp_publisher_send_batch (self, urgency))
        return false;
    if (self->plain.count && !zp_publisher_send (self, frame, urgency))
        return false;
    if (route)
        s_add (self, route, frame);
    return true;
}
