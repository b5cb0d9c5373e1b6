//  SPDX-License-Identifier: MIT
//
//  Those who wait for a saga, and signals, orders and time, which it waits for.

#include "fixture.h"

static void
s_start (fixture_t *self, const char *name, const char *id)
{
    fixture_expect (self, id, "saga.start", name, id, "{}");
}

//  Somebody waits for a saga, and the coordinator knows
static void
s_wait (fixture_t *self, told_t *told, const char *id)
{
    fixture_begin (self, told, "saga.wait", id, NULL);
    fixture_ask (self, "saga.stat", NULL);
    assert_int_equal (told->ended, 0);
}

static void
test_all_who_wait_are_told_of_the_end (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    told_t told[3];
    player_plan (self->player, "d!", 1, PLAYER_LATE);
    s_start (self, "line", "x");
    for (int i = 0; i < 3; i++)
        s_wait (self, &told[i], "x");
    fixture_comes (self, "x", "a! b! c! d!");
    player_let (self->player);
    for (int i = 0; i < 3; i++) {
        test_until (self->loop, told[i].ended);
        assert_int_equal (told[i].status, ZP_OK);
        assert_non_null (strstr (told[i].text, "\"state\":\"COMPLETED\""));
    }
}

static void
test_who_waits_is_told_that_it_is_parked (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    told_t told;
    player_plan (self->player, "d!", 1, PLAYER_KEEP_NO);
    s_start (self, "line", "x");
    s_wait (self, &told, "x");
    fixture_comes (self, "x", "a! b! c! d!");
    player_let (self->player);
    test_until (self->loop, told.ended);
    assert_non_null (strstr (told.text, "\"state\":\"PARKED\""));
    assert_non_null (strstr (
        told.text, "\"reason\":\"d was refused: SOLD_OUT: nothing is left\""));
}

static void
test_who_waits_is_told_how_it_stands_when_his_time_is_over (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "a!", -1, PLAYER_LOSE);
    s_start (self, "line", "x");
    fixture_ask (self, "saga.wait", "x", "{\"wait_ms\":30}", NULL);
    assert_int_equal (self->told.status, ZP_OK);
    assert_string_equal (fixture_field (self, "/state"), "RUNNING");
    assert_string_equal (fixture_field (self, "/steps/0/state"), "running");
    assert_string_equal (fixture_field (self, "/steps/1/state"), "waiting");
    assert_string_equal (fixture_state (self, "x"), "RUNNING");
}

static void
test_who_waits_is_told_before_his_own_budget_is_over (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "a!", -1, PLAYER_LOSE);
    s_start (self, "line", "x");
    peer_t *caller = peer_new_caller (self->loop, self->endpoint);
    zp_envelope_t envelope = peer_envelope (1);
    envelope.time_ms = 200;
    zp_span_t parts[] = {{"saga.wait", 9}, {"x", 1}};
    int64_t start_ms = zclock_mono ();
    peer_send_open (caller, NULL, &envelope, parts, 2);
    test_until (self->loop, peer_count (caller) == 1);
    assert_int_equal (peer_letter (caller, 0)->envelope.status, ZP_OK);
    assert_in_range (zclock_mono () - start_ms, 180, 10000);
    peer_destroy (&caller);
}

static void
test_who_waits_is_told_how_it_stands_when_the_coordinator_drains (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    told_t told;
    player_plan (self->player, "a!", -1, PLAYER_LOSE);
    s_start (self, "line", "x");
    s_wait (self, &told, "x");
    zp_server_drain (zp_saga_coordinator_server (self->coordinator), NULL,
                     NULL);
    test_until (self->loop, told.ended);
    assert_int_equal (told.status, ZP_OK);
    assert_non_null (strstr (told.text, "\"state\":\"RUNNING\""));
    fixture_refused (self, ZP_UNAVAILABLE, "server is shutting down",
                     "saga.wait", "x");
}

static void
test_who_waits_is_told_when_the_coordinator_is_destroyed (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    told_t told;
    player_plan (self->player, "a!", -1, PLAYER_LOSE);
    s_start (self, "line", "x");
    s_wait (self, &told, "x");
    zp_saga_coordinator_destroy (&self->coordinator);
    test_until (self->loop, told.ended);
    assert_int_equal (told.status, ZP_OK);
}

static void
test_one_who_has_gone_harms_no_other (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    told_t told;
    player_plan (self->player, "a!", 1, PLAYER_LATE);
    s_start (self, "line", "x");
    peer_t *caller = peer_new_caller (self->loop, self->endpoint);
    peer_request (caller, 1, "saga.wait", "x");
    s_wait (self, &told, "x");
    peer_destroy (&caller);
    player_let (self->player);
    test_until (self->loop, told.ended);
    assert_non_null (strstr (told.text, "\"state\":\"COMPLETED\""));
}

