//  SPDX-License-Identifier: MIT
//
//  backlog - what a queue costs in which many messages wait
//
//  Fills a queue while nobody takes from it, kills the broker, starts it again,
//  and lets a worker have all. What is on disk may well be in the system's
//  memory too, so that it comes from there.

#ifndef BACKLOG_H
#define BACKLOG_H

#include "contender.h"

typedef struct backlog {
    double put_rate;       // Messages a second, while the queue fills
    uint64_t memory;       // Of the broker then, in bytes
    double per_message;    // Bytes that each message added to that
    uint64_t disk;         // Bytes on disk then
    double start_s;        // Seconds until the broker, started again, answers
    double taken_rate;     // Messages a second, while the queue empties
    uint64_t memory_peak;  // The most that the broker ever had, in bytes
} backlog_t;

//  Measure with count messages of size bytes, in_flight of them at a time. Ends
//  the program if that fails.
backlog_t backlog_measure (const contender_t *contender, const char *folder,
                           size_t size, size_t in_flight, uint64_t count);

//  Print results, each of the contender whose place it is at: those with `ran`.
void backlog_table (const backlog_t *results, const bool *ran, size_t size,
                    uint64_t count);

//  The same as a JSON object
void backlog_json (const backlog_t *results, const bool *ran, size_t size,
                   uint64_t count);

#endif
