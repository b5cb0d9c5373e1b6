//  SPDX-License-Identifier: MIT

#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static zp_saga_core_t *
s_core (rig_t *self, const char *text)
{
    zp_saga_options_t options = ZP_SAGA_DEFAULTS;
    options.retention_ms = 60000;
    zp_journal_log_t log = saga_log_hooks (self->log);
    zp_saga_core_t *core = zp_saga_core_new (&options, &log, 1);
    zp_saga_def_t *def = zp_saga_def_new (sim_span (text), NULL, NULL);
    assert_non_null (def);
    zp_saga_core_define (core, &def);
    return core;
}

rig_t
rig_new (const char *def)
{
    rig_t self = {.log = saga_log_new (), .now_ms = SIM_START_MS};
    saga_log_set_time (self.log, self.now_ms);
    self.core = s_core (&self, def);
    return self;
}

void
rig_end (rig_t *self)
{
    zp_saga_core_destroy (&self->core);
    saga_log_destroy (&self->log);
}

zp_status_t
rig_start (rig_t *self, const char *name, const char *input)
{
    return zp_saga_core_start (self->core, sim_span (name), sim_span ("x"),
                               sim_span (input), self->now_ms);
}

void
rig_commit (rig_t *self)
{
    zp_saga_core_written (self->core, saga_log_last (self->log));
}

void
rig_pass (rig_t *self, int64_t ms)
{
    self->now_ms += ms;
    saga_log_set_time (self->log, self->now_ms);
    zp_saga_core_tick (self->core, self->now_ms);
    rig_commit (self);
}

const char *
rig_next (rig_t *self)
{
    static char text[256];
    zp_saga_command_t command;
    text[0] = 0;
    while (zp_saga_core_next (self->core, self->now_ms, &command)) {
        size_t size = strlen (text);
        const char *mark = command.ask                          ? "?"
                           : command.verb == ZP_SAGA_COMPENSATE ? "-"
                                                                : "!";
        snprintf (text + size, sizeof text - size, "%s%s", size ? " " : "",
                  command.step ? command.step->id : "END");
        if (command.step)
            strcat (text, mark);
    }
    return text;
}

bool
rig_reply (rig_t *self, const char *step, zp_saga_verb_t verb, int attempt,
           zp_saga_outcome_t outcome)
{
    char key[64];
    snprintf (key, sizeof key, "x/%s", step);
    zp_saga_reply_t reply = {.outcome = outcome,
                             .result = sim_span ("{\"key\":1}"),
                             .code = sim_span ("FULL"),
                             .text = sim_span ("no seat is left"),
                             .after_ms = 50,
                             .status = ZP_UNAVAILABLE};
    bool changed = zp_saga_core_reply (self->core, sim_span (key), verb,
                                       attempt, &reply, self->now_ms);
    rig_commit (self);
    return changed;
}

bool
rig_done (rig_t *self, const char *step)
{
    return rig_reply (self, step, ZP_SAGA_ACTION, 1, ZP_SAGA_DONE);
}

bool
rig_undone (rig_t *self, const char *step)
{
    return rig_reply (self, step, ZP_SAGA_COMPENSATE, 1, ZP_SAGA_DONE);
}

zp_saga_view_t
rig_view (rig_t *self)
{
    zp_saga_view_t view;
    const zp_saga_t *saga = zp_saga_core_find (self->core, sim_span ("x"));
    assert_non_null (saga);
    zp_saga_view (saga, &view);
    return view;
}

zp_status_t
rig_order (rig_t *self, zp_saga_order_t order, const char *step)
{
    zp_status_t status = zp_saga_core_order (
        self->core, sim_span ("x"), order, sim_span (step), sim_span ("ann"),
        sim_span ("as \"bob\" said"), self->now_ms);
    rig_commit (self);
    return status;
}

void
rig_restart (rig_t *self, const char *def)
{
    zp_saga_core_destroy (&self->core);
    self->core = s_core (self, def);
    saga_log_restore (self->log, self->core);
    zp_saga_core_restored (self->core, self->now_ms);
}

void
rig_exhaust (rig_t *self)
{
    for (int i = 0; i < 100 && rig_view (self).state == ZP_SAGA_RUNNING; i++) {
        rig_pass (self, 1000);
        rig_next (self);
    }
}

rig_t
rig_at_pivot (void)
{
    rig_t rig = rig_new (sim_sequence);
    rig_start (&rig, "sequence", "{\"n\":1}");
    rig_commit (&rig);
    rig_next (&rig);
    rig_done (&rig, "a");
    rig_next (&rig);
    rig_done (&rig, "b");
    assert_string_equal (rig_next (&rig), "c!");
    return rig;
}
