//  SPDX-License-Identifier: MIT

#include "zp_saga_core_private.h"

#include "zp_saga_input.h"

#include <stdlib.h>
#include <string.h>

const zp_saga_t *
zp_saga_core_find (const zp_saga_core_t *self, zp_span_t id)
{
    return zp_saga_table_find (&self->table, id);
}

void
zp_saga_view (const zp_saga_t *saga, zp_saga_view_t *view)
{
    const zp_saga_marks_t *marks = &saga->marks;
    *view = (zp_saga_view_t){.id = saga->id,
                             .name = saga->def ? saga->def->name : "",
                             .def = saga->def,
                             .state = marks->state,
                             .broken = saga->broken,
                             .backward = marks->backward,
                             .reason = saga->reason ? saga->reason : "",
                             .parent = saga->parent ? saga->parent : "",
                             .input = saga->input ? saga->input : "null",
                             .begun_ms = saga->begun_ms,
                             .changed_ms = saga->changed_ms,
                             .started = marks->started,
                             .done = marks->done,
                             .passed = marks->passed,
                             .refused = marks->refused,
                             .undo = marks->undo,
                             .undone = marks->undone,
                             .stuck = marks->stuck,
                             .records = saga->records,
                             .record_count = saga->record_count};
}

const char *
zp_saga_result (const zp_saga_t *saga, int step)
{
    const char *result = saga->slots[step].result;
    return result ? result : "null";
}

int
zp_saga_attempts (const zp_saga_t *saga, int step)
{
    return (int) saga->slots[step].attempt;
}

zp_trace_t *
zp_saga_trace (const zp_saga_t *saga)
{
    return (zp_trace_t *) &saga->trace;
}

void **
zp_saga_arg (const zp_saga_t *saga)
{
    return &((zp_saga_t *) saga)->arg;
}

const zp_saga_t *
zp_saga_core_each (const zp_saga_core_t *self, const zp_saga_t *before)
{
    return before ? TAILQ_NEXT (before, all) : TAILQ_FIRST (&self->all);
}

size_t
zp_saga_core_count (const zp_saga_core_t *self, zp_saga_state_t state)
{
    return self->counts[state];
}

//  The saga with that id; NULL is noted as a failure
static zp_saga_t *
s_find (zp_saga_core_t *self, zp_span_t id)
{
    zp_saga_t *saga = zp_saga_table_find (&self->table, id);
    if (!saga)
        zp_saga_core_fail (self, ZP_NOT_FOUND,
                           "there is no saga with that id, or not any more");
    return saga;
}

//  True if some step waits for that signal
static bool
s_waited_for (const zp_saga_def_t *def, zp_span_t name)
{
    for (size_t i = 0; def && i < def->count; i++) {
        const char *signal = def->steps[i].wait_for;
        if (signal && strlen (signal) == name.size &&
            memcmp (signal, name.data, name.size) == 0)
            return true;
    }
    return false;
}

zp_status_t
zp_saga_core_signal (zp_saga_core_t *self, zp_span_t id, zp_span_t name,
                     zp_span_t value, int64_t now_ms)
{
    zp_saga_core_clock (self, now_ms);
    zp_saga_t *saga = s_find (self, id);
    if (!saga)
        return self->status;
    if (name.size == 0 || !s_waited_for (saga->def, name))
        return zp_saga_core_fail (self, ZP_INVALID_ARGUMENT,
                                  "no step of %s waits for that signal",
                                  saga->id);
    if (zp_saga_plan_ended (&saga->marks) || saga->marks.backward ||
        saga->broken)
        return zp_saga_core_fail (self, ZP_FAILED_PRECONDITION,
                                  "%s is %s, and waits for nothing", saga->id,
                                  zp_saga_state_name (saga->marks.state));
    if (value.size == 0)
        value = (zp_span_t){"null", 4};
    char *plain = value.size <= self->options.max_input_bytes
                      ? zp_saga_json_plain (value)
                      : NULL;
    if (!plain)
        return zp_saga_core_fail (self, ZP_INVALID_ARGUMENT,
                                  "a value is JSON of at most %zu bytes",
                                  self->options.max_input_bytes);
    zp_saga_record_t record = {.event = ZP_SAGA_SIGNALLED,
                               .step = -1,
                               .body = {plain, strlen (plain)}};
    zp_saga_record_text (record.signal, sizeof record.signal, name);
    zp_saga_life_happen (self, saga, &record);  // The first one counts
    free (plain);
    return ZP_OK;
}

