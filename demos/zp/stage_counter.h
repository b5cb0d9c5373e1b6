//  SPDX-License-Identifier: MIT
//
//  stage_counter - what a process has counted, as a rate
//
//  The process may be another one from one look to the next, and then counts
//  from 0 again: the total goes on all the same, and no rate is ever negative.
//  Pure: the time is an argument.

#ifndef STAGE_COUNTER_H
#define STAGE_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#define STAGE_WINDOW_MS 2000  // The time that a rate is of
#define STAGE_SAMPLES   8     // Looks that are remembered

//  All 0 is one that has not been looked at.
typedef struct stage_counter {
    uint64_t total;  // Of all processes together
    uint64_t last;   // What the present process has counted
    struct {
        int64_t at_ms;         // When
        uint64_t total;        // The total then
    } samples[STAGE_SAMPLES];  // The last ones, in a ring
    unsigned taken;            // How many there have been
} stage_counter_t;

//  The process has counted so many. Looks come in the order of time. Less than
//  before means that it is another process.
void stage_counter_take (stage_counter_t *self, int64_t now_ms, uint64_t count);

//  It is another process from now on: what that counts is all new, and the rate
//  is its own.
void stage_counter_restart (stage_counter_t *self, int64_t now_ms);

//  How many a second there were within the window; 0 if nobody has looked in
//  all that time.
double stage_counter_rate (const stage_counter_t *self, int64_t now_ms);

#endif
