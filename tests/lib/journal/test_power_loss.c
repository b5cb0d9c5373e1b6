//  SPDX-License-Identifier: MIT
//
//  The power is lost at each operation that changes the disk: when a journal is
//  made, written, moved from its log to the database, closed, opened again.
//  What was confirmed is there, no block is divided, nothing comes back, no
//  number is used twice, and nobody has to help.

#include "history.h"
#include "test_seed.h"

#define SCRIPT        6  // The seed of the history that is always the same
#define BLOCKS        6
#define RANDOM        100  // Histories that are not
#define RANDOM_BLOCKS 25
#define BIG_POINTS    5

static const fault_op_t s_ops[] = {FAULT_WRITE, FAULT_TRUNCATE, FAULT_SYNC,
                                   FAULT_DELETE};

#define OPS (sizeof s_ops / sizeof *s_ops)

static int
s_set_up (void **state)
{
    fault_vfs_install ();
    return fixture_set_up (state);
}

static int
s_tear_down (void **state)
{
    int rc = fixture_tear_down (state);
    fault_vfs_remove ();
    return rc;
}

//  The script up to a fault. False if the fault did not come.

static bool
s_try (fixture_t *self, const fault_t *fault)
{
    history_t *history = history_new (self, SCRIPT);
    history_plan (history, fault);
    if (history_open (history))
        history_play (history, BLOCKS);
    zp_journal_destroy (&self->journal);
    bool struck = fault_vfs_struck ();
    history_power_off (history);
    history_goes_on (history);
    history_destroy (&history);
    return struck;
}

static void
test_each_point_of_a_history (void **state)
{
    uint64_t seed = test_seed ();
    int points = 0;
    for (size_t op = 0; op < OPS; op++) {
        fault_t fault = {.kind = FAULT_POWER, .op = s_ops[op]};
        for (fault.loss = FAULT_LOSS_UNSYNCED; fault.loss < FAULT_LOSSES;
             fault.loss++)
            for (fault.at = 1, fault.seed = seed; s_try (*state, &fault);
                 fault.at += HISTORY_STEP) {
                fault.seed++;
                points++;
            }
    }
    print_message ("%d power losses\n", points);
    assert_in_range (points, 200 / HISTORY_STEP, 3000);
}

//  The power is lost in the script, and again when the journal is opened after
//  that. False if the second fault did not come.

static bool
s_try_twice (fixture_t *self, const fault_t *first, const fault_t *second)
{
    history_t *history = history_new (self, SCRIPT);
    history_plan (history, first);
    if (history_open (history))
        history_play (history, BLOCKS);
    history_power_off (history);
    history_plan (history, second);
    history_open (history);
    bool struck = fault_vfs_struck ();
    history_power_off (history);
    history_goes_on (history);
    history_destroy (&history);
    return struck;
}

static void
test_each_point_of_opening_it_after_a_power_loss (void **state)
{
    uint64_t seed = test_seed ();
    int points = 0;
    for (uint64_t at = 5; at < 120; at += 40) {
        fault_t first = {.kind = FAULT_POWER,
                         .op = FAULT_WRITE,
                         .at = at,
                         .loss = FAULT_LOSS_UNSYNCED + at / 40,
                         .seed = seed + at};
        for (size_t op = 0; op < OPS; op++) {
            fault_t second = {.kind = FAULT_POWER, .op = s_ops[op]};
            for (second.loss = FAULT_LOSS_UNSYNCED; second.loss < FAULT_LOSSES;
                 second.loss++)
                for (second.at = 1, second.seed = seed;
                     s_try_twice (*state, &first, &second);
                     second.at += HISTORY_STEP) {
                    second.seed++;
                    points++;
                }
        }
    }
    print_message ("%d power losses\n", points);
    assert_in_range (points, 100 / HISTORY_STEP, 3000);
}

//  Blocks that do not wait for each other, and are committed as it comes

