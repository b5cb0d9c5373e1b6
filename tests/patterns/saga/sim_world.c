//  SPDX-License-Identifier: MIT

#include "sim_world.h"

#include "sim_service.h"
#include "test_seed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define RETRY                                                                  \
    "\"defaults\": { \"timeout_ms\": 100, \"retry\": { \"max_attempts\": 4,"   \
    " \"initial_ms\": 20, \"max_ms\": 100 } },"
#define STEP(id, kind) "{ \"id\": \"" id "\", \"kind\": \"" kind "\", "
#define UNDOABLE(id)                                                           \
    STEP (id, "compensatable")                                                 \
    "\"service\": \"s\", \"action\": \"do\", \"compensation\": \"undo\", "
#define FORWARD(id, kind)                                                      \
    STEP (id, kind) "\"service\": \"s\", \"action\": \"do\", "

const char sim_sequence[] =
    "{ \"saga\": \"sequence\", \"version\": 1, " RETRY
    "\"steps\": [" UNDOABLE ("a") "\"input\": {} }," UNDOABLE (
        "b") "\"input\": \"$.steps.a.result\" }," FORWARD ("c",
                                                           "pivot") "\"input\":"
                                                                    " "
                                                                    "[\"$."
                                                                    "input.n\","
                                                                    " \"$."
                                                                    "steps.b."
                                                                    "result."
                                                                    "key\"] "
                                                                    "}"
                                                                    "," FORWARD (
                                                                        "d",
                                                                        "retria"
                                                                        "ble") "\"input\": {} } ] }";

const char sim_diamond[] =
    "{ \"saga\": \"diamond\", \"version\": 1, " RETRY
    "\"steps\": [" UNDOABLE ("a") "\"after\": [] }," UNDOABLE (
        "b") "\"after\": [\"a\"] }," UNDOABLE ("c") "\"after\": [\"a\"] "
                                                    "}," FORWARD (
                                                        "d",
                                                        "pivot") "\"a"
                                                                 "fte"
                                                                 "r\""
                                                                 ": "
                                                                 "[\""
                                                                 "b\""
                                                                 ", "
                                                                 "\"c"
                                                                 "\"]"
                                                                 " }"
                                                                 "," FORWARD (
                                                                     "e",
                                                                     "retriabl"
                                                                     "e") "\"on"
                                                                          "_exh"
                                                                          "aust"
                                                                          "ed\""
                                                                          ": "
                                                                          "\"co"
                                                                          "ntin"
                                                                          "ue\""
                                                                          " } "
                                                                          "] }";

const char sim_waiting[] =
    "{ \"saga\": \"waiting\", \"version\": 1, \"deadline_ms\": 900, " RETRY
    "\"steps\": [" UNDOABLE ("a") "\"after\": [] }," STEP (
        "b", "compensatable") "\"wait_for\": \"yes\", \"timeout_ms\": 400 "
                              "}," UNDOABLE ("c") "\"input\": "
                                                  "\"$.steps.b.result.by\" "
                                                  "}," FORWARD (
                                                      "d", "retriable") "\"inpu"
                                                                        "t\": "
                                                                        "{} } "
                                                                        "] }";

zp_span_t
sim_span (const char *text)
{
    return (zp_span_t){text, strlen (text)};
}

int
sim_below (sim_world_t *self, int bound)
{
    return test_below (&self->seed, bound);
}

bool
sim_chance (sim_world_t *self, int percent)
{
    return sim_below (self, 100) < percent;
}

//  The process may die here: nothing after this has been done
static void
s_point (sim_world_t *self)
{
    if (self->dying || !self->point || !self->point (self))
        return;
    self->dying = true;
    self->cut = self->lossy ? self->written : saga_log_last (self->log);
}

static uint64_t
s_append (void *arg, zp_span_t key, zp_span_t head, zp_span_t body)
{
    sim_world_t *self = arg;
    s_point (self);
    self->records++;
    saga_log_set_time (self->log, self->now_ms);
    uint64_t number = self->hooks.append (self->hooks.arg, key, head, body);
    if (!self->commit_ms)
        self->commit_ms = self->now_ms + self->disk_ms;
    s_point (self);
    return number;
}

static void
s_erase (void *arg, uint64_t number)
{
    sim_world_t *self = arg;
    self->hooks.erase (self->hooks.arg, number);
}

static zp_saga_core_t *
s_core (sim_world_t *self)
{
    zp_journal_log_t log = {.append = s_append, .erase = s_erase, .arg = self};
    zp_saga_core_t *core =
        zp_saga_core_new (&self->options, &log, test_random (&self->seed));
    for (size_t i = 0; i < self->def_count; i++) {
        zp_saga_def_t *def = zp_saga_def_use (self->defs[i]);
        zp_saga_core_define (core, &def);
    }
    return core;
}

