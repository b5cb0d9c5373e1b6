//  SPDX-License-Identifier: MIT

#include "zp_fifo.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 64

static char *
s_place (const zp_fifo_t *self, size_t number)
{
    size_t place = (self->first + number) & (self->room - 1);
    return self->items + place * self->item_size;
}

static void
s_grow (zp_fifo_t *self)
{
    size_t room = self->room ? self->room * 2 : ROOM_MIN;
    char *items = malloc (room * self->item_size);
    assert (items);
    for (size_t i = 0; i < self->count; i++)
        memcpy (items + i * self->item_size, s_place (self, i),
                self->item_size);
    free (self->items);
    self->items = items;
    self->room = room;
    self->first = 0;
}

void
zp_fifo_add (zp_fifo_t *self, const void *item)
{
    if (self->count == self->room)
        s_grow (self);
    memcpy (s_place (self, self->count++), item, self->item_size);
}

void *
zp_fifo_at (zp_fifo_t *self, size_t number)
{
    return number < self->count ? s_place (self, number) : NULL;
}

void
zp_fifo_take (zp_fifo_t *self, void *item)
{
    assert (self->count);
    memcpy (item, s_place (self, 0), self->item_size);
    self->first = (self->first + 1) & (self->room - 1);
    self->count--;
}

void
zp_fifo_clear (zp_fifo_t *self)
{
    free (self->items);
    *self = (zp_fifo_t){.item_size = self->item_size};
}
