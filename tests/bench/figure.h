//  SPDX-License-Identifier: MIT
//
//  figure - what was measured, over the rounds
//
//  Each round goes through all cells, and in each cell through the contenders
//  in another order, so that whatever else the machine does falls on all alike.
//  A ratio is taken within each round, where both were measured within seconds
//  of each other, and only then over the rounds: it means something even where
//  absolute figures do not.

#ifndef FIGURE_H
#define FIGURE_H

#include <stddef.h>

#include "zp_random.h"

#define ROUNDS_MAX 99

typedef struct figure {
    double median;  // Over the rounds
    double min;     // The least of them
    double max;     // The greatest
} figure_t;

//  The figure that so many values make; it sorts them.
figure_t figure_of (double *values, int count);

//  Print a ratio, with its extremes.
void figure_print_ratio (const figure_t *self);

//  Print it as a member of a JSON object, after others.
void figure_print_json (const char *name, const figure_t *self);

//  Shuffle (Fisher and Yates).
void figure_shuffle (zp_random_t *random, size_t *order, size_t count);

#endif
