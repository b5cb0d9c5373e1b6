//  SPDX-License-Identifier: MIT
//
//  What a subscriber is told by its filters, also when they overlap and change

#include "fixture.h"

static void
s_publish_all (fixture_t *self, const char *payload)
{
    static const char *topics[] = {"storm",         "storm/north",
                                   "storm/north/a", "storm/south/a",
                                   "sun/north/a",   "storms"};
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
        fixture_set (self, topics[i], payload);
}

//  What one with that filter is told of all that
static void
s_expect_filter (fixture_t *self, int which, const char *filter,
                 const char *expected)
{
    ear_t *ear = fixture_ear (self, which, filter);
    fixture_expect (self, ear, expected);
}

static void
test_a_filter_lets_through_values_and_updates_alike (void **state)
{
    fixture_t *self = *state;
    fixture_publisher (self);
    s_publish_all (self, "1");
    //  The newest of each level comes first
    s_expect_filter (self, 0, "storm/north",
                     "snapshot storm/north\nhad storm/north 1\n"
                     "joined storm/north\n");
    s_expect_filter (self, 1, "storm/north/#",
                     "snapshot storm/north/#\nhad storm/north/a 1\n"
                     "joined storm/north/#\n");
    s_expect_filter (self, 2, "storm/+/a",
                     "snapshot storm/#\nhad storm/south/a 1\n"
                     "had storm/north/a 1\njoined storm/#\n");
    s_expect_filter (self, 3, "+/north/#",
                     "snapshot #\nhad sun/north/a 1\nhad storm/north/a 1\n"
                     "joined #\n");
    for (int i = 0; i < 4; i++)
        ear_clear (self->ear[i]);
    s_publish_all (self, "2");
    fixture_expect (self, self->ear[0], "value storm/north 2\n");
    fixture_expect (self, self->ear[1], "value storm/north/a 2\n");
    fixture_expect (self, self->ear[2],
                    "value storm/north/a 2\nvalue storm/south/a 2\n");
    fixture_expect (self, self->ear[3],
                    "value storm/north/a 2\nvalue sun/north/a 2\n");
}

static void
test_what_several_filters_let_through_is_told_once (void **state)
{
    fixture_t *self = *state;
    fixture_publisher (self);
    ear_t *ear = fixture_ear (self, 0, "storm/north/a");
    ear_subscribe (ear, "storm/#");
    ear_subscribe (ear, "#");
    ear_subscribe (ear, "+/north/a");
    test_until (self->loop, ear_told (ear, "joined #") >= 1 &&
                                ear_told (ear, "joined storm/#") == 1 &&
                                ear_told (ear, "joined storm/north/a") == 1);
    ear_clear (ear);
    fixture_set (self, "storm/north/a", "1");
    fixture_set (self, "else", "2");
    fixture_expect (self, ear, "value storm/north/a 1\nvalue else 2\n");
}

static void
test_overlapping_filters_that_come_at_full_speed_miss_nothing (void **state)
{
    fixture_t *self = *state;
    fixture_keep_all (self);
    fixture_publisher (self);
    ear_t *ear = fixture_joined (self, 0, "#");
    fixture_chatter (self, 100);
    static const char *filters[] = {"count/#", "count/3", "+/4", "count/+",
                                    "count/4"};
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        uint64_t before = ear->counted;
        ear_subscribe (ear, filters[i]);
        test_until (self->loop, ear->counted > before + 5000);
    }
    fixture_chatter (self, 0);
    //  A snapshot leaves out what is older, so not each number comes; but the
    //  last one does, and none goes back
    test_until (self->loop, fixture_is_complete (self, ear));
    assert_int_equal (ear->twice, 0);
    assert_int_equal (ear_told (ear, "lost"), 0);
}

//  Events are in no snapshot: with a second filter of the same stem they go on

static int
s_on_turn (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    fixture_t *self = arg;
    char payload[24];
    for (int i = 0; i < 20; i++) {
        snprintf (payload, sizeof payload, "%" PRIu64, ++self->published[5]);
        fixture_event (self, "count/5", payload);
    }
    return 0;
}

static void
test_a_second_filter_of_the_same_stem_loses_no_events (void **state)
{
    fixture_t *self = *state;
    fixture_publisher (self);
    fixture_set (self, "x/a", "1");
    ear_t *ear = fixture_joined (self, 0, "count/5/#");
    ear_subscribe (ear, "+/5");
    test_until (self->loop, ear_told (ear, "joined #"));
    int timer = zloop_timer (self->loop, 1, 0, s_on_turn, self);
    static const char *filters[] = {"+/a", "+/b", "+/c", "+/d", "+/e"};
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        uint64_t before = ear->counted;
        test_until (self->loop, ear->counted > before + 200);
        ear_subscribe (ear, filters[i]);
    }
    test_until (self->loop, ear_told (ear, "joined #") >= 2);
    zloop_timer_end (self->loop, timer);
    fixture_complete (self, ear);
    assert_true (ear_told (ear, "had x/a") >= 1);
}

static void
test_the_same_filter_twice_is_one (void **state)
{
    fixture_t *self = *state;
    fixture_publisher (self);
    ear_t *ear = fixture_joined (self, 0, "a/#");
    ear_subscribe (ear, "a/#");
    fixture_set (self, "a/1", "1");
    fixture_expect (self, ear, "value a/1 1\n");
    assert_int_equal (zp_subscriber_unsubscribe (ear->subscriber, "a/#"),
                      ZP_OK);
    assert_int_equal (zp_subscriber_unsubscribe (ear->subscriber, "a/#"),
                      ZP_NOT_FOUND);
    assert_string_equal (zp_subscriber_error (ear->subscriber),
                         "there is no such filter");
}

