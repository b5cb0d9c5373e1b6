//  SPDX-License-Identifier: MIT
//
//  legend - what the shapes and colours of a drawing mean

#ifndef LEGEND_H
#define LEGEND_H

#include <stdbool.h>

#include "svg.h"

typedef struct legend_entry {
    const char *class;  // How it is drawn
    svg_shape_t shape;  // As what
    const char *text;   // What it means
    bool shown;         // It is in the drawing
} legend_entry_t;

//  Draw those that are shown from (x, y) on, in columns, so wide at most.
//  Returns how high that is; with `to` NULL it only tells.
double legend_draw (FILE *to, double x, double y, double width,
                    const legend_entry_t *entries, size_t count);

#endif
