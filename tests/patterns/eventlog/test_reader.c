//  SPDX-License-Identifier: MIT
//
//  zp_eventlog_reader: alone and in a group, through breaks, restarts and
//  trims.

#include <signal.h>

#include "fixture.h"
#include "zp_eventlog_reader.h"

#define SEEN_MAX 20000

//  A reader, and what it was told
typedef struct seen {
    zp_eventlog_reader_t *reader;   // It
    bool later;                     // Events are not done with at once
    size_t count;                   // Events
    uint64_t offsets[SEEN_MAX];     // Their offsets
    uint32_t deliveries[SEEN_MAX];  // The how manieth time
    int lost;                       // How often something was lost
    uint64_t from, to;              // What, the last time
    int troubles;                   // How often something was wrong
    zp_status_t status;             // What, the last time; OK: it is well again
    char text[256];                 // And why
    size_t end_at;                  // SIGTERM comes with this one; 0: never
} seen_t;

static bool
s_on_event (void *arg, const zp_eventlog_event_t *event)
{
    seen_t *seen = arg;
    char body[24];
    snprintf (body, sizeof body, "%d", (int) event->offset);
    assert_int_equal (event->body.size, strlen (body));
    assert_memory_equal (event->body.data, body, event->body.size);
    assert_true (seen->count < SEEN_MAX);
    seen->offsets[seen->count] = event->offset;
    seen->deliveries[seen->count++] = event->delivery;
    if (seen->count == seen->end_at)
        raise (SIGTERM);
    return !seen->later;
}

static void
s_on_lost (void *arg, uint64_t from, uint64_t to)
{
    seen_t *seen = arg;
    seen->lost++;
    seen->from = from;
    seen->to = to;
}

static void
s_on_trouble (void *arg, zp_status_t status, const char *text)
{
    seen_t *seen = arg;
    seen->troubles += status != ZP_OK;
    seen->status = status;
    snprintf (seen->text, sizeof seen->text, "%s", text);
}

static seen_t *
s_reader (fixture_t *self, zp_eventlog_reader_options_t options)
{
    seen_t *seen = zmalloc (sizeof *seen);
    zp_eventlog_reader_events_t events = {.event = s_on_event,
                                          .lost = s_on_lost,
                                          .trouble = s_on_trouble,
                                          .arg = seen};
    options.log = "films";
    seen->reader = zp_eventlog_reader_new (self->loop, &options, &events);
    assert_int_equal (zp_eventlog_reader_connect (seen->reader, self->endpoint),
                      ZP_OK);
    return seen;
}

static zp_eventlog_reader_options_t
s_from (uint64_t offset)
{
    zp_eventlog_reader_options_t options = ZP_EVENTLOG_READER_DEFAULTS;
    options.from = offset;
    return options;
}

static zp_eventlog_reader_options_t
s_member (const char *name)
{
    zp_eventlog_reader_options_t options = ZP_EVENTLOG_READER_DEFAULTS;
    options.group = "g";
    options.member = name;
    return options;
}

static void
s_destroy (seen_t **self_p)
{
    zp_eventlog_reader_destroy (&(*self_p)->reader);
    free (*self_p);
    *self_p = NULL;
}

static zp_eventlog_reader_stats_t
s_stats (const seen_t *seen)
{
    zp_eventlog_reader_stats_t stats;
    zp_eventlog_reader_stats (seen->reader, &stats);
    return stats;
}

//  Events from `first` on, once each, in order
static void
s_expect_run (fixture_t *self, const seen_t *seen, uint64_t first, size_t count)
{
    test_until (self->loop, seen->count >= count);
    assert_int_equal (seen->count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal (seen->offsets[i], first + i);
}

static void
test_it_gets_all_from_where_it_begins (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 2500);
    seen_t *all = s_reader (self, s_from (ZP_EVENTLOG_START));
    seen_t *some = s_reader (self, s_from (1234));
    seen_t *new = s_reader (self, s_from (ZP_EVENTLOG_END));
    assert_true (zp_eventlog_reader_next (new->reader) == ZP_EVENTLOG_END);
    test_until (self->loop, zp_eventlog_reader_next (new->reader) == 2500);
    fixture_append (self, "films", 2500, 2500);
    s_expect_run (self, all, 0, 5000);
    s_expect_run (self, some, 1234, 5000 - 1234);
    s_expect_run (self, new, 2500, 2500);
    assert_int_equal (zp_eventlog_reader_next (all->reader), 5000);
    assert_int_equal (s_stats (all).done, 5000);
    assert_int_equal (s_stats (all).opened, 1);
    test_until (self->loop, s_stats (all).end == 5000);
    s_destroy (&all);
    s_destroy (&some);
    s_destroy (&new);
}

