//  SPDX-License-Identifier: MIT
//
//  A publisher in a process of its own, which is killed, frozen and told to
//  end; and a subscriber which is frozen

#define _DEFAULT_SOURCE

#include "child.h"
#include "fixture.h"

#include <signal.h>
#include <sys/resource.h>

//  The child: a publisher, which sets a value and counts until it is told to
//  end; then it says if it ever needed much memory

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define MOST_MIB 600  // They need much of it themselves
#else
#define MOST_MIB 150
#endif
#define BURST 20  // Numbers in a millisecond

static int
s_be_publisher (const char *updates, const char *requests, const char *size)
{
    fixture_t *self;
    fixture_set_up ((void **) &self);
    self->options.heartbeat_ms = 200;
    //  Enough for a subscriber that has to wait for a second
    self->options.history_count = 1000000;
    self->options.history_bytes = 64 << 20;
    self->options.will = "farewell";
    strcpy (self->updates, updates);
    strcpy (self->requests, requests);
    fixture_publisher (self);
    fixture_set (self, "who", "me");
    self->padding = strtoul (size, NULL, 10);
    fixture_chatter (self, BURST);
    puts ("ready");
    fflush (stdout);
    zp_publisher_run (self->publisher);
    struct rusage usage;
    getrusage (RUSAGE_SELF, &usage);
    puts (usage.ru_maxrss / 1024 < MOST_MIB ? "small" : "large");
    fprintf (stderr, "%ld MiB\n", usage.ru_maxrss / 1024);
    fixture_tear_down ((void **) &self);
    return 0;
}

//  The child: a subscriber, which says when it has joined

static int
s_be_subscriber (const char *updates, const char *requests)
{
    ear_t *ear = ear_new (NULL, NULL);
    ear_connect (ear, updates, requests);
    ear_subscribe (ear, "#");
    while (ear_told (ear, "joined") == 0)
        ear_next (ear, -1);
    puts ("joined");
    fflush (stdout);
    while (ear_next (ear, -1))
        continue;
    return 0;
}

static child_t *
s_publisher (fixture_t *self, const char *size)
{
    char updates[80];
    snprintf (updates, sizeof updates, "publisher:%s", self->updates);
    child_t *child = child_new (updates, self->requests, size);
    assert_true (child_says (child, "ready"));
    return child;
}

//  That so many numbers more come
static void
s_hear_more (fixture_t *self, ear_t *ear, uint64_t count)
{
    uint64_t before = ear->counted;
    test_until (self->loop, ear->counted >= before + count);
}

static void
test_one_that_is_killed_is_gone_and_another_life_is_told_from_a_gap (
    void **state)
{
    fixture_t *self = *state;
    child_t *child = s_publisher (self, "0");
    ear_t *ear = fixture_joined (self, 0, "#");
    s_hear_more (self, ear, 1000);
    child_destroy (&child);  // kill -9
    test_until (self->loop, ear_told (ear, "gone farewell"));
    assert_int_equal (ear->missing + ear->twice, 0);
    child = s_publisher (self, "0");
    s_hear_more (self, ear, 1000);
    assert_string_equal (ear->log, "gone farewell\nback\nrestarted\n"
                                   "snapshot #\nhad who me\njoined #\n");
    assert_int_equal (ear->missing + ear->twice, 0);
    assert_int_equal (ear_stats (ear).lost, 0);
    child_destroy (&child);
}

static void
test_one_that_comes_back_at_once_is_another_as_well (void **state)
{
    fixture_t *self = *state;
    ear_t *ear = fixture_ear (self, 0, "#");
    for (int i = 0; i < 5; i++) {
        child_t *child = s_publisher (self, "0");
        test_until (self->loop, ear_stats (ear).restarts == (uint64_t) i);
        s_hear_more (self, ear, 200);
        assert_int_equal (ear_stats (ear).lost, 0);
        child_destroy (&child);
    }
    assert_int_equal (ear_told (ear, "joined"), 5);
    assert_int_equal (ear->missing + ear->twice, 0);
}

static void
test_one_that_ends_well_says_so_at_once (void **state)
{
    fixture_t *self = *state;
    self->ears.silence_ms = 1000000;
    child_t *child = s_publisher (self, "0");
    ear_t *ear = fixture_joined (self, 0, "#");
    s_hear_more (self, ear, 100);
    child_signal (child, SIGTERM);
    test_until (self->loop, ear_told (ear, "gone farewell"));
    assert_string_equal (ear->log, "gone farewell\n");
    assert_true (child_says (child, "small"));
    assert_int_equal (child_end (child), 0);
    child_destroy (&child);
}

static void
test_one_that_freezes_is_gone_and_comes_back_with_all_that_was_missed (
    void **state)
{
    fixture_t *self = *state;
    child_t *child = s_publisher (self, "0");
    ear_t *ear = fixture_joined (self, 0, "#");
    for (int i = 0; i < 3; i++) {
        s_hear_more (self, ear, 1000);
        child_signal (child, SIGSTOP);
        test_until (self->loop, ear_told (ear, "gone farewell"));
        child_signal (child, SIGCONT);
        test_until (self->loop, ear_told (ear, "back"));
        s_hear_more (self, ear, 1000);
        assert_string_equal (ear->log, "gone farewell\nback\n");
        ear_clear (ear);
    }
    assert_int_equal (ear->missing + ear->twice, 0);
    child_destroy (&child);
}

//  A subscriber that freezes costs the publisher little, and the others nothing

static void
test_a_frozen_subscriber_harms_nobody (void **state)
{
    fixture_t *self = *state;
    child_t *child = s_publisher (self, "5000");
    ear_t *ear = fixture_joined (self, 0, "#");
    char updates[80];
    snprintf (updates, sizeof updates, "subscriber:%s", self->updates);
    child_t *frozen = child_new (updates, self->requests, NULL);
    assert_true (child_says (frozen, "joined"));
    child_signal (frozen, SIGSTOP);
    s_hear_more (self, ear, 20000);  // 100 MB
    assert_int_equal (ear->missing + ear->twice, 0);
    //  On a slow machine it may be silent for a moment, but loses nothing
    assert_int_equal (ear_stats (ear).lost + ear_stats (ear).dropped, 0);
    child_signal (child, SIGTERM);
    assert_true (child_says (child, "small"));
    assert_int_equal (child_end (child), 0);
    child_destroy (&frozen);
    child_destroy (&child);
}

int
main (int argc, char **argv)
{
    if (argc > 3 && strncmp (argv[1], "publisher:", 10) == 0)
        return s_be_publisher (argv[1] + 10, argv[2], argv[3]);
    if (argc > 2 && strncmp (argv[1], "subscriber:", 11) == 0)
        return s_be_subscriber (argv[1] + 11, argv[2]);
    const struct CMUnitTest tests[] = {
        fixture_test (
            test_one_that_is_killed_is_gone_and_another_life_is_told_from_a_gap),
        fixture_test (test_one_that_comes_back_at_once_is_another_as_well),
        fixture_test (test_one_that_ends_well_says_so_at_once),
        fixture_test (
            test_one_that_freezes_is_gone_and_comes_back_with_all_that_was_missed),
        fixture_test (test_a_frozen_subscriber_harms_nobody),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