//  True if it is 1 to max bytes of printable ASCII
static bool
s_is_line (zp_span_t text, size_t max)
{
    const char *at = text.data;
    for (size_t i = 0; i < text.size; i++)
        if (at[i] < ' ' || at[i] > '~')
            return false;
    return text.size > 0 && text.size <= max;
}

//  The step that is meant; if none is named, the only one that is stuck. -1,
//  and a failure, if there is none.
static int
s_step (zp_saga_core_t *self, const zp_saga_t *saga, zp_span_t step)
{
    zp_saga_steps_t stuck = saga->marks.stuck;
    if (!saga->def)
        zp_saga_core_fail (self, ZP_FAILED_PRECONDITION,
                           "%s has no steps that could be read", saga->id);
    else if (step.size) {
        int number = zp_saga_def_find (saga->def, step);
        if (number >= 0)
            return number;
        zp_saga_core_fail (self, ZP_INVALID_ARGUMENT, "%s has no such step",
                           saga->id);
    }
    else if (stuck && !(stuck & (stuck - 1)))
        return zp_saga_steps_first (stuck);
    else
        zp_saga_core_fail (self, ZP_FAILED_PRECONDITION,
                           stuck ? "several steps of %s do not work: say which"
                                 : "no step of %s is to be skipped",
                           saga->id);
    return -1;
}

zp_status_t
zp_saga_core_order (zp_saga_core_t *self, zp_span_t id, zp_saga_order_t order,
                    zp_span_t step, zp_span_t who, zp_span_t why,
                    int64_t now_ms)
{
    static const zp_saga_event_t events[] = {
        [ZP_SAGA_RETRY] = ZP_SAGA_RETRIED,
        [ZP_SAGA_SKIP] = ZP_SAGA_SKIPPED,
        [ZP_SAGA_ABORT] = ZP_SAGA_ABORTED,
        [ZP_SAGA_COMPLETE] = ZP_SAGA_CLOSED,
    };
    zp_saga_core_clock (self, now_ms);
    zp_saga_t *saga = s_find (self, id);
    if (!saga)
        return self->status;
    if (!s_is_line (who, ZP_SAGA_CODE_MAX) ||
        !s_is_line (why, ZP_SAGA_TEXT_MAX))
        return zp_saga_core_fail (self, ZP_INVALID_ARGUMENT,
                                  "say who you are (1 to %d bytes of ASCII), "
                                  "and why you do it (1 to %d)",
                                  ZP_SAGA_CODE_MAX, ZP_SAGA_TEXT_MAX);
    zp_saga_record_t record = {.event = events[order], .step = -1};
    if (order == ZP_SAGA_SKIP && (record.step = s_step (self, saga, step)) < 0)
        return self->status;
    zp_saga_record_text (record.who, sizeof record.who, who);
    zp_saga_record_text (record.text, sizeof record.text, why);
    if (!zp_saga_life_happen (self, saga, &record))
        return zp_saga_core_fail (
            self, ZP_FAILED_PRECONDITION,
            order == ZP_SAGA_ABORT
                ? "%s is %s: only what runs, and has not begun its pivot, can "
                  "be aborted"
                : "%s is %s: that is for one that is PARKED, or a step that "
                  "does not work",
            saga->id, zp_saga_state_name (saga->marks.state));
    return ZP_OK;
}
