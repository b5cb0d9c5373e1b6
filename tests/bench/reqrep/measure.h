//  SPDX-License-Identifier: MIT
//
//  measure - one contender, one load, two processes

#ifndef MEASURE_H
#define MEASURE_H

#include "contender.h"

//  Where to measure, and with how much
typedef struct cell {
    const char *transport;  // "ipc" or "tcp"
    size_t size;            // Bytes of a request and of its reply
    size_t in_flight;       // Requests sent and not replied to
} cell_t;

//  Start a server and a client of that contender, let them work for seconds,
//  and return what the client found. If pinned, each of the two keeps to its
//  own half of the processors. Ends the program if either fails.
result_t measure (const contender_t *contender, const cell_t *cell,
                  double seconds, bool pinned);

//  What the two processes do that measure starts, which are this program again:
//
//      --serve NAME ENDPOINT IN_FLIGHT
//      --client NAME ENDPOINT IN_FLIGHT SIZE SECONDS
//
//  and for profilers both in two threads, until there are COUNT replies:
//
//      --both NAME ENDPOINT IN_FLIGHT SIZE COUNT
//
//  Returns if argv says none of these.
void measure_part (int argc, char *argv[]);

#endif
