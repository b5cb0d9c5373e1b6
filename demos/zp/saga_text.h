//  SPDX-License-Identifier: MIT
//
//  saga_text - a step of a saga in words

#ifndef SAGA_TEXT_H
#define SAGA_TEXT_H

#include "zp_saga_def.h"

#define SAGA_TEXT_SIZE 512  // Bytes of a text here, with its 0

//  "compensatable", "pivot" or "retriable".
const char *saga_text_kind (zp_saga_kind_t kind);

//  Who does it, such as "billing", "runs the saga", "waits at most 5 min for";
//  and what: a method, a saga, a signal. saga_text_doer returns text.
const char *
saga_text_doer (const zp_saga_step_t *step, char text[SAGA_TEXT_SIZE]);
const char *saga_text_deed (const zp_saga_step_t *step);

//  All of the step, as one sentence without a stop. Returns text.
const char *
saga_text_step (const zp_saga_step_t *step, char text[SAGA_TEXT_SIZE]);

//  A name in ASCII as so many letters at most, with an ellipsis in its middle
//  if it is longer. Returns text.
const char *
saga_text_short (const char *name, size_t room, char text[SAGA_TEXT_SIZE]);

#endif
