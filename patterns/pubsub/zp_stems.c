//  SPDX-License-Identifier: MIT

#include "zp_stems.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 16

void *
zp_stem_new (size_t size, const char *text, zp_cut_t cut)
{
    zp_stem_t *self = calloc (1, size + cut.size + 1);
    assert (self);
    self->text = (char *) self + size;
    self->cut = cut;
    memcpy (self->text, text, cut.size);
    return self;
}

zp_cut_t
zp_stem_cut (zp_span_t stem)
{
    return (zp_cut_t){(uint32_t) stem.size,
                      zp_topic_hash (stem.data, stem.size)};
}

zp_span_t
zp_stem_span (const zp_stem_t *self)
{
    return (zp_span_t){self->text, self->cut.size};
}

static zp_stem_t **
s_slot (const zp_stems_t *self, zp_cut_t cut)
{
    return &self->slots[cut.hash & (self->room - 1)];
}

void *
zp_stems_find (const zp_stems_t *self, const char *topic, zp_cut_t cut)
{
    if (self->count == 0)
        return NULL;
    zp_stem_t *stem = *s_slot (self, cut);
    while (stem && (stem->cut.hash != cut.hash || stem->cut.size != cut.size ||
                    (cut.size && memcmp (stem->text, topic, cut.size) != 0)))
        stem = stem->next;
    return stem;
}

static void
s_link (zp_stems_t *self, zp_stem_t *stem)
{
    zp_stem_t **slot = s_slot (self, stem->cut);
    stem->next = *slot;
    *slot = stem;
}

static void
s_grow (zp_stems_t *self)
{
    zp_stems_t old = *self;
    self->room = old.room ? old.room * 2 : FIRST_ROOM;
    self->slots = calloc (self->room, sizeof *self->slots);
    assert (self->slots);
    for (size_t i = 0; i < old.room; i++)
        for (zp_stem_t *stem = old.slots[i], *next; stem; stem = next) {
            next = stem->next;
            s_link (self, stem);
        }
    free (old.slots);
}

void
zp_stems_add (zp_stems_t *self, void *node)
{
    if (self->count == self->room)
        s_grow (self);
    s_link (self, node);
    self->count++;
}

void
zp_stems_remove (zp_stems_t *self, void *node)
{
    zp_stem_t *stem = node, **at = s_slot (self, stem->cut);
    while (*at != stem)
        at = &(*at)->next;
    *at = stem->next;
    self->count--;
}

void
zp_stems_each (const zp_stems_t *self, void (*fn) (void *node, void *arg),
               void *arg)
{
    for (size_t i = 0; i < self->room; i++)
        for (zp_stem_t *stem = self->slots[i], *next; stem; stem = next) {
            next = stem->next;
            fn (stem, arg);
        }
}

void
zp_stems_clear (zp_stems_t *self, void (*fn) (void *node, void *arg), void *arg)
{
    for (size_t i = 0; i < self->room; i++)
        for (zp_stem_t *stem = self->slots[i], *next; stem; stem = next) {
            next = stem->next;
            if (fn)
                fn (stem, arg);
            free (stem);
        }
    free (self->slots);
    *self = (zp_stems_t){NULL, 0, 0};
}
