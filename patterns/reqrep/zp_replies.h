//  SPDX-License-Identifier: MIT
//
//  zp_replies - replies kept for requests that come again
//
//  A client that heard nothing sends its request again, under the same id. The
//  idempotent receiver (Hohpe and Woolf, "Enterprise Integration Patterns",
//  2003) runs it once, and gives later copies the same reply, as long as it
//  remembers: so many replies, so many bytes, so long. Pure: the time is an
//  argument.

#ifndef ZP_REPLIES_H
#define ZP_REPLIES_H

#include "zp_envelope.h"
#include "zp_status.h"

typedef struct zp_replies zp_replies_t;

//  Keep at most count replies (> 0), at most bytes of them, for age_ms at most.
zp_replies_t *zp_replies_new (int count, size_t bytes, int age_ms);

void zp_replies_destroy (zp_replies_t **self_p);

typedef struct zp_kept {
    void *running;           // The request that runs; NULL: it has ended
    zp_status_t status;      // How
    int retry_after_ms;      // As it was told
    const zp_span_t *parts;  // Its reply; stays until the next verb
    size_t count;            // How many parts
} zp_kept_t;

//  What is known of the request with the id of this envelope. False: nothing.
bool zp_replies_find (zp_replies_t *self, const zp_envelope_t *id,
                      int64_t now_ms, zp_kept_t *kept);

//  A request, of which nothing was known, runs from now on.
void
zp_replies_begin (zp_replies_t *self, const zp_envelope_t *id, void *running);

//  It has ended with that reply, which is copied; oldest ones make room.
//  Nothing happens if it was not begun.
void zp_replies_end (zp_replies_t *self, const zp_envelope_t *id,
                     int64_t now_ms, const zp_kept_t *kept);

//  It has ended with nothing worth keeping: the next copy may run.
void zp_replies_forget (zp_replies_t *self, const zp_envelope_t *id);

#endif
