//  SPDX-License-Identifier: MIT
//
//  Thousands of sagas at once, of three kinds, over a network and services that
//  do what they must not, with crashes and operators, all at random. When the
//  faults stop, all end, and what was done is what they say.

#include "sim_world.h"
#include "test_seed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>

#if defined __SANITIZE_THREAD__ || defined __SANITIZE_ADDRESS__
#define SAGAS  1500  // At once, in each world
#define WORLDS 2
#else
#define SAGAS  4000
#define WORLDS 4
#endif

typedef struct weather {
    int percent;  // Of all attempts have a fault
} weather_t;

static sim_fate_t
s_fate (sim_world_t *world, const sim_message_t *message)
{
    const weather_t *weather = world->arg;
    (void) message;
    if (!sim_chance (world, weather->percent))
        return SIM_OK;
    return (sim_fate_t) sim_below (world, SIM_FATES);
}

static zp_span_t
s_id (sim_world_t *world, int saga)
{
    return sim_span (world->sagas[saga].id);
}

//  A signal, early, late, twice, or for a saga that wants none
static void
s_signal (sim_world_t *world, int saga)
{
    zp_saga_core_signal (world->core, s_id (world, saga), sim_span ("yes"),
                         sim_span ("{\"by\": \"ann\"}"), world->now_ms);
    sim_world_settle (world);
}

static void
s_abort (sim_world_t *world, int saga)
{
    zp_saga_view_t view = sim_world_view (world, saga);
    bool can =
        view.state == ZP_SAGA_RUNNING && !(view.started & view.def->forward);
    zp_status_t status = zp_saga_core_order (
        world->core, s_id (world, saga), ZP_SAGA_ABORT, sim_span (""),
        sim_span ("bob"), sim_span ("he wants to"), world->now_ms);
    assert_int_equal (status, can ? ZP_OK : ZP_FAILED_PRECONDITION);
    sim_world_settle (world);
}

static void
s_retry_parked (sim_world_t *world)
{
    for (int i = 0; i < world->saga_count; i++)
        if (sim_world_view (world, i).state == ZP_SAGA_PARKED) {
            zp_status_t status = zp_saga_core_order (
                world->core, s_id (world, i), ZP_SAGA_RETRY, sim_span (""),
                sim_span ("ann"), sim_span ("again"), world->now_ms);
            assert_int_equal (status, ZP_OK);
        }
    sim_world_settle (world);
}

//  What is not on disk may be lost, wholly or in part
static void
s_crash (sim_world_t *world)
{
    uint64_t more = saga_log_last (world->log) - world->written;
    sim_world_crash (world, world->written +
                                (uint64_t) sim_below (world, (int) more + 1));
}

static void
s_storm (sim_world_t *world)
{
    for (int started = 0; started < SAGAS; started++) {
        int count = world->saga_count;
        sim_world_start (world, (size_t) sim_below (world, 3));
        for (int i = 0; i < 3; i++)
            sim_world_turn (world, INT64_MAX / 2);
        if (sim_chance (world, 30))
            s_signal (world, sim_below (world, count + 1));
        if (sim_chance (world, 2))
            s_abort (world, sim_below (world, count + 1));
        if (sim_below (world, SAGAS) < 20)
            s_crash (world);
        if (sim_below (world, SAGAS) < 8)
            s_retry_parked (world);
    }
}

//  All that can be done is done
static void
s_calm_down (sim_world_t *world)
{
    while (sim_world_turn (world, world->now_ms + 3600000))
        if (sim_below (world, 20000) == 0)
            s_crash (world);
}

//  A retriable step that was refused stays so, whatever is tried
static bool
s_is_refused (sim_world_t *world, int saga)
{
    zp_saga_view_t view = sim_world_view (world, saga);
    zp_saga_steps_t steps = view.stuck & view.def->forward;
    bool refused = false;
    for (size_t i = 0; i < view.def->count; i++)
        refused |=
            (steps >> i & 1) && world->sagas[saga].effects[i].state == SIM_NO;
    return refused;
}

static void
s_check_end (sim_world_t *world, size_t ends[ZP_SAGA_STATES])
{
    for (int i = 0; i < world->saga_count; i++) {
        zp_saga_view_t view = sim_world_view (world, i);
        ends[view.state]++;
        if (view.state == ZP_SAGA_PARKED)
            assert_true (s_is_refused (world, i));
        else
            sim_world_audit (world, i);
    }
}

static void
test_when_the_faults_stop_all_end_as_they_say (void **state)
{
    (void) state;
    static const char *const defs[] = {sim_sequence, sim_diamond, sim_waiting};
    uint64_t seed = test_seed (), events = 0, records = 0, crashes = 0;
    size_t ends[ZP_SAGA_STATES] = {0};
    for (int i = 0; i < WORLDS; i++) {
        weather_t weather = {.percent = 10 + 15 * i};
        sim_world_t *world =
            sim_world_new (defs, 3, test_random (&seed), s_fate);
        world->arg = &weather;
        world->replay = true;
        world->disk_ms = 1 + i;
        s_storm (world);
        s_calm_down (world);
        weather.percent = 0;
        for (int again = 0; again < 3; again++) {
            s_retry_parked (world);
            s_calm_down (world);
        }
        s_check_end (world, ends);
        events += world->events;
        records += world->records;
        crashes += world->crashes;
        sim_world_destroy (&world);
    }
    print_message ("%" PRIu64 " events, %" PRIu64 " records, %" PRIu64
                   " crashes; %zu completed, %zu compensated, %zu parked\n",
                   events, records, crashes, ends[ZP_SAGA_COMPLETED],
                   ends[ZP_SAGA_COMPENSATED], ends[ZP_SAGA_PARKED]);
    assert_int_equal (ends[ZP_SAGA_RUNNING] + ends[ZP_SAGA_COMPENSATING], 0);
    assert_true (ends[ZP_SAGA_COMPLETED] > 0 && ends[ZP_SAGA_COMPENSATED] > 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_when_the_faults_stop_all_end_as_they_say),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
