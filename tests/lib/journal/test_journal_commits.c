//  SPDX-License-Identifier: MIT
//
//  When operations reach the disk, and who is told.

#define _POSIX_C_SOURCE 200809L

#include "fixture.h"

#include <dirent.h>
#include <signal.h>

static zp_journal_stats_t
s_stats (fixture_t *self)
{
    zp_journal_stats_t stats;
    zp_journal_stats (self->journal, &stats);
    return stats;
}

static void
test_each_change_has_a_position (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    assert_int_equal (zp_journal_position (self->journal), 0);
    fixture_append (self, "k", "h", "b");
    assert_int_equal (zp_journal_position (self->journal), 1);
    zp_journal_amend (self->journal, 1, fixture_text ("k"), fixture_text ("h"));
    assert_int_equal (zp_journal_position (self->journal), 2);
    zp_journal_fetch (self->journal, 1);
    assert_int_equal (zp_journal_position (self->journal), 2);
    zp_journal_erase (self->journal, 1);
    assert_int_equal (zp_journal_position (self->journal), 3);
    fixture_commit (self);
    assert_int_equal (s_stats (self).position, 3);
    assert_int_equal (s_stats (self).committed, 3);
    fixture_reopen (self);
    assert_int_equal (zp_journal_position (self->journal), 0);
}

static void
test_one_turn_is_one_commit (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    for (int i = 0; i < 10000; i++)
        fixture_append (self, "k", "h", "b");
    for (int i = 1; i <= 5000; i++)
        zp_journal_erase (self->journal, (uint64_t) i);
    fixture_commit (self);
    assert_string_equal (self->log, "committed(15000) ");
    assert_int_equal (s_stats (self).commits, 1);
}

//  Enough for the writer's thread
static void
s_append_much (fixture_t *self)
{
    static const char body[100000];
    zp_journal_append (self->journal, fixture_text (""), fixture_text (""),
                       (zp_span_t){body, sizeof body});
}

static void
test_what_comes_while_a_commit_runs_is_committed_together (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    s_append_much (self);
    zp_journal_flush (self->journal);
    for (int i = 0; i < 3; i++) {
        fixture_append (self, "k", "h", "b");
        zp_journal_flush (self->journal);
    }
    fixture_commit (self);
    assert_string_equal (self->log, "committed(1) committed(4) ");
}

static void
test_little_is_committed_at_once (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    fixture_append (self, "k", "h", "b");
    zp_journal_flush (self->journal);
    assert_string_equal (self->log, "committed(1) ");
    s_append_much (self);
    zp_journal_flush (self->journal);
    assert_string_equal (self->log, "committed(1) ");
    fixture_commit (self);
    assert_string_equal (self->log, "committed(1) committed(2) ");
}

static void
test_a_commit_needs_no_timer_and_no_company (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    for (uint64_t i = 1; i <= 50; i++) {
        fixture_append (self, "k", "h", "b");
        fixture_commit (self);
        assert_int_equal (s_stats (self).commits, i);
    }
}

static void
test_a_flush_ends_the_turn (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    fixture_append (self, "k", "h", "b");
    zp_journal_flush (self->journal);
    fixture_append (self, "k", "h", "b");
    fixture_append (self, "k", "h", "b");
    zp_journal_flush (self->journal);
    zp_journal_flush (self->journal);
    fixture_commit (self);
    assert_string_equal (self->log, "committed(1) committed(3) ");
    zp_journal_flush (self->journal);
    fixture_append (self, "k", "h", "b");
    zp_journal_flush (self->journal);
    fixture_commit (self);
    assert_int_equal (s_stats (self).commits, 3);
}

static void
s_append_once_more (void *arg, uint64_t position)
{
    fixture_t *self = arg;
    self->committed = position;
    if (position < 100) {
        fixture_append (self, "k", "h", "b");
        zp_journal_erase (self->journal, position);
        zp_journal_fetch (self->journal, position);
    }
}

static void
test_an_event_may_go_on_with_the_journal (void **state)
{
    fixture_t *self = *state;
    zp_journal_events_t events = {.committed = s_append_once_more, .arg = self};
    self->journal = zp_journal_new (self->loop, self->url, &events, NULL, NULL);
    assert_non_null (self->journal);
    fixture_append (self, "k", "h", "b");
    test_until (self->loop, self->committed == 101);
    assert_int_equal (s_stats (self).commits, 51);
}

static void
test_destroying_commits_and_tells_nobody (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    fixture_append (self, "k", "h", "b");
    test_turn (self->loop);  // Now it is with the writer, or was
    char *log = strdup (self->log);
    fixture_append (self, "k", "h", "b");
    zp_journal_fetch (self->journal, 1);
    zp_journal_destroy (&self->journal);
    assert_null (self->journal);
    assert_string_equal (self->log, log);
    free (log);
    zp_journal_destroy (&self->journal);
    fixture_open (self);
    assert_string_equal (fixture_replay (self, 0, true), "1:k:h:b 2:k:h:b ");
}

