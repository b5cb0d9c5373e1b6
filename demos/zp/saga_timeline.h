//  SPDX-License-Identifier: MIT
//
//  saga_timeline - what happened to a saga, as a picture

#ifndef SAGA_TIMELINE_H
#define SAGA_TIMELINE_H

#include <stdio.h>

#include "saga_history.h"

//  Draw it as SVG: a row for each step, bars for the times in which it was
//  being done or undone, and numbered marks for what did not go its way, with
//  what they mean beneath.
void saga_timeline_svg (const saga_history_t *history, FILE *to);

#endif
