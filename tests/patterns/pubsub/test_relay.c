//  SPDX-License-Identifier: MIT
//
//  Relays, in a tree: the source's stream, with its numbers, but not its load

#include "fixture.h"

//  A tree of two levels: relay 0 hears the publisher, 1 and 2 hear relay 0
static void
s_tree (fixture_t *self)
{
    fixture_publisher (self);
    fixture_relay (self, 0, -1);
    fixture_relay (self, 1, 0);
    fixture_relay (self, 2, 0);
    for (int i = 0; i < 3; i++)
        test_until (self->loop,
                    zp_publisher_stream (zp_relay_publisher (self->relay[i])) ==
                        zp_publisher_stream (self->publisher));
}

static zp_publisher_stats_t
s_stats (fixture_t *self, int relay)
{
    return fixture_stats (zp_relay_publisher (self->relay[relay]));
}

//  That ear, which listens to a relay, or two
static ear_t *
s_ear_at (fixture_t *self, int which, int relay, int other, const char *filter)
{
    ear_t *ear = self->ear[which] = ear_new (self->loop, &self->ears);
    fixture_listen_to (self, ear, relay);
    if (other >= 0)
        fixture_listen_to (self, ear, other);
    ear_subscribe (ear, filter);
    test_until (self->loop, ear_told (ear, "joined"));
    return ear;
}

static void
test_a_relay_passes_all_on_as_it_is (void **state)
{
    fixture_t *self = *state;
    s_tree (self);
    fixture_set (self, "a", "1");
    fixture_event (self, "b", "1");
    test_until (self->loop, s_stats (self, 1).sequence == 2);
    ear_t *ear = s_ear_at (self, 0, 1, -1, "#");
    ear_t *direct = fixture_ear (self, 1, "#");
    fixture_expect (self, ear, "snapshot #\nhad a 1\njoined #\n");
    test_until (self->loop, ear_told (direct, "joined"));
    assert_int_equal (zp_publisher_set (self->publisher, "c", "2", 1, 5000),
                      ZP_OK);
    fixture_set (self, "a", NULL);
    fixture_event (self, "b", "2");
    fixture_count (self, 100);
    fixture_complete (self, ear);
    fixture_complete (self, direct);
    assert_string_equal (ear->log, direct->log);
    assert_int_equal (ear->last, direct->last);
    assert_int_equal (ear_stats (ear).stream,
                      zp_publisher_stream (self->publisher));
}

static void
test_who_joins_loads_only_the_relay_next_to_it (void **state)
{
    fixture_t *self = *state;
    s_tree (self);
    fixture_count (self, 1000);
    s_ear_at (self, 0, 1, -1, "#");
    zp_publisher_stats_t source = fixture_stats (self->publisher);
    zp_publisher_stats_t middle = s_stats (self, 0);
    zp_publisher_stats_t near = s_stats (self, 1);
    for (int i = 1; i < FIXTURE_EARS; i++)
        s_ear_at (self, i, 1, -1, i % 2 ? "count/#" : "count/3");
    fixture_count (self, 1000);
    for (int i = 1; i < FIXTURE_EARS; i += 2)
        fixture_complete (self, self->ear[i]);
    zp_publisher_stats_t after = fixture_stats (self->publisher);
    assert_int_equal (after.snapshots, source.snapshots);
    assert_int_equal (after.replays, source.replays);
    assert_int_equal (after.stems, 1);
    assert_int_equal (s_stats (self, 0).snapshots, middle.snapshots);
    assert_int_equal (s_stats (self, 1).snapshots, near.snapshots + 7);
}

//  A pipe between relay and ear is full: the relay repairs that, not the source

static void
test_what_is_lost_is_had_again_from_the_relay (void **state)
{
    fixture_t *self = *state;
    self->relays.publisher.queue = 10;
    self->relays.publisher.history_count = 100000;
    s_tree (self);
    ear_t *ear = s_ear_at (self, 0, 1, -1, "#");
    self->ears.inbox = 10;
    ear_t *slow = s_ear_at (self, 1, 2, -1, "#");
    zp_subscriber_pause (slow->subscriber, true);
    for (int i = 0; i < 3000; i++) {
        fixture_count (self, 20);
        zp_publisher_flush (self->publisher);
        test_turn (self->loop);
    }
    fixture_complete (self, ear);
    zp_subscriber_pause (slow->subscriber, false);
    fixture_complete (self, slow);
    assert_true (ear_stats (slow).repaired > 0);
    assert_int_equal (ear_stats (slow).lost, 0);
    assert_int_equal (fixture_stats (self->publisher).replays, 0);
    assert_int_equal (s_stats (self, 0).replays, 0);
}

static void
test_who_loses_its_relay_goes_on_at_another (void **state)
{
    fixture_t *self = *state;
    s_tree (self);
    fixture_chatter (self, 5);
    ear_t *ear = s_ear_at (self, 0, 1, 2, "#");
    test_until (self->loop, ear->counted > 1000);
    zp_relay_destroy (&self->relay[1]);
    test_until (self->loop, s_stats (self, 2).stems == 1);
    uint64_t counted = ear->counted;
    test_until (self->loop, ear->counted > counted + 1000);
    //  And back
    fixture_relay (self, 1, 0);
    test_until (self->loop, s_stats (self, 1).sequence > 0);
    uint64_t joined = s_stats (self, 1).sequence;
    test_until (self->loop, ear->last > joined);
    zp_relay_destroy (&self->relay[2]);
    test_until (self->loop, s_stats (self, 1).stems == 1);
    counted = ear->counted;
    test_until (self->loop, ear->counted > counted + 1000);
    fixture_chatter (self, 0);
    fixture_complete (self, ear);
    assert_int_equal (ear_stats (ear).lost, 0);
    assert_int_equal (ear_stats (ear).snapshots, 1);
    assert_int_equal (ear_told (ear, "restarted"), 0);
}

