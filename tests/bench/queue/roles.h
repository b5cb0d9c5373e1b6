//  SPDX-License-Identifier: MIT
//
//  roles - what the processes do that a trial starts
//
//  Each is this program with the arguments
//
//      --ROLE NAME FOLDER ENDPOINT IN_FLIGHT SIZE SECONDS COUNT
//
//  where ROLE is broker (writes its log to FOLDER/log), await (writes a byte
//  when the broker answers), producer (writes what it did), worker (writes a
//  byte when messages may come, then what it did), or, for profilers, all:
//  broker and worker in threads of the producer's process.

#ifndef ROLES_H
#define ROLES_H

#include <stdint.h>

//  What a producer or a worker did
typedef struct did {
    uint64_t messages;  // Put, or taken
    uint64_t first_ns;  // When it began
    uint64_t last_ns;   // When the last was confirmed
    double cpu_us;      // Processor time in between
    double p50_us;      // Of a worker: latencies
    double p99_us;      // The same
} did_t;

//  Play the role that argv gives, and end the program; or return if it gives
//  none.
void roles_play (int argc, char *argv[]);

#endif
