//  SPDX-License-Identifier: MIT
//
//  A journal in a SQLite 3 database, in WAL mode. Written for SQLite 3.34.

#define _POSIX_C_SOURCE 200809L

#include "zp_journal_backend.h"

#include <sqlite3.h>
#include <sys/stat.h>

#define APPLICATION_ID 0x7a704a6c  // "zpJl"
#define VERSION        1           // Of the tables

//  WAL pages after which they are moved to the database
#define CHECKPOINT_PAGES 4000

//  Numbers are set aside in the table `owner` so many at a time, before they
//  are used. A process that is killed so wastes some, but none is used twice,
//  even if the records that had the highest ones were erased.
#define NUMBERS_STEP 10000

static const char s_create[] =
    "PRAGMA application_id = 2054179436;"
    "PRAGMA user_version = 1;"
    "CREATE TABLE records (\n"
    "  number INTEGER PRIMARY KEY,\n"
    "  time_ms INTEGER NOT NULL,  -- When it was appended, since 1970\n"
    "  key TEXT NOT NULL,\n"
    "  head TEXT NOT NULL,\n"
    "  body BLOB NOT NULL\n"
    ");"
    "CREATE TABLE owner (\n"
    "  epoch INTEGER NOT NULL,       -- How often there was one\n"
    "  since_ms INTEGER NOT NULL,    -- When the last one came, since 1970\n"
    "  next_number INTEGER NOT NULL  -- No record had this number or a higher\n"
    ");"
    "INSERT INTO owner VALUES (0, 0, 1);";

static const char s_settings[] = "PRAGMA locking_mode = EXCLUSIVE;"
                                 "PRAGMA journal_mode = WAL;"
                                 "PRAGMA synchronous = EXTRA;"
                                 "PRAGMA mmap_size = 0;"
                                 "PRAGMA cache_size = -16384;"
                                 "PRAGMA secure_delete = OFF;"
                                 "PRAGMA cell_size_check = ON;"
                                 "PRAGMA trusted_schema = OFF;"
                                 "PRAGMA journal_size_limit = 67108864;";

typedef enum {
    BEGIN,
    COMMIT,
    INSERT,
    AMEND,
    ERASE,
    FETCH,
    SET_NEXT,
    STATEMENTS
} s_statement_t;

static const char *s_sql[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [INSERT] = "INSERT INTO records VALUES (?, ?, ?, ?, ?)",
    [AMEND] = "UPDATE records SET key = ?2, head = ?3 WHERE number = ?1",
    [ERASE] = "DELETE FROM records WHERE number BETWEEN ? AND ?",
    [FETCH] = "SELECT number, time_ms, key, head, length (body), body"
              " FROM records WHERE number = ?",
    [SET_NEXT] = "UPDATE owner SET next_number = ?",
};

typedef struct {
    zp_journal_backend_t base;             // What all backends have
    char *path;                            // The file
    sqlite3 *db;                           // The connection
    sqlite3_stmt *statements[STATEMENTS];  // Prepared
    uint64_t next_number;   // Higher than all numbers of records appended
    uint64_t numbers_kept;  // Numbers below it are set aside
    int wal_pages;          // After the last commit
    uint64_t *erased;       // Scratch: sorted numbers of one block
    size_t erased_count;    // How many
    size_t erased_room;     // For how many there is room
} s_sqlite_t;

static zp_status_t
s_status (int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
        return ZP_OK;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
        return ZP_PERMISSION_DENIED;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ZP_UNAVAILABLE;
    case SQLITE_FULL:
    case SQLITE_NOMEM:
        return ZP_RESOURCE_EXHAUSTED;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_IOERR:
        return ZP_DATA_LOSS;
    default:
        return ZP_INTERNAL;
    }
}

static zp_status_t
s_fail (s_sqlite_t *self, int code)
{
    int number = sqlite3_system_errno (self->db);
    zstr_free (&self->base.error);
    self->base.error =
        zsys_sprintf ("%s: %s%s%s", self->path, sqlite3_errmsg (self->db),
                      number ? ": " : "", number ? strerror (number) : "");
    return s_status (code);
}

static int
s_step (s_sqlite_t *self, s_statement_t which)
{
    sqlite3_stmt *statement = self->statements[which];
    int rc = sqlite3_step (statement);
    if (rc != SQLITE_ROW)
        sqlite3_reset (statement);
    return rc;
}

static int
s_compare (const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *) left, b = *(const uint64_t *) right;
    return (a > b) - (a < b);
}

