//  SPDX-License-Identifier: MIT
//
//  The choice among many endpoints.

#include "zp_endpoint.h"

#include "fixture.h"

#define COUNT 5

static int
s_nothing (void *arg)
{
    (void) arg;
    return 0;
}

static const zp_channel_events_t s_events = {.turn = s_nothing};

typedef struct {
    zloop_t *loop;              // Never run: no connection is ever up
    zp_timers_t *timers;        // On it
    zp_endpoint_t *all[COUNT];  // To choose from
    zp_random_t random;         // For the choice
} s_choice_t;

static int
s_set_up (void **state)
{
    s_choice_t *self = zmalloc (sizeof *self);
    self->loop = zloop_new ();
    self->timers = zp_timers_new (self->loop);
    zp_random_seed (&self->random, 1);
    zp_breaker_options_t breaker = ZP_BREAKER_DEFAULTS;
    breaker.window = breaker.min_calls = 1;
    breaker.open_ms = 1000;
    breaker.open_jitter_percent = 0;
    for (int i = 0; i < COUNT; i++) {
        self->all[i] = zp_endpoint_new (peer_new_endpoint (), &breaker, NULL);
        self->all[i]->channel =
            zp_channel_new (self->loop, self->timers, self->all[i]->name, false,
                            &s_events, self->all[i]);
    }
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    s_choice_t *self = *state;
    for (int i = 0; i < COUNT; i++)
        zp_endpoint_destroy (&self->all[i]);
    zp_timers_destroy (&self->timers);
    zloop_destroy (&self->loop);
    free (self);
    return 0;
}

//  Choose 10000 times, and count how often each one is chosen
static void
s_choose (s_choice_t *self, const zp_endpoint_t *avoid, int *chosen)
{
    memset (chosen, 0, COUNT * sizeof *chosen);
    for (int i = 0; i < 10000; i++) {
        int64_t retry_after_ms;
        const zp_endpoint_t *one = zp_endpoint_choose (
            self->all, COUNT, avoid, 0, &self->random, &retry_after_ms);
        for (int j = 0; j < COUNT; j++)
            chosen[j] += one == self->all[j];
    }
}

static void
s_open_breaker (zp_endpoint_t *endpoint)
{
    zp_breaker_ticket_t ticket;
    assert_true (zp_breaker_allow (endpoint->breaker, 0, &ticket));
    zp_breaker_report (endpoint->breaker, 0, ticket, false, 0, 0);
}

static void
test_equals_are_chosen_equally_often (void **state)
{
    s_choice_t *self = *state;
    int chosen[COUNT];
    s_choose (self, NULL, chosen);
    for (int i = 0; i < COUNT; i++)
        assert_in_range (chosen[i], 1800, 2200);
}

static void
test_the_busiest_is_never_chosen_and_others_by_how_busy_they_are (void **state)
{
    s_choice_t *self = *state;
    for (int i = 0; i < COUNT; i++)
        self->all[i]->outstanding = (size_t) i * 10;
    int chosen[COUNT];
    s_choose (self, NULL, chosen);
    //  Of ten pairs the least busy one is in four, the next one wins three ...
    const int expected[COUNT] = {4000, 3000, 2000, 1000, 0};
    for (int i = 0; i < COUNT; i++)
        assert_in_range (chosen[i] + 300, expected[i], expected[i] + 600);
    assert_int_equal (chosen[COUNT - 1], 0);
}

static void
test_the_one_to_avoid_is_chosen_only_if_there_is_no_other (void **state)
{
    s_choice_t *self = *state;
    int chosen[COUNT];
    s_choose (self, self->all[2], chosen);
    assert_int_equal (chosen[2], 0);
    for (int i = 0; i < COUNT; i++)
        if (i != 2)
            s_open_breaker (self->all[i]);
    s_choose (self, self->all[2], chosen);
    assert_int_equal (chosen[2], 10000);
}

static void
test_one_whose_breaker_is_open_is_not_chosen (void **state)
{
    s_choice_t *self = *state;
    s_open_breaker (self->all[0]);
    s_open_breaker (self->all[3]);
    int chosen[COUNT];
    s_choose (self, NULL, chosen);
    assert_int_equal (chosen[0] + chosen[3], 0);
    for (int i = 0; i < COUNT; i++)
        if (i % 3)
            assert_in_range (chosen[i], 3000, 3700);
}

static void
test_if_all_breakers_are_open_the_first_to_close_says_when (void **state)
{
    s_choice_t *self = *state;
    for (int i = 0; i < COUNT; i++) {
        zp_breaker_ticket_t ticket;
        int64_t now_ms = i == 3 ? 0 : 100;
        zp_breaker_allow (self->all[i]->breaker, now_ms, &ticket);
        zp_breaker_report (self->all[i]->breaker, now_ms, ticket, false, 0, 0);
    }
    int64_t retry_after_ms;
    assert_null (zp_endpoint_choose (self->all, COUNT, NULL, 100, &self->random,
                                     &retry_after_ms));
    assert_int_equal (retry_after_ms, 900);
    assert_ptr_equal (zp_endpoint_choose (self->all, COUNT, NULL, 1000,
                                          &self->random, &retry_after_ms),
                      self->all[3]);
}

int
main (void)
{
#define choice_test(test)                                                      \
    cmocka_unit_test_setup_teardown (test, s_set_up, s_tear_down)
    const struct CMUnitTest tests[] = {
        choice_test (test_equals_are_chosen_equally_often),
        choice_test (
            test_the_busiest_is_never_chosen_and_others_by_how_busy_they_are),
        choice_test (test_the_one_to_avoid_is_chosen_only_if_there_is_no_other),
        choice_test (test_one_whose_breaker_is_open_is_not_chosen),
        choice_test (
            test_if_all_breakers_are_open_the_first_to_close_says_when),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
