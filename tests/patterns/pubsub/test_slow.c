//  SPDX-License-Identifier: MIT
//
//  A subscriber that does not keep up: its policy is its own, and the others
//  notice nothing; or the publisher waits for it

#include "fixture.h"

#define FLOOD 20000  // More frames than all pipes and buffers on the way hold

//  One that is paused while much is published, beside one that is not

typedef struct {
    ear_t *slow;  // Paused
    ear_t *fast;  // Not
} s_pair_t;

static s_pair_t
s_pair (fixture_t *self, zp_overflow_t overflow, const char *filter)
{
    self->options.queue = 10;
    self->options.history_count = FLOOD;
    fixture_publisher (self);
    s_pair_t pair;
    pair.fast = fixture_joined (self, 0, "#");
    self->ears.inbox = 100;
    self->ears.overflow = overflow;
    pair.slow = fixture_joined (self, 1, filter);
    zp_subscriber_pause (pair.slow->subscriber, true);
    return pair;
}

#define LAST 64  // Updates that may not have come yet

static void
s_flood_pair (fixture_t *self, s_pair_t *pair)
{
    //  No more at once than goes into the pipe of one that is not slow
    for (int i = 0; i < FLOOD / 2; i += 16) {
        fixture_count (self, 16);
        zp_publisher_flush (self->publisher);
        test_until (self->loop, fixture_is_complete (self, pair->fast));
    }
    fixture_complete (self, pair->fast);
    assert_int_equal (ear_stats (pair->fast).gaps, 0);
    assert_string_equal (pair->fast->log, "");
    assert_int_equal (pair->slow->counted, 0);
    assert_string_equal (pair->slow->log, "");
}

static void
test_one_that_waits_is_told_all_in_the_end (void **state)
{
    fixture_t *self = *state;
    s_pair_t pair = s_pair (self, ZP_OVERFLOW_WAIT, "#");
    s_flood_pair (self, &pair);
    assert_in_range (ear_stats (pair.slow).waiting, 100, 500);
    zp_subscriber_pause (pair.slow->subscriber, false);
    fixture_complete (self, pair.slow);
    assert_int_equal (pair.slow->counted, FLOOD / 2);
    assert_int_equal (ear_stats (pair.slow).lost, 0);
}

static void
test_one_that_drops_the_oldest_says_how_many (void **state)
{
    fixture_t *self = *state;
    s_pair_t pair = s_pair (self, ZP_OVERFLOW_DROP_OLDEST, "#");
    s_flood_pair (self, &pair);
    test_until (self->loop, ear_stats (pair.slow).waiting == 100);
    zp_subscriber_pause (pair.slow->subscriber, false);
    test_until (self->loop, fixture_is_complete (self, pair.slow));
    assert_int_equal (pair.slow->twice, 0);
    //  The last ones may have come when it was listening again
    int counted = pair.slow->counted;
    assert_in_range (counted, 100, 100 + LAST);
    char dropped[32];
    snprintf (dropped, sizeof dropped, "dropped %d\n", FLOOD / 2 - counted);
    assert_string_equal (pair.slow->log, dropped);
    assert_int_equal (ear_stats (pair.slow).dropped, FLOOD / 2 - counted);
}

static void
test_one_that_conflates_has_the_newest_of_each_topic (void **state)
{
    fixture_t *self = *state;
    s_pair_t pair = s_pair (self, ZP_OVERFLOW_CONFLATE, "#");
    s_flood_pair (self, &pair);
    test_until (self->loop, ear_stats (pair.slow).waiting == EAR_TOPICS);
    zp_subscriber_pause (pair.slow->subscriber, false);
    test_until (self->loop, fixture_is_complete (self, pair.slow));
    assert_in_range (pair.slow->counted, EAR_TOPICS, EAR_TOPICS + LAST);
    assert_string_equal (pair.slow->log, "");
}

static void
test_one_that_conflates_too_many_topics_drops_the_oldest (void **state)
{
    fixture_t *self = *state;
    s_pair_t pair = s_pair (self, ZP_OVERFLOW_CONFLATE, "#");
    for (int i = 0; i < 150; i++) {
        char topic[16];
        snprintf (topic, sizeof topic, "a/%d", i);
        fixture_set (self, topic, "1");
    }
    fixture_set (self, "last", "1");
    test_until (self->loop, ear_told (pair.fast, "value last"));
    test_until (self->loop, ear_stats (pair.slow).waiting == 100);
    zp_subscriber_pause (pair.slow->subscriber, false);
    test_until (self->loop, ear_told (pair.slow, "value last"));
    assert_int_equal (ear_told (pair.slow, "value a"), 99);
    assert_int_equal (ear_told (pair.slow, "dropped 51"), 1);
}

//  What was lost meanwhile must not make values forgotten that came after it

static void
test_a_snapshot_is_not_conflated_with_what_was_before (void **state)
{
    fixture_t *self = *state;
    s_pair_t pair = s_pair (self, ZP_OVERFLOW_CONFLATE, "#");
    fixture_set (self, "a", "1");
    fixture_set (self, "b", "1");
    test_until (self->loop, ear_stats (pair.slow).waiting == 2);
    zp_publisher_destroy (&self->publisher);
    test_until (self->loop, ear_told (pair.fast, "gone"));
    self->publisher = zp_publisher_new (self->loop, &self->options);
    test_until (self->loop, zp_publisher_bind (self->publisher, self->updates,
                                               self->requests) == ZP_OK);
    fixture_set (self, "a", "2");
    test_until (self->loop, ear_told (pair.fast, "joined"));
    test_until (self->loop, ear_stats (pair.slow).snapshots == 2);
    test_until (self->loop, ear_stats (pair.slow).waiting == 8);
    zp_subscriber_pause (pair.slow->subscriber, false);
    fixture_expect (self, pair.slow,
                    "value a 1\nvalue b 1\ngone\nback\nrestarted\n"
                    "snapshot #\nhad a 2\njoined #\n");
}

