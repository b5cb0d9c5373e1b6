//  SPDX-License-Identifier: MIT
//
//  SQLite alone, with the settings and the table of our journal: as many rows
//  in a transaction as our broker had, and those of the one before erased. A
//  broker on SQLite cannot be faster.

#define _POSIX_C_SOURCE 200809L

#include "contender.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "part.h"

static const char s_setup[] =
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA wal_autocheckpoint = 4000;"
    "PRAGMA cache_size = -16384;"
    "CREATE TABLE records (number INTEGER PRIMARY KEY, time_ms INTEGER NOT "
    "NULL, key TEXT NOT NULL, head TEXT NOT NULL, body BLOB NOT NULL)";

static const char s_insert[] =
    "INSERT INTO records VALUES (?, 0, '" FLOW_QUEUE "', '', ?)";
static const char s_erase[] = "DELETE FROM records WHERE number BETWEEN ? AND "
                              "?";

static void
s_check (sqlite3 *db, bool worked)
{
    if (!worked)
        part_check (false, sqlite3_errmsg (db));
}

static sqlite3_stmt *
s_prepare (sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement;
    s_check (db,
             sqlite3_prepare_v2 (db, sql, -1, &statement, NULL) == SQLITE_OK);
    return statement;
}

static void
s_step (sqlite3 *db, sqlite3_stmt *statement)
{
    s_check (db, sqlite3_step (statement) == SQLITE_DONE);
    sqlite3_reset (statement);
}

static void
s_put (const place_t *place, source_t *source)
{
    char path[PATH_MAX];
    snprintf (path, sizeof path, "%s/ceiling.db", place->folder);
    sqlite3 *db = NULL;
    part_check (sqlite3_open (path, &db) == SQLITE_OK, path);
    s_check (db, sqlite3_exec (db, s_setup, NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_stmt *insert = s_prepare (db, s_insert);
    sqlite3_stmt *erase = s_prepare (db, s_erase);
    sqlite3_stmt *begin = s_prepare (db, "BEGIN IMMEDIATE");
    sqlite3_stmt *commit = s_prepare (db, "COMMIT");
    char *message = malloc (source->size);
    part_check (message != NULL, "memory");

    uint64_t erased = 0, written = 0;
    while (erased < source->made || !source->over) {
        s_step (db, begin);
        while (source_room (source)) {
            sqlite3_bind_int64 (insert, 1, (sqlite3_int64) source->made);
            source_make (source, message);
            sqlite3_bind_blob (insert, 2, message, (int) source->size,
                               SQLITE_STATIC);
            s_step (db, insert);
        }
        sqlite3_bind_int64 (erase, 1, (sqlite3_int64) erased);
        sqlite3_bind_int64 (erase, 2, (sqlite3_int64) written - 1);
        s_step (db, erase);
        s_step (db, commit);
        erased = written;
        source_confirmed (source, source->made - written);
        written = source->made;
    }

    source->last_ns = flow_clock ();

    free (message);
    sqlite3_finalize (insert);
    sqlite3_finalize (erase);
    sqlite3_finalize (begin);
    sqlite3_finalize (commit);
    sqlite3_close (db);
}

const contender_t contender_sqlite = {
    .name = "sqlite",
    .about = "SQLite alone, with as many rows a commit as we had: the ceiling",
    .put = s_put,
};
