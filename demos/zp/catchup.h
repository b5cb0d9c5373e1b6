//  SPDX-License-Identifier: MIT
//
//  catchup - what was published after a number, up to where a subscriber has
//  joined: asks the publisher, or the relay next to it, for a replay

#ifndef CATCHUP_H
#define CATCHUP_H

#include "zp_subscriber.h"

typedef struct catchup catchup_t;

typedef struct catchup_options {
    const char *requests;        // Endpoint of the publisher's server
    const char *const *filters;  // What is wanted, ended by NULL; all of them
                                 // are filters
    int timeout_ms;              // For one request
    //  Told each update that was wanted, in their order
    void (*update) (void *arg, const zp_news_t *news);
    //  Told that it is over. ZP_OK: up to which number all were told. Otherwise
    //  why not, with a line of text
    void (*over) (void *arg, zp_status_t status, const char *text,
                  uint64_t upto);
    void *arg;  // Given to both
} catchup_options_t;

//  The options must stay. NULL if ZeroMQ can't make sense of the endpoint.
catchup_t *catchup_new (zloop_t *loop, const catchup_options_t *options);
void catchup_destroy (catchup_t **self_p);

//  Ask for what comes after a number of a stream, at least up to another.
void
catchup_start (catchup_t *self, uint64_t stream, uint64_t from, uint64_t upto);

#endif
