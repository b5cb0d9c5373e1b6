//  SPDX-License-Identifier: MIT
//
//  The sink's talk with ventilators: whose batch it has, and what of that it
//  has counted.

#include "zp_sink_private.h"

//  Send a ventilator something about its batch. False if it is gone
static bool
s_say (zp_sink_t *self, zframe_t *to, const zp_envelope_t *about,
       zp_span_t body)
{
    zp_envelope_t envelope = *about;
    envelope.serial = self->id;
    if (zframe_send (&to, self->control,
                     ZFRAME_REUSE | ZFRAME_MORE | ZFRAME_DONTWAIT) == -1)
        return zmq_errno () != EHOSTUNREACH;
    zp_parcel_send (self->control, &envelope, body);
    return true;
}

bool
zp_sink_acknowledge (zp_sink_t *self)
{
    uint8_t body[16 + ZP_TALLY_BYTES];
    zp_parcel_put (body, self->batch.done);
    zp_parcel_put (body + 8, self->batch.failed);
    size_t size = 16 + zp_tally_write (self->tally, body + 16);
    zp_envelope_t envelope = {.kind = self->batch.ended ? ZP_REPLY : ZP_PARTIAL,
                              .status = (uint8_t) self->batch.status,
                              .client = self->batch.id};
    return s_say (self, self->ventilator, &envelope, (zp_span_t){body, size});
}

static int
s_begin (zp_sink_t *self, zframe_t *from, uint64_t id)
{
    zframe_destroy (&self->ventilator);
    self->ventilator = zframe_dup (from);
    zp_tally_reset (self->tally);
    self->batch = (zp_batch_t){.id = id, .total = ZP_BATCH_UNKNOWN};
    self->parted = false;
    self->heard_ms = zclock_mono ();
    return zp_sink_tell (self);
}

int
zp_sink_part (zp_sink_t *self, zp_status_t status)
{
    self->parted = true;
    if (!self->batch.ended)
        return zp_sink_end (self, status);
    return zp_sink_over (self) ? -1 : 0;
}

//  Another ventilator asks for its batch to be taken
static int
s_on_other (zp_sink_t *self, zframe_t *from, const zp_envelope_t *hello)
{
    zp_envelope_t answer = {.client = hello->client};
    if (hello->serial != 0) {  // It began with another, or this one forgot
        answer.kind = ZP_REPLY;
        answer.status = ZP_ABORTED;
    }
    else if (self->batch.ended && self->parted)
        return s_begin (self, from, hello->client);
    else if (!zp_sink_acknowledge (self))
        return zp_sink_part (self, ZP_UNAVAILABLE);  // The other will ask again
    else {
        answer.kind = ZP_PARTIAL;
        answer.status = ZP_RESOURCE_EXHAUSTED;
    }
    s_say (self, from, &answer, (zp_span_t){NULL, 0});
    return 0;
}

//  The ventilator of this batch is there, and knows how many tasks it has, or
//  not yet
static int
s_on_own (zp_sink_t *self, zframe_t *from, uint64_t total)
{
    zframe_destroy (&self->ventilator);  // It may have connected again
    self->ventilator = zframe_dup (from);
    self->heard_ms = zclock_mono ();
    if (self->batch.total == ZP_BATCH_UNKNOWN)
        self->batch.total = total;
    zp_sink_acknowledge (self);
    return zp_sink_look (self);
}

static int
s_on_hello (zp_sink_t *self)
{
    zp_envelope_t hello = self->parcel.envelope;
    zp_span_t body = zp_parcel_body (&self->parcel);
    if (body.size != 8 || hello.client == 0) {
        self->stats.garbage++;
        return 0;
    }
    zframe_t *from = zframe_new (zmq_msg_data (&self->parcel.from),
                                 zmq_msg_size (&self->parcel.from));
    int rc = 0;
    bool mine = hello.serial == 0 || hello.serial == self->id;
    if (!mine || hello.client != self->batch.id)
        rc = s_on_other (self, from, &hello);
    if (mine && rc == 0 && hello.client == self->batch.id)
        rc = s_on_own (self, from, zp_parcel_get (body.data));
    zframe_destroy (&from);
    return rc;
}

int
zp_sink_on_control (zloop_t *loop, zsock_t *socket, void *arg)
{
    (void) loop;
    zp_sink_t *self = arg;
    int came = zp_parcel_recv (&self->parcel, socket);
    const zp_envelope_t *envelope = &self->parcel.envelope;
    if (came == 1 && envelope->kind == ZP_REQUEST)
        return s_on_hello (self);
    if (came == 1 && envelope->kind == ZP_REPLY && envelope->status != ZP_OK)
        return zp_sink_count (self) == 0 ? zp_sink_look (self)
                                         : zp_sink_end (self, ZP_ABORTED);
    if (came == 1 && envelope->kind == ZP_CANCEL)
        return envelope->client == self->batch.id
                   ? zp_sink_part (self, ZP_CANCELLED)
                   : 0;
    self->stats.garbage += came != 0;
    return 0;
}
