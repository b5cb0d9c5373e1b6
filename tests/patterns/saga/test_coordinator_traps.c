//  SPDX-License-Identifier: MIT
//
//  The traps of the textbooks, each walked into with a service that does just
//  that. Where what must always hold (the coordinator's promises) is shown:
//
//   1 in the end all is done, or what may have been is undone
//       test_simulation, test_exhaustive (sim_world_audit),
//       test_coordinator_processes
//   2 nothing is sent before its intent is on disk
//       test_coordinator_power_loss, sim_world.c (s_check_intent)
//   3 compensations come in reverse order
//       test_a_diamond_is_undone_in_reverse, sim_service.c (s_check)
//   4 no action after the decision to abort, no compensation after the pivot
//       here, test_what_is_held_is_not_sent_after_an_abort, sim_service.c
//   5 each action and compensation takes effect at most once
//       test_participant, test_coordinator_processes
//   6 an action that comes after its compensation has no effect
//       here, test_participant
//   7 a saga whose start was confirmed survives
//       test_coordinator_power_loss
//   8 what is read from the journal is what was there
//       sim_world.c (sim_world_replay), test_coordinator_power_loss
//   9 a crash while it recovers harms nothing; one bad saga blocks no other
//       test_coordinator_power_loss, here
//  10 answers that come twice, late, in another order, or to somebody who has
//     died change nothing
//       here, test_whatever_is_answered_each_step_is_done_once
//  11 a saga ends by the definition that it began with
//       here, test_a_running_saga_keeps_its_definition
//  12 a torn end of the journal is cut, a damaged middle is refused
//       here, test_coordinator_power_loss, lib/journal
//  13 when the faults stop each saga ends, or is PARKED
//       test_simulation, test_coordinator_processes
//  14 money and seats are conserved
//       test_participant_kills, test_coordinator_processes

#include "fixture.h"

static void
s_start (fixture_t *self, const char *name)
{
    fixture_expect (self, "x", "saga.start", name, "x", "{}");
}

//  Whatever came late was heard, and has changed nothing
static void
s_hear (fixture_t *self)
{
    int records = fixture_stat (self, "/records");
    while (player_waiting (self->player))
        player_let (self->player);
    fixture_stat (self, "/records");
    for (int i = 0; i < 5; i++)
        test_turn (self->loop);
    assert_int_equal (fixture_stat (self, "/records"), records);
}

static void
test_a_compensation_overtakes_its_action (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "b!", 1, PLAYER_LATE);
    s_start (self, "line");
    fixture_comes (self, "x", "a! b!");
    fixture_expect (self, "COMPENSATING", "saga.abort", "x", "ann", "no");
    assert_string_equal (fixture_end (self, "x"), "COMPENSATED");
    s_hear (self);
    assert_int_equal (player_effects (self->player, ""), 0);
    assert_string_equal (player_came (self->player, "x"), "a! b! b- a-");
    assert_string_equal (fixture_state (self, "x"), "COMPENSATED");
}

static void
test_the_answer_to_an_early_attempt_comes_after_a_later_one (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "c!", 1, PLAYER_KEEP);
    s_start (self, "quick");
    test_until (self->loop, player_waiting (self->player) == 1);
    assert_string_equal (fixture_end (self, "x"), "COMPLETED");
    s_hear (self);
    assert_string_equal (fixture_state (self, "x"), "COMPLETED");
    assert_int_equal (player_effects (self->player, ""), 4);
}

static void
test_a_refusal_that_comes_after_its_time (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    //  The next attempt is told the same, at once
    player_plan (self->player, "b!", 1, PLAYER_KEEP_NO);
    s_start (self, "quick");
    test_until (self->loop, player_waiting (self->player) == 1);
    assert_string_equal (fixture_end (self, "x"), "COMPENSATED");
    assert_string_equal (fixture_field (self, "/reason"),
                         "b was refused: SOLD_OUT: nothing is left");
    s_hear (self);
    assert_int_equal (player_effects (self->player, ""), 0);
    assert_null (strstr (player_came (self->player, "x"), "b-"));
}

static void
test_a_crash_between_the_pivots_success_and_its_record (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    //  It is charged, and the coordinator dies before it hears of that
    player_plan (self->player, "c!", 1, PLAYER_KEEP);
    s_start (self, "line");
    fixture_comes (self, "x", "a! b! c!");
    assert_int_equal (player_effect (self->player, "x/c"), 1);
    fixture_start (self);
    //  What it is answered is for one that is gone (a stale reply)
    player_let (self->player);
    assert_string_equal (fixture_end (self, "x"), "COMPLETED");
    assert_string_equal (player_came (self->player, "x"), "a! b! c! c! d!");
}

