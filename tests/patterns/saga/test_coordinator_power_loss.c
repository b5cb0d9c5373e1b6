//  SPDX-License-Identifier: MIT
//
//  The power is lost, the program dies, or the disk fails, at each write and
//  each sync while a coordinator does all that it can do. What it confirmed
//  holds, and when it is started again all that was begun is ended.

#define _POSIX_C_SOURCE 200809L

#include "course.h"
#include "test_seed.h"

//  Start it again, and lose the power at some points once more while what was
//  open goes on
static void
s_start_again (course_t *self, const fault_t *fault)
{
    fault_vfs_plan (&(fault_t){.loss = FAULT_LOSS_UNSYNCED});
    fixture_start (self->fixture);
    if (fault->at % 2) {
        fixture_ask (self->fixture, "saga.stat", NULL);
        course_power_off (self);
        fixture_start (self->fixture);
    }
    course_go_on (self);
}

//  All of it up to a power loss. False if it did not come to that
static bool
s_try (course_t *self, const fault_t *fault)
{
    course_begin (self);
    course_plan (self, fault);
    bool done = course_run (self);
    bool struck = fault_vfs_struck ();
    course_must (self, done || struck, "it failed without a fault");
    course_power_off (self);
    s_start_again (self, fault);
    return struck;
}

static void
test_a_power_loss_or_a_kill_at_each_point (void **state)
{
    fault_t fault = {.kind = FAULT_POWER, .seed = test_seed ()};
    int points = 0, step = course_step ();
    for (fault.loss = FAULT_LOSS_NOTHING; fault.loss < FAULT_LOSSES;
         fault.loss++)
        for (fault.op = FAULT_WRITE; fault.op <= FAULT_SYNC; fault.op++)
            for (fault.at = 1 + (uint64_t) test_below (&fault.seed, step);
                 s_try (*state, &fault); fault.at += (uint64_t) step) {
                fault.seed++;
                points++;
            }
    print_message ("%d power losses\n", points);
    assert_in_range (points, 150 / step, 6000);
}

//  The power is lost when all are at it, and again when the coordinator starts
//  after that. False if the latter did not come
static bool
s_try_start (course_t *self, const fault_t *fault)
{
    course_begin (self);
    fault_vfs_plan (&(fault_t){.kind = FAULT_POWER,
                               .op = FAULT_SYNC,
                               .at = 20,
                               .loss = FAULT_LOSS_UNSYNCED});
    assert_false (course_run (self));
    course_power_off (self);
    course_plan (self, fault);
    char *error = NULL;
    fixture_t *fixture = self->fixture;
    fixture->coordinator = zp_saga_coordinator_new (
        fixture->loop, &fixture->options, NULL, &error);
    bool struck = fault_vfs_struck ();
    course_must (self, struck == !fixture->coordinator, "it did not matter");
    course_must (self, !struck || strstr (error, "saga.db"),
                 "the error does not say where");
    zstr_free (&error);
    course_power_off (self);
    s_start_again (self, fault);
    return struck;
}

static void
test_a_power_loss_at_each_point_of_a_recovery (void **state)
{
    fault_t fault = {.kind = FAULT_POWER, .seed = test_seed ()};
    int points = 0;
    uint64_t step = course_step () > 1 ? 3 : 1;
    for (fault.op = FAULT_WRITE; fault.op <= FAULT_SYNC; fault.op++)
        for (fault.at = 1; s_try_start (*state, &fault); fault.at += step) {
            fault.loss = FAULT_LOSS_UNSYNCED + points++ % 3;
            fault.seed++;
        }
    print_message ("%d power losses\n", points);
    assert_in_range (points, 3, 1000);
}

//  Whoever asks after a failure gets no confirmation, and no service is told
//  anything more
static void
s_ask_in_vain (course_t *self)
{
    fixture_t *fixture = self->fixture;
    course_must (self, fixture->told.status == ZP_UNKNOWN,
                 "the outcome is not said to be unknown");
    course_must (self, strstr (fixture->told.text, "saga.db: ") != NULL,
                 "the failure does not say where");
    size_t commands = player_count (fixture->player);
    told_t *late = zmalloc (sizeof *late);
    fixture_begin (fixture, late, "saga.start", "line", "late", "{}", NULL);
    for (int turn = 0; turn < 3; turn++)
        test_turn (fixture->loop);
    zp_saga_coordinator_destroy (&fixture->coordinator);
    test_until (fixture->loop, late->ended);
    course_must (self, late->status != ZP_OK,
                 "it was confirmed after a failure");
    course_must (self, player_count (fixture->player) == commands,
                 "a service was told something after a failure");
    free (late);
}

//  The disk fails, and the coordinator is started again when it works again,
//  with a power loss in between or without. False if it did not come to that
static bool
s_try_error (course_t *self, const fault_t *fault, bool power_loss)
{
    course_begin (self);
    course_plan (self, fault);
    bool done = course_run (self);
    bool struck = fault_vfs_struck ();
    course_must (self, done || struck, "it failed without a fault");
    if (!done)
        s_ask_in_vain (self);
    if (power_loss)
        course_power_off (self);
    s_start_again (self, fault);
    return struck;
}

static void
test_a_failure_at_each_point (void **state)
{
    uint64_t seed = test_seed ();
    int points = 0, step = course_step ();
    for (fault_kind_t kind = FAULT_ERROR; kind <= FAULT_FULL; kind++)
        for (fault_op_t op = FAULT_WRITE; op <= FAULT_SYNC; op++) {
            fault_t fault = {
                .kind = kind, .op = op, .loss = FAULT_LOSS_UNSYNCED};
            fault.at = 1 + (uint64_t) test_below (&seed, step);
            while (s_try_error (*state, &fault, fault.at % 2)) {
                fault.at += (uint64_t) step;
                points++;
            }
        }
    print_message ("%d failures\n", points);
    assert_in_range (points, 100 / step, 3000);
}

