//  SPDX-License-Identifier: MIT

#include "zp_eventlog_event.h"

#include <assert.h>
#include <string.h>

#include "zp_number.h"

size_t
zp_eventlog_event_write (const zp_eventlog_event_t *self,
                         char text[ZP_EVENTLOG_META_MAX])
{
    assert (self->id.size <= ZP_EVENTLOG_ID_MAX && self->time_ms >= 0);
    size_t size = zp_number_write (self->offset, text);
    text[size++] = ' ';
    size += zp_number_write ((uint64_t) self->time_ms, text + size);
    text[size++] = ' ';
    size += zp_number_write (self->delivery, text + size);
    if (self->id.size) {
        text[size++] = ' ';
        memcpy (text + size, self->id.data, self->id.size);
        size += self->id.size;
    }
    text[size] = 0;
    return size;
}

static bool
s_space (const char **at, const char *end)
{
    return *at < end && *(*at)++ == ' ';
}

bool
zp_eventlog_event_read (zp_eventlog_event_t *self, zp_span_t meta)
{
    const char *at = meta.data;
    const char *end = at + meta.size;
    uint64_t offset, time_ms, delivery;
    if (!zp_number_read (&offset, &at, end, ZP_EVENTLOG_OFFSET_MAX) ||
        !s_space (&at, end) ||
        !zp_number_read (&time_ms, &at, end, INT64_MAX) ||
        !s_space (&at, end) ||
        !zp_number_read (&delivery, &at, end, UINT32_MAX))
        return false;
    bool more = at < end;
    if (more &&
        (!s_space (&at, end) || at == end || end - at > ZP_EVENTLOG_ID_MAX))
        return false;
    self->offset = offset;
    self->time_ms = (int64_t) time_ms;
    self->delivery = (uint32_t) delivery;
    self->id = (zp_span_t){more ? at : NULL, (size_t) (end - at)};
    return true;
}
