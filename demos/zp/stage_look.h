//  SPDX-License-Identifier: MIT
//
//  stage_look - the state of a running constellation, for who shows it
//
//  It comes from the constellation's stage. If there is none, or it does not
//  answer, this makes one of its own, which knows of no scenes.

#ifndef STAGE_LOOK_H
#define STAGE_LOOK_H

#include <czmq.h>
#include <jansson.h>

#include "command.h"

typedef struct stage_look stage_look_t;

//  Look at the constellation of that name from now on, as long as the loop
//  runs. An exit_code_t, which was said if it is not EXIT_OK: then *self_p is
//  NULL.
exit_code_t
stage_look_new (zloop_t *loop, const char *name, stage_look_t **self_p);

//  The loop must have ended.
void stage_look_destroy (stage_look_t **self_p);

//  The document, as stage.state has it; the caller owns it. NULL if not all
//  that belongs to it is there yet. One whose supervisor has gone says so.
json_t *stage_look_state (stage_look_t *self);

//  Run a loop of its own until there is a document, and return it in *state_p,
//  which the caller owns. An exit_code_t as above.
exit_code_t stage_look_once (const char *name, json_t **state_p);

#endif
