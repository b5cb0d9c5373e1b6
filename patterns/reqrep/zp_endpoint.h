//  SPDX-License-Identifier: MIT
//
//  zp_endpoint - one of the servers that a client may send to
//
//  A channel to it, a circuit breaker for it, and the attempts that are out to
//  it. An attempt is one sending of a request; each ends in a verdict on the
//  endpoint.

#ifndef ZP_ENDPOINT_H
#define ZP_ENDPOINT_H

#include "zp_breaker.h"
#include "zp_channel.h"
#include "zp_random.h"

typedef struct zp_attempt {
    zp_outgoing_t outgoing;         // What is sent; first, so that its address
                                    // is that of the attempt
    struct zp_endpoint *endpoint;   // Where to
    bool out;                       // It is under way
    zp_breaker_ticket_t ticket;     // For the verdict
    int64_t started_ms;             // When it was given to the channel
    void *call;                     // Whose attempt it is
    TAILQ_ENTRY (zp_attempt) link;  // To others out to the same endpoint
} zp_attempt_t;

typedef struct zp_endpoint {
    char *name;                     // Such as "tcp://127.0.0.1:5555"
    zp_channel_t *channel;          // The connection
    zp_breaker_t *breaker;          // NULL: none
    size_t outstanding;             // How many attempts are out
    TAILQ_HEAD (, zp_attempt) out;  // These
    void *client;                   // Whose endpoint it is
    zp_breaker_state_t told;  // What the client's tap knows of the breaker
} zp_endpoint_t;

//  Make an endpoint without a channel: its owner opens that, with the endpoint
//  as argument of the events. A breaker if options are not NULL.
zp_endpoint_t *
zp_endpoint_new (const char *name, const zp_breaker_options_t *options,
                 void *client);

//  Destroy it, with its channel. No attempts may be out.
void zp_endpoint_destroy (zp_endpoint_t **self_p);

//  The endpoint for the next attempt: of those whose breaker lets it pass, and
//  that are better than the others (connected, and not the one to avoid), two
//  are picked at random, and the less busy one is it. NULL: all breakers are
//  open, and *retry_after_ms says for how long.
zp_endpoint_t *
zp_endpoint_choose (zp_endpoint_t **all, size_t count,
                    const zp_endpoint_t *avoid, int64_t now_ms,
                    zp_random_t *random, int64_t *retry_after_ms);

//  Send an attempt, whose outgoing part is filled in, to an endpoint chosen at
//  the same now_ms.
void
zp_endpoint_send (zp_endpoint_t *self, zp_attempt_t *attempt, int64_t now_ms);

typedef enum {
    ZP_VERDICT_GOOD,  // It answered as a healthy server does
    ZP_VERDICT_BAD,   // It failed, or did not answer in time
    ZP_VERDICT_NONE   // Nothing was learned: the caller gave up, or the
                      // connection broke, with all that was out
} zp_verdict_t;

//  The attempt is over: it is taken back if it has not left yet.
void zp_endpoint_end (zp_attempt_t *attempt, zp_verdict_t verdict,
                      int64_t now_ms, zp_random_t *random);

#endif
