//  SPDX-License-Identifier: MIT
//
//  zp_saga_reply - what a service says of a step
//
//    "done" RESULT            it is done, now or before; the result is JSON
//    "refused" CODE TEXT      it was not done, and never will be
//    "ongoing" MILLISECONDS   ask again after that
//    "unknown"                only when asked: it never arrived
//
//  each part of a reply whose status is OK. All else says nothing.

#ifndef ZP_SAGA_REPLY_H
#define ZP_SAGA_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "zp_envelope.h"
#include "zp_status.h"

#define ZP_SAGA_CODE_MAX    64        // Bytes of a code that are kept
#define ZP_SAGA_TEXT_MAX    256       // And of a line for a person
#define ZP_SAGA_ONGOING_MAX 86400000  // A day: asked again after that at least

typedef enum zp_saga_outcome {
    ZP_SAGA_DONE,
    ZP_SAGA_REFUSED,
    ZP_SAGA_ONGOING,
    ZP_SAGA_UNKNOWN,  // It never arrived
    ZP_SAGA_LOST      // No answer, or none that makes sense
} zp_saga_outcome_t;

//  The texts are the caller's.
typedef struct zp_saga_reply {
    zp_saga_outcome_t outcome;  // What is known
    zp_span_t result;           // DONE: JSON, not looked at yet
    zp_span_t code;             // REFUSED: for programs
    zp_span_t text;             // REFUSED: for a person
    int64_t after_ms;           // ONGOING: when to ask
    zp_status_t status;         // LOST: how the call ended
} zp_saga_reply_t;

//  Read the parts of a reply with that status; what makes no sense is LOST,
//  with ZP_UNKNOWN.
void zp_saga_reply_read (zp_saga_reply_t *self, zp_status_t status,
                         const zp_span_t *parts, size_t count);

#endif
