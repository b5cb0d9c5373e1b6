//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "rows.h"

#include <sqlite3.h>
#include <string.h>
#include <time.h>

#include "part.h"

#define WAL_PAGES "4096"  // As the journal

static const char s_setup[] =
    "PRAGMA page_size = 8192;"
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA cache_size = -16384;"
    "PRAGMA wal_autocheckpoint = " WAL_PAGES ";"
    "CREATE TABLE records (number INTEGER PRIMARY KEY, time_ms INTEGER NOT "
    "NULL, key TEXT NOT NULL, head TEXT NOT NULL, body BLOB NOT NULL)";

static double
s_seconds (void)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static void
s_insert (sqlite3_stmt *insert, uint64_t number)
{
    sqlite3_bind_int64 (insert, 1, (sqlite3_int64) number);
    part_check (sqlite3_step (insert) == SQLITE_DONE,
                sqlite3_errmsg (sqlite3_db_handle (insert)));
    sqlite3_reset (insert);
}

double
rows_sqlite (const char *path, const char *key, const char *head,
             zp_span_t body, uint64_t batch, double seconds)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *insert = NULL;
    part_check (sqlite3_open (path, &db) == SQLITE_OK, path);
    part_check (sqlite3_exec (db, s_setup, NULL, NULL, NULL) == SQLITE_OK,
                sqlite3_errmsg (db));
    sqlite3_prepare_v2 (db, "INSERT INTO records VALUES (?, ?, ?, ?, ?)", -1,
                        &insert, NULL);
    sqlite3_bind_int64 (insert, 2, 1795328681382);
    sqlite3_bind_text (insert, 3, key, -1, SQLITE_STATIC);
    sqlite3_bind_text (insert, 4, head, -1, SQLITE_STATIC);
    sqlite3_bind_blob (insert, 5, body.data, (int) body.size, SQLITE_STATIC);
    uint64_t rows = 0;
    double start = s_seconds (), took;
    do {
        sqlite3_exec (db, "BEGIN", NULL, NULL, NULL);
        for (uint64_t i = 0; i < batch; i++)
            s_insert (insert, ++rows);
        part_check (sqlite3_exec (db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK,
                    sqlite3_errmsg (db));
        took = s_seconds () - start;
    } while (took < seconds);
    sqlite3_finalize (insert);
    sqlite3_close (db);
    return (double) rows / took;
}
