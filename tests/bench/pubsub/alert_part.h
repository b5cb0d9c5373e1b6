//  SPDX-License-Identifier: MIT
//
//  alert_part - what the processes do that alert_measure starts
//
//  They are this program again:
//
//      --alert-publisher CROWDS ALERTS PIPE
//      --alert-relay UPDATES REQUESTS
//      --alert-crowd UPDATES REQUESTS SUBSCRIBERS ALERTS PIPE
//
//  A crowd writes a byte to the pipe when all of it have joined, and when all
//  have an alert; when all crowds have, the publisher gives the next one.

#ifndef ALERT_PART_H
#define ALERT_PART_H

#include <stdint.h>

//  What a publisher or a relay tells: where it is
typedef struct alert_place {
    char updates[32];   // Endpoint
    char requests[32];  // The same
} alert_place_t;

//  What a crowd tells when it has joined
typedef struct alert_joined {
    uint64_t started_ns;  // When the first was made
    uint64_t joined_ns;   // When the last had joined
    double memory_kib;    // Of one
} alert_joined_t;

//  And of each alert
typedef struct alert_latency {
    double last_ms;  // The last one's
    double half_ms;  // The median
} alert_latency_t;

//  Play such a part, and never return; or return if argv says none.
void alert_part (int argc, char *argv[]);

//  Let this process have as many files as it can; returns how many.
int alert_raise_files (void);

#endif
