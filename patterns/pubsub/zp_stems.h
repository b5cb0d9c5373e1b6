//  SPDX-License-Identifier: MIT
//
//  zp_stems - finds what belongs to a stem (zp_topic.h)
//
//  A table of nodes that live in what is found. To find one takes the cut that
//  zp_topic_cut has made, so the bytes of a topic are hashed once for all of
//  its stems.

#ifndef ZP_STEMS_H
#define ZP_STEMS_H

#include "zp_envelope.h"
#include "zp_topic.h"

//  The first field of what is found. Not to be moved or freed while it is in a
//  table.
typedef struct zp_stem {
    struct zp_stem *next;  // In the same slot
    char *text;            // The stem
    zp_cut_t cut;          // Its bytes and its hash
} zp_stem_t;

//  All zero to begin with: an empty table
typedef struct zp_stems {
    zp_stem_t **slots;  // Lists; NULL until there is one
    size_t room;        // How many slots: 0 or a power of two
    size_t count;       // How many nodes
} zp_stems_t;

//  Make, with malloc, an object of `size` bytes, all 0, that starts with a
//  zp_stem_t for the stem, of which it has a copy.
void *zp_stem_new (size_t size, const char *text, zp_cut_t cut);

//  The cut behind these bytes, for a stem that is not found in a topic.
zp_cut_t zp_stem_cut (zp_span_t stem);

//  The bytes of a stem, its own.
zp_span_t zp_stem_span (const zp_stem_t *self);

//  The node of the stem that a topic has at this cut; NULL if there is none.
void *zp_stems_find (const zp_stems_t *self, const char *topic, zp_cut_t cut);

//  Add a node, for whose stem there is none.
void zp_stems_add (zp_stems_t *self, void *node);

//  Take out a node that is in the table.
void zp_stems_remove (zp_stems_t *self, void *node);

//  Call fn for each node, in no order. It may free the node, if it takes it out
//  before, but add none.
void zp_stems_each (const zp_stems_t *self, void (*fn) (void *node, void *arg),
                    void *arg);

//  Free all nodes and the table, which is empty then. Before each is freed it
//  is given to fn, which may be NULL.
void zp_stems_clear (zp_stems_t *self, void (*fn) (void *node, void *arg),
                     void *arg);

#endif
