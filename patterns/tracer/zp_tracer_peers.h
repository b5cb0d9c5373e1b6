//  SPDX-License-Identifier: MIT
//
//  zp_tracer_peers - whom the clients of a process call, and how that goes
//
//  Pure: it is told events, and adds up.

#ifndef ZP_TRACER_PEERS_H
#define ZP_TRACER_PEERS_H

#include "zp_tap.h"

#define ZP_TRACER_PEERS   256  // That are counted; of more nothing is known
#define ZP_TRACER_CLIENTS 256  // Whose ids are kept: the last ones

//  What became of calls to one endpoint. Numbers count up, but for in_flight
typedef struct zp_tracer_peer {
    char *endpoint;              // As given to zp_client_connect
    uint64_t sent;               // Attempts
    uint64_t retries;            // Of these, after the first one of a call
    uint64_t lost;               // Given up: silence, or a broken connection
    uint64_t pieces;             // Of replies
    uint64_t ok;                 // Calls that ended well
    uint64_t failed;             // Calls that did not, nor were cancelled
    uint64_t in_flight;          // Attempts that are out
    zp_breaker_state_t breaker;  // As told last
} zp_tracer_peer_t;

typedef struct zp_tracer_peers zp_tracer_peers_t;

zp_tracer_peers_t *zp_tracer_peers_new (void);
void zp_tracer_peers_destroy (zp_tracer_peers_t **self_p);

//  Count an event of a client. Returns the endpoint of its peer, which stays as
//  long as the peers do, or NULL.
const char *
zp_tracer_peers_count (zp_tracer_peers_t *self, const zp_tap_event_t *event);

//  All peers, in the order in which they were first called. Returns how many.
size_t zp_tracer_peers_all (const zp_tracer_peers_t *self,
                            const zp_tracer_peer_t **peers_p);

//  The ids of the last clients that sent something. Returns how many.
size_t
zp_tracer_peers_clients (const zp_tracer_peers_t *self, const uint64_t **ids_p);

#endif
