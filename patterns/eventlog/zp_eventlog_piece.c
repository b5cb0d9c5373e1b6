//  SPDX-License-Identifier: MIT

#include "zp_eventlog_piece.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ENOUGH 65536  // Bytes, of more than one event

static void
s_add_part (zp_eventlog_piece_t *self, size_t number, const void *data,
            size_t size)
{
    if (size)
        memcpy (self->data + self->size, data, size);
    self->size += size;
    self->ends[number] = self->size;
}

bool
zp_eventlog_piece_add (zp_eventlog_piece_t *self,
                       const zp_eventlog_event_t *event)
{
    assert (self->count < ZP_EVENTLOG_PIECE_MAX);
    char meta[ZP_EVENTLOG_META_MAX];
    size_t meta_size = zp_eventlog_event_write (event, meta);
    size_t size = self->size + meta_size + event->body.size;
    if (size > self->room) {
        self->room = 2 * size;
        self->data = realloc (self->data, self->room);
        assert (self->data);
    }
    s_add_part (self, 2 * self->count, meta, meta_size);
    s_add_part (self, 2 * self->count + 1, event->body.data, event->body.size);
    self->count++;
    return self->count == ZP_EVENTLOG_PIECE_MAX || self->size >= ENOUGH;
}

size_t
zp_eventlog_piece_parts (const zp_eventlog_piece_t *self,
                         zp_span_t parts[2 * ZP_EVENTLOG_PIECE_MAX])
{
    size_t begin = 0;
    for (size_t i = 0; i < 2 * self->count; i++) {
        parts[i] = (zp_span_t){self->data + begin, self->ends[i] - begin};
        begin = self->ends[i];
    }
    return 2 * self->count;
}

void
zp_eventlog_piece_clear (zp_eventlog_piece_t *self)
{
    free (self->data);
    self->data = NULL;
    self->count = self->size = self->room = 0;
}
