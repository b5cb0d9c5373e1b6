//  SPDX-License-Identifier: MIT
//
//  zp_sqlite - a SQLite 3 database with one owner, which trusts no disk
//
//  What a program needs that confirms nothing before it is on disk: an
//  exclusive lock, so a second owner is refused (and SQLite before 3.51.3 can
//  lose what is in the write-ahead log if there are two connections); a log
//  that is synced with each commit; a look at the file before SQLite sees it,
//  so that what is of another program or a newer version is left alone, byte
//  for byte; and errors that say what to do.
//
//      zp_sqlite_init (&file, "books.db", &kind);
//      zp_sqlite_open (&file, &fresh)    there is a transaction now
//      ... make tables if it is fresh, or check them
//      zp_sqlite_start (&file)           it is on disk, and the owner's
//      ... transactions; after each zp_sqlite_written, if due zp_sqlite_tidy
//      zp_sqlite_close (&file)
//
//  The fields can be read. After a failure from zp_sqlite_start on, nothing may
//  be written any more: what the disk then holds is unknown (Rebello et al.,
//  "Can Applications Recover from fsync Failures?", USENIX ATC 2020).

#ifndef ZP_SQLITE_H
#define ZP_SQLITE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "zp_status.h"

//  What stands in the header of a database; it is refused if it is something
//  else, or if the version is higher.
typedef struct zp_sqlite_kind {
    const char *name;         // For a person, such as "journal"
    uint32_t application_id;  // PRAGMA application_id
    uint32_t version;         // PRAGMA user_version
} zp_sqlite_kind_t;

typedef struct zp_sqlite {
    zp_sqlite_kind_t kind;  // What it is
    sqlite3 *db;            // The connection; NULL: not opened
    char *path;             // Of the file, as SQLite gets it
    const char *place;      // The same, as the user gave it
    char *error;            // What went wrong: a line that names the file, the
                            // reason, and what to do; NULL: nothing
    int wal_pages;          // In the log after the last commit
    uint64_t wal_bytes;     // Of the log's file
    uint64_t size_bytes;    // On disk, as it was last seen
    bool due;               // There is something to tidy
    bool started;           // It is the owner's
} zp_sqlite_t;

//  A database that is not opened yet; the kind and the place are copied.
void zp_sqlite_init (zp_sqlite_t *self, const char *place,
                     const zp_sqlite_kind_t *kind);

//  Open it, or make it, and begin a transaction that nobody else can be in.
//  *fresh_p: there is nothing in it. On failure the file is as it was, and
//  error has the reason: ZP_PERMISSION_DENIED, ZP_NOT_FOUND (no such folder),
//  ZP_UNAVAILABLE (it has an owner), ZP_FAILED_PRECONDITION (of another kind,
//  or newer), ZP_DATA_LOSS (damaged, or the disk is), ZP_RESOURCE_EXHAUSTED
//  (disk full). Damage in the middle is not found before it is read.
zp_status_t zp_sqlite_open (zp_sqlite_t *self, bool *fresh_p);

//  Commit that transaction. From now on there is a write-ahead log.
zp_status_t zp_sqlite_start (zp_sqlite_t *self);

//  Close it, whatever its state. If nothing has failed, what is in the log
//  moves to the database. Statements must be finalized.
void zp_sqlite_close (zp_sqlite_t *self);

//  Run SQL that gives no rows; or get numbers from the one row that there must
//  be.
zp_status_t zp_sqlite_exec (zp_sqlite_t *self, const char *sql);
zp_status_t zp_sqlite_query (zp_sqlite_t *self, const char *sql,
                             int64_t *values, int count);

//  There was a commit, before which the log had so many pages. It may set
//  `due`.
void zp_sqlite_written (zp_sqlite_t *self, int pages);

//  Do what is due, which can take long.
zp_status_t zp_sqlite_tidy (zp_sqlite_t *self);

//  What a code of SQLite means; sets error if it is one of a failure.
zp_status_t zp_sqlite_fail (zp_sqlite_t *self, int code);

//  Set error to the place and why, and return the status.
zp_status_t
zp_sqlite_refuse (zp_sqlite_t *self, zp_status_t status, const char *why);

#endif