sim_world_t *
sim_world_new (const char *const *texts, size_t count, uint64_t seed,
               sim_fate_fn *fate)
{
    sim_world_t *self = calloc (1, sizeof *self);
    assert_non_null (self);
    self->options = (zp_saga_options_t) ZP_SAGA_DEFAULTS;
    self->log = saga_log_new ();
    self->hooks = saga_log_hooks (self->log);
    self->seed = seed;
    self->now_ms = SIM_START_MS;
    self->disk_ms = 1;
    self->fate = fate;
    for (size_t i = 0; i < count; i++) {
        char *mistakes = NULL;
        self->defs[i] = zp_saga_def_new (sim_span (texts[i]), NULL, &mistakes);
        if (mistakes)
            fail_msg ("%s", mistakes);
    }
    self->def_count = count;
    self->core = s_core (self);
    return self;
}

void
sim_world_destroy (sim_world_t **self_p)
{
    sim_world_t *self = *self_p;
    *self_p = NULL;
    zp_saga_core_destroy (&self->core);
    saga_log_destroy (&self->log);
    for (size_t i = 0; i < self->def_count; i++)
        zp_saga_def_destroy (&self->defs[i]);
    free (self->sagas);
    free (self->net);
    free (self);
}

int
sim_world_start (sim_world_t *self, size_t def)
{
    int number = self->saga_count++;
    self->sagas =
        realloc (self->sagas, (size_t) self->saga_count * sizeof *self->sagas);
    assert_non_null (self->sagas);
    sim_saga_t *saga = &self->sagas[number];
    *saga = (sim_saga_t){.def = self->defs[def]};
    snprintf (saga->id, sizeof saga->id, "s%d", number);
    char input[32];
    snprintf (input, sizeof input, "{\"n\": %d}", number);
    self->events++;
    assert_int_equal (zp_saga_core_start (
                          self->core, sim_span (saga->def->name),
                          sim_span (saga->id), sim_span (input), self->now_ms),
                      ZP_OK);
    sim_world_settle (self);
    return number;
}

//  A record on disk says that the step may be sent (invariant 2)
static void
s_check_intent (sim_world_t *self, const zp_saga_command_t *command)
{
    zp_saga_view_t view;
    zp_saga_view (command->saga, &view);
    char id[ZP_SAGA_STEP_MAX + 3];
    snprintf (id, sizeof id, "\"%s\"", command->step->id);
    const char *list =
        command->verb == ZP_SAGA_ACTION ? "\"start\":[" : "\"undo\":[";
    for (size_t i = 0; i < view.record_count; i++) {
        assert_in_range (view.records[i], 1, self->written);
        const char *head = saga_log_at (self->log, view.records[i]);
        const char *from = strstr (head, list);
        const char *at = from ? strstr (from, id) : NULL;
        if (at && at < strchr (from, ']'))
            return;
    }
    fail_msg ("%s was sent without a record on disk", command->key);
}

//  All of its records are on disk when the client is told (invariant 7)
static void
s_tell_started (sim_world_t *self)
{
    for (int i = self->saga_count; i-- > 0 && !self->sagas[i].told;) {
        const zp_saga_t *saga =
            zp_saga_core_find (self->core, sim_span (self->sagas[i].id));
        zp_saga_view_t view;
        if (!saga)
            continue;
        zp_saga_view (saga, &view);
        self->sagas[i].told = view.records[0] <= self->written;
    }
}

void
sim_world_settle (sim_world_t *self)
{
    zp_saga_command_t command;
    while (!self->dying &&
           zp_saga_core_next (self->core, self->now_ms, &command)) {
        self->events++;
        if (command.verb == ZP_SAGA_ENDED || self->dying)
            continue;
        s_check_intent (self, &command);
        s_point (self);
        if (!self->dying)
            sim_service_send (self, &command);
        s_point (self);
    }
    if (self->dying)
        sim_world_crash (self, self->cut);
    else if (self->written == saga_log_last (self->log))
        s_tell_started (self);
}

void
sim_world_crash (sim_world_t *self, uint64_t cut)
{
    assert_true (cut >= self->written);
    self->dying = false;
    self->crashes++;
    zp_saga_core_destroy (&self->core);
    saga_log_cut (self->log, cut);
    self->written = cut;
    self->commit_ms = 0;
    self->core = s_core (self);
    saga_log_restore (self->log, self->core);
    zp_saga_core_restored (self->core, self->now_ms);
    for (int i = 0; i < self->saga_count; i++) {
        sim_saga_t *saga = &self->sagas[i];
        if (!saga->told)  // Its client does not know: it asks again
            sim_service_start_again (self, i);
        assert_non_null (zp_saga_core_find (self->core, sim_span (saga->id)));
    }
    sim_world_settle (self);
}

