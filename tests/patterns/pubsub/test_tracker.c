//  SPDX-License-Identifier: MIT
//
//  What a tracker makes of updates, heartbeats and replays, one by one.

#include "zp_tracker.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#define STREAM 5

static const zp_span_t s_all = {"", 0}, s_a = {"a/", 2}, s_b = {"b/", 2};

//  An update of a/x or b/x, and the numbers of those before with its stems
static zp_update_t
s_update (const char *topic, uint64_t sequence, uint64_t before)
{
    zp_update_t update = {.kind = ZP_UPDATE_EVENT,
                          .stream = STREAM,
                          .sequence = sequence,
                          .topic = {topic, strlen (topic)}};
    update.cuts = zp_topic_cut (topic, strlen (topic), update.cut);
    update.distance[0] = 1;
    update.distance[1] = update.distance[2] = (uint32_t) (sequence - before);
    return update;
}

static zp_verdict_t
s_hear (zp_tracker_t *self, const char *topic, uint64_t sequence,
        uint64_t before)
{
    zp_update_t update = s_update (topic, sequence, before);
    return zp_tracker_update (self, &update, false);
}

static zp_verdict_t
s_skip (zp_tracker_t *self, const char *topic, uint64_t sequence,
        uint64_t before)
{
    zp_update_t update = s_update (topic, sequence, before);
    return zp_tracker_update (self, &update, true);
}

static zp_verdict_t
s_repeat (zp_tracker_t *self, const char *topic, uint64_t sequence,
          uint64_t before)
{
    zp_update_t update = s_update (topic, sequence, before);
    return zp_tracker_repeat (self, &update);
}

static zp_verdict_t
s_beat (zp_tracker_t *self, zp_span_t stem, uint64_t sequence, uint64_t last)
{
    zp_heartbeat_t heartbeat = {.stem = stem.data,
                                .stem_size = stem.size,
                                .stream = STREAM,
                                .sequence = sequence,
                                .last = last};
    return zp_tracker_heartbeat (self, &heartbeat);
}

static const zp_tracked_t *
s_look (zp_tracker_t *self, zp_span_t stem)
{
    return zp_tracker_find (self, stem);
}

//  One that stands at 10 with both stems
static zp_tracker_t *
s_new (zp_span_t one, zp_span_t other)
{
    zp_tracker_t *self = zp_tracker_new ();
    zp_tracker_restart (self, STREAM);
    assert_true (zp_tracker_add (self, one));
    assert_true (zp_tracker_add (self, other));
    zp_tracker_join (self, one, 10);
    zp_tracker_join (self, other, 10);
    return self;
}

static void
test_the_next_of_a_stem_is_new_however_far_it_is (void **state)
{
    (void) state;
    zp_tracker_t *self = s_new (s_a, s_b);
    assert_int_equal (s_hear (self, "a/x", 50, 10), ZP_VERDICT_NEW);
    assert_int_equal (s_hear (self, "a/x", 50, 10), ZP_VERDICT_KNOWN);
    assert_int_equal (s_hear (self, "b/x", 51, 3), ZP_VERDICT_NEW);
    assert_int_equal (s_hear (self, "a/x", 60, 50), ZP_VERDICT_NEW);
    assert_int_equal (s_hear (self, "c/x", 61, 60), ZP_VERDICT_UNWANTED);
    assert_int_equal (zp_tracker_behind (self), 0);
    zp_tracker_destroy (&self);
    zp_tracker_destroy (&self);
}

static void
test_a_gap_is_marked_on_the_stem_that_has_it (void **state)
{
    (void) state;
    zp_tracker_t *self = s_new (s_a, s_b);
    assert_int_equal (s_hear (self, "a/x", 20, 15), ZP_VERDICT_GAP);
    const zp_tracked_t *a = s_look (self, s_a);
    assert_true (a->behind && a->from == 10 && a->at == 10);
    assert_true (a->until == 16);
    assert_int_equal (s_hear (self, "b/x", 21, 10), ZP_VERDICT_NEW);
    assert_int_equal (zp_tracker_behind (self), 1);
    //  What is known to be missing does not become less by old news
    assert_int_equal (s_beat (self, s_a, 14, 12), ZP_VERDICT_GAP);
    assert_true (a->until == 16);
    assert_int_equal (s_beat (self, s_a, 30, 30), ZP_VERDICT_GAP);
    assert_true (a->until == 31);
    zp_tracker_destroy (&self);
}

