//  SPDX-License-Identifier: MIT
//
//  zp_relay - passes a stream on, and carries its weight
//
//  A subscriber of one publisher, or of another relay, and a publisher of what
//  it hears: with the same numbers, the same stream. It keeps last values and a
//  history of its own, so who joins late or has missed something asks the relay
//  next to it, never the source; so relays can stand in a tree of any size.
//  Subscribers can turn from one relay to another and go on where they stood.
//
//  When the source is gone its subscribers are told, by heartbeats that say so,
//  and the last values stay.

#ifndef ZP_RELAY_H
#define ZP_RELAY_H

#include "zp_publisher.h"
#include "zp_subscriber.h"

typedef struct zp_relay zp_relay_t;

typedef struct zp_relay_options {
    zp_publisher_options_t publisher;    // What it keeps; no will, and nobody
                                         // is waited for. If it keeps no more
                                         // than the source, that may be too
                                         // little
    zp_subscriber_options_t subscriber;  // How it listens; strict in any case
    const char *filter;                  // What it passes on; only that can be
                                         // subscribed to here. No '+' in it
} zp_relay_options_t;

#define ZP_RELAY_DEFAULTS                                                      \
    {                                                                          \
        ZP_PUBLISHER_DEFAULTS, ZP_SUBSCRIBER_DEFAULTS, "#"                     \
    }

//  Make a relay that lives on loop, which must outlive it; with NULL it has a
//  loop of its own. Copies *options; NULL means ZP_RELAY_DEFAULTS.
zp_relay_t *zp_relay_new (zloop_t *loop, const zp_relay_options_t *options);

//  The loop must have ended, or be in the handler of a reader.
void zp_relay_destroy (zp_relay_t **self_p);

//  As zp_subscriber_connect and zp_publisher_bind.
zp_status_t
zp_relay_connect (zp_relay_t *self, const char *updates, const char *requests);
zp_status_t
zp_relay_bind (zp_relay_t *self, const char *updates, const char *requests);
const char *zp_relay_updates (zp_relay_t *self);
const char *zp_relay_requests (zp_relay_t *self);

//  Why the last verb failed: a line for a person. "" if it did not.
const char *zp_relay_error (zp_relay_t *self);

//  Run the loop until it is ended, as zp_server_run does.
zp_status_t zp_relay_run (zp_relay_t *self);

//  Its two halves, for their statistics, and for more methods.
zp_publisher_t *zp_relay_publisher (zp_relay_t *self);
zp_subscriber_t *zp_relay_subscriber (zp_relay_t *self);

#endif