static void
s_collect_erased (s_sqlite_t *self, const zp_journal_block_t *block)
{
    bool sorted = true;
    self->erased_count = 0;
    const zp_journal_op_t *op = NULL;
    while ((op = zp_journal_block_next (block, op)) != NULL) {
        if (op->verb != ZP_JOURNAL_ERASE)
            continue;
        if (self->erased_count == self->erased_room) {
            self->erased_room = self->erased_room ? self->erased_room * 2 : 64;
            self->erased = realloc (self->erased,
                                    self->erased_room * sizeof *self->erased);
            assert (self->erased);
        }
        if (self->erased_count)
            sorted &= self->erased[self->erased_count - 1] <= op->number;
        self->erased[self->erased_count++] = op->number;
    }
    if (!sorted)
        qsort (self->erased, self->erased_count, sizeof *self->erased,
               s_compare);
}

static bool
s_is_erased (const s_sqlite_t *self, uint64_t number)
{
    return self->erased_count &&
           number <= self->erased[self->erased_count - 1] &&
           bsearch (&number, self->erased, self->erased_count,
                    sizeof *self->erased, s_compare);
}

static void
s_bind_text (sqlite3_stmt *statement, int column, zp_span_t text)
{
    sqlite3_bind_text (statement, column, text.data, (int) text.size,
                       SQLITE_STATIC);
}

static int
s_append (s_sqlite_t *self, const zp_journal_op_t *op)
{
    sqlite3_stmt *statement = self->statements[INSERT];
    zp_span_t body = zp_journal_op_body (op);
    sqlite3_bind_int64 (statement, 1, (sqlite3_int64) op->number);
    sqlite3_bind_int64 (statement, 2, op->time_ms);
    s_bind_text (statement, 3, zp_journal_op_key (op));
    s_bind_text (statement, 4, zp_journal_op_head (op));
    sqlite3_bind_blob (statement, 5, body.data, (int) body.size, SQLITE_STATIC);
    return s_step (self, INSERT);
}

static int
s_amend (s_sqlite_t *self, const zp_journal_op_t *op)
{
    sqlite3_stmt *statement = self->statements[AMEND];
    sqlite3_bind_int64 (statement, 1, (sqlite3_int64) op->number);
    s_bind_text (statement, 2, zp_journal_op_key (op));
    s_bind_text (statement, 3, zp_journal_op_head (op));
    return s_step (self, AMEND);
}

//  Erase all that is to be erased, each run of consecutive numbers at once

static int
s_erase (s_sqlite_t *self)
{
    sqlite3_stmt *statement = self->statements[ERASE];
    const uint64_t *numbers = self->erased;
    size_t first = 0;
    while (first < self->erased_count) {
        size_t last = first;
        while (last + 1 < self->erased_count &&
               numbers[last + 1] - numbers[last] <= 1)
            last++;
        sqlite3_bind_int64 (statement, 1, (sqlite3_int64) numbers[first]);
        sqlite3_bind_int64 (statement, 2, (sqlite3_int64) numbers[last]);
        int rc = s_step (self, ERASE);
        if (rc != SQLITE_DONE)
            return rc;
        first = last + 1;
    }
    return SQLITE_DONE;
}

static int
s_set_next (s_sqlite_t *self, uint64_t next)
{
    sqlite3_bind_int64 (self->statements[SET_NEXT], 1, (sqlite3_int64) next);
    return s_step (self, SET_NEXT);
}

static int
s_write (s_sqlite_t *self, const zp_journal_block_t *block)
{
    int rc = SQLITE_DONE;
    const zp_journal_op_t *op = NULL;
    while (rc == SQLITE_DONE &&
           (op = zp_journal_block_next (block, op)) != NULL) {
        if (op->verb == ZP_JOURNAL_APPEND)
            self->next_number = op->number + 1;
        if (op->verb > ZP_JOURNAL_AMEND || s_is_erased (self, op->number))
            continue;
        rc = op->verb == ZP_JOURNAL_APPEND ? s_append (self, op)
                                           : s_amend (self, op);
    }
    if (rc == SQLITE_DONE)
        rc = s_erase (self);
    if (rc == SQLITE_DONE && self->next_number > self->numbers_kept) {
        self->numbers_kept = self->next_number + NUMBERS_STEP;
        rc = s_set_next (self, self->numbers_kept);
    }
    return rc;
}

