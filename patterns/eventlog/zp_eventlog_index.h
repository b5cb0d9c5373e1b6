//  SPDX-License-Identifier: MIT
//
//  zp_eventlog_index - where the events of a log are: of each that is kept, the
//  number of its record, the size of its body, and the second it is from
//
//  Blocks of 64 entries of eight bytes, which say how much more than the
//  block's first it is. An entry that would be too far from that begins another
//  block.

#ifndef ZP_EVENTLOG_INDEX_H
#define ZP_EVENTLOG_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct zp_eventlog_block zp_eventlog_block_t;

//  All 0 is an empty one. Owners read first and next, and set them while it is
//  empty.
typedef struct zp_eventlog_index {
    uint64_t first;                // Offset of the first event
    uint64_t next;                 // Behind the last
    zp_eventlog_block_t **blocks;  // In the order of their offsets
    size_t begin;                  // The first that is in use
    size_t end;                    // Behind the last
    size_t room;                   // For so many
} zp_eventlog_index_t;

typedef struct zp_eventlog_entry {
    uint64_t number;  // Of the record: higher than that of the one before
    int64_t time_ms;  // Not less than that of the one before
    uint32_t size;    // Of the body
} zp_eventlog_entry_t;

//  Add the event with the offset `next`.
void
zp_eventlog_index_add (zp_eventlog_index_t *self, zp_eventlog_entry_t entry);

//  Find an event, from first to below next; its time may be up to a second too
//  early.
zp_eventlog_entry_t
zp_eventlog_index_get (const zp_eventlog_index_t *self, uint64_t offset);

//  Forget all below an offset, from first up to next.
void zp_eventlog_index_trim (zp_eventlog_index_t *self, uint64_t offset);

//  Free the memory; it is empty then.
void zp_eventlog_index_clear (zp_eventlog_index_t *self);

#endif
