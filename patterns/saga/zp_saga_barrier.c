//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_saga_barrier.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STEPS                                                                  \
    "CREATE TABLE saga_steps (\n"                                              \
    "  key TEXT PRIMARY KEY NOT NULL,  -- SAGA/STEP\n"                         \
    "  changed_ms INTEGER NOT NULL,    -- When it last changed, since 1970\n"  \
    "  action TEXT NOT NULL,           -- done, refused or ongoing\n"          \
    "  said TEXT NOT NULL,             -- result, code and text, or ms\n"      \
    "  compensation TEXT,              -- The same, or NULL: none came\n"      \
    "  compensation_said TEXT\n"                                               \
    ") WITHOUT ROWID"

//  What may be erased one day
#define ENDED "action <> 'ongoing' AND ifnull (compensation, '') <> 'ongoing'"
#define INDEX                                                                  \
    "CREATE INDEX saga_steps_ended ON saga_steps (changed_ms)\n"               \
    "  WHERE " ENDED

static const char *s_sql[ZP_SAGA_SQL_COUNT] = {
    [ZP_SAGA_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [ZP_SAGA_SQL_COMMIT] = "COMMIT",
    [ZP_SAGA_SQL_SAVE] = "SAVEPOINT saga_step",
    [ZP_SAGA_SQL_BACK] = "ROLLBACK TO saga_step",
    [ZP_SAGA_SQL_RELEASE] = "RELEASE saga_step",
    [ZP_SAGA_SQL_FIND] = "SELECT action, said, compensation, compensation_said"
                         " FROM saga_steps WHERE key = ?",
    [ZP_SAGA_SQL_WRITE] = "REPLACE INTO saga_steps VALUES (?, ?, ?, ?, ?, ?)",
    [ZP_SAGA_SQL_SWEEP] =
        "DELETE FROM saga_steps WHERE key IN (SELECT key FROM saga_steps"
        " WHERE changed_ms < ? AND " ENDED " ORDER BY changed_ms LIMIT ?)",
};

static const char *const s_names[] = {[ZP_SAGA_DONE] = "done",
                                      [ZP_SAGA_REFUSED] = "refused",
                                      [ZP_SAGA_ONGOING] = "ongoing",
                                      [ZP_SAGA_UNKNOWN] = NULL};

void
zp_saga_row_clear (zp_saga_row_t *self)
{
    for (int side = 0; side < ZP_SAGA_SIDES; side++) {
        free (self->said[side].text);
        self->said[side] = (zp_saga_said_t){ZP_SAGA_UNKNOWN, NULL};
    }
}

static zp_status_t
s_check_tables (zp_saga_barrier_t *self)
{
    int64_t tables[2];
    char *sql = sqlite3_mprintf (
        "SELECT count (*), total (sql IN (%Q, %Q)) FROM sqlite_schema"
        " WHERE name IN ('saga_steps', 'saga_steps_ended')",
        STEPS, INDEX);
    zp_status_t status = zp_sqlite_query (&self->file, sql, tables, 2);
    sqlite3_free (sql);
    if (status != ZP_OK)
        return status;
    if (tables[0] == 0)
        return zp_sqlite_exec (&self->file, STEPS "; " INDEX ";");
    if (tables[0] != 2 || tables[1] != 2)
        return zp_sqlite_refuse (&self->file, ZP_FAILED_PRECONDITION,
                                 "its table saga_steps is of another version "
                                 "of this program, or not its own");
    return ZP_OK;
}

static zp_status_t
s_prepare (zp_saga_barrier_t *self)
{
    int rc = SQLITE_OK;
    for (int i = 0; rc == SQLITE_OK && i < ZP_SAGA_SQL_COUNT; i++)
        rc = sqlite3_prepare_v3 (self->file.db, s_sql[i], -1,
                                 SQLITE_PREPARE_PERSISTENT,
                                 &self->statements[i], NULL);
    return zp_sqlite_fail (&self->file, rc);
}

zp_status_t
zp_saga_barrier_open (zp_saga_barrier_t *self, const char *path,
                      const zp_sqlite_kind_t *kind)
{
    bool fresh;
    *self = (zp_saga_barrier_t){.open = false};
    zp_sqlite_init (&self->file, path, kind);
    zp_status_t status = zp_sqlite_open (&self->file, &fresh);
    if (status == ZP_OK)
        status = s_check_tables (self);
    if (status == ZP_OK)
        status = zp_sqlite_start (&self->file);
    return status == ZP_OK ? s_prepare (self) : status;
}

void
zp_saga_barrier_close (zp_saga_barrier_t *self)
{
    for (int i = 0; i < ZP_SAGA_SQL_COUNT; i++)
        sqlite3_finalize (self->statements[i]);
    zp_sqlite_close (&self->file);
}

//  Run one that gives no rows
static zp_status_t
s_run (zp_saga_barrier_t *self, zp_saga_barrier_sql_t which)
{
    errno = 0;  // What is there after a failure then comes from it
    int rc = sqlite3_step (self->statements[which]);
    sqlite3_reset (self->statements[which]);
    return zp_sqlite_fail (&self->file, rc);
}

zp_status_t
zp_saga_barrier_do (zp_saga_barrier_t *self, zp_saga_barrier_sql_t which)
{
    if (which == ZP_SAGA_SQL_BEGIN && self->open)
        return ZP_OK;
    int pages = self->file.wal_pages;
    zp_status_t status = s_run (self, which);
    if (status == ZP_OK && which == ZP_SAGA_SQL_BEGIN)
        self->open = true;
    if (status == ZP_OK && which == ZP_SAGA_SQL_COMMIT) {
        self->open = false;
        zp_sqlite_written (&self->file, pages);
    }
    return status;
}

//  What the columns from that one on have. False if that is damaged.
static bool
s_take (zp_saga_said_t *said, sqlite3_stmt *row, int column)
{
    const char *name = (const char *) sqlite3_column_text (row, column);
    const char *text = (const char *) sqlite3_column_text (row, column + 1);
    if (!name)
        return true;
    for (zp_saga_outcome_t i = ZP_SAGA_DONE; text && i < ZP_SAGA_UNKNOWN; i++)
        if (strcmp (name, s_names[i]) == 0) {
            *said = (zp_saga_said_t){i, strdup (text)};
            assert (said->text);
            return true;
        }
    return false;
}

zp_status_t
zp_saga_barrier_find (zp_saga_barrier_t *self, const char *key,
                      zp_saga_row_t *row)
{
    sqlite3_stmt *find = self->statements[ZP_SAGA_SQL_FIND];
    for (int side = 0; side < ZP_SAGA_SIDES; side++)
        row->said[side] = (zp_saga_said_t){ZP_SAGA_UNKNOWN, NULL};
    sqlite3_bind_text (find, 1, key, -1, SQLITE_STATIC);
    errno = 0;
    int rc = sqlite3_step (find);
    if (rc == SQLITE_ROW)
        rc = s_take (&row->said[ZP_SAGA_DO], find, 0) &&
                     s_take (&row->said[ZP_SAGA_UNDO], find, 2)
                 ? SQLITE_OK
                 : SQLITE_CORRUPT;
    sqlite3_reset (find);
    return zp_sqlite_fail (&self->file, rc);
}

zp_status_t
zp_saga_barrier_write (zp_saga_barrier_t *self, const char *key,
                       const zp_saga_row_t *row, int64_t now_ms)
{
    sqlite3_stmt *write = self->statements[ZP_SAGA_SQL_WRITE];
    sqlite3_bind_text (write, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_int64 (write, 2, now_ms);
    for (int side = 0; side < ZP_SAGA_SIDES; side++) {
        const zp_saga_said_t *said = &row->said[side];
        sqlite3_bind_text (write, 3 + side * 2, s_names[said->outcome], -1,
                           SQLITE_STATIC);
        sqlite3_bind_text (write, 4 + side * 2, said->text, -1, SQLITE_STATIC);
    }
    return s_run (self, ZP_SAGA_SQL_WRITE);
}

zp_status_t
zp_saga_barrier_sweep (zp_saga_barrier_t *self, int64_t before_ms, size_t count)
{
    sqlite3_stmt *sweep = self->statements[ZP_SAGA_SQL_SWEEP];
    sqlite3_bind_int64 (sweep, 1, before_ms);
    sqlite3_bind_int64 (sweep, 2, (sqlite3_int64) count);
    return s_run (self, ZP_SAGA_SQL_SWEEP);
}
