//  SPDX-License-Identifier: MIT
//
//  table - columns on stdout

#ifndef TABLE_H
#define TABLE_H

#include "output.h"

typedef struct table table_t;

table_t *table_new (size_t columns);

//  Add one cell, row after row. A colour is for the whole cell.
void table_cell (table_t *self, colour_t colour, const char *format, ...)
    CHECK_PRINTF (3);

void table_destroy (table_t **self_p);

//  Print it, the last column shortened if it is one word and the terminal too
//  narrow, and destroy it.
void table_print (table_t **self_p);

#endif
