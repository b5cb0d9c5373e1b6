//  SPDX-License-Identifier: MIT

#include "zp_queue_core_private.h"

#define DEAD_SIZE (sizeof ZP_QUEUE_DEAD - 1)

static bool
s_ends_dead (zp_span_t name)
{
    return name.size >= DEAD_SIZE &&
           memcmp ((const char *) name.data + name.size - DEAD_SIZE,
                   ZP_QUEUE_DEAD, DEAD_SIZE) == 0;
}

static bool
s_name_char (char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool
zp_queue_names_valid (zp_queue_core_t *core, zp_span_t name, bool *dead)
{
    *dead = s_ends_dead (name);
    //  The name of a dead-letter queue must fit as well
    size_t size = *dead ? name.size - DEAD_SIZE : name.size;
    bool valid = size > 0 && size <= ZP_QUEUE_NAME_MAX - DEAD_SIZE;
    for (size_t i = 0; valid && i < name.size; i++)
        valid = s_name_char (((const char *) name.data)[i]);
    if (!valid)
        zp_queue_core_fail (core, ZP_INVALID_ARGUMENT,
                            "the name of a queue is 1 to %zu letters, digits, "
                            "'.', '_' or '-'",
                            ZP_QUEUE_NAME_MAX - DEAD_SIZE);
    return valid;
}

//  Where a name is among all, or else would be
static size_t
s_place (const zp_queue_core_t *core, zp_span_t name, bool *found)
{
    size_t from = 0;
    size_t to = core->queue_count;
    *found = false;
    while (from < to) {
        size_t middle = (from + to) / 2;
        const zp_queue_t *queue = core->names[middle];
        bool longer = queue->name_size > name.size;
        int order = memcmp (queue->name, name.data,
                            longer ? name.size : queue->name_size);
        if (order == 0 && queue->name_size == name.size) {
            *found = true;
            return middle;
        }
        if (order > 0 || (order == 0 && longer))
            to = middle;
        else
            from = middle + 1;
    }
    return from;
}

zp_queue_t *
zp_queue_core_find (zp_queue_core_t *self, zp_span_t name)
{
    bool found;
    size_t place = s_place (self, name, &found);
    return found ? self->names[place] : NULL;
}

zp_queue_t *
zp_queue_core_queue (zp_queue_core_t *self, zp_queue_t *before)
{
    bool found;
    size_t place = 0;
    if (before)
        place = 1 + s_place (self, (zp_span_t){before->name, before->name_size},
                             &found);
    return place < self->queue_count ? self->names[place] : NULL;
}

//  True if nothing would be lost with it but what it has counted
static bool
s_idle (const zp_queue_t *queue)
{
    return !queue->count && !queue->paused && !queue->known &&
           TAILQ_EMPTY (&queue->consumers);
}

//  Drop a queue that nobody uses, and return its slot; -1 if there is none
static int
s_drop_idle (zp_queue_core_t *core)
{
    for (size_t place = 0; place < core->queue_count; place++) {
        zp_queue_t *queue = core->names[place];
        if (!s_idle (queue))
            continue;
        int slot = queue->slot;
        core->queue_count--;
        memmove (core->names + place, core->names + place + 1,
                 (core->queue_count - place) * sizeof *core->names);
        free (queue);
        return slot;
    }
    return -1;
}

static zp_queue_t *
s_new (zp_queue_core_t *core, zp_span_t name, uint16_t slot)
{
    zp_queue_t *self = zmalloc (sizeof *self);
    self->core = core;
    memcpy (self->name, name.data, name.size);
    self->name_size = name.size;
    self->slot = slot;
    self->dead = s_ends_dead (name);
    for (int priority = 0; priority < ZP_QUEUE_PRIORITIES; priority++)
        TAILQ_INIT (&self->ready[priority]);
    TAILQ_INIT (&self->delayed);
    TAILQ_INIT (&self->buried);
    TAILQ_INIT (&self->orphans);
    TAILQ_INIT (&self->consumers);
    TAILQ_INIT (&self->hungry);
    return self;
}

static void
s_grow (zp_queue_core_t *core)
{
    core->queue_room = core->queue_room ? core->queue_room * 2 : 16;
    size_t size = core->queue_room * sizeof (zp_queue_t *);
    core->slots = realloc (core->slots, size);
    core->names = realloc (core->names, size);
    assert (core->slots && core->names);
}

zp_queue_t *
zp_queue_names_make (zp_queue_core_t *core, zp_span_t name, bool limited)
{
    bool found;
    size_t place = s_place (core, name, &found);
    if (found)
        return core->names[place];

    //  Slots in use are always those up to the count
    int slot = (int) core->queue_count;
    size_t max = limited ? core->options.max_queues : ZP_QUEUE_SLOTS;
    if (core->queue_count >= max) {
        slot = limited ? s_drop_idle (core) : -1;
        if (slot == -1) {
            zp_queue_core_fail (
                core, ZP_RESOURCE_EXHAUSTED,
                "there are %zu queues, and no more may be made: use one of "
                "them, empty one, or raise max_queues",
                core->queue_count);
            return NULL;
        }
        place = s_place (core, name, &found);
    }
    if (core->queue_count == core->queue_room)
        s_grow (core);
    zp_queue_t *self = s_new (core, name, (uint16_t) slot);
    core->slots[slot] = self;
    memmove (core->names + place + 1, core->names + place,
             (core->queue_count - place) * sizeof *core->names);
    core->names[place] = self;
    core->queue_count++;
    return self;
}

zp_span_t
zp_queue_names_base (const zp_queue_t *dead)
{
    assert (dead->dead);
    return (zp_span_t){dead->name, dead->name_size - DEAD_SIZE};
}

zp_queue_t *
zp_queue_names_origin (zp_queue_t *dead)
{
    return zp_queue_names_make (dead->core, zp_queue_names_base (dead), false);
}

zp_queue_t *
zp_queue_names_grave (zp_queue_t *origin)
{
    assert (!origin->dead);
    char name[ZP_QUEUE_NAME_MAX + 1];
    memcpy (name, origin->name, origin->name_size);
    memcpy (name + origin->name_size, ZP_QUEUE_DEAD, DEAD_SIZE);
    zp_span_t span = {name, origin->name_size + DEAD_SIZE};
    return zp_queue_names_make (origin->core, span, false);
}
