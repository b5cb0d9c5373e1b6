//  SPDX-License-Identifier: MIT
//
//  zp_ids - finds what belongs to a request by the request's id
//
//  A table of nodes that live in what is found: adding one takes no memory, but
//  for the table itself, which grows.

#ifndef ZP_IDS_H
#define ZP_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zp_envelope.h"

typedef struct zp_ids zp_ids_t;

//  What is looked for.
typedef struct zp_id {
    uint64_t client;   // First half of the request's id
    uint64_t serial;   // Second half
    uint64_t attempt;  // Which attempt; 0 where that does not matter
} zp_id_t;

//  To be embedded in what is found. Not to be moved or freed while it is in a
//  table.
typedef struct zp_id_node {
    struct zp_id_node *next;  // In the same slot
    zp_id_t id;               // What it is found by
    void *owner;              // What is found
} zp_id_node_t;

//  The key for an attempt at a request.
zp_id_t zp_ids_key (const zp_envelope_t *envelope, uint8_t attempt);

//  An empty table. It owns none of its nodes.
zp_ids_t *zp_ids_new (void);
void zp_ids_destroy (zp_ids_t **self_p);

//  Add a node, whose id and owner are set; false if there is one with that id.
bool zp_ids_insert (zp_ids_t *self, zp_id_node_t *node);

//  Take a node out that is in the table.
void zp_ids_remove (zp_ids_t *self, zp_id_node_t *node);

//  The owner that was added with an id, or NULL.
void *zp_ids_lookup (const zp_ids_t *self, const zp_id_t *id);

//  Any owner in the table; NULL if it is empty.
void *zp_ids_any (const zp_ids_t *self);

#endif
