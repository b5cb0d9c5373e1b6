//  SPDX-License-Identifier: MIT
//
//  Opening a journal: where there is none, one that was never finished, and all
//  that is refused; nothing is changed on disk then.

#define _DEFAULT_SOURCE  // setgroups

#include "child.h"
#include "files.h"
#include "fixture.h"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

//  Files that are refused, in the folder invalid
static const struct {
    const char *name;    // Of the file
    zp_status_t status;  // What comes of it
    const char *text;    // Part of what is said
} s_invalid[] = {
    //  Other things
    {"text.db", ZP_FAILED_PRECONDITION, "not a journal, nor any SQLite"},
    {"short.db", ZP_FAILED_PRECONDITION, "not a journal, nor any SQLite"},
    {"zeros.db", ZP_FAILED_PRECONDITION, "not a journal, nor any SQLite"},
    //  Databases of others; SQLite would repair or tidy up the last two
    {"foreign.db", ZP_FAILED_PRECONDITION, "of another program"},
    {"foreign-log.db", ZP_FAILED_PRECONDITION, "of another program"},
    {"foreign-hot.db", ZP_FAILED_PRECONDITION, "of another program"},
    //  Newer versions; of the last one only the write-ahead log says so
    {"newer.db", ZP_FAILED_PRECONDITION, "newer version"},
    {"newer-log.db", ZP_FAILED_PRECONDITION, "newer version"},
    {"newer-in-log.db", ZP_FAILED_PRECONDITION, "newer version"},
    //  Not the tables that there should be
    {"more-tables.db", ZP_FAILED_PRECONDITION, "its tables are not"},
    {"fewer-tables.db", ZP_FAILED_PRECONDITION, "its tables are not"},
    {"other-columns.db", ZP_FAILED_PRECONDITION, "its tables are not"},
    {"trigger.db", ZP_FAILED_PRECONDITION, "its tables are not"},
    //  Damaged
    {"cut.db", ZP_DATA_LOSS, "malformed; it is damaged"},
    {"schema.db", ZP_DATA_LOSS, "malformed; it is damaged"},
    {"page-size.db", ZP_DATA_LOSS, "not a database; it is damaged"},
    {"no-owner.db", ZP_DATA_LOSS, "malformed; it is damaged"},
    {"log-alone.db", ZP_DATA_LOSS, "missing or empty, while"},
};

//  Try to open what is in the folder. It must be refused with this status and
//  text, and all files must be as before.
static void
s_expect_refused (fixture_t *self, zp_status_t status, const char *text)
{
    char *before = files_digest (self->folder);
    if (fixture_try_open (self))
        fail_msg ("it was opened");
    char *after = files_digest (self->folder);
    assert_string_equal (before, after);
    free (before);
    free (after);
    assert_non_null (self->error);
    if (self->status != status || !strstr (self->error, text))
        fail_msg ("%s: %s", zp_status_name (self->status), self->error);
    assert_non_null (strstr (self->error, self->url + strlen ("sqlite:")));
}

static void
test_what_is_no_journal_or_damaged_is_refused_and_unchanged (void **state)
{
    for (size_t i = 0; i < sizeof s_invalid / sizeof *s_invalid; i++) {
        void *one = NULL;
        fixture_set_up (&one);
        fixture_t *self = one;
        print_message ("%s\n", s_invalid[i].name);
        files_copy ("invalid", s_invalid[i].name, self->path);
        s_expect_refused (self, s_invalid[i].status, s_invalid[i].text);
        fixture_tear_down (&one);
    }
    (void) state;
}

static int
s_count (void *arg, const zp_record_t *record)
{
    (void) record;
    ++*(int *) arg;
    return 0;
}

static void
test_damage_in_the_middle_is_found_when_it_is_replayed (void **state)
{
    fixture_t *self = *state;
    files_copy ("invalid", "leaf.db", self->path);
    fixture_open (self);
    int count = 0;
    assert_int_equal (
        zp_journal_replay (self->journal, 0, true, s_count, &count),
        ZP_DATA_LOSS);
    assert_true (count > 0 && count < 60);
    const char *error = zp_journal_error (self->journal);
    assert_non_null (strstr (error, self->path));
    assert_non_null (strstr (error, ".recover"));
}

static void
test_one_that_was_never_finished_is_made_anew (void **state)
{
    (void) state;
    static const char *names[] = {"empty.db", "zeros.db", "garbage.db",
                                  "part.db", "whole.db"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *one = NULL;
        fixture_set_up (&one);
        fixture_t *self = one;
        print_message ("%s\n", names[i]);
        files_copy ("half-made", names[i], self->path);
        fixture_open (self);
        assert_int_equal (zp_journal_epoch (self->journal), 1);
        assert_string_equal (fixture_replay (self, 0, true), "");
        fixture_append (self, "k", "h", "b");
        fixture_reopen (self);
        assert_string_equal (fixture_replay (self, 0, true), "1:k:h:b ");
        fixture_tear_down (&one);
    }
}

static void
test_a_closed_journal_is_one_file (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    fixture_append (self, "k", "h", "b");
    zp_journal_destroy (&self->journal);
    zdir_t *dir = zdir_new (self->folder, "-");
    assert_int_equal (zdir_count (dir), 1);
    zdir_destroy (&dir);
}

