//  SPDX-License-Identifier: MIT
//
//  stage_demands - what people want of the scenes of a stage
//
//      stage.break {"scene": NAME, "percent": N, "profile": P, "for_ms": N}
//          -> the scene, once all is broken
//      stage.heal {"scene": NAME}  -> the scene, once all of it is healed
//      stage.heal {}               -> {}, once everything is
//      stage.wait {"scene": NAME, "for": "seen" or "recovered",
//                  "timeout_ms": N}
//          -> the scene, once that is so; before that, to those that can take
//          pieces, {"text", "after_ms"} for each thing seen
//
//  A scene is as in the document. Errors: NOT_FOUND; FAILED_PRECONDITION, it is
//  not on (or was not); INTERNAL, something of it could not be done;
//  DEADLINE_EXCEEDED, and what was not seen.

#ifndef STAGE_DEMANDS_H
#define STAGE_DEMANDS_H

#include "stage.h"

typedef struct stage_demands stage_demands_t;

//  Add the methods to the stage's server.
stage_demands_t *stage_demands_new (stage_t *stage);
void stage_demands_destroy (stage_demands_t **self_p);

//  Something may have changed: go on with what is to be done, and answer what
//  can be answered.
void stage_demands_advance (stage_demands_t *self);

#endif
