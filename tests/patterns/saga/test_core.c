//  SPDX-License-Identifier: MIT
//
//  The core step by step: its life, its traps, its operators and its log.

#include "sim_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

//  Nothing goes by itself here: each test says what comes back
typedef struct rig {
    zp_saga_core_t *core;  // Under test
    saga_log_t *log;       // What it wrote
    int64_t now_ms;        // The time
} rig_t;

static zp_saga_core_t *
s_core (rig_t *self, const char *text)
{
    zp_saga_options_t options = ZP_SAGA_DEFAULTS;
    options.retention_ms = 60000;
    zp_saga_log_t log = saga_log_hooks (self->log);
    zp_saga_core_t *core = zp_saga_core_new (&options, &log, 1);
    zp_saga_def_t *def = zp_saga_def_new (sim_span (text), NULL, NULL);
    assert_non_null (def);
    zp_saga_core_define (core, &def);
    return core;
}

static rig_t
s_rig (const char *def)
{
    rig_t self = {.log = saga_log_new (), .now_ms = SIM_START_MS};
    saga_log_set_time (self.log, self.now_ms);
    self.core = s_core (&self, def);
    return self;
}

static void
s_end (rig_t *self)
{
    zp_saga_core_destroy (&self->core);
    saga_log_destroy (&self->log);
}

static zp_status_t
s_start (rig_t *self, const char *name, const char *input)
{
    return zp_saga_core_start (self->core, sim_span (name), sim_span ("x"),
                               sim_span (input), self->now_ms);
}

static void
s_commit (rig_t *self)
{
    zp_saga_core_written (self->core, saga_log_last (self->log));
}

//  Time passes, and all that it demands is done
static void
s_pass (rig_t *self, int64_t ms)
{
    self->now_ms += ms;
    saga_log_set_time (self->log, self->now_ms);
    zp_saga_core_tick (self->core, self->now_ms);
    s_commit (self);
}

//  All that is to be done now, as a text such as "a! b? c-"
static const char *
s_next (rig_t *self)
{
    static char text[256];
    zp_saga_command_t command;
    text[0] = 0;
    while (zp_saga_core_next (self->core, self->now_ms, &command)) {
        size_t size = strlen (text);
        const char *mark = command.ask                          ? "?"
                           : command.verb == ZP_SAGA_COMPENSATE ? "-"
                                                                : "!";
        snprintf (text + size, sizeof text - size, "%s%s", size ? " " : "",
                  command.step ? command.step->id : "END");
        if (command.step)
            strcat (text, mark);
    }
    return text;
}

static bool
s_reply (rig_t *self, const char *step, zp_saga_verb_t verb, int attempt,
         zp_saga_outcome_t outcome)
{
    char key[64];
    snprintf (key, sizeof key, "x/%s", step);
    zp_saga_reply_t reply = {.outcome = outcome,
                             .result = sim_span ("{\"key\":1}"),
                             .code = sim_span ("FULL"),
                             .text = sim_span ("no seat is left"),
                             .after_ms = 50,
                             .status = ZP_UNAVAILABLE};
    bool changed = zp_saga_core_reply (self->core, sim_span (key), verb,
                                       attempt, &reply, self->now_ms);
    s_commit (self);
    return changed;
}

static bool
s_done (rig_t *self, const char *step)
{
    return s_reply (self, step, ZP_SAGA_ACTION, 1, ZP_SAGA_DONE);
}

static bool
s_undone (rig_t *self, const char *step)
{
    return s_reply (self, step, ZP_SAGA_COMPENSATE, 1, ZP_SAGA_DONE);
}

static zp_saga_view_t
s_view (rig_t *self)
{
    zp_saga_view_t view;
    const zp_saga_t *saga = zp_saga_core_find (self->core, sim_span ("x"));
    assert_non_null (saga);
    zp_saga_view (saga, &view);
    return view;
}

static zp_status_t
s_order (rig_t *self, zp_saga_order_t order, const char *step)
{
    zp_status_t status = zp_saga_core_order (
        self->core, sim_span ("x"), order, sim_span (step), sim_span ("ann"),
        sim_span ("as \"bob\" said"), self->now_ms);
    s_commit (self);
    return status;
}

