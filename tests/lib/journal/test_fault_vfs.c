//  SPDX-License-Identifier: MIT
//
//  The disk that other tests rely on: it loses what a disk may lose, no more,
//  and SQLite, well set, survives that.

#include "fault_vfs.h"

#include <sqlite3.h>

#include "files.h"
#include "fixture.h"
#include "test_seed.h"

#define WAL                                                                    \
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"              \
    "PRAGMA wal_autocheckpoint = 8;"
#define ROLLBACK     "PRAGMA journal_mode = DELETE;"
#define TRANSACTIONS 6

//  How a database was found after all transactions that were committed and the
//  one that perhaps was
typedef enum s_verdict {
    S_INTACT,   // It has those, each wholly
    S_LOST,     // It has not all of them
    S_DAMAGED,  // It has parts of them, or can't be read
    S_VERDICTS
} s_verdict_t;

static int
s_set_up (void **state)
{
    fault_vfs_install ();
    return fixture_set_up (state);
}

static int
s_tear_down (void **state)
{
    fault_vfs_remove ();
    return fixture_tear_down (state);
}

static sqlite3 *
s_open (fixture_t *self, const char *settings)
{
    sqlite3 *db;
    int rc = sqlite3_open (self->path, &db);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec (db, settings, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec (db,
                           "BEGIN IMMEDIATE;"
                           "CREATE TABLE IF NOT EXISTS a (number, bytes);"
                           "CREATE TABLE IF NOT EXISTS b (number, bytes);"
                           "COMMIT",
                           NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        return db;
    sqlite3_close (db);
    return NULL;
}

//  Commit as many transactions as go. Returns how many.

static int
s_play (fixture_t *self, const char *settings)
{
    sqlite3 *db = s_open (self, settings);
    int committed = 0;
    for (int rc = SQLITE_OK; db && committed < TRANSACTIONS; committed++) {
        char *sql = sqlite3_mprintf ("BEGIN;"
                                     "INSERT INTO a VALUES (%d, zeroblob (%d));"
                                     "INSERT INTO b SELECT * FROM a "
                                     "WHERE number = %d;"
                                     "UPDATE a SET bytes = hex (bytes) "
                                     "WHERE number = %d;"
                                     "COMMIT",
                                     committed + 1, committed * 1500,
                                     committed + 1, committed - 2);
        rc = sqlite3_exec (db, sql, NULL, NULL, NULL);
        sqlite3_free (sql);
        if (rc != SQLITE_OK)
            break;
    }
    sqlite3_close (db);
    return committed;
}

//  The values of the first row, or false

static bool
s_query (sqlite3 *db, const char *sql, int *values, int count)
{
    sqlite3_stmt *row = NULL;
    bool found = sqlite3_prepare_v2 (db, sql, -1, &row, NULL) == SQLITE_OK &&
                 sqlite3_step (row) == SQLITE_ROW;
    for (int i = 0; found && i < count; i++)
        values[i] = sqlite3_column_int (row, i);
    sqlite3_finalize (row);
    return found;
}

static s_verdict_t
s_examine (fixture_t *self, const char *settings, int committed)
{
    int found[4] = {0}, errors = 1;
    sqlite3 *db = s_open (self, settings);
    bool whole =
        db &&
        s_query (db,
                 "SELECT count (*) - total (integrity_check = 'ok') "
                 "FROM pragma_integrity_check",
                 &errors, 1) &&
        errors == 0 &&
        s_query (db,
                 "SELECT count (*), ifnull (max (number), 0), "
                 "(SELECT count (*) FROM b), "
                 "(SELECT count (*) FROM a WHERE typeof (bytes) = 'text') "
                 "FROM a",
                 found, 4);
    sqlite3_close (db);
    int updated = found[0] > 3 ? found[0] - 3 : 0;
    if (!whole || found[0] != found[1] || found[0] != found[2] ||
        found[3] != updated || found[0] > committed + 1)
        return S_DAMAGED;
    return found[0] < committed ? S_LOST : S_INTACT;
}

//  Play until that happens, lose the power, and look. False if it did not come
//  to it, since all was over before.

static bool
s_try (fixture_t *self, const char *settings, const fault_t *fault,
       s_verdict_t *verdict_p)
{
    fault_vfs_plan (fault);
    int committed = s_play (self, settings);
    bool struck = fault_vfs_struck ();
    fault_vfs_power_off ();
    fault_vfs_restart ();
    *verdict_p = s_examine (self, settings, committed);
    fault_vfs_delete (self->path);
    return struck;
}

//  Do so at each point of all kinds that change something, and count the
//  verdicts.

static void
s_try_all (fixture_t *self, const char *settings, const fault_t *fault,
           int verdicts[S_VERDICTS])
{
    static const fault_op_t ops[] = {FAULT_WRITE, FAULT_TRUNCATE, FAULT_SYNC,
                                     FAULT_DELETE};
    memset (verdicts, 0, S_VERDICTS * sizeof *verdicts);
    fault_t plan = *fault;
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        plan.op = ops[i];
        s_verdict_t verdict;
        for (plan.at = 1; s_try (self, settings, &plan, &verdict); plan.at++) {
            verdicts[verdict]++;
            plan.seed++;
        }
    }
    print_message ("%d intact, %d with losses, %d damaged\n",
                   verdicts[S_INTACT], verdicts[S_LOST], verdicts[S_DAMAGED]);
}

//  Whatever the power loss leaves of what was not synced, nothing is lost

static void
s_survives_all (fixture_t *self, const char *settings)
{
    fault_t fault = {.kind = FAULT_POWER, .seed = test_seed ()};
    for (fault.loss = 0; fault.loss < FAULT_LOSSES; fault.loss++) {
        int verdicts[S_VERDICTS];
        s_try_all (self, settings, &fault, verdicts);
        assert_true (verdicts[S_INTACT] > 50);
        assert_int_equal (verdicts[S_LOST] + verdicts[S_DAMAGED], 0);
    }
}

static void
test_a_synced_log_survives_all_power_losses (void **state)
{
    s_survives_all (*state, WAL "PRAGMA synchronous = FULL");
}

static void
test_a_synced_rollback_journal_survives_all_power_losses (void **state)
{
    s_survives_all (*state, ROLLBACK "PRAGMA synchronous = EXTRA");
}

static void
test_what_was_written_survives_the_end_of_the_program (void **state)
{
    int verdicts[S_VERDICTS];
    s_try_all (*state, WAL "PRAGMA synchronous = OFF",
               &(fault_t){.kind = FAULT_POWER, .loss = FAULT_LOSS_NOTHING},
               verdicts);
    assert_true (verdicts[S_INTACT] > 50);
    assert_int_equal (verdicts[S_LOST] + verdicts[S_DAMAGED], 0);
}

static void
test_what_was_not_synced_does_not_survive_a_power_loss (void **state)
{
    int verdicts[S_VERDICTS];
    s_try_all (*state, WAL "PRAGMA synchronous = OFF",
               &(fault_t){.kind = FAULT_POWER, .loss = FAULT_LOSS_UNSYNCED},
               verdicts);
    assert_true (verdicts[S_LOST] > 50);
}

static void
test_what_was_not_synced_can_survive_in_any_order (void **state)
{
    int verdicts[S_VERDICTS];
    s_try_all (*state, WAL "PRAGMA synchronous = OFF",
               &(fault_t){.kind = FAULT_POWER,
                          .loss = FAULT_LOSS_REORDERED,
                          .seed = test_seed ()},
               verdicts);
    assert_true (verdicts[S_DAMAGED] > 10);
}

static void
test_a_disk_can_lie_about_syncs (void **state)
{
    int verdicts[S_VERDICTS];
    s_try_all (*state, WAL "PRAGMA synchronous = FULL",
               &(fault_t){.kind = FAULT_POWER,
                          .loss = FAULT_LOSS_UNSYNCED,
                          .lying = true},
               verdicts);
    assert_true (verdicts[S_LOST] > 50);
}

//  That is why there is EXTRA
//  (https://sqlite.org/pragma.html#pragma_synchronous)

static void
test_a_deleted_file_is_back_if_the_folder_was_not_synced (void **state)
{
    int verdicts[S_VERDICTS];
    s_try_all (*state, ROLLBACK "PRAGMA synchronous = FULL",
               &(fault_t){.kind = FAULT_POWER, .loss = FAULT_LOSS_UNSYNCED},
               verdicts);
    assert_true (verdicts[S_LOST] > 10);
    assert_int_equal (verdicts[S_DAMAGED], 0);
}

static void
test_each_operation_can_fail_once_or_from_then_on (void **state)
{
    for (int lasting = 0; lasting < 2; lasting++)
        for (fault_kind_t kind = FAULT_ERROR; kind <= FAULT_FULL; kind++) {
            int verdicts[S_VERDICTS];
            s_try_all (*state, WAL "PRAGMA synchronous = FULL",
                       &(fault_t){.kind = kind,
                                  .lasting = lasting,
                                  .loss = FAULT_LOSS_UNSYNCED},
                       verdicts);
            assert_true (verdicts[S_INTACT] > 50);
            assert_int_equal (verdicts[S_LOST] + verdicts[S_DAMAGED], 0);
        }
}

static void
test_a_disk_is_full_after_so_many_bytes (void **state)
{
    fixture_t *self = *state;
    const char *settings = WAL "PRAGMA synchronous = FULL";
    int last = -1;
    for (int room = 8192;; room += 8192) {
        fault_vfs_plan (&(fault_t){.room_bytes = room});
        int committed = s_play (self, settings);
        bool full = fault_vfs_struck ();
        assert_true (full || committed == TRANSACTIONS);
        assert_true (committed >= last);
        last = committed;
        fault_vfs_power_off ();
        fault_vfs_restart ();
        assert_int_equal (s_examine (self, settings, committed), S_INTACT);
        fault_vfs_delete (self->path);
        if (!full)
            break;
    }
}

//  What is in the files after a certain power loss

static char *
s_survivors (fixture_t *self, uint64_t seed)
{
    fault_vfs_plan (&(fault_t){.kind = FAULT_POWER,
                               .op = FAULT_WRITE,
                               .at = 20,
                               .loss = FAULT_LOSS_REORDERED,
                               .seed = seed});
    //  Logs and journals have random numbers of their own
    s_play (self, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF");
    assert_true (fault_vfs_struck ());
    fault_vfs_restart ();
    char *digest = files_digest (self->folder);
    fault_vfs_delete (self->path);
    return digest;
}

static void
test_a_seed_says_what_survives (void **state)
{
    uint64_t seed = test_seed ();
    char *one = s_survivors (*state, seed);
    char *same = s_survivors (*state, seed);
    assert_string_equal (one, same);
    //  Two seeds can have the same effect, such as that nothing is left
    char *other = NULL;
    for (int i = 1; i <= 20 && (!other || streq (one, other)); i++) {
        free (other);
        other = s_survivors (*state, seed + i);
    }
    assert_string_not_equal (one, other);
    free (one);
    free (same);
    free (other);
}

#define DISK_TEST(test)                                                        \
    cmocka_unit_test_setup_teardown (test, s_set_up, s_tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        DISK_TEST (test_a_synced_log_survives_all_power_losses),
        DISK_TEST (test_a_synced_rollback_journal_survives_all_power_losses),
        DISK_TEST (test_what_was_written_survives_the_end_of_the_program),
        DISK_TEST (test_what_was_not_synced_does_not_survive_a_power_loss),
        DISK_TEST (test_what_was_not_synced_can_survive_in_any_order),
        DISK_TEST (test_a_disk_can_lie_about_syncs),
        DISK_TEST (test_a_deleted_file_is_back_if_the_folder_was_not_synced),
        DISK_TEST (test_each_operation_can_fail_once_or_from_then_on),
        DISK_TEST (test_a_disk_is_full_after_so_many_bytes),
        DISK_TEST (test_a_seed_says_what_survives),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