//  The power goes when that command has come
typedef struct fuse {
    size_t at;      // The how manieth, from 1
    size_t count;   // So many have come
    char key[100];  // Of that one
    bool undo;      // It is a compensation
} fuse_t;

static void
s_on_command (void *arg, const char *key, bool undo)
{
    fuse_t *self = arg;
    if (++self->count != self->at)
        return;
    snprintf (self->key, sizeof self->key, "%s", key);
    self->undo = undo;
    fault_vfs_power_off ();
}

//  The journal says that this may be sent
static void
s_check_intent (fixture_t *self, fuse_t *fuse)
{
    char *slash = strchr (fuse->key, '/');
    *slash = 0;
    assert_int_equal (fixture_ask (self, "saga.show", fuse->key, NULL), ZP_OK);
    char step[100];
    snprintf (step, sizeof step, "\"%s\"", slash + 1);
    for (int i = 0;; i++) {
        char path[40];
        snprintf (path, sizeof path, "/history/%d/%s", i,
                  fuse->undo ? "undo" : "start");
        if (strstr (fixture_field (self, path), step))
            return;
        snprintf (path, sizeof path, "/history/%d/event", i);
        if (!*fixture_field (self, path))
            fail_msg ("nobody may send %s/%s", fuse->key, slash + 1);
    }
}

static void
test_nothing_is_sent_before_its_intent_is_on_disk (void **state)
{
    course_t *self = *state;
    fuse_t fuse = {.at = 0};
    do {
        course_begin (self);
        fuse = (fuse_t){.at = fuse.at + 1};
        fault_t loss = {.loss = FAULT_LOSS_UNSYNCED};
        course_plan (self, &loss);
        player_listen (self->fixture->player, s_on_command, &fuse);
        course_run (self);
        player_listen (self->fixture->player, NULL, NULL);
        course_power_off (self);
        fixture_open (self->fixture);
        fixture_listen (self->fixture);
        if (*fuse.key)
            s_check_intent (self->fixture, &fuse);
    } while (fuse.count >= fuse.at);
    print_message ("%d commands\n", (int) fuse.count);
    assert_true (fuse.count > 20);
}

static void
test_a_coordinator_that_runs_ends_with_the_journals_failure (void **state)
{
    static const struct {
        fault_t fault;        // What happens
        zp_status_t status;   // What the coordinator ends with
        const char *because;  // Part of what it says
    } cases[] = {
        {{.kind = FAULT_ERROR, .op = FAULT_SYNC, .at = 1},
         ZP_DATA_LOSS,
         "Input/output error"},
        {{.kind = FAULT_ERROR, .op = FAULT_WRITE, .at = 1},
         ZP_DATA_LOSS,
         "Input/output error"},
        {{.kind = FAULT_FULL, .op = FAULT_WRITE, .at = 1},
         ZP_RESOURCE_EXHAUSTED,
         "No space left on device"},
    };
    course_t *self = *state;
    fixture_t *fixture = self->fixture;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        course_begin (self);
        fixture_expect (fixture, "x", "saga.start", "waits", "x", "{}");
        fixture_step (fixture, "x", 0, "done");
        told_t *waits = zmalloc (sizeof *waits);
        fixture_begin (fixture, waits, "saga.wait", "x", NULL);
        fixture_ask (fixture, "saga.stat", NULL);
        course_plan (self, &cases[i].fault);
        told_begin (&fixture->told, fixture->client, "saga.start",
                    (const char *const[]){"line", "y", "{}"}, 3);
        assert_int_equal (zp_saga_coordinator_run (fixture->coordinator),
                          cases[i].status);
        const char *error = zp_saga_coordinator_error (fixture->coordinator);
        assert_non_null (strstr (error, "saga.db: "));
        assert_non_null (strstr (error, cases[i].because));
        assert_non_null (strstr (error, "start again"));
        test_until (fixture->loop, fixture->told.ended && waits->ended);
        assert_int_equal (fixture->told.status, ZP_UNKNOWN);
        assert_non_null (strstr (fixture->told.text, error));
        assert_int_equal (waits->status, ZP_UNKNOWN);
        assert_string_equal (player_came (fixture->player, "y"), "");
        free (waits);
    }
}

static void
test_no_service_is_told_anything_after_a_failure (void **state)
{
    course_t *self = *state;
    fixture_t *fixture = self->fixture;
    course_begin (self);
    //  It is sent again every 100 ms
    player_plan (fixture->player, "x/a!", -1, PLAYER_LOSE);
    fixture_expect (fixture, "x", "saga.start", "quick", "x", "{}");
    test_until (fixture->loop, player_count (fixture->player) > 1);
    course_plan (self, &(fault_t){.kind = FAULT_ERROR,
                                  .op = FAULT_SYNC,
                                  .at = 1,
                                  .lasting = true});
    assert_int_equal (
        fixture_ask (fixture, "saga.start", "line", "y", "{}", NULL),
        ZP_UNKNOWN);
    size_t commands = player_count (fixture->player);
    int64_t end_ms = zclock_mono () + 400;
    test_until (fixture->loop, zclock_mono () > end_ms);
    assert_int_equal (player_count (fixture->player), commands);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        course_test (test_a_power_loss_or_a_kill_at_each_point),
        course_test (test_a_power_loss_at_each_point_of_a_recovery),
        course_test (test_a_failure_at_each_point),
        course_test (test_nothing_is_sent_before_its_intent_is_on_disk),
        course_test (test_no_service_is_told_anything_after_a_failure),
        course_test (
            test_a_coordinator_that_runs_ends_with_the_journals_failure),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