static void
s_restart (rig_t *self, const char *def)
{
    zp_saga_core_destroy (&self->core);
    self->core = s_core (self, def);
    saga_log_restore (self->log, self->core);
    zp_saga_core_restored (self->core, self->now_ms);
}

//  Every step is tried until its attempts run out
static void
s_exhaust (rig_t *self)
{
    for (int i = 0; i < 100 && s_view (self).state == ZP_SAGA_RUNNING; i++) {
        s_pass (self, 1000);
        s_next (self);
    }
}

static void
test_n_steps_are_n_and_one_records (void **state)
{
    (void) state;
    rig_t rig = s_rig (sim_sequence);
    assert_int_equal (s_start (&rig, "sequence", "{\"n\":1}"), ZP_OK);
    assert_string_equal (s_next (&rig), "");  // Not on disk yet
    s_commit (&rig);
    const char *const steps[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; i++) {
        char expected[8];
        snprintf (expected, sizeof expected, "%s!", steps[i]);
        assert_string_equal (s_next (&rig), expected);
        assert_string_equal (s_next (&rig), "");
        assert_true (s_done (&rig, steps[i]));
    }
    assert_string_equal (s_next (&rig), "END");
    assert_int_equal (s_view (&rig).state, ZP_SAGA_COMPLETED);
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
    s_end (&rig);
}

static void
test_the_same_id_and_input_is_the_same_saga (void **state)
{
    (void) state;
    rig_t rig = s_rig (sim_sequence);
    assert_int_equal (s_start (&rig, "sequence", "{\"n\":1,\"m\":2}"), ZP_OK);
    assert_int_equal (s_start (&rig, "sequence", " {\"m\": 2, \"n\": 1}"),
                      ZP_OK);
    assert_int_equal (saga_log_total (rig.log), 1);
    assert_int_equal (s_start (&rig, "sequence", "{\"n\":2}"),
                      ZP_ALREADY_EXISTS);
    assert_int_equal (s_start (&rig, "other", "{\"n\":1,\"m\":2}"),
                      ZP_ALREADY_EXISTS);
    assert_int_equal (s_start (&rig, "sequence", "{n}"), ZP_INVALID_ARGUMENT);
    zp_span_t id = sim_span ("y"), input = sim_span ("1");
    assert_int_equal (zp_saga_core_start (rig.core, sim_span ("other"), id,
                                          input, rig.now_ms),
                      ZP_NOT_FOUND);
    assert_int_equal (zp_saga_core_start (rig.core, sim_span ("sequence"),
                                          sim_span ("a/b"), input, rig.now_ms),
                      ZP_INVALID_ARGUMENT);
    assert_int_equal (saga_log_total (rig.log), 1);
    s_end (&rig);
}

static void
test_a_diamond_is_undone_in_reverse (void **state)
{
    (void) state;
    rig_t rig = s_rig (sim_diamond);
    s_start (&rig, "diamond", "{}");
    s_commit (&rig);
    assert_string_equal (s_next (&rig), "a!");
    s_done (&rig, "a");
    assert_string_equal (s_next (&rig), "b! c!");
    s_done (&rig, "b");
    assert_string_equal (s_next (&rig), "");
    assert_true (s_reply (&rig, "c", ZP_SAGA_ACTION, 1, ZP_SAGA_REFUSED));
    assert_int_equal (s_view (&rig).state, ZP_SAGA_COMPENSATING);
    assert_string_equal (s_view (&rig).reason,
                         "c was refused: FULL: no seat is left");
    assert_string_equal (s_next (&rig), "b-");
    s_undone (&rig, "b");
    assert_string_equal (s_next (&rig), "a-");
    s_undone (&rig, "a");
    assert_string_equal (s_next (&rig), "END");
    assert_int_equal (s_view (&rig).state, ZP_SAGA_COMPENSATED);
    s_end (&rig);
}

