//  SPDX-License-Identifier: MIT
//
//  Steps that are sagas. The saga "parent" has the steps a, child, b; the child
//  is a "line" of a, b, c, d, and "unline", with the step u, undoes it.

#define _POSIX_C_SOURCE 200809L

#include "fixture.h"

#define CHILD "p.child"

static void
s_start (fixture_t *self, const char *name)
{
    fixture_expect (self, "p", "saga.start", name, "p", "{\"n\":7}");
}

static void
s_abort (fixture_t *self)
{
    fixture_expect (self, "COMPENSATING", "saga.abort", "p", "ann", "no");
}

static void
test_a_child_is_done_and_its_result_is_the_steps (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    s_start (self, "parent");
    assert_string_equal (fixture_end (self, "p"), "COMPLETED");
    assert_string_equal (player_came (self->player, "p"), "a! b!");
    assert_string_equal (player_given (self->player), "\"p.child/b\" null 1");
    assert_string_equal (fixture_field (self, "/steps/1/result/d/key"),
                         "p.child/d");
    assert_string_equal (fixture_end (self, CHILD), "COMPLETED");
    assert_string_equal (fixture_field (self, "/input"), "{\"n\":7}");
    assert_string_equal (player_came (self->player, CHILD), "a! b! c! d!");
    fixture_ask (self, "saga.show", CHILD, NULL);
    assert_string_equal (fixture_field (self, "/history/0/parent"), "p/child");
}

static void
test_a_child_that_is_refused_refuses_the_step (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "p.child/c!", 1, PLAYER_REFUSE);
    s_start (self, "parent");
    assert_string_equal (fixture_end (self, "p"), "COMPENSATED");
    assert_string_equal (fixture_field (self, "/reason"),
                         "child was refused: COMPENSATED: c was refused: "
                         "SOLD_OUT: nothing is left");
    assert_string_equal (fixture_state (self, CHILD), "COMPENSATED");
    assert_string_equal (player_came (self->player, CHILD), "a! b! c! b- a-");
    assert_string_equal (player_came (self->player, "p"), "a! a-");
}

static void
test_a_step_goes_on_when_its_parked_child_was_repaired (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "p.child/d!", 1, PLAYER_REFUSE);
    s_start (self, "parent");
    fixture_comes (self, CHILD, "a! b! c! d!");
    assert_string_equal (fixture_end (self, CHILD), "PARKED");
    assert_string_equal (fixture_state (self, "p"), "RUNNING");
    fixture_expect (self, "COMPLETED", "saga.skip", CHILD, "ann", "by hand");
    assert_string_equal (fixture_end (self, "p"), "COMPLETED");
}

static void
test_a_child_is_undone_with_its_parent_by_another_saga (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "p/b!", 1, PLAYER_REFUSE);
    s_start (self, "parent");
    assert_string_equal (fixture_end (self, "p"), "COMPENSATED");
    assert_string_equal (fixture_state (self, CHILD), "COMPLETED");
    assert_string_equal (fixture_end (self, CHILD ".undo"), "COMPLETED");
    assert_string_equal (player_came (self->player, CHILD ".undo"), "u!");
    assert_string_equal (player_came (self->player, "p"), "a! b! a-");
    //  What undoes it is given what that was given, and what it gave
    assert_string_equal (fixture_field (self, "/input/input"), "{\"n\":7}");
    assert_string_equal (fixture_field (self, "/input/result/d/key"),
                         "p.child/d");
}

static void
test_a_child_that_runs_is_aborted_with_its_parent (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "p.child/b!", 1, PLAYER_LOSE);
    s_start (self, "parent");
    fixture_comes (self, CHILD, "a! b!");
    s_abort (self);
    assert_string_equal (fixture_end (self, "p"), "COMPENSATED");
    assert_string_equal (fixture_state (self, CHILD), "COMPENSATED");
    assert_string_equal (
        fixture_field (self, "/reason"),
        "the saga was aborted: coordinator: the saga that it is a step of is "
        "undone");
    assert_string_equal (player_came (self->player, CHILD), "a! b! b- a-");
    assert_int_equal (fixture_ask (self, "saga.show", CHILD ".undo", NULL),
                      ZP_NOT_FOUND);
}

static void
test_a_child_past_its_pivot_is_finished_and_then_undone (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "p.child/c!", 1, PLAYER_KEEP);
    s_start (self, "parent");
    fixture_comes (self, CHILD, "a! b! c!");
    s_abort (self);
    assert_string_equal (fixture_state (self, CHILD), "RUNNING");
    player_let (self->player);
    assert_string_equal (fixture_end (self, "p"), "COMPENSATED");
    assert_string_equal (fixture_state (self, CHILD), "COMPLETED");
    assert_string_equal (player_came (self->player, CHILD ".undo"), "u!");
}

