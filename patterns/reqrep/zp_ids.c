//  SPDX-License-Identifier: MIT

#include "zp_ids.h"

#include <assert.h>
#include <stdlib.h>

#define SLOTS_MIN 64

struct zp_ids {
    zp_id_node_t **slots;  // Each a list
    size_t size;           // How many: a power of two
    size_t count;          // Nodes, at most as many as slots
};

zp_id_t
zp_ids_key (const zp_envelope_t *envelope, uint8_t attempt)
{
    return (zp_id_t){envelope->client, envelope->serial, attempt};
}

static zp_id_node_t **
s_new_slots (size_t size)
{
    zp_id_node_t **slots = calloc (size, sizeof *slots);
    assert (slots);
    return slots;
}

zp_ids_t *
zp_ids_new (void)
{
    zp_ids_t *self = malloc (sizeof *self);
    assert (self);
    *self = (zp_ids_t){.slots = s_new_slots (SLOTS_MIN), .size = SLOTS_MIN};
    return self;
}

void
zp_ids_destroy (zp_ids_t **self_p)
{
    assert (self_p);
    zp_ids_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    free (self->slots);
    free (self);
}

static zp_id_node_t **
s_slot (const zp_ids_t *self, const zp_id_t *id)
{
    //  The first half is random, the second counts: Fibonacci hashing spreads
    //  them (Knuth, "The Art of Computer Programming", 6.4)
    uint64_t mixed = id->client ^ id->serial ^ id->attempt << 56;
    mixed *= 0x9e3779b97f4a7c15u;
    return &self->slots[mixed >> 32 & (self->size - 1)];
}

//  Where the pointer to the node with that id is, or would be
static zp_id_node_t **
s_find (const zp_ids_t *self, const zp_id_t *id)
{
    zp_id_node_t **at = s_slot (self, id);
    while (*at &&
           ((*at)->id.serial != id->serial || (*at)->id.client != id->client ||
            (*at)->id.attempt != id->attempt))
        at = &(*at)->next;
    return at;
}

static void
s_grow (zp_ids_t *self)
{
    zp_ids_t old = *self;
    self->size *= 2;
    self->slots = s_new_slots (self->size);
    for (size_t i = 0; i < old.size; i++)
        while (old.slots[i]) {
            zp_id_node_t *node = old.slots[i];
            old.slots[i] = node->next;
            zp_id_node_t **at = s_slot (self, &node->id);
            node->next = *at;
            *at = node;
        }
    free (old.slots);
}

bool
zp_ids_insert (zp_ids_t *self, zp_id_node_t *node)
{
    if (self->count == self->size)
        s_grow (self);
    zp_id_node_t **at = s_find (self, &node->id);
    if (*at)
        return false;
    node->next = NULL;
    *at = node;
    self->count++;
    return true;
}

void
zp_ids_remove (zp_ids_t *self, zp_id_node_t *node)
{
    zp_id_node_t **at = s_find (self, &node->id);
    assert (*at == node);
    *at = node->next;
    self->count--;
}

void *
zp_ids_lookup (const zp_ids_t *self, const zp_id_t *id)
{
    const zp_id_node_t *node = *s_find (self, id);
    return node ? node->owner : NULL;
}

void *
zp_ids_any (const zp_ids_t *self)
{
    for (size_t i = 0; i < self->size && self->count; i++)
        if (self->slots[i])
            return self->slots[i]->owner;
    return NULL;
}
