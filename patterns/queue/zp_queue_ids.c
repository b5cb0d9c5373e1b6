//  SPDX-License-Identifier: MIT

#include "zp_queue_ids.h"

#define BITS_MIN 8

//  Fibonacci hashing (Knuth 6.4): ids that follow each other are spread evenly
static size_t
s_home (const zp_queue_ids_t *self, uint64_t id)
{
    return (size_t) (id * UINT64_C (0x9e3779b97f4a7c15) >> (64 - self->bits));
}

static size_t
s_mask (const zp_queue_ids_t *self)
{
    return ((size_t) 1 << self->bits) - 1;
}

//  The slot where a message with this id is, or else would be
static size_t
s_slot (const zp_queue_ids_t *self, uint64_t id)
{
    size_t slot = s_home (self, id);
    while (self->slots[slot] && self->slots[slot]->id != id)
        slot = (slot + 1) & s_mask (self);
    return slot;
}

static void
s_resize (zp_queue_ids_t *self, int bits)
{
    zp_queue_ids_t old = *self;
    self->bits = bits;
    self->slots = calloc ((size_t) 1 << bits, sizeof *self->slots);
    assert (self->slots);
    for (size_t slot = 0; old.bits && slot <= s_mask (&old); slot++)
        if (old.slots[slot])
            self->slots[s_slot (self, old.slots[slot]->id)] = old.slots[slot];
    free (old.slots);
}

void
zp_queue_ids_add (zp_queue_ids_t *self, zp_queue_message_t *message)
{
    if (self->bits == 0)
        s_resize (self, BITS_MIN);
    else if (self->count >= ((size_t) 3 << self->bits) / 4)
        s_resize (self, self->bits + 1);
    size_t slot = s_slot (self, message->id);
    assert (!self->slots[slot]);
    self->slots[slot] = message;
    self->count++;
}

void
zp_queue_ids_remove (zp_queue_ids_t *self, zp_queue_message_t *message)
{
    size_t mask = s_mask (self);
    size_t hole = s_slot (self, message->id);
    assert (self->slots[hole] == message);
    //  Who comes next in the run moves up, unless the hole lies before its home
    for (size_t slot = (hole + 1) & mask; self->slots[slot];
         slot = (slot + 1) & mask) {
        size_t home = s_home (self, self->slots[slot]->id);
        if (((slot - home) & mask) >= ((slot - hole) & mask)) {
            self->slots[hole] = self->slots[slot];
            hole = slot;
        }
    }
    self->slots[hole] = NULL;
    self->count--;
    if (self->bits > BITS_MIN && self->count < ((size_t) 1 << self->bits) / 8)
        s_resize (self, self->bits - 1);
}

zp_queue_message_t *
zp_queue_ids_find (const zp_queue_ids_t *self, uint64_t id)
{
    return self->bits ? self->slots[s_slot (self, id)] : NULL;
}

void
zp_queue_ids_clear (zp_queue_ids_t *self)
{
    for (size_t slot = 0; self->bits && slot <= s_mask (self); slot++)
        free (self->slots[slot]);
    free (self->slots);
    *self = (zp_queue_ids_t){0};
}
