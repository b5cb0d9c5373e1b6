//  SPDX-License-Identifier: MIT
//
//  viewers_load - viewers who come by themselves, and what they meet with
//
//  They come at random times (a Poisson process), whatever becomes of those who
//  came before: the load is open, and a slow system does not slow them down.
//  What takes long is counted from when it should have begun, and so nothing
//  is left out (Gil Tene: "coordinated omission"). What goes beyond a number of
//  open requests is given up, and counted as that. Only who is told to stay
//  away for a while (429 or 503, with Retry-After) does.
//
//  Random numbers are seeded: the same seed, the same viewers.

#ifndef VIEWERS_LOAD_H
#define VIEWERS_LOAD_H

#include <czmq.h>
#include <jansson.h>

#include "viewers_act.h"

#define VIEWERS_FACTOR_MAX 100

//  Told that nobody listens where the server should be.
typedef void (viewers_lost_fn) (void *arg);

typedef struct viewers_load_options {
    json_t *profiles;       // Objects with an "id" each; at least one
    viewers_film_t film;    // That they play; the load closes it
    uint64_t seed;          // Of all random numbers
    double factor;          // Of the usual rate; at most VIEWERS_FACTOR_MAX
    int patience_s;         // How long somebody waits for something to come
    const zp_tap_t *tap;    // Told of all requests; NULL: nobody
    const char *endpoint;   // Stands for the server then; not copied
    viewers_lost_fn *lost;  // Told about the server
    void *lost_arg;         // Given to that
} viewers_load_options_t;

viewers_load_t *
viewers_load_new (zloop_t *loop, const viewers_load_options_t *options);

//  When the loop has ended. Tolerates NULL.
void viewers_load_destroy (viewers_load_t **self_p);

//  The server is there, such as "http://127.0.0.1:8080" (copied). Before the
//  first one is known nobody comes.
void viewers_load_server (viewers_load_t *self, const char *url);

//  Come so many times as often as usual, from 0 to VIEWERS_FACTOR_MAX.
void viewers_load_set (viewers_load_t *self, double factor);

//  How many requests are open.
int viewers_load_open (const viewers_load_t *self);

//  All figures, for load.stats; the caller owns it.
json_t *viewers_load_stats (const viewers_load_t *self);

#endif
