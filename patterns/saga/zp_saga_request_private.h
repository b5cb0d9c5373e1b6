//  SPDX-License-Identifier: MIT
//
//  What zp_saga_request has inside. Not for anybody but zp_saga_participant.

#ifndef ZP_SAGA_REQUEST_PRIVATE_H
#define ZP_SAGA_REQUEST_PRIVATE_H

#include "zp_request.h"
#include "zp_saga_barrier.h"
#include "zp_saga_request.h"

struct zp_saga_request {
    char key[ZP_SAGA_KEY_MAX + 1];  // SAGA/STEP
    zp_saga_side_t side;            // Do it, or undo it
    json_t *input;                  // With what; NULL: not known any more
    json_t *result;                 // Of the action, to undo it
    uint64_t attempt;               // From 1
    bool said;                      // The handler has said how it ended
    zp_saga_said_t says;            // That
    zp_status_t status;             // LOST: why
};

//  Read the arguments of a command. On failure false is returned, and *why_p
//  says what is wrong; in any case it is to be cleared.
bool zp_saga_request_read (zp_saga_request_t *self, zp_request_t *request,
                           zp_saga_side_t side, const char **why_p);

void zp_saga_request_clear (zp_saga_request_t *self);

//  Read key and side, as a command and saga.status have them.
bool zp_saga_request_read_key (zp_request_t *request, char *key,
                               zp_saga_side_t *side_p, const char **why_p);

//  The action's result, as it was kept.
void zp_saga_request_set_result (zp_saga_request_t *self, const char *json);

//  What the handler said must make sense; else it has failed.
void zp_saga_request_check (zp_saga_request_t *self);

#endif
