//  SPDX-License-Identifier: MIT
//
//  Last values, their time to live, limits, and what a relay keeps.

#include "zp_source.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

typedef struct {
    zp_timers_t *timers;  // Pure
    zp_source_t *source;  // Under test
    char expired[32];     // The topic whose time was over last
    char given[256];      // Payloads that were given, each with a space
    int left;             // How many are to be given; -1: all
    char after[32];       // The topic of the last
} s_fixture_t;

static void
s_on_expired (void *arg, zp_span_t topic)
{
    s_fixture_t *self = arg;
    snprintf (self->expired, sizeof self->expired, "%s",
              (const char *) topic.data);
    assert_int_equal (strlen (self->expired), topic.size);
}

static s_fixture_t *
s_new (size_t topics, size_t values_bytes)
{
    zp_source_limits_t limits = {topics, values_bytes, 10, 1 << 20};
    s_fixture_t *self = zmalloc (sizeof *self);
    self->timers = zp_timers_new (NULL);
    self->source = zp_source_new (&limits, 7, self->timers, s_on_expired, self);
    return self;
}

static void
s_destroy (s_fixture_t *self)
{
    zp_source_destroy (&self->source);
    zp_source_destroy (&self->source);
    zp_timers_destroy (&self->timers);
    free (self);
}

static zp_span_t
s_span (const char *text)
{
    return (zp_span_t){text, strlen (text)};
}

static zp_status_t
s_say (s_fixture_t *self, zp_update_kind_t kind, const char *topic,
       const char *payload, int64_t expires_ms)
{
    zp_update_t update = {
        .kind = kind, .topic = s_span (topic), .payload = s_span (payload)};
    zp_span_t frame;
    zp_status_t status = zp_source_next (self->source, &update, &frame);
    if (status == ZP_OK)
        zp_source_keep (self->source, &update, expires_ms);
    return status;
}

static void
s_set (s_fixture_t *self, const char *topic, const char *payload)
{
    assert_int_equal (s_say (self, ZP_UPDATE_VALUE, topic, payload, 0), ZP_OK);
}

static int
s_give (void *arg, zp_span_t frame)
{
    s_fixture_t *self = arg;
    zp_update_t update;
    if (self->left-- == 0)
        return -1;
    assert_true (zp_update_read (&update, frame.data, frame.size));
    size_t size = strlen (self->given);
    snprintf (self->given + size, sizeof self->given - size, "%.*s ",
              (int) update.payload.size, (const char *) update.payload.data);
    snprintf (self->after, sizeof self->after, "%s",
              (const char *) update.topic.data);
    return 0;
}

static const char *
s_page (s_fixture_t *self, const char *stem, const char *after, int left)
{
    self->given[0] = 0;
    self->left = left;
    assert_int_equal (zp_source_snapshot (self->source, s_span (stem),
                                          s_span (after), s_give, self),
                      ZP_OK);
    return self->given;
}

static const char *
s_values (s_fixture_t *self, const char *stem)
{
    return s_page (self, stem, "", -1);
}

static zp_source_stats_t
s_stats (s_fixture_t *self)
{
    zp_source_stats_t stats;
    zp_source_stats (self->source, &stats);
    return stats;
}

static void
test_a_topic_has_its_last_value (void **state)
{
    (void) state;
    s_fixture_t *self = s_new (10, 10000);
    s_set (self, "a/b", "1");
    s_set (self, "a/b", "2");
    s_say (self, ZP_UPDATE_EVENT, "a/b", "event", 0);
    s_say (self, ZP_UPDATE_EVENT, "a/c", "event", 0);
    assert_string_equal (s_values (self, ""), "2 ");
    s_say (self, ZP_UPDATE_DELETED, "a/b", "", 0);
    s_say (self, ZP_UPDATE_DELETED, "a/c", "", 0);
    s_say (self, ZP_UPDATE_DELETED, "a/d", "", 0);
    assert_string_equal (s_values (self, ""), "");
    assert_int_equal (s_stats (self).values_bytes, 0);
    assert_int_equal (s_stats (self).topics, 3);
    s_destroy (self);
}

static void
test_a_snapshot_is_of_a_stem (void **state)
{
    (void) state;
    s_fixture_t *self = s_new (10, 10000);
    s_set (self, "a", "1");
    s_set (self, "a/b", "2");
    s_set (self, "ab", "3");
    assert_string_equal (s_values (self, "a/"), "2 ");
    assert_string_equal (s_values (self, "b/"), "");
    assert_int_equal (strlen (s_values (self, "")), 6);
    self->given[0] = 0;
    assert_int_equal (zp_source_snapshot (self->source, (zp_span_t){"a", 2},
                                          s_span (""), s_give, self),
                      ZP_OK);
    assert_string_equal (self->given, "1 ");
    s_destroy (self);
}

