//  SPDX-License-Identifier: MIT
//
//  zp_queue_known - message ids that are remembered for a while
//
//  A ring of them, oldest first, and chains of those with the same hash, each
//  from the newest to the oldest: one that is forgotten ends its chain, since
//  what follows is older, so forgetting takes no search.

#ifndef ZP_QUEUE_KNOWN_H
#define ZP_QUEUE_KNOWN_H

#include "zp_queue_core.h"

typedef struct zp_queue_known_entry {
    uint64_t id;                         // Of the message
    int64_t until_ms;                    // How long it is remembered; the owner
                                         // may set it to 0: not any more
    uint32_t older;                      // Place of the next in the chain
    uint16_t queue;                      // Slot of the queue it was put into
    bool acked;                          // The message is done
    uint8_t size;                        // Of the text
    char text[ZP_QUEUE_MESSAGE_ID_MAX];  // The message id
} zp_queue_known_entry_t;

//  All 0 is an empty one. Places count up, and around.
typedef struct zp_queue_known {
    zp_queue_known_entry_t *ring;  // An entry's index: the end of its place
    uint32_t *newest;              // By hash: the place where a chain begins
    uint32_t room;                 // For so many; 0 or a power of two
    uint32_t first;                // Place of the oldest
    uint32_t end;                  // Behind the newest
} zp_queue_known_t;

//  Remember a message id (1 to 64 bytes), even if it is known; returns its
//  place.
uint32_t
zp_queue_known_add (zp_queue_known_t *self, uint16_t queue, zp_span_t text,
                    uint64_t id, int64_t until_ms, bool acked);

//  The newest with that text that is remembered at now_ms; NULL if there is
//  none.
zp_queue_known_entry_t *
zp_queue_known_find (const zp_queue_known_t *self, uint16_t queue,
                     zp_span_t text, int64_t now_ms);

//  That of the message with this id, if it is at that place and remembered at
//  now_ms; else NULL.
zp_queue_known_entry_t *
zp_queue_known_get (const zp_queue_known_t *self, uint32_t place, uint64_t id,
                    int64_t now_ms);

//  The oldest, or NULL; and forget that.
const zp_queue_known_entry_t *
zp_queue_known_oldest (const zp_queue_known_t *self);
void zp_queue_known_forget (zp_queue_known_t *self);

void zp_queue_known_clear (zp_queue_known_t *self);

#endif
