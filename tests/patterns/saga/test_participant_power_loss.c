//  SPDX-License-Identifier: MIT
//
//  The power is lost, or the disk fails, at each write and each sync. After it
//  money and replies are together as they were before the command that was not
//  confirmed, or as after it; and a coordinator that asks for all of it once
//  more gets to the same end.

#define _POSIX_C_SOURCE 200809L

#include "books.h"
#include "fault_vfs.h"
#include "test_seed.h"

//  ThreadSanitizer takes ten times as long, and what it looks for is the same
//  at all points
#ifdef __SANITIZE_THREAD__
#define POINT_STEP 9
#else
#define POINT_STEP 1
#endif

#define PRINT_MAX 2048

static const struct {
    const char *method;  // What is called; NULL: what is ongoing ends
    const char *key;     // Of which step
    const char *input;   // With what; or how it ends
    const char *says;    // What is replied
} s_steps[] = {
    {"charge", "s1/pay", "{\"cents\":70}", "done {\"paid\":70}"},
    {"charge", "s2/pay", "{\"cents\":2000}",
     "refused NO_MONEY 2000 cents are missing"},
    {"order", "s1/ship", "{}", "ongoing 250"},
    {"refund", "s3/pay", NULL, "done null"},
    {"charge", "s4/pay", "{\"cents\":900}", "done {\"paid\":900}"},
    {NULL, "s1/ship", "refused", "refused BROKEN it fell down"},
    {"refund", "s1/pay", NULL, "done {\"paid\":70}"},
    {"charge", "s3/pay", "{\"cents\":1}",
     "refused COMPENSATED it was compensated before it came"},
    {"order", "s5/ship", "{}", "ongoing 250"},
    {NULL, "s5/ship", "done", "done {\"paid\":100}"},
    {"refund", "s2/pay", NULL, "done null"},
    {"cancel", "s5/ship", NULL, "ongoing 250"},
    {"refund", "s4/pay", NULL, "done {\"paid\":900}"},
    {NULL, "s5/ship", "done", "done {\"paid\":100}"},
    {"charge", "s6/pay", "{\"cents\":500}", "done {\"paid\":500}"},
};

#define STEPS (sizeof s_steps / sizeof *s_steps)

static char s_prints[STEPS + 1][PRINT_MAX];

static int
s_set_up (void **state)
{
    fault_vfs_install ();
    return books_set_up (state);
}

static int
s_tear_down (void **state)
{
    int rc = books_tear_down (state);
    fault_vfs_remove ();
    return rc;
}

static void
s_power_off (books_t *self)
{
    fault_vfs_power_off ();
    books_stop (self);
    fault_vfs_restart ();
}

//  Start with nothing on the disk
static void
s_begin (books_t *self)
{
    s_power_off (self);
    fault_vfs_delete (self->path);
    books_start (self);
}

//  False: it was not confirmed
static bool
s_do (books_t *self, size_t step)
{
    const char *key = s_steps[step].key;
    if (!s_steps[step].method)
        return books_ship (self, key, s_steps[step].input) == ZP_OK;
    books_ask (self, s_steps[step].method, key, s_steps[step].input, NULL);
    if (self->told.status == ZP_OK)
        assert_string_equal (self->told.text, s_steps[step].says);
    return self->told.status == ZP_OK;
}

//  All that is in the database, but for times
static void
s_print (books_t *self, char *print)
{
    static const char sql[] =
        "SELECT group_concat (line, ';') FROM ("
        "SELECT key || ' ' || action || ' ' || said || ' ' ||"
        "  ifnull (compensation, '-') || ' ' || ifnull (compensation_said, '-')"
        "  AS line FROM saga_steps UNION ALL "
        "SELECT key || ' ' || cents FROM payments UNION ALL "
        "SELECT name || ' ' || cents FROM accounts)";
    books_shop (self);
    sqlite3_stmt *row;
    sqlite3 *db = zp_saga_participant_db (self->participant);
    assert_int_equal (sqlite3_prepare_v2 (db, sql, -1, &row, NULL), SQLITE_OK);
    assert_int_equal (sqlite3_step (row), SQLITE_ROW);
    snprintf (print, PRINT_MAX, "%s",
              (const char *) sqlite3_column_text (row, 0));
    sqlite3_finalize (row);
    assert_true (strlen (print) < PRINT_MAX - 1);
}

//  How all is after each step, if nothing goes wrong
static void
s_record (books_t *self)
{
    s_begin (self);
    for (size_t step = 0; step <= STEPS; step++) {
        s_print (self, s_prints[step]);
        //  Only the action that came too late changes nothing
        if (step && step != 8)
            assert_string_not_equal (s_prints[step], s_prints[step - 1]);
        if (step < STEPS)
            assert_true (s_do (self, step));
    }
}

