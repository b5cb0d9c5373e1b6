//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "zp_sqlite_private.h"

//  A larger page makes small commits dearer and large bodies cheaper. EXTRA is
//  FULL, and the folder is synced too. Without secure_delete, erased bytes stay
//  in the file until their place is used again.
static const char s_settings[] = "PRAGMA page_size = 8192;"
                                 "PRAGMA locking_mode = EXCLUSIVE;"
                                 "PRAGMA synchronous = EXTRA;"
                                 "PRAGMA mmap_size = 0;"
                                 "PRAGMA cache_size = -16384;"  // KiB
                                 "PRAGMA secure_delete = OFF;"
                                 "PRAGMA cell_size_check = ON;"
                                 "PRAGMA trusted_schema = OFF;"
                                 "PRAGMA journal_size_limit = 67108864;";

void
zp_sqlite_init (zp_sqlite_t *self, const char *place,
                const zp_sqlite_kind_t *kind)
{
    assert (self && place && kind);
    *self = (zp_sqlite_t){.kind = *kind};
    //  "file:queue.db" and ":memory:" would mean something else to SQLite
    self->path = sqlite3_mprintf ("%s%s", *place == '/' ? "" : "./", place);
    assert (self->path);
    self->place = self->path + (*place == '/' ? 0 : 2);
}

zp_status_t
zp_sqlite_exec (zp_sqlite_t *self, const char *sql)
{
    errno = 0;  // What is there after a failure then comes from it
    return zp_sqlite_fail (self,
                           sqlite3_exec (self->db, sql, NULL, NULL, NULL));
}

zp_status_t
zp_sqlite_query (zp_sqlite_t *self, const char *sql, int64_t *values, int count)
{
    sqlite3_stmt *row;
    int rc = sqlite3_prepare_v2 (self->db, sql, -1, &row, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step (row);
    for (int i = 0; rc == SQLITE_ROW && i < count; i++)
        values[i] = sqlite3_column_int64 (row, i);
    sqlite3_finalize (row);
    if (rc == SQLITE_DONE)
        rc = SQLITE_CORRUPT;
    return rc == SQLITE_ROW ? ZP_OK : zp_sqlite_fail (self, rc);
}

static int
s_on_commit (void *arg, sqlite3 *db, const char *schema, int pages)
{
    (void) db;
    (void) schema;
    zp_sqlite_t *self = arg;
    self->wal_pages = pages;
    return SQLITE_OK;
}

static zp_status_t
s_connect (zp_sqlite_t *self)
{
    int rc = sqlite3_open_v2 (
        self->path, &self->db,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK && sqlite3_db_readonly (self->db, "main"))
        rc = SQLITE_READONLY;
    //  Nothing moves from the log to the database by itself: not at the end,
    //  which may be that of a file that must be left alone, nor after some
    //  commit, where SQLite hides a failure
    if (rc == SQLITE_OK)
        rc = sqlite3_db_config (self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                                NULL);
    sqlite3_wal_hook (self->db, s_on_commit, self);
    return zp_sqlite_fail (self, rc);
}

//  Say what it is, in an empty one
static zp_status_t
s_mark (zp_sqlite_t *self)
{
    char *sql = sqlite3_mprintf ("PRAGMA application_id = %d;"
                                 "PRAGMA user_version = %d;",
                                 (int) self->kind.application_id,
                                 (int) self->kind.version);
    zp_status_t status = zp_sqlite_exec (self, sql);
    sqlite3_free (sql);
    return status;
}

//  Look again, now through SQLite
static zp_status_t
s_check (zp_sqlite_t *self, bool *fresh_p)
{
    int64_t things = 0, application = 0, version = 0;
    zp_status_t status = zp_sqlite_query (
        self, "SELECT count (*) FROM sqlite_schema", &things, 1);
    if (status == ZP_OK)
        status =
            zp_sqlite_query (self, "PRAGMA application_id", &application, 1);
    if (status == ZP_OK)
        status = zp_sqlite_query (self, "PRAGMA user_version", &version, 1);
    if (status != ZP_OK)
        return status;
    *fresh_p = application == 0 && things == 0;
    return *fresh_p ? s_mark (self)
                    : zp_sqlite_check_kind (self, (uint32_t) application,
                                            (uint32_t) version);
}

zp_status_t
zp_sqlite_open (zp_sqlite_t *self, bool *fresh_p)
{
    *fresh_p = false;
    zp_status_t status = zp_sqlite_look (self);
    if (status == ZP_OK)
        status = s_connect (self);
    if (status == ZP_OK)
        status = zp_sqlite_exec (self, s_settings);
    if (status == ZP_OK)
        status = zp_sqlite_exec (self, "BEGIN EXCLUSIVE");
    return status == ZP_OK ? s_check (self, fresh_p) : status;
}

//  After a failed sync the kernel may still show what was written to the log
//  though the disk does not have it, and never will: it takes it for written
//  (Rebello et al., USENIX ATC 2020). Before anything is built on that, the log
//  is written once more, with what it shows.
static zp_status_t
s_renew_log (zp_sqlite_t *self)
{
    char bytes[65536];
    sqlite3_file *log = NULL;
    sqlite3_int64 size = 0;
    sqlite3_file_control (self->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (!log || !log->pMethods)
        return ZP_OK;
    int rc = log->pMethods->xFileSize (log, &size);
    for (sqlite3_int64 at = 0; rc == SQLITE_OK && at < size;
         at += sizeof bytes) {
        sqlite3_int64 left = size - at;
        int part = left < (int) sizeof bytes ? (int) left : (int) sizeof bytes;
        rc = log->pMethods->xRead (log, bytes, part, at);
        if (rc == SQLITE_OK)
            rc = log->pMethods->xWrite (log, bytes, part, at);
    }
    if (rc == SQLITE_OK && size)
        rc = log->pMethods->xSync (log, SQLITE_SYNC_NORMAL);
    return zp_sqlite_fail (self, rc);
}

//  Then what is in the log moves to the database, and the log begins anew.
zp_status_t
zp_sqlite_start (zp_sqlite_t *self)
{
    static const char *const steps[] = {"COMMIT", "PRAGMA journal_mode = WAL",
                                        "PRAGMA wal_checkpoint (TRUNCATE)"};
    zp_status_t status = s_renew_log (self);
    for (size_t i = 0; status == ZP_OK && i < sizeof steps / sizeof *steps; i++)
        status = zp_sqlite_exec (self, steps[i]);
    self->started = status == ZP_OK;
    if (self->started)
        zp_sqlite_measure (self);
    return status;
}

void
zp_sqlite_close (zp_sqlite_t *self)
{
    //  After a failure nothing is written any more. What could go wrong here is
    //  of no consequence: all is on disk, if only in the log.
    if (self->started && !self->error)
        sqlite3_db_config (self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    sqlite3_close (self->db);
    sqlite3_free (self->path);
    sqlite3_free (self->error);
    *self = (zp_sqlite_t){.db = NULL};
}
