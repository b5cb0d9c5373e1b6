//  SPDX-License-Identifier: MIT

#include "zp_queue_due.h"

#define ROOM_MIN 64

//  A message's place: 0 is none, those in the heap are counted from 1, and
//  those in the ring, which count up and around, have this bit
#define IN_RING (UINT32_C (1) << 31)

//  The children of place i are at 2 i and 2 i + 1

static zp_queue_due_entry_t *
s_at (const zp_queue_due_t *self, size_t place)
{
    return &self->heap[place - 1];
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
    self->heap = realloc (self->heap, room * sizeof *self->heap);
    assert (self->heap);
}

static void
s_heap_remove (zp_queue_due_t *self, size_t place)
{
    zp_queue_due_entry_t last = *s_at (self, self->count--);
    if (place <= self->count)
        s_sift (self, place, last);
    if (self->room > ROOM_MIN && self->count < self->room / 4)
        s_resize (self, self->room / 2);
}

static zp_queue_due_entry_t *
s_ring_at (const zp_queue_due_t *self, uint32_t place)
{
    return &self->ring[place & (self->ring_room - 1)];
}

static void
s_ring_resize (zp_queue_due_t *self, uint32_t room)
{
    zp_queue_due_t old = *self;
    self->ring_room = room;
    self->ring = malloc (room * sizeof *self->ring);
    assert (self->ring);
    for (uint32_t place = self->first; place != self->end; place++)
        *s_ring_at (self, place) = *s_ring_at (&old, place);
    free (old.ring);
}

static void
s_ring_remove (zp_queue_due_t *self, uint32_t place)
{
    s_ring_at (self, place)->message = NULL;
    //  The first is one that is there, so that it is found at once
    while (self->first != self->end && !s_ring_at (self, self->first)->message)
        self->first++;
    if (self->ring_room > ROOM_MIN &&
        self->end - self->first < self->ring_room / 8)
        s_ring_resize (self, self->ring_room / 2);
}

void
zp_queue_due_set (zp_queue_due_t *self, zp_queue_message_t *message,
                  int64_t due_ms, zp_queue_consumer_t *consumer)
{
    if (message->due & IN_RING)
        zp_queue_due_remove (self, message);
    size_t place = message->due;
    if (place == 0) {
        if (self->count == self->room)
            s_resize (self, self->room ? self->room * 2 : ROOM_MIN);
        place = ++self->count;
    }
    s_sift (self, place, (zp_queue_due_entry_t){due_ms, message, consumer});
}

void
zp_queue_due_append (zp_queue_due_t *self, zp_queue_message_t *message,
                     int64_t due_ms, zp_queue_consumer_t *consumer)
{
    assert (message->due == 0);
    if (self->end - self->first == self->ring_room)
        s_ring_resize (self, self->ring_room ? self->ring_room * 2 : ROOM_MIN);
    message->due = self->end | IN_RING;
    *s_ring_at (self, self->end++) =
        (zp_queue_due_entry_t){due_ms, message, consumer};
}

void
zp_queue_due_remove (zp_queue_due_t *self, zp_queue_message_t *message)
{
    uint32_t place = message->due;
    message->due = 0;
    if (place & IN_RING)
        s_ring_remove (self, place);
    else if (place)
        s_heap_remove (self, place);
}

zp_queue_due_entry_t *
zp_queue_due_get (const zp_queue_due_t *self, const zp_queue_message_t *message)
{
    if (message->due & IN_RING)
        return s_ring_at (self, message->due);
    return message->due ? s_at (self, message->due) : NULL;
}

const zp_queue_due_entry_t *
zp_queue_due_first (const zp_queue_due_t *self)
{
    const zp_queue_due_entry_t *first = self->count ? self->heap : NULL;
    if (self->first != self->end) {
        const zp_queue_due_entry_t *other = s_ring_at (self, self->first);
        if (!first || other->due_ms < first->due_ms)
            first = other;
    }
    return first;
}

void
zp_queue_due_clear (zp_queue_due_t *self)
{
    free (self->heap);
    free (self->ring);
    *self = (zp_queue_due_t){0};
}
