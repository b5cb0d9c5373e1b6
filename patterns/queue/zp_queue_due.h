//  SPDX-License-Identifier: MIT
//
//  zp_queue_due - messages in the order of their times
//
//  A binary heap. Messages know their place in it, so that they can be moved
//  and taken out.

#ifndef ZP_QUEUE_DUE_H
#define ZP_QUEUE_DUE_H

#include <stddef.h>
#include <stdint.h>

typedef struct zp_queue_message zp_queue_message_t;
typedef struct zp_queue_consumer zp_queue_consumer_t;

typedef struct zp_queue_due_entry {
    int64_t due_ms;                 // The time
    zp_queue_message_t *message;    // Whose
    zp_queue_consumer_t *consumer;  // Who holds that; NULL: nobody
} zp_queue_due_entry_t;

//  All 0 is an empty one.
typedef struct zp_queue_due {
    zp_queue_due_entry_t *entries;  // The earliest first
    size_t count;                   // How many
    size_t room;                    // For so many
} zp_queue_due_t;

//  Give a message a time and a consumer, whether it has one already or not.
void zp_queue_due_set (zp_queue_due_t *self, zp_queue_message_t *message,
                       int64_t due_ms, zp_queue_consumer_t *consumer);

//  Take its time away, if it has one.
void zp_queue_due_clear (zp_queue_due_t *self, zp_queue_message_t *message);

//  What is known of a message; NULL if it has no time.
zp_queue_due_entry_t *zp_queue_due_get (const zp_queue_due_t *self,
                                        const zp_queue_message_t *message);

//  The earliest; of the same time, that with the smallest id. NULL: none.
const zp_queue_due_entry_t *zp_queue_due_first (const zp_queue_due_t *self);

#endif
