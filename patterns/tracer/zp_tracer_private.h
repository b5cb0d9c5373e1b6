//  SPDX-License-Identifier: MIT
//
//  What the files of the tracer share. Not for anybody else.
//
//  zp_tracer.c        its beginning and end, and what it takes
//  zp_tracer_serve.c  what it answers
//  zp_tracer_ring.c   the last events
//  zp_tracer_peers.c  what is counted

#ifndef ZP_TRACER_PRIVATE_H
#define ZP_TRACER_PRIVATE_H

#include <pthread.h>

#include "zp_tracer.h"
#include "zp_tracer_peers.h"
#include "zp_tracer_ring.h"

struct zp_tracer {
    zp_tap_t tap;              // Told of each event
    pthread_mutex_t lock;      // Guards what follows
    zp_tracer_ring_t *ring;    // The last events
    zp_tracer_peers_t *peers;  // What is counted
};

#endif
