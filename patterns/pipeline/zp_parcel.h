//  SPDX-License-Identifier: MIT
//
//  zp_parcel - the messages of a pipeline: an envelope and a body
//
//  All of them have these two frames; zp_parcel.c draws them.

#ifndef ZP_PARCEL_H
#define ZP_PARCEL_H

#include <czmq.h>

#include "zp_envelope.h"

#define ZP_PARCEL_BODY_MAX (15 * 1024 * 1024)  // Bytes of one body

//  Zero to begin with, then as zp_parcel_recv left it.
typedef struct zp_parcel {
    bool full;               // There is a message in it
    bool routed;             // It came through a ROUTER
    zp_envelope_t envelope;  // What it is
    zmq_msg_t body;          // Its contents
    zmq_msg_t from;          // If it is routed: whom it came from
} zp_parcel_t;

//  A socket with what all sockets of a pipeline have in common: a limit to
//  messages, and small buffers, so that whoever is slow holds little. An hwm is
//  how many messages wait in it for each peer.
zsock_t *zp_parcel_socket (int type, int hwm);

//  Receive a message, in place of what is there, without blocking. 1 if there
//  was one; 0 if not; -1 if there was one that is no parcel, and gone.
int zp_parcel_recv (zp_parcel_t *self, zsock_t *socket);

//  The bytes of its body.
zp_span_t zp_parcel_body (zp_parcel_t *self);

//  Free what is there.
void zp_parcel_close (zp_parcel_t *self);

//  Send a message without blocking: all of it, or nothing. Returns 0, or -1
//  with zmq_errno as zmq_msg_send has it.
int
zp_parcel_send (zsock_t *socket, const zp_envelope_t *envelope, zp_span_t body);

//  The same with a frame as the body, whose bytes are shared and not copied: it
//  can be sent again.
int zp_parcel_share (zsock_t *socket, const zp_envelope_t *envelope,
                     zframe_t *body);

//  Write a number as 8 bytes, and read it.
void zp_parcel_put (uint8_t *data, uint64_t number);
uint64_t zp_parcel_get (const uint8_t *data);

#endif
