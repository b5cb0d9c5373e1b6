//  SPDX-License-Identifier: MIT
//
//  zp_journal_backend - what a kind of journal does
//
//  One table of functions for each kind. The thread of the loop and that of the
//  writer use a backend by turns, never at the same time. None of it retries:
//  after a failed commit, fetch or tidy it will only be closed.

#ifndef ZP_JOURNAL_BACKEND_H
#define ZP_JOURNAL_BACKEND_H

#include "zp_journal.h"
#include "zp_journal_block.h"

typedef struct zp_journal_backend zp_journal_backend_t;

typedef struct zp_journal_kind {
    const char *scheme;  // What its URLs start with, such as "sqlite:"

    //  Open the journal at this place, the rest of the URL, or make one; be
    //  its owner. On failure *self_p is NULL, and *error_p says why.
    zp_status_t (*open) (zp_journal_backend_t **self_p, const char *place,
                         char **error_p);

    //  As zp_journal_replay.
    zp_status_t (*replay) (zp_journal_backend_t *self, uint64_t from,
                           bool bodies, zp_record_fn *fn, void *arg);

    //  Write all operations of the block in one transaction, and come back
    //  when it is on disk. If the epoch is no more our own, ZP_ABORTED.
    zp_status_t (*commit) (zp_journal_backend_t *self,
                           const zp_journal_block_t *block);

    //  Read what the block asks for, in that order, and add it to found.
    zp_status_t (*fetch) (zp_journal_backend_t *self,
                          const zp_journal_block_t *block,
                          zp_journal_block_t *found);

    //  Do what a commit has found to be due, which can take long.
    zp_status_t (*tidy) (zp_journal_backend_t *self);

    //  Close it, well if nothing has failed.
    void (*close) (zp_journal_backend_t **self_p);
} zp_journal_kind_t;

//  The part that all backends start with
struct zp_journal_backend {
    const zp_journal_kind_t *kind;  // What it can do
    uint64_t epoch;                 // How often the journal had an owner
    uint64_t next_number;           // When it was opened: never used, nor any
                                    // after it
    uint64_t size_bytes;            // On disk, after the last commit
    bool due;                       // There is something to tidy
    char *error;  // Why it failed, and what to do; NULL: it did not
};

extern const zp_journal_kind_t zp_journal_sqlite;

#endif
