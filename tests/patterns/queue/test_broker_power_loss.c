//  SPDX-License-Identifier: MIT
//
//  The power is lost, or the disk fails, at each write and each sync while a
//  broker does all that it can do. What it confirmed to its client holds, and
//  of what it did not confirm each message is either way, wholly.

#include "ledger.h"
#include "power.h"
#include "test_seed.h"

#define LATER "{\"delay_ms\":3600000}"

//  Everything that changes what is on disk. True if all of it was confirmed.

static bool
s_script (ledger_t *self)
{
    return ledger_put (self, "a", "{}", LEDGER_READY) &&
           ledger_put (self, "b", "{\"id\":\"order-b\"}", LEDGER_READY) &&
           ledger_put (self, "c", LATER, LEDGER_DELAYED) &&
           ledger_put (self, "d", "{\"priority\":9}", LEDGER_READY) &&
           ledger_put (self, "e", "{\"id\":\"order-e\"}", LEDGER_READY) &&
           ledger_reserve (self, "d") &&
           ledger_say (self, "d", "queue.ack", NULL, LEDGER_NOWHERE) &&
           ledger_reserve (self, "a") &&
           ledger_say (self, "a", "queue.nack", NULL, LEDGER_READY) &&
           ledger_reserve (self, "b") &&
           ledger_say (self, "b", "queue.ack", NULL, LEDGER_NOWHERE) &&
           ledger_reserve (self, "e") &&
           ledger_say (self, "e", "queue.bury", "{\"why\":\"why not\"}",
                       LEDGER_BURIED) &&
           ledger_reserve (self, "a") &&
           ledger_say (self, "a", "queue.nack", NULL, LEDGER_DEAD) &&
           ledger_put (self, "f", "{}", LEDGER_READY) &&
           ledger_reserve (self, "f") &&
           ledger_say (self, "f", "queue.nack", LATER, LEDGER_DELAYED) &&
           ledger_tend (self, "queue.kick", LEDGER_QUEUE, LEDGER_BURIED,
                        LEDGER_READY) &&
           ledger_tend (self, "queue.kick", LEDGER_QUEUE ".dead", LEDGER_DEAD,
                        LEDGER_READY) &&
           ledger_pause (self, true) &&
           ledger_put (self, "g", "{}", LEDGER_READY) &&
           ledger_pause (self, false) && ledger_reserve (self, "e") &&
           ledger_reserve (self, "a") &&
           ledger_say (self, "a", "queue.touch", NULL, LEDGER_LEASED) &&
           ledger_tend (self, "queue.purge", LEDGER_QUEUE, LEDGER_READY,
                        LEDGER_NOWHERE) &&
           ledger_put (self, "h", "{\"priority\":0}", LEDGER_READY) &&
           ledger_put (self, "i", "{}", LEDGER_READY) &&
           ledger_reserve (self, "i") &&
           ledger_say (self, "i", "queue.release", NULL, LEDGER_READY) &&
           ledger_pause (self, true);
}

//  After that it starts, and knows what it must. After some points it also goes
//  on, and knows what it must after one more power loss.

static void
s_goes_on (ledger_t *self, uint64_t point)
{
    fault_vfs_plan (&(fault_t){.loss = FAULT_LOSS_UNSYNCED});
    power_start (self->fixture);
    ledger_look (self);
    if (point % 4)
        return;
    ledger_go_on (self);
    power_off (self->fixture);
    power_start (self->fixture);
    ledger_look (self);
}

//  The script up to a power loss. False if it did not come to that.

static bool
s_try (fixture_t *self, const fault_t *fault)
{
    ledger_t *ledger = power_begin (self);
    power_plan (ledger, fault);
    bool done = s_script (ledger);
    bool struck = fault_vfs_struck ();
    ledger_must (ledger, done || struck, "all", "it failed without a fault");
    power_off (self);
    s_goes_on (ledger, fault->at);
    ledger_destroy (&ledger);
    return struck;
}

static void
test_power_losses_at_each_point (void **state)
{
    fault_t fault = {.kind = FAULT_POWER, .seed = test_seed ()};
    int points = 0;
    for (fault.loss = FAULT_LOSS_UNSYNCED; fault.loss < FAULT_LOSSES;
         fault.loss++)
        for (fault.op = FAULT_WRITE; fault.op <= FAULT_SYNC; fault.op++)
            for (fault.at = 1; s_try (*state, &fault); fault.at += POWER_STEP) {
                fault.seed++;
                points++;
            }
    print_message ("%d power losses\n", points);
    assert_in_range (points, 150 / POWER_STEP, 3000);
}

//  The power is lost when the script was done, and again when the broker starts
//  after that. False if the latter did not come.