void
sim_world_compare (const zp_saga_view_t *view, const zp_saga_t *other)
{
    zp_saga_view_t again;
    assert_non_null (other);
    zp_saga_view (other, &again);
    assert_string_equal (view->id, again.id);
    assert_string_equal (view->name, again.name);
    assert_string_equal (view->reason, again.reason);
    assert_string_equal (view->input, again.input);
    assert_int_equal (view->state, again.state);
    assert_int_equal (view->backward, again.backward);
    assert_int_equal (view->begun_ms, again.begun_ms);
    assert_int_equal (view->changed_ms, again.changed_ms);
    assert_int_equal (view->started, again.started);
    assert_int_equal (view->done, again.done);
    assert_int_equal (view->passed, again.passed);
    assert_int_equal (view->refused, again.refused);
    assert_int_equal (view->undo, again.undo);
    assert_int_equal (view->undone, again.undone);
    assert_int_equal (view->stuck, again.stuck);
    assert_int_equal (view->record_count, again.record_count);
    assert_memory_equal (view->records, again.records,
                         view->record_count * sizeof *view->records);
}

zp_saga_view_t
sim_world_view (sim_world_t *self, int saga)
{
    zp_saga_view_t view;
    const zp_saga_t *found =
        zp_saga_core_find (self->core, sim_span (self->sagas[saga].id));
    assert_non_null (found);
    zp_saga_view (found, &view);
    return view;
}

//  The saga of the last record is the same if it is read again (invariant 8)
void
sim_world_replay (sim_world_t *self, int saga, uint64_t before)
{
    if (!self->replay || before == self->records || self->dying)
        return;
    const zp_saga_t *live =
        zp_saga_core_find (self->core, sim_span (self->sagas[saga].id));
    if (!live)
        return;
    zp_saga_view_t view;
    zp_saga_view (live, &view);
    zp_saga_core_t *other = s_core (self);
    saga_log_restore_some (self->log, other, view.records, view.record_count);
    const zp_saga_t *twin = zp_saga_core_find (other, sim_span (view.id));
    sim_world_compare (&view, twin);
    for (size_t i = 0; i < view.def->count; i++)
        assert_string_equal (zp_saga_result (live, (int) i),
                             zp_saga_result (twin, (int) i));
    zp_saga_core_destroy (&other);
}

//  What is next, if it is before until_ms: the disk, the network, or a timer
bool
sim_world_turn (sim_world_t *self, int64_t until_ms)
{
    int64_t net_ms = self->net_count ? self->net[0].at_ms : INT64_MAX;
    int64_t tick_ms = zp_saga_core_next_tick (self->core);
    int64_t disk_ms = self->commit_ms ? self->commit_ms : INT64_MAX;
    int64_t next_ms = net_ms < tick_ms ? net_ms : tick_ms;
    next_ms = disk_ms < next_ms ? disk_ms : next_ms;
    if (next_ms >= until_ms)
        return false;
    if (next_ms > self->now_ms)
        self->now_ms = next_ms;
    self->events++;
    if (disk_ms == next_ms) {
        s_point (self);
        if (!self->dying) {
            self->commit_ms = 0;
            self->written = saga_log_last (self->log);
            s_point (self);
            zp_saga_core_written (self->core, self->written);
        }
    }
    else if (net_ms == next_ms)
        sim_service_deliver (self);
    else
        zp_saga_core_tick (self->core, self->now_ms);
    sim_world_settle (self);
    return true;
}

void
sim_world_audit (sim_world_t *self, int saga)
{
    zp_saga_view_t view = sim_world_view (self, saga);
    sim_saga_t *known = &self->sagas[saga];
    for (size_t i = 0; i < view.def->count; i++) {
        const sim_effect_t *effect = &known->effects[i];
        const zp_saga_step_t *step = &view.def->steps[i];
        if (step->wait_for)
            continue;
        if (view.state == ZP_SAGA_COMPLETED)
            assert_true (effect->state == SIM_DONE || step->optional);
        else {
            assert_int_equal (view.state, ZP_SAGA_COMPENSATED);
            assert_true (effect->state != SIM_DONE);
            assert_true (effect->state != SIM_WORKING);
            zp_saga_steps_t settled = view.refused | view.undone;
            assert_true (!effect->sent || settled & UINT64_C (1) << i);
        }
    }
}
