//  SPDX-License-Identifier: MIT

#include "zp_eventlog_recent.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct zp_eventlog_kept {
    STAILQ_ENTRY (zp_eventlog_kept) kept;  // Among all
    zp_eventlog_tail_t *tail;              // And in this
    uint64_t position;                     // On disk with this
    int64_t time_ms;                       // When it was appended
    size_t body_size;                      // Bytes
    size_t id_size;                        // Bytes
    char data[];                           // Body, then id
};

void
zp_eventlog_recent_init (zp_eventlog_recent_t *self, size_t max_bytes)
{
    STAILQ_INIT (&self->kept);
    self->bytes = 0;
    self->max_bytes = max_bytes;
}

void
zp_eventlog_tail_init (zp_eventlog_tail_t *self)
{
    *self = (zp_eventlog_tail_t){
        .items = {.item_size = sizeof (zp_eventlog_kept_t *)}};
}

static size_t
s_size (const zp_eventlog_kept_t *kept)
{
    return sizeof *kept + kept->body_size + kept->id_size;
}

void
zp_eventlog_recent_add (zp_eventlog_recent_t *self, zp_eventlog_tail_t *tail,
                        const zp_eventlog_event_t *event, uint64_t position)
{
    assert (tail->items.count == 0 || tail->next == event->offset);
    size_t body_size = event->body.size;
    size_t id_size = event->id.size;
    zp_eventlog_kept_t *kept = malloc (sizeof *kept + body_size + id_size);
    assert (kept);
    *kept = (zp_eventlog_kept_t){.tail = tail,
                                 .position = position,
                                 .time_ms = event->time_ms,
                                 .body_size = body_size,
                                 .id_size = id_size};
    if (body_size)
        memcpy (kept->data, event->body.data, body_size);
    if (id_size)
        memcpy (kept->data + body_size, event->id.data, id_size);
    STAILQ_INSERT_TAIL (&self->kept, kept, kept);
    self->bytes += s_size (kept);
    zp_fifo_add (&tail->items, &kept);
    tail->next = event->offset + 1;
}

bool
zp_eventlog_tail_get (zp_eventlog_tail_t *self, uint64_t offset,
                      zp_eventlog_event_t *event)
{
    uint64_t first = self->next - self->items.count;
    if (offset < first || offset >= self->next)
        return false;
    zp_eventlog_kept_t *const *item =
        zp_fifo_at (&self->items, (size_t) (offset - first));
    const zp_eventlog_kept_t *kept = *item;
    *event = (zp_eventlog_event_t){
        .offset = offset,
        .time_ms = kept->time_ms,
        .id = {kept->data + kept->body_size, kept->id_size},
        .body = {kept->data, kept->body_size}};
    return true;
}

//  The oldest goes
static void
s_drop (zp_eventlog_recent_t *self)
{
    zp_eventlog_kept_t *oldest = STAILQ_FIRST (&self->kept);
    zp_eventlog_kept_t *first;
    zp_fifo_take (&oldest->tail->items, &first);
    assert (first == oldest);
    STAILQ_REMOVE_HEAD (&self->kept, kept);
    self->bytes -= s_size (oldest);
    free (oldest);
}

void
zp_eventlog_recent_shrink (zp_eventlog_recent_t *self, uint64_t position)
{
    while (self->bytes > self->max_bytes &&
           STAILQ_FIRST (&self->kept)->position <= position)
        s_drop (self);
}

void
zp_eventlog_recent_clear (zp_eventlog_recent_t *self)
{
    while (!STAILQ_EMPTY (&self->kept))
        s_drop (self);
}

void
zp_eventlog_tail_clear (zp_eventlog_tail_t *self)
{
    assert (self->items.count == 0);
    zp_fifo_clear (&self->items);
}
