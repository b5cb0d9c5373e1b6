//  SPDX-License-Identifier: MIT
//
//  zp_fifo - items of one size, first in, first out, in a ring that grows

#ifndef ZP_FIFO_H
#define ZP_FIFO_H

#include <stddef.h>

//  All 0 but item_size is an empty one.
typedef struct zp_fifo {
    size_t item_size;  // Bytes of each
    char *items;       // The ring
    size_t room;       // How many fit: a power of two, or 0
    size_t first;      // Where the first one is
    size_t count;      // How many there are
} zp_fifo_t;

//  Add an item (copied) at the end.
void zp_fifo_add (zp_fifo_t *self, const void *item);

//  The item with that number, counted from 0, the first; NULL if there are not
//  so many. It stays there until the next one is added.
void *zp_fifo_at (zp_fifo_t *self, size_t number);

//  Take the first item away, into *item. There must be one.
void zp_fifo_take (zp_fifo_t *self, void *item);

//  Free the memory; the fifo is empty then.
void zp_fifo_clear (zp_fifo_t *self);

#endif
