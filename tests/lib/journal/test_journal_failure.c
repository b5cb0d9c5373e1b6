//  SPDX-License-Identifier: MIT
//
//  A write fails for real: files of this process may not grow any more.

#define _POSIX_C_SOURCE 200809L

#include "fixture.h"

#include <signal.h>
#include <sys/resource.h>

static struct rlimit s_before;

static void
s_limit_files (rlim_t size_bytes)
{
    signal (SIGXFSZ, SIG_IGN);
    assert_int_equal (getrlimit (RLIMIT_FSIZE, &s_before), 0);
    struct rlimit limit = {size_bytes, s_before.rlim_max};
    assert_int_equal (setrlimit (RLIMIT_FSIZE, &limit), 0);
}

static void
s_unlimit_files (void)
{
    assert_int_equal (setrlimit (RLIMIT_FSIZE, &s_before), 0);
}

//  Append until that fails, and return how many were committed.
static uint64_t
s_fail (fixture_t *self)
{
    static const char body[20000];
    uint64_t committed = 0;
    s_limit_files (2000000);
    while (!self->failures) {
        for (int i = 0; i < 10; i++)
            zp_journal_append (self->journal, fixture_text (""),
                               fixture_text (""),
                               (zp_span_t){body, sizeof body});
        test_until (self->loop,
                    self->failures ||
                        self->committed == zp_journal_position (self->journal));
        committed = self->committed;
    }
    s_unlimit_files ();
    return committed;
}

static int
s_count (void *arg, const zp_record_t *record)
{
    (void) record;
    ++*(uint64_t *) arg;
    return 0;
}

static void
test_a_failed_write_is_told_once_and_final (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    uint64_t committed = s_fail (self);
    assert_true (committed > 0);
    assert_int_equal (self->status, ZP_RESOURCE_EXHAUSTED);
    assert_string_equal (self->error, zp_journal_error (self->journal));
    assert_non_null (strstr (self->error, self->path));
    assert_non_null (strstr (self->error, "File too large"));
    assert_non_null (strstr (self->error, "then start again"));

    //  There is room again, but what the disk has is not known any more
    for (int i = 0; i < 100; i++) {
        fixture_append (self, "k", "h", "b");
        zp_journal_fetch (self->journal, 1);
        test_turn (self->loop);
    }
    assert_int_equal (self->failures, 1);
    assert_int_equal (self->committed, committed);
    assert_int_equal (self->fetched, 0);

    //  What was confirmed is there, and no part of what was not
    fixture_reopen (self);
    uint64_t count = 0;
    assert_int_equal (
        zp_journal_replay (self->journal, 0, false, s_count, &count), ZP_OK);
    assert_int_equal (count, committed);
    fixture_append (self, "k", "h", "b");
    fixture_commit (self);
}

static void
test_a_journal_that_cannot_be_written_is_not_opened (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    fixture_append (self, "k", "h", "b");
    zp_journal_destroy (&self->journal);
    s_limit_files (10);
    bool opened = fixture_try_open (self);
    s_unlimit_files ();
    assert_false (opened);
    assert_int_equal (self->status, ZP_RESOURCE_EXHAUSTED);
    assert_non_null (strstr (self->error, "File too large"));
    fixture_open (self);
    assert_int_equal (zp_journal_epoch (self->journal), 2);
    assert_string_equal (fixture_replay (self, 0, true), "1:k:h:b ");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_failed_write_is_told_once_and_final),
        fixture_test (test_a_journal_that_cannot_be_written_is_not_opened),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
