//  SPDX-License-Identifier: MIT
//
//  parts - the coordinator and the services that are measured, each a process

#ifndef PARTS_H
#define PARTS_H

#include <stdint.h>

#define SERVICES 4  // One for each step

//  What a coordinator did, which it tells when it ends
typedef struct coordinator_result {
    uint64_t commits;  // Transactions
    uint64_t records;  // Written
    double cpu;        // Processor time, in seconds
} coordinator_result_t;

//  How it began, which it tells when it has
typedef struct coordinator_start {
    double seconds;   // To take back what is open
    uint64_t memory;  // Bytes that are resident
} coordinator_start_t;

//  Main functions. A coordinator says how it began, and at SIGTERM what it did.
//  A service without a path of a database does nothing, and is SERVICES of
//  them, at the first of as many endpoints.
int parts_coordinator (const char *path, const char *endpoint,
                       char *const *services);
int parts_service (const char *endpoint, const char *path);

//  Bytes of this process that are resident.
uint64_t parts_memory (void);

double parts_seconds (void);

#endif
