//  SPDX-License-Identifier: MIT
//
//  log.follow: from disk, then from memory, no more than the credit allows, and
//  what comes of it when events are trimmed or the caller is gone.

#include "follower.h"

//  Events come from `first` on, with their offsets as bodies
static void
s_expect_run (follower_t *follower, size_t first, size_t count)
{
    test_until (follower->fixture->loop, follower_count (follower) >= count);
    assert_int_equal (follower_count (follower), count);
    for (size_t i = 0; i < count; i++) {
        char text[64];
        snprintf (text, sizeof text, "%zu 0=%zu", first + i, first + i);
        assert_string_equal (follower_event (follower, i), text);
    }
}

static void
test_a_stream_is_said_to_be_open_and_shows_signs_of_life (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    int64_t start_ms = zclock_mono ();
    follower_t *follower = follower_new (self);
    follower_call (follower, 0, "log.follow", "films", "end", NULL);
    test_until (self->loop, follower_beats (follower) == 1);
    assert_string_equal (follower_state (follower), "4294967297 0 0");
    fixture_append (self, "films", 0, 2);
    test_until (self->loop, follower_beats (follower) == 3);
    assert_true (zclock_mono () - start_ms >= 2000);
    assert_string_equal (follower_state (follower), "4294967297 2 2");
    s_expect_run (follower, 0, 2);
    follower_destroy (&follower);
}

static void
test_it_goes_from_disk_to_memory_without_a_seam (void **state)
{
    fixture_t *self = *state;
    //  About a hundred are in memory
    self->options.limits.memory_bytes = 100 * 60;
    fixture_start (self);
    fixture_append (self, "films", 0, 3000);
    follower_t *followers[3];
    for (int i = 0; i < 3; i++)
        followers[i] = follower_new (self);
    const char *wide = "{\"credit\":100000}";
    follower_call (followers[0], 0, "log.follow", "films", "start", wide, NULL);
    follower_call (followers[1], 0, "log.follow", "films", "2500", wide, NULL);
    follower_call (followers[2], 0, "log.follow", "films", "end", wide, NULL);
    test_until (self->loop, follower_beats (followers[2]) >= 1);
    //  While they read
    fixture_append (self, "films", 3000, 1000);
    s_expect_run (followers[0], 0, 4000);
    s_expect_run (followers[1], 2500, 1500);
    s_expect_run (followers[2], 3000, 1000);
    for (int i = 0; i < 3; i++)
        follower_destroy (&followers[i]);
}

static void
test_no_more_are_out_than_the_credit (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 20);
    follower_t *follower = follower_new (self);
    follower_call (follower, 0, "log.follow", "films", "start",
                   "{\"credit\":5}", NULL);
    test_until (self->loop, follower_beats (follower) >= 1);
    for (size_t seen = 0; seen < 15; seen += 3) {
        s_expect_run (follower, 0, seen + 5);
        char text[16];
        snprintf (text, sizeof text, "%zu", seen + 3);
        fixture_expect (self, "1", "log.seen", follower_stream (follower),
                        text);
    }
    s_expect_run (follower, 0, 20);
    //  To say less, the same again, or what is not there changes nothing
    fixture_expect (self, "1", "log.seen", follower_stream (follower), "3");
    fixture_refused (self, ZP_OUT_OF_RANGE,
                     "20 is the next offset; there is no 900 yet", "log.seen",
                     follower_stream (follower), "900");
    fixture_append (self, "films", 20, 10);
    fixture_stat (self, "films", "readers");
    s_expect_run (follower, 0, 20);
    fixture_expect (self, "1", "log.seen", follower_stream (follower), "20");
    s_expect_run (follower, 0, 25);
    follower_destroy (&follower);
}

static void
test_no_more_bytes_are_out_than_allowed_but_for_one_event (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 10, 5);  // Two bytes each
    follower_t *follower = follower_new (self);
    follower_call (follower, 0, "log.follow", "films", "start",
                   "{\"max_bytes\":5}", NULL);
    test_until (self->loop, follower_beats (follower) >= 1);
    assert_int_equal (follower_count (follower), 2);
    fixture_expect (self, "5", "log.append", "films", "longer than that");
    fixture_expect (self, "6", "log.append", "films", "x");
    fixture_expect (self, "1", "log.seen", follower_stream (follower), "2");
    test_until (self->loop, follower_count (follower) == 4);
    fixture_expect (self, "1", "log.seen", follower_stream (follower), "4");
    test_until (self->loop, follower_count (follower) == 5);
    fixture_expect (self, "1", "log.seen", follower_stream (follower), "5");
    test_until (self->loop, follower_count (follower) == 6);
    assert_string_equal (follower_event (follower, 5), "5 0=longer than that");
    fixture_expect (self, "1", "log.seen", follower_stream (follower), "6");
    test_until (self->loop, follower_count (follower) == 7);
    follower_destroy (&follower);
}