static int
s_on_commit (void *arg, sqlite3 *db, const char *schema, int pages)
{
    (void) db;
    (void) schema;
    s_sqlite_t *self = arg;
    self->wal_pages = pages;
    return SQLITE_OK;
}

static void
s_measure (s_sqlite_t *self)
{
    struct stat file;
    self->base.size_bytes = 0;
    if (stat (sqlite3_db_filename (self->db, "main"), &file) == 0)
        self->base.size_bytes += (uint64_t) file.st_size;
}

static zp_status_t
s_commit (zp_journal_backend_t *backend, const zp_journal_block_t *block)
{
    s_sqlite_t *self = (s_sqlite_t *) backend;
    s_collect_erased (self, block);
    int rc = s_step (self, BEGIN);
    if (rc == SQLITE_DONE)
        rc = s_write (self, block);
    if (rc == SQLITE_DONE)
        rc = s_step (self, COMMIT);
    if (rc == SQLITE_DONE)
        return ZP_OK;
    zp_status_t status = s_fail (self, rc);
    sqlite3_exec (self->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static zp_span_t
s_span (sqlite3_stmt *row, int column)
{
    const void *data = sqlite3_column_blob (row, column);
    return (zp_span_t){data, (size_t) sqlite3_column_bytes (row, column)};
}

static zp_status_t
s_fetch (zp_journal_backend_t *backend, const zp_journal_block_t *block,
         zp_journal_block_t *found)
{
    s_sqlite_t *self = (s_sqlite_t *) backend;
    sqlite3_stmt *row = self->statements[FETCH];
    const zp_span_t nothing = {NULL, 0};
    const zp_journal_op_t *op = NULL;
    while ((op = zp_journal_block_next (block, op)) != NULL) {
        if (op->verb != ZP_JOURNAL_FETCH)
            continue;
        zp_journal_op_t answer = {.number = op->number,
                                  .verb = ZP_JOURNAL_MISSING};
        sqlite3_bind_int64 (row, 1, (sqlite3_int64) op->number);
        int rc = s_step (self, FETCH);
        if (rc == SQLITE_ROW) {
            answer.verb = ZP_JOURNAL_FOUND;
            answer.time_ms = sqlite3_column_int64 (row, 1);
            zp_journal_block_add (found, &answer, s_span (row, 2),
                                  s_span (row, 3), s_span (row, 5));
            sqlite3_reset (row);
        }
        else if (rc == SQLITE_DONE)
            zp_journal_block_add (found, &answer, nothing, nothing, nothing);
        else
            return s_fail (self, rc);
    }
    return ZP_OK;
}

static zp_status_t
s_tidy (zp_journal_backend_t *backend)
{
    s_sqlite_t *self = (s_sqlite_t *) backend;
    if (self->wal_pages < CHECKPOINT_PAGES)
        return ZP_OK;
    int rc = sqlite3_wal_checkpoint_v2 (self->db, "main",
                                        SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (rc != SQLITE_OK)
        return s_fail (self, rc);
    s_measure (self);
    return ZP_OK;
}

static zp_status_t
s_replay (zp_journal_backend_t *backend, uint64_t from, bool bodies,
          zp_record_fn *fn, void *arg)
{
    s_sqlite_t *self = (s_sqlite_t *) backend;
    sqlite3_stmt *row;
    int rc = sqlite3_prepare_v2 (
        self->db,
        bodies ? "SELECT number, time_ms, key, head, length (body), body"
                 " FROM records WHERE number >= ? ORDER BY number"
               : "SELECT number, time_ms, key, head, length (body), NULL"
                 " FROM records WHERE number >= ? ORDER BY number",
        -1, &row, NULL);
    if (rc != SQLITE_OK)
        return s_fail (self, rc);
    sqlite3_bind_int64 (row, 1, (sqlite3_int64) from);
    zp_status_t status = ZP_OK;
    while (status == ZP_OK && (rc = sqlite3_step (row)) == SQLITE_ROW) {
        zp_record_t record = {
            .number = (uint64_t) sqlite3_column_int64 (row, 0),
            .time_ms = sqlite3_column_int64 (row, 1),
            .key = s_span (row, 2),
            .head = s_span (row, 3),
            .body_size = (size_t) sqlite3_column_int64 (row, 4),
            .body = s_span (row, 5)};
        if (fn (arg, &record) != 0)
            status = ZP_ABORTED;
    }
    if (status == ZP_OK && rc != SQLITE_DONE)
        status = s_fail (self, rc);
    sqlite3_finalize (row);
    return status;
}

static int
s_query (s_sqlite_t *self, const char *sql, int64_t *values, int count)
{
    sqlite3_stmt *row;
    int rc = sqlite3_prepare_v2 (self->db, sql, -1, &row, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step (row);
    for (int i = 0; rc == SQLITE_ROW && i < count; i++)
        values[i] = sqlite3_column_int64 (row, i);
    sqlite3_finalize (row);
    return rc == SQLITE_ROW    ? SQLITE_OK
           : rc == SQLITE_DONE ? SQLITE_CORRUPT
                               : rc;
}

static int
s_exec (s_sqlite_t *self, const char *sql)
{
    return sqlite3_exec (self->db, sql, NULL, NULL, NULL);
}

static int
s_own (s_sqlite_t *self)
{
    int64_t owner[2], highest;
    int rc = s_exec (self, "BEGIN IMMEDIATE");
    if (rc == SQLITE_OK)
        rc = s_query (self, "SELECT epoch, next_number FROM owner", owner, 2);
    if (rc == SQLITE_OK)
        rc = s_query (self, "SELECT ifnull (max (number), 0) FROM records",
                      &highest, 1);
    if (rc != SQLITE_OK)
        return rc;
    self->base.epoch = (uint64_t) owner[0] + 1;
    self->next_number = (uint64_t) owner[1];
    if (self->next_number <= (uint64_t) highest)
        self->next_number = (uint64_t) highest + 1;
    self->base.next_number = self->next_number;
    self->numbers_kept = self->next_number + NUMBERS_STEP;
    char sql[200];
    snprintf (sql, sizeof sql,
              "UPDATE owner SET epoch = %" PRIu64 ", since_ms = %" PRIi64
              ", next_number = %" PRIu64,
              self->base.epoch, zclock_time (), self->numbers_kept);
    rc = s_exec (self, sql);
    if (rc == SQLITE_OK)
        rc = s_exec (self, "COMMIT");
    return rc;
}

static int
s_connect (s_sqlite_t *self)
{
    int64_t version;
    int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int rc = sqlite3_open_v2 (self->path, &self->db, flags, NULL);
    sqlite3_extended_result_codes (self->db, true);
    if (rc == SQLITE_OK)
        rc = s_exec (self, s_settings);
    if (rc == SQLITE_OK)
        rc = s_query (self, "PRAGMA user_version", &version, 1);
    if (rc == SQLITE_OK && version == 0) {
        rc = s_exec (self, "BEGIN IMMEDIATE");
        if (rc == SQLITE_OK)
            rc = s_exec (self, s_create);
        if (rc == SQLITE_OK)
            rc = s_exec (self, "COMMIT");
    }
    if (rc == SQLITE_OK)
        rc = s_own (self);
    for (int i = 0; rc == SQLITE_OK && i < STATEMENTS; i++)
        rc = sqlite3_prepare_v3 (self->db, s_sql[i], -1,
                                 SQLITE_PREPARE_PERSISTENT,
                                 &self->statements[i], NULL);
    sqlite3_wal_hook (self->db, s_on_commit, self);
    return rc;
}

static void
s_free (s_sqlite_t *self)
{
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize (self->statements[i]);
    sqlite3_close (self->db);
    zstr_free (&self->base.error);
    free (self->erased);
    free (self->path);
    free (self);
}

static void
s_close (zp_journal_backend_t **self_p)
{
    s_sqlite_t *self = (s_sqlite_t *) *self_p;
    *self_p = NULL;
    if (!self->base.error)
        s_set_next (self, self->next_number);
    s_free (self);
}

static zp_status_t
s_open (zp_journal_backend_t **self_p, const char *place, char **error_p)
{
    s_sqlite_t *self = calloc (1, sizeof *self);
    assert (self);
    self->base.kind = &zp_journal_sqlite;
    //  A path that starts with "file:" or ":" means something else to SQLite
    self->path = zsys_sprintf ("%s%s", *place == '/' ? "" : "./", place);
    int rc = s_connect (self);
    if (rc != SQLITE_OK) {
        zp_status_t status = s_fail (self, rc);
        *error_p = self->base.error;
        self->base.error = NULL;
        s_free (self);
        return status;
    }
    s_measure (self);
    *self_p = &self->base;
    return ZP_OK;
}

const zp_journal_kind_t zp_journal_sqlite = {
    .scheme = "sqlite:",
    .open = s_open,
    .replay = s_replay,
    .commit = s_commit,
    .fetch = s_fetch,
    .tidy = s_tidy,
    .close = s_close,
};
