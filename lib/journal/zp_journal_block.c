//  SPDX-License-Identifier: MIT

#include "zp_journal_block.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_MIN  ((size_t) 64 << 10)  // Bytes, at first
#define ROOM_KEEP ((size_t) 4 << 20)   // Bytes; a block with more is given back

//  Bytes that an operation takes, so that the next one is aligned
static size_t
s_size (size_t data_size)
{
    return (sizeof (zp_journal_op_t) + data_size + 7) & ~(size_t) 7;
}

static void
s_make_room (zp_journal_block_t *self, size_t size)
{
    size_t room = self->room ? self->room : ROOM_MIN;
    while (room - self->size < size)
        room *= 2;
    if (room == self->room)
        return;
    self->data = realloc (self->data, room);
    assert (self->data);
    self->room = room;
}

static unsigned char *
s_copy (unsigned char *to, zp_span_t span)
{
    if (span.size)
        memcpy (to, span.data, span.size);
    return to + span.size;
}

void
zp_journal_block_add (zp_journal_block_t *self, const zp_journal_op_t *op,
                      zp_span_t key, zp_span_t head, zp_span_t body)
{
    size_t size = s_size (key.size + head.size + body.size);
    s_make_room (self, size);
    zp_journal_op_t *copy = (zp_journal_op_t *) (self->data + self->size);
    *copy = *op;
    copy->key_size = (uint32_t) key.size;
    copy->head_size = (uint32_t) head.size;
    copy->body_size = (uint32_t) body.size;
    s_copy (s_copy (s_copy (copy->data, key), head), body);
    self->size += size;
}

const zp_journal_op_t *
zp_journal_block_next (const zp_journal_block_t *self,
                       const zp_journal_op_t *op)
{
    const unsigned char *at = self->data;
    if (op)
        at = (const unsigned char *) op +
             s_size ((size_t) op->key_size + op->head_size + op->body_size);
    if (!self->data || at == self->data + self->size)
        return NULL;
    return (const zp_journal_op_t *) at;
}

void
zp_journal_block_clear (zp_journal_block_t *self)
{
    self->size = 0;
    if (self->room > ROOM_KEEP)
        zp_journal_block_free (self);
}

void
zp_journal_block_free (zp_journal_block_t *self)
{
    free (self->data);
    *self = (zp_journal_block_t){NULL, 0, 0};
}