static void
test_a_signal_lets_it_go_on_and_its_value_is_a_result (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    s_start (self, "waits", "x");
    fixture_step (self, "x", 0, "done");
    fixture_expect (self, "RUNNING", "saga.signal", "x", "payment",
                    "{\"cents\": 5}");
    assert_string_equal (fixture_end (self, "x"), "COMPLETED");
    assert_string_equal (player_given (self->player), "5 null 1");
    assert_string_equal (fixture_field (self, "/steps/1/result"),
                         "{\"cents\":5}");
    fixture_ask (self, "saga.show", "x", NULL);
    assert_string_equal (fixture_field (self, "/history/2/event"), "signal");
    assert_string_equal (fixture_field (self, "/history/2/value"),
                         "{\"cents\":5}");
}

static void
test_a_signal_that_comes_first_counts_even_after_a_restart (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "a!", 1, PLAYER_LOSE);
    s_start (self, "waits", "x");
    fixture_comes (self, "x", "a!");
    fixture_expect (self, "RUNNING", "saga.signal", "x", "payment",
                    "{\"cents\":5}");
    fixture_start (self);
    fixture_expect (self, "RUNNING", "saga.signal", "x", "payment", "6");
    assert_string_equal (fixture_end (self, "x"), "COMPLETED");
    assert_string_equal (player_came (self->player, "x"), "a! a! b!");
    assert_string_equal (player_given (self->player), "5 null 1");
}

static void
test_an_abort_undoes_what_was_done_and_is_kept (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    s_start (self, "waits", "x");
    fixture_step (self, "x", 0, "done");
    fixture_expect (self, "COMPENSATING", "saga.abort", "x", "ann",
                    "he \"left\"");
    assert_string_equal (fixture_end (self, "x"), "COMPENSATED");
    assert_string_equal (fixture_field (self, "/reason"),
                         "the saga was aborted: ann: he \"left\"");
    assert_string_equal (fixture_field (self, "/steps/0/state"), "undone");
    assert_string_equal (player_came (self->player, "x"), "a! a-");
    assert_string_equal (player_given (self->player), "{} {\"key\":\"x/a\"} 1");
    fixture_ask (self, "saga.show", "x", NULL);
    assert_string_equal (fixture_field (self, "/history/2/event"), "abort");
    assert_string_equal (fixture_field (self, "/history/2/who"), "ann");
    assert_string_equal (fixture_field (self, "/history/2/text"),
                         "he \"left\"");
}

static void
test_a_parked_one_is_tried_again_skipped_or_completed (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    static const char *const ids[] = {"again", "skipped", "completed"};
    for (int i = 0; i < 3; i++) {
        player_plan (self->player, "d!", 1, PLAYER_GARBAGE);
        player_plan (self->player, "d!", 1, PLAYER_NO_JSON);
        player_plan (self->player, "d!", 1, PLAYER_FAIL);
        s_start (self, "line", ids[i]);
        assert_string_equal (fixture_end (self, ids[i]), "PARKED");
        assert_string_equal (fixture_field (self, "/steps/3/state"), "stuck");
        assert_string_equal (fixture_field (self, "/steps/3/attempts"), "3");
        assert_int_equal (
            fixture_ask (self, "saga.abort", ids[i], "ann", "why", NULL),
            ZP_FAILED_PRECONDITION);
    }
    fixture_expect (self, "RUNNING", "saga.retry", "again", "ann", "it works");
    assert_string_equal (fixture_end (self, "again"), "COMPLETED");
    assert_string_equal (player_came (self->player, "again"),
                         "a! b! c! d! d! d! d!");
    fixture_expect (self, "COMPLETED", "saga.skip", "skipped", "ann", "by mail",
                    "d");
    fixture_expect (self, "COMPLETED", "saga.complete", "completed", "ann",
                    "by hand");
    for (int i = 1; i < 3; i++) {
        assert_string_equal (fixture_end (self, ids[i]), "COMPLETED");
        assert_string_equal (player_came (self->player, ids[i]),
                             "a! b! c! d! d! d!");
    }
    fixture_start (self);
    for (int i = 0; i < 3; i++)
        assert_string_equal (fixture_end (self, ids[i]), "COMPLETED");
}

static void
test_a_deadline_undoes_what_may_have_been_done (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "b!", -1, PLAYER_LOSE);
    s_start (self, "hasty", "x");
    assert_string_equal (fixture_end (self, "x"), "COMPENSATED");
    assert_string_equal (fixture_field (self, "/reason"),
                         "the saga took longer than its deadline");
    assert_string_equal (player_came (self->player, "x"), "a! b! b- a-");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_all_who_wait_are_told_of_the_end),
        fixture_test (test_who_waits_is_told_that_it_is_parked),
        fixture_test (
            test_who_waits_is_told_how_it_stands_when_his_time_is_over),
        fixture_test (test_who_waits_is_told_before_his_own_budget_is_over),
        fixture_test (
            test_who_waits_is_told_how_it_stands_when_the_coordinator_drains),
        fixture_test (test_who_waits_is_told_when_the_coordinator_is_destroyed),
        fixture_test (test_one_who_has_gone_harms_no_other),
        fixture_test (test_a_signal_lets_it_go_on_and_its_value_is_a_result),
        fixture_test (
            test_a_signal_that_comes_first_counts_even_after_a_restart),
        fixture_test (test_an_abort_undoes_what_was_done_and_is_kept),
        fixture_test (test_a_parked_one_is_tried_again_skipped_or_completed),
        fixture_test (test_a_deadline_undoes_what_may_have_been_done),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
