//  SPDX-License-Identifier: MIT
//
//  zp_queue_due - messages in the order of their times
//
//  A binary heap; and, since nearly all leases end before they are to be noted,
//  and are to be noted so long after they began, a ring for times that come in
//  their order: it takes no search to put one there or to take it out. Messages
//  know their place.

#ifndef ZP_QUEUE_DUE_H
#define ZP_QUEUE_DUE_H

#include "zp_queue_message.h"

typedef struct zp_queue_due_entry {
    int64_t due_ms;                 // The time
    zp_queue_message_t *message;    // Whose; NULL: it was taken out
    zp_queue_consumer_t *consumer;  // Who holds that; NULL: nobody
} zp_queue_due_entry_t;

//  All 0 is an empty one.
typedef struct zp_queue_due {
    zp_queue_due_entry_t *heap;  // The earliest first
    size_t count;                // How many
    size_t room;                 // For so many
    zp_queue_due_entry_t *ring;  // An entry's index: the end of its place
    uint32_t ring_room;          // For so many; 0 or a power of two
    uint32_t first;              // Place of the earliest there
    uint32_t end;                // Behind the latest
} zp_queue_due_t;

//  Give a message a time and a consumer, whether it has one already or not.
void zp_queue_due_set (zp_queue_due_t *self, zp_queue_message_t *message,
                       int64_t due_ms, zp_queue_consumer_t *consumer);

//  The same for a message without a time, if that is not before any that was
//  given so.
void zp_queue_due_append (zp_queue_due_t *self, zp_queue_message_t *message,
                          int64_t due_ms, zp_queue_consumer_t *consumer);

//  Take its time away, if it has one.
void zp_queue_due_remove (zp_queue_due_t *self, zp_queue_message_t *message);

//  What is known of a message; NULL if it has no time.
zp_queue_due_entry_t *zp_queue_due_get (const zp_queue_due_t *self,
                                        const zp_queue_message_t *message);

//  The earliest; NULL: none.
const zp_queue_due_entry_t *zp_queue_due_first (const zp_queue_due_t *self);

void zp_queue_due_clear (zp_queue_due_t *self);

#endif