static void
test_a_step_that_may_have_been_done_is_undone_as_well (void **state)
{
    (void) state;
    rig_t rig = s_rig (sim_sequence);
    s_start (&rig, "sequence", "{}");
    s_commit (&rig);
    s_exhaust (&rig);
    assert_int_equal (s_view (&rig).state, ZP_SAGA_COMPENSATING);
    assert_string_equal (s_view (&rig).reason,
                         "a was not answered: DEADLINE_EXCEEDED");
    //  What comes late, of the action, changes nothing
    uint64_t last = saga_log_last (rig.log);
    assert_false (s_done (&rig, "a"));
    assert_false (s_reply (&rig, "a", ZP_SAGA_ACTION, 2, ZP_SAGA_REFUSED));
    assert_int_equal (saga_log_last (rig.log), last);
    assert_true (s_undone (&rig, "a"));
    assert_int_equal (s_view (&rig).state, ZP_SAGA_COMPENSATED);
    s_end (&rig);
}

//  A saga whose pivot was sent, and not answered
static rig_t
s_rig_at_pivot (void)
{
    rig_t rig = s_rig (sim_sequence);
    s_start (&rig, "sequence", "{\"n\":1}");
    s_commit (&rig);
    s_next (&rig);
    s_done (&rig, "a");
    s_next (&rig);
    s_done (&rig, "b");
    assert_string_equal (s_next (&rig), "c!");
    return rig;
}

static void
test_an_unknown_pivot_is_never_compensated_past (void **state)
{
    (void) state;
    rig_t rig = s_rig_at_pivot ();
    assert_int_equal (s_order (&rig, ZP_SAGA_ABORT, ""),
                      ZP_FAILED_PRECONDITION);
    s_exhaust (&rig);
    assert_int_equal (s_view (&rig).state, ZP_SAGA_PARKED);
    assert_int_equal (s_order (&rig, ZP_SAGA_ABORT, ""),
                      ZP_FAILED_PRECONDITION);
    assert_int_equal (s_view (&rig).undo, 0);
    //  Its answer, however late, lets the saga go on
    assert_true (s_done (&rig, "c"));
    assert_int_equal (s_view (&rig).state, ZP_SAGA_RUNNING);
    assert_string_equal (s_next (&rig), "d!");
    s_end (&rig);
}

static void
test_a_parked_pivot_that_is_refused_after_all_is_compensated (void **state)
{
    (void) state;
    rig_t rig = s_rig_at_pivot ();
    s_exhaust (&rig);
    assert_true (s_reply (&rig, "c", ZP_SAGA_ACTION, 1, ZP_SAGA_REFUSED));
    assert_int_equal (s_view (&rig).state, ZP_SAGA_COMPENSATING);
    assert_string_equal (s_next (&rig), "b-");
    s_end (&rig);
}

static void
test_a_crash_between_the_pivot_and_its_record_asks_the_pivot_again (
    void **state)
{
    (void) state;
    rig_t rig = s_rig_at_pivot ();
    uint64_t last = saga_log_last (rig.log);
    s_done (&rig, "c");
    saga_log_cut (rig.log, last);  // That was not on disk
    s_restart (&rig, sim_sequence);
    assert_int_equal (s_view (&rig).state, ZP_SAGA_RUNNING);
    assert_string_equal (s_next (&rig), "c!");
    s_end (&rig);
}

static void
test_an_early_attempt_may_answer_after_a_later_one (void **state)
{
    (void) state;
    rig_t rig = s_rig (sim_sequence);
    s_start (&rig, "sequence", "{}");
    s_commit (&rig);
    s_next (&rig);
    s_pass (&rig, 100);
    s_pass (&rig, 100);
    assert_string_equal (s_next (&rig), "a!");  // The second attempt
    //  That the first one is lost says nothing of the second
    assert_false (s_reply (&rig, "a", ZP_SAGA_ACTION, 1, ZP_SAGA_LOST));
    assert_true (s_done (&rig, "a"));
    assert_false (s_reply (&rig, "a", ZP_SAGA_ACTION, 2, ZP_SAGA_DONE));
    assert_false (s_reply (&rig, "a", ZP_SAGA_ACTION, 2, ZP_SAGA_REFUSED));
    assert_string_equal (s_next (&rig), "b!");
    s_end (&rig);
}

