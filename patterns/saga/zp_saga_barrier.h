//  SPDX-License-Identifier: MIT
//
//  zp_saga_barrier - what a service has said of each step, in its own database
//
//  A table beside the service's own ones, so that one transaction holds both
//  what was done and that it was done. A row for each key. It is private to
//  zp_saga_participant; a person reads it with the sqlite3 shell.
//
//  Each failure is final: the file is to be closed.

#ifndef ZP_SAGA_BARRIER_H
#define ZP_SAGA_BARRIER_H

#include "zp_saga_reply.h"
#include "zp_sqlite.h"

#define ZP_SAGA_KEY_MAX 97  // Bytes of SAGA/STEP

typedef enum zp_saga_side {
    ZP_SAGA_DO,    // The action
    ZP_SAGA_UNDO,  // Its compensation
    ZP_SAGA_SIDES
} zp_saga_side_t;

typedef struct zp_saga_said {
    zp_saga_outcome_t outcome;  // UNKNOWN: nothing was said
    char *text;  // DONE: JSON. REFUSED: the code, a space, a line for a person.
                 // ONGOING: milliseconds. NULL: nothing
} zp_saga_said_t;

typedef struct zp_saga_row {
    zp_saga_said_t said[ZP_SAGA_SIDES];  // Of the action and its compensation
} zp_saga_row_t;

void zp_saga_row_clear (zp_saga_row_t *self);

typedef enum zp_saga_barrier_sql {
    ZP_SAGA_SQL_BEGIN,
    ZP_SAGA_SQL_COMMIT,
    ZP_SAGA_SQL_SAVE,     // Here a handler begins
    ZP_SAGA_SQL_BACK,     // As it was then
    ZP_SAGA_SQL_RELEASE,  // It has ended
    ZP_SAGA_SQL_FIND,
    ZP_SAGA_SQL_WRITE,
    ZP_SAGA_SQL_SWEEP,
    ZP_SAGA_SQL_COUNT
} zp_saga_barrier_sql_t;

typedef struct zp_saga_barrier {
    zp_sqlite_t file;  // The service's database; its error says what failed
    bool open;         // There is a transaction
    sqlite3_stmt *statements[ZP_SAGA_SQL_COUNT];  // Prepared
} zp_saga_barrier_t;

//  Open the database, as zp_sqlite_open says, and make the table if it is not
//  there. Close it, whatever came of that.
zp_status_t zp_saga_barrier_open (zp_saga_barrier_t *self, const char *path,
                                  const zp_sqlite_kind_t *kind);
void zp_saga_barrier_close (zp_saga_barrier_t *self);

//  Run one that gives no rows and takes no values. BEGIN only if there is no
//  transaction.
zp_status_t
zp_saga_barrier_do (zp_saga_barrier_t *self, zp_saga_barrier_sql_t which);

//  The row of that key; an empty one if there is none. To be cleared, even
//  after a failure.
zp_status_t zp_saga_barrier_find (zp_saga_barrier_t *self, const char *key,
                                  zp_saga_row_t *row);

//  Make it, or replace it.
zp_status_t zp_saga_barrier_write (zp_saga_barrier_t *self, const char *key,
                                   const zp_saga_row_t *row, int64_t now_ms);

//  Erase at most so many of the oldest rows that were written before that time
//  and in which nothing is ongoing.
zp_status_t zp_saga_barrier_sweep (zp_saga_barrier_t *self, int64_t before_ms,
                                   size_t count);

#endif
