//  SPDX-License-Identifier: MIT
//
//  rig - a core and its log, with one saga, x, and nothing that goes by itself

#ifndef RIG_H
#define RIG_H

#include "sim_world.h"

typedef struct rig {
    zp_saga_core_t *core;  // Under test
    saga_log_t *log;       // What it wrote
    int64_t now_ms;        // The time
} rig_t;

//  A core with the definition in this text.
rig_t rig_new (const char *def);
void rig_end (rig_t *self);

//  Start saga x.
zp_status_t rig_start (rig_t *self, const char *name, const char *input);

//  All that was written is on disk.
void rig_commit (rig_t *self);

//  Time passes, and all that it demands is done.
void rig_pass (rig_t *self, int64_t ms);

//  All that is to be done now, as a text such as "a! b? c-": a's
//  action, a question about b, c's compensation; END: it is told.
const char *rig_next (rig_t *self);

//  An answer for a step of x comes, and what it changes is on disk.
bool rig_reply (rig_t *self, const char *step, zp_saga_verb_t verb, int attempt,
                zp_saga_outcome_t outcome);

//  The first attempt of its action, or of its compensation, is answered "done".
bool rig_done (rig_t *self, const char *step);
bool rig_undone (rig_t *self, const char *step);

zp_saga_view_t rig_view (rig_t *self);

//  Ann orders it.
zp_status_t rig_order (rig_t *self, zp_saga_order_t order, const char *step);

//  The process ends, and starts again with this definition.
void rig_restart (rig_t *self, const char *def);

//  Every step is tried until its attempts run out.
void rig_exhaust (rig_t *self);

//  A saga whose pivot was sent, and not answered.
rig_t rig_at_pivot (void);

#endif