static void
test_random_points_of_random_histories (void **state)
{
    fixture_t *self = *state;
    uint64_t seed = test_seed ();
    int struck = 0;
    for (int i = 0; i < RANDOM / HISTORY_STEP; i++) {
        history_t *history = history_new (self, test_random (&seed));
        bool sync = test_below (&seed, 3) == 0;
        fault_t fault = {.kind = FAULT_POWER,
                         .op = sync ? FAULT_SYNC : FAULT_WRITE};
        fault.at = 1 + (uint64_t) test_below (&seed, sync ? 20 : 100);
        fault.loss = (fault_loss_t) test_below (&seed, FAULT_LOSSES);
        fault.seed = test_random (&seed);
        history_plan (history, &fault);
        int blocks = history_open (history) ? RANDOM_BLOCKS : 0;
        while (blocks-- > 0 && !self->failures)
            if (test_below (&seed, 4))
                history_block (history);
            else
                history_play (history, 1);
        struck += fault_vfs_struck ();
        history_power_off (history);
        history_goes_on (history);
        history_destroy (&history);
    }
    print_message ("%d power losses within a history, %d after it\n", struck,
                   RANDOM / HISTORY_STEP - struck);
    assert_in_range (struck, RANDOM / HISTORY_STEP / 2, RANDOM);
}

//  After how many big blocks the log moves to the database

static int
s_big_blocks (fixture_t *self)
{
    history_t *history = history_new (self, SCRIPT);
    history_plan (history, &(fault_t){.database = true});
    history_must (history, history_open (history), "it does not open");
    uint64_t before = fault_vfs_count (FAULT_SYNC);
    int blocks = 0;
    while (fault_vfs_count (FAULT_SYNC) == before && blocks < 100) {
        history_play_big (history, 1);
        blocks++;
    }
    history_destroy (&history);
    return blocks;
}

//  How many operations there were after so many big blocks

static uint64_t
s_count (fixture_t *self, int blocks, const fault_t *fault)
{
    history_t *history = history_new (self, SCRIPT);
    history_plan (history, &(fault_t){.database = fault->database});
    history_must (history, history_open (history), "it does not open");
    history_play_big (history, blocks);
    uint64_t count = fault_vfs_count (fault->op);
    history_destroy (&history);
    return count;
}

//  Lose the power at some points of those between so many big blocks and so
//  many. Returns how many points.

static int
s_try_big (fixture_t *self, int from, int to, const fault_t *fault)
{
    fault_t plan = *fault;
    uint64_t first = s_count (self, from, fault);
    uint64_t last = s_count (self, to, fault);
    assert_true (last > first);
    uint64_t step = (last - first - 1) / BIG_POINTS + 1;
    int points = 0;
    for (plan.at = first + 1; plan.at <= last; plan.at += step) {
        plan.loss = FAULT_LOSS_UNSYNCED + points++ % 3;
        plan.seed++;
        history_t *history = history_new (self, SCRIPT);
        history_plan (history, &plan);
        history_must (history, history_open (history), "it does not open");
        history_play_big (history, to + 1);
        history_must (history, fault_vfs_struck (), "no fault");
        history_power_off (history);
        history_goes_on (history);
        history_destroy (&history);
    }
    return points;
}

static void
test_points_of_moving_the_log_to_the_database (void **state)
{
    int blocks = s_big_blocks (*state);
    assert_in_range (blocks, 2, 99);
    fault_t fault = {
        .kind = FAULT_POWER, .op = FAULT_WRITE, .seed = test_seed ()};
    int after = s_try_big (*state, blocks + 1, blocks + 2, &fault);
    fault.database = true;
    int within = s_try_big (*state, blocks - 2, blocks + 1, &fault);
    fault.op = FAULT_SYNC;
    within += s_try_big (*state, blocks - 2, blocks + 1, &fault);
    print_message ("after %d MiB: %d power losses in it, %d after it\n", blocks,
                   within, after);
}

#define DISK_TEST(test)                                                        \
    cmocka_unit_test_setup_teardown (test, s_set_up, s_tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        DISK_TEST (test_each_point_of_a_history),
        DISK_TEST (test_each_point_of_opening_it_after_a_power_loss),
        DISK_TEST (test_random_points_of_random_histories),
        DISK_TEST (test_points_of_moving_the_log_to_the_database),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
