//  SPDX-License-Identifier: MIT
//
//  log.append, log.batch and log.read: offsets, ids, expectations, limits, and
//  what a restart leaves.

#include "fixture.h"

static void
test_events_have_offsets_from_0_without_a_gap (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_expect (self, "0", "log.append", "films", "Metropolis");
    fixture_expect (self, "1", "log.append", "films", "Nosferatu");
    fixture_expect (self, "0", "log.append", "other", "Faust");
    fixture_expect (self, "2", "log.append", "films", "");
    fixture_reads (self, "3 3|0 0=Metropolis|1 0=Nosferatu|2 0=", "log.read",
                   "films", "0");
    fixture_reads (self, "2 3|1 0=Nosferatu", "log.read", "films", "1",
                   "{\"count\":1}");
    fixture_reads (self, "3 3", "log.read", "films", "end");
    fixture_reads (self, "1 1|0 0=Faust", "log.read", "other", "start");
}

static void
test_a_restart_changes_nothing (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 100);
    fixture_expect (self, "100", "log.append", "films", "Faust",
                    "{\"id\":\"a \\\\ \\\"b\\\"\"}");
    fixture_ask (self, "log.read", "films", "95", NULL);
    answer_t before = self->answer;
    self->answer = (answer_t){0};
    fixture_start (self);
    fixture_ask (self, "log.read", "films", "95", NULL);
    assert_int_equal (self->answer.count, 13);
    assert_int_equal (self->answer.count, before.count);
    for (size_t i = 0; i < before.count; i++)  //  Times as well
        assert_string_equal (self->answer.part[i], before.part[i]);
    assert_string_equal (fixture_events (self),
                         "101 101|95 0=95|96 0=96|97 0=97|98 0=98|99 0=99|"
                         "100 0 a \\ \"b\"=Faust");
    answer_clear (&before);
    fixture_expect (self, "101", "log.append", "films", "Vampyr");
}

static void
test_a_batch_is_appended_in_one_go (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 5);
    fixture_expect (self, "5", "log.batch", "films", "", "a", "b", "c");
    fixture_expect (self, "8", "log.append", "films", "d");
    fixture_reads (self, "8 9|5 0=a|6 0=b|7 0=c", "log.read", "films", "5",
                   "{\"count\":3}");
    fixture_expect (self, "9", "log.batch", "films", "{\"id\":\"x\"}", "e",
                    "f");
    fixture_expect (self, "9", "log.batch", "films", "{\"id\":\"x\"}", "e",
                    "f");
    fixture_expect (self, "11", "log.append", "films", "g");
    //  One that is too long, and none is there
    self->options.limits.max_body_bytes = 3;
    fixture_start (self);
    assert_int_equal (
        fixture_ask (self, "log.batch", "films", "", "h", "long", NULL),
        ZP_INVALID_ARGUMENT);
    assert_int_equal (fixture_stat (self, "films", "next"), 12);
}

static void
test_of_two_writers_who_expect_the_same_one_wins (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_expect (self, "0", "log.append", "films", "a", "{\"expect\":0}");
    fixture_refused (self, ZP_ABORTED,
                     "1 is the next offset, and not 0: somebody else has "
                     "appended, or trimmed all",
                     "log.append", "films", "b", "{\"expect\":0}");
    fixture_expect (self, "1", "log.append", "films", "b", "{\"expect\":1}");
    //  Both at once
    answer_t one = {0}, two = {0};
    const zp_span_t args[] = {{"films", 5}, {"c", 1}, {"{\"expect\":2}", 12}};
    fixture_begin (self, "log.append", args, 3, &one);
    fixture_begin (self, "log.append", args, 3, &two);
    test_until (self->loop, one.ended && two.ended);
    assert_int_equal (one.status, ZP_OK);
    assert_int_equal (two.status, ZP_ABORTED);
    answer_clear (&one);
    answer_clear (&two);
    assert_int_equal (fixture_stat (self, "films", "next"), 3);
    assert_int_equal (fixture_stat (self, "films", "refused"), 2);
    fixture_refused (self, ZP_ABORTED,
                     "0 is the next offset, and not 7: somebody else has "
                     "appended, or trimmed all",
                     "log.append", "new", "a", "{\"expect\":7}");
    assert_int_equal (fixture_stat (self, "new", "next"), -1);
}