static void
test_other_kinds_and_no_path_are_refused (void **state)
{
    fixture_t *self = *state;
    static const char *urls[] = {"", "sqlite", "postgres://host/db", "test.db"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        zp_status_t status;
        char *error;
        assert_null (
            zp_journal_new (self->loop, urls[i], NULL, &status, &error));
        assert_int_equal (status, ZP_INVALID_ARGUMENT);
        assert_non_null (strstr (error, "sqlite:PATH"));
        zstr_free (&error);
        assert_null (zp_journal_new (self->loop, urls[i], NULL, NULL, NULL));
    }
}

static void
test_a_folder_is_refused (void **state)
{
    fixture_t *self = *state;
    assert_int_equal (mkdir (self->path, 0700), 0);
    s_expect_refused (self, ZP_FAILED_PRECONDITION, "Is a directory");
    free (self->url);
    self->url = strdup ("sqlite:");
    s_expect_refused (self, ZP_FAILED_PRECONDITION, "Is a directory");
}

static void
test_a_missing_folder_is_named_as_such (void **state)
{
    fixture_t *self = *state;
    free (self->url);
    self->url = zsys_sprintf ("sqlite:%s/none/test.db", self->folder);
    s_expect_refused (self, ZP_NOT_FOUND, "make the folder first");
    assert_int_equal (mkdir (self->path, 0700), 0);
    free (self->url);
    self->url = zsys_sprintf ("sqlite:%s/./../none/test.db", self->path);
    s_expect_refused (self, ZP_NOT_FOUND, "make the folder first");
}

static void
test_names_that_mean_something_to_sqlite_are_files (void **state)
{
    fixture_t *self = *state;
    char *here = getcwd (NULL, 0);
    assert_int_equal (chdir (self->folder), 0);
    static const char *names[] = {":memory:", "file:x?mode=memory",
                                  "a b%20c#d"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        free (self->url);
        self->url = zsys_sprintf ("sqlite:%s", names[i]);
        fixture_open (self);
        fixture_append (self, "k", "h", "b");
        zp_journal_destroy (&self->journal);
        assert_true (zsys_file_size (names[i]) > 0);
        fixture_open (self);
        assert_string_equal (fixture_replay (self, 0, true), "1:k:h:b ");
        zp_journal_destroy (&self->journal);
    }
    assert_int_equal (chdir (here), 0);
    free (here);
}

static void
test_a_link_leads_to_the_journal (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    fixture_append (self, "k", "h", "b");
    zp_journal_destroy (&self->journal);
    free (self->url);
    self->url = zsys_sprintf ("sqlite:%s/link", self->folder);
    assert_int_equal (symlink ("test.db", self->url + strlen ("sqlite:")), 0);
    fixture_open (self);
    assert_string_equal (fixture_replay (self, 0, true), "1:k:h:b ");
}

//  As somebody who is not root, whom permissions would not stop: say how an
//  attempt to open the journal ended.
static int
s_child (const char *url)
{
    if (getuid () == 0 && (setgroups (0, NULL) != 0 || setgid (65534) != 0 ||
                           setuid (65534) != 0))
        return 1;
    zloop_t *loop = zloop_new ();
    zp_status_t status;
    char *error;
    zp_journal_t *journal = zp_journal_new (loop, url, NULL, &status, &error);
    if (!journal)
        printf ("%s%s\n", zp_status_name (status), strrchr (error, ';'));
    zstr_free (&error);
    zp_journal_destroy (&journal);
    zloop_destroy (&loop);
    return 0;
}

static void
s_expect_denied (fixture_t *self)
{
    char *before = files_digest (self->folder);
    child_t *child = child_new (self->url, NULL, NULL);
    assert_true (child_says (child,
                             "PERMISSION_DENIED; let this user write the file "
                             "and the folder that it is in"));
    assert_int_equal (child_end (child), 0);
    child_destroy (&child);
    char *after = files_digest (self->folder);
    assert_string_equal (before, after);
    free (before);
    free (after);
}

static void
test_without_permission_it_is_refused_and_unchanged (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    zp_journal_destroy (&self->journal);
    assert_int_equal (chmod (self->folder, 0755), 0);
    assert_int_equal (chmod (self->path, 0444), 0);
    s_expect_denied (self);
    assert_int_equal (chmod (self->folder, 0555), 0);
    assert_int_equal (chmod (self->path, 0666), 0);
    s_expect_denied (self);
    assert_int_equal (unlink (self->path), 0);
    s_expect_denied (self);
    assert_int_equal (chmod (self->folder, 0), 0);
    s_expect_denied (self);
    assert_int_equal (chmod (self->folder, 0700), 0);
}

int
main (int argc, char **argv)
{
    if (argc > 1)
        return s_child (argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (
            test_what_is_no_journal_or_damaged_is_refused_and_unchanged),
        fixture_test (test_damage_in_the_middle_is_found_when_it_is_replayed),
        cmocka_unit_test (test_one_that_was_never_finished_is_made_anew),
        fixture_test (test_a_closed_journal_is_one_file),
        fixture_test (test_other_kinds_and_no_path_are_refused),
        fixture_test (test_a_folder_is_refused),
        fixture_test (test_a_missing_folder_is_named_as_such),
        fixture_test (test_names_that_mean_something_to_sqlite_are_files),
        fixture_test (test_a_link_leads_to_the_journal),
        fixture_test (test_without_permission_it_is_refused_and_unchanged),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
