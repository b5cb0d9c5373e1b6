//  SPDX-License-Identifier: MIT

#include "zp_content.h"

size_t
zp_content_room (size_t method_size, const zp_span_t *args, size_t count)
{
    size_t room = (1 + count) * sizeof (zp_span_t) + method_size;
    for (size_t i = 0; i < count; i++)
        if (args[i].size <= ZP_ENVELOPE_INLINE)
            room += args[i].size;
    return room;
}

//  Copy a large part to a message
static const void *
s_copy_large (zp_content_t *self, zp_span_t part)
{
    if (!self->large)
        self->large = zmalloc (ZP_ENVELOPE_PARTS_MAX * sizeof *self->large);
    zmq_msg_t *msg = &self->large[self->large_count++];
    int rc = zmq_msg_init_size (msg, part.size);
    assert (rc == 0);
    (void) rc;
    return memcpy (zmq_msg_data (msg), part.data, part.size);
}

void
zp_content_copy (zp_content_t *self, void *memory, zp_span_t method,
                 const zp_span_t *args, size_t count)
{
    self->large = NULL;
    self->large_count = 0;
    self->parts = memory;
    self->count = 1 + count;
    char *at = (char *) &self->parts[self->count];
    for (size_t i = 0; i < self->count; i++) {
        zp_span_t part = i ? args[i - 1] : method;
        self->parts[i] = (zp_span_t){at, part.size};
        if (part.size > ZP_ENVELOPE_INLINE)
            self->parts[i].data = s_copy_large (self, part);
        else if (part.size) {
            memcpy (at, part.data, part.size);
            at += part.size;
        }
    }
    self->size = zp_records_size (self->parts, self->count);
}

void
zp_content_clear (zp_content_t *self)
{
    for (size_t i = 0; i < self->large_count; i++)
        zmq_msg_close (&self->large[i]);
    free (self->large);
}
