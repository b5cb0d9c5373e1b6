//  SPDX-License-Identifier: MIT
//
//  The power is lost, or the disk fails, at each write and each sync while an
//  event log does all that it can do. After it all is as it was before the
//  request that was not confirmed, or as after it, and never anything between.

#define _POSIX_C_SOURCE 200809L

#include "fault_vfs.h"
#include "fixture.h"
#include "test_seed.h"

//  ThreadSanitizer takes ten times as long, and what it looks for is the same
//  at all points
#ifdef __SANITIZE_THREAD__
#define POINT_STEP 9
#else
#define POINT_STEP 1
#endif

#define PRINT_MAX 2048

//  Everything that changes what is on disk. `read` changes what a member has,
//  which is not on disk; but the first makes the group
static const char *const s_steps[][6] = {
    {"log.append", "films", "Metropolis"},
    {"log.append", "films", "Nosferatu", "{\"id\":\"order-7\"}"},
    {"log.batch", "films", "", "Faust", "Vampyr", "M"},
    {"log.append", "other", "x", "{\"expect\":0}"},
    {"log.group.read", "films", "g", "m"},
    {"log.group.ack", "films", "g", "1 3"},
    {"log.group.ack", "films", "g", "0"},
    {"log.configure", "films", "{\"keep_events\":6}"},
    {"log.batch", "films", "{\"id\":\"a batch\"}", "a", "b", "c"},
    {"log.trim", "films", "4"},
    {"log.group.seek", "films", "g", "6"},
    {"log.group.read", "films", "h", "m", "{\"from\":\"end\"}"},
    {"log.trim", "films", "end"},
    {"log.append", "films", "after"},
    {"log.group.delete", "films", "h"},
    {"log.configure", "empty", "{\"keep_ms\":1000000}"},
    {"log.append", "films", "the last"},
};

#define STEPS (sizeof s_steps / sizeof *s_steps)

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

//  Start at another place: what was sent in vain before could still be on its
//  way
static void
s_start (fixture_t *self)
{
    free ((char *) self->endpoint);
    self->endpoint = strdup (peer_new_endpoint ());
    fixture_start (self);
}

static void
s_power_off (fixture_t *self)
{
    fault_vfs_power_off ();
    fixture_stop (self);
    fault_vfs_restart ();
}

static void
s_begin (fixture_t *self)
{
    s_power_off (self);
    fault_vfs_delete (self->journal + strlen ("sqlite:"));
    s_start (self);
}

static bool
s_do (fixture_t *self, size_t step)
{
    zp_span_t args[5];
    size_t count = 0;
    for (; count < 5 && s_steps[step][count + 1]; count++) {
        const char *text = s_steps[step][count + 1];
        args[count] = (zp_span_t){text, strlen (text)};
    }
    return fixture_ask_parts (self, s_steps[step][0], args, count) == ZP_OK;
}

static void
s_add (char *print, const char *text)
{
    size_t size = strlen (print);
    snprintf (print + size, PRINT_MAX - size, "%s;", text);
}

//  All that is to be known of what is there, as text
static void
s_print (fixture_t *self, char *print)
{
    static const char *const logs[] = {"films", "other", "empty"};
    static const char *const keys[] = {"first",       "next",    "bytes",
                                       "keep_events", "keep_ms", "groups"};
    char text[64];
    *print = 0;
    for (int log = 0; log < 3; log++) {
        if (fixture_stat (self, logs[log], "first") == -1)
            continue;
        for (int key = 0; key < 6; key++) {
            int number = fixture_stat (self, logs[log], keys[key]);
            snprintf (text, sizeof text, "%s %d", keys[key], number);
            s_add (print, text);
        }
        fixture_ask (self, "log.read", logs[log], "start", NULL);
        s_add (print, fixture_events (self));
    }
    for (const char *group = "g"; group; group = *group == 'g' ? "h" : NULL) {
        fixture_ask (self, "log.group.ls", "films", NULL);
        snprintf (text, sizeof text, "\"group\":\"%s\"", group);
        if (!self->answer.count || !strstr (self->answer.part[0], text))
            continue;
        s_add (print, group);
        //  What it has not acked. One that has lost something says so first
        for (int i = 0; i < 2; i++)
            if (fixture_ask (self, "log.group.read", "films", group, "look",
                             NULL) == ZP_OK)
                s_add (print, fixture_events (self));
            else
                s_add (print, self->answer.text);
    }
}

//  How all is after each step, if nothing goes wrong
static void
s_record (fixture_t *self, char prints[STEPS + 1][PRINT_MAX])
{
    for (size_t steps = 0; steps <= STEPS; steps++) {
        s_begin (self);
        for (size_t step = 0; step < steps; step++)
            assert_true (s_do (self, step));
        s_start (self);
        s_print (self, prints[steps]);
        assert_true (strlen (prints[steps]) < PRINT_MAX - 1);
        for (size_t before = 0; before < steps; before++)
            assert_string_not_equal (prints[before], prints[steps]);
    }
}

