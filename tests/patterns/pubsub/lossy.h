//  SPDX-License-Identifier: MIT
//
//  lossy - stands between a publisher and its subscribers, and loses frames
//
//  An XSUB and an XPUB socket on a loop, which pass on what comes, but for the
//  frames that the test wants lost.

#ifndef LOSSY_H
#define LOSSY_H

#include <czmq.h>

typedef struct lossy lossy_t;

//  Stand before the endpoint.
lossy_t *lossy_new (zloop_t *loop, const char *endpoint);
void lossy_destroy (lossy_t **self_p);

//  Where to connect to instead.
const char *lossy_endpoint (const lossy_t *self);

//  Lose updates, but no heartbeats, from now on, or not any more; and how many
//  frames were lost.
void lossy_lose (lossy_t *self, bool lose);
size_t lossy_lost (const lossy_t *self);

#endif
