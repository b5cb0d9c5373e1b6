//  SPDX-License-Identifier: MIT
//
//  What gets lost since a pipe is full, and how that is noticed and mended

#include "fixture.h"
#include "lossy.h"

#define FLOOD 20000  // More frames than all pipes and buffers on the way hold

//  Publish so many numbers in one turn of the loop, each in a frame of its own;
//  the subscriber reads nothing meanwhile.
static void
s_flood (fixture_t *self, int count)
{
    for (int i = 0; i < count; i++) {
        fixture_count (self, 1);
        zp_publisher_flush (self->publisher);
    }
}

static void
test_what_is_lost_is_had_again_in_order (void **state)
{
    fixture_t *self = *state;
    self->options.queue = 10;
    self->options.history_count = FLOOD + 1000;
    fixture_publisher (self);
    ear_t *ear = fixture_joined (self, 0, "#");
    for (int i = 0; i < 3; i++) {
        s_flood (self, FLOOD);
        fixture_complete (self, ear);
    }
    assert_int_equal (ear->counted, 3 * FLOOD);
    assert_string_equal (ear->log, "");
    zp_subscriber_stats_t stats = ear_stats (ear);
    assert_true (stats.gaps >= 3 && stats.repaired > 0);
    assert_int_equal (stats.lost, 0);
    assert_int_equal (stats.snapshots, 1);
}

//  Behind one who loses just what it is told to

static ear_t *
s_lossy_ear (fixture_t *self, lossy_t **lossy_p)
{
    *lossy_p = lossy_new (self->loop, self->updates);
    ear_t *ear = self->ear[0] = ear_new (self->loop, &self->ears);
    ear_connect (ear, lossy_endpoint (*lossy_p), self->requests);
    ear_subscribe (ear, "#");
    test_until (self->loop, ear_told (ear, "joined"));
    ear_clear (ear);
    return ear;
}

static void
test_that_the_tail_of_a_burst_is_missing_is_told_by_a_heartbeat (void **state)
{
    fixture_t *self = *state;
    fixture_publisher (self);
    lossy_t *lossy;
    ear_t *ear = s_lossy_ear (self, &lossy);
    fixture_count (self, 100);
    fixture_complete (self, ear);
    uint64_t beats = fixture_stats (self->publisher).heartbeats;
    lossy_lose (lossy, true);
    fixture_count (self, 100);
    fixture_complete (self, ear);
    assert_true (lossy_lost (lossy) > 0);
    assert_true (fixture_stats (self->publisher).heartbeats > beats);
    assert_int_equal (ear_stats (ear).repaired, 100);
    assert_int_equal (ear_stats (ear).gaps, 1);
    lossy_destroy (&lossy);
}

static void
test_one_frame_that_is_missing_is_noticed_with_the_next (void **state)
{
    fixture_t *self = *state;
    self->options.heartbeat_ms = 1000000;
    fixture_publisher (self);
    lossy_t *lossy;
    ear_t *ear = s_lossy_ear (self, &lossy);
    lossy_lose (lossy, true);
    fixture_set (self, "a", "1");
    test_until (self->loop, lossy_lost (lossy) == 1);
    lossy_lose (lossy, false);
    fixture_set (self, "b", "2");
    fixture_expect (self, ear, "value a 1\nvalue b 2\n");
    assert_int_equal (ear_stats (ear).repaired, 2);
    lossy_destroy (&lossy);
}

static void
test_who_wants_the_newest_does_not_wait_for_what_is_missing (void **state)
{
    fixture_t *self = *state;
    self->options.heartbeat_ms = 1000000;
    self->ears.order = ZP_ORDER_NEWEST;
    fixture_publisher (self);
    lossy_t *lossy;
    ear_t *ear = s_lossy_ear (self, &lossy);
    lossy_lose (lossy, true);
    fixture_set (self, "a", "1");
    fixture_set (self, "b", "1");
    fixture_set (self, "c", "1");
    test_until (self->loop, lossy_lost (lossy) == 1);
    lossy_lose (lossy, false);
    fixture_set (self, "b", "2");
    //  The value that was missed is older than the one that is known
    fixture_expect (self, ear, "value b 2\nvalue a 1\nvalue c 1\n");
    lossy_destroy (&lossy);
}

static void
test_what_is_not_kept_any_more_is_lost_and_the_values_are_told_anew (
    void **state)
{
    fixture_t *self = *state;
    self->options.queue = 10;
    self->options.history_count = 100;
    fixture_publisher (self);
    ear_t *ear = fixture_joined (self, 0, "count/#");
    s_flood (self, FLOOD);
    test_until (self->loop, ear_told (ear, "joined"));
    fixture_count (self, 50);
    test_until (self->loop, fixture_is_complete (self, ear));
    assert_int_equal (ear->twice, 0);
    assert_int_equal (ear->order, 0);
    uint64_t from, to;
    assert_int_equal (
        sscanf (ear->log, "lost count/# %" SCNu64 "..%" SCNu64, &from, &to), 2);
    assert_true (from > 1 && from <= to && to <= FLOOD);
    assert_non_null (strstr (ear->log, "\nsnapshot count/#\njoined count/#\n"));
    assert_true (ear->counted < FLOOD);
    assert_int_equal (ear_stats (ear).lost, 1);
}

