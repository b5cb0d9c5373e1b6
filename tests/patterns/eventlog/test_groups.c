//  SPDX-License-Identifier: MIT
//
//  log.group...: who gets what, what comes of it when he dies or is silent, and
//  what a restart leaves.

#include "follower.h"

static void
s_start (fixture_t *self, int events)
{
    fixture_start (self);
    fixture_append (self, "films", 0, events);
}

static follower_t *
s_join (fixture_t *self, const char *member, const char *options)
{
    follower_t *follower = follower_new (self);
    follower_call (follower, 0, "log.group.follow", "films", "g", member,
                   options, NULL);
    test_until (self->loop, follower_beats (follower) == 1);
    return follower;
}

static void
test_each_event_goes_to_one_member (void **state)
{
    fixture_t *self = *state;
    s_start (self, 0);
    follower_t *members[3];
    const char *names[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++)
        members[i] = s_join (self, names[i], "{\"credit\":10}");
    fixture_append (self, "films", 0, 25);
    size_t total = 0;
    bool got[25] = {false};
    test_until (self->loop, (total = follower_count (members[0]) +
                                     follower_count (members[1]) +
                                     follower_count (members[2])) == 25);
    for (int i = 0; i < 3; i++) {
        size_t count = follower_count (members[i]);
        assert_true (count <= 10);
        for (size_t number = 0; number < count; number++) {
            int offset, delivery, body;
            assert_int_equal (sscanf (follower_event (members[i], number),
                                      "%d %d=%d", &offset, &delivery, &body),
                              3);
            assert_int_equal (delivery, 1);
            assert_int_equal (offset, body);
            assert_false (got[offset]);
            got[offset] = true;
        }
    }
    fixture_expect (self, "25", "log.group.ack", "films", "g", "0-24");
    assert_int_equal (fixture_group (self, "films", "position"), 25);
    for (int i = 0; i < 3; i++)
        follower_destroy (&members[i]);
}

static void
test_acks_make_room_and_move_the_position (void **state)
{
    fixture_t *self = *state;
    s_start (self, 6);
    follower_t *member = s_join (self, "a", "{\"credit\":2}");
    test_until (self->loop, follower_count (member) == 2);
    fixture_expect (self, "1", "log.group.ack", "films", "g", "1");
    assert_int_equal (fixture_group (self, "films", "position"), 0);
    assert_int_equal (fixture_group (self, "films", "acked"), 1);
    test_until (self->loop, follower_count (member) == 3);
    fixture_expect (self, "1", "log.group.ack", "films", "g", "0 1");
    assert_int_equal (fixture_group (self, "films", "position"), 2);
    fixture_expect (self, "0", "log.group.ack", "films", "g", "0-1");
    test_until (self->loop, follower_count (member) == 4);
    fixture_expect (self, "2", "log.group.ack", "films", "g", "3 2");
    test_until (self->loop, follower_count (member) == 6);
    fixture_expect (self, "2", "log.group.ack", "films", "g", "0-5");
    assert_int_equal (fixture_group (self, "films", "position"), 6);
    assert_string_equal (follower_event (member, 5), "5 1=5");
    fixture_refused (self, ZP_OUT_OF_RANGE, "6 was not handed out to the group",
                     "log.group.ack", "films", "g", "2 6");
    follower_destroy (&member);
}

static void
test_what_a_dead_member_held_goes_to_others (void **state)
{
    fixture_t *self = *state;
    s_start (self, 4);
    follower_t *first = s_join (self, "a", "{\"credit\":4}");
    test_until (self->loop, follower_count (first) == 4);
    fixture_expect (self, "1", "log.group.ack", "films", "g", "2");
    follower_t *second = s_join (self, "b", "{\"credit\":10}");
    fixture_append (self, "films", 4, 1);
    test_until (self->loop,
                follower_count (first) + follower_count (second) == 5);
    follower_destroy (&first);
    size_t fresh = follower_count (second);
    test_until (self->loop, fixture_group (self, "films", "returned") == 0 &&
                                follower_count (second) >= fresh + 3);
    assert_int_equal (fixture_group (self, "films", "position"), 0);
    const char *last = follower_event (second, follower_count (second) - 1);
    assert_true (strstr (last, " 2=") != NULL);
    fixture_expect (self, "4", "log.group.ack", "films", "g", "0-4");
    follower_destroy (&second);
}

