//  SPDX-License-Identifier: MIT
//
//  What the files share that draw what happened to a saga. Not for anybody
//  else.
//
//  saga_timeline.c      the whole
//  saga_timeline_bar.c  one bar

#ifndef SAGA_TIMELINE_PRIVATE_H
#define SAGA_TIMELINE_PRIVATE_H

#include "saga_timeline.h"
#include "svg.h"
#include "timescale.h"

#define SAGA_TIMELINE_WIDTH 900  // Of the line of time
#define SAGA_TIMELINE_TAIL  70   // Behind it

//  A drawing
typedef struct saga_timeline {
    const saga_history_t *history;  // What is drawn
    FILE *to;                       // There
    timescale_t scale;              // The line of time
    double left, top;               // Where its rows begin
    double bottom;                  // And where they end
    bool deadline;                  // It is on the line
} saga_timeline_t;

//  Where a moment is, and the middle of the row of a step.
double saga_timeline_x (const saga_timeline_t *self, int64_t at_ms);
double saga_timeline_y (const saga_timeline_t *self, int step);

//  Draw the bar with that number.
void saga_timeline_bar (const saga_timeline_t *self, size_t number);

#endif
