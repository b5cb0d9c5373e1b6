//  SPDX-License-Identifier: MIT
//
//  zp_journal_sqlite - a journal in a SQLite 3 database
//
//  Private to the files that make it up: zp_journal_sqlite_open.c opens it, and
//  zp_journal_sqlite.c does the rest.

#ifndef ZP_JOURNAL_SQLITE_H
#define ZP_JOURNAL_SQLITE_H

#include "zp_journal_backend.h"
#include "zp_sqlite.h"

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
    zp_sqlite_t file;           // The database
    uint64_t next_number;       // Higher than those of all records
    uint64_t aside;             // Numbers below this are set aside
    sqlite3_stmt *statements[ZP_JOURNAL_SQL_COUNT];  // Prepared
    uint64_t *erased;     // Numbers that a block erases, sorted
    size_t erased_count;  // How many
    size_t erased_room;   // For how many there is room
} zp_journal_sqlite_t;

//  The backend's status of that of the file, whose error becomes its own.
zp_status_t
zp_journal_sqlite_note (zp_journal_sqlite_t *self, zp_status_t status);

//  Open the file, and become the owner. On failure it is to be closed.
zp_status_t
zp_journal_sqlite_connect (zp_journal_sqlite_t *self, const char *place);

#endif
