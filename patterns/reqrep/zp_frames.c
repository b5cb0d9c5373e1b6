//  SPDX-License-Identifier: MIT

#include "zp_frames.h"

#define ROOM_FIRST 8  // Enough for most messages

//  Make room for more frames: for a few at first, then for as many as can be
static void
s_grow (zp_frames_t *self)
{
    zp_frames_t more = {.count = self->count};
    more.room = self->room ? ZP_FRAMES_MAX : ROOM_FIRST;
    more.msg = malloc (more.room * (sizeof *more.msg + sizeof *more.span));
    assert (more.msg);
    more.span = (zp_span_t *) &more.msg[more.room];
    for (size_t i = 0; i < self->count; i++) {
        zmq_msg_init (&more.msg[i]);
        zmq_msg_move (&more.msg[i], &self->msg[i]);
    }
    free (self->msg);
    *self = more;
}

//  Receive the frames from number count on, as many as fit. Returns as
//  zp_frames_recv does
static int
s_recv (zp_frames_t *self, void *socket, int flags)
{
    bool more = true;
    bool fits = true;
    while (more) {
        fits = fits && self->count < ZP_FRAMES_MAX;
        if (fits && self->count == self->room)
            s_grow (self);
        zmq_msg_t extra;
        zmq_msg_t *msg = fits ? &self->msg[self->count] : &extra;
        zmq_msg_init (msg);
        //  All frames of a message arrive at once: only the first can be
        //  missing
        if (zmq_msg_recv (msg, socket, flags) == -1)
            return 0;
        more = zmq_msg_more (msg);
        if (fits)
            self->count++;
        else
            zmq_msg_close (msg);
    }
    return fits ? 1 : -1;
}

int
zp_frames_recv (zp_frames_t *self, void *socket, int flags)
{
    self->count = 0;
    int rc = s_recv (self, socket, flags);
    if (rc == -1)
        zp_frames_close (self);
    for (size_t i = 0; i < self->count; i++)
        self->span[i] = (zp_span_t){zmq_msg_data (&self->msg[i]),
                                    zmq_msg_size (&self->msg[i])};
    return rc;
}

void
zp_frames_close (zp_frames_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        zmq_msg_close (&self->msg[i]);
    self->count = 0;
}

void
zp_frames_free (zp_frames_t *self)
{
    zp_frames_close (self);
    free (self->msg);
    *self = (zp_frames_t){0};
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