static void
test_one_that_is_silent_loses_its_events (void **state)
{
    fixture_t *self = *state;
    s_start (self, 2);
    fixture_reads (self, "0 2|0 1=0", "log.group.read", "films", "g", "a",
                   "{\"count\":1,\"lease_ms\":200}");
    fixture_reads (self, "0 2|1 1=1", "log.group.read", "films", "g", "b",
                   "{\"count\":1,\"lease_ms\":200}");
    fixture_expect (self, "1", "log.group.touch", "films", "g", "1",
                    "{\"lease_ms\":3600000}");
    fixture_reads (self, "0 2|0 2=0", "log.group.read", "films", "g", "b",
                   "{\"wait_ms\":30000}");
    //  Whoever has done it
    fixture_expect (self, "1", "log.group.ack", "films", "g", "0");
    fixture_expect (self, "1", "log.group.ack", "films", "g", "1");
    fixture_reads (self, "2 2", "log.group.read", "films", "g", "b");
}

static void
test_one_that_was_released_comes_again (void **state)
{
    fixture_t *self = *state;
    s_start (self, 3);
    follower_t *member = s_join (self, "a", "{\"credit\":2}");
    test_until (self->loop, follower_count (member) == 2);
    fixture_expect (self, "1", "log.group.release", "films", "g", "0");
    test_until (self->loop, follower_count (member) == 3);
    assert_string_equal (follower_event (member, 2), "0 2=0");
    fixture_expect (self, "1", "log.group.release", "films", "g", "0",
                    "{\"delay_ms\":300}");
    int64_t start_ms = zclock_mono ();
    test_until (self->loop, follower_count (member) == 4);
    assert_string_equal (follower_event (member, 3), "2 1=2");
    fixture_expect (self, "1", "log.group.ack", "films", "g", "2");
    test_until (self->loop, follower_count (member) == 5);
    assert_string_equal (follower_event (member, 4), "0 3=0");
    assert_true (zclock_mono () - start_ms >= 290);
    fixture_expect (self, "0", "log.group.release", "films", "g", "2");
    follower_destroy (&member);
}

static void
test_a_group_stands_where_it_stood_after_a_restart (void **state)
{
    fixture_t *self = *state;
    s_start (self, 8);
    fixture_ask (self, "log.group.read", "films", "g", "a", NULL);
    assert_int_equal (self->answer.count, 17);
    fixture_expect (self, "5", "log.group.ack", "films", "g", "0-1 3 5-6");
    fixture_start (self);
    assert_int_equal (fixture_group (self, "films", "position"), 2);
    assert_int_equal (fixture_group (self, "films", "acked"), 3);
    //  What was out to the other one before counts, if it was done
    fixture_expect (self, "1", "log.group.ack", "films", "g", "4");
    fixture_reads (self, "2 8|2 1=2|7 1=7", "log.group.read", "films", "g",
                   "a");
    fixture_expect (self, "2", "log.group.ack", "films", "g", "2 7");
    fixture_start (self);
    assert_int_equal (fixture_group (self, "films", "position"), 8);
    assert_int_equal (fixture_group (self, "films", "acked"), 0);
}

