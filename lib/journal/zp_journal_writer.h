//  SPDX-License-Identifier: MIT
//
//  zp_journal_writer - batches of operations, and the thread that writes them
//
//  Private to zp_journal.c. Pointers to batches go through an inproc pair of
//  sockets, and come back when they are written.

#ifndef ZP_JOURNAL_WRITER_H
#define ZP_JOURNAL_WRITER_H

#include "zp_journal_backend.h"

//  Operations that go to disk together
typedef struct zp_journal_batch {
    zp_journal_block_t block;  // These
    zp_journal_block_t found;  // What it asked for
    uint64_t position;         // Of the last operation in it
    bool writes;               // It changes something
    bool reads;                // It asks for something
    zp_status_t status;        // How it went
    uint64_t size_bytes;       // Of the journal after it
    bool due;                  // The next batch will tidy first
    int64_t took_us;           // How long it took, without that
} zp_journal_batch_t;

//  Write a batch, in the thread that calls this. It may be empty.
void zp_journal_batch_write (zp_journal_batch_t *self,
                             zp_journal_backend_t *backend);

//  Make it empty.
void zp_journal_batch_clear (zp_journal_batch_t *self);

typedef struct zp_journal_writer zp_journal_writer_t;

zp_journal_writer_t *zp_journal_writer_new (zp_journal_backend_t *backend);

//  The writer must be idle.
void zp_journal_writer_destroy (zp_journal_writer_t **self_p);

//  Give it a batch; until that comes back the backend is the writer's, and so
//  is the batch.
void
zp_journal_writer_give (zp_journal_writer_t *self, zp_journal_batch_t *batch);

//  Wait for the batch to come back.
zp_journal_batch_t *zp_journal_writer_take (zp_journal_writer_t *self);

//  It can be read when a batch has come back.
zsock_t *zp_journal_writer_socket (zp_journal_writer_t *self);

#endif
