//  SPDX-License-Identifier: MIT

#include "zp_history.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    uint64_t sequence;  // Its number
    size_t at;          // Where the frame is, in the bytes
    size_t size;        // How many of these it has
} s_entry_t;

struct zp_history {
    s_entry_t *ring;   // Room for the most entries
    size_t room;       // That many
    size_t first;      // Where the oldest is
    size_t count;      // How many there are
    uint8_t *bytes;    // The frames
    size_t bytes_max;  // How many bytes there is room for
    size_t end;        // Behind the frame that came last
    size_t used;       // Bytes of all frames
    size_t next;       // Bytes of the frame that is being written
    uint8_t *large;    // That frame, if it does not fit into the ring
    uint64_t gone;     // Highest number that is not here any more
};

zp_history_t *
zp_history_new (size_t count, size_t bytes)
{
    assert (count > 0);
    zp_history_t *self = calloc (1, sizeof *self);
    assert (self);
    self->ring = calloc (count, sizeof *self->ring);
    self->bytes = malloc (bytes + 1);
    assert (self->ring && self->bytes);
    self->room = count;
    self->bytes_max = bytes;
    return self;
}

void
zp_history_destroy (zp_history_t **self_p)
{
    assert (self_p);
    zp_history_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    free (self->ring);
    free (self->bytes);
    free (self->large);
    free (self);
}

static s_entry_t *
s_entry (const zp_history_t *self, size_t which)
{
    size_t at = self->first + which;
    return &self->ring[at < self->room ? at : at - self->room];
}

static void
s_drop_oldest (zp_history_t *self)
{
    s_entry_t *entry = s_entry (self, 0);
    self->gone = entry->sequence;
    self->used -= entry->size;
    self->first = self->first + 1 == self->room ? 0 : self->first + 1;
    self->count--;
}

//  Drop what lies from here to there, which is the oldest
static void
s_drop_between (zp_history_t *self, size_t from, size_t to)
{
    while (self->count && s_entry (self, 0)->at >= from &&
           s_entry (self, 0)->at < to)
        s_drop_oldest (self);
}

uint8_t *
zp_history_room (zp_history_t *self, size_t size)
{
    self->next = size;
    free (self->large);
    self->large = NULL;
    if (size > self->bytes_max) {
        self->large = malloc (size);
        assert (self->large);
        return self->large;
    }
    if (self->end + size > self->bytes_max) {
        //  A frame of no bytes may lie behind the last one
        s_drop_between (self, self->end, SIZE_MAX);
        self->end = 0;
    }
    s_drop_between (self, self->end, self->end + size);
    return self->bytes + self->end;
}

void
zp_history_add (zp_history_t *self, uint64_t sequence)
{
    if (self->large) {
        zp_history_clear (self, sequence);
        return;
    }
    if (self->count == self->room)
        s_drop_oldest (self);
    *s_entry (self, self->count++) =
        (s_entry_t){sequence, self->end, self->next};
    self->end += self->next;
    self->used += self->next;
}

void
zp_history_clear (zp_history_t *self, uint64_t sequence)
{
    self->first = self->count = self->end = self->used = 0;
    self->gone = sequence;
}

uint64_t
zp_history_gone (const zp_history_t *self)
{
    return self->gone;
}

size_t
zp_history_count (const zp_history_t *self)
{
    return self->count;
}

size_t
zp_history_bytes (const zp_history_t *self)
{
    return self->used;
}

size_t
zp_history_after (const zp_history_t *self, uint64_t sequence)
{
    size_t low = 0, high = self->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s_entry (self, middle)->sequence > sequence)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

zp_span_t
zp_history_at (const zp_history_t *self, size_t which, uint64_t *sequence_p)
{
    assert (which < self->count);
    const s_entry_t *entry = s_entry (self, which);
    *sequence_p = entry->sequence;
    return (zp_span_t){self->bytes + entry->at, entry->size};
}
