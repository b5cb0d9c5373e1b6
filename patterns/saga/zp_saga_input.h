//  SPDX-License-Identifier: MIT
//
//  zp_saga_input - what a step is given
//
//  The input of a step is any JSON, in which a text that begins with a $ is a
//  path, and stands for the value there:
//
//    $.input              the saga's input
//    $.input.a.b.0        in it, the first element of b of a
//    $.steps.ID.result    the result of a step that has ended by then
//    $.steps.ID.result.a  in it, a
//
//  and $$ at the beginning for a $. A path whose value is not there when the
//  step is to begin is a refusal of that step, with the code BAD_INPUT: before
//  the point of no return the saga is undone, behind it PARKED.

#ifndef ZP_SAGA_INPUT_H
#define ZP_SAGA_INPUT_H

#include "zp_saga_def.h"

//  Where the texts are that paths lead to.
typedef struct zp_saga_source {
    const char *input;  // The saga's input, JSON
    //  The result of a step, JSON; "null" if there is none
    const char *(*result) (const void *arg, int step);
    const void *arg;  // Given to that
} zp_saga_source_t;

//  The input of a step as JSON; the caller frees it. If a path leads nowhere
//  NULL is returned, and *path_p is that path, the definition's memory.
char *zp_saga_input_make (const zp_saga_def_t *def, const zp_saga_step_t *step,
                          const zp_saga_source_t *source, const char **path_p);

//  A JSON text, whatever it holds, in one line and without spaces, the keys of
//  objects in order; the caller frees it. NULL if it is none.
char *zp_saga_json_plain (zp_span_t text);

#endif
