//  SPDX-License-Identifier: MIT
//
//  Every fault at every step in both directions, once and until the attempts
//  run out, and with each a crash before and after every write, commit and
//  send: whatever happens, the saga ends, and what was done is what its state
//  says.

#include "sim_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

#if defined __SANITIZE_THREAD__ || defined __SANITIZE_ADDRESS__
#define EVERY 7  // Crash: slow, and the others are for the release build
#else
#define EVERY 1
#endif

//  One run
typedef struct scenario {
    int refused;          // This step says no; -1: none does
    int step;             // This step has the fault
    zp_saga_verb_t verb;  // In this direction
    sim_fate_t fate;      // This one
    int attempts;         // At the first so many
    int crash;            // It dies at this point; 0: never
    bool lossy;           // What it has not on disk then is lost
    int points;           // That there were up to now
    int struck;           // How often the fault has happened
} scenario_t;

static sim_fate_t
s_fate (sim_world_t *world, const sim_message_t *message)
{
    scenario_t *self = world->arg;
    if (message->step == self->step && message->verb == self->verb &&
        self->struck < self->attempts && !message->ask) {
        self->struck++;
        return self->fate;
    }
    if (message->step == self->refused && message->verb == ZP_SAGA_ACTION)
        return SIM_REFUSED;
    return SIM_OK;
}

static bool
s_point (sim_world_t *world)
{
    scenario_t *self = world->arg;
    return ++self->points == self->crash;
}

static void
s_order (sim_world_t *world, zp_saga_order_t order)
{
    assert_int_equal (zp_saga_core_order (world->core, sim_span ("s0"), order,
                                          sim_span (""), sim_span ("ann"),
                                          sim_span ("again"), world->now_ms),
                      ZP_OK);
    sim_world_settle (world);
}

//  Until it has ended. A person lets it go on where it is parked; a step that
//  is refused behind the point of no return is done by hand in the end.
static void
s_run (sim_world_t *world)
{
    for (int parked = 0;; parked++) {
        while (sim_world_turn (world, SIM_START_MS + 3600000))
            ;
        if (sim_world_view (world, 0).state != ZP_SAGA_PARKED)
            break;
        assert_true (parked < 3);
        s_order (world, parked < 2 ? ZP_SAGA_RETRY : ZP_SAGA_COMPLETE);
        if (parked == 2)
            return;
    }
    sim_world_audit (world, 0);
}

//  Run it once with a crash at that point; returns how many points there were
static int
s_try (const char *def, scenario_t scenario, int crash, bool *struck_p)
{
    scenario.crash = crash;
    sim_world_t *world = sim_world_new (&def, 1, 1, s_fate);
    world->point = s_point;
    world->arg = &scenario;
    world->replay = true;
    world->lossy = scenario.lossy;
    sim_world_start (world, 0);
    s_run (world);
    assert_int_equal (world->crashes, crash ? 1 : 0);
    *struck_p = scenario.struck > 0;
    sim_world_destroy (&world);
    return scenario.points;
}

static void
s_try_all (const char *name, const char *def, int steps)
{
    int cases = 0, struck = 0, scenarios = 0;
    bool hit[SIM_STEPS][2][SIM_FATES] = {0};
    for (int refused = -1; refused < steps; refused++)
        for (int i = 0; i < steps * 4 * SIM_FATES; i++) {
            scenario_t scenario = {
                .refused = refused,
                .step = i / (4 * SIM_FATES),
                .verb = i / SIM_FATES % 2 ? ZP_SAGA_COMPENSATE : ZP_SAGA_ACTION,
                .attempts = i / (2 * SIM_FATES) % 2 ? 4 : 1,  // Of 4
                .fate = (sim_fate_t) (i % SIM_FATES)};
            bool now;
            int points = s_try (def, scenario, 0, &now);
            hit[scenario.step][scenario.verb][scenario.fate] |= now;
            scenarios++;
            struck += now;
            if (!now)
                continue;  // It is the same as without
            for (int crash = 1; crash <= points; crash += EVERY, cases += 2) {
                scenario.lossy = false;
                s_try (def, scenario, crash, &now);
                scenario.lossy = true;
                s_try (def, scenario, crash, &now);
            }
        }
    for (int step = 0; step < 2; step++)
        for (int verb = 0; verb < 2; verb++)
            for (int fate = 0; fate < SIM_FATES; fate++)
                assert_true (hit[step][verb][fate]);
    print_message ("%s: %d of %d faults were met, %d crashes\n", name, struck,
                   scenarios, cases);
    assert_true (cases > 1000);
}

static void
test_a_sequence_of_four_steps (void **state)
{
    (void) state;
    s_try_all ("sequence", sim_sequence, 4);
}

static void
test_a_diamond (void **state)
{
    (void) state;
    s_try_all ("diamond", sim_diamond, 5);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_sequence_of_four_steps),
        cmocka_unit_test (test_a_diamond),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
