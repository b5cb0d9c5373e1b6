//  SPDX-License-Identifier: MIT
//
//  What a stage_watch has. For stage_watch*.c only.

#ifndef STAGE_WATCH_PRIVATE_H
#define STAGE_WATCH_PRIVATE_H

#include "stage_watch.h"

struct stage_watch {
    char *name;                   // Of the service
    char *endpoint;               // Where it is
    zloop_t *loop;                // Runs the client
    zp_client_t *client;          // Asks it; NULL: it has never run
    stage_watch_fn *fn;           // Told of answers
    void *arg;                    // Given to fn
    json_t *about;                // What the supervisor says of it
    int64_t pid;                  // Of the process that is asked
    int64_t heard_ms;             // When it was last heard, or connected to
    uint64_t after;               // Events of it are known up to here
    bool out[STAGE_ASKS];         // These questions are on their way
    json_t *answers[STAGE_ASKS];  // The last ones
    bool informed;                // zp.info is of this process
    uint64_t roots;               // Requests counted elsewhere
    uint64_t root_failures;       // Of these
    stage_figures_t figures;      // What was counted
};

//  True if it should answer, and does not.
bool stage_watch_silent (const stage_watch_t *self, int64_t now_ms);

//  Take the counters in an answer to zp.stats.
void
stage_watch_take_stats (stage_watch_t *self, json_t *stats, int64_t now_ms);

#endif