static void
test_a_child_that_can_not_be_undone_parks_its_parent_until_it_is (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "u!", 1, PLAYER_REFUSE);
    player_plan (self->player, "p/b!", 1, PLAYER_REFUSE);
    s_start (self, "parent");
    fixture_comes (self, CHILD ".undo", "u!");
    assert_string_equal (fixture_end (self, CHILD ".undo"), "PARKED");
    assert_string_equal (fixture_state (self, "p"), "COMPENSATING");
    fixture_expect (self, "COMPLETED", "saga.complete", CHILD ".undo", "ann",
                    "by hand");
    assert_string_equal (fixture_end (self, "p"), "COMPENSATED");
}

//  The coordinator dies when that saga has ended, before its parent heard of it
static void
s_die_at_the_end_of (fixture_t *self, const char *id)
{
    char sql[200];
    snprintf (sql, sizeof sql,
              "DELETE FROM records WHERE number >"
              "  (SELECT max (number) FROM records WHERE key = '%s')",
              id);
    fixture_sql (self, sql);
    fixture_start (self);
}

static void
test_a_crash_between_a_childs_end_and_its_parents_record (void **state)
{
    fixture_t *self = *state;
    static const struct {
        const char *refused;  // By the service
        const char *dies;     // When this has ended
        const char *ends;     // As this
        const char *came;     // For that, once
    } cases[] = {
        {"-", CHILD, "COMPLETED", "a! b! c! d!"},
        {"p.child/b!", CHILD, "COMPENSATED", "a! b! a-"},
        {"p/b!", CHILD ".undo", "COMPENSATED", "u!"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        player_destroy (&self->player);
        self->player = player_new (self->loop, NULL);
        player_plan (self->player, cases[i].refused, 1, PLAYER_REFUSE);
        fixture_start (self);
        s_start (self, "parent");
        assert_string_equal (fixture_end (self, "p"), cases[i].ends);
        s_die_at_the_end_of (self, cases[i].dies);
        assert_string_equal (fixture_end (self, "p"), cases[i].ends);
        assert_string_equal (player_came (self->player, cases[i].dies),
                             cases[i].came);
        fixture_sql (self, "DELETE FROM records");
    }
}

static void
test_an_id_that_is_too_long_is_cut_and_told_from_others (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    static const char id[] =
        "an-id-of-sixty-four-bytes-is-as-much-as-a-saga-can-have-as-such1";
    assert_int_equal (strlen (id), 64);
    char *other = strdup (id);
    other[63] = '2';
    fixture_expect (self, id, "saga.start", "deep", id, "{\"n\":1}");
    fixture_expect (self, other, "saga.start", "deep", other, "{\"n\":2}");
    assert_string_equal (fixture_end (self, id), "COMPLETED");
    assert_string_equal (fixture_end (self, other), "COMPLETED");
    //  Both have a child, which has a child
    assert_int_equal (fixture_stat (self, "/started"), 2);
    assert_int_equal (fixture_stat (self, "/completed"), 6);
    assert_int_equal (player_effects (self->player, "/d"), 2);
    free (other);
}

static void
test_an_id_that_somebody_else_has_refuses_the_step (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    //  Of the same name and with the same input, one done, one still at it
    static const char *const ways[] = {"COMPLETED", "RUNNING"};
    for (int i = 0; i < 2; i++) {
        char id[2][16], command[24];
        snprintf (id[0], sizeof *id, "p%d", i);
        snprintf (id[1], sizeof *id, "p%d.child", i);
        snprintf (command, sizeof command, "%s/b!", id[1]);
        if (i)
            player_plan (self->player, command, 1, PLAYER_LOSE);
        fixture_expect (self, id[1], "saga.start", "line", id[1], "{\"n\":7}");
        if (i)
            fixture_comes (self, id[1], "a! b!");
        else
            fixture_end (self, id[1]);
        fixture_expect (self, id[0], "saga.start", "parent", id[0],
                        "{\"n\":7}");
        assert_string_equal (fixture_end (self, id[0]), "COMPENSATED");
        assert_string_equal (player_came (self->player, id[0]), "a! a-");
        //  Nobody has touched it
        assert_string_equal (fixture_state (self, id[1]), ways[i]);
        assert_null (strchr (player_came (self->player, id[1]), '-'));
    }
}

static void
test_a_child_is_not_the_saga_that_somebody_else_starts (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    s_start (self, "parent");
    assert_string_equal (fixture_end (self, "p"), "COMPLETED");
    assert_int_equal (
        fixture_ask (self, "saga.start", "line", CHILD, "{\"n\":7}", NULL),
        ZP_ALREADY_EXISTS);
}

static void
test_a_definition_that_is_not_there_refuses_the_step (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    s_start (self, "orphan");
    assert_string_equal (fixture_end (self, "p"), "COMPENSATED");
    assert_string_equal (fixture_field (self, "/reason"),
                         "child was refused: NOT_FOUND: there is no "
                         "definition of that name");
    assert_string_equal (player_came (self->player, "p"), "a! a-");
}

//  A parent with a step that is stuck, and a child that is past its pivot
static void
s_stuck (fixture_t *self)
{
    fixture_start (self);
    player_plan (self->player, "p.child/c!", 1, PLAYER_KEEP);
    player_plan (self->player, "p/a-", 1, PLAYER_REFUSE);
    s_start (self, "pair");
    fixture_comes (self, "p", "a!");
    fixture_comes (self, CHILD, "a! b! c!");
    s_abort (self);
    assert_string_equal (fixture_end (self, "p"), "PARKED");
}

static void
test_a_parent_that_an_operator_closed_asks_for_no_more (void **state)
{
    fixture_t *self = *state;
    s_stuck (self);
    fixture_expect (self, "COMPENSATED", "saga.complete", "p", "ann", "all");
    player_let (self->player);
    assert_string_equal (fixture_end (self, CHILD), "COMPLETED");
    assert_string_equal (fixture_state (self, "p"), "COMPENSATED");
    assert_int_equal (fixture_ask (self, "saga.show", CHILD ".undo", NULL),
                      ZP_NOT_FOUND);
}

static void
test_a_child_of_a_parked_parent_is_undone_when_that_goes_on (void **state)
{
    fixture_t *self = *state;
    s_stuck (self);
    player_let (self->player);
    assert_string_equal (fixture_end (self, CHILD), "COMPLETED");
    fixture_expect (self, "COMPENSATING", "saga.retry", "p", "ann", "again");
    assert_string_equal (fixture_end (self, "p"), "COMPENSATED");
    assert_string_equal (fixture_state (self, CHILD ".undo"), "COMPLETED");
}

static void
test_an_ended_child_stays_as_long_as_its_parent_is_open (void **state)
{
    fixture_t *self = *state;
    self->options.sagas.retention_ms = 50;
    fixture_start (self);
    player_plan (self->player, "p/b!", 1, PLAYER_LATE);
    s_start (self, "parent");
    fixture_comes (self, "p", "a! b!");
    fixture_ask (self, "saga.wait", "p", "{\"wait_ms\":150}", NULL);
    assert_string_equal (fixture_state (self, CHILD), "COMPLETED");
    fixture_start (self);
    fixture_ask (self, "saga.wait", "p", "{\"wait_ms\":150}", NULL);
    player_plan (self->player, "p/b!", 1, PLAYER_REFUSE);
    assert_string_equal (fixture_state (self, CHILD), "COMPLETED");
    player_let (self->player);
    //  Then all of them are erased
    test_until (self->loop,
                fixture_ask (self, "saga.show", "p", NULL) == ZP_NOT_FOUND);
    test_until (self->loop,
                fixture_ask (self, "saga.show", CHILD, NULL) == ZP_NOT_FOUND);
    assert_int_equal (fixture_stat (self, "/running"), 0);
}

static void
test_a_child_that_can_not_be_read_is_waited_for (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "p.child/c!", 1, PLAYER_LOSE);
    s_start (self, "pair");
    fixture_step (self, "p", 0, "done");
    fixture_comes (self, CHILD, "a! b! c!");
    fixture_sql (self, "UPDATE records SET head = '' WHERE key = '" CHILD "'");
    fixture_start (self);
    assert_string_equal (fixture_end (self, CHILD), "PARKED");
    assert_string_equal (fixture_state (self, "p"), "RUNNING");
    fixture_expect (self, "COMPLETED", "saga.complete", CHILD, "ann", "done");
    assert_string_equal (fixture_end (self, "p"), "COMPLETED");
    assert_string_equal (player_came (self->player, "p"), "a! b!");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_child_is_done_and_its_result_is_the_steps),
        fixture_test (test_a_child_that_is_refused_refuses_the_step),
        fixture_test (test_a_step_goes_on_when_its_parked_child_was_repaired),
        fixture_test (test_a_child_is_undone_with_its_parent_by_another_saga),
        fixture_test (test_a_child_that_runs_is_aborted_with_its_parent),
        fixture_test (test_a_child_past_its_pivot_is_finished_and_then_undone),
        fixture_test (
            test_a_child_that_can_not_be_undone_parks_its_parent_until_it_is),
        fixture_test (test_a_crash_between_a_childs_end_and_its_parents_record),
        fixture_test (test_an_id_that_is_too_long_is_cut_and_told_from_others),
        fixture_test (test_an_id_that_somebody_else_has_refuses_the_step),
        fixture_test (test_a_child_is_not_the_saga_that_somebody_else_starts),
        fixture_test (test_a_definition_that_is_not_there_refuses_the_step),
        fixture_test (test_a_parent_that_an_operator_closed_asks_for_no_more),
        fixture_test (
            test_a_child_of_a_parked_parent_is_undone_when_that_goes_on),
        fixture_test (test_a_child_that_can_not_be_read_is_waited_for),
        fixture_test (test_an_ended_child_stays_as_long_as_its_parent_is_open),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