static void
test_a_group_begins_where_its_first_member_says (void **state)
{
    fixture_t *self = *state;
    s_start (self, 5);
    fixture_reads (self, "5 5", "log.group.read", "films", "late", "a",
                   "{\"from\":\"end\"}");
    fixture_reads (self, "3 5|3 1=3|4 1=4", "log.group.read", "films", "mid",
                   "a", "{\"from\":\"3\"}");
    //  It is there then
    fixture_reads (self, "5 5", "log.group.read", "films", "late", "a",
                   "{\"from\":\"0\"}");
    fixture_start (self);
    fixture_append (self, "films", 5, 1);
    fixture_reads (self, "5 6|5 1=5", "log.group.read", "films", "late", "a");
    fixture_refused (self, ZP_OUT_OF_RANGE,
                     "6 is the next offset; there is no 9 yet",
                     "log.group.read", "films", "no", "a", "{\"from\":\"9\"}");
    assert_int_equal (fixture_stat (self, "films", "groups"), 2);
}

static void
test_a_group_is_set_to_another_place (void **state)
{
    fixture_t *self = *state;
    s_start (self, 5);
    follower_t *member = s_join (self, "a", "{\"credit\":10}");
    test_until (self->loop, follower_count (member) == 5);
    fixture_expect (self, "2", "log.group.ack", "films", "g", "0 2");
    fixture_expect (self, "1", "log.group.seek", "films", "g", "1");
    test_until (self->loop, follower_count (member) == 9);
    for (size_t i = 1; i < 5; i++) {
        char text[16];
        snprintf (text, sizeof text, "%zu 1=%zu", i, i);
        assert_string_equal (follower_event (member, 4 + i), text);
    }
    fixture_expect (self, "1", "log.group.seek", "films", "g", "end");
    fixture_start (self);
    assert_int_equal (fixture_group (self, "films", "position"), 5);
    fixture_expect (self, "3", "log.trim", "films", "3");
    fixture_refused (self, ZP_OUT_OF_RANGE,
                     "3 is the first event that is kept, 2 is trimmed",
                     "log.group.seek", "films", "g", "2");
    follower_destroy (&member);
}

static void
test_a_group_is_told_once_of_what_was_trimmed (void **state)
{
    fixture_t *self = *state;
    s_start (self, 8);
    fixture_reads (self, "0 8|0 1=0|1 1=1", "log.group.read", "films", "g", "a",
                   "{\"count\":2}");
    fixture_expect (self, "2", "log.group.ack", "films", "g", "0 5");
    fixture_expect (self, "5", "log.trim", "films", "5");
    fixture_refused (self, ZP_OUT_OF_RANGE,
                     "5 is the first event that is kept, 1 is trimmed: the "
                     "group goes on there",
                     "log.group.read", "films", "g", "a");
    fixture_reads (self, "6 8|6 1=6|7 1=7", "log.group.read", "films", "g",
                   "b");
    //  One that waits is told as well
    follower_t *member = s_join (self, "c", "{\"credit\":10}");
    fixture_expect (self, "3", "log.trim", "films", "end");
    test_until (self->loop, follower_ends (member) == 1);
    assert_string_equal (follower_end (member, 0),
                         "OUT_OF_RANGE: 8 is the first event that is kept, 6 "
                         "is trimmed: the group goes on there");
    assert_int_equal (fixture_group (self, "films", "leased"), 0);
    follower_destroy (&member);
}

static void
test_a_group_is_deleted (void **state)
{
    fixture_t *self = *state;
    s_start (self, 3);
    follower_t *member = s_join (self, "a", "{\"credit\":10}");
    fixture_expect (self, "1", "log.group.delete", "films", "g");
    test_until (self->loop, follower_ends (member) == 1);
    assert_string_equal (follower_end (member, 0),
                         "ABORTED: the group was deleted");
    fixture_refused (self, ZP_NOT_FOUND,
                     "there is no group 'g'; its first member makes it",
                     "log.group.ack", "films", "g", "0");
    fixture_start (self);
    assert_int_equal (fixture_stat (self, "films", "groups"), 0);
    follower_destroy (&member);
}

