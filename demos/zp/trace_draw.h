//  SPDX-License-Identifier: MIT
//
//  trace_draw - the story of a trace, as a sequence diagram and in words

#ifndef TRACE_DRAW_H
#define TRACE_DRAW_H

#include <stdio.h>

#include "trace_story.h"

//  As SVG: a column for each lane, and from top to bottom what happened, in its
//  order. What was lost ends in a cross, and says so.
void trace_svg (const trace_story_t *story, FILE *to);

//  As text for mermaid (https://mermaid.js.org).
void trace_mermaid (const trace_story_t *story, FILE *to);

//  On stdout, as a table for people.
void trace_print (const trace_story_t *story);

#endif
