//  SPDX-License-Identifier: MIT
//
//  zp_outbox - how a server's replies leave
//
//  Those in the open form go out at once. Those in the compact form gather by
//  peer in a batch, which leaves as one frame when the turn of the loop ends or
//  when it is large enough. A reply that ZeroMQ won't take, because the peer is
//  gone or does not read, is dropped and counted; and since a stream with a
//  missing piece must not look whole, no later piece follows it.

#ifndef ZP_OUTBOX_H
#define ZP_OUTBOX_H

#include "zp_frames.h"

typedef struct zp_batch zp_batch_t;
typedef struct zp_message zp_message_t;

typedef struct zp_outbox {
    void *socket;         // A ROUTER with ZMQ_ROUTER_MANDATORY
    zp_batch_t *recent;   // The peer heard from last; NULL: none yet
    zp_batch_t *changed;  // Batches with something in them: the first
    zp_batch_t *newest;   // And the last of this list
    zp_message_t *spare;  // Messages to be used again, in a list
    uint64_t unsent;      // Messages that ZeroMQ did not take
} zp_outbox_t;

//  A message that was received, and all that is needed to answer it. Each
//  request in it holds it.
struct zp_message {
    zp_outbox_t *outbox;  // Whose it is
    size_t holders;       // Who needs it still
    zp_frames_t frames;   // All its frames
    size_t path;          // Frames, from the first, that lead to the peer
    zp_batch_t *batch;    // Compact form: where replies gather; else NULL
    bool lost;            // Open form: a reply could not be sent
    zp_message_t *next;   // In the list of spare ones
};

//  A message with one holder and no frames, to receive into.
zp_message_t *zp_message_new (zp_outbox_t *outbox);

//  One holder more, and one less. The last one takes the message with it.
void zp_message_hold (zp_message_t *self);
void zp_message_release (zp_message_t **self_p);

//  Replies to this message will be in the compact form.
void zp_outbox_compact (zp_outbox_t *self, zp_message_t *message);

//  Reply to a message, or send a piece of the reply. The envelope is NULL for a
//  peer that sent none. Parts are copied. False if it could not be sent.
bool zp_outbox_send (zp_outbox_t *self, zp_message_t *to,
                     const zp_envelope_t *envelope, const zp_span_t *parts,
                     size_t count);

//  True if a reply to this message could not be sent. What has gathered is sent
//  first: until then nobody knows.
bool zp_outbox_lost (zp_outbox_t *self, const zp_message_t *to);

//  Send what has gathered.
void zp_outbox_flush (zp_outbox_t *self);

//  Free what has gathered. All messages must have been released.
void zp_outbox_clear (zp_outbox_t *self);

#endif
