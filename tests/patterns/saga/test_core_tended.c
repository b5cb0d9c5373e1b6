//  SPDX-License-Identifier: MIT
//
//  The core: operators, signals, deadlines, restarts, and the end.

#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void
test_a_compensation_that_fails_for_ever_is_mended_by_hand (void **state)
{
    (void) state;
    rig_t rig = rig_new (sim_sequence);
    rig_start (&rig, "sequence", "{}");
    rig_commit (&rig);
    rig_next (&rig);
    rig_done (&rig, "a");
    rig_next (&rig);
    assert_int_equal (rig_order (&rig, ZP_SAGA_ABORT, ""), ZP_OK);
    assert_string_equal (rig_next (&rig), "b-");
    rig_reply (&rig, "b", ZP_SAGA_COMPENSATE, 1, ZP_SAGA_REFUSED);
    assert_int_equal (rig_view (&rig).state, ZP_SAGA_PARKED);
    assert_string_equal (rig_view (&rig).reason,
                         "b could not be undone: FULL: no seat is left");
    assert_int_equal (rig_order (&rig, ZP_SAGA_RETRY, ""), ZP_OK);
    assert_string_equal (rig_next (&rig), "b-");
    rig_reply (&rig, "b", ZP_SAGA_COMPENSATE, 2, ZP_SAGA_REFUSED);
    assert_int_equal (rig_order (&rig, ZP_SAGA_SKIP, "a"),
                      ZP_FAILED_PRECONDITION);
    assert_int_equal (rig_order (&rig, ZP_SAGA_SKIP, "b"), ZP_OK);
    assert_string_equal (
        saga_log_head (rig.log, "x", -1),
        "{\"event\":\"skip\",\"step\":\"b\",\"text\":\"as \\\"bob\\\" said\","
        "\"who\":\"ann\",\"undo\":[\"a\"],\"state\":\"COMPENSATING\"}");
    assert_string_equal (rig_next (&rig), "a-");
    rig_undone (&rig, "a");
    assert_int_equal (rig_view (&rig).state, ZP_SAGA_COMPENSATED);
    rig_end (&rig);
}

static void
test_a_deadline_is_over_when_it_compensates_or_cannot_return (void **state)
{
    (void) state;
    rig_t rig = rig_new (sim_waiting);  // 900 ms, and 400 for the signal
    rig_start (&rig, "waiting", "{}");
    rig_commit (&rig);
    rig_next (&rig);
    rig_done (&rig, "a");
    rig_pass (&rig, 300);
    assert_int_equal (
        zp_saga_core_signal (rig.core, sim_span ("x"), sim_span ("yes"),
                             sim_span ("{\"by\": 1}"), rig.now_ms),
        ZP_OK);
    rig_commit (&rig);
    assert_string_equal (rig_next (&rig), "c!");
    rig_reply (&rig, "c", ZP_SAGA_ACTION, 1, ZP_SAGA_ONGOING);
    rig_pass (&rig, 600);
    assert_int_equal (rig_view (&rig).state, ZP_SAGA_COMPENSATING);
    uint64_t last = saga_log_last (rig.log);
    assert_string_equal (rig_next (&rig), "c-");
    rig_restart (&rig, sim_waiting);
    assert_string_equal (rig_next (&rig), "c-");
    zp_saga_core_tick (rig.core, rig.now_ms);
    assert_int_equal (saga_log_last (rig.log), last);
    rig_end (&rig);
}

static void
test_a_signal_may_come_first_and_only_the_first_counts (void **state)
{
    (void) state;
    rig_t rig = rig_new (sim_waiting);
    rig_start (&rig, "waiting", "{}");
    rig_commit (&rig);
    rig_next (&rig);
    zp_span_t id = sim_span ("x"), yes = sim_span ("yes");
    assert_int_equal (zp_saga_core_signal (rig.core, id, yes,
                                           sim_span ("{\"by\":1}"), rig.now_ms),
                      ZP_OK);
    assert_int_equal (zp_saga_core_signal (rig.core, id, yes,
                                           sim_span ("{\"by\":2}"), rig.now_ms),
                      ZP_OK);
    assert_int_equal (saga_log_total (rig.log), 2);
    assert_int_equal (zp_saga_core_signal (rig.core, id, sim_span ("no"),
                                           sim_span ("1"), rig.now_ms),
                      ZP_INVALID_ARGUMENT);
    rig_restart (&rig, sim_waiting);
    rig_next (&rig);
    rig_done (&rig, "a");
    assert_string_equal (rig_next (&rig), "c!");
    assert_string_equal (zp_saga_result (zp_saga_core_find (rig.core, id), 1),
                         "{\"by\":1}");
    rig_end (&rig);
}

