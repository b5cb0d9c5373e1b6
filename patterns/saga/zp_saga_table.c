//  SPDX-License-Identifier: MIT

#include "zp_saga_core_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

uint64_t
zp_saga_hash (zp_span_t text)
{
    const unsigned char *at = text.data;
    uint64_t hash = UINT64_C (14695981039346656037);
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ at[i]) * UINT64_C (1099511628211);
    return hash;
}

static size_t
s_hash (zp_span_t id)
{
    uint64_t hash = zp_saga_hash (id);
    return (size_t) (hash ^ hash >> 32);
}

static zp_saga_t **
s_chain (const zp_saga_table_t *self, zp_span_t id)
{
    return &self->chains[s_hash (id) & (self->room - 1)];
}

static zp_span_t
s_id (const zp_saga_t *saga)
{
    return (zp_span_t){saga->id, strlen (saga->id)};
}

static void
s_grow (zp_saga_table_t *self)
{
    zp_saga_table_t grown = {.room = self->room ? self->room * 2 : 64,
                             .count = self->count};
    grown.chains = calloc (grown.room, sizeof (zp_saga_t *));
    assert (grown.chains);
    for (size_t i = 0; i < self->room; i++)
        for (zp_saga_t *saga = self->chains[i], *next; saga; saga = next) {
            next = saga->next;
            zp_saga_t **chain = s_chain (&grown, s_id (saga));
            saga->next = *chain;
            *chain = saga;
        }
    free (self->chains);
    *self = grown;
}

void
zp_saga_table_add (zp_saga_table_t *self, zp_saga_t *saga)
{
    if (self->count == self->room)
        s_grow (self);
    zp_saga_t **chain = s_chain (self, s_id (saga));
    saga->next = *chain;
    *chain = saga;
    self->count++;
}

void
zp_saga_table_remove (zp_saga_table_t *self, zp_saga_t *saga)
{
    zp_saga_t **link = s_chain (self, s_id (saga));
    while (*link != saga)
        link = &(*link)->next;
    *link = saga->next;
    self->count--;
}

zp_saga_t *
zp_saga_table_find (const zp_saga_table_t *self, zp_span_t id)
{
    if (self->room == 0 || id.size == 0)
        return NULL;
    zp_saga_t *saga = *s_chain (self, id);
    while (saga && (strlen (saga->id) != id.size ||
                    memcmp (saga->id, id.data, id.size) != 0))
        saga = saga->next;
    return saga;
}

void
zp_saga_table_clear (zp_saga_table_t *self)
{
    free (self->chains);
    *self = (zp_saga_table_t){0};
}

static void
s_place (zp_saga_heap_t *self, zp_saga_t *saga, size_t place)
{
    self->sagas[place] = saga;
    saga->place = place;
}

//  Put a saga where it belongs, coming from a free place
static void
s_settle (zp_saga_heap_t *self, zp_saga_t *saga, size_t place)
{
    while (place > 1 && self->sagas[place / 2]->due_ms > saga->due_ms) {
        s_place (self, self->sagas[place / 2], place);
        place /= 2;
    }
    for (size_t child; (child = place * 2) <= self->count; place = child) {
        if (child < self->count &&
            self->sagas[child + 1]->due_ms < self->sagas[child]->due_ms)
            child++;
        if (self->sagas[child]->due_ms >= saga->due_ms)
            break;
        s_place (self, self->sagas[child], place);
    }
    s_place (self, saga, place);
}

void
zp_saga_heap_set (zp_saga_heap_t *self, zp_saga_t *saga, int64_t due_ms)
{
    saga->due_ms = due_ms;
    if (due_ms == INT64_MAX) {
        size_t place = saga->place;
        saga->place = 0;
        if (place == 0)
            return;
        zp_saga_t *last = self->sagas[self->count--];
        if (last != saga)
            s_settle (self, last, place);
        return;
    }
    if (saga->place == 0) {
        if (self->count + 1 >= self->room) {
            self->room = self->room ? self->room * 2 : 64;
            self->sagas =
                realloc (self->sagas, self->room * sizeof (zp_saga_t *));
            assert (self->sagas);
        }
        saga->place = ++self->count;
    }
    s_settle (self, saga, saga->place);
}

zp_saga_t *
zp_saga_heap_first (const zp_saga_heap_t *self)
{
    return self->count ? self->sagas[1] : NULL;
}

void
zp_saga_heap_clear (zp_saga_heap_t *self)
{
    free (self->sagas);
    *self = (zp_saga_heap_t){0};
}
