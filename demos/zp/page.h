//  SPDX-License-Identifier: MIT
//
//  page - lines of cells in colours, for a screen or a pipe

#ifndef PAGE_H
#define PAGE_H

#include "output.h"

typedef struct page page_t;

page_t *page_new (void);
void page_destroy (page_t **self_p);

//  Add text to the last line. Control characters, which may come from a peer,
//  can do nothing to a terminal.
void page_text (page_t *self, colour_t colour, const char *format, ...)
    CHECK_PRINTF (3);

//  Add a cell of so many columns: with text at its left end, and a blank
//  behind; or with text at its right end, and a blank before. What is too long
//  takes more.
void page_left (page_t *self, colour_t colour, size_t columns,
                const char *format, ...) CHECK_PRINTF (4);
void page_right (page_t *self, colour_t colour, size_t columns,
                 const char *format, ...) CHECK_PRINTF (4);

//  End the last line.
void page_line (page_t *self);

//  How many lines there are.
size_t page_count (const page_t *self);

//  Print a line, without its end, and no more than so many columns of it.
void page_print (const page_t *self, size_t number, size_t columns, FILE *to);

#endif