static void
test_a_running_saga_keeps_its_definition (void **state)
{
    (void) state;
    rig_t rig = rig_new (sim_sequence);
    rig_start (&rig, "sequence", "{\"n\":1}");
    rig_commit (&rig);
    static const char newer[] =
        "{\"saga\": \"sequence\", \"version\": 2, \"steps\": [{\"id\": \"z\","
        " \"kind\": \"pivot\", \"service\": \"s\", \"action\": \"do\"}]}";
    rig_restart (&rig, newer);
    assert_int_equal (rig_view (&rig).def->version, 1);
    assert_string_equal (rig_next (&rig), "a!");
    assert_int_equal (rig_start (&rig, "sequence", "{\"n\":1}"), ZP_OK);
    assert_int_equal (
        zp_saga_core_definition (rig.core, sim_span ("sequence"))->version, 2);
    rig_end (&rig);
}

static void
test_a_bad_saga_is_parked_and_blocks_no_other (void **state)
{
    (void) state;
    static const char *const heads[] = {"",
                                        "[]",
                                        "{\"event\":\"begun\"}",
                                        "{\"event\":\"undone\"}",
                                        "{\"event\":\"done\",\"step\":\"q\"}",
                                        "{\"event\":\"done\",\"step\":\"b\"}",
                                        "{\"event\":\"begin\",\"x\":1}"};
    for (size_t i = 0; i < 2 * sizeof heads / sizeof *heads; i++) {
        rig_t rig = rig_new (sim_sequence);
        rig_start (&rig, "sequence", "{}");
        zp_saga_core_start (rig.core, sim_span ("sequence"), sim_span ("y"),
                            sim_span ("{}"), rig.now_ms);
        rig_commit (&rig);
        rig_next (&rig);
        rig_done (&rig, "a");
        saga_log_damage (rig.log, "x", i % 2, heads[i / 2]);
        rig_restart (&rig, sim_sequence);
        assert_int_equal (rig_view (&rig).state, ZP_SAGA_PARKED);
        assert_non_null (strstr (rig_view (&rig).reason, "can't be read"));
        assert_string_equal (rig_next (&rig), "a!");  // Of the other
        assert_int_equal (rig_order (&rig, ZP_SAGA_RETRY, ""),
                          ZP_FAILED_PRECONDITION);
        assert_int_equal (rig_order (&rig, ZP_SAGA_COMPLETE, ""), ZP_OK);
        rig_restart (&rig, sim_sequence);
        assert_int_equal (rig_view (&rig).state, ZP_SAGA_COMPLETED);
        rig_end (&rig);
    }
}

static void
test_an_ended_saga_is_erased_after_its_time (void **state)
{
    (void) state;
    rig_t rig = rig_new (sim_sequence);
    rig_start (&rig, "sequence", "{}");
    rig_commit (&rig);
    rig_next (&rig);
    rig_reply (&rig, "a", ZP_SAGA_ACTION, 1, ZP_SAGA_REFUSED);
    assert_int_equal (rig_view (&rig).state, ZP_SAGA_COMPENSATED);
    rig_pass (&rig, 59999);
    assert_int_equal (saga_log_total (rig.log), 2);
    assert_int_equal (zp_saga_core_next_tick (rig.core), rig.now_ms + 1);
    rig_pass (&rig, 1);
    assert_int_equal (saga_log_total (rig.log), 0);
    assert_null (zp_saga_core_find (rig.core, sim_span ("x")));
    assert_null (zp_saga_core_each (rig.core, NULL));
    assert_int_equal (zp_saga_core_next_tick (rig.core), INT64_MAX);
    rig_end (&rig);
}

static void
test_an_input_that_is_not_there_is_a_refusal (void **state)
{
    (void) state;
    rig_t rig = rig_new (sim_sequence);
    rig_start (&rig, "sequence", "{}");  // Without the n that c is given
    rig_commit (&rig);
    rig_next (&rig);
    rig_done (&rig, "a");
    rig_next (&rig);
    rig_done (&rig, "b");
    assert_string_equal (rig_next (&rig), "");
    rig_commit (&rig);
    assert_string_equal (rig_view (&rig).reason,
                         "c was refused: BAD_INPUT: nothing is there: "
                         "$.input.n");
    assert_string_equal (rig_next (&rig), "b-");
    rig_end (&rig);
}