static void
test_an_id_is_stored_once_after_a_restart_as_well (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    for (int run = 0; run < 3; run++) {
        fixture_expect (self, "0", "log.append", "films", "a",
                        "{\"id\":\"1\"}");
        fixture_expect (self, "1", "log.append", "films", "b",
                        "{\"id\":\"2\"}");
        fixture_expect (self, "0", "log.append", "other", "a",
                        "{\"id\":\"1\"}");
        fixture_start (self);
    }
    assert_int_equal (fixture_stat (self, "films", "next"), 2);
    //  Not any more when its time is over
    self->options.limits.dedupe_ms = 20;
    fixture_start (self);
    int next = 2;
    test_until (self->loop, fixture_ask (self, "log.append", "films", "b",
                                         "{\"id\":\"2\"}", NULL) == ZP_OK &&
                                strcmp (self->answer.part[0], "1") != 0);
    assert_string_equal (self->answer.part[0], "2");
    assert_int_equal (fixture_stat (self, "films", "next"), next + 1);
}

static void
test_an_id_whose_event_was_trimmed_is_new (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_expect (self, "0", "log.append", "films", "a", "{\"id\":\"1\"}");
    fixture_expect (self, "1", "log.trim", "films", "end");
    fixture_expect (self, "1", "log.append", "films", "a", "{\"id\":\"1\"}");
    fixture_start (self);
    fixture_expect (self, "1", "log.append", "films", "a", "{\"id\":\"1\"}");
}

static void
test_what_is_beyond_a_limit_is_refused (void **state)
{
    fixture_t *self = *state;
    self->options.limits.max_logs = 1;
    self->options.limits.max_events = 3;
    self->options.limits.max_bytes = 10;
    self->options.limits.max_body_bytes = 8;
    fixture_start (self);
    fixture_append (self, "films", 0, 2);
    fixture_refused (self, ZP_INVALID_ARGUMENT,
                     "an event has at most 8 bytes, this one 9: put it "
                     "elsewhere, and its name here",
                     "log.append", "films", "123456789");
    fixture_expect (self, "2", "log.append", "films", "12345678");
    fixture_refused (self, ZP_RESOURCE_EXHAUSTED,
                     "the log has 3 events, and may not have more "
                     "(max_events): trim it",
                     "log.append", "films", "");
    fixture_expect (self, "1", "log.trim", "films", "1");
    fixture_refused (self, ZP_RESOURCE_EXHAUSTED,
                     "the log has 9 bytes of 10 (max_bytes), and 2 more do "
                     "not fit: trim it",
                     "log.append", "films", "12");
    fixture_expect (self, "3", "log.append", "films", "1");
    fixture_refused (self, ZP_RESOURCE_EXHAUSTED,
                     "there are 1 logs, and may not be more (max_logs)",
                     "log.append", "more", "a");
    assert_int_equal (fixture_stat (self, "films", "refused"), 2);
}

static void
test_one_read_can_wait (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    fixture_append (self, "films", 0, 1);
    answer_t answer = {0};
    const zp_span_t args[] = {
        {"films", 5}, {"end", 3}, {"{\"wait_ms\":60000}", 17}};
    fixture_begin (self, "log.read", args, 3, &answer);
    //  It came first, and has no reply
    assert_int_equal (fixture_stat (self, "films", "readers"), 1);
    assert_int_equal (answer.ended, 0);
    fixture_append (self, "films", 1, 1);
    test_until (self->loop, answer.ended);
    assert_string_equal (answer.part[0], "2 2");
    assert_string_equal (answer.part[2], "1");
    answer_clear (&answer);
    fixture_reads (self, "2 2", "log.read", "films", "2", "{\"wait_ms\":20}");
    assert_int_equal (fixture_stat (self, "films", "readers"), 0);
}

static void
test_a_reply_has_bounds (void **state)
{
    fixture_t *self = *state;
    self->options.limits.memory_bytes = 0;  // All is read from disk
    fixture_start (self);
    fixture_append (self, "films", 0, 100);
    fixture_ask (self, "log.read", "films", "start", NULL);
    assert_int_equal (self->answer.count, 63);
    assert_string_equal (self->answer.part[0], "31 100");
    fixture_ask (self, "log.read", "films", "50", "{\"max_bytes\":9}", NULL);
    assert_int_equal (self->answer.count, 9);
    assert_string_equal (self->answer.part[0], "54 100");
    //  One at least
    fixture_ask (self, "log.read", "films", "50", "{\"max_bytes\":0}", NULL);
    assert_string_equal (self->answer.part[0], "51 100");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_events_have_offsets_from_0_without_a_gap),
        fixture_test (test_a_restart_changes_nothing),
        fixture_test (test_a_batch_is_appended_in_one_go),
        fixture_test (test_of_two_writers_who_expect_the_same_one_wins),
        fixture_test (test_an_id_is_stored_once_after_a_restart_as_well),
        fixture_test (test_an_id_whose_event_was_trimmed_is_new),
        fixture_test (test_what_is_beyond_a_limit_is_refused),
        fixture_test (test_one_read_can_wait),
        fixture_test (test_a_reply_has_bounds),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
