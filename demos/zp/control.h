//  SPDX-License-Identifier: MIT
//
//  control - how other zp commands talk to a running constellation
//
//  A zp_server at ipc://RUN/control. Its methods answer with JSON:
//
//      up.list   what supervisor_json says, at once
//      up.ps     the same, after asking each service if it still answers
//      up.down   stops everything; one piece for each service that has ended,
//                and the reply when all have. The argument "now" kills
//
//  and those of verbs.h, which change what runs.

#ifndef CONTROL_H
#define CONTROL_H

#include <czmq.h>

#include "supervisor.h"

typedef struct control control_t;

//  Listen in the run folder. NULL if that fails: *why, which the caller frees,
//  is the reason.
control_t *control_new (zloop_t *loop, supervisor_t *supervisor,
                        const char *run, char **why);

void control_destroy (control_t **self_p);

//  Tell those who called up.down that a service has ended.
void control_report (control_t *self, const json_t *service);

//  All services have ended: answer whoever waits, and then end the loop. Can be
//  called again.
void control_end (control_t *self);

#endif
