//  SPDX-License-Identifier: MIT
//
//  stage_sweep - heals what nobody knows who has broken it
//
//  All services run as the topology has it, none has rules for faults, and the
//  load is as ever.

#ifndef STAGE_SWEEP_H
#define STAGE_SWEEP_H

#include "stage.h"

//  Told when it is done; error is "" if all went well.
typedef void (stage_swept_fn) (void *arg, const char *error);
void stage_sweep (stage_t *stage, stage_swept_fn *fn, void *arg);

#endif