static void
test_what_was_late_and_not_lost_closes_the_gap (void **state)
{
    (void) state;
    zp_tracker_t *self = s_new (s_a, s_b);
    assert_int_equal (s_hear (self, "a/x", 20, 15), ZP_VERDICT_GAP);
    assert_int_equal (s_hear (self, "a/x", 15, 10), ZP_VERDICT_NEW);
    assert_int_equal (zp_tracker_behind (self), 0);
    assert_int_equal (s_hear (self, "a/x", 20, 15), ZP_VERDICT_NEW);
    zp_tracker_destroy (&self);
}

static void
test_a_heartbeat_says_that_nothing_was_sent (void **state)
{
    (void) state;
    zp_tracker_t *self = s_new (s_a, s_b);
    assert_int_equal (s_beat (self, s_a, 30, 9), ZP_VERDICT_NEW);
    assert_true (s_look (self, s_a)->at == 30);
    assert_int_equal (s_beat (self, s_a, 20, 9), ZP_VERDICT_NEW);
    assert_true (s_look (self, s_a)->at == 30);
    //  A number that is too near, after the publisher forgot: nothing to ask
    assert_int_equal (s_hear (self, "a/x", 31, 30), ZP_VERDICT_NEW);
    assert_int_equal (s_beat (self, s_a, 33, 32), ZP_VERDICT_GAP);
    assert_int_equal (s_beat (self, (zp_span_t){"c/", 2}, 1, 1),
                      ZP_VERDICT_UNWANTED);
    //  Behind, it stays where it is
    assert_int_equal (s_beat (self, s_a, 50, 31), ZP_VERDICT_NEW);
    assert_true (s_look (self, s_a)->behind && s_look (self, s_a)->at == 31);
    zp_tracker_destroy (&self);
}

static void
test_a_replay_mends_what_it_was_asked_for (void **state)
{
    (void) state;
    zp_tracker_t *self = s_new (s_a, s_b);
    s_hear (self, "a/x", 20, 15);
    zp_tracker_asked (self, NULL);
    //  Behind as well, but later
    s_hear (self, "b/x", 21, 17);
    assert_int_equal (s_repeat (self, "a/x", 14, 10), ZP_VERDICT_NEW);
    assert_int_equal (s_repeat (self, "a/x", 14, 10), ZP_VERDICT_KNOWN);
    //  It was forgotten what was before
    assert_int_equal (s_repeat (self, "a/x", 15, 14), ZP_VERDICT_NEW);
    assert_false (s_look (self, s_a)->behind);
    zp_tracker_repaired (self, s_a, 30);
    zp_tracker_repaired (self, s_b, 30);
    assert_true (s_look (self, s_b)->behind);
    assert_true (s_look (self, s_b)->from == 10);
    zp_tracker_destroy (&self);
}

static void
test_a_replay_may_end_with_nothing_that_was_missing (void **state)
{
    (void) state;
    zp_tracker_t *self = s_new (s_a, s_b);
    s_beat (self, s_a, 20, 18);
    zp_tracker_asked (self, NULL);
    zp_tracker_repaired (self, s_a, 17);  // From a relay that is behind us
    assert_true (s_look (self, s_a)->behind && s_look (self, s_a)->from == 17);
    zp_tracker_repaired (self, s_a, 18);
    assert_false (s_look (self, s_a)->behind);
    zp_tracker_destroy (&self);
}

static void
test_what_is_sent_again_counts_for_other_stems_too (void **state)
{
    (void) state;
    zp_tracker_t *self = s_new (s_all, s_a);
    s_beat (self, s_all, 12, 12);
    zp_tracker_asked (self, NULL);
    assert_int_equal (s_repeat (self, "b/x", 11, 2), ZP_VERDICT_NEW);
    assert_int_equal (s_repeat (self, "a/x", 12, 9), ZP_VERDICT_NEW);
    assert_int_equal (s_hear (self, "a/x", 12, 9), ZP_VERDICT_KNOWN);
    assert_true (s_look (self, s_a)->at == 12);
    assert_int_equal (zp_tracker_behind (self), 0);
    zp_tracker_destroy (&self);
}