static void
test_what_was_trimmed_is_told (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 20);
    fixture_expect (self, "12", "log.trim", "films", "12");
    fixture_refused (self, ZP_OUT_OF_RANGE,
                     "12 is the first event that is kept, 7 is trimmed",
                     "log.read", "films", "7");
    follower_t *follower = follower_new (self);
    follower_call (follower, 0, "log.follow", "films", "3", NULL);
    test_until (self->loop, follower_ends (follower) == 1);
    assert_string_equal (
        follower_end (follower, 0),
        "OUT_OF_RANGE: 12 is the first event that is kept, 3 is trimmed");
    //  One that is overtaken
    follower_call (follower, 0, "log.follow", "films", "12", "{\"credit\":2}",
                   NULL);
    test_until (self->loop, follower_count (follower) == 2);
    test_until (self->loop, follower_beats (follower) >= 1);
    fixture_expect (self, "6", "log.trim", "films", "18");
    test_until (self->loop, follower_ends (follower) == 2);
    assert_string_equal (
        follower_end (follower, 1),
        "OUT_OF_RANGE: 18 is the first event that is kept, 14 is trimmed");
    assert_int_equal (fixture_stat (self, "films", "readers"), 0);
    //  And what is not there yet
    fixture_refused (self, ZP_OUT_OF_RANGE,
                     "20 is the next offset; there is no 21 yet", "log.read",
                     "films", "21");
    follower_destroy (&follower);
}

static void
test_a_follower_that_is_gone_leaves_nothing_behind (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 1);
    follower_t *follower = follower_new (self);
    follower_call (follower, 0, "log.follow", "films", "start", NULL);
    test_until (self->loop, follower_count (follower) == 1);
    assert_int_equal (fixture_stat (self, "films", "readers"), 1);
    follower_cancel (follower);
    test_until (self->loop, fixture_stat (self, "films", "readers") == 0);
    follower_call (follower, 0, "log.follow", "films", "start", NULL);
    test_until (self->loop, follower_count (follower) == 2);
    follower_destroy (&follower);
    test_until (self->loop, fixture_stat (self, "films", "readers") == 0);
    //  Nor does one of a log that never was
    follower = follower_new (self);
    follower_call (follower, 0, "log.follow", "no-films", "0", NULL);
    test_until (self->loop, follower_beats (follower) == 1);
    assert_int_equal (fixture_stat (self, "no-films", "readers"), 1);
    follower_destroy (&follower);
    test_until (self->loop, fixture_stat (self, "no-films", "readers") == -1);
}

static void
test_a_stream_ends_before_its_callers_patience (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    follower_t *follower = follower_new (self);
    int64_t start_ms = zclock_mono ();
    follower_call (follower, 500, "log.follow", "films", "0", NULL);
    test_until (self->loop, follower_ends (follower) == 1);
    assert_true (zclock_mono () - start_ms >= 450);
    assert_string_equal (follower_end (follower, 0), "OK");
    follower_destroy (&follower);
}

typedef struct fed {
    char text[1024];  // All that was fed
    size_t size;      // Bytes of it
} fed_t;

static void
s_feed (void *arg, const char *log, const zp_eventlog_event_t *event)
{
    fed_t *fed = arg;
    fed->size += (size_t) snprintf (
        fed->text + fed->size, sizeof fed->text - fed->size, "%s/%d%.*s=%.*s ",
        log, (int) event->offset, (int) event->id.size,
        (const char *) event->id.data, (int) event->body.size,
        (const char *) event->body.data);
}

static void
test_a_feed_gets_each_event_once_and_before_it_is_confirmed (void **state)
{
    fixture_t *self = *state;
    fed_t fed = {.size = 0};
    self->options.feed = s_feed;
    self->options.feed_arg = &fed;
    self->options.limits.memory_bytes = 0;
    fixture_start (self);
    fixture_expect (self, "0", "log.append", "a", "x", "{\"id\":\"i\"}");
    assert_string_equal (fed.text, "a/0i=x ");
    fixture_expect (self, "0", "log.append", "a", "x", "{\"id\":\"i\"}");
    fixture_expect (self, "0", "log.append", "b", "y");
    fixture_expect (self, "1", "log.batch", "a", "", "z", "");
    fixture_start (self);
    fixture_expect (self, "3", "log.append", "a", "q");
    assert_string_equal (fed.text, "a/0i=x b/0=y a/1=z a/2= a/3=q ");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_stream_is_said_to_be_open_and_shows_signs_of_life),
        fixture_test (test_it_goes_from_disk_to_memory_without_a_seam),
        fixture_test (test_no_more_are_out_than_the_credit),
        fixture_test (
            test_no_more_bytes_are_out_than_allowed_but_for_one_event),
        fixture_test (test_what_was_trimmed_is_told),
        fixture_test (test_a_follower_that_is_gone_leaves_nothing_behind),
        fixture_test (test_a_stream_ends_before_its_callers_patience),
        fixture_test (
            test_a_feed_gets_each_event_once_and_before_it_is_confirmed),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
