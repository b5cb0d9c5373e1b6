//  SPDX-License-Identifier: MIT

#include "zp_eventlog_held.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "zp_number.h"

#define ROOM_MIN 64

//  Where an event is, or should be
static size_t
s_search (const zp_eventlog_held_t *self, uint64_t offset)
{
    //  Nearly all come in their order
    if (self->count == 0 || self->items[self->count - 1].offset < offset)
        return self->count;
    size_t low = 0;
    size_t high = self->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (self->items[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

zp_eventlog_item_t *
zp_eventlog_held_find (const zp_eventlog_held_t *self, uint64_t offset)
{
    size_t place = s_search (self, offset);
    return place < self->count && self->items[place].offset == offset
               ? &self->items[place]
               : NULL;
}

void
zp_eventlog_held_add (zp_eventlog_held_t *self, uint64_t offset)
{
    size_t place = s_search (self, offset);
    if (self->count == self->room) {
        self->room = self->room ? 2 * self->room : ROOM_MIN;
        self->items = realloc (self->items, self->room * sizeof *self->items);
        assert (self->items);
    }
    memmove (self->items + place + 1, self->items + place,
             (self->count++ - place) * sizeof *self->items);
    self->items[place] = (zp_eventlog_item_t){offset, ZP_EVENTLOG_WORK};
}

void
zp_eventlog_held_remove (zp_eventlog_held_t *self, zp_eventlog_item_t *item)
{
    size_t behind = (size_t) (self->items + self->count-- - (item + 1));
    memmove (item, item + 1, behind * sizeof *item);
}

size_t
zp_eventlog_held_remove_all (zp_eventlog_held_t *self,
                             zp_eventlog_stage_t stage)
{
    size_t before = self->count;
    size_t left = 0;
    for (size_t i = 0; i < before; i++)
        if (self->items[i].stage != stage)
            self->items[left++] = self->items[i];
    self->count = left;
    return before - left;
}

void
zp_eventlog_held_move (zp_eventlog_held_t *self, zp_eventlog_stage_t from,
                       zp_eventlog_stage_t to)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->items[i].stage == from)
            self->items[i].stage = to;
}

static bool
s_is (const zp_eventlog_item_t *item, zp_eventlog_stage_t stage)
{
    return stage == ZP_EVENTLOG_STAGES || item->stage == stage;
}

//  The last of those of a stage that follow each other without a gap
static size_t
s_run (const zp_eventlog_held_t *self, size_t first, zp_eventlog_stage_t stage)
{
    const zp_eventlog_item_t *items = self->items;
    size_t last = first;
    while (last + 1 < self->count && s_is (&items[last + 1], stage) &&
           items[last + 1].offset == items[last].offset + 1)
        last++;
    return last;
}

char *
zp_eventlog_held_text (const zp_eventlog_held_t *self,
                       zp_eventlog_stage_t stage)
{
    char *text = NULL;
    size_t size = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (!s_is (&self->items[i], stage))
            continue;
        if (!text)
            text = malloc (self->count * (ZP_NUMBER_MAX + 1));
        assert (text);
        if (size)
            text[size++] = ' ';
        size += zp_number_write (self->items[i].offset, text + size);
        size_t last = s_run (self, i, stage);
        if (last > i) {
            text[size++] = '-';
            size += zp_number_write (self->items[last].offset, text + size);
        }
        i = last;
    }
    if (text)
        text[size] = 0;
    return text;
}

void
zp_eventlog_held_clear (zp_eventlog_held_t *self)
{
    free (self->items);
    *self = (zp_eventlog_held_t){0};
}