static void
test_after_unsubscribing_nothing_comes (void **state)
{
    fixture_t *self = *state;
    fixture_publisher (self);
    ear_t *ear = fixture_joined (self, 0, "a/#");
    ear_subscribe (ear, "b/#");
    ear_subscribe (ear, "a/+");
    test_until (self->loop,
                ear_told (ear, "joined b/#") && ear_told (ear, "joined a/#"));
    ear_clear (ear);
    //  The stem is still wanted by the other
    assert_int_equal (zp_subscriber_unsubscribe (ear->subscriber, "a/#"),
                      ZP_OK);
    fixture_set (self, "a/1", "1");
    fixture_set (self, "a/1/x", "1");
    fixture_set (self, "b/1", "1");
    fixture_expect (self, ear, "value a/1 1\nvalue b/1 1\n");
    assert_int_equal (zp_subscriber_unsubscribe (ear->subscriber, "a/+"),
                      ZP_OK);
    //  When the publisher knows, it sends no heartbeats of it any more
    test_until (self->loop, fixture_stats (self->publisher).stems == 1);
    ear_clear (ear);
    fixture_set (self, "a/1", "2");
    fixture_set (self, "b/1", "2");
    fixture_expect (self, ear, "value b/1 2\n");
    //  And again: it joins anew
    ear_clear (ear);
    ear_subscribe (ear, "a/#");
    fixture_expect (self, ear,
                    "snapshot a/#\nhad a/1/x 1\nhad a/1 2\njoined a/#\n");
}

//  A handler that at a kind of news unsubscribes from all that there is, and
//  subscribes to something else

#define FILTERS 40

typedef struct {
    zp_news_kind_t kind;  // When to leave
    bool came;            // It did
} s_moment_t;

static int
s_leave_at (ear_t *ear, const zp_news_t *news)
{
    s_moment_t *moment = ear->arg;
    if (news->kind != moment->kind)
        return 0;
    moment->came = true;
    for (int i = 0; i < FILTERS; i++) {
        char filter[16];
        snprintf (filter, sizeof filter, "a/%d/#", i);
        zp_subscriber_unsubscribe (ear->subscriber, filter);
        snprintf (filter, sizeof filter, "b/%d/#", i);
        ear_subscribe (ear, filter);
    }
    return 0;
}

static void
s_set_all (fixture_t *self, char root, const char *payload)
{
    char topic[16];
    for (int i = 0; i < FILTERS; i++) {
        snprintf (topic, sizeof topic, "%c/%d/x", root, i);
        fixture_set (self, topic, payload);
        zp_publisher_flush (self->publisher);
    }
}

//  All kinds of news come to pass, and then what it subscribed to at one
static void
s_leave (fixture_t *self, zp_news_kind_t kind, bool no_values)
{
    self->options.history_count = 1;
    self->options.queue = 100;
    fixture_move (self);
    fixture_publisher (self);
    s_set_all (self, 'a', "1");
    self->ears.no_values = no_values;
    ear_t *ear = fixture_ear (self, 0, NULL);
    s_moment_t moment = {kind, false};
    ear->fn = s_leave_at;
    ear->arg = &moment;
    for (int i = 0; i < FILTERS; i++) {
        char filter[16];
        snprintf (filter, sizeof filter, "a/%d/#", i);
        ear_subscribe (ear, filter);
    }
    test_until (self->loop, moment.came || ear_told (ear, "joined") >= FILTERS);
    for (int i = 0; i < 300; i++)
        s_set_all (self, 'a', "2");
    fixture_set (self, "a/0/x", NULL);
    test_until (self->loop, moment.came || ear_told (ear, "lost"));
    zp_publisher_destroy (&self->publisher);
    test_until (self->loop, ear_told (ear, "gone"));
    fixture_move (self);
    fixture_publisher (self);
    //  It may have joined at the first publisher
    size_t joined = ear_told (ear, "joined b/7");
    ear_connect (ear, self->updates, self->requests);
    test_until (self->loop,
                moment.came && ear_told (ear, "joined b/7") > joined);
    fixture_set (self, "b/7/x", "1");
    //  It may have joined at the first publisher, and not yet at this one
    test_until (self->loop,
                ear_told (ear, "value b/7/x") || ear_told (ear, "had b/7/x"));
    ear_destroy (&self->ear[0]);
    zp_publisher_destroy (&self->publisher);
}

static void
test_a_handler_may_leave_and_join_at_any_news (void **state)
{
    static const zp_news_kind_t kinds[] = {
        ZP_NEWS_VALUE, ZP_NEWS_SNAPSHOT,  ZP_NEWS_JOINED, ZP_NEWS_LOST,
        ZP_NEWS_GONE,  ZP_NEWS_RESTARTED, ZP_NEWS_BACK};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        s_leave (*state, kinds[i], false);
        if (kinds[i] != ZP_NEWS_SNAPSHOT)
            s_leave (*state, kinds[i], true);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_filter_lets_through_values_and_updates_alike),
        fixture_test (test_what_several_filters_let_through_is_told_once),
        fixture_test (
            test_overlapping_filters_that_come_at_full_speed_miss_nothing),
        fixture_test (test_a_second_filter_of_the_same_stem_loses_no_events),
        fixture_test (test_the_same_filter_twice_is_one),
        fixture_test (test_after_unsubscribing_nothing_comes),
        fixture_test (test_a_handler_may_leave_and_join_at_any_news),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
