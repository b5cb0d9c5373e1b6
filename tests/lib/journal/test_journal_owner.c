//  SPDX-License-Identifier: MIT
//
//  A journal has one owner at a time, and counts them.

#define _POSIX_C_SOURCE 200809L

#include "child.h"
#include "fixture.h"

#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

//  Own the journal until killed, or say why not.
static int
s_child (const char *url)
{
    zloop_t *loop = zloop_new ();
    zp_status_t status;
    zp_journal_t *journal = zp_journal_new (loop, url, NULL, &status, NULL);
    puts (zp_status_name (status));
    fflush (stdout);
    while (journal)
        pause ();
    zloop_destroy (&loop);
    return 0;
}

static void
s_expect_refused (fixture_t *self)
{
    zp_status_t status;
    char *error;
    assert_null (zp_journal_new (self->loop, self->url, NULL, &status, &error));
    assert_int_equal (status, ZP_UNAVAILABLE);
    assert_non_null (strstr (error, self->path));
    assert_non_null (strstr (error, "it has an owner already"));
    zstr_free (&error);
}

static void
test_each_owner_has_an_epoch_of_its_own (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    for (uint64_t epoch = 1; epoch < 5; epoch++) {
        assert_int_equal (zp_journal_epoch (self->journal), epoch);
        fixture_reopen (self);
    }
}

static void
test_a_second_owner_in_the_process_is_refused (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    s_expect_refused (self);
    fixture_append (self, "k", "h", "b");
    fixture_commit (self);
    s_expect_refused (self);
    zp_journal_destroy (&self->journal);
    fixture_open (self);
    assert_int_equal (zp_journal_epoch (self->journal), 2);
}

static void
test_a_second_owner_in_another_process_is_refused (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    for (int i = 0; i < 2; i++) {
        child_t *child = child_new (self->url, NULL, NULL);
        assert_true (child_says (child, "UNAVAILABLE"));
        assert_int_equal (child_end (child), 0);
        child_destroy (&child);
        //  A process that only tries to open it again must keep its locks
        s_expect_refused (self);
    }
}

static void
test_who_looks_into_it_must_have_ended (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    zp_journal_destroy (&self->journal);
    sqlite3 *shell;
    assert_int_equal (sqlite3_open (self->path, &shell), SQLITE_OK);
    assert_int_equal (
        sqlite3_exec (shell, "select * from records", NULL, NULL, NULL),
        SQLITE_OK);
    s_expect_refused (self);
    sqlite3_close (shell);
    fixture_open (self);
    assert_int_equal (sqlite3_open (self->path, &shell), SQLITE_OK);
    assert_int_equal (
        sqlite3_exec (shell, "select * from records", NULL, NULL, NULL),
        SQLITE_BUSY);
    sqlite3_close (shell);
}

static void
test_an_owner_that_was_killed_owns_nothing (void **state)
{
    fixture_t *self = *state;
    for (uint64_t epoch = 1; epoch < 6; epoch += 2) {
        child_t *child = child_new (self->url, NULL, NULL);
        assert_true (child_says (child, "OK"));
        s_expect_refused (self);
        child_signal (child, SIGKILL);
        assert_int_equal (child_end (child), -1);
        child_destroy (&child);
        fixture_open (self);
        assert_int_equal (zp_journal_epoch (self->journal), epoch + 1);
        zp_journal_destroy (&self->journal);
    }
}

int
main (int argc, char **argv)
{
    if (argc > 1)
        return s_child (argv[1]);
    const struct CMUnitTest tests[] = {
        fixture_test (test_each_owner_has_an_epoch_of_its_own),
        fixture_test (test_a_second_owner_in_the_process_is_refused),
        fixture_test (test_a_second_owner_in_another_process_is_refused),
        fixture_test (test_who_looks_into_it_must_have_ended),
        fixture_test (test_an_owner_that_was_killed_owns_nothing),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
