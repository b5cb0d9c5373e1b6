//  SPDX-License-Identifier: MIT
//
//  Numbers are big-endian; the envelope is that of zp_envelope.c, 52 bytes.
//  The fields that matter here:
//
//      on PUSH/PULL             kind  status attempt client serial   body
//      ventilator -> worker     1     0      1, 2 .. batch  number   the task
//      worker     -> sink       2     any    same    same   same     the result
//
//      on DEALER/ROUTER
//      ventilator -> sink       1     0      0       batch  sink     total (8)
//                               2     not 0  last    batch  number   why: text
//                               4     0      0       batch  sink     empty
//      sink -> ventilator       3, 2  any    0       batch  sink     below
//
//      body of the last: done (8), failed (8), tally (zp_tally.c)
//
//  A worker that is not ours may send the envelope back as it is, with kind 1,
//  which means that the task is done.
//
//  The ventilator says that it is there, several times a second at first and
//  then each second (kind 1; sink: 0 until it has been heard of, so that no
//  other sink takes up a batch in the middle; total: all ones until it is
//  known); that it gives up a task (kind 2, as if a worker had failed); and
//  that it does not go on (kind 4). To each of the first, and when tasks have
//  ended, the sink answers with all that it has counted: with kind 3 while the
//  batch goes on, with kind 2 and a status once it is over. With kind 3 and
//  RESOURCE_EXHAUSTED, and an empty body, it says that it has another batch in
//  hand.

#include "zp_parcel.h"

#include "zp_keepalive.h"

#define LINGER_MS    1000  // For the last words
#define MESSAGE_MAX  (16 * 1024 * 1024)
#define BUFFER_BYTES 8192  // Of the kernel, for a TCP connection, in and out

zsock_t *
zp_parcel_socket (int type, int hwm)
{
    zsock_t *self = zsock_new (type);
    assert (self);
    zsock_set_sndhwm (self, hwm);
    zsock_set_rcvhwm (self, hwm);
    zsock_set_sndbuf (self, BUFFER_BYTES);
    zsock_set_rcvbuf (self, BUFFER_BYTES);
    //  No heartbeats of ZeroMQ: it does not see them behind messages that wait,
    //  so it would break the connection of a worker that is busy, and may even
    //  abort the process (https://github.com/zeromq/libzmq/issues/3937)
    zp_keepalive_set (self);
    zsock_set_maxmsgsize (self, MESSAGE_MAX);
    zsock_set_linger (self, LINGER_MS);
    zsock_set_reconnect_ivl (self, 100);
    zsock_set_reconnect_ivl_max (self, 5000);
    return self;
}

void
zp_parcel_close (zp_parcel_t *self)
{
    if (!self->full)
        return;
    zmq_msg_close (&self->body);
    zmq_msg_close (&self->from);
    self->full = false;
}

//  Receive all frames of a message, of which those that have a place stay.
//  Returns how many there were; 0: no message
static size_t
s_recv (void *handle, zmq_msg_t **places, size_t count)
{
    size_t frames = 0;
    bool more = true;
    while (more) {
        zmq_msg_t extra;
        zmq_msg_t *msg = frames < count ? places[frames] : &extra;
        if (msg == &extra)
            zmq_msg_init (msg);
        //  All frames of a message arrive at once: only the first can be
        //  missing
        if (zmq_msg_recv (msg, handle, ZMQ_DONTWAIT) == -1)
            return 0;
        more = zmq_msg_more (msg);
        frames++;
        if (msg == &extra)
            zmq_msg_close (msg);
    }
    return frames;
}

int
zp_parcel_recv (zp_parcel_t *self, zsock_t *socket)
{
    zp_parcel_close (self);
    self->full = true;
    self->routed = zsock_type (socket) == ZMQ_ROUTER;
    zmq_msg_t head;
    zmq_msg_init (&head);
    zmq_msg_init (&self->body);
    zmq_msg_init (&self->from);
    zmq_msg_t *places[] = {&self->from, &head, &self->body};
    size_t skip = self->routed ? 0 : 1;
    size_t frames = s_recv (zsock_resolve (socket), places + skip, 3 - skip);
    int rc = frames ? -1 : 0;
    if (frames == 3 - skip &&
        zp_envelope_decode (&self->envelope, zmq_msg_data (&head),
                            zmq_msg_size (&head)))
        rc = 1;
    zmq_msg_close (&head);
    if (rc != 1)
        zp_parcel_close (self);
    return rc;
}

zp_span_t
zp_parcel_body (zp_parcel_t *self)
{
    assert (self->full);
    return (zp_span_t){zmq_msg_data (&self->body), zmq_msg_size (&self->body)};
}

static int
s_send_head (zsock_t *socket, const zp_envelope_t *envelope)
{
    uint8_t head[ZP_ENVELOPE_SIZE];
    zp_envelope_encode (envelope, head);
    return zmq_send (zsock_resolve (socket), head, sizeof head,
                     ZMQ_DONTWAIT | ZMQ_SNDMORE);
}

int
zp_parcel_send (zsock_t *socket, const zp_envelope_t *envelope, zp_span_t body)
{
    if (s_send_head (socket, envelope) == -1)
        return -1;
    //  Where the first frame went the others go, too
    int rc =
        zmq_send (zsock_resolve (socket), body.data, body.size, ZMQ_DONTWAIT);
    return rc == -1 ? -1 : 0;
}

int
zp_parcel_share (zsock_t *socket, const zp_envelope_t *envelope, zframe_t *body)
{
    if (s_send_head (socket, envelope) == -1)
        return -1;
    return zframe_send (&body, socket, ZFRAME_REUSE | ZFRAME_DONTWAIT);
}

void
zp_parcel_put (uint8_t *data, uint64_t number)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        *data++ = (uint8_t) (number >> shift);
}

uint64_t
zp_parcel_get (const uint8_t *data)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | data[i];
    return number;
}