static void
test_a_value_with_a_time_to_live_expires_once (void **state)
{
    (void) state;
    s_fixture_t *self = s_new (10, 10000);
    s_say (self, ZP_UPDATE_VALUE, "a", "1", 100);
    s_say (self, ZP_UPDATE_VALUE, "b", "2", 50);
    s_say (self, ZP_UPDATE_VALUE, "b", "3", 0);  // Lasts after all
    zp_timers_run (self->timers, 99);
    assert_string_equal (self->expired, "");
    zp_timers_run (self->timers, 100);
    assert_string_equal (self->expired, "a");
    //  What to do is up to who was told
    assert_int_equal (s_stats (self).values, 2);
    zp_source_forget (self->source, s_span ("a"));
    zp_source_forget (self->source, s_span ("a"));
    zp_source_forget (self->source, s_span ("unknown"));
    zp_source_forget (self->source, s_span ("/"));
    assert_string_equal (s_values (self, ""), "3 ");
    s_say (self, ZP_UPDATE_VALUE, "a", "4", 200);
    s_say (self, ZP_UPDATE_DELETED, "a", "", 0);
    self->expired[0] = 0;
    zp_timers_run (self->timers, 1000);
    assert_string_equal (self->expired, "");
    s_say (self, ZP_UPDATE_VALUE, "a", "5", 2000);
    zp_source_reset (self->source, 8, 0);
    assert_int_equal (zp_timers_next (self->timers), -1);
    s_destroy (self);
}

static void
test_for_a_new_topic_the_most_silent_is_forgotten (void **state)
{
    (void) state;
    s_fixture_t *self = s_new (3, 10000);
    s_set (self, "x/value", "v");
    s_say (self, ZP_UPDATE_EVENT, "x/1", "", 0);
    s_say (self, ZP_UPDATE_EVENT, "x/2", "", 0);
    s_say (self, ZP_UPDATE_EVENT, "x/1", "", 0);
    s_say (self, ZP_UPDATE_EVENT, "x/3", "", 0);  // For x/2, number 3
    assert_int_equal (s_stats (self).topics, 3);
    assert_int_equal (zp_source_last (self->source, (zp_span_t){"x/1", 4}), 4);
    assert_int_equal (zp_source_last (self->source, (zp_span_t){"x/2", 4}), 3);
    assert_int_equal (zp_source_last (self->source, (zp_span_t){"y/", 2}), 3);
    assert_string_equal (s_values (self, ""), "v ");
    //  The one that is heard of again may be a little later than it was
    zp_span_t frame;
    zp_update_t update = {.kind = ZP_UPDATE_EVENT, .topic = s_span ("y/1")};
    assert_int_equal (zp_source_next (self->source, &update, &frame), ZP_OK);
    assert_int_equal (update.distance[0], 1);
    assert_int_equal (update.distance[1], 2);  // x/1, number 4, had to go
    s_destroy (self);
}

static void
test_levels_are_forgotten_with_their_last_topic (void **state)
{
    (void) state;
    s_fixture_t *self = s_new (2, 10000);
    s_say (self, ZP_UPDATE_EVENT, "deep/er/x", "", 0);
    s_say (self, ZP_UPDATE_EVENT, "a", "", 0);
    assert_int_equal (zp_source_last (self->source, s_span ("deep/er/")), 1);
    s_say (self, ZP_UPDATE_EVENT, "b", "", 0);
    s_say (self, ZP_UPDATE_EVENT, "c", "", 0);  // For a, number 2
    assert_int_equal (zp_source_last (self->source, s_span ("deep/er/")), 2);
    assert_int_equal (zp_source_last (self->source, s_span ("deep/")), 2);
    s_destroy (self);
}

static void
test_a_topic_whose_value_is_over_may_be_forgotten (void **state)
{
    (void) state;
    s_fixture_t *self = s_new (1, 10000);
    s_set (self, "a", "1");
    zp_source_forget (self->source, s_span ("a"));
    s_set (self, "b", "2");
    assert_string_equal (s_values (self, ""), "2 ");
    s_destroy (self);
}

static void
test_values_are_never_forgotten_for_others (void **state)
{
    (void) state;
    s_fixture_t *self = s_new (2, 10000);
    s_set (self, "a", "1");
    s_set (self, "b", "2");
    assert_int_equal (s_say (self, ZP_UPDATE_EVENT, "c", "", 0),
                      ZP_RESOURCE_EXHAUSTED);
    assert_int_equal (s_say (self, ZP_UPDATE_VALUE, "c", "", 0),
                      ZP_RESOURCE_EXHAUSTED);
    assert_int_equal (zp_source_sequence (self->source), 2);
    s_set (self, "a", "3");
    s_say (self, ZP_UPDATE_DELETED, "b", "", 0);
    s_set (self, "c", "4");
    assert_int_equal (s_stats (self).topics, 2);
    s_destroy (self);
}