static void
test_who_is_at_it_is_asked_and_not_told_again (void **state)
{
    (void) state;
    rig_t rig = s_rig (sim_sequence);
    s_start (&rig, "sequence", "{}");
    s_commit (&rig);
    s_next (&rig);
    for (int attempt = 1; attempt < 50; attempt++) {
        assert_true (
            s_reply (&rig, "a", ZP_SAGA_ACTION, attempt, ZP_SAGA_ONGOING));
        s_pass (&rig, 50);
        assert_string_equal (s_next (&rig), "a?");
    }
    //  It never arrived: the command itself is sent again
    s_reply (&rig, "a", ZP_SAGA_ACTION, 50, ZP_SAGA_UNKNOWN);
    s_pass (&rig, 100);
    assert_string_equal (s_next (&rig), "a!");
    s_end (&rig);
}

static void
test_a_compensation_that_fails_for_ever_is_mended_by_hand (void **state)
{
    (void) state;
    rig_t rig = s_rig (sim_sequence);
    s_start (&rig, "sequence", "{}");
    s_commit (&rig);
    s_next (&rig);
    s_done (&rig, "a");
    s_next (&rig);
    assert_int_equal (s_order (&rig, ZP_SAGA_ABORT, ""), ZP_OK);
    assert_string_equal (s_next (&rig), "b-");
    s_reply (&rig, "b", ZP_SAGA_COMPENSATE, 1, ZP_SAGA_REFUSED);
    assert_int_equal (s_view (&rig).state, ZP_SAGA_PARKED);
    assert_string_equal (s_view (&rig).reason,
                         "b could not be undone: FULL: no seat is left");
    assert_int_equal (s_order (&rig, ZP_SAGA_RETRY, ""), ZP_OK);
    assert_string_equal (s_next (&rig), "b-");
    s_reply (&rig, "b", ZP_SAGA_COMPENSATE, 2, ZP_SAGA_REFUSED);
    assert_int_equal (s_order (&rig, ZP_SAGA_SKIP, "a"),
                      ZP_FAILED_PRECONDITION);
    assert_int_equal (s_order (&rig, ZP_SAGA_SKIP, "b"), ZP_OK);
    assert_string_equal (
        saga_log_head (rig.log, "x", -1),
        "{\"event\":\"skip\",\"step\":\"b\",\"text\":\"as \\\"bob\\\" said\","
        "\"who\":\"ann\",\"undo\":[\"a\"],\"state\":\"COMPENSATING\"}");
    assert_string_equal (s_next (&rig), "a-");
    s_undone (&rig, "a");
    assert_int_equal (s_view (&rig).state, ZP_SAGA_COMPENSATED);
    s_end (&rig);
}

static void
test_a_deadline_is_over_when_it_compensates_or_cannot_return (void **state)
{
    (void) state;
    rig_t rig = s_rig (sim_waiting);  // 900 ms, and 400 for the signal
    s_start (&rig, "waiting", "{}");
    s_commit (&rig);
    s_next (&rig);
    s_done (&rig, "a");
    s_pass (&rig, 300);
    assert_int_equal (
        zp_saga_core_signal (rig.core, sim_span ("x"), sim_span ("yes"),
                             sim_span ("{\"by\": 1}"), rig.now_ms),
        ZP_OK);
    s_commit (&rig);
    assert_string_equal (s_next (&rig), "c!");
    s_reply (&rig, "c", ZP_SAGA_ACTION, 1, ZP_SAGA_ONGOING);
    s_pass (&rig, 600);
    assert_int_equal (s_view (&rig).state, ZP_SAGA_COMPENSATING);
    uint64_t last = saga_log_last (rig.log);
    assert_string_equal (s_next (&rig), "c-");
    s_restart (&rig, sim_waiting);
    assert_string_equal (s_next (&rig), "c-");
    zp_saga_core_tick (rig.core, rig.now_ms);
    assert_int_equal (saga_log_last (rig.log), last);
    s_end (&rig);
}

