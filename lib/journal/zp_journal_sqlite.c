//  SPDX-License-Identifier: MIT
//
//  Of a block, what was erased is collected and sorted first. A record that was
//  appended and erased in the same block then is never written, and a run of
//  consecutive numbers goes with one statement. Then all is appended, amended
//  and erased: that is as good as the order within the block, since nothing
//  comes before the append of a record, and nothing counts after its erase.
//
//  What a row costs is mostly what a statement costs, so many go with one.

#define _POSIX_C_SOURCE 200809L

#include "zp_journal_sqlite.h"

#include <errno.h>

zp_status_t
zp_journal_sqlite_note (zp_journal_sqlite_t *self, zp_status_t status)
{
    self->base.error = self->file.error;
    self->base.size_bytes = self->file.size_bytes;
    self->base.due = self->file.due;
    return status;
}

//  The same of a code of SQLite
static zp_status_t
s_result (zp_journal_sqlite_t *self, int code)
{
    return zp_journal_sqlite_note (self, zp_sqlite_fail (&self->file, code));
}

//  Run a prepared statement that gives no row, or the first one it gives: then
//  it is to be reset
static int
s_step (zp_journal_sqlite_t *self, zp_journal_statement_t which)
{
    errno = 0;  // What is there after a failure then comes from it
    int rc = sqlite3_step (self->statements[which]);
    if (rc != SQLITE_ROW)
        sqlite3_reset (self->statements[which]);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int
s_compare (const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *) left;
    uint64_t b = *(const uint64_t *) right;
    return (a > b) - (a < b);
}

static void
s_add_erased (zp_journal_sqlite_t *self, uint64_t number)
{
    if (self->erased_count == self->erased_room) {
        self->erased_room = self->erased_room ? self->erased_room * 2 : 256;
        self->erased =
            realloc (self->erased, self->erased_room * sizeof *self->erased);
        assert (self->erased);
    }
    self->erased[self->erased_count++] = number;
}

static void
s_collect_erased (zp_journal_sqlite_t *self, const zp_journal_block_t *block)
{
    bool sorted = true;
    self->erased_count = 0;
    const zp_journal_op_t *op = NULL;
    while ((op = zp_journal_block_next (block, op)) != NULL) {
        if (op->verb != ZP_JOURNAL_ERASE)
            continue;
        s_add_erased (self, op->number);
        size_t count = self->erased_count;
        if (count > 1 && self->erased[count - 2] > op->number)
            sorted = false;
    }
    if (!sorted)
        qsort (self->erased, self->erased_count, sizeof *self->erased,
               s_compare);
}

static bool
s_is_erased (const zp_journal_sqlite_t *self, uint64_t number)
{
    //  Mostly what is erased is older than all that is appended
    size_t count = self->erased_count;
    return count && number <= self->erased[count - 1] &&
           bsearch (&number, self->erased, count, sizeof *self->erased,
                    s_compare);
}

static void
s_bind_text (sqlite3_stmt *statement, int column, zp_span_t text)
{
    sqlite3_bind_text (statement, column, text.data, (int) text.size,
                       SQLITE_STATIC);
}

//  Append rows of one statement, which has room for count of them
static int
s_append (zp_journal_sqlite_t *self, zp_journal_statement_t which,
          const zp_journal_op_t **ops, int count)
{
    sqlite3_stmt *statement = self->statements[which];
    for (int i = 0, at = 0; i < count; i++) {
        const zp_journal_op_t *op = ops[i];
        zp_span_t body = zp_journal_op_body (op);
        sqlite3_bind_int64 (statement, ++at, (sqlite3_int64) op->number);
        sqlite3_bind_int64 (statement, ++at, op->time_ms);
        s_bind_text (statement, ++at, zp_journal_op_key (op));
        s_bind_text (statement, ++at, zp_journal_op_head (op));
        sqlite3_bind_blob (statement, ++at, body.data, (int) body.size,
                           SQLITE_STATIC);
    }
    return s_step (self, which);
}

