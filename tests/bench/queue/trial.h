//  SPDX-License-Identifier: MIT
//
//  trial - a contender's processes, and what they cost

#ifndef TRIAL_H
#define TRIAL_H

#include <time.h>

#include "contender.h"
#include "counts.h"
#include "part.h"
#include "roles.h"

typedef struct trial {
    const contender_t *contender;  // Whose processes
    const char *folder;            // Where its broker keeps files
    char endpoint[32];             // Where it listens
    char size[24];                 // As an argument: bytes of a message
    char in_flight[24];            // The same: messages out
    part_t broker;                 // The broker, when there is one
    part_t worker;                 // The same for the worker
    clockid_t clock;               // Its processor time
    counts_t *counts;              // How often it synced and committed
} trial_t;

//  What fails here ends the program, with what the broker had to say; or
//  silently, if the program was interrupted.

//  Prepare a trial, in a folder that it cleans.
void trial_init (trial_t *self, const contender_t *contender,
                 const char *folder, size_t size, size_t in_flight);

//  Start the broker. Returns the seconds until it answered.
double trial_start (trial_t *self);

//  Kill all that still run, and wait for them.
void trial_stop (trial_t *self);

//  Processor time of the broker so far, in microseconds
double trial_cpu_us (const trial_t *self);

//  Memory of the broker, in bytes: now, or the most it ever had
uint64_t trial_memory (const trial_t *self, bool peak);

//  Put messages for so many seconds, or so many if count is not 0.
did_t trial_put (trial_t *self, double seconds, uint64_t count);

//  Start a worker for these messages, and wait until they may come.
void trial_work (trial_t *self, double seconds, uint64_t count);

//  Wait until the worker has acked the last one.
did_t trial_worked (trial_t *self);

#endif
