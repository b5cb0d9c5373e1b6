//  SPDX-License-Identifier: MIT

#include "zp_tracer_ring.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "zp_tap.h"

struct zp_tracer_ring {
    size_t room;                 // For so many events
    uint64_t end;                // How many there have been
    zp_tracer_event_t events[];  // Each at its number modulo room
};

zp_tracer_ring_t *
zp_tracer_ring_new (size_t room)
{
    assert (room > 0);
    //  What calloc takes from the system in one piece it need not clear
    zp_tracer_ring_t *self =
        calloc (1, sizeof *self + room * sizeof self->events[0]);
    assert (self);
    self->room = room;
    return self;
}

void
zp_tracer_ring_destroy (zp_tracer_ring_t **self_p)
{
    assert (self_p);
    free (*self_p);
    *self_p = NULL;
}

void
zp_tracer_ring_add (zp_tracer_ring_t *self, const zp_tracer_event_t *event)
{
    self->events[self->end++ % self->room] = *event;
}

static bool
s_is_wanted (const zp_tracer_event_t *event, const zp_tracer_query_t *query)
{
    const uint8_t *id = event->trace.trace_id;
    if (query->trace &&
        memcmp (id, query->trace, sizeof event->trace.trace_id) != 0)
        return false;
    bool ends = event->what == ZP_TAP_TOOK || event->what == ZP_TAP_REPLIED;
    return !query->roots || (event->root && ends);
}

void
zp_tracer_ring_find (const zp_tracer_ring_t *self,
                     const zp_tracer_query_t *query, zp_tracer_found_t *found)
{
    uint64_t oldest = self->end > self->room ? self->end - self->room : 0;
    uint64_t after = query->after > self->end ? 0 : query->after;
    *found = (zp_tracer_found_t){.next = after > oldest ? after : oldest};
    found->missed = found->next - after;
    size_t most = self->end - found->next;
    if (most > query->limit)
        most = query->limit;
    found->events = malloc (most * sizeof *found->events + 1);
    assert (found->events);
    while (found->next < self->end && found->count < most) {
        const zp_tracer_event_t *event =
            &self->events[found->next++ % self->room];
        if (s_is_wanted (event, query))
            found->events[found->count++] = *event;
    }
}
