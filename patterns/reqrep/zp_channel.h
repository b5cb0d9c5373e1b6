//  SPDX-License-Identifier: MIT
//
//  zp_channel - a client's connection to one endpoint
//
//  Speaks the envelope over a DEALER socket, in the compact form with a peer
//  that understands it. What is given to it during one turn of the loop leaves
//  together. It keeps what can't be sent yet, so it never blocks and nothing
//  sits in a pipe to nowhere, and it tells when the connection comes and goes.
//  What to send where, and when again, is zp_client's to decide.

#ifndef ZP_CHANNEL_H
#define ZP_CHANNEL_H

#include <czmq.h>
#include <sys/queue.h>

#include "zp_content.h"
#include "zp_timers.h"

typedef struct zp_channel zp_channel_t;

//  A message on its way out. The caller's, but for the fields that say
//  otherwise, and to stay, with its content, until it has left or was taken
//  back.
typedef struct zp_outgoing {
    TAILQ_ENTRY (zp_outgoing) link;  // The channel's
    const zp_content_t *content;     // What to send
    uint8_t attempt;                 // Which attempt it is
    bool open;     // In the open form, whatever the channel speaks
    bool waiting;  // The channel's: it has not left yet
    bool told;     // The channel's: that it leaves was told. From then on its
                   // owner's, to be reset when that is of no use any more
} zp_outgoing_t;

typedef struct zp_channel_events {
    //  A reply came, in a message received at now_ms. Everything is gone when
    //  this returns.
    void (*reply) (void *arg, const zp_envelope_t *envelope,
                   const zp_span_t *parts, size_t count, int64_t now_ms);
    //  Something came that was no reply.
    void (*garbage) (void *arg);
    //  There is a connection.
    void (*up) (void *arg);
    //  The connection broke: what had left is lost, as far as we know.
    void (*down) (void *arg);
    //  A message leaves (cancels are not told of), and is told so but once,
    //  even if the socket does not take it at once. NULL: nobody is.
    void (*leaves) (zp_outgoing_t *outgoing);
    //  Asked after each message; -1 ends the loop.
    int (*turn) (void *arg);
} zp_channel_events_t;

//  Make a channel and let it connect. NULL, with zmq_errno, if the endpoint
//  makes no sense. The events get arg.
zp_channel_t *
zp_channel_new (zloop_t *loop, zp_timers_t *timers, const char *endpoint,
                bool open_only, const zp_channel_events_t *events, void *arg);

//  Messages that have not left are let go.
void zp_channel_destroy (zp_channel_t **self_p);

//  Send a message when this turn of the loop ends, or as soon as the peer is
//  there. One that is to go in the open form takes the whole channel back to it
//  until the peer says again what it understands.
void zp_channel_send (zp_channel_t *self, zp_outgoing_t *outgoing);

//  Tell the peer, if it understands that, that nobody waits any more for this
//  attempt at the request with that envelope.
void zp_channel_cancel (zp_channel_t *self, const zp_envelope_t *envelope,
                        uint8_t attempt);

//  Take a message back, if it is still waiting.
void zp_channel_unsend (zp_channel_t *self, zp_outgoing_t *outgoing);

//  How many messages have not left yet.
size_t zp_channel_waiting (zp_channel_t *self);

//  Send now what can be sent, rather than when the turn ends.
void zp_channel_flush (zp_channel_t *self);

//  Outside the loop: wait for a message for at most timeout_ms (> 0), and deal
//  with it. The fastest way to one reply, but timers and events wait as well.
//  False if none came.
bool zp_channel_wait (zp_channel_t *self, int timeout_ms);

//  True while there is a connection. (False for a moment after connecting, and
//  not always soon after breaking: ask only to choose the better of two.)
bool zp_channel_up (zp_channel_t *self);

//  True if the peer understands the compact form.
bool zp_channel_compact (zp_channel_t *self);

#endif