static void
test_it_goes_on_after_restarts_of_the_server (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    //  Before there is such a log
    seen_t *seen = s_reader (self, s_from (ZP_EVENTLOG_START));
    for (int run = 0; run < 4; run++) {
        fixture_append (self, "films", 1000 * run, 1000);
        //  In the midst of it
        test_until (self->loop, seen->count > (size_t) (1000 * run + 300));
        fixture_start (self);
    }
    s_expect_run (self, seen, 0, 4000);
    assert_true (seen->troubles > 0);
    test_until (self->loop, seen->status == ZP_OK);
    test_until (self->loop, s_stats (seen).opened > 4);
    s_destroy (&seen);
}

static void
test_it_holds_no_more_than_its_credit (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 50);
    zp_eventlog_reader_options_t options = s_from (ZP_EVENTLOG_START);
    options.credit = 7;
    seen_t *seen = s_reader (self, options);
    seen->later = true;
    for (uint64_t done = 0; done < 50; done++) {
        uint64_t out = done + 7 < 50 ? done + 7 : 50;
        test_until (self->loop, seen->count >= out);
        //  Whatever else was on its way comes before this
        fixture_stat (self, "films", "readers");
        s_expect_run (self, seen, 0, out);
        assert_int_equal (zp_eventlog_reader_next (seen->reader), done);
        if (done == 20) {
            //  After a break it has still its credit, and what it holds
            fixture_start (self);
            uint64_t opened = s_stats (seen).opened;
            test_until (self->loop, s_stats (seen).opened > opened);
        }
        zp_eventlog_reader_done (seen->reader, done);
        zp_eventlog_reader_done (seen->reader, done);
    }
    assert_int_equal (s_stats (seen).held, 0);
    assert_int_equal (s_stats (seen).done, 50);
    s_destroy (&seen);
}

static void
test_what_is_done_out_of_order_counts_when_all_before_is (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 5);
    seen_t *seen = s_reader (self, s_from (ZP_EVENTLOG_START));
    seen->later = true;
    s_expect_run (self, seen, 0, 5);
    zp_eventlog_reader_done (seen->reader, 1);
    zp_eventlog_reader_done (seen->reader, 4);
    assert_int_equal (zp_eventlog_reader_next (seen->reader), 0);
    zp_eventlog_reader_done (seen->reader, 0);
    assert_int_equal (zp_eventlog_reader_next (seen->reader), 2);
    zp_eventlog_reader_done (seen->reader, 3);
    zp_eventlog_reader_done (seen->reader, 2);
    assert_int_equal (zp_eventlog_reader_next (seen->reader), 5);
    s_destroy (&seen);
}

static void
test_it_is_told_what_was_trimmed (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 30);
    fixture_expect (self, "20", "log.trim", "films", "20");
    seen_t *seen = s_reader (self, s_from (5));
    s_expect_run (self, seen, 20, 10);
    assert_int_equal (seen->lost, 1);
    assert_int_equal (seen->from, 5);
    assert_int_equal (seen->to, 20);
    assert_int_equal (s_stats (seen).lost, 15);
    assert_int_equal (seen->troubles, 0);
    s_destroy (&seen);
    //  One that is overtaken while it holds some
    zp_eventlog_reader_options_t options = s_from (ZP_EVENTLOG_START);
    options.credit = 3;
    seen = s_reader (self, options);
    seen->later = true;
    s_expect_run (self, seen, 20, 3);
    fixture_expect (self, "7", "log.trim", "films", "27");
    test_until (self->loop, seen->count == 6);
    assert_int_equal (seen->lost, 1);
    assert_int_equal (seen->from, 23);
    assert_int_equal (seen->to, 27);
    assert_int_equal (seen->offsets[3], 27);
    s_destroy (&seen);
}

static void
test_a_place_that_is_not_there_is_a_trouble (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 3);
    seen_t *seen = s_reader (self, s_from (5));
    test_until (self->loop, seen->status == ZP_OUT_OF_RANGE);
    assert_string_equal (seen->text, "3 is the next offset; there is no 5 yet");
    fixture_append (self, "films", 3, 4);
    s_expect_run (self, seen, 5, 2);
    s_destroy (&seen);
}

static void
test_members_share_the_events_and_ack_them (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 2000);
    seen_t *a = s_reader (self, s_member ("a"));
    seen_t *b = s_reader (self, s_member ("b"));
    fixture_append (self, "films", 2000, 2000);
    test_until (self->loop,
                fixture_stat (self, "films", "groups") == 1 &&
                    fixture_group (self, "films", "position") == 4000);
    test_until (self->loop, s_stats (a).done + s_stats (b).done == 4000);
    assert_int_equal (a->count + b->count, 4000);
    assert_true (a->count > 0 && b->count > 0);
    s_destroy (&a);
    s_destroy (&b);
}

