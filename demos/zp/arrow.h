//  SPDX-License-Identifier: MIT
//
//  arrow - an arrow along an edge of a graph in layers

#ifndef ARROW_H
#define ARROW_H

#include <stdbool.h>

#include "layered.h"
#include "svg.h"

//  What is alike for all arrows of a kind
typedef struct arrow {
    const layered_t *graph;  // Whose edges they follow
    double left, top;        // Where that is in the drawing
    const char *role;        // "flow", "bad", or "undo", which is dashed
    bool thick;              // The line is
    double below;            // So far beneath the bends of their edge
} arrow_t;

//  Where an arrow begins or ends
typedef struct arrow_end {
    size_t layer;  // In which
    double x, y;   // Where in the drawing
} arrow_end_t;

//  Draw an arrow along an edge, or against its direction, from an end to the
//  other: level at both, and in the layers between.
void arrow_draw (const arrow_t *self, FILE *to_file, const layered_edge_t *edge,
                 arrow_end_t from, arrow_end_t to);

#endif
