//  SPDX-License-Identifier: MIT
//
//  zp_known - texts that are remembered for a while, such as ids of messages
//
//  A ring of them, oldest first, and chains of those with the same hash, each
//  from the newest to the oldest: one that is forgotten ends its chain, since
//  what follows is older, so forgetting takes no search.

#ifndef ZP_KNOWN_H
#define ZP_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "zp_envelope.h"

#define ZP_KNOWN_MAX 64  // Bytes of a text

typedef struct zp_known_entry {
    uint64_t id;              // What the text stands for
    int64_t until_ms;         // How long it is remembered; the owner may set it
                              // to 0: not any more
    uint32_t older;           // Place of the next in the chain
    uint16_t scope;           // The same text in another scope is another
    bool mark;                // The owner's
    uint8_t size;             // Of the text
    char text[ZP_KNOWN_MAX];  // The text
} zp_known_entry_t;

//  All 0 is an empty one. Places count up, and around.
typedef struct zp_known {
    zp_known_entry_t *ring;  // An entry's index: the end of its place
    uint32_t *newest;        // By hash: the place where a chain begins
    uint32_t room;           // For so many; 0 or a power of two
    uint32_t first;          // Place of the oldest
    uint32_t end;            // Behind the newest
} zp_known_t;

//  Remember a text (1 to ZP_KNOWN_MAX bytes), even if it is known; returns its
//  place.
uint32_t zp_known_add (zp_known_t *self, uint16_t scope, zp_span_t text,
                       uint64_t id, int64_t until_ms, bool mark);

//  The newest with that text that is remembered at now_ms; NULL if there is
//  none.
zp_known_entry_t *zp_known_find (const zp_known_t *self, uint16_t scope,
                                 zp_span_t text, int64_t now_ms);

//  The one for this id, if it is at that place and remembered at now_ms; else
//  NULL.
zp_known_entry_t *zp_known_get (const zp_known_t *self, uint32_t place,
                                uint64_t id, int64_t now_ms);

//  The oldest, or NULL; and forget that.
const zp_known_entry_t *zp_known_oldest (const zp_known_t *self);
void zp_known_forget (zp_known_t *self);

void zp_known_clear (zp_known_t *self);

#endif
