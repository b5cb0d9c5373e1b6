//  SPDX-License-Identifier: MIT
//
//  roles - the processes of the gateway's benchmark

#ifndef ROLES_H
#define ROLES_H

#include <stdbool.h>

#include "part.h"

//  What argv[0] says, this process is that, and does not come back: "bare",
//  "service", "gateway", "streams".
void roles_part (int argc, char **argv);

//  Start one and wait until it is ready.
part_t role_bare (int port);
part_t role_service (const char *endpoint, const char *updates);
part_t role_gateway (int port, const char *endpoint, const char *updates);

//  So many streams of events from the gateway, which has said the first word
//  in each.
part_t role_streams (int port, int count);

//  What wrk found
typedef struct load {
    double rate;    // Requests a second
    double p50_us;  // Latency
    double p99_us;  // The same
} load_t;

//  Ask for a path with so many connections, from two threads, for so long.
load_t load_run (int port, int connections, double seconds);

//  True if there is a wrk to do that.
bool load_can (void);

#endif