static void
test_nobody_needs_to_be_told (void **state)
{
    fixture_t *self = *state;
    for (int i = 0; i < 2; i++) {
        zp_journal_events_t none = {NULL, NULL, NULL, NULL};
        self->journal = zp_journal_new (self->loop, self->url, i ? &none : NULL,
                                        NULL, NULL);
        assert_non_null (self->journal);
        fixture_append (self, "k", "h", "b");
        zp_journal_fetch (self->journal, 1);
        test_until (self->loop, s_stats (self).fetches == 1);
        assert_int_equal (s_stats (self).committed, 1);
        zp_journal_destroy (&self->journal);
    }
}

static void
test_several_journals_share_a_loop (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    char *url = zsys_sprintf ("%s.2", self->url);
    zp_journal_t *other = zp_journal_new (self->loop, url, NULL, NULL, NULL);
    assert_non_null (other);
    zp_journal_append (other, fixture_text ("other"), fixture_text (""),
                       fixture_text (""));
    fixture_append (self, "one", "", "");
    fixture_commit (self);
    zp_journal_destroy (&other);
    fixture_reopen (self);
    assert_string_equal (fixture_replay (self, 0, true), "1:one:: ");
    zp_journal_destroy (&self->journal);
    free (self->url);
    self->url = url;
    fixture_open (self);
    assert_string_equal (fixture_replay (self, 0, true), "1:other:: ");
}

static void
test_its_size_on_disk_is_known (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    uint64_t before = s_stats (self).size_bytes;
    assert_true (before > 0);
    static const char body[1000000];
    zp_journal_append (self->journal, fixture_text (""), fixture_text (""),
                       (zp_span_t){body, sizeof body});
    fixture_commit (self);
    assert_true (s_stats (self).size_bytes >= before + sizeof body);
    assert_true (s_stats (self).size_bytes < before + 3 * sizeof body);
}

static void
test_what_was_erased_makes_room (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    static const char body[100000];
    for (uint64_t i = 1; i <= 3000; i++) {
        zp_journal_append (self->journal, fixture_text (""), fixture_text (""),
                           (zp_span_t){body, sizeof body});
        if (i > 10)
            zp_journal_erase (self->journal, i - 10);
        if (i % 10 == 0)
            fixture_commit (self);
    }
    //  300 MB went through it; what stays is the log, which is used again
    assert_true (s_stats (self).size_bytes < 60 << 20);
}

//  Bits of the signals that a thread of this process blocks
static uint64_t
s_blocked (const char *thread)
{
    char path[300], line[200];
    snprintf (path, sizeof path, "/proc/self/task/%s/status", thread);
    FILE *status = fopen (path, "r");
    assert_non_null (status);
    uint64_t blocked = 0;
    while (fgets (line, sizeof line, status))
        if (strncmp (line, "SigBlk:", 7) == 0)
            blocked = strtoull (line + 7, NULL, 16);
    fclose (status);
    return blocked;
}

static void
test_signals_are_left_to_the_program (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    s_append_much (self);
    fixture_commit (self);  // A thread that just starts blocks all of them
    char own[20];
    snprintf (own, sizeof own, "%d", (int) getpid ());
    uint64_t term = UINT64_C (1) << (SIGTERM - 1);
    int threads = 0;
    DIR *tasks = opendir ("/proc/self/task");
    for (struct dirent *task; (task = readdir (tasks)) != NULL;)
        if (*task->d_name != '.' && strcmp (task->d_name, own) != 0) {
            threads++;
            assert_true (s_blocked (task->d_name) & term);
        }
    closedir (tasks);
    assert_true (threads >= 1);
    assert_false (s_blocked (own) & term);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_each_change_has_a_position),
        fixture_test (test_one_turn_is_one_commit),
        fixture_test (
            test_what_comes_while_a_commit_runs_is_committed_together),
        fixture_test (test_little_is_committed_at_once),
        fixture_test (test_a_commit_needs_no_timer_and_no_company),
        fixture_test (test_a_flush_ends_the_turn),
        fixture_test (test_an_event_may_go_on_with_the_journal),
        fixture_test (test_destroying_commits_and_tells_nobody),
        fixture_test (test_nobody_needs_to_be_told),
        fixture_test (test_several_journals_share_a_loop),
        fixture_test (test_its_size_on_disk_is_known),
        fixture_test (test_what_was_erased_makes_room),
        fixture_test (test_signals_are_left_to_the_program),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
