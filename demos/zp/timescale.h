//  SPDX-License-Identifier: MIT
//
//  timescale - a line of time on which what takes milliseconds can be seen
//  beside what takes hours
//
//  It is linear, but for stretches in which nothing happens and that would
//  leave no room for the others: these are cut short, and to be marked as that.

#ifndef TIMESCALE_H
#define TIMESCALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

//  From one moment at which something happens to the next
typedef struct timescale_stretch {
    int64_t from_ms, to_ms;  // When
    double x, width;         // Where it is on the line
    bool cut;                // It is cut short
} timescale_stretch_t;

typedef struct timescale {
    double width;                    // Of the whole line
    timescale_stretch_t *stretches;  // One after the other
    size_t count;                    // How many; 0: all happens at once
    int64_t tick_ms;                 // From one mark to the next, such as 200
} timescale_t;

//  Make a line of that width of moments in any order, which are sorted.
void timescale_make (timescale_t *self, int64_t *moments_ms, size_t count,
                     double width);
void timescale_clear (timescale_t *self);

//  Where a moment is. What is before the first or after the last is at that.
double timescale_x (const timescale_t *self, int64_t at_ms);

#endif