//  It is as after so many steps, or one more. Then whoever began them asks for
//  all again from there on, and for the one before that.
static void
s_goes_on (books_t *self, const fault_t *fault, size_t steps)
{
    char print[PRINT_MAX];
    books_start (self);
    s_print (self, print);
    bool next = steps < STEPS && strcmp (print, s_prints[steps + 1]) == 0;
    if (!next && strcmp (print, s_prints[steps]) != 0)
        fail_msg ("fault %d at operation %d, number %d, loss %d, seed %" PRIu64
                  ", in step %zu:\n%s\nis neither\n%s\nnor\n%s",
                  (int) fault->kind, (int) fault->op, (int) fault->at,
                  (int) fault->loss, fault->seed, steps, print, s_prints[steps],
                  steps < STEPS ? s_prints[steps + 1] : "");
    if (steps && s_steps[steps - 1].method)
        books_ask (self, s_steps[steps - 1].method, s_steps[steps - 1].key,
                   s_steps[steps - 1].input, NULL);
    for (size_t step = steps; step < STEPS; step++) {
        bool again = next && step == steps && !s_steps[step].method;
        assert_true (again || s_do (self, step));
    }
    s_print (self, print);
    assert_string_equal (print, s_prints[STEPS]);
}

//  Nothing is confirmed after a failure, and its owner is told once
static void
s_has_failed (books_t *self, size_t step)
{
    if (s_steps[step].method)
        assert_true (self->told.status == ZP_UNKNOWN ||
                     self->told.status == ZP_UNAVAILABLE);
    books_charge (self, "late/pay", 1);
    assert_int_equal (self->told.status, ZP_UNAVAILABLE);
    assert_int_not_equal (books_ship (self, "s1/ship", "done"), ZP_OK);
    books_status (self, "s1/pay", "action");
    assert_int_equal (self->told.status, ZP_UNAVAILABLE);
    assert_int_equal (self->failures, 1);
    assert_int_not_equal (self->failure, ZP_OK);
    assert_non_null (strstr (self->failed, "books.db: "));
    assert_string_equal (self->failed,
                         zp_saga_participant_error (self->participant));
}

//  Up to a fault. False if it did not come to that
static bool
s_try (books_t *self, const fault_t *fault, bool power_loss)
{
    s_begin (self);
    fault_vfs_plan (fault);
    size_t step = 0;
    while (step < STEPS && s_do (self, step))
        step++;
    bool struck = fault_vfs_struck ();
    assert_true (step == STEPS || struck);
    //  A failure that hits no commit, but the log's room for later, comes when
    //  the reply is out already
    if (step < STEPS)
        s_has_failed (self, step);
    if (power_loss)
        s_power_off (self);
    fault_vfs_plan (NULL);
    s_goes_on (self, fault, step);
    return struck;
}

static void
test_power_losses_at_each_point (void **state)
{
    s_record (*state);
    fault_t fault = {.kind = FAULT_POWER, .seed = test_seed ()};
    int points = 0;
    for (fault.loss = FAULT_LOSS_NOTHING; fault.loss < FAULT_LOSSES;
         fault.loss++)
        for (fault.op = FAULT_WRITE; fault.op <= FAULT_SYNC; fault.op++)
            for (fault.at = 1; s_try (*state, &fault, true);
                 fault.at += POINT_STEP) {
                fault.seed++;
                points++;
            }
    print_message ("%d power losses\n", points);
    assert_in_range (points, 150 / POINT_STEP, 3000);
}

static void
test_failures_at_each_point (void **state)
{
    s_record (*state);
    int points = 0;
    for (fault_kind_t kind = FAULT_ERROR; kind <= FAULT_FULL; kind++)
        for (fault_op_t op = FAULT_WRITE; op <= FAULT_SYNC; op++) {
            fault_t fault = {
                .kind = kind, .op = op, .at = 1, .loss = FAULT_LOSS_UNSYNCED};
            while (s_try (*state, &fault, fault.at % 2)) {
                fault.at += POINT_STEP;
                points++;
            }
        }
    print_message ("%d failures\n", points);
    assert_in_range (points, 60 / POINT_STEP, 3000);
}

//  All was done, and the power is lost while the service starts after that.
//  False if it did not come to that
static bool
s_try_start (books_t *self, const fault_t *fault)
{
    s_begin (self);
    for (size_t step = 0; step < STEPS; step++)
        assert_true (s_do (self, step));
    s_power_off (self);
    fault_vfs_plan (fault);
    zp_status_t status;
    char *error = NULL;
    bool started = books_try_start (self, &status, &error);
    bool struck = fault_vfs_struck ();
    assert_true (struck == !started);
    if (struck) {
        assert_int_not_equal (status, ZP_OK);
        assert_non_null (strstr (error, "books.db: "));
    }
    zstr_free (&error);
    s_power_off (self);
    s_goes_on (self, fault, STEPS);
    return struck;
}

