//  SPDX-License-Identifier: MIT
//
//  Numbers count up, and none is used twice.

#define _POSIX_C_SOURCE 200809L

#include "child.h"
#include "fixture.h"

#include <signal.h>
#include <unistd.h>

//  Append so many records and erase them, in the same turn or in the next; say
//  so when that is on disk, and wait to be killed.

static uint64_t s_committed;

static void
s_on_committed (void *arg, uint64_t position)
{
    (void) arg;
    s_committed = position;
}

static int
s_child (const char *url, int count, bool same_turn)
{
    zloop_t *loop = zloop_new ();
    zp_journal_events_t events = {.committed = s_on_committed};
    zp_journal_t *journal = zp_journal_new (loop, url, &events, NULL, NULL);
    if (!journal)
        return 1;
    uint64_t number = 0;
    for (int i = 0; i < count; i++)
        number = zp_journal_append (journal, fixture_text (""),
                                    fixture_text (""), fixture_text (""));
    if (!same_turn)
        test_until (loop, s_committed == zp_journal_position (journal));
    for (int i = 0; i < count; i++)
        zp_journal_erase (journal, number - (uint64_t) i);
    test_until (loop, s_committed == zp_journal_position (journal));
    printf ("%d\n", (int) number);
    fflush (stdout);
    while (true)
        pause ();
}

static void
test_they_go_on_without_a_gap_if_it_was_closed (void **state)
{
    fixture_t *self = *state;
    fixture_open (self);
    assert_int_equal (fixture_append (self, "", "", ""), 1);
    zp_journal_erase (self->journal, 1);
    fixture_reopen (self);
    assert_int_equal (fixture_append (self, "", "", ""), 2);
    fixture_append (self, "", "", "");
    zp_journal_erase (self->journal, 3);
    zp_journal_erase (self->journal, 2);
    fixture_reopen (self);
    fixture_reopen (self);
    assert_int_equal (fixture_append (self, "", "", ""), 4);
}

static void
s_expect_not_again (fixture_t *self, const char *count, const char *same_turn)
{
    fixture_open (self);
    uint64_t last = fixture_append (self, "", "", "");
    zp_journal_destroy (&self->journal);
    child_t *child = child_new (self->url, count, same_turn);
    char said[30];
    snprintf (said, sizeof said, "%d", (int) last + atoi (count));
    assert_true (child_says (child, said));
    child_signal (child, SIGKILL);
    assert_int_equal (child_end (child), -1);
    child_destroy (&child);
    fixture_open (self);
    uint64_t next = fixture_append (self, "", "", "");
    assert_true (next > last + (uint64_t) atoi (count));
    //  Numbers that a crash wastes are not too many
    assert_true (next < last + (uint64_t) atoi (count) + 20000);
    zp_journal_destroy (&self->journal);
}

static void
test_none_is_used_again_after_a_kill (void **state)
{
    fixture_t *self = *state;
    static const char *counts[] = {"1",     "10",    "9999",
                                   "10000", "10001", "35000"};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        s_expect_not_again (self, counts[i], "same turn");
        s_expect_not_again (self, counts[i], NULL);
    }
}

int
main (int argc, char **argv)
{
    if (argc > 2)
        return s_child (argv[1], atoi (argv[2]), argc > 3);
    const struct CMUnitTest tests[] = {
        fixture_test (test_they_go_on_without_a_gap_if_it_was_closed),
        fixture_test (test_none_is_used_again_after_a_kill),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
