//  SPDX-License-Identifier: MIT
//
//  zp_flow - how much of an object may be sent, and what is to be done with
//  what comes
//
//  The receiver grants credit: so many bytes may be on their way to it. The
//  sender has a limit of its own, a share of the memory for all. The less of
//  both is the window; it is told with each chunk, so that the receiver knows
//  how soon it has to say what it has seen. When the sender's share becomes
//  smaller the window does so by half at most from chunk to chunk, and a chunk
//  is a quarter of it: what the receiver says by the window that it knows will
//  always do for the next chunk, and none waits for the other.
//
//  Pure.

#ifndef ZP_FLOW_H
#define ZP_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zp_transfer.h"

#define ZP_FLOW_QUARTERS   4
#define ZP_FLOW_WINDOW_MIN ((uint64_t) ZP_FLOW_QUARTERS * ZP_TRANSFER_CHUNK_MIN)

//  The sender's side
typedef struct zp_flow {
    uint64_t at;      // To be sent next
    uint64_t end;     // Behind the last byte
    uint64_t seen;    // The receiver is done with all below
    uint64_t credit;  // It granted so many
    uint64_t window;  // As last told; 0: not yet
    uint64_t chunk;   // Bytes of a chunk at most
} zp_flow_t;

//  What each of count transfers may have on its way, of max_bytes for all.
uint64_t zp_flow_share (uint64_t max_bytes, size_t count);

//  Bytes of the chunk that may be sent now, when `share` is what this transfer
//  may have on its way: self->window is to be told with it. 0: none, since all
//  is sent or it is the receiver's turn.
size_t zp_flow_next (zp_flow_t *self, uint64_t share);

//  A chunk was sent; it is gone if it was not all of it.
void zp_flow_sent (zp_flow_t *self, size_t size);

//  The receiver is done with all below an offset. False if that can't be, and
//  then nothing changes.
bool zp_flow_seen (zp_flow_t *self, uint64_t offset);

//  What to do with a chunk that came
typedef enum zp_flow_verdict {
    ZP_FLOW_TAKE,  // All or the rest of it: from `at` on
    ZP_FLOW_PASS,  // It came before
    ZP_FLOW_GAP    // Something before it is missing, or it is too much
} zp_flow_verdict_t;

//  A chunk of size bytes at offset, when `at` is what is to come next, and
//  `end` where it ends.
zp_flow_verdict_t
zp_flow_judge (uint64_t at, uint64_t end, uint64_t offset, size_t size);

//  True if a receiver that is done with all below `at` and said so of all below
//  `said` must say it again.
bool zp_flow_must_say (uint64_t at, uint64_t said, uint64_t window);

#endif
