//  SPDX-License-Identifier: MIT

#include "zp_eventlog_index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES  64
#define ROOM_MIN 16

typedef struct entry {
    uint32_t size;     // Of the body
    uint16_t number;   // More than the block's
    uint16_t seconds;  // The same
} entry_t;

struct zp_eventlog_block {
    uint64_t offset;         // Of the first entry
    uint64_t number;         // The same
    int64_t time_ms;         // The same
    uint32_t count;          // Entries
    entry_t entry[ENTRIES];  // These; there is no more memory than for `count`
                             // if this is not the last block
};

static zp_eventlog_block_t *
s_last (const zp_eventlog_index_t *self)
{
    return self->end > self->begin ? self->blocks[self->end - 1] : NULL;
}

//  Make room for one more block at the end
static void
s_make_room (zp_eventlog_index_t *self)
{
    size_t count = self->end - self->begin;
    if (self->end < self->room)
        return;
    if (count >= self->room / 2) {
        self->room = self->room ? self->room * 2 : ROOM_MIN;
        self->blocks =
            realloc (self->blocks, self->room * sizeof *self->blocks);
        assert (self->blocks);
    }
    memmove (self->blocks, self->blocks + self->begin,
             count * sizeof *self->blocks);
    self->begin = 0;
    self->end = count;
}

//  Begin another block; the last one will not grow any more
static zp_eventlog_block_t *
s_begin (zp_eventlog_index_t *self, const zp_eventlog_entry_t *entry)
{
    zp_eventlog_block_t *last = s_last (self);
    if (last && last->count < ENTRIES) {
        size_t size = offsetof (zp_eventlog_block_t, entry) +
                      last->count * sizeof *last->entry;
        last = realloc (last, size);
        assert (last);
        self->blocks[self->end - 1] = last;
    }
    s_make_room (self);
    zp_eventlog_block_t *block = malloc (sizeof *block);
    assert (block);
    block->offset = self->next;
    block->number = entry->number;
    block->time_ms = entry->time_ms;
    block->count = 0;
    self->blocks[self->end++] = block;
    return block;
}

void
zp_eventlog_index_add (zp_eventlog_index_t *self, zp_eventlog_entry_t entry)
{
    zp_eventlog_block_t *block = s_last (self);
    if (!block || block->count == ENTRIES ||
        entry.number - block->number > UINT16_MAX ||
        (entry.time_ms - block->time_ms) / 1000 > UINT16_MAX)
        block = s_begin (self, &entry);
    assert (entry.number >= block->number && entry.time_ms >= block->time_ms);
    block->entry[block->count++] = (entry_t){
        .size = entry.size,
        .number = (uint16_t) (entry.number - block->number),
        .seconds = (uint16_t) ((entry.time_ms - block->time_ms) / 1000)};
    self->next++;
}

//  The place of the block that has an offset
static size_t
s_find (const zp_eventlog_index_t *self, uint64_t offset)
{
    size_t low = self->begin;
    size_t high = self->end;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (self->blocks[middle]->offset <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

zp_eventlog_entry_t
zp_eventlog_index_get (const zp_eventlog_index_t *self, uint64_t offset)
{
    assert (offset >= self->first && offset < self->next);
    const zp_eventlog_block_t *block = self->blocks[s_find (self, offset)];
    const entry_t *entry = &block->entry[offset - block->offset];
    return (zp_eventlog_entry_t){.number = block->number + entry->number,
                                 .time_ms = block->time_ms +
                                            (int64_t) entry->seconds * 1000,
                                 .size = entry->size};
}

void
zp_eventlog_index_trim (zp_eventlog_index_t *self, uint64_t offset)
{
    assert (offset >= self->first && offset <= self->next);
    self->first = offset;
    while (self->begin < self->end) {
        zp_eventlog_block_t *block = self->blocks[self->begin];
        if (block->offset + block->count > offset)
            break;
        free (block);
        self->begin++;
    }
}

void
zp_eventlog_index_clear (zp_eventlog_index_t *self)
{
    zp_eventlog_index_trim (self, self->next);
    free (self->blocks);
    *self = (zp_eventlog_index_t){0};
}