static int
s_append_all (zp_journal_sqlite_t *self, const zp_journal_block_t *block)
{
    const zp_journal_op_t *ops[ZP_JOURNAL_SQL_ROWS];
    int rc = SQLITE_OK, count = 0;
    const zp_journal_op_t *op = NULL;
    while (rc == SQLITE_OK &&
           (op = zp_journal_block_next (block, op)) != NULL) {
        if (op->verb != ZP_JOURNAL_APPEND)
            continue;
        self->next_number = op->number + 1;
        if (s_is_erased (self, op->number))
            continue;
        ops[count++] = op;
        if (count == ZP_JOURNAL_SQL_ROWS) {
            rc = s_append (self, ZP_JOURNAL_SQL_APPEND_ROWS, ops, count);
            count = 0;
        }
    }
    for (int i = 0; rc == SQLITE_OK && i < count; i++)
        rc = s_append (self, ZP_JOURNAL_SQL_APPEND, &ops[i], 1);
    return rc;
}

static int
s_amend_all (zp_journal_sqlite_t *self, const zp_journal_block_t *block)
{
    sqlite3_stmt *statement = self->statements[ZP_JOURNAL_SQL_AMEND];
    int rc = SQLITE_OK;
    const zp_journal_op_t *op = NULL;
    while (rc == SQLITE_OK &&
           (op = zp_journal_block_next (block, op)) != NULL) {
        if (op->verb != ZP_JOURNAL_AMEND)
            continue;
        sqlite3_bind_int64 (statement, 1, (sqlite3_int64) op->number);
        s_bind_text (statement, 2, zp_journal_op_key (op));
        s_bind_text (statement, 3, zp_journal_op_head (op));
        rc = s_step (self, ZP_JOURNAL_SQL_AMEND);
    }
    return rc;
}

static int
s_erase_all (zp_journal_sqlite_t *self)
{
    sqlite3_stmt *statement = self->statements[ZP_JOURNAL_SQL_ERASE];
    const uint64_t *numbers = self->erased;
    size_t count = self->erased_count;
    int rc = SQLITE_OK;
    for (size_t first = 0, next; rc == SQLITE_OK && first < count;
         first = next) {
        next = first + 1;
        while (next < count && numbers[next] - numbers[next - 1] <= 1)
            next++;
        sqlite3_bind_int64 (statement, 1, (sqlite3_int64) numbers[first]);
        sqlite3_bind_int64 (statement, 2, (sqlite3_int64) numbers[next - 1]);
        rc = s_step (self, ZP_JOURNAL_SQL_ERASE);
    }
    return rc;
}

//  No number below this one will be given to a record by another owner
static int
s_set_aside (zp_journal_sqlite_t *self, uint64_t number)
{
    self->aside = number;
    sqlite3_bind_int64 (self->statements[ZP_JOURNAL_SQL_SET_ASIDE], 1,
                        (sqlite3_int64) number);
    return s_step (self, ZP_JOURNAL_SQL_SET_ASIDE);
}

static int
s_write (zp_journal_sqlite_t *self, const zp_journal_block_t *block)
{
    s_collect_erased (self, block);
    int rc = s_append_all (self, block);
    if (rc == SQLITE_OK)
        rc = s_amend_all (self, block);
    if (rc == SQLITE_OK)
        rc = s_erase_all (self);
    if (rc == SQLITE_OK && self->next_number > self->aside)
        rc = s_set_aside (self, self->next_number + ZP_JOURNAL_NUMBERS_STEP);
    return rc;
}

static zp_status_t
s_commit (zp_journal_backend_t *backend, const zp_journal_block_t *block)
{
    zp_journal_sqlite_t *self = (zp_journal_sqlite_t *) backend;
    int pages = self->file.wal_pages;
    int rc = s_step (self, ZP_JOURNAL_SQL_BEGIN);
    if (rc == SQLITE_OK)
        rc = s_write (self, block);
    if (rc == SQLITE_OK)
        rc = s_step (self, ZP_JOURNAL_SQL_COMMIT);
    if (rc == SQLITE_OK)
        zp_sqlite_written (&self->file, pages);
    return s_result (self, rc);
}

static zp_span_t
s_span (sqlite3_stmt *row, int column)
{
    //  In this order, as SQLite demands
    const void *data = sqlite3_column_blob (row, column);
    return (zp_span_t){data, (size_t) sqlite3_column_bytes (row, column)};
}

