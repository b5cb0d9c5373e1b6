//  SPDX-License-Identifier: MIT
//
//  zp_history - the last updates of a stream, as they were sent
//
//  The frames lie one behind the other in a ring of bytes, where they are
//  written: nothing is allocated for them, or shared with other threads. Pure.

#ifndef ZP_HISTORY_H
#define ZP_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "zp_envelope.h"

typedef struct zp_history zp_history_t;

//  For at most `count` frames (1 or more) in `bytes` bytes of memory.
zp_history_t *zp_history_new (size_t count, size_t bytes);
void zp_history_destroy (zp_history_t **self_p);

//  Room for a frame of so many bytes, for which the oldest may have to go. It
//  is to be written, then added, or this called again.
uint8_t *zp_history_room (zp_history_t *self, size_t size);

//  Add the frame that was written there, with a higher number than all before.
//  One that is larger than all the memory is gone at once.
void zp_history_add (zp_history_t *self, uint64_t sequence);

//  Drop all of it. What had a number up to `sequence` is gone.
void zp_history_clear (zp_history_t *self, uint64_t sequence);

//  The highest number that may have been and is gone; 0: none.
uint64_t zp_history_gone (const zp_history_t *self);

//  How many frames there are, and bytes of these.
size_t zp_history_count (const zp_history_t *self);
size_t zp_history_bytes (const zp_history_t *self);

//  Which frame is the first with a higher number: 0 is the oldest there is;
//  the count if there is none.
size_t zp_history_after (const zp_history_t *self, uint64_t sequence);

//  That frame, until the next is added, and in *sequence_p its number.
zp_span_t
zp_history_at (const zp_history_t *self, size_t which, uint64_t *sequence_p);

#endif
