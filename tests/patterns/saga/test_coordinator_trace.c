//  SPDX-License-Identifier: MIT
//
//  The commands of a saga are part of the trace of what started it.

#include "fixture.h"
#include "tape.h"

static tape_t s_tape;

static void
s_set_up (fixture_t *self)
{
    tape_init (&s_tape);
    self->options.server.tap = &s_tape.tap;
    fixture_start (self);
}

//  The first event of that kind which is about that method
static const note_t *
s_note (zp_tap_what_t what, const char *method)
{
    for (size_t i = 0; i < tape_count (&s_tape, what); i++)
        if (streq (tape_note (&s_tape, what, i)->method, method))
            return tape_note (&s_tape, what, i);
    fail_msg ("nothing of %s", method);
    return NULL;
}

//  All commands are part of that trace
static void
s_check_commands (const zp_trace_t *trace)
{
    size_t count = tape_count (&s_tape, ZP_TAP_SENT);
    assert_true (count > 0);
    for (size_t i = 0; i < count; i++)
        assert_memory_equal (
            tape_note (&s_tape, ZP_TAP_SENT, i)->envelope.trace.trace_id,
            trace->trace_id, sizeof trace->trace_id);
}

static void
test_commands_are_caused_by_the_request_that_started_the_saga (void **state)
{
    fixture_t *self = *state;
    s_set_up (self);
    fixture_expect (self, "x", "saga.start", "line", "x", "{}");
    assert_string_equal (fixture_end (self, "x"), "COMPLETED");
    const note_t *start = s_note (ZP_TAP_TOOK, "saga.start");
    assert_int_equal (tape_count (&s_tape, ZP_TAP_SENT), 4);
    s_check_commands (&start->envelope.trace);
    for (size_t i = 0; i < 4; i++)
        assert_memory_equal (tape_note (&s_tape, ZP_TAP_SENT, i)->event.parent,
                             start->envelope.trace.span_id, 8);
}

static void
test_a_saga_that_is_a_step_is_part_of_its_parents_trace (void **state)
{
    fixture_t *self = *state;
    s_set_up (self);
    fixture_expect (self, "x", "saga.start", "parent", "x", "{\"n\":7}");
    assert_string_equal (fixture_end (self, "x"), "COMPLETED");
    s_check_commands (&s_note (ZP_TAP_TOOK, "saga.start")->envelope.trace);
}

//  Restart the coordinator while a command is out, and take the trace of the
//  one that it sends then
static zp_trace_t
s_trace_after_restart (fixture_t *self)
{
    fixture_stop (self);
    tape_init (&s_tape);
    fixture_start (self);
    test_until (self->loop, tape_count (&s_tape, ZP_TAP_SENT) > 0);
    return tape_note (&s_tape, ZP_TAP_SENT, 0)->envelope.trace;
}

static void
test_after_a_restart_the_trace_is_made_of_the_sagas_id (void **state)
{
    fixture_t *self = *state;
    s_set_up (self);
    player_plan (self->player, "x/a!", -1, PLAYER_KEEP);
    fixture_expect (self, "x", "saga.start", "line", "x", "{}");
    fixture_comes (self, "x", "a!");
    zp_trace_t first = s_trace_after_restart (self);
    zp_trace_t second = s_trace_after_restart (self);
    assert_memory_equal (first.trace_id, second.trace_id, 16);
    assert_memory_not_equal (first.span_id, second.span_id, 8);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (
            test_commands_are_caused_by_the_request_that_started_the_saga),
        fixture_test (test_a_saga_that_is_a_step_is_part_of_its_parents_trace),
        fixture_test (test_after_a_restart_the_trace_is_made_of_the_sagas_id),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
