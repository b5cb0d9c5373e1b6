//  SPDX-License-Identifier: MIT
//
//  A database with one owner. What it does when the disk fails, and with files
//  that are damaged, the tests of the journal have, which is one.

#define _POSIX_C_SOURCE 200809L

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zp_sqlite.h"

static const zp_sqlite_kind_t s_kind = {"shelf", 77, 2};

typedef struct fixture {
    char folder[32];   // Where it is
    char path[64];     // The database
    zp_sqlite_t file;  // Under test
} fixture_t;

static int
s_set_up (void **state)
{
    fixture_t *self = calloc (1, sizeof *self);
    strcpy (self->folder, "/tmp/zp-sqlite-XXXXXX");
    assert_non_null (mkdtemp (self->folder));
    snprintf (self->path, sizeof self->path, "%s/shelf.db", self->folder);
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    fixture_t *self = *state;
    zp_sqlite_close (&self->file);
    unlink (self->path);
    assert_int_equal (rmdir (self->folder), 0);
    free (self);
    return 0;
}

//  Open it, with a table if it is fresh
static void
s_start (fixture_t *self, bool fresh)
{
    bool is_fresh;
    zp_sqlite_init (&self->file, self->path, &s_kind);
    assert_int_equal (zp_sqlite_open (&self->file, &is_fresh), ZP_OK);
    assert_int_equal (is_fresh, fresh);
    if (fresh)
        assert_int_equal (
            zp_sqlite_exec (&self->file, "CREATE TABLE films (year)"), ZP_OK);
    assert_int_equal (zp_sqlite_start (&self->file), ZP_OK);
    assert_null (self->file.error);
}

static void
s_expect_refused (fixture_t *self, const zp_sqlite_kind_t *kind,
                  zp_status_t status, const char *says)
{
    zp_sqlite_t file;
    bool fresh;
    zp_sqlite_init (&file, self->path, kind);
    assert_int_equal (zp_sqlite_open (&file, &fresh), status);
    assert_ptr_equal (strstr (file.error, self->path), file.error);
    assert_non_null (strstr (file.error, says));
    zp_sqlite_close (&file);
}

static void
test_what_was_written_is_there_when_it_is_opened_again (void **state)
{
    fixture_t *self = *state;
    s_start (self, true);
    int64_t value[2] = {0, 0};
    assert_int_equal (
        zp_sqlite_exec (&self->file, "INSERT INTO films VALUES (1927), (1931)"),
        ZP_OK);
    zp_sqlite_close (&self->file);
    s_start (self, false);
    assert_int_equal (zp_sqlite_query (&self->file,
                                       "SELECT min (year), max (year)"
                                       " FROM films",
                                       value, 2),
                      ZP_OK);
    assert_int_equal (value[0], 1927);
    assert_int_equal (value[1], 1931);
}

static void
test_a_transaction_that_was_not_started_is_forgotten (void **state)
{
    fixture_t *self = *state;
    bool fresh;
    zp_sqlite_init (&self->file, self->path, &s_kind);
    assert_int_equal (zp_sqlite_open (&self->file, &fresh), ZP_OK);
    zp_sqlite_close (&self->file);
    s_start (self, true);
}

static void
test_other_kinds_and_newer_versions_are_refused (void **state)
{
    fixture_t *self = *state;
    s_start (self, true);
    zp_sqlite_close (&self->file);
    s_expect_refused (self, &(zp_sqlite_kind_t){"shelf", 78, 2},
                      ZP_FAILED_PRECONDITION, "give the shelf another path");
    s_expect_refused (self, &(zp_sqlite_kind_t){"shelf", 77, 1},
                      ZP_FAILED_PRECONDITION, "newer version");
    s_start (self, false);
}

static void
test_a_second_owner_is_refused (void **state)
{
    fixture_t *self = *state;
    s_start (self, true);
    s_expect_refused (self, &s_kind, ZP_UNAVAILABLE, "it has an owner already");
    assert_int_equal (
        zp_sqlite_exec (&self->file, "INSERT INTO films VALUES (1)"), ZP_OK);
}

static void
test_a_long_log_is_due_and_moves_to_the_database (void **state)
{
    fixture_t *self = *state;
    s_start (self, true);
    uint64_t most = 0;
    for (int i = 0; i < 100; i++) {
        int pages = self->file.wal_pages;
        assert_int_equal (
            zp_sqlite_exec (&self->file,
                            "INSERT INTO films VALUES (randomblob (1000000))"),
            ZP_OK);
        zp_sqlite_written (&self->file, pages);
        if (self->file.due)
            assert_int_equal (zp_sqlite_tidy (&self->file), ZP_OK);
        assert_false (self->file.due);
        most = self->file.wal_bytes > most ? self->file.wal_bytes : most;
    }
    assert_in_range (most, 1 << 20, 48 << 20);
    assert_true (self->file.size_bytes > 100 * 1000000);
}

static void
test_a_mistake_in_sql_is_said (void **state)
{
    fixture_t *self = *state;
    s_start (self, true);
    int64_t value;
    assert_int_equal (zp_sqlite_exec (&self->file, "SELEKT"), ZP_INTERNAL);
    assert_non_null (strstr (self->file.error, "SELEKT"));
    //  A row that must be there, and is not
    assert_int_equal (
        zp_sqlite_query (&self->file, "SELECT year FROM films", &value, 1),
        ZP_DATA_LOSS);
    //  After a failure the log is left where it is
    sqlite3_db_config (self->file.db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0,
                       NULL);
}

#define sqlite_test(test)                                                      \
    cmocka_unit_test_setup_teardown (test, s_set_up, s_tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        sqlite_test (test_what_was_written_is_there_when_it_is_opened_again),
        sqlite_test (test_a_transaction_that_was_not_started_is_forgotten),
        sqlite_test (test_other_kinds_and_newer_versions_are_refused),
        sqlite_test (test_a_second_owner_is_refused),
        sqlite_test (test_a_long_log_is_due_and_moves_to_the_database),
        sqlite_test (test_a_mistake_in_sql_is_said),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
