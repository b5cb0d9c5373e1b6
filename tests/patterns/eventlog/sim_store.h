//  SPDX-License-Identifier: MIT
//
//  sim_store - the store of a zp_eventlog_core, kept in memory
//
//  As a journal does it: what the core writes is in the store at once, and on
//  disk only when it is committed, in whole turns, one after the other. A crash
//  loses the turns that are not.

#ifndef SIM_STORE_H
#define SIM_STORE_H

#include "zp_eventlog_core.h"

typedef struct sim_record {
    uint64_t number;    // Of the record; 0: it is gone
    char *key;          // The log's name
    char *head;         // JSON
    size_t body_size;   // Bytes of the body
    uint64_t body_tag;  // The first eight of these
} sim_record_t;

typedef struct sim_store sim_store_t;

sim_store_t *sim_store_new (void);
void sim_store_destroy (sim_store_t **self_p);

//  For zp_eventlog_core_new.
zp_journal_log_t sim_store_hooks (sim_store_t *self);

//  The turn is over: what was written up to now can't be divided.
void sim_store_end_turn (sim_store_t *self);

//  Commit that many turns; or lose all that are not committed.
void sim_store_commit (sim_store_t *self, size_t turns);
void sim_store_crash (sim_store_t *self);

//  Give all records to a core.
zp_status_t
sim_store_restore (sim_store_t *self, zp_eventlog_core_t *core, int64_t now_ms);

//  The record with a number, committed or not; NULL if there is none.
const sim_record_t *sim_store_find (const sim_store_t *self, uint64_t number);

#endif
