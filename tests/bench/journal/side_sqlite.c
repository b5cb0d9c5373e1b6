//  SPDX-License-Identifier: MIT
//
//  SQLite as anybody would use it: the tables and settings of our journal, and
//  a prepared statement for each row.

#include "side.h"

#include <sqlite3.h>

#include "part.h"

#define CHECKPOINT_PAGES "4096"  // As the journal

static const char s_setup[] =
    "PRAGMA page_size = 8192;"
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA cache_size = -16384;"
    "PRAGMA secure_delete = OFF;"
    "PRAGMA wal_autocheckpoint = " CHECKPOINT_PAGES ";"
    "CREATE TABLE records (number INTEGER PRIMARY KEY, time_ms INTEGER NOT "
    "NULL, key TEXT NOT NULL, head TEXT NOT NULL, body BLOB NOT NULL)";

static sqlite3_stmt *
s_prepare (sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2 (db, sql, -1, &statement, NULL);
    part_check (rc == SQLITE_OK, sqlite3_errmsg (db));
    return statement;
}

static void
s_step (sqlite3_stmt *statement)
{
    part_check (sqlite3_step (statement) == SQLITE_DONE,
                sqlite3_errmsg (sqlite3_db_handle (statement)));
    sqlite3_reset (statement);
}

static void
s_insert (sqlite3_stmt *insert, sqlite3_int64 number, const side_run_t *run)
{
    sqlite3_bind_int64 (insert, 1, number);
    sqlite3_bind_int64 (insert, 2, 1795328681382);
    sqlite3_bind_text (insert, 3, "encode", 6, SQLITE_STATIC);
    sqlite3_bind_text (insert, 4, "", 0, SQLITE_STATIC);
    sqlite3_bind_blob (insert, 5, run->body, (int) run->size, SQLITE_STATIC);
    s_step (insert);
}

static void
s_write (side_run_t *run)
{
    sqlite3 *db = NULL;
    part_check (sqlite3_open (run->path, &db) == SQLITE_OK, run->path);
    part_check (sqlite3_exec (db, s_setup, NULL, NULL, NULL) == SQLITE_OK,
                sqlite3_errmsg (db));
    sqlite3_stmt *begin = s_prepare (db, "BEGIN");
    sqlite3_stmt *commit = s_prepare (db, "COMMIT");
    sqlite3_stmt *insert =
        s_prepare (db, "INSERT INTO records VALUES (?, ?, ?, ?, ?)");
    sqlite3_stmt *erase =
        s_prepare (db, "DELETE FROM records WHERE number = ?");
    uint64_t rows = 0, erased = 0;
    do {
        s_step (begin);
        for (uint64_t i = 0; i < run->batch; i++)
            s_insert (insert, (sqlite3_int64) ++rows, run);
        while (rows - erased > SIDE_BACKLOG) {
            sqlite3_bind_int64 (erase, 1, (sqlite3_int64) ++erased);
            s_step (erase);
        }
        s_step (commit);
    } while (!side_over (run, rows));
    sqlite3_finalize (begin);
    sqlite3_finalize (commit);
    sqlite3_finalize (insert);
    sqlite3_finalize (erase);
    sqlite3_close (db);
}

const side_t side_sqlite = {"sqlite", s_write};
