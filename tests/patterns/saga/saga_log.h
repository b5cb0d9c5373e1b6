//  SPDX-License-Identifier: MIT
//
//  saga_log - a log in memory, of which a crash may lose the end

#ifndef SAGA_LOG_H
#define SAGA_LOG_H

#include "zp_saga_core.h"

typedef struct saga_log saga_log_t;

saga_log_t *saga_log_new (void);
void saga_log_destroy (saga_log_t **self_p);
zp_journal_log_t saga_log_hooks (saga_log_t *self);

//  For records to come.
void saga_log_set_time (saga_log_t *self, int64_t now_ms);

//  The number of the last record that was appended.
uint64_t saga_log_last (const saga_log_t *self);

//  How many records there are of a saga, and how many in all.
size_t saga_log_count (const saga_log_t *self, const char *id);
size_t saga_log_total (const saga_log_t *self);

//  What was not on disk is lost: all after record `number`.
void saga_log_cut (saga_log_t *self, uint64_t number);

//  Give all records to a core.
void saga_log_restore (const saga_log_t *self, zp_saga_core_t *core);

//  The head of a saga's record, counted from 0, or from the last one: -1. NULL:
//  there is none.
const char *saga_log_head (const saga_log_t *self, const char *id, int number);

//  The head of record number `number`.
const char *saga_log_at (const saga_log_t *self, uint64_t number);

//  Give these records to a core.
void saga_log_restore_some (const saga_log_t *self, zp_saga_core_t *core,
                            const uint64_t *numbers, size_t count);

//  Change a record of a saga, as a damaged disk might.
void saga_log_damage (saga_log_t *self, const char *id, int number,
                      const char *head);

#endif
