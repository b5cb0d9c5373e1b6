//  SPDX-License-Identifier: MIT
//
//  The core step by step: its life and its traps.

#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void
test_n_steps_are_n_and_one_records (void **state)
{
    (void) state;
    rig_t rig = rig_new (sim_sequence);
    assert_int_equal (rig_start (&rig, "sequence", "{\"n\":1}"), ZP_OK);
    assert_string_equal (rig_next (&rig), "");  // Not on disk yet
    rig_commit (&rig);
    const char *const steps[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; i++) {
        char expected[8];
        snprintf (expected, sizeof expected, "%s!", steps[i]);
        assert_string_equal (rig_next (&rig), expected);
        assert_string_equal (rig_next (&rig), "");
        assert_true (rig_done (&rig, steps[i]));
    }
    assert_string_equal (rig_next (&rig), "END");
    assert_int_equal (rig_view (&rig).state, ZP_SAGA_COMPLETED);
    assert_int_equal (saga_log_total (rig.log), 5);
    assert_string_equal (saga_log_head (rig.log, "x", 0),
                         "{\"event\":\"begin\",\"saga\":\"sequence\","
                         "\"version\":1,\"start\":[\"a\"]}");
    assert_string_equal (
        saga_log_head (rig.log, "x", 1),
        "{\"event\":\"done\",\"step\":\"a\",\"start\":[\"b\"]}");
    assert_string_equal (
        saga_log_head (rig.log, "x", -1),
        "{\"event\":\"done\",\"step\":\"d\",\"state\":\"COMPLETED\"}");
    rig_end (&rig);
}

static void
test_the_same_id_and_input_is_the_same_saga (void **state)
{
    (void) state;
    rig_t rig = rig_new (sim_sequence);
    assert_int_equal (rig_start (&rig, "sequence", "{\"n\":1,\"m\":2}"), ZP_OK);
    assert_int_equal (rig_start (&rig, "sequence", " {\"m\": 2, \"n\": 1}"),
                      ZP_OK);
    assert_int_equal (saga_log_total (rig.log), 1);
    assert_int_equal (rig_start (&rig, "sequence", "{\"n\":2}"),
                      ZP_ALREADY_EXISTS);
    assert_int_equal (rig_start (&rig, "other", "{\"n\":1,\"m\":2}"),
                      ZP_ALREADY_EXISTS);
    assert_int_equal (rig_start (&rig, "sequence", "{n}"), ZP_INVALID_ARGUMENT);
    zp_span_t id = sim_span ("y"), input = sim_span ("1");
    assert_int_equal (zp_saga_core_start (rig.core, sim_span ("other"), id,
                                          input, rig.now_ms),
                      ZP_NOT_FOUND);
    assert_int_equal (zp_saga_core_start (rig.core, sim_span ("sequence"),
                                          sim_span ("a/b"), input, rig.now_ms),
                      ZP_INVALID_ARGUMENT);
    assert_int_equal (saga_log_total (rig.log), 1);
    rig_end (&rig);
}

static void
test_a_diamond_is_undone_in_reverse (void **state)
{
    (void) state;
    rig_t rig = rig_new (sim_diamond);
    rig_start (&rig, "diamond", "{}");
    rig_commit (&rig);
    assert_string_equal (rig_next (&rig), "a!");
    rig_done (&rig, "a");
    assert_string_equal (rig_next (&rig), "b! c!");
    rig_done (&rig, "b");
    assert_string_equal (rig_next (&rig), "");
    assert_true (rig_reply (&rig, "c", ZP_SAGA_ACTION, 1, ZP_SAGA_REFUSED));
    assert_int_equal (rig_view (&rig).state, ZP_SAGA_COMPENSATING);
    assert_string_equal (rig_view (&rig).reason,
                         "c was refused: FULL: no seat is left");
    assert_string_equal (rig_next (&rig), "b-");
    rig_undone (&rig, "b");
    assert_string_equal (rig_next (&rig), "a-");
    rig_undone (&rig, "a");
    assert_string_equal (rig_next (&rig), "END");
    assert_int_equal (rig_view (&rig).state, ZP_SAGA_COMPENSATED);
    rig_end (&rig);
}

static void
test_a_step_that_may_have_been_done_is_undone_as_well (void **state)
{
    (void) state;
    rig_t rig = rig_new (sim_sequence);
    rig_start (&rig, "sequence", "{}");
    rig_commit (&rig);
    rig_exhaust (&rig);
    assert_int_equal (rig_view (&rig).state, ZP_SAGA_COMPENSATING);
    assert_string_equal (rig_view (&rig).reason,
                         "a was not answered: DEADLINE_EXCEEDED");
    //  What comes late, of the action, changes nothing
    uint64_t last = saga_log_last (rig.log);
    assert_false (rig_done (&rig, "a"));
    assert_false (rig_reply (&rig, "a", ZP_SAGA_ACTION, 2, ZP_SAGA_REFUSED));
    assert_int_equal (saga_log_last (rig.log), last);
    assert_true (rig_undone (&rig, "a"));
    assert_int_equal (rig_view (&rig).state, ZP_SAGA_COMPENSATED);
    rig_end (&rig);
}

