//  SPDX-License-Identifier: MIT
//
//  Each operation on the disk fails, in turn: when a journal is made, written
//  and closed. Its owner is told once, why and what to do; nothing is confirmed
//  after that; and started again, with or without a power loss in between, the
//  journal has all that was.

#include "history.h"
#include "test_seed.h"

#define SCRIPT 6  // The seed of the history
#define BLOCKS 6

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

//  The text is for a person: what and where, and what to do

static void
s_is_told (history_t *history, fault_kind_t kind)
{
    fixture_t *fixture = history->fixture;
    bool fits = kind == FAULT_ERROR ? fixture->status == ZP_DATA_LOSS ||
                                          fixture->status == ZP_INTERNAL
                                    : fixture->status == ZP_RESOURCE_EXHAUSTED;
    history_must (history, fits, zp_status_name (fixture->status));
    history_must (history, strstr (fixture->error, fixture->path) != NULL,
                  "the text does not name the file");
    history_must (history, strstr (fixture->error, "; ") != NULL,
                  "the text does not say what to do");
}

//  An owner that does not care goes on, in vain

static void
s_go_on_in_vain (history_t *history)
{
    fixture_t *fixture = history->fixture;
    uint64_t committed = fixture->committed;
    size_t blocks = history->blocks;
    fixture->fetched = 0;
    for (int i = 0; i < 3; i++) {
        history_block (history);
        zp_journal_fetch (fixture->journal, 1);
    }
    history_must (history, fixture->failures == 1, "it failed twice");
    history_must (history, fixture->committed == committed,
                  "it confirmed after a failure");
    history_must (history, fixture->fetched == 0, "it read after a failure");
    //  These must not be there when it is opened again
    history->blocks = blocks;
}

//  The script until something fails, and the end of the program. False if
//  nothing happened.

static bool
s_try (history_t *history, const fault_t *fault)
{
    fixture_t *fixture = history->fixture;
    history_plan (history, fault);
    bool opened = history_open (history);
    if (opened)
        history_play (history, BLOCKS);
    bool failed = !opened || fixture->failures;
    if (failed)
        s_is_told (history, fault->kind);
    history_must (history, fault_vfs_struck () || !failed, "without a fault");
    //  Of other failures some are of no consequence
    history_must (history,
                  failed || fault->op != FAULT_SYNC || !fault_vfs_struck (),
                  "nobody was told");
    if (opened && failed)
        s_go_on_in_vain (history);
    zp_journal_destroy (&fixture->journal);
    return fault_vfs_struck ();
}

static void
s_try_all (void **state, fault_kind_t kind, bool lasting, bool power_loss)
{
    int points[FAULT_OPS] = {0};
    fault_t fault = {
        .kind = kind, .lasting = lasting, .loss = FAULT_LOSS_UNSYNCED};
    for (fault.op = 0; fault.op < FAULT_OPS; fault.op++) {
        bool struck = true;
        for (fault.at = 1; struck; fault.at += HISTORY_STEP) {
            history_t *history = history_new (*state, SCRIPT);
            struck = s_try (history, &fault);
            points[fault.op] += struck;
            if (power_loss)
                history_power_off (history);
            history_goes_on (history);
            history_destroy (&history);
        }
    }
    print_message ("failed: %d opens, %d reads, %d writes, %d truncations, "
                   "%d syncs, %d deletions\n",
                   points[FAULT_OPEN], points[FAULT_READ], points[FAULT_WRITE],
                   points[FAULT_TRUNCATE], points[FAULT_SYNC],
                   points[FAULT_DELETE]);
    assert_in_range (points[FAULT_WRITE], 50 / HISTORY_STEP, 1000);
    assert_in_range (points[FAULT_SYNC], 10 / HISTORY_STEP, 1000);
}

static void
test_an_error_and_the_program_started_again (void **state)
{
    s_try_all (state, FAULT_ERROR, false, false);
}

static void
test_an_error_and_a_power_loss (void **state)
{
    s_try_all (state, FAULT_ERROR, false, true);
}

static void
test_a_moment_without_room_and_the_program_started_again (void **state)
{
    s_try_all (state, FAULT_FULL, false, false);
}

static void
test_a_disk_that_is_full_and_a_power_loss (void **state)
{
    s_try_all (state, FAULT_FULL, true, true);
}

//  More and more room, until it does for the whole script

static void
test_a_disk_of_any_size_that_gets_full (void **state)
{
    bool struck = true;
    int sizes = 0;
    for (int room = 1000; struck; room += room / 20 + 1000, sizes++) {
        history_t *history = history_new (*state, SCRIPT);
        struck = s_try (history, &(fault_t){.room_bytes = room});
        history_goes_on (history);
        history_destroy (&history);
    }
    print_message ("%d sizes\n", sizes);
    assert_in_range (sizes, 20, 200);
}

//  After a failed sync the program is started again, and sees what it had
//  written though the disk does not have it. When it is opened, the power is
//  lost.

static void
test_a_failed_sync_and_a_power_loss_when_it_is_opened_again (void **state)
{
    uint64_t seed = test_seed ();
    int points = 0;
    bool failed = true;
    fault_t sync = {.kind = FAULT_ERROR, .op = FAULT_SYNC};
    for (sync.at = 1; failed; sync.at += HISTORY_STEP) {
        fault_t loss = {.kind = FAULT_POWER, .loss = FAULT_LOSS_REORDERED};
        for (loss.op = FAULT_WRITE; loss.op <= FAULT_SYNC; loss.op++) {
            bool struck = failed;
            for (loss.at = 1; struck; loss.at += HISTORY_STEP) {
                history_t *history = history_new (*state, SCRIPT);
                failed = s_try (history, &sync);
                loss.seed = seed++;
                history_plan (history, &loss);
                history_open (history);
                struck = fault_vfs_struck ();
                points += struck;
                history_power_off (history);
                history_goes_on (history);
                history_destroy (&history);
            }
        }
    }
    print_message ("%d power losses\n", points);
    assert_in_range (points, 100 / HISTORY_STEP, 3000);
}

#define DISK_TEST(test)                                                        \
    cmocka_unit_test_setup_teardown (test, s_set_up, s_tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        DISK_TEST (test_an_error_and_the_program_started_again),
        DISK_TEST (test_an_error_and_a_power_loss),
        DISK_TEST (test_a_moment_without_room_and_the_program_started_again),
        DISK_TEST (test_a_disk_that_is_full_and_a_power_loss),
        DISK_TEST (test_a_disk_of_any_size_that_gets_full),
        DISK_TEST (test_a_failed_sync_and_a_power_loss_when_it_is_opened_again),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
