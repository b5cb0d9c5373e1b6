//  SPDX-License-Identifier: MIT
//
//  stage_sagas - what a coordinator has: how many sagas in each state, and the
//  steps of the latest
//
//  The coordinator is asked for more than its figures.

#ifndef STAGE_SAGAS_H
#define STAGE_SAGAS_H

#include "stage_watch.h"

#define STAGE_SAGAS_MAX 12  // Latest ones, and as many of those that are parked

typedef struct stage_sagas stage_sagas_t;

stage_sagas_t *stage_sagas_new (void);

//  No answer may be on its way any more: destroy the watches first.
void stage_sagas_destroy (stage_sagas_t **self_p);

//  A service has answered to saga.stat.
void
stage_sagas_take (stage_sagas_t *self, stage_watch_t *watch, json_t *answer);

//  The coordinator; NULL: nobody is known to be one.
stage_watch_t *stage_sagas_watch (const stage_sagas_t *self);

//  All of it. The caller owns it.
json_t *stage_sagas_json (const stage_sagas_t *self);

#endif
