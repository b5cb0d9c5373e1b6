//  SPDX-License-Identifier: MIT
//
//  A coordinator and its services, which are slow, silent, wrong, or not there.

#define _POSIX_C_SOURCE 200809L

#include "fixture.h"

#if defined __SANITIZE_THREAD__ || defined __SANITIZE_ADDRESS__
#define MANY 500
#else
#define MANY 5000
#endif

static void
s_start (fixture_t *self, const char *name, const char *id)
{
    fixture_expect (self, id, "saga.start", name, id, "{}");
}

static void
s_number (char id[8], int number)
{
    snprintf (id, 8, "n%d", number);
}

static void
test_no_more_than_the_window_are_out_and_others_follow (void **state)
{
    fixture_t *self = *state;
    self->options.window = 3;
    fixture_start (self);
    player_plan (self->player, "a!", -1, PLAYER_KEEP);
    char id[8];
    for (int i = 0; i < 10; i++) {
        s_number (id, i);
        s_start (self, "line", id);
    }
    test_until (self->loop, player_waiting (self->player) == 3);
    assert_int_equal (fixture_stat (self, "/services/0/out"), 3);
    assert_int_equal (fixture_stat (self, "/services/0/held"), 7);
    for (int i = 0; i < 10; i++) {
        test_until (self->loop, player_waiting (self->player) > 0);
        assert_in_range (player_waiting (self->player), 1, 3);
        player_let (self->player);
    }
    for (int i = 0; i < 10; i++) {
        s_number (id, i);
        assert_string_equal (fixture_end (self, id), "COMPLETED");
        assert_string_equal (player_came (self->player, id), "a! b! c! d!");
    }
    assert_int_equal (fixture_stat (self, "/services/0/out"), 0);
    assert_int_equal (fixture_stat (self, "/services/0/held"), 0);
    assert_int_equal (fixture_stat (self, "/commands"), 40);
}

static void
test_what_is_held_is_not_sent_after_an_abort (void **state)
{
    fixture_t *self = *state;
    self->options.window = 1;
    fixture_start (self);
    player_plan (self->player, "x/a!", 1, PLAYER_KEEP);
    s_start (self, "line", "x");
    fixture_comes (self, "x", "a!");
    s_start (self, "line", "y");
    s_start (self, "line", "z");
    fixture_expect (self, "COMPENSATING", "saga.abort", "y", "ann", "no");
    player_let (self->player);
    assert_string_equal (fixture_end (self, "y"), "COMPENSATED");
    assert_string_equal (fixture_end (self, "z"), "COMPLETED");
    assert_string_equal (player_came (self->player, "y"), "a-");
}

static void
test_the_time_of_what_is_held_stands_still (void **state)
{
    fixture_t *self = *state;
    self->options.window = 1;
    fixture_start (self);
    player_plan (self->player, "x/a!", 1, PLAYER_KEEP);
    s_start (self, "line", "x");
    fixture_comes (self, "x", "a!");
    s_start (self, "quick", "y");
    fixture_ask (self, "saga.wait", "y", "{\"wait_ms\":350}", NULL);
    assert_string_equal (fixture_field (self, "/state"), "RUNNING");
    assert_string_equal (fixture_field (self, "/steps/0/attempts"), "1");
    assert_string_equal (player_came (self->player, "y"), "");
    player_let (self->player);
    assert_string_equal (fixture_end (self, "y"), "COMPLETED");
}

//  A second service, "t", and a saga "other" that needs it and no other
static player_t *
s_add_other (fixture_t *self)
{
    player_t *other = player_new (self->loop, NULL);
    assert_int_equal (zp_saga_coordinator_service (self->coordinator, "t",
                                                   player_endpoint (other)),
                      ZP_OK);
    fixture_define (self, "other");
    return other;
}

static void
test_a_service_without_an_endpoint_blocks_no_other (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    player_plan (self->player, "a!", 1, PLAYER_LOSE);
    s_start (self, "line", "x");
    fixture_comes (self, "x", "a!");
    //  Now nobody says where its service is
    fixture_stop (self);
    fixture_open (self);
    player_t *other = s_add_other (self);
    fixture_listen (self);
    s_start (self, "other", "y");
    assert_string_equal (fixture_end (self, "y"), "COMPLETED");
    assert_string_equal (fixture_state (self, "x"), "RUNNING");
    assert_int_equal (fixture_stat (self, "/services/0/endpoints"), 0);
    assert_int_equal (fixture_stat (self, "/services/0/held"), 1);
    //  Now somebody does
    zp_saga_coordinator_service (self->coordinator, "s",
                                 player_endpoint (self->player));
    assert_string_equal (fixture_end (self, "x"), "COMPLETED");
    assert_string_equal (player_came (self->player, "x"), "a! a! b! c! d!");
    player_destroy (&other);
}

static void
test_a_service_that_does_not_run_blocks_no_other (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    char *endpoint = strdup (player_endpoint (self->player));
    player_destroy (&self->player);
    player_t *other = s_add_other (self);
    s_start (self, "quick", "x");
    s_start (self, "other", "y");
    assert_string_equal (fixture_end (self, "y"), "COMPLETED");
    assert_string_equal (fixture_state (self, "x"), "RUNNING");
    self->player = player_new (self->loop, endpoint);
    assert_string_equal (fixture_end (self, "x"), "COMPLETED");
    player_destroy (&other);
    free (endpoint);
}