static void
test_an_unknown_pivot_is_parked_and_never_compensated_past (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "c!", 3, PLAYER_GARBAGE);
    s_start (self, "line");
    assert_string_equal (fixture_end (self, "x"), "PARKED");
    assert_string_equal (fixture_field (self, "/reason"),
                         "c was not answered: UNKNOWN");
    fixture_refused (self, ZP_FAILED_PRECONDITION,
                     "x is PARKED: only what runs, and has not begun its "
                     "pivot, can be aborted",
                     "saga.abort", "x", "ann", "no");
    fixture_expect (self, "RUNNING", "saga.retry", "x", "ann", "it is mended");
    assert_string_equal (fixture_end (self, "x"), "COMPLETED");
    assert_null (strchr (player_came (self->player, "x"), '-'));
}

static void
test_a_compensation_that_fails_for_ever (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "c!", 1, PLAYER_REFUSE);
    player_plan (self->player, "b-", -1, PLAYER_FAIL);
    s_start (self, "line");
    for (int i = 0; i < 2; i++) {
        assert_string_equal (fixture_end (self, "x"), "PARKED");
        assert_string_equal (fixture_field (self, "/reason"),
                             "b could not be undone: UNAVAILABLE");
        fixture_expect (self, "COMPENSATING", "saga.retry", "x", "ann", "now?");
    }
    assert_string_equal (fixture_end (self, "x"), "PARKED");
    fixture_start (self);
    assert_string_equal (fixture_state (self, "x"), "PARKED");
    fixture_expect (self, "COMPENSATING", "saga.skip", "x", "ann", "by hand",
                    "b");
    assert_string_equal (fixture_end (self, "x"), "COMPENSATED");
    assert_string_equal (player_came (self->player, "x"),
                         "a! b! c! b- b- b- b- b- b- b- b- b- a-");
}

static void
test_a_deadline_while_it_is_undone_is_no_news (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "b!", 1, PLAYER_REFUSE);
    player_plan (self->player, "a-", 1, PLAYER_LATE);
    s_start (self, "hasty");
    fixture_comes (self, "x", "a! b! a-");
    int records = fixture_stat (self, "/records");
    //  Until the deadline, 700 ms, is over
    fixture_ask (self, "saga.wait", "x", "{\"wait_ms\":800}", NULL);
    assert_string_equal (fixture_field (self, "/state"), "COMPENSATING");
    assert_int_equal (fixture_stat (self, "/records"), records);
    fixture_start (self);
    assert_string_equal (fixture_end (self, "x"), "COMPENSATED");
    assert_string_equal (player_came (self->player, "x"), "a! b! a- a-");
    assert_string_equal (fixture_field (self, "/reason"),
                         "b was refused: SOLD_OUT: nothing is left");
}

static void
test_a_definition_changes_while_sagas_run (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "b!", 1, PLAYER_LOSE);
    s_start (self, "line");
    fixture_comes (self, "x", "a! b!");
    static const char newer[] =
        "{\"saga\":\"line\",\"version\":2,\"steps\":[{\"id\":\"z\",\"kind\":"
        "\"pivot\",\"service\":\"s\",\"action\":\"do\"}]}";
    for (int i = 0; i < 2; i++) {
        assert_int_equal (
            zp_saga_coordinator_define (
                self->coordinator, (zp_span_t){newer, strlen (newer)}, NULL),
            ZP_OK);
        if (i == 0)
            fixture_start (self);
    }
    assert_string_equal (fixture_end (self, "x"), "COMPLETED");
    assert_string_equal (fixture_field (self, "/version"), "1");
    assert_string_equal (player_came (self->player, "x"), "a! b! b! c! d!");
    fixture_expect (self, "y", "saga.start", "line", "y", "{}");
    assert_string_equal (fixture_end (self, "y"), "COMPLETED");
    assert_string_equal (fixture_field (self, "/version"), "2");
    assert_string_equal (player_came (self->player, "y"), "z!");
}

//  What a disk can make of a record
static const char *const s_damage[] = {
    "UPDATE records SET head = '' WHERE key = 'x' AND number = 1",
    "UPDATE records SET head = '[' WHERE key = 'x' AND number = 1",
    "UPDATE records SET body = '' WHERE key = 'x' AND number = 1",
    "UPDATE records SET body = '{' WHERE key = 'x' AND number = 1",
    "UPDATE records SET body = body || '}' WHERE key = 'x' AND number = 1",
    "UPDATE records SET body = x'00ff0a7b' WHERE key = 'x' AND number = 1",
    "UPDATE records SET head = '{\"event\":\"fun\"}' WHERE number = 2",
    "UPDATE records SET body = 'done' WHERE key = 'x' AND number = 2",
    "UPDATE records SET head = head || ' ' || head WHERE number = 2",
    "DELETE FROM records WHERE key = 'x' AND number = 1",
    "DELETE FROM records WHERE key = 'x' AND number = 2",
};

