//  SPDX-License-Identifier: MIT
//
//  What the store has makes sense, or is refused; and what was written is read.

#include "sim_store.h"
#include "zp_eventlog_group.h"
#include "zp_eventlog_head.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static zp_span_t
s_span (const char *text)
{
    return (zp_span_t){text, strlen (text)};
}

static zp_eventlog_core_t *
s_core (sim_store_t *store)
{
    const zp_eventlog_limits_t limits = ZP_EVENTLOG_LIMITS;
    zp_journal_log_t hooks = sim_store_hooks (store);
    return zp_eventlog_core_new (&limits, &hooks);
}

//  Two events at offsets 7 and 8, and then this record; the error, or NULL, in
//  a place of its own until the next call
static const char *
s_restore (const char *key, const char *head, size_t body_size)
{
    static char error[512];
    sim_store_t *store = sim_store_new ();
    zp_eventlog_core_t *core = s_core (store);
    for (uint64_t i = 7; i < 9; i++) {
        char event[64];
        snprintf (event, sizeof event, "{\"offset\":%d,\"time_ms\":50}",
                  (int) i);
        assert_int_equal (zp_eventlog_core_restore (core, i, s_span ("films"),
                                                    s_span (event), 3, 100),
                          ZP_OK);
    }
    zp_status_t status = zp_eventlog_core_restore (
        core, 12, s_span (key), s_span (head), body_size, 100);
    if (status == ZP_OK)
        status = zp_eventlog_core_restored (core);
    if (status != ZP_OK) {
        assert_int_equal (status, ZP_DATA_LOSS);
        assert_int_equal (zp_eventlog_core_status (core), ZP_DATA_LOSS);
        snprintf (error, sizeof error, "%s", zp_eventlog_core_error (core));
    }
    zp_eventlog_core_destroy (&core);
    sim_store_destroy (&store);
    return status == ZP_OK ? NULL : error;
}

