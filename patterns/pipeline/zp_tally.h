//  SPDX-License-Identifier: MIT
//
//  zp_tally - which tasks of a batch have ended
//
//  Every number below a low mark has, and of those from there on a bit for each
//  says whether. So it is small however long the batch is, and the whole of it
//  travels in each acknowledgement: one that is lost, late or repeated harms
//  nothing, for the next one says all.
//
//  Pure: no socket, no clock.

#ifndef ZP_TALLY_H
#define ZP_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ZP_TALLY_SPAN                                                          \
    65536  // No task is given that is so far above the low
           // mark, so one that lasts holds the others up then
#define ZP_TALLY_BYTES                                                         \
    (8 + ZP_TALLY_SPAN / 8)  // The most that it is written in

typedef struct zp_tally zp_tally_t;

//  A tally in which nothing has ended yet.
zp_tally_t *zp_tally_new (void);

void zp_tally_destroy (zp_tally_t **self_p);

//  Forget everything.
void zp_tally_reset (zp_tally_t *self);

//  The low mark: the first number that has not ended.
uint64_t zp_tally_low (const zp_tally_t *self);

//  True if task number may be asked of and added: it is not too far above the
//  low mark.
bool zp_tally_reaches (const zp_tally_t *self, uint64_t number);

//  True if task number has ended.
bool zp_tally_has (const zp_tally_t *self, uint64_t number);

//  Task number has ended. True if that is news; false if it was known, or is
//  out of reach, and then nothing changes.
bool zp_tally_add (zp_tally_t *self, uint64_t number);

//  Write all of it to data, which has room for ZP_TALLY_BYTES. Returns how many
//  bytes that took: 8, and one for each 8 numbers above the low mark as far as
//  the last that has ended.
size_t zp_tally_write (const zp_tally_t *self, uint8_t *data);

//  Become what was written, of a batch in which tasks below given can have
//  ended. False, and nothing changes, if this is not how such a tally is
//  written, or is older: its low mark is lower.
bool
zp_tally_read (zp_tally_t *self, const void *data, size_t size, uint64_t given);

#endif