static void
test_acked_is_never_delivered_again_after_restarts_either (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 3000);
    seen_t *seen = s_reader (self, s_member ("a"));
    for (int run = 0; run < 3; run++) {
        uint64_t done = s_stats (seen).done;
        test_until (self->loop, s_stats (seen).done > done || done == 3000);
        fixture_start (self);
    }
    //  What was acked twice, before a restart and behind it, counts twice
    test_until (self->loop,
                s_stats (seen).done >= 3000 && s_stats (seen).held == 0 &&
                    fixture_group (self, "films", "position") == 3000);
    size_t count = seen->count;
    fixture_append (self, "films", 3000, 1);
    test_until (self->loop, fixture_group (self, "films", "position") == 3001);
    assert_int_equal (seen->count, count + 1);
    s_destroy (&seen);
}

static void
test_a_member_holds_what_it_has_not_done_and_touches_it (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 3);
    zp_eventlog_reader_options_t options = s_member ("a");
    options.credit = 2;
    options.lease_ms = 400;
    options.touch_ms = 50;
    seen_t *seen = s_reader (self, options);
    seen->later = true;
    test_until (self->loop, seen->count == 2);
    //  Longer than the lease
    int64_t start_ms = zclock_mono ();
    test_until (self->loop, zclock_mono () - start_ms > 1000);
    assert_int_equal (fixture_group (self, "films", "leased"), 2);
    assert_int_equal (seen->count, 2);
    zp_eventlog_reader_retry (seen->reader, 0, 0);
    test_until (self->loop, seen->count == 3);
    assert_int_equal (seen->offsets[2], 0);
    assert_int_equal (seen->deliveries[2], 2);
    zp_eventlog_reader_done (seen->reader, 0);
    zp_eventlog_reader_done (seen->reader, 1);
    test_until (self->loop, seen->count == 4);
    assert_int_equal (seen->offsets[3], 2);
    zp_eventlog_reader_done (seen->reader, 2);
    test_until (self->loop, s_stats (seen).done == 3);
    assert_int_equal (s_stats (seen).retried, 1);
    assert_int_equal (fixture_group (self, "films", "position"), 3);
    s_destroy (&seen);
}

static void
test_what_a_member_in_hand_gets_again_is_passed_over (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 3);
    seen_t *seen = s_reader (self, s_member ("a"));
    seen->later = true;
    test_until (self->loop, seen->count == 3);
    fixture_start (self);  //  All are delivered again
    test_until (self->loop, fixture_group (self, "films", "leased") == 3);
    for (uint64_t i = 0; i < 3; i++)
        zp_eventlog_reader_done (seen->reader, i);
    test_until (self->loop, fixture_group (self, "films", "position") == 3);
    assert_int_equal (seen->count, 3);
    s_destroy (&seen);
}

static void
test_a_member_is_told_what_the_group_has_lost (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 10);
    fixture_ask (self, "log.group.read", "films", "g", "x", "{\"count\":2}",
                 NULL);
    fixture_expect (self, "2", "log.group.ack", "films", "g", "0-1");
    fixture_expect (self, "6", "log.trim", "films", "6");
    seen_t *seen = s_reader (self, s_member ("a"));
    s_expect_run (self, seen, 6, 4);
    assert_int_equal (seen->lost, 1);
    assert_int_equal (seen->from, 2);
    assert_int_equal (seen->to, 6);
    s_destroy (&seen);
}

static void
test_a_signal_lets_a_member_finish (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 100);
    zp_eventlog_reader_options_t options = s_member ("a");
    options.credit = 10;
    seen_t *seen = s_reader (self, options);
    seen->end_at = 5;
    assert_int_equal (zp_eventlog_reader_run (seen->reader, TEST_PATIENCE_MS),
                      ZP_OK);
    zp_eventlog_reader_stats_t stats = s_stats (seen);
    assert_int_equal (stats.held, 0);
    assert_int_equal (stats.done, stats.events);
    assert_true (stats.done >= 5 && stats.done < 100);
    assert_int_equal (fixture_group (self, "films", "position"), stats.done);
    s_destroy (&seen);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_it_gets_all_from_where_it_begins),
        fixture_test (test_it_goes_on_after_restarts_of_the_server),
        fixture_test (test_it_holds_no_more_than_its_credit),
        fixture_test (test_what_is_done_out_of_order_counts_when_all_before_is),
        fixture_test (test_it_is_told_what_was_trimmed),
        fixture_test (test_a_place_that_is_not_there_is_a_trouble),
        fixture_test (test_members_share_the_events_and_ack_them),
        fixture_test (
            test_acked_is_never_delivered_again_after_restarts_either),
        fixture_test (test_a_member_holds_what_it_has_not_done_and_touches_it),
        fixture_test (test_what_a_member_in_hand_gets_again_is_passed_over),
        fixture_test (test_a_member_is_told_what_the_group_has_lost),
        fixture_test (test_a_signal_lets_a_member_finish),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
