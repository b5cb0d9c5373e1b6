//  SPDX-License-Identifier: MIT
//
//  zp_saga_table - sagas by id, and by time
//
//  The links are in the sagas: a hash table of chains, and a binary heap whose
//  members know their place, so that any can be moved or taken out. All 0 is an
//  empty one.

#ifndef ZP_SAGA_TABLE_H
#define ZP_SAGA_TABLE_H

#include "zp_saga_core.h"

//  A number for a text (FNV-1a, 64 bits): ids are short.
uint64_t zp_saga_hash (zp_span_t text);

typedef struct zp_saga_table {
    zp_saga_t **chains;  // By hash
    size_t room;         // Chains: 0 or a power of two
    size_t count;        // Sagas
} zp_saga_table_t;

void zp_saga_table_add (zp_saga_table_t *self, zp_saga_t *saga);
void zp_saga_table_remove (zp_saga_table_t *self, zp_saga_t *saga);
zp_saga_t *zp_saga_table_find (const zp_saga_table_t *self, zp_span_t id);
void zp_saga_table_clear (zp_saga_table_t *self);

typedef struct zp_saga_heap {
    zp_saga_t **sagas;  // The root has index 1
    size_t count;       // How many
    size_t room;        // For so many
} zp_saga_heap_t;

//  Its due_ms is now this; INT64_MAX takes it out.
void zp_saga_heap_set (zp_saga_heap_t *self, zp_saga_t *saga, int64_t due_ms);

//  The one that is due first; NULL if there is none.
zp_saga_t *zp_saga_heap_first (const zp_saga_heap_t *self);
void zp_saga_heap_clear (zp_saga_heap_t *self);

#endif
