//  SPDX-License-Identifier: MIT

#include "zp_queue_core_private.h"

#define ROOM_MIN 64

//  Entries are counted from 1, so that place 0 is none, and the children of i
//  are 2 i and 2 i + 1

static zp_queue_due_entry_t *
s_at (const zp_queue_due_t *self, size_t place)
{
    return &self->entries[place - 1];
}

static bool
s_before (const zp_queue_due_entry_t *one, const zp_queue_due_entry_t *other)
{
    return one->due_ms < other->due_ms ||
           (one->due_ms == other->due_ms &&
            one->message->id < other->message->id);
}

static void
s_put (zp_queue_due_t *self, size_t place, zp_queue_due_entry_t entry)
{
    *s_at (self, place) = entry;
    entry.message->due = (uint32_t) place;
}

//  Put an entry where it belongs, if the place is free: up from there, or down
static void
s_sift (zp_queue_due_t *self, size_t place, zp_queue_due_entry_t entry)
{
    while (place > 1 && s_before (&entry, s_at (self, place / 2))) {
        s_put (self, place, *s_at (self, place / 2));
        place /= 2;
    }
    for (;;) {
        size_t child = place * 2;
        if (child < self->count &&
            s_before (s_at (self, child + 1), s_at (self, child)))
            child++;
        if (child > self->count || s_before (&entry, s_at (self, child)))
            break;
        s_put (self, place, *s_at (self, child));
        place = child;
    }
    s_put (self, place, entry);
}

static void
s_resize (zp_queue_due_t *self, size_t room)
{
    self->room = room;
    self->entries = realloc (self->entries, room * sizeof *self->entries);
    assert (self->entries);
}

void
zp_queue_due_set (zp_queue_due_t *self, zp_queue_message_t *message,
                  int64_t due_ms, zp_queue_consumer_t *consumer)
{
    size_t place = message->due;
    if (place == 0) {
        if (self->count == self->room)
            s_resize (self, self->room ? self->room * 2 : ROOM_MIN);
        place = ++self->count;
    }
    s_sift (self, place, (zp_queue_due_entry_t){due_ms, message, consumer});
}

void
zp_queue_due_clear (zp_queue_due_t *self, zp_queue_message_t *message)
{
    size_t place = message->due;
    if (place == 0)
        return;
    message->due = 0;
    zp_queue_due_entry_t last = *s_at (self, self->count--);
    if (place <= self->count)
        s_sift (self, place, last);
    if (self->room > ROOM_MIN && self->count < self->room / 4)
        s_resize (self, self->room / 2);
}

zp_queue_due_entry_t *
zp_queue_due_get (const zp_queue_due_t *self, const zp_queue_message_t *message)
{
    return message->due ? s_at (self, message->due) : NULL;
}

const zp_queue_due_entry_t *
zp_queue_due_first (const zp_queue_due_t *self)
{
    return self->count ? self->entries : NULL;
}