static void
test_one_that_rejoins_drops_all_and_joins_anew (void **state)
{
    fixture_t *self = *state;
    s_pair_t pair = s_pair (self, ZP_OVERFLOW_REJOIN, "count/#");
    s_flood_pair (self, &pair);
    zp_subscriber_pause (pair.slow->subscriber, false);
    test_until (self->loop, fixture_is_complete (self, pair.slow));
    assert_int_equal (pair.slow->twice, 0);
    assert_string_equal (pair.slow->log,
                         "dropped 101\nsnapshot count/#\njoined count/#\n");
    ear_clear (pair.slow);
    fixture_count (self, 20);
    test_until (self->loop, fixture_is_complete (self, pair.slow));
    assert_string_equal (pair.slow->log, "");
}

//  The publisher waits for the slowest, if it is told to

static void
test_a_publisher_that_blocks_is_refused_and_tells_nobody (void **state)
{
    fixture_t *self = *state;
    self->options.queue = 10;
    self->options.block_ms = 50;
    fixture_publisher (self);
    ear_t *ear = fixture_joined (self, 0, "#");
    self->ears.inbox = 100;
    ear_t *slow = fixture_joined (self, 1, "#");
    zp_subscriber_pause (slow->subscriber, true);
    //  Nobody reads here, so that in the end there is no room
    zp_status_t status = ZP_OK;
    uint64_t number = 0;
    int64_t start_ms = 0;
    while (status == ZP_OK) {
        char payload[9000];
        memset (payload, 'x', sizeof payload);
        snprintf (payload, sizeof payload, "%" PRIu64, ++number);
        start_ms = zclock_mono ();
        status = zp_publisher_event (self->publisher, "count/0", payload, 19);
        zp_publisher_flush (self->publisher);
        if (status == ZP_OK)
            status = zp_publisher_event (self->publisher, "large", payload + 20,
                                         sizeof payload - 20);
    }
    assert_int_equal (status, ZP_DEADLINE_EXCEEDED);
    assert_true (zclock_mono () - start_ms >= 50);
    assert_string_equal (zp_publisher_error (self->publisher),
                         "a subscriber has no room: wait, and publish again");
    zp_publisher_stats_t before = fixture_stats (self->publisher);
    assert_int_equal (before.blocked, 1);
    //  When there is room again it is possible again
    zp_subscriber_pause (slow->subscriber, false);
    test_until (self->loop, ear_stats (ear).told == before.sequence &&
                                ear_stats (slow).told == before.sequence);
    fixture_event (self, "after", "1");
    assert_int_equal (fixture_stats (self->publisher).sequence,
                      before.sequence + 1);
    test_until (self->loop, ear_told (ear, "event after") &&
                                ear_told (slow, "event after"));
    assert_int_equal (ear->twice + slow->twice, 0);
    assert_int_equal (ear->missing + slow->missing, 0);
}

//  Heartbeats must not make it pass by the one that it waits for
static void
test_a_publisher_that_blocks_goes_on_waiting_after_heartbeats (void **state)
{
    fixture_t *self = *state;
    self->options.queue = 10;
    self->options.block_ms = 20;
    self->options.heartbeat_ms = 20;
    self->options.history_count = 1;  // Nothing could be had again
    self->ears.silence_ms = 60000;    // While it waits nobody hears anything
    fixture_publisher (self);
    ear_t *ear = fixture_joined (self, 0, "#");
    self->ears.inbox = 10;
    ear_t *slow = fixture_joined (self, 1, "#");
    zp_subscriber_pause (slow->subscriber, true);
    static char payload[9000];
    uint64_t refused = 0, count = 0;
    //  Others have what was told, and hear heartbeats, as far as there is room
    for (int i = 0; refused < 20; i++) {
        zp_status_t status = zp_publisher_event (self->publisher, "large",
                                                 payload, sizeof payload);
        if (status != ZP_OK)
            refused++;
        if (i % 10 == 0 || status != ZP_OK)
            test_turn (self->loop);
    }
    count = fixture_stats (self->publisher).sequence;
    zp_subscriber_pause (slow->subscriber, false);
    test_until (self->loop, ear_stats (ear).told == count &&
                                ear_stats (slow).told == count);
    assert_int_equal (ear_stats (slow).lost, 0);
    assert_int_equal (ear_stats (ear).lost, 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_one_that_waits_is_told_all_in_the_end),
        fixture_test (test_one_that_drops_the_oldest_says_how_many),
        fixture_test (test_one_that_conflates_has_the_newest_of_each_topic),
        fixture_test (test_one_that_conflates_too_many_topics_drops_the_oldest),
        fixture_test (test_a_snapshot_is_not_conflated_with_what_was_before),
        fixture_test (test_one_that_rejoins_drops_all_and_joins_anew),
        fixture_test (test_a_publisher_that_blocks_is_refused_and_tells_nobody),
        fixture_test (
            test_a_publisher_that_blocks_goes_on_waiting_after_heartbeats),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
