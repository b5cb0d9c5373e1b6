//  SPDX-License-Identifier: MIT
//
//  What the files share that load a definition. Not for anybody else.
//
//  zp_saga_def.c    the whole
//  zp_saga_step.c   one step, by itself
//  zp_saga_order.c  which step comes when
//  zp_saga_input.c  what a step is given

#ifndef ZP_SAGA_DEF_PRIVATE_H
#define ZP_SAGA_DEF_PRIVATE_H

#include "zp_json_doc.h"
#include "zp_saga_def.h"

//  A definition while it is read
typedef struct zp_saga_reader {
    zp_json_doc_t *doc;           // Its text, and what is wrong there
    zp_saga_def_t *def;           // What was read up to now
    const char *const *services;  // Those that there are; NULL: any
    json_t *defaults;             // Of steps; NULL: none
    size_t number;                // Of the step in hand
    json_t *json;                 // This
    char at[256];                 // What zp_saga_step_at has returned
} zp_saga_reader_t;

//  The pointer to a member of the step in hand, such as "/kind"; "": the step.
const char *zp_saga_step_at (zp_saga_reader_t *self, const char *member);

//  Check the defaults of steps, at "/defaults".
void zp_saga_step_check_defaults (zp_saga_reader_t *self);

//  Read the id of the step in hand; then, when all ids are known, all else
//  but for its input.
void zp_saga_step_read_id (zp_saga_reader_t *self);
void zp_saga_step_read (zp_saga_reader_t *self);

//  Find out what comes before what, and whether that can be.
void zp_saga_order_check (zp_saga_reader_t *self);

//  Check the paths in the input of the step in hand.
void zp_saga_input_check (zp_saga_reader_t *self);

//  The step that a bit stands for which is the lowest in a set that has one.
static inline int
zp_saga_steps_first (zp_saga_steps_t steps)
{
    return __builtin_ctzll (steps);
}

static inline zp_saga_steps_t
zp_saga_step_bit (size_t number)
{
    return (zp_saga_steps_t) 1 << number;
}

#endif