//  A relay that starts anew has no history: who has only that one is told so

static void
test_a_relay_that_starts_anew_says_what_is_lost (void **state)
{
    fixture_t *self = *state;
    s_tree (self);
    ear_t *ear = s_ear_at (self, 0, 1, -1, "#");
    fixture_count (self, 16);
    fixture_complete (self, ear);
    zp_relay_destroy (&self->relay[1]);
    test_until (self->loop, ear_told (ear, "gone"));
    fixture_count (self, 16);
    fixture_relay (self, 1, 0);
    test_until (self->loop, ear_told (ear, "joined") == 2);
    assert_true (fixture_is_complete (self, ear));
    assert_string_equal (ear->log, "snapshot #\njoined #\ngone\nback\n"
                                   "lost # 17..32\nsnapshot #\njoined #\n");
    fixture_count (self, 1000);
    fixture_complete (self, ear);
}

//  What a relay itself has lost, those below it are told in the same way

static void
test_what_a_relay_loses_is_lost_below (void **state)
{
    fixture_t *self = *state;
    self->options.queue = 10;
    self->options.history_count = 50;
    s_tree (self);
    ear_t *ear = s_ear_at (self, 0, 1, -1, "#");
    fixture_count (self, 16);
    fixture_complete (self, ear);
    for (int i = 0; i < 20000; i++) {
        fixture_count (self, 1);
        zp_publisher_flush (self->publisher);
    }
    test_until (self->loop, ear_told (ear, "joined") >= 2);
    test_until (self->loop, fixture_is_complete (self, ear));
    assert_int_equal (ear_told (ear, "lost #"), ear_told (ear, "joined") - 1);
    assert_int_equal (ear->twice, 0);
    fixture_count (self, 16);
    test_until (self->loop, fixture_is_complete (self, ear));
}

static void
test_that_the_source_is_gone_is_told_through_the_relays (void **state)
{
    fixture_t *self = *state;
    self->options.will = "farewell";
    s_tree (self);
    fixture_set (self, "a", "1");
    ear_t *ear = s_ear_at (self, 0, 1, -1, "#");
    zp_publisher_destroy (&self->publisher);
    test_until (self->loop, ear_told (ear, "gone farewell"));
    //  The last values stay
    ear_t *late = s_ear_at (self, 1, 2, -1, "#");
    assert_int_equal (ear_told (late, "had a 1"), 1);
    test_until (self->loop, ear_told (late, "gone farewell"));
    //  A new one is another stream
    self->publisher = zp_publisher_new (self->loop, &self->options);
    test_until (self->loop, zp_publisher_bind (self->publisher, self->updates,
                                               self->requests) == ZP_OK);
    fixture_set (self, "b", "1");
    ear_clear (ear);
    fixture_expect (self, ear,
                    "back\nrestarted\nsnapshot #\nhad b 1\njoined #\n");
    test_until (self->loop, ear_told (late, "joined") == 2);
    assert_int_equal (ear_told (late, "restarted"), 1);
}

static void
test_a_relay_of_a_part_has_that_part_only (void **state)
{
    fixture_t *self = *state;
    fixture_publisher (self);
    self->relays.filter = "count/#";
    fixture_relay (self, 0, -1);
    fixture_set (self, "else", "1");
    ear_t *ear = s_ear_at (self, 0, 0, -1, "count/#");
    fixture_chatter (self, 20);
    fixture_set (self, "else", "2");
    test_until (self->loop, ear->counted > 1000);
    fixture_chatter (self, 0);
    fixture_complete (self, ear);
    assert_string_equal (ear->log, "snapshot count/#\njoined count/#\n");
    assert_int_equal (ear_stats (ear).gaps, 0);
    //  Who wants more gets it from somebody who has that
    ear_t *other = self->ear[1] = ear_new (self->loop, &self->ears);
    ear_subscribe (other, "#");
    fixture_listen_to (self, other, 0);
    ear_connect (other, self->updates, self->requests);
    test_until (self->loop, ear_told (other, "had else 2"));
}

static void
test_who_joins_a_relay_at_full_speed_misses_nothing (void **state)
{
    fixture_t *self = *state;
    fixture_keep_all (self);
    fixture_publisher (self);
    fixture_chatter (self, 100);
    fixture_relay (self, 0, -1);
    fixture_relay (self, 1, 0);
    for (int i = 0; i < FIXTURE_EARS; i++)
        s_ear_at (self, i, i % 2, -1, "#");
    uint64_t before = self->published[0];
    test_until (self->loop, self->published[0] > before + 500);
    fixture_chatter (self, 0);
    for (int i = 0; i < FIXTURE_EARS; i++) {
        fixture_complete (self, self->ear[i]);
        assert_int_equal (ear_stats (self->ear[i]).lost, 0);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_relay_passes_all_on_as_it_is),
        fixture_test (test_who_joins_loads_only_the_relay_next_to_it),
        fixture_test (test_what_is_lost_is_had_again_from_the_relay),
        fixture_test (test_who_loses_its_relay_goes_on_at_another),
        fixture_test (test_a_relay_that_starts_anew_says_what_is_lost),
        fixture_test (test_what_a_relay_loses_is_lost_below),
        fixture_test (test_that_the_source_is_gone_is_told_through_the_relays),
        fixture_test (test_a_relay_of_a_part_has_that_part_only),
        fixture_test (test_who_joins_a_relay_at_full_speed_misses_nothing),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
