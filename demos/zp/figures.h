//  SPDX-License-Identifier: MIT
//
//  figures - the numbers that a server keeps, each with what it is

#ifndef FIGURES_H
#define FIGURES_H

#include "table.h"

typedef struct figure {
    const char *key;   // As the server calls it; NULL: the end
    const char *text;  // What it is
} figure_t;

//  Add a row for each of these in the JSON object to a table of three columns.
void figures_rows (table_t *table, json_t *json, const figure_t *figures);

//  Add a cell with a number, in colour unless it is 0.
void figures_cell (table_t *table, json_int_t number, colour_t colour);

#endif
