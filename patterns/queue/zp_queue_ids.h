//  SPDX-License-Identifier: MIT
//
//  zp_queue_ids - finds messages by their id
//
//  Open addressing with linear probing and deletion by shifting back (Knuth,
//  "The Art of Computer Programming", 6.4, algorithms L and R): eight bytes a
//  slot, at most three quarters of them in use.

#ifndef ZP_QUEUE_IDS_H
#define ZP_QUEUE_IDS_H

#include "zp_queue_message.h"

//  All 0 is an empty one.
typedef struct zp_queue_ids {
    zp_queue_message_t **slots;  // 2 ^ bits of them; NULL: free
    size_t count;                // Of messages
    int bits;                    // 0: there are no slots yet
} zp_queue_ids_t;

void zp_queue_ids_add (zp_queue_ids_t *self, zp_queue_message_t *message);
void zp_queue_ids_remove (zp_queue_ids_t *self, zp_queue_message_t *message);

//  NULL if there is none.
zp_queue_message_t *zp_queue_ids_find (const zp_queue_ids_t *self, uint64_t id);

//  Free all, with the messages.
void zp_queue_ids_clear (zp_queue_ids_t *self);

#endif
