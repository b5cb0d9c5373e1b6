//  SPDX-License-Identifier: MIT
//
//  measure - how fast messages go through a contender

#ifndef MEASURE_H
#define MEASURE_H

#include "contender.h"

//  How much to measure with
typedef struct cell {
    size_t size;       // Bytes of a message
    size_t in_flight;  // Puts not confirmed, and messages held, at most
} cell_t;

//  What a measurement found
typedef struct result {
    double rate;         // Messages a second, from the first put to the last
                         // confirmed ack
    double p50_us;       // Time from put to worker that half do not exceed
    double p99_us;       // The same for 99 of 100
    double producer_us;  // Processor time of a message in the producer,
    double worker_us;    // in the worker,
    double broker_us;    // and in the broker
    double per_sync;     // Messages for each time the broker synced; 0: it did
                         // not, or nobody knows
    double per_commit;   // The same for commits
} result_t;

//  Start the contender's broker in an empty folder, a producer and a worker,
//  let messages flow for so many seconds, and return what was found. Ends the
//  program if one of them fails.
result_t measure (const contender_t *contender, const char *folder,
                  const cell_t *cell, double seconds);

#endif
