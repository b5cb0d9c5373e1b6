//  SPDX-License-Identifier: MIT
//
//  zp_frames - the frames of one message, and how to send some
//
//  What client and server share of raw libzmq. Lists of zframe_t cost several
//  times as much as the messages that they hold; so frames lie in an array
//  here, which serves for one message after the other, and go out one by one.

#ifndef ZP_FRAMES_H
#define ZP_FRAMES_H

#include <czmq.h>

#include "zp_envelope.h"

//  A message that has more is nobody's we know: a path through a few proxies,
//  an envelope, and ZP_ENVELOPE_PARTS_MAX parts fit in well.
#define ZP_FRAMES_MAX 80

//  All zero: no frames, and no room yet.
typedef struct zp_frames {
    size_t count;     // Frames of the message
    zp_span_t *span;  // Where the bytes of each lie
    zmq_msg_t *msg;   // The frames themselves
    size_t room;      // For how many there is room
} zp_frames_t;

//  Receive a message, in place of what is there, which must be closed. Flags
//  are ZMQ_DONTWAIT or, to wait for ZMQ_RCVTIMEO, 0. Returns 1 if there was
//  one; 0 if there was none; -1 if there was one with too many frames, which is
//  gone.
int zp_frames_recv (zp_frames_t *self, void *socket, int flags);

//  Close all frames; the room stays.
void zp_frames_close (zp_frames_t *self);

//  Close all frames, and free the room.
void zp_frames_free (zp_frames_t *self);

//  Send the bytes as one frame, without blocking. Flags are ZMQ_SNDMORE or 0.
//  Returns 0, or -1 with zmq_errno as zmq_msg_send has it. It copies them.
int zp_frames_send (void *socket, zp_span_t bytes, int flags);

//  Send a frame as it is, without blocking, and share its bytes if there are
//  many: it can be sent again. Returns as zp_frames_send does.
int zp_frames_share (void *socket, zmq_msg_t *msg, int flags);

//  Send a frame and give it away: it is empty then, even on failure. Returns as
//  zp_frames_send does.
int zp_frames_give (void *socket, zmq_msg_t *msg, int flags);

#endif