static void
test_a_replay_is_no_use_where_more_is_missing (void **state)
{
    (void) state;
    zp_tracker_t *self = s_new (s_all, s_a);
    zp_tracker_join (self, s_all, 10);
    zp_tracker_leave (self, s_a);
    zp_tracker_join (self, s_a, 5);  // As of a relay that is behind us
    s_beat (self, s_all, 20, 20);
    zp_tracker_asked (self, NULL);
    assert_int_equal (s_repeat (self, "b/x", 11, 4), ZP_VERDICT_NEW);
    assert_int_equal (s_repeat (self, "a/x", 12, 8), ZP_VERDICT_GAP);
    assert_int_equal (zp_tracker_behind (self), 2);
    zp_tracker_repaired (self, s_all, 20);
    assert_true (s_look (self, s_all)->behind);
    assert_true (s_look (self, s_all)->from == 11);
    //  Together it goes
    zp_tracker_asked (self, NULL);
    assert_int_equal (s_repeat (self, "a/x", 12, 8), ZP_VERDICT_NEW);
    zp_tracker_repaired (self, s_all, 20);
    zp_tracker_repaired (self, s_a, 20);
    assert_int_equal (zp_tracker_behind (self), 0);
    zp_tracker_destroy (&self);
}

static void
test_who_skips_goes_on_and_can_have_the_rest (void **state)
{
    (void) state;
    zp_tracker_t *self = s_new (s_a, s_b);
    assert_int_equal (s_skip (self, "a/x", 20, 15), ZP_VERDICT_GAP);
    assert_int_equal (s_skip (self, "a/x", 21, 20), ZP_VERDICT_NEW);
    assert_int_equal (s_skip (self, "a/x", 22, 21), ZP_VERDICT_NEW);
    //  Whether it was told then is not known any more
    assert_int_equal (s_skip (self, "a/x", 20, 15), ZP_VERDICT_NEW);
    assert_int_equal (s_skip (self, "a/x", 15, 12), ZP_VERDICT_NEW);
    const zp_tracked_t *a = s_look (self, s_a);
    assert_true (a->behind && a->from == 10 && a->at == 22 && a->until == 16);
    zp_tracker_asked (self, NULL);
    assert_int_equal (s_repeat (self, "a/x", 12, 10), ZP_VERDICT_NEW);
    assert_int_equal (s_repeat (self, "a/x", 15, 12), ZP_VERDICT_NEW);
    //  That was all, and the others were not missing
    assert_int_equal (s_repeat (self, "a/x", 20, 15), ZP_VERDICT_KNOWN);
    assert_int_equal (zp_tracker_behind (self), 0);
    assert_true (a->from == 22);
    zp_tracker_destroy (&self);
}

static void
test_a_stem_that_has_not_joined_is_early (void **state)
{
    (void) state;
    zp_tracker_t *self = s_new (s_all, s_b);
    assert_true (zp_tracker_add (self, s_a));
    assert_false (zp_tracker_add (self, s_a));
    assert_int_equal (zp_tracker_early (self), 0);
    assert_int_equal (s_hear (self, "a/x", 12, 11), ZP_VERDICT_EARLY);
    assert_int_equal (s_beat (self, s_a, 12, 12), ZP_VERDICT_EARLY);
    assert_int_equal (zp_tracker_early (self), 1);
    assert_int_equal (zp_tracker_behind (self), 0);
    zp_tracker_join (self, s_a, 20);
    assert_int_equal (zp_tracker_early (self), 0);
    //  The others still want the event
    assert_int_equal (s_hear (self, "a/x", 11, 10), ZP_VERDICT_NEW);
    //  A value was in the snapshot
    zp_update_t value = s_update ("a/x", 12, 11);
    value.kind = ZP_UPDATE_VALUE;
    assert_int_equal (zp_tracker_update (self, &value, false),
                      ZP_VERDICT_KNOWN);
    assert_true (s_look (self, s_all)->at == 12);
    assert_false (zp_tracker_remove (self, s_a));
    zp_tracker_leave (self, s_a);
    assert_true (zp_tracker_remove (self, s_a));
    assert_int_equal (zp_tracker_early (self), 0);
    assert_null (s_look (self, s_a));
    zp_tracker_destroy (&self);
}

