//  SPDX-License-Identifier: MIT
//
//  saga_graph - a definition as a picture

#ifndef SAGA_GRAPH_H
#define SAGA_GRAPH_H

#include <stdbool.h>
#include <stdio.h>

#include "zp_saga_def.h"

//  Draw it as SVG: from left to right which step comes after which, beneath
//  each what undoes it, and where the point of no return is.
void saga_graph_svg (const zp_saga_def_t *def, FILE *to);

//  True if an edge from that step to the other is drawn: it comes after that,
//  and not only because it comes after another that does.
bool saga_graph_edge (const zp_saga_def_t *def, size_t from, size_t to);

//  The same as text for mermaid (https://mermaid.js.org), a flowchart.
void saga_graph_mermaid (const zp_saga_def_t *def, FILE *to);

#endif
