//  SPDX-License-Identifier: MIT

#include "zp_frames.h"

int
zp_frames_recv (zp_frames_t *self, void *socket)
{
    self->count = 0;
    bool more = true;
    bool fits = true;
    while (more) {
        zmq_msg_t extra;
        fits = fits && self->count < ZP_FRAMES_MAX;
        zmq_msg_t *msg = fits ? &self->msg[self->count] : &extra;
        zmq_msg_init (msg);
        //  All frames of a message arrive at once: only the first can be
        //  missing
        if (zmq_msg_recv (msg, socket, ZMQ_DONTWAIT) == -1) {
            zmq_msg_close (msg);
            zp_frames_close (self);
            return 0;
        }
        more = zmq_msg_more (msg);
        if (fits)
            self->count++;
        else
            zmq_msg_close (msg);
    }
    if (!fits)
        zp_frames_close (self);
    return fits ? 1 : -1;
}

void
zp_frames_close (zp_frames_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        zmq_msg_close (&self->msg[i]);
    self->count = 0;
}

zp_span_t
zp_frames_span (zp_frames_t *self, size_t number)
{
    zmq_msg_t *msg = &self->msg[number];
    return (zp_span_t){zmq_msg_data (msg), zmq_msg_size (msg)};
}

int
zp_frames_send (void *socket, zp_span_t bytes, int flags)
{
    zmq_msg_t msg;
    if (zmq_msg_init_size (&msg, bytes.size) == -1)
        return -1;
    if (bytes.size)
        memcpy (zmq_msg_data (&msg), bytes.data, bytes.size);
    return zp_frames_give (socket, &msg, flags);
}

int
zp_frames_share (void *socket, zmq_msg_t *msg, int flags)
{
    zmq_msg_t copy;
    zmq_msg_init (&copy);
    if (zmq_msg_copy (&copy, msg) == -1)
        return -1;
    return zp_frames_give (socket, &copy, flags);
}

int
zp_frames_give (void *socket, zmq_msg_t *msg, int flags)
{
    int rc = zmq_msg_send (msg, socket, flags | ZMQ_DONTWAIT);
    if (rc == -1) {
        int saved = errno;
        zmq_msg_close (msg);
        errno = saved;
    }
    return rc == -1 ? -1 : 0;
}