static void
test_an_unknown_pivot_is_never_compensated_past (void **state)
{
    (void) state;
    rig_t rig = rig_at_pivot ();
    assert_int_equal (rig_order (&rig, ZP_SAGA_ABORT, ""),
                      ZP_FAILED_PRECONDITION);
    rig_exhaust (&rig);
    assert_int_equal (rig_view (&rig).state, ZP_SAGA_PARKED);
    assert_int_equal (rig_order (&rig, ZP_SAGA_ABORT, ""),
                      ZP_FAILED_PRECONDITION);
    assert_int_equal (rig_view (&rig).undo, 0);
    //  Its answer, however late, lets the saga go on
    assert_true (rig_done (&rig, "c"));
    assert_int_equal (rig_view (&rig).state, ZP_SAGA_RUNNING);
    assert_string_equal (rig_next (&rig), "d!");
    rig_end (&rig);
}

static void
test_a_parked_pivot_that_is_refused_after_all_is_compensated (void **state)
{
    (void) state;
    rig_t rig = rig_at_pivot ();
    rig_exhaust (&rig);
    assert_true (rig_reply (&rig, "c", ZP_SAGA_ACTION, 1, ZP_SAGA_REFUSED));
    assert_int_equal (rig_view (&rig).state, ZP_SAGA_COMPENSATING);
    assert_string_equal (rig_next (&rig), "b-");
    rig_end (&rig);
}

static void
test_a_crash_between_the_pivot_and_its_record_asks_the_pivot_again (
    void **state)
{
    (void) state;
    rig_t rig = rig_at_pivot ();
    uint64_t last = saga_log_last (rig.log);
    rig_done (&rig, "c");
    saga_log_cut (rig.log, last);  // That was not on disk
    rig_restart (&rig, sim_sequence);
    assert_int_equal (rig_view (&rig).state, ZP_SAGA_RUNNING);
    assert_string_equal (rig_next (&rig), "c!");
    rig_end (&rig);
}

static void
test_an_early_attempt_may_answer_after_a_later_one (void **state)
{
    (void) state;
    rig_t rig = rig_new (sim_sequence);
    rig_start (&rig, "sequence", "{}");
    rig_commit (&rig);
    rig_next (&rig);
    rig_pass (&rig, 100);
    rig_pass (&rig, 100);
    assert_string_equal (rig_next (&rig), "a!");  // The second attempt
    //  That the first one is lost says nothing of the second
    assert_false (rig_reply (&rig, "a", ZP_SAGA_ACTION, 1, ZP_SAGA_LOST));
    assert_true (rig_done (&rig, "a"));
    assert_false (rig_reply (&rig, "a", ZP_SAGA_ACTION, 2, ZP_SAGA_DONE));
    assert_false (rig_reply (&rig, "a", ZP_SAGA_ACTION, 2, ZP_SAGA_REFUSED));
    assert_string_equal (rig_next (&rig), "b!");
    rig_end (&rig);
}

static void
test_who_is_at_it_is_asked_and_not_told_again (void **state)
{
    (void) state;
    rig_t rig = rig_new (sim_sequence);
    rig_start (&rig, "sequence", "{}");
    rig_commit (&rig);
    rig_next (&rig);
    for (int attempt = 1; attempt < 50; attempt++) {
        assert_true (
            rig_reply (&rig, "a", ZP_SAGA_ACTION, attempt, ZP_SAGA_ONGOING));
        rig_pass (&rig, 50);
        assert_string_equal (rig_next (&rig), "a?");
    }
    //  It never arrived: the command itself is sent again
    rig_reply (&rig, "a", ZP_SAGA_ACTION, 50, ZP_SAGA_UNKNOWN);
    rig_pass (&rig, 100);
    assert_string_equal (rig_next (&rig), "a!");
    rig_end (&rig);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_n_steps_are_n_and_one_records),
        cmocka_unit_test (test_the_same_id_and_input_is_the_same_saga),
        cmocka_unit_test (test_a_diamond_is_undone_in_reverse),
        cmocka_unit_test (
            test_a_step_that_may_have_been_done_is_undone_as_well),
        cmocka_unit_test (test_an_unknown_pivot_is_never_compensated_past),
        cmocka_unit_test (
            test_a_parked_pivot_that_is_refused_after_all_is_compensated),
        cmocka_unit_test (
            test_a_crash_between_the_pivot_and_its_record_asks_the_pivot_again),
        cmocka_unit_test (test_an_early_attempt_may_answer_after_a_later_one),
        cmocka_unit_test (test_who_is_at_it_is_asked_and_not_told_again),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
