//  SPDX-License-Identifier: MIT
//
//  Who joins late: last values first, and then exactly what follows

#include "fixture.h"

static void
test_one_who_joins_late_is_told_the_last_value_of_each_topic (void **state)
{
    fixture_t *self = *state;
    fixture_publisher (self);
    fixture_set (self, "a", "1");
    fixture_set (self, "a", "2");
    fixture_event (self, "b", "happened");
    ear_t *ear = fixture_ear (self, 0, "#");
    fixture_expect (self, ear, "snapshot #\nhad a 2\njoined #\n");
    fixture_set (self, "a", "3");
    fixture_event (self, "b", "again");
    fixture_set (self, "a", NULL);
    fixture_expect (self, ear,
                    "snapshot #\nhad a 2\njoined #\n"
                    "value a 3\nevent b again\ndeleted a\n");
}

static void
test_the_sequence_at_which_one_stands_is_known (void **state)
{
    fixture_t *self = *state;
    fixture_publisher (self);
    fixture_count (self, 20);
    ear_t *ear = fixture_joined (self, 0, "#");
    fixture_set (self, "count/0", "99");
    test_until (self->loop, ear->at[0] == 99);
    assert_int_equal (ear->last, 21);
}

static void
test_nothing_is_missing_for_those_who_join_at_full_speed (void **state)
{
    fixture_t *self = *state;
    fixture_keep_all (self);
    fixture_publisher (self);
    fixture_chatter (self, 200);
    for (int i = 0; i < FIXTURE_EARS; i++) {
        fixture_joined (self, i, i % 2 ? "#" : "count/#");
        uint64_t before = self->published[0];
        test_until (self->loop, self->published[0] > before + 100);
    }
    fixture_chatter (self, 0);
    for (int i = 0; i < FIXTURE_EARS; i++) {
        fixture_complete (self, self->ear[i]);
        assert_string_equal (self->ear[i]->log, "");
        assert_true (self->ear[i]->counted > 1000);
    }
}

static void
test_without_values_only_what_is_new_is_told (void **state)
{
    fixture_t *self = *state;
    fixture_publisher (self);
    fixture_set (self, "a", "1");
    self->ears.no_values = true;
    ear_t *ear = fixture_ear (self, 0, "#");
    fixture_expect (self, ear, "joined #\n");
    fixture_set (self, "a", "2");
    fixture_expect (self, ear, "joined #\nvalue a 2\n");
}

static void
test_there_may_be_nobody_to_join_yet (void **state)
{
    fixture_t *self = *state;
    ear_t *ear = fixture_ear (self, 0, "#");
    test_turn (self->loop);
    fixture_publisher (self);
    fixture_expect (self, ear, "snapshot #\njoined #\n");
}

//  100,000 topics take many pages. What changes meanwhile is told once

typedef struct {
    uint8_t seen[100000];  // How often that topic was told
    int changed;           // Topics that were changed meanwhile
    fixture_t *fixture;    // Where
} s_many_t;

static int
s_see (ear_t *ear, const zp_news_t *news)
{
    s_many_t *many = ear->arg;
    int topic;
    if (sscanf (news->topic, "many/%d", &topic) != 1)
        return 0;
    char payload[8] = "";
    memcpy (payload, news->payload.data, news->payload.size);
    //  Those that change are even: an old value, a new one, or both in order
    if (news->kind == ZP_NEWS_DELETED)
        many->seen[topic] |= 4;
    else if (streq (payload, "old") && many->seen[topic] == 0)
        many->seen[topic] |= 1;
    else if (streq (payload, "new") && many->seen[topic] < 2)
        many->seen[topic] |= 2;
    else
        many->seen[topic] |= 128;
    ear_clear (ear);
    return 0;
}

static int
s_change (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    s_many_t *many = arg;
    for (int i = 0; i < 50 && many->changed < 100000; i++) {
        char topic[24];
        snprintf (topic, sizeof topic, "many/%05d", many->changed);
        fixture_set (many->fixture, topic,
                     many->changed % 3 == 0 ? NULL : "new");
        many->changed += 2;
    }
    return 0;
}

static void
test_a_hundred_thousand_topics_change_while_they_are_told (void **state)
{
    fixture_t *self = *state;
    fixture_keep_all (self);
    fixture_publisher (self);
    s_many_t *many = zmalloc (sizeof *many);
    many->fixture = self;
    for (int i = 0; i < 100000; i++) {
        char topic[24];
        snprintf (topic, sizeof topic, "many/%05d", i);
        fixture_set (self, topic, "old");
    }
    ear_t *ear = self->ear[0] = ear_new (self->loop, NULL);
    ear->fn = s_see;
    ear->arg = many;
    ear_connect (ear, self->updates, self->requests);
    ear_subscribe (ear, "many/#");
    int timer = zloop_timer (self->loop, 1, 0, s_change, many);
    test_until (self->loop, many->changed >= 100000);
    zloop_timer_end (self->loop, timer);
    fixture_set (self, "many/end", "1");
    test_until (self->loop, ear_told (ear, "value many/end"));
    assert_true (fixture_stats (self->publisher).snapshots > 10);
    assert_int_equal (ear_stats (ear).lost, 0);
    for (int i = 0; i < 100000; i++) {
        uint8_t seen = many->seen[i];
        if (i % 2)
            assert_int_equal (seen, 1);
        else if (i % 3)
            assert_true (seen == 2 || seen == 3);
        else
            assert_true (seen == 0 || seen == 4 || seen == 5);
    }
    free (many);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (
            test_one_who_joins_late_is_told_the_last_value_of_each_topic),
        fixture_test (test_the_sequence_at_which_one_stands_is_known),
        fixture_test (test_nothing_is_missing_for_those_who_join_at_full_speed),
        fixture_test (test_without_values_only_what_is_new_is_told),
        fixture_test (test_there_may_be_nobody_to_join_yet),
        fixture_test (
            test_a_hundred_thousand_topics_change_while_they_are_told),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