static void
test_a_service_that_never_answers_blocks_no_other (void **state)
{
    fixture_t *self = *state;
    self->options.window = 1;
    fixture_start (self);
    player_t *other = s_add_other (self);
    player_plan (self->player, "a!", -1, PLAYER_LOSE);
    s_start (self, "line", "x");
    s_start (self, "line", "z");
    for (int i = 0; i < 20; i++) {
        char id[8];
        s_number (id, i);
        s_start (self, "other", id);
        assert_string_equal (fixture_end (self, id), "COMPLETED");
    }
    assert_string_equal (fixture_state (self, "x"), "RUNNING");
    assert_string_equal (fixture_state (self, "z"), "RUNNING");
    player_destroy (&other);
}

static void
test_whatever_is_answered_each_step_is_done_once (void **state)
{
    static const struct {
        player_way_t way;      // What the service does, once a step
        const char *saga;      // By which definition
        const char *expected;  // What it is told; NULL: as often as it likes
    } cases[] = {
        {PLAYER_TWICE, "line", "a! b! c! d!"},
        {PLAYER_PIECES, "line", "a! b! c! d!"},
        {PLAYER_GARBAGE, "line", "a! a! b! b! c! c! d! d!"},
        {PLAYER_NO_JSON, "line", "a! a! b! b! c! c! d! d!"},
        {PLAYER_FAIL, "line", "a! a! b! b! c! c! d! d!"},
        {PLAYER_CANCELLED, "line", "a! a! b! b! c! c! d! d!"},
        {PLAYER_ONGOING, "line", "a! a? b! b? c! c? d! d?"},
        {PLAYER_LOSE, "quick", NULL},
        {PLAYER_MUTE, "quick", NULL},
    };
    fixture_t *self = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        player_destroy (&self->player);
        self->player = player_new (self->loop, NULL);
        fixture_start (self);
        static const char *const commands[] = {"a!", "b!", "c!", "d!"};
        for (int step = 0; step < 4; step++)
            player_plan (self->player, commands[step], 1, cases[i].way);
        char id[8];
        s_number (id, (int) i);
        s_start (self, cases[i].saga, id);
        assert_string_equal (fixture_end (self, id), "COMPLETED");
        if (cases[i].expected)
            assert_string_equal (player_came (self->player, id),
                                 cases[i].expected);
        for (int step = 0; step < 4; step++) {
            char key[16];
            snprintf (key, sizeof key, "%s/%c", id, "abcd"[step]);
            assert_int_equal (player_effect (self->player, key), 1);
        }
    }
}

static void
test_what_is_held_follows_an_answer_that_is_none (void **state)
{
    fixture_t *self = *state;
    self->options.window = 1;
    fixture_start (self);
    player_plan (self->player, "x/a!", 3, PLAYER_CANCELLED);
    player_plan (self->player, "x/a-", -1, PLAYER_CANCELLED);
    s_start (self, "line", "x");
    s_start (self, "line", "y");
    assert_string_equal (fixture_end (self, "y"), "COMPLETED");
    assert_string_equal (fixture_end (self, "x"), "PARKED");
}

static void
test_thousands_at_once (void **state)
{
    fixture_t *self = *state;
    //  A ROUTER drops what is more than its high-water mark, 1000
    self->options.window = 400;
    fixture_start (self);
    player_plan (self->player, "a!", MANY / 10, PLAYER_REFUSE);
    static const char *const no_id[] = {"line", "", "{}"};
    told_t *told = zmalloc (MANY * sizeof *told);
    for (int i = 0; i < MANY; i++)
        told_begin (&told[i], self->client, "saga.start", no_id, 3);
    for (int i = 0; i < MANY; i++) {
        test_until (self->loop, told[i].ended);
        assert_int_equal (told[i].status, ZP_OK);
    }
    free (told);
    test_until (self->loop, fixture_stat (self, "/running") == 0 &&
                                fixture_stat (self, "/compensating") == 0);
    assert_int_equal (fixture_stat (self, "/started"), MANY);
    assert_int_equal (fixture_stat (self, "/completed"), MANY - MANY / 10);
    assert_int_equal (fixture_stat (self, "/compensated"), MANY / 10);
    assert_int_equal (player_effects (self->player, "/d"), MANY - MANY / 10);
    assert_int_equal (player_effects (self->player, "/a"), MANY - MANY / 10);
    int commits = fixture_stat (self, "/commits");
    print_message ("%d sagas, %d commits\n", MANY, commits);
    assert_true (commits < fixture_stat (self, "/records"));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_no_more_than_the_window_are_out_and_others_follow),
        fixture_test (test_what_is_held_is_not_sent_after_an_abort),
        fixture_test (test_the_time_of_what_is_held_stands_still),
        fixture_test (test_a_service_without_an_endpoint_blocks_no_other),
        fixture_test (test_a_service_that_does_not_run_blocks_no_other),
        fixture_test (test_a_service_that_never_answers_blocks_no_other),
        fixture_test (test_whatever_is_answered_each_step_is_done_once),
        fixture_test (test_what_is_held_follows_an_answer_that_is_none),
        fixture_test (test_thousands_at_once),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