static void
test_values_are_bounded_by_their_bytes (void **state)
{
    (void) state;
    s_fixture_t *self = s_new (10, 700);
    char large[400];
    memset (large, 'x', sizeof large);
    large[sizeof large - 1] = 0;
    s_set (self, "a", "small");
    zp_source_stats_t before = s_stats (self);
    assert_int_equal (s_say (self, ZP_UPDATE_VALUE, "b", large, 0),
                      ZP_RESOURCE_EXHAUSTED);
    zp_source_stats_t after = s_stats (self);
    assert_memory_equal (&before, &after, sizeof before);
    //  In the place of the other it has room
    s_set (self, "a", large);
    assert_true (s_stats (self).values_bytes <= 700);
    assert_int_equal (s_say (self, ZP_UPDATE_EVENT, "b", large, 0), ZP_OK);
    assert_int_equal (s_say (self, ZP_UPDATE_EVENT, "a//b", "", 0),
                      ZP_INVALID_ARGUMENT);
    s_destroy (self);
}

static void
test_pages_go_on_behind_a_topic (void **state)
{
    (void) state;
    s_fixture_t *self = s_new (4, 10000);
    s_set (self, "a/1", "1");
    s_set (self, "a/2", "2");
    s_set (self, "a/3", "3");
    assert_string_equal (s_page (self, "a/", "", 1), "3 ");
    //  Without a value it is still a place
    s_say (self, ZP_UPDATE_DELETED, "a/3", "", 0);
    assert_string_equal (s_page (self, "a/", "a/3", 1), "2 ");
    assert_string_equal (s_page (self, "a/", "a/2", 5), "1 ");
    assert_string_equal (s_page (self, "a/", "a/1", 5), "");
    //  Forgotten it is not, and if it is new the others come again
    s_set (self, "b", "4");
    s_set (self, "c", "5");
    assert_int_equal (zp_source_snapshot (self->source, s_span ("a/"),
                                          s_span ("a/3"), s_give, self),
                      ZP_ABORTED);
    s_say (self, ZP_UPDATE_DELETED, "c", "", 0);
    s_set (self, "a/3", "6");
    assert_string_equal (s_page (self, "a/", "a/3", 5), "2 1 ");
    static const char *const others[] = {"b", "/", "a", "x/y"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal (zp_source_snapshot (self->source, s_span ("a/"),
                                              s_span (others[i]), s_give, self),
                          ZP_ABORTED);
    s_destroy (self);
}

//  Another's update of a topic
static void
s_mirror (s_fixture_t *self, const char *topic, uint64_t sequence,
          const char *payload)
{
    zp_update_t update = {.kind = ZP_UPDATE_VALUE,
                          .stream = 9,
                          .sequence = sequence,
                          .topic = s_span (topic),
                          .payload = s_span (payload),
                          .distance = {1, 1, 1, 1}};
    update.cuts = zp_topic_cut (topic, strlen (topic), update.cut);
    zp_span_t frame = {zmalloc (zp_update_size (&update)),
                       zp_update_size (&update)};
    zp_update_write (&update, (uint8_t *) frame.data);
    if (sequence > zp_source_sequence (self->source))
        zp_source_mirror (self->source, &update, frame, 0);
    else
        zp_source_value (self->source, &update, frame, 0);
    free ((void *) frame.data);
}

static void
test_a_relay_begins_with_a_snapshot (void **state)
{
    (void) state;
    s_fixture_t *self = s_new (4, 10000);
    s_set (self, "old", "0");
    zp_source_reset (self->source, 9, 100);
    assert_int_equal (zp_source_stream (self->source), 9);
    assert_int_equal (zp_source_sequence (self->source), 100);
    s_mirror (self, "a/b", 80, "1");
    assert_int_equal (zp_source_sequence (self->source), 100);
    assert_int_equal (s_stats (self).history_count, 0);
    //  Which was the last before is not known
    assert_int_equal (zp_source_last (self->source, s_span ("a/")), 100);
    assert_int_equal (zp_source_last (self->source, s_span ("z/")), 100);
    s_mirror (self, "a/c", 105, "2");
    assert_int_equal (zp_source_sequence (self->source), 105);
    assert_int_equal (zp_source_last (self->source, s_span ("a/")), 105);
    assert_int_equal (zp_source_last (self->source, (zp_span_t){"a/b", 4}),
                      100);
    assert_string_equal (s_values (self, ""), "2 1 ");
    s_destroy (self);
}

static void
test_a_relay_without_room_for_a_value_has_no_snapshots (void **state)
{
    (void) state;
    s_fixture_t *self = s_new (2, 10000);
    zp_source_reset (self->source, 9, 0);
    s_mirror (self, "a", 1, "1");
    s_mirror (self, "b", 2, "2");
    assert_string_equal (s_values (self, ""), "2 1 ");
    s_mirror (self, "c/d", 3, "3");
    assert_int_equal (zp_source_snapshot (self->source, s_span ("c/"),
                                          s_span (""), s_give, self),
                      ZP_RESOURCE_EXHAUSTED);
    //  But what was the last is known, and it can be had again
    assert_int_equal (zp_source_last (self->source, s_span ("c/")), 3);
    assert_int_equal (s_stats (self).history_count, 3);
    zp_source_reset (self->source, 9, 3);
    assert_string_equal (s_values (self, ""), "");
    //  Nor one that has outgrown it
    char large[10000];
    memset (large, 'x', sizeof large);
    large[sizeof large - 1] = 0;
    s_mirror (self, "a", 4, "1");
    s_mirror (self, "a", 5, large);
    assert_int_equal (s_stats (self).values, 0);
    assert_int_equal (zp_source_snapshot (self->source, s_span (""),
                                          s_span (""), s_give, self),
                      ZP_RESOURCE_EXHAUSTED);
    s_destroy (self);
}

//  In a table of one
static zp_status_t
s_again (s_fixture_t *self, const char *stem, uint64_t from, uint64_t *upto_p)
{
    zp_stems_t wants = {NULL, 0, 0};
    zp_cut_t cut = {(uint32_t) strlen (stem),
                    zp_topic_hash (stem, strlen (stem))};
    zp_want_t *want = zp_stem_new (sizeof *want, stem, cut);
    want->from = from;
    zp_stems_add (&wants, want);
    self->given[0] = 0;
    self->left = -1;
    zp_status_t status =
        zp_source_replay (self->source, &wants, s_give, self, upto_p);
    zp_stems_clear (&wants, NULL, NULL);
    return status;
}

static void
test_what_is_gone_is_known (void **state)
{
    (void) state;
    s_fixture_t *self = s_new (100, 100000);
    uint64_t upto = 0;
    s_set (self, "a/x", "1");
    s_set (self, "b/x", "2");
    s_set (self, "a/x", "3");
    for (int i = 4; i <= 12; i++)
        s_set (self, "c/x", "c");
    //  10 are kept: the first two are gone
    assert_int_equal (s_again (self, "a/", 0, &upto), ZP_OUT_OF_RANGE);
    assert_int_equal (s_again (self, "a/", 1, &upto), ZP_OK);
    assert_string_equal (self->given, "3 ");
    assert_int_equal (upto, 12);
    assert_int_equal (s_again (self, "b/", 0, &upto), ZP_OUT_OF_RANGE);
    assert_int_equal (s_again (self, "b/", 1, &upto), ZP_OUT_OF_RANGE);
    assert_int_equal (s_again (self, "b/", 2, &upto), ZP_OK);
    assert_string_equal (self->given, "");
    //  All of c is there, though nobody can know who was not there
    assert_int_equal (s_again (self, "c/", 0, &upto), ZP_OK);
    assert_int_equal (strlen (self->given), 18);
    assert_int_equal (s_again (self, "d/", 0, &upto), ZP_OK);
    assert_int_equal (s_again (self, "", 1, &upto), ZP_OUT_OF_RANGE);
    assert_int_equal (s_again (self, "", 2, &upto), ZP_OK);
    s_destroy (self);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_topic_has_its_last_value),
        cmocka_unit_test (test_a_snapshot_is_of_a_stem),
        cmocka_unit_test (test_a_value_with_a_time_to_live_expires_once),
        cmocka_unit_test (test_for_a_new_topic_the_most_silent_is_forgotten),
        cmocka_unit_test (test_levels_are_forgotten_with_their_last_topic),
        cmocka_unit_test (test_a_topic_whose_value_is_over_may_be_forgotten),
        cmocka_unit_test (test_values_are_never_forgotten_for_others),
        cmocka_unit_test (test_values_are_bounded_by_their_bytes),
        cmocka_unit_test (test_pages_go_on_behind_a_topic),
        cmocka_unit_test (test_a_relay_begins_with_a_snapshot),
        cmocka_unit_test (
            test_a_relay_without_room_for_a_value_has_no_snapshots),
        cmocka_unit_test (test_what_is_gone_is_known),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