static void
test_a_path_that_is_not_ascii_is_told_and_read_again (void **state)
{
    (void) state;
    static const char def[] =
        "{\"saga\": \"sequence\", \"version\": 2, \"steps\": [{\"id\": \"z\","
        " \"kind\": \"pivot\", \"service\": \"s\", \"action\": \"do\","
        " \"input\": \"$.input.\\n\xc3\xbc\"}]}";
    rig_t rig = rig_new (def);
    rig_start (&rig, "sequence", "{}");
    rig_commit (&rig);
    for (int i = 0; i < 2; i++) {
        assert_string_equal (rig_next (&rig), "");
        assert_int_equal (rig_view (&rig).state, ZP_SAGA_COMPENSATED);
        assert_string_equal (rig_view (&rig).reason,
                             "z was refused: BAD_INPUT: nothing is there: "
                             "$.input.???");
        rig_restart (&rig, def);
    }
    rig_end (&rig);
}

//  Start saga y, which is step b of x
static zp_status_t
s_start_child (rig_t *rig, const char *parent)
{
    return zp_saga_core_start_step (rig->core, sim_span (parent),
                                    sim_span ("sequence"), sim_span ("y"),
                                    sim_span ("{\"n\":1}"), rig->now_ms);
}

static void
test_a_saga_that_is_a_step_stays_until_its_parent_has_ended (void **state)
{
    (void) state;
    rig_t rig = rig_new (sim_sequence);
    rig_start (&rig, "sequence", "{\"n\":1}");
    assert_int_equal (s_start_child (&rig, "x/b"), ZP_OK);
    assert_int_equal (s_start_child (&rig, "x/b"), ZP_OK);
    //  It is not that of another step, or of nobody
    assert_int_equal (s_start_child (&rig, "x/c"), ZP_ALREADY_EXISTS);
    assert_int_equal (s_start_child (&rig, ""), ZP_ALREADY_EXISTS);
    rig_commit (&rig);
    zp_span_t y = sim_span ("y"), none = sim_span ("");
    zp_saga_core_order (rig.core, y, ZP_SAGA_ABORT, none, sim_span ("ann"),
                        sim_span ("no"), rig.now_ms);
    rig_commit (&rig);
    assert_string_equal (rig_next (&rig), "a! a-");
    zp_saga_reply_t done = {.outcome = ZP_SAGA_DONE,
                            .result = sim_span ("null")};
    zp_saga_core_reply (rig.core, sim_span ("y/a"), ZP_SAGA_COMPENSATE, 1,
                        &done, rig.now_ms);
    rig_commit (&rig);
    for (int i = 0; i < 2; i++) {
        zp_saga_view_t view;
        zp_saga_view (zp_saga_core_find (rig.core, y), &view);
        assert_int_equal (view.state, ZP_SAGA_COMPENSATED);
        assert_string_equal (view.parent, "x/b");
        rig_restart (&rig, sim_sequence);
        rig_pass (&rig, 200000);  // Longer than it is retained
    }
    rig_next (&rig);
    assert_true (rig_reply (&rig, "a", ZP_SAGA_ACTION, 1, ZP_SAGA_REFUSED));
    rig_pass (&rig, 60000);
    assert_null (zp_saga_core_find (rig.core, y));
    rig_end (&rig);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (
            test_a_compensation_that_fails_for_ever_is_mended_by_hand),
        cmocka_unit_test (
            test_a_deadline_is_over_when_it_compensates_or_cannot_return),
        cmocka_unit_test (
            test_a_signal_may_come_first_and_only_the_first_counts),
        cmocka_unit_test (test_a_running_saga_keeps_its_definition),
        cmocka_unit_test (test_a_bad_saga_is_parked_and_blocks_no_other),
        cmocka_unit_test (test_an_ended_saga_is_erased_after_its_time),
        cmocka_unit_test (test_an_input_that_is_not_there_is_a_refusal),
        cmocka_unit_test (test_a_path_that_is_not_ascii_is_told_and_read_again),
        cmocka_unit_test (
            test_a_saga_that_is_a_step_stays_until_its_parent_has_ended),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
