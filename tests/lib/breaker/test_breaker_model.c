//  SPDX-License-Identifier: MIT
//
//  Random calls, reports (late ones, probes twice), forgotten calls and pauses,
//  on a breaker and on a naive model of it that keeps all of its history.

#include "zp_breaker.h"
#include "test_seed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define STEPS      3000
#define MAX_PROBES 5

enum { FREE = -1, TAKEN_FOR_GOOD = -2 };

typedef struct s_call {
    zp_breaker_ticket_t ticket;  // As the breaker gave it
    int epoch;                   // Model's, when it was allowed
    int64_t expires_ms;          // If it is a probe
    bool ended;                  // Reported or forgotten
} s_call_t;

typedef struct s_model {
    zp_breaker_options_t options;
    zp_breaker_state_t state;
    int epoch;               // Changes of state up to now
    int64_t now_ms;          // Time
    int64_t reopens_ms;      // When OPEN ends
    s_call_t calls[STEPS];   // All that were ever allowed
    int call_count;          // How many
    bool failed[STEPS];      // All outcomes since it closed
    bool slow[STEPS];        // The same
    int outcome_count;       // How many
    int places[MAX_PROBES];  // Index of the call that has it, or FREE ..
} s_model_t;

static void
s_enter (s_model_t *model, zp_breaker_state_t state)
{
    model->state = state;
    model->epoch++;
    model->outcome_count = 0;
    for (int place = 0; place < MAX_PROBES; place++)
        model->places[place] = FREE;
}

static int64_t
s_place_wait (const s_model_t *model, int place)
{
    int holder = model->places[place];
    if (holder == FREE)
        return 0;
    if (holder == TAKEN_FOR_GOOD)
        return INT64_MAX;
    int64_t left_ms = model->calls[holder].expires_ms - model->now_ms;
    return left_ms > 0 ? left_ms : 0;
}

//  Milliseconds until a call may pass; leaves OPEN when its time is over

static int64_t
s_retry_after (s_model_t *model)
{
    if (model->state == ZP_BREAKER_CLOSED)
        return 0;
    if (model->state == ZP_BREAKER_OPEN) {
        if (model->now_ms < model->reopens_ms)
            return model->reopens_ms - model->now_ms;
        s_enter (model, ZP_BREAKER_HALF_OPEN);
    }
    int64_t least_ms = INT64_MAX;
    for (int place = 0; place < model->options.probes; place++) {
        int64_t wait_ms = s_place_wait (model, place);
        if (wait_ms < least_ms)
            least_ms = wait_ms;
    }
    return least_ms;
}

//  Which of several places a probe gets is the breaker's choice, but it must be
//  one that was to be had.

static void
s_allowed (s_model_t *model, zp_breaker_ticket_t ticket)
{
    s_call_t *call = &model->calls[model->call_count];
    *call = (s_call_t){.ticket = ticket, .epoch = model->epoch};
    if (model->state == ZP_BREAKER_HALF_OPEN) {
        int place = ticket.probe - 1;
        assert_in_range (place, 0, model->options.probes - 1);
        int holder = model->places[place];
        assert_true (
            holder == FREE ||
            (holder >= 0 && model->calls[holder].expires_ms <= model->now_ms));
        model->places[place] = model->call_count;
        call->expires_ms = model->now_ms + model->options.probe_lease_ms;
    }
    model->call_count++;
}

static bool
s_verdict (const s_model_t *model)
{
    const zp_breaker_options_t *options = &model->options;
    if (model->outcome_count < options->min_calls)
        return false;
    int calls = 0;
    int failed = 0;
    int slow = 0;
    for (int i = model->outcome_count - 1; i >= 0 && calls < options->window;
         i--, calls++) {
        failed += model->failed[i];
        slow += model->slow[i];
    }
    return failed * 100 >= options->failure_percent * calls ||
           slow * 100 >= options->slow_percent * calls;
}

//  True if the report opened it