static void
test_values_can_be_had_again_without_leaving (void **state)
{
    (void) state;
    zp_tracker_t *self = s_new (s_a, s_b);
    zp_tracker_add (self, s_all);
    zp_tracker_refresh (self, s_all);  // It will have them when it joins
    assert_int_equal (zp_tracker_early (self), 0);
    zp_tracker_remove (self, s_all);
    zp_tracker_refresh (self, s_a);
    assert_int_equal (zp_tracker_early (self), 1);
    zp_tracker_join (self, s_a, 20);
    assert_int_equal (zp_tracker_early (self), 0);
    assert_true (s_look (self, s_a)->at == 10);
    //  Events are in no snapshot
    zp_update_t value = s_update ("a/x", 11, 10);
    value.kind = ZP_UPDATE_VALUE;
    assert_int_equal (zp_tracker_update (self, &value, false),
                      ZP_VERDICT_KNOWN);
    assert_int_equal (s_hear (self, "a/x", 12, 11), ZP_VERDICT_NEW);
    assert_int_equal (s_hear (self, "a/x", 12, 11), ZP_VERDICT_KNOWN);
    zp_tracker_destroy (&self);
}

static void
test_all_can_leave_at_once (void **state)
{
    (void) state;
    zp_tracker_t *self = s_new (s_a, s_b);
    assert_int_equal (s_hear (self, "a/x", 20, 15), ZP_VERDICT_GAP);
    zp_tracker_leave_all (self);
    assert_int_equal (zp_tracker_behind (self), 0);
    assert_int_equal (zp_tracker_early (self), 2);
    assert_int_equal (s_hear (self, "b/x", 21, 20), ZP_VERDICT_EARLY);
    zp_tracker_join (self, s_b, 21);
    assert_int_equal (zp_tracker_early (self), 1);
    zp_tracker_destroy (&self);
}

static void
test_another_stream_is_told_and_nobody_stands_in_it (void **state)
{
    (void) state;
    zp_tracker_t *self = s_new (s_a, s_b);
    s_hear (self, "a/x", 20, 15);
    zp_update_t update = s_update ("a/x", 1, 0);
    update.stream++;
    assert_int_equal (zp_tracker_update (self, &update, false),
                      ZP_VERDICT_STREAM);
    assert_int_equal (zp_tracker_repeat (self, &update), ZP_VERDICT_STREAM);
    zp_heartbeat_t heartbeat = {.stem = "a/", .stem_size = 2, .stream = 6};
    assert_int_equal (zp_tracker_heartbeat (self, &heartbeat),
                      ZP_VERDICT_STREAM);
    zp_tracker_restart (self, STREAM + 1);
    assert_int_equal (zp_tracker_behind (self), 0);
    assert_int_equal (zp_tracker_update (self, &update, false),
                      ZP_VERDICT_EARLY);
    zp_tracker_destroy (&self);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_the_next_of_a_stem_is_new_however_far_it_is),
        cmocka_unit_test (test_a_gap_is_marked_on_the_stem_that_has_it),
        cmocka_unit_test (test_what_was_late_and_not_lost_closes_the_gap),
        cmocka_unit_test (test_a_heartbeat_says_that_nothing_was_sent),
        cmocka_unit_test (test_a_replay_mends_what_it_was_asked_for),
        cmocka_unit_test (test_a_replay_may_end_with_nothing_that_was_missing),
        cmocka_unit_test (test_what_is_sent_again_counts_for_other_stems_too),
        cmocka_unit_test (test_a_replay_is_no_use_where_more_is_missing),
        cmocka_unit_test (test_who_skips_goes_on_and_can_have_the_rest),
        cmocka_unit_test (test_a_stem_that_has_not_joined_is_early),
        cmocka_unit_test (test_values_can_be_had_again_without_leaving),
        cmocka_unit_test (test_all_can_leave_at_once),
        cmocka_unit_test (test_another_stream_is_told_and_nobody_stands_in_it),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
