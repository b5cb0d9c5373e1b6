//  SPDX-License-Identifier: MIT

#include "zp_known.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 16

static zp_known_entry_t *
s_at (const zp_known_t *self, uint32_t place)
{
    return &self->ring[place & (self->room - 1)];
}

static uint32_t
s_count (const zp_known_t *self)
{
    return self->end - self->first;
}

//  The place where the chain of a text begins. FNV-1a (Fowler, Noll, Vo)
static uint32_t *
s_chain (const zp_known_t *self, uint16_t scope, zp_span_t text)
{
    const uint8_t *at = text.data;
    uint32_t hash = 2166136261U ^ scope;
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ at[i]) * 16777619U;
    return &self->newest[(hash ^ hash >> 16) & (self->room - 1)];
}

//  Link the entry at a place, where it is the newest of its chain
static void
s_link (zp_known_t *self, uint32_t place)
{
    zp_known_entry_t *entry = s_at (self, place);
    uint32_t *chain =
        s_chain (self, entry->scope, (zp_span_t){entry->text, entry->size});
    entry->older = *chain;
    *chain = place;
}

static void
s_resize (zp_known_t *self, uint32_t room)
{
    zp_known_t old = *self;
    self->room = room;
    self->ring = malloc (room * sizeof *self->ring);
    self->newest = malloc (room * sizeof *self->newest);
    assert (self->ring && self->newest);
    for (uint32_t chain = 0; chain < room; chain++)
        self->newest[chain] = self->first - 1;  // Not there
    for (uint32_t place = self->first; place != self->end; place++) {
        *s_at (self, place) = *s_at (&old, place);
        s_link (self, place);
    }
    free (old.ring);
    free (old.newest);
}

uint32_t
zp_known_add (zp_known_t *self, uint16_t scope, zp_span_t text, uint64_t id,
              int64_t until_ms, bool mark)
{
    assert (text.size > 0 && text.size <= ZP_KNOWN_MAX);
    if (s_count (self) == self->room)
        s_resize (self, self->room ? self->room * 2 : ROOM_MIN);
    zp_known_entry_t *entry = s_at (self, self->end);
    *entry = (zp_known_entry_t){.id = id,
                                .until_ms = until_ms,
                                .scope = scope,
                                .mark = mark,
                                .size = (uint8_t) text.size};
    memcpy (entry->text, text.data, text.size);
    s_link (self, self->end);
    return self->end++;
}

zp_known_entry_t *
zp_known_find (const zp_known_t *self, uint16_t scope, zp_span_t text,
               int64_t now_ms)
{
    if (self->room == 0)
        return NULL;
    //  Each must be older than the one before: a chain that nobody has looked
    //  at while places counted once around must not lead in a circle
    uint32_t newer = self->end;
    uint32_t place = *s_chain (self, scope, text);
    while (place - self->first < newer - self->first) {
        zp_known_entry_t *entry = s_at (self, place);
        if (entry->scope == scope && entry->size == text.size &&
            entry->until_ms > now_ms &&
            memcmp (entry->text, text.data, text.size) == 0)
            return entry;
        newer = place;
        place = entry->older;
    }
    return NULL;
}

zp_known_entry_t *
zp_known_get (const zp_known_t *self, uint32_t place, uint64_t id,
              int64_t now_ms)
{
    if (place - self->first >= s_count (self))
        return NULL;
    zp_known_entry_t *entry = s_at (self, place);
    return entry->id == id && entry->until_ms > now_ms ? entry : NULL;
}

const zp_known_entry_t *
zp_known_oldest (const zp_known_t *self)
{
    return s_count (self) ? s_at (self, self->first) : NULL;
}

void
zp_known_forget (zp_known_t *self)
{
    assert (s_count (self));
    self->first++;
    if (self->room > ROOM_MIN && s_count (self) < self->room / 4)
        s_resize (self, self->room / 2);
}

void
zp_known_clear (zp_known_t *self)
{
    free (self->ring);
    free (self->newest);
    *self = (zp_known_t){0};
}
