//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_journal_sqlite.h"

static const zp_sqlite_kind_t s_kind = {.name = "journal",
                                        .application_id = 0x7a704a6c,  // "zpJl"
                                        .version = 1};

#define RECORDS                                                                \
    "CREATE TABLE records (\n"                                                 \
    "  number INTEGER PRIMARY KEY,  -- Counting up, never used twice\n"        \
    "  time_ms INTEGER NOT NULL,    -- When it was appended, since 1970\n"     \
    "  key TEXT NOT NULL,           -- What it belongs to\n"                   \
    "  head TEXT NOT NULL,          -- Can be amended\n"                       \
    "  body BLOB NOT NULL           -- Can't\n"                                \
    ")"
#define OWNER                                                                  \
    "CREATE TABLE owner (\n"                                                   \
    "  epoch INTEGER NOT NULL,       -- How often there was one\n"             \
    "  since_ms INTEGER NOT NULL,    -- When the last one came, since 1970\n"  \
    "  next_number INTEGER NOT NULL  -- No record had this one or a higher\n"  \
    ")"

#define INSERT    "INSERT INTO records VALUES "
#define ROW       "(?, ?, ?, ?, ?)"
#define FOUR_ROWS ROW ", " ROW ", " ROW ", " ROW

static const char *s_sql[ZP_JOURNAL_SQL_COUNT] = {
    [ZP_JOURNAL_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [ZP_JOURNAL_SQL_COMMIT] = "COMMIT",
    [ZP_JOURNAL_SQL_APPEND] = INSERT ROW,
    [ZP_JOURNAL_SQL_APPEND_ROWS] =
        INSERT FOUR_ROWS ", " FOUR_ROWS ", " FOUR_ROWS ", " FOUR_ROWS,
    [ZP_JOURNAL_SQL_AMEND] =
        "UPDATE records SET key = ?2, head = ?3 WHERE number = ?1",
    [ZP_JOURNAL_SQL_ERASE] = "DELETE FROM records WHERE number BETWEEN ? AND ?",
    [ZP_JOURNAL_SQL_FETCH] =
        "SELECT time_ms, key, head, body FROM records WHERE number = ?",
    [ZP_JOURNAL_SQL_SET_ASIDE] = "UPDATE owner SET next_number = ?",
};

static zp_status_t
s_create (zp_journal_sqlite_t *self)
{
    return zp_sqlite_exec (&self->file, RECORDS
                           "; " OWNER "; INSERT INTO owner VALUES (0, 0, 1);");
}

static zp_status_t
s_check (zp_journal_sqlite_t *self)
{
    int64_t tables[2];
    char *sql = sqlite3_mprintf ("SELECT count (*), total (sql IN (%Q, %Q))"
                                 " FROM sqlite_schema",
                                 RECORDS, OWNER);
    zp_status_t status = zp_sqlite_query (&self->file, sql, tables, 2);
    sqlite3_free (sql);
    if (status == ZP_OK && (tables[0] != 2 || tables[1] != 2))
        status = zp_sqlite_refuse (
            &self->file, ZP_FAILED_PRECONDITION,
            "its tables are not those of a journal; remove with the sqlite3 "
            "shell what was added");
    return status;
}

//  Begin a new epoch, and set the first numbers aside
static zp_status_t
s_own (zp_journal_sqlite_t *self)
{
    int64_t owner[2] = {0, 0}, highest = 0;
    zp_status_t status = zp_sqlite_query (
        &self->file, "SELECT epoch, next_number FROM owner", owner, 2);
    if (status == ZP_OK)
        status = zp_sqlite_query (
            &self->file, "SELECT ifnull (max (number), 0) FROM records",
            &highest, 1);
    if (status != ZP_OK)
        return status;
    int64_t next = owner[1] > highest ? owner[1] : highest + 1;
    self->base.epoch = (uint64_t) owner[0] + 1;
    self->base.next_number = self->next_number = (uint64_t) next;
    self->aside = self->next_number + ZP_JOURNAL_NUMBERS_STEP;
    char *sql = sqlite3_mprintf (
        "UPDATE owner SET epoch = %lld, since_ms = %lld, next_number = %lld",
        (long long) self->base.epoch, (long long) zclock_time (),
        (long long) self->aside);
    status = zp_sqlite_exec (&self->file, sql);
    sqlite3_free (sql);
    return status;
}

static zp_status_t
s_prepare (zp_journal_sqlite_t *self)
{
    int rc = SQLITE_OK;
    for (int i = 0; rc == SQLITE_OK && i < ZP_JOURNAL_SQL_COUNT; i++)
        rc = sqlite3_prepare_v3 (self->file.db, s_sql[i], -1,
                                 SQLITE_PREPARE_PERSISTENT,
                                 &self->statements[i], NULL);
    return zp_sqlite_fail (&self->file, rc);
}

zp_status_t
zp_journal_sqlite_connect (zp_journal_sqlite_t *self, const char *place)
{
    bool fresh;
    zp_sqlite_init (&self->file, place, &s_kind);
    zp_status_t status = zp_sqlite_open (&self->file, &fresh);
    if (status == ZP_OK)
        status = fresh ? s_create (self) : s_check (self);
    if (status == ZP_OK)
        status = s_own (self);
    if (status == ZP_OK)
        status = zp_sqlite_start (&self->file);
    if (status == ZP_OK)
        status = s_prepare (self);
    return zp_journal_sqlite_note (self, status);
}