static void
test_a_saga_that_can_not_be_read_is_parked_and_blocks_no_other (void **state)
{
    fixture_t *self = *state;
    for (size_t i = 0; i < sizeof s_damage / sizeof *s_damage; i++) {
        player_destroy (&self->player);
        self->player = player_new (self->loop, NULL);
        fixture_start (self);
        player_plan (self->player, "c!", 2, PLAYER_LOSE);
        s_start (self, "line");
        fixture_comes (self, "x", "a! b! c!");
        fixture_expect (self, "y", "saga.start", "line", "y", "{}");
        fixture_comes (self, "y", "a! b! c!");
        fixture_sql (self, s_damage[i]);
        fixture_start (self);
        assert_string_equal (fixture_end (self, "y"), "COMPLETED");
        assert_string_equal (fixture_end (self, "x"), "PARKED");
        assert_non_null (
            strstr (fixture_field (self, "/reason"), "can't be read: "));
        assert_string_equal (player_came (self->player, "x"), "a! b! c!");
        //  What can be read of it is shown
        assert_int_equal (fixture_ask (self, "saga.show", "x", NULL), ZP_OK);
        assert_string_not_equal (fixture_field (self, "/history/1/number"), "");
        assert_int_equal (
            fixture_ask (self, "saga.retry", "x", "ann", "why", NULL),
            ZP_FAILED_PRECONDITION);
        fixture_expect (self, "COMPLETED", "saga.complete", "x", "ann",
                        "by hand");
        fixture_start (self);
        assert_string_equal (fixture_end (self, "x"), "COMPLETED");
        fixture_sql (self, "DELETE FROM records");
        fixture_sql (self, "UPDATE owner SET next_number = 1");
    }
}

static void
test_a_record_of_no_saga_at_all_is_refused_with_its_number (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    s_start (self, "line");
    assert_string_equal (fixture_end (self, "x"), "COMPLETED");
    fixture_sql (self, "UPDATE records SET key = 'x/y' WHERE number = 3");
    char *error;
    zp_status_t status;
    assert_null (
        zp_saga_coordinator_new (self->loop, &self->options, &status, &error));
    assert_int_equal (status, ZP_DATA_LOSS);
    assert_non_null (strstr (error, "saga.db: record 3 of the sagas: its key "
                                    "is not the id of a saga"));
    zstr_free (&error);
    fixture_sql (self, "UPDATE records SET key = 'x' WHERE number = 3");
    fixture_start (self);
    assert_string_equal (fixture_end (self, "x"), "COMPLETED");
}

static void
test_a_damaged_middle_of_the_journal_is_refused (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    for (int i = 0; i < 100; i++)
        fixture_ask (self, "saga.start", "waits", "", "{\"n\":1}", NULL);
    //  Bring all from the log into the file, and find its middle
    fixture_sql (self, "UPDATE records SET time_ms = time_ms");
    FILE *file = fopen (self->path, "r+");
    assert_non_null (file);
    fseek (file, 0, SEEK_END);
    long size = ftell (file);
    assert_true (size > 40000);
    fseek (file, size / 2 / 4096 * 4096, SEEK_SET);
    for (int i = 0; i < 4096; i++)
        putc (0xff, file);
    fclose (file);
    char *error;
    zp_status_t status;
    assert_null (
        zp_saga_coordinator_new (self->loop, &self->options, &status, &error));
    assert_int_equal (status, ZP_DATA_LOSS);
    assert_non_null (strstr (error, "saga.db"));
    zstr_free (&error);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_compensation_overtakes_its_action),
        fixture_test (
            test_the_answer_to_an_early_attempt_comes_after_a_later_one),
        fixture_test (test_a_refusal_that_comes_after_its_time),
        fixture_test (test_a_crash_between_the_pivots_success_and_its_record),
        fixture_test (
            test_an_unknown_pivot_is_parked_and_never_compensated_past),
        fixture_test (test_a_compensation_that_fails_for_ever),
        fixture_test (test_a_deadline_while_it_is_undone_is_no_news),
        fixture_test (test_a_definition_changes_while_sagas_run),
        fixture_test (
            test_a_saga_that_can_not_be_read_is_parked_and_blocks_no_other),
        fixture_test (
            test_a_record_of_no_saga_at_all_is_refused_with_its_number),
        fixture_test (test_a_damaged_middle_of_the_journal_is_refused),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