static bool
s_try_start (fixture_t *self, const fault_t *fault)
{
    ledger_t *ledger = power_begin (self);
    assert_true (s_script (ledger));
    power_off (self);
    power_plan (ledger, fault);
    char *error = NULL;
    self->broker =
        zp_queue_broker_new (self->loop, &self->options, NULL, &error);
    bool struck = fault_vfs_struck ();
    ledger_must (ledger, struck == !self->broker, "all", "it did not matter");
    ledger_must (ledger, !struck || strstr (error, "queue.db"), "all",
                 "the error does not say where");
    zstr_free (&error);
    power_off (self);
    s_goes_on (ledger, fault->at);
    ledger_destroy (&ledger);
    return struck;
}

static void
test_power_losses_at_each_point_of_a_start (void **state)
{
    fault_t fault = {.kind = FAULT_POWER, .seed = test_seed ()};
    int points = 0;
    for (fault.op = FAULT_WRITE; fault.op <= FAULT_SYNC; fault.op++)
        for (fault.at = 1; s_try_start (*state, &fault);
             fault.at += POWER_STEP) {
            fault.loss = FAULT_LOSS_UNSYNCED + points++ % 3;
            fault.seed++;
        }
    print_message ("%d power losses\n", points);
    assert_in_range (points, 10 / POWER_STEP, 1000);
}

//  Whoever asks after a failure gets no confirmation

static void
s_ask_in_vain (ledger_t *ledger)
{
    fixture_t *self = ledger->fixture;
    ledger_must (ledger, self->answer.status == ZP_UNKNOWN, "the last",
                 "the outcome is not said to be unknown");
    ledger_must (ledger, strstr (self->answer.text, "queue.db: ") != NULL,
                 "the last", "the failure does not say where");
    answer_t late = {.ended = 0};
    zp_span_t args[] = {{LEDGER_QUEUE, strlen (LEDGER_QUEUE)}, {"late", 4}};
    fixture_begin (self, "queue.put", args, 2, &late);
    for (int turn = 0; turn < 3; turn++)
        test_turn (self->loop);
    zp_queue_broker_destroy (&self->broker);
    test_until (self->loop, late.ended);
    ledger_must (ledger, late.status != ZP_OK, "late",
                 "it was confirmed after a failure");
    answer_clear (&late);
}

//  The disk fails, and the broker is started again when it works again, with a
//  power loss in between or without. False if it did not come to a failure.

static bool
s_try_error (fixture_t *self, const fault_t *fault, bool power_loss)
{
    ledger_t *ledger = power_begin (self);
    power_plan (ledger, fault);
    bool done = s_script (ledger);
    bool struck = fault_vfs_struck ();
    ledger_must (ledger, done || struck, "all", "it failed without a fault");
    if (!done)
        s_ask_in_vain (ledger);
    if (power_loss)
        power_off (self);
    s_goes_on (ledger, fault->at);
    ledger_destroy (&ledger);
    return struck;
}

static void
test_failures_at_each_point (void **state)
{
    int points = 0;
    for (fault_kind_t kind = FAULT_ERROR; kind <= FAULT_FULL; kind++)
        for (fault_op_t op = FAULT_WRITE; op <= FAULT_SYNC; op++) {
            fault_t fault = {
                .kind = kind, .op = op, .loss = FAULT_LOSS_UNSYNCED};
            fault.at = 1;
            while (s_try_error (*state, &fault, fault.at % 2)) {
                fault.at += POWER_STEP;
                points++;
            }
        }
    print_message ("%d failures\n", points);
    assert_in_range (points, 100 / POWER_STEP, 3000);
}

static void
test_a_broker_that_runs_ends_with_the_journals_failure (void **state)
{
    static const struct {
        fault_t fault;        // What happens
        zp_status_t status;   // What the broker ends with
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
        {{.kind = FAULT_POWER, .op = FAULT_SYNC, .at = 1},
         ZP_DATA_LOSS,
         "Input/output error"},
    };
    fixture_t *self = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ledger_t *ledger = power_begin (self);
        //  What a broker writes when nobody asks is written
        assert_true (ledger_put (ledger, "first", "{}", LEDGER_READY));
        power_plan (ledger, &cases[i].fault);
        zp_span_t args[] = {{LEDGER_QUEUE, strlen (LEDGER_QUEUE)}, {"x", 1}};
        fixture_begin (self, "queue.put", args, 2, &self->answer);
        assert_int_equal (zp_queue_broker_run (self->broker), cases[i].status);
        const char *error = zp_queue_broker_error (self->broker);
        assert_non_null (strstr (error, "queue.db: "));
        assert_non_null (strstr (error, cases[i].because));
        assert_non_null (strstr (error, "start again"));
        test_until (self->loop, self->answer.ended);
        assert_int_equal (self->answer.status, ZP_UNKNOWN);
        assert_non_null (strstr (self->answer.text, error));
        ledger_destroy (&ledger);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        power_test (test_power_losses_at_each_point),
        power_test (test_power_losses_at_each_point_of_a_start),
        power_test (test_failures_at_each_point),
        power_test (test_a_broker_that_runs_ends_with_the_journals_failure),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
