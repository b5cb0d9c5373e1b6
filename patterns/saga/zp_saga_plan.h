//  SPDX-License-Identifier: MIT
//
//  zp_saga_plan - how far a saga is, and what follows from what happens
//
//  All of it is arithmetic with sets of steps. The core makes a record of what
//  happens, completes it with what follows, writes it down, and applies it; a
//  restart reads the record, and applies it the same.

#ifndef ZP_SAGA_PLAN_H
#define ZP_SAGA_PLAN_H

#include "zp_saga_record.h"

//  How far it is; at first all 0.
typedef struct zp_saga_marks {
    zp_saga_steps_t started;  // The action may have been sent
    zp_saga_steps_t done;     // It is done, or skipped
    zp_saga_steps_t passed;   // It could not be done, and need not be
    zp_saga_steps_t refused;  // It was not done, and never will be
    zp_saga_steps_t undo;     // The compensation may have been sent
    zp_saga_steps_t undone;   // It is done, or skipped
    zp_saga_steps_t stuck;    // There is no way on, and none back
    zp_saga_steps_t heard;    // The signal for it came
    zp_saga_state_t state;    // One of five
    bool backward;            // All that was done is to be undone
} zp_saga_marks_t;

//  True if it has ended.
bool zp_saga_plan_ended (const zp_saga_marks_t *marks);

//  The steps whose action, or compensation if it goes backward, may be sent
//  and whose end is not known.
zp_saga_steps_t zp_saga_plan_active (const zp_saga_marks_t *marks);

//  True if that can happen now, and would change something.
bool
zp_saga_plan_possible (const zp_saga_def_t *def, const zp_saga_marks_t *marks,
                       const zp_saga_record_t *record);

//  Complete a record of what can happen: what is to start, what to undo, and
//  the state.
void
zp_saga_plan_follow (const zp_saga_def_t *def, const zp_saga_marks_t *marks,
                     zp_saga_record_t *record);

//  A complete record is applied.
void zp_saga_plan_apply (const zp_saga_def_t *def, zp_saga_marks_t *marks,
                         const zp_saga_record_t *record);

#endif
