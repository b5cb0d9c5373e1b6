//  SPDX-License-Identifier: MIT

#include "zp_history.h"

typedef struct {
    uint64_t sequence;  // Its number
    zmq_msg_t msg;      // The frame
} s_entry_t;

struct zp_history {
    s_entry_t *ring;     // Room for the most entries
    size_t room;         // That many
    size_t first;        // Where the oldest is
    size_t count;        // How many there are
    size_t bytes;        // Of these frames
    size_t bytes_limit;  // That is when the oldest has to go
    uint64_t gone;       // Highest number that is not here any more
};

zp_history_t *
zp_history_new (size_t count, size_t bytes)
{
    assert (count > 0);
    zp_history_t *self = zmalloc (sizeof *self);
    self->ring = zmalloc (count * sizeof *self->ring);
    self->room = count;
    self->bytes_limit = bytes;
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
    zp_history_clear (self, 0);
    free (self->ring);
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
    self->bytes -= zmq_msg_size (&entry->msg);
    zmq_msg_close (&entry->msg);
    self->first = self->first + 1 == self->room ? 0 : self->first + 1;
    self->count--;
}

void
zp_history_add (zp_history_t *self, uint64_t sequence, zmq_msg_t *msg)
{
    size_t size = zmq_msg_size (msg);
    while (self->count == self->room ||
           (self->count && self->bytes + size > self->bytes_limit))
        s_drop_oldest (self);
    s_entry_t *entry = s_entry (self, self->count++);
    entry->sequence = sequence;
    zmq_msg_init (&entry->msg);
    zmq_msg_move (&entry->msg, msg);
    self->bytes += size;
}

void
zp_history_clear (zp_history_t *self, uint64_t sequence)
{
    while (self->count)
        s_drop_oldest (self);
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
    return self->bytes;
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

zmq_msg_t *
zp_history_at (zp_history_t *self, size_t which, uint64_t *sequence_p)
{
    assert (which < self->count);
    s_entry_t *entry = s_entry (self, which);
    *sequence_p = entry->sequence;
    return &entry->msg;
}
