//  SPDX-License-Identifier: MIT
//
//  The core: commands that can't leave yet.

#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

//  Saga x, whose first action is held
static rig_t
s_rig (const char *def, const char *name)
{
    rig_t rig = rig_new (def);
    rig_start (&rig, name, "{\"n\":1}");
    rig_commit (&rig);
    zp_saga_command_t command;
    assert_true (zp_saga_core_next (rig.core, rig.now_ms, &command));
    assert_string_equal (command.key, "x/a");
    zp_saga_core_hold (rig.core, &command);
    return rig;
}

static bool
s_resume (rig_t *self, zp_saga_verb_t verb, int attempt)
{
    zp_saga_command_t command;
    if (!zp_saga_core_resume (self->core, sim_span ("x/a"), verb, attempt,
                              self->now_ms, &command))
        return false;
    assert_string_equal (command.key, "x/a");
    assert_int_equal (command.verb, verb);
    assert_int_equal (command.attempt, attempt);
    assert_string_equal (command.input, "{}");
    return true;
}

static void
test_its_time_begins_when_it_leaves (void **state)
{
    (void) state;
    rig_t rig = s_rig (sim_sequence, "sequence");
    assert_int_equal (zp_saga_core_next_tick (rig.core), INT64_MAX);
    rig_pass (&rig, 1000000);
    assert_string_equal (rig_next (&rig), "");
    assert_true (s_resume (&rig, ZP_SAGA_ACTION, 1));
    assert_int_equal (zp_saga_core_next_tick (rig.core), rig.now_ms + 100);
    assert_true (rig_done (&rig, "a"));
    assert_string_equal (rig_next (&rig), "b!");
    rig_end (&rig);
}

static void
test_it_does_not_leave_after_an_abort (void **state)
{
    (void) state;
    rig_t rig = s_rig (sim_sequence, "sequence");
    assert_int_equal (rig_order (&rig, ZP_SAGA_ABORT, ""), ZP_OK);
    assert_false (s_resume (&rig, ZP_SAGA_ACTION, 1));
    zp_saga_command_t command;
    assert_true (zp_saga_core_next (rig.core, rig.now_ms, &command));
    zp_saga_core_hold (rig.core, &command);
    assert_false (s_resume (&rig, ZP_SAGA_ACTION, 1));
    assert_true (s_resume (&rig, ZP_SAGA_COMPENSATE, 1));
    assert_true (rig_undone (&rig, "a"));
    assert_false (s_resume (&rig, ZP_SAGA_COMPENSATE, 1));
    rig_end (&rig);
}

static void
test_it_does_not_leave_after_the_deadline (void **state)
{
    (void) state;
    rig_t rig = s_rig (sim_waiting, "waiting");  // 900 ms
    assert_int_equal (zp_saga_core_next_tick (rig.core), rig.now_ms + 900);
    rig_pass (&rig, 900);
    assert_int_equal (rig_view (&rig).state, ZP_SAGA_COMPENSATING);
    assert_false (s_resume (&rig, ZP_SAGA_ACTION, 1));
    assert_string_equal (rig_next (&rig), "a-");
    rig_end (&rig);
}

static void
test_it_does_not_leave_when_it_was_answered_or_is_not_known (void **state)
{
    (void) state;
    rig_t rig = s_rig (sim_sequence, "sequence");
    assert_false (s_resume (&rig, ZP_SAGA_ACTION, 2));
    zp_saga_command_t command;
    static const char *const keys[] = {"y/a", "x/z", "x", "", "x/b"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_false (zp_saga_core_resume (rig.core, sim_span (keys[i]),
                                           ZP_SAGA_ACTION, 1, rig.now_ms,
                                           &command));
    //  By an answer to an attempt before a restart, say
    assert_true (rig_done (&rig, "a"));
    assert_false (s_resume (&rig, ZP_SAGA_ACTION, 1));
    rig_end (&rig);
}

static void
test_after_a_restart_it_is_another_attempt (void **state)
{
    (void) state;
    rig_t rig = s_rig (sim_sequence, "sequence");
    rig_restart (&rig, sim_sequence);
    assert_false (s_resume (&rig, ZP_SAGA_ACTION, 1));
    assert_string_equal (rig_next (&rig), "a!");
    rig_end (&rig);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_its_time_begins_when_it_leaves),
        cmocka_unit_test (test_it_does_not_leave_after_an_abort),
        cmocka_unit_test (test_it_does_not_leave_after_the_deadline),
        cmocka_unit_test (
            test_it_does_not_leave_when_it_was_answered_or_is_not_known),
        cmocka_unit_test (test_after_a_restart_it_is_another_attempt),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
