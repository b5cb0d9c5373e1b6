//  SPDX-License-Identifier: MIT
//
//  zp_content - what a request says, kept for all attempts to send it

#ifndef ZP_CONTENT_H
#define ZP_CONTENT_H

#include <czmq.h>

#include "zp_envelope.h"

typedef struct zp_content {
    zp_envelope_t envelope;  // All of it but attempt and time_ms
    int64_t deadline_ms;     // Of the call, as zclock_mono has it; 0: none
    zp_span_t *parts;        // The method and its arguments
    size_t count;            // How many
    size_t size;             // What zp_records_size says of them
    zmq_msg_t *large;        // Those over ZP_ENVELOPE_INLINE, to be shared;
                             // NULL: none is
    size_t large_count;      // How many of these
} zp_content_t;

//  Bytes of memory that zp_content_copy will need for these.
size_t
zp_content_room (size_t method_size, const zp_span_t *args, size_t count);

//  Copy a method and its arguments: to memory, which has that much room and is
//  aligned as malloc does it, or, if they are large, to messages. The rest of
//  *self stays.
void zp_content_copy (zp_content_t *self, void *memory, zp_span_t method,
                      const zp_span_t *args, size_t count);

//  Free what zp_content_copy allocated.
void zp_content_clear (zp_content_t *self);

#endif