static void
test_records_that_make_no_sense_are_refused (void **state)
{
    (void) state;
    static const struct {
        const char *key, *head, *says;
    } cases[] = {
        {"", "{\"offset\":9,\"time_ms\":50}", "name of a log"},
        {"a b", "{\"offset\":9,\"time_ms\":50}", "name of a log"},
        {"films", "", "not a JSON object"},
        {"films", "{", "not a JSON object"},
        {"films", "[]", "not a JSON object"},
        {"films", "{\"offset\":9}", "that of an event"},
        {"films", "{\"offset\":9,\"time_ms\":\"x\"}", "that of an event"},
        {"films", "{\"offset\":9,\"time_ms\":50,\"x\":1}", "that of an event"},
        {"films", "{\"offset\":-1,\"time_ms\":50}", "out of range"},
        {"films", "{\"offset\":9,\"time_ms\":-5}", "out of range"},
        {"films", "{\"offset\":9223372036854775807,\"time_ms\":50}",
         "out of range"},
        {"films", "{\"offset\":8,\"time_ms\":50}", "the one that follows"},
        {"films", "{\"offset\":10,\"time_ms\":50}", "the one that follows"},
        {"films", "{\"offset\":9,\"time_ms\":49}", "predecessor"},
        {"films", "{\"offset\":9,\"time_ms\":50,\"id\":\"\\n\"}", "printable"},
        {"films",
         "{\"offset\":9,\"time_ms\":50,\"id\":\"12345678901234567890123456789"
         "012345678901234567890123456789012345\"}",
         "too long"},
        {"films", "{\"next\":8}", "were trimmed"},
        {"films", "{\"next\":-1}", "less than 0"},
        {"films", "{\"keep_ms\":\"x\"}", "neither that of"},
        {"films", "{\"unknown\":1}", "neither that of"},
        {"films", "{\"group\":\"g\"}", "that of a group"},
        {"films", "{\"group\":\"a b\",\"position\":7}", "name of a group"},
        {"films", "{\"group\":\"g\",\"position\":-7}", "out of range"},
        {"films", "{\"group\":\"g\",\"position\":10}", "behind the end"},
        {"films", "{\"group\":\"g\",\"position\":7,\"acked\":\"7\"}",
         "makes no sense"},
        {"films", "{\"group\":\"g\",\"position\":7,\"acked\":\"x\"}",
         "makes no sense"},
        {"films", "{\"group\":\"g\",\"position\":7,\"acked\":\"9\"}",
         "behind the end"},
        {"films", "{\"group\":\"g\",\"position\":7,\"acked\":\"8-9999\"}",
         "makes no sense"},
        {"films", "{\"group\":\"g\",\"position\":1,\"acked\":\"5 4\"}",
         "makes no sense"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *error = s_restore (cases[i].key, cases[i].head, 3);
        if (!error || !strstr (error, cases[i].says) ||
            !strstr (error, "record 12 of the event logs: "))
            fail_msg ("%s: %s", cases[i].head, error ? error : "taken");
    }
    assert_non_null (
        strstr (s_restore ("films", "{\"offset\":9,\"time_ms\":50}",
                           (size_t) INT32_MAX + 1),
                "too long"));
}

static void
test_records_that_make_sense_are_taken (void **state)
{
    (void) state;
    static const char *const heads[] = {
        "{\"offset\":9,\"time_ms\":50}",
        "{ \"time_ms\": 60, \"offset\": 9 }",
        "{\"id\":\"a \\\\ \\\"b\\\"\",\"offset\":9,\"time_ms\":50}",
        "{\"next\":7}",
        "{\"keep_bytes\":100,\"keep_events\":20,\"keep_ms\":3,\"next\":5}",
        "{\"group\":\"g\",\"position\":9}",
        "{\"group\":\"g\",\"position\":3,\"acked\":\"5-6 8\"}"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (s_restore ("films", heads[i], 3))
            fail_msg ("%s: %s", heads[i], s_restore ("films", heads[i], 3));
    assert_null (s_restore ("other", "{\"offset\":4711,\"time_ms\":5}", 0));
    assert_null (s_restore ("other", "{\"next\":4711}", 0));
}

static void
test_one_of_a_kind_is_enough (void **state)
{
    (void) state;
    static const char *const heads[] = {"{\"next\":7}",
                                        "{\"group\":\"g\",\"position\":7}"};
    for (size_t i = 0; i < 2; i++) {
        sim_store_t *store = sim_store_new ();
        zp_eventlog_core_t *core = s_core (store);
        for (uint64_t number = 1; number < 3; number++)
            assert_int_equal (
                zp_eventlog_core_restore (core, number, s_span ("films"),
                                          s_span (heads[i]), 0, 100),
                number == 1 ? ZP_OK : ZP_DATA_LOSS);
        assert_non_null (strstr (zp_eventlog_core_error (core), "already"));
        zp_eventlog_core_destroy (&core);
        sim_store_destroy (&store);
    }
}

//  Offsets go on behind all that was ever there, and times never back
static void
test_offsets_are_not_used_twice (void **state)
{
    (void) state;
    sim_store_t *store = sim_store_new ();
    uint64_t next = 0;
    int64_t last_ms = 0;
    for (int run = 0; run < 5; run++) {
        zp_eventlog_core_t *core = s_core (store);
        //  The clock was set back
        int64_t now_ms = 1000 - 100 * run;
        assert_int_equal (sim_store_restore (store, core, now_ms), ZP_OK);
        zp_eventlog_appended_t appended;
        zp_eventlog_append_t plain = {.expects = false};
        zp_span_t body = s_span ("x");
        assert_int_equal (zp_eventlog_core_append (core, s_span ("films"),
                                                   &body, 1, &plain, now_ms,
                                                   &appended),
                          ZP_OK);
        assert_int_equal (appended.offset, next++);
        assert_true (appended.time_ms >= last_ms);
        last_ms = appended.time_ms;
        if (run % 2)
            assert_true (zp_eventlog_log_trim (appended.log, next) > 0);
        sim_store_end_turn (store);
        sim_store_commit (store, 1);
        zp_eventlog_core_destroy (&core);
    }
    sim_store_destroy (&store);
}

static void
test_ranges_are_read_one_by_one (void **state)
{
    (void) state;
    zp_span_t text = s_span ("17  20-25 30-30 ");
    uint64_t from, to;
    assert_true (zp_eventlog_range_read (&text, &from, &to));
    assert_true (from == 17 && to == 17);
    assert_true (zp_eventlog_range_read (&text, &from, &to));
    assert_true (from == 20 && to == 25);
    assert_true (zp_eventlog_range_read (&text, &from, &to));
    assert_true (from == 30 && to == 30);
    assert_int_equal (text.size, 0);
    assert_false (zp_eventlog_range_read (&text, &from, &to));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_records_that_make_no_sense_are_refused),
        cmocka_unit_test (test_records_that_make_sense_are_taken),
        cmocka_unit_test (test_one_of_a_kind_is_enough),
        cmocka_unit_test (test_offsets_are_not_used_twice),
        cmocka_unit_test (test_ranges_are_read_one_by_one),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
