//  SPDX-License-Identifier: MIT
//
//  table - columns on stdout

#ifndef TABLE_H
#define TABLE_H

#include "output.h"

typedef struct table table_t;

table_t *table_new (size_t columns);

//  Add one cell, row after row. A colour is for the whole cell. Control
//  characters, which may come from a peer, are not passed on to the terminal.
void table_cell (table_t *self, colour_t colour, const char *format, ...)
    CHECK_PRINTF (3);

//  Add the heads of the columns, ended by NULL.
void table_heads (table_t *self, const char *const *heads);

//  Add a cell with a length of time, or a number of bytes, in the unit that
//  says most.
void table_cell_time (table_t *self, int64_t ms);
void table_cell_bytes (table_t *self, int64_t bytes);

void table_destroy (table_t **self_p);

//  Print it, the last column shortened if it is one word and the terminal too
//  narrow, and destroy it.
void table_print (table_t **self_p);

#endif
