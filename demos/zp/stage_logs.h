//  SPDX-License-Identifier: MIT
//
//  stage_logs - event logs, and how far the groups that read them are behind
//
//  Who has a log is asked for its groups, too.

#ifndef STAGE_LOGS_H
#define STAGE_LOGS_H

#include "stage_watch.h"

#define STAGE_LOGS_MAX   32   // More are not asked for their groups
#define STAGE_GROUPS_MAX 256  // Of each; more are not shown

typedef struct stage_logs stage_logs_t;

stage_logs_t *stage_logs_new (void);

//  No answer may be on its way any more: destroy the watches first.
void stage_logs_destroy (stage_logs_t **self_p);

//  A service has answered to log.ls.
void stage_logs_take (stage_logs_t *self, stage_watch_t *watch, json_t *answer);

//  All of them by name. The caller owns it.
json_t *stage_logs_json (const stage_logs_t *self);

#endif
