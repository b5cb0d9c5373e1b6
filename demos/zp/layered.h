//  SPDX-License-Identifier: MIT
//
//  layered - where to draw the nodes of a directed graph without cycles
//
//  From left to right, in layers (Sugiyama, Tagawa and Toda: "Methods for
//  visual understanding of hierarchical system structures", IEEE Transactions
//  on SMC 11(2), 1981): the layer of a node is its longest path from a source;
//  an edge that skips layers gets a bend in each of them; barycentres order
//  each layer so that few edges cross; and each node comes as near to the
//  middle of its neighbours as its layer has room (pool adjacent violators).
//  So a chain is a straight line. The same graph is always drawn the same.

#ifndef LAYERED_H
#define LAYERED_H

#include <stddef.h>

typedef struct layered_node {
    double width;         // Of what is drawn
    double above, below;  // How far that reaches from its centre line
    size_t layer;         // Found: counted from 0
    double x, y;          // Found: where its centre is
} layered_node_t;

typedef struct layered_edge {
    size_t from, to;  // Nodes, by number
    double *bends;    // Found: its height in each of the layers between
} layered_edge_t;

typedef struct layered_layer {
    double x;      // Found: its left side
    double width;  // Found: of its widest node
} layered_layer_t;

//  The owner sets what is not found; what is found is the graph's.
typedef struct layered {
    layered_node_t *nodes;    // At least one
    size_t count;             // How many
    layered_edge_t *edges;    // Without cycles, none twice
    size_t edge_count;        // How many
    double layer_gap;         // Between layers
    double node_gap;          // Between nodes of a layer, at least
    layered_layer_t *layers;  // Found
    size_t layer_count;       // Found
    double width, height;     // Found: of all, from (0, 0)
} layered_t;

//  Find where all is, and free what was found.
void layered_find (layered_t *self);
void layered_clear (layered_t *self);

#endif