static void
test_power_losses_at_each_point_of_a_start (void **state)
{
    s_record (*state);
    fault_t fault = {.kind = FAULT_POWER, .seed = test_seed ()};
    int points = 0;
    for (fault.op = FAULT_WRITE; fault.op <= FAULT_SYNC; fault.op++)
        for (fault.at = 1; s_try_start (*state, &fault);
             fault.at += POINT_STEP) {
            fault.loss = FAULT_LOSS_UNSYNCED + points++ % 3;
            fault.seed++;
        }
    print_message ("%d power losses\n", points);
    assert_in_range (points, 10 / POINT_STEP, 1000);
}

//  Many commands in one turn, so in one transaction. Each that was confirmed is
//  there; of each other one, effect and reply are there, or neither.
static bool
s_try_crowd (books_t *self, const fault_t *fault)
{
    enum { CROWD = 12 };
    told_t told[CROWD];
    char keys[CROWD][16];
    s_begin (self);
    for (int i = 0; i < CROWD; i++) {
        snprintf (keys[i], sizeof keys[i], "s%d/pay", i);
        //  Every third one was charged before, and is refunded now
        if (i % 3 == 0)
            books_charge (self, keys[i], 10);
    }
    fault_vfs_plan (fault);
    for (int i = 0; i < CROWD; i++)
        books_begin (self, i % 3 ? "charge" : "refund", keys[i],
                     "{\"cents\":10}", NULL, &told[i]);
    for (int i = 0; i < CROWD; i++)
        test_until (self->loop, told[i].ended);
    bool struck = fault_vfs_struck ();
    s_power_off (self);
    fault_vfs_plan (NULL);
    books_start (self);
    for (int i = 0; i < CROWD; i++) {
        bool known = strcmp (books_status (self, keys[i],
                                           i % 3 ? "action" : "compensate"),
                             "done {\"paid\":10}") == 0;
        assert_int_equal (books_charged (self, keys[i]), (i % 3 > 0) == known);
        assert_true (known || told[i].status != ZP_OK);
        assert_true (struck || told[i].status == ZP_OK);
    }
    for (int i = 0; i < CROWD; i++)
        assert_string_equal (books_ask (self, i % 3 ? "charge" : "refund",
                                        keys[i], "{\"cents\":10}", NULL),
                             "done {\"paid\":10}");
    assert_int_equal (books_shop (self), 10 * CROWD * 2 / 3);
    return struck;
}

static void
test_power_losses_while_many_share_a_transaction (void **state)
{
    fault_t fault = {.kind = FAULT_POWER, .seed = test_seed ()};
    int points = 0;
    for (fault.loss = FAULT_LOSS_NOTHING; fault.loss < FAULT_LOSSES;
         fault.loss++)
        for (fault.op = FAULT_WRITE; fault.op <= FAULT_SYNC; fault.op++)
            for (fault.at = 1; s_try_crowd (*state, &fault); fault.at++) {
                fault.seed++;
                points++;
            }
    print_message ("%d power losses\n", points);
    assert_in_range (points, 12, 1000);
}

static void
test_a_service_ends_by_itself_if_nobody_wants_to_be_told (void **state)
{
    books_t *self = *state;
    self->options.failed = NULL;
    s_begin (self);
    assert_true (s_do (self, 0));
    fault_vfs_plan (&(fault_t){.kind = FAULT_FULL, .op = FAULT_WRITE, .at = 1});
    books_begin (self, "charge", "s7/pay", "{\"cents\":1}", NULL, &self->told);
    assert_int_equal (zp_saga_participant_run (self->participant),
                      ZP_RESOURCE_EXHAUSTED);
    const char *error = zp_saga_participant_error (self->participant);
    assert_non_null (strstr (error, "No space left on device"));
    assert_non_null (strstr (error, "start again"));
    test_until (self->loop, self->told.ended);
    assert_int_equal (self->told.status, ZP_UNKNOWN);
    assert_non_null (strstr (self->told.text, error));
}

#define power_test(test)                                                       \
    cmocka_unit_test_setup_teardown (test, s_set_up, s_tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        power_test (test_power_losses_at_each_point),
        power_test (test_failures_at_each_point),
        power_test (test_power_losses_at_each_point_of_a_start),
        power_test (test_power_losses_while_many_share_a_transaction),
        power_test (test_a_service_ends_by_itself_if_nobody_wants_to_be_told),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
