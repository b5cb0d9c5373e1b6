//  SPDX-License-Identifier: MIT
//
//  core_log - the log of a zp_queue_core, kept in memory
//
//  As a journal does it: what the core writes is in the log at once, and on
//  disk only when it is committed, in whole turns, one after the other. A crash
//  loses the turns that are not.

#ifndef CORE_LOG_H
#define CORE_LOG_H

#include "zp_queue_core.h"

typedef struct core_record {
    uint64_t number;                  // Of the record
    int64_t time_ms;                  // When it was appended
    char key[ZP_QUEUE_NAME_MAX + 1];  // The queue's name
    char *head;                       // JSON, or empty
    size_t body_size;                 // Bytes of the body, which is not here
} core_record_t;

typedef struct core_log core_log_t;

core_log_t *core_log_new (void);
void core_log_destroy (core_log_t **self_p);

//  For zp_queue_core_new.
zp_journal_log_t core_log_hooks (core_log_t *self);

//  What time it is for records to come.
void core_log_set_time (core_log_t *self, int64_t now_ms);

//  The turn is over: what was written up to now can't be divided.
void core_log_end_turn (core_log_t *self);

//  How many turns have ended and are not committed.
size_t core_log_turns (const core_log_t *self);

//  Commit that many of them.
void core_log_commit (core_log_t *self, size_t turns);

//  Lose all that is not committed.
void core_log_crash (core_log_t *self);

//  Give all records to a core.
zp_status_t
core_log_restore (core_log_t *self, zp_queue_core_t *core, int64_t now_ms);

//  The record with a number, committed or not; NULL if there is none.
const core_record_t *core_log_find (const core_log_t *self, uint64_t number);

//  How many records there are, and how often one was written, changed or taken
//  away.
size_t core_log_count (const core_log_t *self);
size_t core_log_written (const core_log_t *self);

#endif