static void
test_a_member_is_known_by_its_name (void **state)
{
    fixture_t *self = *state;
    s_start (self, 2);
    follower_t *first = s_join (self, "a", "{\"credit\":10}");
    test_until (self->loop, follower_count (first) == 2);
    //  The same caller goes on with what it has
    follower_call (first, 0, "log.group.follow", "films", "g", "a",
                   "{\"credit\":10}", NULL);
    test_until (self->loop, follower_ends (first) == 1);
    assert_string_equal (follower_end (first, 0), "OK");
    assert_int_equal (fixture_group (self, "films", "leased"), 2);
    //  Another one takes its place, and what it had
    follower_t *second = s_join (self, "a", "{\"credit\":10}");
    test_until (self->loop, follower_count (second) == 2);
    assert_string_equal (follower_event (second, 0), "0 2=0");
    test_until (self->loop, follower_ends (first) == 2);
    assert_string_equal (follower_end (first, 1),
                         "ABORTED: somebody else has come as this member");
    assert_int_equal (follower_count (first), 2);
    follower_destroy (&first);
    follower_destroy (&second);
}

static void
test_a_member_that_calls_again_says_what_it_has_in_hand (void **state)
{
    fixture_t *self = *state;
    s_start (self, 4);
    follower_t *member = s_join (self, "a", "{\"credit\":4}");
    test_until (self->loop, follower_count (member) == 4);
    follower_call (member, 0, "log.group.follow", "films", "g", "a",
                   "{\"credit\":4,\"holds\":\"1 3\"}", NULL);
    //  The others were lost on the way
    test_until (self->loop, follower_count (member) == 6);
    assert_string_equal (follower_event (member, 4), "0 2=0");
    assert_string_equal (follower_event (member, 5), "2 2=2");
    follower_call (member, 0, "log.group.follow", "films", "g", "a",
                   "{\"credit\":4,\"holds\":\"0-3\"}", NULL);
    test_until (self->loop, follower_ends (member) == 2);
    assert_int_equal (fixture_group (self, "films", "leased"), 4);
    //  It has enough
    follower_call (member, 0, "log.group.follow", "films", "g", "a",
                   "{\"credit\":0,\"holds\":\"\"}", NULL);
    test_until (self->loop, follower_ends (member) == 3);
    assert_int_equal (fixture_group (self, "films", "returned"), 4);
    assert_int_equal (follower_count (member), 6);
    follower_destroy (&member);
}

static void
test_a_group_is_no_more_than_a_window_ahead_of_its_position (void **state)
{
    fixture_t *self = *state;
    s_start (self, ZP_EVENTLOG_WINDOW + 10);
    follower_t *member = s_join (self, "a", "{\"credit\":100000}");
    test_until (self->loop, follower_count (member) == ZP_EVENTLOG_WINDOW);
    fixture_expect (self, "4095", "log.group.ack", "films", "g", "1-4095");
    assert_int_equal (fixture_group (self, "films", "next"),
                      ZP_EVENTLOG_WINDOW);
    fixture_start (self);
    assert_int_equal (fixture_group (self, "films", "acked"), 4095);
    fixture_expect (self, "1", "log.group.ack", "films", "g", "0");
    assert_int_equal (fixture_group (self, "films", "position"),
                      ZP_EVENTLOG_WINDOW);
    follower_destroy (&member);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_each_event_goes_to_one_member),
        fixture_test (test_acks_make_room_and_move_the_position),
        fixture_test (test_what_a_dead_member_held_goes_to_others),
        fixture_test (test_one_that_is_silent_loses_its_events),
        fixture_test (test_one_that_was_released_comes_again),
        fixture_test (test_a_group_stands_where_it_stood_after_a_restart),
        fixture_test (test_a_group_begins_where_its_first_member_says),
        fixture_test (test_a_group_is_set_to_another_place),
        fixture_test (test_a_group_is_told_once_of_what_was_trimmed),
        fixture_test (test_a_group_is_deleted),
        fixture_test (test_a_member_is_known_by_its_name),
        fixture_test (test_a_member_that_calls_again_says_what_it_has_in_hand),
        fixture_test (
            test_a_group_is_no_more_than_a_window_ahead_of_its_position),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
