//  SPDX-License-Identifier: MIT
//
//  zp_journal_block - operations on a journal, as they gather in memory
//
//  One growing piece of memory holds them one behind the other, so that none
//  of them costs an allocation. What is read back from the journal travels in
//  the same form.

#ifndef ZP_JOURNAL_BLOCK_H
#define ZP_JOURNAL_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zp_envelope.h"

typedef enum zp_journal_verb {
    ZP_JOURNAL_APPEND,  // Here is a record
    ZP_JOURNAL_AMEND,   // Give it this key and head
    ZP_JOURNAL_ERASE,   // Take it away
    ZP_JOURNAL_FETCH,   // Read it
    ZP_JOURNAL_FOUND,   // It was read: here it is
    ZP_JOURNAL_MISSING  // There is none with that number
} zp_journal_verb_t;

//  One operation; its bytes are the key, then the head, then the body.
typedef struct zp_journal_op {
    uint64_t number;       // Of the record
    int64_t time_ms;       // When it was appended, since 1970
    uint32_t verb;         // A zp_journal_verb_t
    uint32_t key_size;     // Bytes
    uint32_t head_size;    // Bytes
    uint32_t body_size;    // Bytes
    unsigned char data[];  // All these, and up to 7 more
} zp_journal_op_t;

typedef struct zp_journal_block {
    unsigned char *data;  // The operations
    size_t size;          // Bytes used
    size_t room;          // Bytes there are
} zp_journal_block_t;

//  Add an operation of this verb to a block, which is all 0 at first.
void zp_journal_block_add (zp_journal_block_t *self, const zp_journal_op_t *op,
                           zp_span_t key, zp_span_t head, zp_span_t body);

//  The operation behind `op`, or the first one if op is NULL; NULL: no more.
const zp_journal_op_t *zp_journal_block_next (const zp_journal_block_t *self,
                                              const zp_journal_op_t *op);

//  Forget all operations; keep the memory, if it is not large.
void zp_journal_block_clear (zp_journal_block_t *self);

//  Free the memory.
void zp_journal_block_free (zp_journal_block_t *self);

//  The spans of an operation
static inline zp_span_t
zp_journal_op_key (const zp_journal_op_t *self)
{
    return (zp_span_t){self->data, self->key_size};
}

static inline zp_span_t
zp_journal_op_head (const zp_journal_op_t *self)
{
    return (zp_span_t){self->data + self->key_size, self->head_size};
}

static inline zp_span_t
zp_journal_op_body (const zp_journal_op_t *self)
{
    return (zp_span_t){self->data + self->key_size + self->head_size,
                       self->body_size};
}

#endif
