//  SPDX-License-Identifier: MIT
//
//  measure - one contender, one speech, a process for each who takes part

#ifndef MEASURE_H
#define MEASURE_H

#include "contender.h"

#define SUBSCRIBERS_MAX 64

//  What to measure
typedef struct cell {
    size_t size;      // Bytes of a payload
    int subscribers;  // How many want it
} cell_t;

//  What was found
typedef struct result {
    double published;      // Updates a second, until the last was heard
    double delivered;      // Of all subscribers together
    double arrived;        // Part of what should have been delivered
    double publisher_ns;   // Its processor time, for each published
    double subscriber_ns;  // That of a subscriber, for each that it heard
    double cpu_ns;         // Of all, a broker too, for each delivered
    double p50_us;         // Latency of one update on an idle connection
    double p99_us;         // The same
} result_t;

//  Start a publisher and subscribers of that contender, let it publish for
//  seconds, and see what they found. Ends the program if one of them fails.
result_t
measure (const contender_t *contender, const cell_t *cell, double seconds);

//  What the processes do that measure starts, which are this program again:
//
//      --serve NAME UPDATES REQUESTS
//      --publish NAME UPDATES REQUESTS SIZE SUBSCRIBERS SECONDS PIPE
//      --subscribe NAME UPDATES REQUESTS SIZE PIPE
//
//  and for profilers a publisher and one subscriber in two threads, until COUNT
//  updates were heard:
//
//      --both NAME UPDATES REQUESTS SIZE COUNT
//
//  Returns if argv says none of these.
void measure_part (int argc, char *argv[]);

#endif
