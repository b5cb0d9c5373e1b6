//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "tickets.h"

#include "rows.h"

#define WAIT_MS 5000  // For another desk that is writing
#define PAGE    "500"

//  The sums are kept by the database itself: an answer that is there already is
//  updated, and so not counted
static const char s_tables[] =
    "PRAGMA journal_mode = PERSIST;"
    "PRAGMA synchronous = FULL;"
    "BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS answers"
    "  (ticket INTEGER PRIMARY KEY, desk TEXT NOT NULL, answer TEXT NOT NULL,"
    "   came INTEGER NOT NULL DEFAULT 1);"
    "CREATE TABLE IF NOT EXISTS sums"
    "  (name TEXT PRIMARY KEY, number INTEGER NOT NULL);"
    "INSERT OR IGNORE INTO sums VALUES ('answered', 0), ('again', 0);"
    "CREATE TRIGGER IF NOT EXISTS answered AFTER INSERT ON answers BEGIN"
    "  UPDATE sums SET number = number + 1 WHERE name = 'answered'; END;"
    "CREATE TRIGGER IF NOT EXISTS again AFTER UPDATE ON answers BEGIN"
    "  UPDATE sums SET number = number + 1 WHERE name = 'again'; END;"
    "COMMIT;";

struct tickets {
    sqlite3 *db;           // The connection
    sqlite3_stmt *answer;  // What is done, each with a statement
    sqlite3_stmt *get;
    sqlite3_stmt *page;
    sqlite3_stmt *sums;
};

static const char s_answer[] =
    "INSERT INTO answers (ticket, desk, answer) VALUES (?, ?, ?)"
    "  ON CONFLICT (ticket) DO UPDATE SET came = came + 1";
static const char s_get[] = "SELECT * FROM answers WHERE ticket = ?";
static const char s_page[] =
    "SELECT * FROM answers WHERE ticket > ? ORDER BY ticket LIMIT " PAGE;
static const char s_sums[] =
    "SELECT sum (iif (name = 'answered', number, 0)) answered,"
    "  sum (iif (name = 'again', number, 0)) again FROM sums";

static bool
s_prepare (tickets_t *self, const char *sql, sqlite3_stmt **statement)
{
    return sqlite3_prepare_v2 (self->db, sql, -1, statement, NULL) == SQLITE_OK;
}

static bool
s_open (tickets_t *self, const char *path)
{
    return sqlite3_open (path, &self->db) == SQLITE_OK &&
           sqlite3_busy_timeout (self->db, WAIT_MS) == SQLITE_OK &&
           sqlite3_exec (self->db, s_tables, NULL, NULL, NULL) == SQLITE_OK &&
           s_prepare (self, s_answer, &self->answer) &&
           s_prepare (self, s_get, &self->get) &&
           s_prepare (self, s_page, &self->page) &&
           s_prepare (self, s_sums, &self->sums);
}

tickets_t *
tickets_new (service_t *service, const service_option_t *path)
{
    tickets_t *self = zmalloc (sizeof *self);
    if (!s_open (self, path->value)) {
        service_say (service, "%s: %s; give another with --%s", path->value,
                     tickets_error (self), path->name);
        tickets_destroy (&self);
    }
    return self;
}

void
tickets_destroy (tickets_t **self_p)
{
    assert (self_p);
    tickets_t *self = *self_p;
    if (!self)
        return;
    sqlite3_finalize (self->answer);
    sqlite3_finalize (self->get);
    sqlite3_finalize (self->page);
    sqlite3_finalize (self->sums);
    sqlite3_close (self->db);
    free (self);
    *self_p = NULL;
}

bool
tickets_answer (tickets_t *self, json_int_t ticket, const char *desk,
                const char *answer)
{
    sqlite3_bind_int64 (self->answer, 1, ticket);
    sqlite3_bind_text (self->answer, 2, desk, -1, SQLITE_STATIC);
    sqlite3_bind_text (self->answer, 3, answer, -1, SQLITE_STATIC);
    bool well = sqlite3_step (self->answer) == SQLITE_DONE;
    sqlite3_reset (self->answer);
    return well;
}

//  The rows that a statement gives, or NULL
static json_t *
s_rows (sqlite3_stmt *statement)
{
    json_t *rows = json_array ();
    int code = rows_take (statement, rows);
    sqlite3_reset (statement);
    if (code != SQLITE_DONE) {
        json_decref (rows);
        rows = NULL;
    }
    return rows;
}

//  The only one of them, or NULL
static json_t *
s_only (json_t *rows)
{
    json_t *row = json_incref (json_array_get (rows, 0));
    json_decref (rows);
    return row;
}

json_t *
tickets_get (tickets_t *self, json_int_t ticket)
{
    sqlite3_bind_int64 (self->get, 1, ticket);
    return s_only (s_rows (self->get));
}

json_t *
tickets_page (tickets_t *self, json_int_t after)
{
    sqlite3_bind_int64 (self->page, 1, after);
    return s_rows (self->page);
}

json_t *
tickets_sums (tickets_t *self)
{
    return s_only (s_rows (self->sums));
}

const char *
tickets_error (tickets_t *self)
{
    return sqlite3_errmsg (self->db);
}
