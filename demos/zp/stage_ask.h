//  SPDX-License-Identifier: MIT
//
//  stage_ask - what a command wants of a constellation's stage, or of another
//  service that is known by its name
//
//  Those that return an exit_code_t have said on stderr why it is not EXIT_OK,
//  and what to do.

#ifndef STAGE_ASK_H
#define STAGE_ASK_H

#include "args.h"
#include "caller.h"

//  Told of a piece of the reply, as JSON.
typedef void (stage_piece_fn) (void *arg, const json_t *piece);

typedef struct stage_ask_call {
    const char *service;  // Such as "stage"
    const char *method;   // Of that
    json_t *body;         // JSON; the reference is taken
    int timeout_ms;       // How long it may take
    stage_piece_fn *fn;   // Told of pieces; may be NULL
    void *arg;            // Given to fn
} stage_ask_call_t;

//  Call a method of a service of the constellation that --name says. The caller
//  owns the reference *reply_p, which is NULL on failure.
exit_code_t
stage_ask (const args_t *args, const stage_ask_call_t *call, json_t **reply_p);

//  One of the scenes in the reply to stage.state; NULL: there is none.
//  Borrowed.
json_t *stage_ask_scene (const json_t *state, const char *name);

#endif