//  Up to a fault; then all is as after as many steps as were confirmed, or one
//  more. False if it did not come to the fault
static bool
s_try (fixture_t *self, const fault_t *fault, bool power_loss,
       char prints[STEPS + 1][PRINT_MAX])
{
    s_begin (self);
    fault_vfs_plan (fault);
    size_t step = 0;
    while (step < STEPS && s_do (self, step))
        step++;
    bool struck = fault_vfs_struck ();
    if (step < STEPS) {
        assert_true (struck);
        //  A read only waits for the group to be there
        bool read = strcmp (s_steps[step][0], "log.group.read") == 0;
        assert_int_equal (self->answer.status,
                          read ? ZP_UNAVAILABLE : ZP_UNKNOWN);
        //  And nothing is confirmed any more
        assert_int_not_equal (
            fixture_ask (self, "log.append", "films", "late", NULL), ZP_OK);
    }
    if (power_loss)
        s_power_off (self);
    fault_vfs_plan (NULL);
    s_start (self);
    char print[PRINT_MAX];
    s_print (self, print);
    if (strcmp (print, prints[step]) != 0 &&
        (step == STEPS || strcmp (print, prints[step + 1]) != 0))
        fail_msg ("fault %d at operation %d, number %d, loss %d, seed %" PRIu64
                  ", in step %zu:\n%s\nis neither\n%s\nnor\n%s",
                  (int) fault->kind, (int) fault->op, (int) fault->at,
                  (int) fault->loss, fault->seed, step, print, prints[step],
                  step < STEPS ? prints[step + 1] : "");
    //  It goes on, at an offset that was not used
    int next = fixture_stat (self, "films", "next");
    fixture_ask (self, "log.append", "films", "more", NULL);
    assert_int_equal (atoi (self->answer.part[0]), next == -1 ? 0 : next);
    return struck;
}

static void
test_power_losses_at_each_point (void **state)
{
    static char prints[STEPS + 1][PRINT_MAX];
    s_record (*state, prints);
    fault_t fault = {.kind = FAULT_POWER, .seed = test_seed ()};
    int points = 0;
    for (fault.loss = FAULT_LOSS_UNSYNCED; fault.loss < FAULT_LOSSES;
         fault.loss++)
        for (fault.op = FAULT_WRITE; fault.op <= FAULT_SYNC; fault.op++)
            for (fault.at = 1; s_try (*state, &fault, true, prints);
                 fault.at += POINT_STEP) {
                fault.seed++;
                points++;
            }
    print_message ("%d power losses\n", points);
    assert_in_range (points, 100 / POINT_STEP, 3000);
}

static void
test_failures_at_each_point (void **state)
{
    static char prints[STEPS + 1][PRINT_MAX];
    s_record (*state, prints);
    int points = 0;
    for (fault_kind_t kind = FAULT_ERROR; kind <= FAULT_FULL; kind++)
        for (fault_op_t op = FAULT_WRITE; op <= FAULT_SYNC; op++) {
            fault_t fault = {
                .kind = kind, .op = op, .at = 1, .loss = FAULT_LOSS_UNSYNCED};
            while (s_try (*state, &fault, fault.at % 2, prints)) {
                fault.at += POINT_STEP;
                points++;
            }
        }
    print_message ("%d failures\n", points);
    assert_in_range (points, 60 / POINT_STEP, 3000);
}

static void
test_an_event_log_that_runs_ends_with_the_journals_failure (void **state)
{
    static const struct {
        fault_t fault;        // What happens
        zp_status_t status;   // What it ends with
        const char *because;  // Part of what it says
    } cases[] = {
        {{.kind = FAULT_ERROR, .op = FAULT_SYNC, .at = 1},
         ZP_DATA_LOSS,
         "Input/output error"},
        {{.kind = FAULT_FULL, .op = FAULT_WRITE, .at = 1},
         ZP_RESOURCE_EXHAUSTED,
         "No space left on device"},
    };
    fixture_t *self = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        s_begin (self);
        fixture_append (self, "films", 0, 1);
        fault_vfs_plan (&cases[i].fault);
        zp_span_t args[] = {{"films", 5}, {"x", 1}};
        fixture_begin (self, "log.append", args, 2, &self->answer);
        assert_int_equal (zp_eventlog_run (self->eventlog), cases[i].status);
        const char *error = zp_eventlog_error (self->eventlog);
        assert_non_null (strstr (error, "events.db: "));
        assert_non_null (strstr (error, cases[i].because));
        assert_non_null (strstr (error, "start again"));
        test_until (self->loop, self->answer.ended);
        assert_int_equal (self->answer.status, ZP_UNKNOWN);
        assert_non_null (strstr (self->answer.text, error));
    }
}

#define power_test(test)                                                       \
    cmocka_unit_test_setup_teardown (test, s_set_up, s_tear_down)

int
main (void)
{
    const struct CMUnitTest tests[] = {
        power_test (test_power_losses_at_each_point),
        power_test (test_failures_at_each_point),
        power_test (test_an_event_log_that_runs_ends_with_the_journals_failure),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