//  Nothing is in the pipes any more
static void
s_wait_for_room (fixture_t *self)
{
    uint64_t beats = fixture_stats (self->publisher).heartbeats;
    test_until (self->loop,
                fixture_stats (self->publisher).heartbeats >= beats + 2);
}

//  Without values, or who to ask: what is lost is said, and it goes on

static void
test_without_values_what_is_lost_is_said (void **state)
{
    fixture_t *self = *state;
    self->options.queue = 10;
    self->options.history_count = 100;
    self->ears.no_values = true;
    fixture_publisher (self);
    ear_t *ear = fixture_joined (self, 0, "#");
    s_flood (self, FLOOD);
    test_until (self->loop, ear_told (ear, "lost"));
    s_wait_for_room (self);
    fixture_count (self, 50);
    test_until (self->loop, fixture_is_complete (self, ear));
    assert_int_equal (ear->twice, 0);
    assert_int_equal (ear_told (ear, "snapshot"), 0);
}

static void
test_without_anybody_to_ask_what_is_lost_is_said (void **state)
{
    fixture_t *self = *state;
    self->options.queue = 10;
    fixture_publisher (self);
    ear_t *ear = self->ear[0] = ear_new (self->loop, NULL);
    ear_connect (ear, self->updates, NULL);
    ear_subscribe (ear, "#");
    fixture_expect (self, ear, "joined #\n");
    s_flood (self, FLOOD);
    test_until (self->loop, ear_told (ear, "lost"));
    s_wait_for_room (self);
    //  Whoever is slow may lose the last ones as well
    int64_t start_ms = zclock_mono ();
    while (!fixture_is_complete (self, ear) &&
           zclock_mono () - start_ms < TEST_PATIENCE_MS) {
        fixture_count (self, 50);
        for (int k = 0; k < 100 && !fixture_is_complete (self, ear); k++)
            test_turn (self->loop);
    }
    assert_true (fixture_is_complete (self, ear));
    assert_int_equal (ear->twice, 0);
}

//  Newest first: nothing waits for what was missed; of that only comes what is
//  not older than what was told of the same topic

static void
test_the_newest_comes_first_if_that_is_wanted (void **state)
{
    fixture_t *self = *state;
    self->options.queue = 10;
    self->options.history_count = FLOOD + 1000;
    self->ears.order = ZP_ORDER_NEWEST;
    fixture_publisher (self);
    ear_t *ear = fixture_joined (self, 0, "#");
    s_flood (self, FLOOD);
    //  Missed, and about a topic of which nothing comes later
    fixture_set (self, "rare", "1");
    zp_publisher_flush (self->publisher);
    test_until (self->loop, fixture_is_complete (self, ear) &&
                                ear_told (ear, "value rare"));
    assert_int_equal (ear->twice, 0);
    assert_int_equal (ear_told (ear, "value rare"), 1);
    assert_true (ear_stats (ear).repaired > 0);
    assert_int_equal (ear_stats (ear).lost, 0);
}

//  Nobody reads for long while much is published: who listens is told all

static void
test_a_stream_that_loses_again_and_again_is_whole (void **state)
{
    fixture_t *self = *state;
    self->options.queue = 10;
    self->options.history_count = 4 * FLOOD;
    fixture_publisher (self);
    ear_t *ear = fixture_joined (self, 0, "#");
    ear_subscribe (ear, "count/3");
    ear_subscribe (ear, "count/#");
    test_until (self->loop, ear_told (ear, "joined") == 2);
    fixture_chatter (self, 50);
    for (int i = 0; i < 5; i++) {
        s_flood (self, FLOOD / 2);
        test_turn (self->loop);
    }
    fixture_chatter (self, 0);
    test_until (self->loop, fixture_is_complete (self, ear));
    assert_int_equal (ear->missing, 0);
    assert_int_equal (ear->twice, 0);
    assert_int_equal (ear_stats (ear).lost, 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_what_is_lost_is_had_again_in_order),
        fixture_test (
            test_that_the_tail_of_a_burst_is_missing_is_told_by_a_heartbeat),
        fixture_test (test_one_frame_that_is_missing_is_noticed_with_the_next),
        fixture_test (
            test_who_wants_the_newest_does_not_wait_for_what_is_missing),
        fixture_test (
            test_what_is_not_kept_any_more_is_lost_and_the_values_are_told_anew),
        fixture_test (test_without_values_what_is_lost_is_said),
        fixture_test (test_without_anybody_to_ask_what_is_lost_is_said),
        fixture_test (test_the_newest_comes_first_if_that_is_wanted),
        fixture_test (test_a_stream_that_loses_again_and_again_is_whole),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
