//  SPDX-License-Identifier: MIT
//
//  zp_journal_sqlite - a journal in a SQLite 3 database
//
//  Private to the files that make it up: zp_journal_sqlite_open.c opens it,
//  zp_journal_sqlite_failure.c says what went wrong, zp_journal_sqlite_log.c
//  sees to the write-ahead log, and zp_journal_sqlite.c does the rest.

#ifndef ZP_JOURNAL_SQLITE_H
#define ZP_JOURNAL_SQLITE_H

#include <sqlite3.h>

#include "zp_journal_backend.h"

//  Numbers are set aside in the table `owner`, so many at a time, before they
//  are used: that costs nothing, and after a crash none is used twice, even if
//  the records that had the highest ones were erased. The crash wastes some.
#define ZP_JOURNAL_NUMBERS_STEP 10000

//  Rows of the statement that appends many
#define ZP_JOURNAL_SQL_ROWS 16

typedef enum zp_journal_statement {
    ZP_JOURNAL_SQL_BEGIN,
    ZP_JOURNAL_SQL_COMMIT,
    ZP_JOURNAL_SQL_APPEND,
    ZP_JOURNAL_SQL_APPEND_ROWS,
    ZP_JOURNAL_SQL_AMEND,
    ZP_JOURNAL_SQL_ERASE,
    ZP_JOURNAL_SQL_FETCH,
    ZP_JOURNAL_SQL_SET_ASIDE,
    ZP_JOURNAL_SQL_COUNT
} zp_journal_statement_t;

typedef struct zp_journal_sqlite {
    zp_journal_backend_t base;  // What all backends have
    char *path;                 // Of the file, as SQLite gets it
    const char *place;          // Of the file, as the user gave it
    sqlite3 *db;                // The connection
    uint64_t next_number;       // Higher than those of all records
    uint64_t aside;             // Numbers below this are set aside
    int wal_pages;              // In the WAL after the last commit
    uint64_t wal_bytes;         // Of the WAL's file
    sqlite3_stmt *statements[ZP_JOURNAL_SQL_COUNT];  // Prepared
    uint64_t *erased;     // Numbers that a block erases, sorted
    size_t erased_count;  // How many
    size_t erased_room;   // For how many there is room
} zp_journal_sqlite_t;

//  What a code of SQLite means: fills in base.error, a line that names the
//  file, the reason, and what to do.
zp_status_t zp_journal_sqlite_fail (zp_journal_sqlite_t *self, int code);

//  See what it takes on disk.
void zp_journal_sqlite_measure (zp_journal_sqlite_t *self);

//  There was a commit, before which the log had so many pages.
void zp_journal_sqlite_written (zp_journal_sqlite_t *self, int pages);

//  The backend's `tidy`.
zp_status_t zp_journal_sqlite_tidy (zp_journal_backend_t *backend);

//  Open the connection, and become the owner. On failure it is to be closed.
zp_status_t zp_journal_sqlite_connect (zp_journal_sqlite_t *self);

#endif
