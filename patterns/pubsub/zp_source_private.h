//  SPDX-License-Identifier: MIT
//
//  A source, for zp_source*.c
//
//  A tree of stems: below "storm/" lie "storm/north/" and "storm\0". The leaves
//  are topics. Each stem knows its last update, and those above it are found
//  from a topic without looking them up.

#ifndef ZP_SOURCE_PRIVATE_H
#define ZP_SOURCE_PRIVATE_H

#include <sys/queue.h>

#include "zp_history.h"
#include "zp_source.h"

typedef struct {
    uint8_t *frame;    // As it was sent
    size_t size;       // Bytes of that
    zp_timer_t timer;  // When it expires, if ever
} zp_source_value_t;

typedef struct zp_source_node {
    zp_stem_t stem;                 // Which one
    struct zp_source_node *parent;  // NULL for the stem ""
    TAILQ_HEAD (zp_source_children, zp_source_node)
    children;                              // One level longer
    TAILQ_ENTRY (zp_source_node) sibling;  // With the same parent
    TAILQ_ENTRY (zp_source_node) silent;   // A topic without value
    uint64_t last;                         // Last update with this stem
    zp_source_value_t *value;              // Of a topic; NULL: none
    zp_source_t *source;                   // Where it is
} zp_source_node_t;

TAILQ_HEAD (zp_source_silent, zp_source_node);

struct zp_source {
    zp_source_limits_t limits;       // As given to new
    uint64_t stream;                 // Which one
    uint64_t sequence;               // Of the last update
    uint64_t forgotten;              // No stem that is not known had one later
    bool incomplete;                 // There was no room for a value
    zp_stems_t nodes;                // All, by their stems
    zp_source_node_t *root;          // The stem ""
    struct zp_source_silent silent;  // Topics without value, the last one last
    zp_span_t frame;                 // Of zp_source_next
    zp_source_node_t *next;          // The topic of zp_source_next
    zp_history_t *history;           // The last updates
    size_t topics;                   // How many topics are known
    size_t values;                   // How many have a value
    size_t values_bytes;             // Of these
    zp_timers_t *timers;             // For what expires
    zp_source_expired_fn *expired;   // Told of it
    void *arg;                       // Given to expired
};

//  The node of a stem; NULL if it is not known.
zp_source_node_t *zp_source_find (const zp_source_t *self, zp_span_t stem);

#endif
