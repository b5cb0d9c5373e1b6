//  SPDX-License-Identifier: MIT
//
//  zp_history - the last updates of a stream, as they were sent
//
//  A ring of frames, each with its number, kept by reference.

#ifndef ZP_HISTORY_H
#define ZP_HISTORY_H

#include <czmq.h>

typedef struct zp_history zp_history_t;

//  At most count frames (1 or more), and about so many bytes: the last one is
//  kept whatever it takes.
zp_history_t *zp_history_new (size_t count, size_t bytes);
void zp_history_destroy (zp_history_t **self_p);

//  Add a frame, with a higher number than all before. The frame is taken: *msg
//  is empty then.
void zp_history_add (zp_history_t *self, uint64_t sequence, zmq_msg_t *msg);

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

//  That frame, the history's, and in *sequence_p its number.
zmq_msg_t *
zp_history_at (zp_history_t *self, size_t which, uint64_t *sequence_p);

#endif
