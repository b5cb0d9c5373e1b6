//  SPDX-License-Identifier: MIT
//
//  peer - calls of a simple program to a service, with JSON

#ifndef PEER_H
#define PEER_H

#include <jansson.h>

#include "zp_client.h"

#define PEER_TIMEOUT_MS 5000  // For a call

typedef struct peer {
    const char *name;     // In the topology
    zp_client_t *client;  // To it; whoever connected destroys it
} peer_t;

//  False, and said why, if that is no endpoint.
bool peer_connect (peer_t *self, const char *name, const char *endpoint);

//  Call a method with so many arguments, and wait. The caller owns the first
//  part of the result; NULL if it failed, which was said.
char *peer_call (peer_t *self, const char *method, const zp_span_t *args,
                 size_t count);

//  The same with one argument, body, which is taken, or none if that is NULL;
//  the result is JSON.
json_t *peer_ask (peer_t *self, const char *method, json_t *body);

#endif