static void
test_a_signal_may_come_first_and_only_the_first_counts (void **state)
{
    (void) state;
    rig_t rig = s_rig (sim_waiting);
    s_start (&rig, "waiting", "{}");
    s_commit (&rig);
    s_next (&rig);
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
    s_restart (&rig, sim_waiting);
    s_next (&rig);
    s_done (&rig, "a");
    assert_string_equal (s_next (&rig), "c!");
    assert_string_equal (zp_saga_result (zp_saga_core_find (rig.core, id), 1),
                         "{\"by\":1}");
    s_end (&rig);
}

static void
test_a_running_saga_keeps_its_definition (void **state)
{
    (void) state;
    rig_t rig = s_rig (sim_sequence);
    s_start (&rig, "sequence", "{\"n\":1}");
    s_commit (&rig);
    static const char newer[] =
        "{\"saga\": \"sequence\", \"version\": 2, \"steps\": [{\"id\": \"z\","
        " \"kind\": \"pivot\", \"service\": \"s\", \"action\": \"do\"}]}";
    s_restart (&rig, newer);
    assert_int_equal (s_view (&rig).def->version, 1);
    assert_string_equal (s_next (&rig), "a!");
    assert_int_equal (s_start (&rig, "sequence", "{\"n\":1}"), ZP_OK);
    assert_int_equal (
        zp_saga_core_definition (rig.core, sim_span ("sequence"))->version, 2);
    s_end (&rig);
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
        rig_t rig = s_rig (sim_sequence);
        s_start (&rig, "sequence", "{}");
        zp_saga_core_start (rig.core, sim_span ("sequence"), sim_span ("y"),
                            sim_span ("{}"), rig.now_ms);
        s_commit (&rig);
        s_next (&rig);
        s_done (&rig, "a");
        saga_log_damage (rig.log, "x", i % 2, heads[i / 2]);
        s_restart (&rig, sim_sequence);
        assert_int_equal (s_view (&rig).state, ZP_SAGA_PARKED);
        assert_non_null (strstr (s_view (&rig).reason, "can't be read"));
        assert_string_equal (s_next (&rig), "a!");  // Of the other
        assert_int_equal (s_order (&rig, ZP_SAGA_RETRY, ""),
                          ZP_FAILED_PRECONDITION);
        assert_int_equal (s_order (&rig, ZP_SAGA_COMPLETE, ""), ZP_OK);
        s_restart (&rig, sim_sequence);
        assert_int_equal (s_view (&rig).state, ZP_SAGA_COMPLETED);
        s_end (&rig);
    }
}

static void
test_an_ended_saga_is_erased_after_its_time (void **state)
{
    (void) state;
    rig_t rig = s_rig (sim_sequence);
    s_start (&rig, "sequence", "{}");
    s_commit (&rig);
    s_next (&rig);
    s_reply (&rig, "a", ZP_SAGA_ACTION, 1, ZP_SAGA_REFUSED);
    assert_int_equal (s_view (&rig).state, ZP_SAGA_COMPENSATED);
    s_pass (&rig, 59999);
    assert_int_equal (saga_log_total (rig.log), 2);
    assert_int_equal (zp_saga_core_next_tick (rig.core), rig.now_ms + 1);
    s_pass (&rig, 1);
    assert_int_equal (saga_log_total (rig.log), 0);
    assert_null (zp_saga_core_find (rig.core, sim_span ("x")));
    assert_null (zp_saga_core_each (rig.core, NULL));
    assert_int_equal (zp_saga_core_next_tick (rig.core), INT64_MAX);
    s_end (&rig);
}

static void
test_an_input_that_is_not_there_is_a_refusal (void **state)
{
    (void) state;
    rig_t rig = s_rig (sim_sequence);
    s_start (&rig, "sequence", "{}");  // Without the n that c is given
    s_commit (&rig);
    s_next (&rig);
    s_done (&rig, "a");
    s_next (&rig);
    s_done (&rig, "b");
    assert_string_equal (s_next (&rig), "");
    s_commit (&rig);
    assert_string_equal (s_view (&rig).reason,
                         "c was refused: BAD_INPUT: nothing is there: "
                         "$.input.n");
    assert_string_equal (s_next (&rig), "b-");
    s_end (&rig);
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
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