static bool
s_report (s_model_t *model, int index, bool ok, int elapsed_ms)
{
    bool slow =
        model->options.slow_ms > 0 && elapsed_ms > model->options.slow_ms;
    s_call_t *call = &model->calls[index];
    call->ended = true;
    if (call->epoch != model->epoch)
        return false;
    if (model->state == ZP_BREAKER_CLOSED) {
        model->failed[model->outcome_count] = !ok;
        model->slow[model->outcome_count++] = slow;
        return s_verdict (model);
    }
    int *place = &model->places[call->ticket.probe - 1];
    if (*place != index)
        return false;
    if (!ok || slow)
        return true;
    *place = TAKEN_FOR_GOOD;
    int succeeded = 0;
    for (int i = 0; i < model->options.probes; i++)
        succeeded += model->places[i] == TAKEN_FOR_GOOD;
    if (succeeded == model->options.probes)
        s_enter (model, ZP_BREAKER_CLOSED);
    return false;
}

static void
s_forget (s_model_t *model, int index)
{
    s_call_t *call = &model->calls[index];
    call->ended = true;
    if (call->epoch == model->epoch && model->state == ZP_BREAKER_HALF_OPEN &&
        model->places[call->ticket.probe - 1] == index)
        model->places[call->ticket.probe - 1] = FREE;
}

static void
s_try_call (s_model_t *model, zp_breaker_t *breaker)
{
    bool expected = s_retry_after (model) == 0;
    zp_breaker_ticket_t ticket;
    assert_int_equal (zp_breaker_allow (breaker, model->now_ms, &ticket),
                      expected);
    if (expected)
        s_allowed (model, ticket);
}

static void
s_end_call (s_model_t *model, zp_breaker_t *breaker, int failing,
            uint64_t *seed)
{
    //  Mostly a recent one
    int back = test_below (seed, test_below (seed, 10) ? 8 : STEPS);
    int index = model->call_count - 1 - back;
    if (index < 0)
        return;
    s_call_t *call = &model->calls[index];
    if (call->ended && call->ticket.probe == 0)
        return;  // Only a probe's ticket is guarded against a second use
    if (test_below (seed, 10) == 0) {
        zp_breaker_forget (breaker, call->ticket);
        s_forget (model, index);
        return;
    }
    bool ok = test_below (seed, 100) >= failing;
    int elapsed_ms = test_below (seed, 120);
    zp_breaker_report (breaker, model->now_ms, call->ticket, ok, elapsed_ms,
                       test_random (seed));
    if (s_report (model, index, ok, elapsed_ms)) {
        //  Any length that the jitter allows is right
        int open_ms = model->options.open_ms;
        int jitter_ms = open_ms * model->options.open_jitter_percent / 100;
        int64_t wait_ms = zp_breaker_retry_after (breaker, model->now_ms);
        assert_in_range (wait_ms, open_ms, open_ms + jitter_ms);
        s_enter (model, ZP_BREAKER_OPEN);
        model->reopens_ms = model->now_ms + wait_ms;
    }
}

static void
s_simulate (s_model_t *model, uint64_t *seed)
{
    *model =
        (s_model_t){.options = {.window = 1 + test_below (seed, 30),
                                .failure_percent = 1 + test_below (seed, 100),
                                .slow_ms = test_below (seed, 2) * 100,
                                .slow_percent = 1 + test_below (seed, 100),
                                .open_ms = test_below (seed, 500),
                                .open_jitter_percent = test_below (seed, 150),
                                .probes = 1 + test_below (seed, MAX_PROBES),
                                .probe_lease_ms = 1 + test_below (seed, 100)}};
    model->options.min_calls = 1 + test_below (seed, model->options.window);
    s_enter (model, ZP_BREAKER_CLOSED);
    zp_breaker_t *breaker = zp_breaker_new (&model->options);

    int failing = test_below (seed, 60);
    for (int step = 0; step < STEPS; step++) {
        int dice = test_below (seed, 100);
        if (dice < 45)
            s_try_call (model, breaker);
        else if (dice < 90)
            s_end_call (model, breaker, failing, seed);
        else
            model->now_ms += test_below (seed, 100);
        assert_int_equal (zp_breaker_retry_after (breaker, model->now_ms),
                          s_retry_after (model));
        assert_int_equal (zp_breaker_state (breaker, model->now_ms),
                          model->state);
    }
    zp_breaker_destroy (&breaker);
}

static void
test_a_breaker_does_what_a_naive_model_does (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    static s_model_t model;
    int epochs = 0;
    for (int round = 0; round < 300; round++) {
        s_simulate (&model, &seed);
        epochs += model.epoch;
    }
    //  It did go around: else all this has shown little
    assert_true (epochs > 3000);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_breaker_does_what_a_naive_model_does),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