static int
s_find (zp_journal_sqlite_t *self, uint64_t number, zp_journal_block_t *found)
{
    sqlite3_stmt *row = self->statements[ZP_JOURNAL_SQL_FETCH];
    zp_journal_op_t op = {.verb = ZP_JOURNAL_MISSING, .number = number};
    zp_span_t key = {NULL, 0}, head = {NULL, 0}, body = {NULL, 0};
    sqlite3_bind_int64 (row, 1, (sqlite3_int64) number);
    int rc = s_step (self, ZP_JOURNAL_SQL_FETCH);
    if (rc == SQLITE_ROW) {
        op.verb = ZP_JOURNAL_FOUND;
        op.time_ms = sqlite3_column_int64 (row, 0);
        key = s_span (row, 1);
        head = s_span (row, 2);
        body = s_span (row, 3);
    }
    else if (rc != SQLITE_OK)
        return rc;
    zp_journal_block_add (found, &op, key, head, body);
    sqlite3_reset (row);
    return SQLITE_OK;
}

static zp_status_t
s_fetch (zp_journal_backend_t *backend, const zp_journal_block_t *block,
         zp_journal_block_t *found)
{
    zp_journal_sqlite_t *self = (zp_journal_sqlite_t *) backend;
    int rc = SQLITE_OK;
    const zp_journal_op_t *op = NULL;
    while (rc == SQLITE_OK && (op = zp_journal_block_next (block, op)) != NULL)
        if (op->verb == ZP_JOURNAL_FETCH)
            rc = s_find (self, op->number, found);
    return s_result (self, rc);
}

static zp_status_t
s_replay (zp_journal_backend_t *backend, uint64_t from, bool bodies,
          zp_record_fn *fn, void *arg)
{
    zp_journal_sqlite_t *self = (zp_journal_sqlite_t *) backend;
    char *sql = sqlite3_mprintf (
        "SELECT number, time_ms, key, head, length (body), %s FROM records"
        " WHERE number >= %lld ORDER BY number",
        bodies ? "body" : "NULL", (long long) from);
    sqlite3_stmt *row;
    int rc = sqlite3_prepare_v2 (self->file.db, sql, -1, &row, NULL);
    sqlite3_free (sql);
    bool ended = false;
    while (!ended && (rc == SQLITE_OK || rc == SQLITE_ROW) &&
           (rc = sqlite3_step (row)) == SQLITE_ROW) {
        zp_record_t record = {
            .number = (uint64_t) sqlite3_column_int64 (row, 0),
            .time_ms = sqlite3_column_int64 (row, 1),
            .key = s_span (row, 2),
            .head = s_span (row, 3),
            .body_size = (size_t) sqlite3_column_int64 (row, 4),
            .body = s_span (row, 5)};
        ended = fn (arg, &record) != 0;
    }
    zp_status_t status = ended ? ZP_ABORTED : s_result (self, rc);
    sqlite3_finalize (row);
    return status;
}

static zp_status_t
s_tidy (zp_journal_backend_t *backend)
{
    zp_journal_sqlite_t *self = (zp_journal_sqlite_t *) backend;
    return zp_journal_sqlite_note (self, zp_sqlite_tidy (&self->file));
}

static void
s_close (zp_journal_backend_t **self_p)
{
    zp_journal_sqlite_t *self = (zp_journal_sqlite_t *) *self_p;
    *self_p = NULL;
    if (!self->base.error)
        s_result (self, s_set_aside (self, self->next_number));
    for (int i = 0; i < ZP_JOURNAL_SQL_COUNT; i++)
        sqlite3_finalize (self->statements[i]);
    zp_sqlite_close (&self->file);
    free (self->erased);
    free (self);
}

static zp_status_t
s_open (zp_journal_backend_t **self_p, const char *place, char **error_p)
{
    zp_journal_sqlite_t *self = calloc (1, sizeof *self);
    assert (self);
    *self_p = &self->base;
    self->base.kind = &zp_journal_sqlite;
    zp_status_t status = zp_journal_sqlite_connect (self, place);
    if (status != ZP_OK) {
        *error_p = strdup (self->base.error);
        s_close (self_p);
    }
    return status;
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
