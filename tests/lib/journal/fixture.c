//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE  // mkdtemp, nftw

#include "fixture.h"

#include <ftw.h>
#include <sqlite3.h>

int
fixture_set_up (void **state)
{
    fixture_t *self = zmalloc (sizeof *self);
    const char *where = getenv ("TMPDIR");
    self->folder =
        zsys_sprintf ("%s/zp-journal-XXXXXX", where ? where : "/tmp");
    assert_non_null (mkdtemp (self->folder));
    self->path = zsys_sprintf ("%s/test.db", self->folder);
    self->url = zsys_sprintf ("sqlite:%s", self->path);
    self->loop = zloop_new ();
    //  A loop that never ran would call the timers of a destroyed journal
    test_turn (self->loop);
    *state = self;
    return 0;
}

static int
s_remove (const char *path, const struct stat *info, int flag, struct FTW *ftw)
{
    (void) info;
    (void) flag;
    (void) ftw;
    return remove (path);
}

int
fixture_tear_down (void **state)
{
    fixture_t *self = *state;
    zp_journal_destroy (&self->journal);
    zloop_destroy (&self->loop);
    nftw (self->folder, s_remove, 16, FTW_DEPTH | FTW_PHYS);
    zstr_free (&self->error);
    free (self->folder);
    free (self->path);
    free (self->url);
    free (self);
    return 0;
}

static void
s_log (fixture_t *self, const char *format, ...)
{
    size_t length = strlen (self->log);
    va_list args;
    va_start (args, format);
    vsnprintf (self->log + length, sizeof self->log - length, format, args);
    va_end (args);
}

static char *
s_describe (const zp_record_t *record)
{
    return zsys_sprintf ("%d:%.*s:%.*s:%.*s", (int) record->number,
                         (int) record->key.size, (char *) record->key.data,
                         (int) record->head.size, (char *) record->head.data,
                         (int) record->body.size, (char *) record->body.data);
}

static void
s_on_committed (void *arg, uint64_t position)
{
    fixture_t *self = arg;
    self->committed = position;
    s_log (self, "committed(%d) ", (int) position);
}

static void
s_on_fetched (void *arg, uint64_t number, const zp_record_t *record)
{
    fixture_t *self = arg;
    self->fetched++;
    char *text = record ? s_describe (record) : NULL;
    if (text)
        s_log (self, "found(%s) ", text);
    else
        s_log (self, "missing(%d) ", (int) number);
    free (text);
}

static void
s_on_failed (void *arg, zp_status_t status, const char *text)
{
    fixture_t *self = arg;
    self->failures++;
    self->status = status;
    zstr_free (&self->error);
    self->error = strdup (text);
    s_log (self, "failed(%s) ", zp_status_name (status));
}

bool
fixture_try_open (fixture_t *self)
{
    zp_journal_events_t events = {s_on_committed, s_on_fetched, s_on_failed,
                                  self};
    zstr_free (&self->error);
    self->committed = 0;
    self->journal = zp_journal_new (self->loop, self->url, &events,
                                    &self->status, &self->error);
    return self->journal != NULL;
}

void
fixture_open (fixture_t *self)
{
    if (!fixture_try_open (self))
        fail_msg ("%s", self->error);
}

void
fixture_reopen (fixture_t *self)
{
    zp_journal_destroy (&self->journal);
    fixture_open (self);
}

void
fixture_commit (fixture_t *self)
{
    test_until (self->loop,
                self->committed == zp_journal_position (self->journal));
}

zp_span_t
fixture_text (const char *text)
{
    return (zp_span_t){text, strlen (text)};
}

uint64_t
fixture_append (fixture_t *self, const char *key, const char *head,
                const char *body)
{
    return zp_journal_append (self->journal, fixture_text (key),
                              fixture_text (head), fixture_text (body));
}

static int
s_on_record (void *arg, const zp_record_t *record)
{
    fixture_t *self = arg;
    char *text = s_describe (record);
    s_log (self, "%s ", text);
    free (text);
    return 0;
}

const char *
fixture_replay (fixture_t *self, uint64_t from, bool bodies)
{
    self->log[0] = 0;
    assert_int_equal (
        zp_journal_replay (self->journal, from, bodies, s_on_record, self),
        ZP_OK);
    return self->log;
}

char *
fixture_query (fixture_t *self, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *row;
    assert_int_equal (sqlite3_open (self->path, &db), SQLITE_OK);
    assert_int_equal (sqlite3_prepare_v2 (db, sql, -1, &row, NULL), SQLITE_OK);
    char *value = NULL;
    if (sqlite3_step (row) == SQLITE_ROW)
        value = strdup ((const char *) sqlite3_column_text (row, 0));
    sqlite3_finalize (row);
    sqlite3_close (db);
    return value;
}
