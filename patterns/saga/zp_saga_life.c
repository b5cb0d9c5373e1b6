//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_saga_core_private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

zp_saga_t *
zp_saga_life_new (zp_saga_core_t *core, zp_span_t id, zp_saga_def_t **def_p,
                  int64_t now_ms)
{
    zp_saga_t *self = calloc (1, sizeof *self + id.size + 1);
    assert (self);
    memcpy (self->id, id.data, id.size);
    self->begun_ms = self->changed_ms = now_ms;
    self->def = *def_p;
    *def_p = NULL;
    if (self->def) {
        self->slots = calloc (self->def->count, sizeof *self->slots);
        assert (self->slots);
    }
    zp_saga_table_add (&core->table, self);
    TAILQ_INSERT_TAIL (&core->all, self, all);
    core->counts[self->marks.state]++;
    return self;
}

//  It is in at most one of the lists
static void
s_leave_list (zp_saga_core_t *core, zp_saga_t *self)
{
    if (self->writing)
        TAILQ_REMOVE (&core->writing, self, listed);
    if (self->ready)
        TAILQ_REMOVE (&core->ready, self, listed);
    self->writing = self->ready = false;
}

void
zp_saga_life_destroy (zp_saga_core_t *core, zp_saga_t **self_p)
{
    zp_saga_t *self = *self_p;
    *self_p = NULL;
    s_leave_list (core, self);
    zp_saga_heap_set (&core->heap, self, INT64_MAX);
    zp_saga_table_remove (&core->table, self);
    TAILQ_REMOVE (&core->all, self, all);
    core->counts[self->marks.state]--;
    for (size_t i = 0; self->def && i < self->def->count; i++)
        free (self->slots[i].result);
    free (self->slots);
    zp_saga_def_destroy (&self->def);
    free (self->reason);
    free (self->parent);
    free (self->input);
    free (self->records);
    free (self);
}

//  True if something is to be sent or told
static bool
s_has_work (const zp_saga_t *self)
{
    zp_saga_steps_t active = zp_saga_plan_active (&self->marks);
    for (; active; active &= active - 1)
        if (self->slots[zp_saga_steps_first (active)].phase == ZP_SAGA_READY)
            return true;
    return self->tell;
}

//  When something is to be done next
static int64_t
s_next_ms (const zp_saga_core_t *core, const zp_saga_t *self)
{
    static const zp_saga_record_t deadline = {.event = ZP_SAGA_DEADLINE,
                                              .step = -1};
    int64_t next_ms = INT64_MAX;
    if (zp_saga_plan_ended (&self->marks))
        return self->changed_ms + core->options.retention_ms;
    if (self->marks.state == ZP_SAGA_PARKED)
        return INT64_MAX;
    if (self->def->deadline_ms &&
        zp_saga_plan_possible (self->def, &self->marks, &deadline))
        next_ms = self->begun_ms + self->def->deadline_ms;
    zp_saga_steps_t active = zp_saga_plan_active (&self->marks);
    for (; active; active &= active - 1) {
        const zp_saga_slot_t *slot = &self->slots[zp_saga_steps_first (active)];
        if (slot->phase > ZP_SAGA_READY && slot->due_ms < next_ms)
            next_ms = slot->due_ms;
    }
    return next_ms;
}

void
zp_saga_life_schedule (zp_saga_core_t *core, zp_saga_t *self)
{
    bool written = !self->record_count ||
                   self->records[self->record_count - 1] <= core->written;
    bool ready = written && s_has_work (self);
    if (self->writing != !written || self->ready != ready) {
        s_leave_list (core, self);
        self->writing = !written;
        self->ready = ready;
        if (!written)
            TAILQ_INSERT_TAIL (&core->writing, self, listed);
        if (ready)
            TAILQ_INSERT_TAIL (&core->ready, self, listed);
    }
    zp_saga_heap_set (&core->heap, self, s_next_ms (core, self));
}

//  Steps begin anew: all their attempts are there again
static void
s_arm (zp_saga_t *self, zp_saga_steps_t steps, int64_t time_ms)
{
    for (; steps; steps &= steps - 1) {
        int i = zp_saga_steps_first (steps);
        zp_saga_slot_t *slot = &self->slots[i];
        const zp_saga_step_t *step = &self->def->steps[i];
        slot->tries = 0;
        slot->ask = false;
        slot->phase = step->wait_for ? ZP_SAGA_LISTENING : ZP_SAGA_READY;
        slot->due_ms = time_ms + step->timeout_ms;
    }
}

//  Bring the slots in line with the marks, after a record
static void
s_follow (zp_saga_t *self, const zp_saga_record_t *record,
          const zp_saga_marks_t *before, int64_t time_ms)
{
    zp_saga_steps_t active = zp_saga_plan_active (&self->marks);
    bool parked = self->marks.state == ZP_SAGA_PARKED;
    for (size_t i = 0; i < self->def->count; i++) {
        if (parked || !(active & zp_saga_step_bit (i)))
            self->slots[i].phase = ZP_SAGA_IDLE;
        if (record->undo & zp_saga_step_bit (i))
            self->slots[i].attempt = 0;  // Those of the action are over
    }
    if (parked || zp_saga_plan_ended (&self->marks))
        return;
    bool resumed = before->state == ZP_SAGA_PARKED;
    s_arm (self, resumed ? active : active & (record->start | record->undo),
           time_ms);
}

static void
s_keep_number (zp_saga_t *self, uint64_t number)
{
    if (self->record_count == self->record_room) {
        self->record_room += self->def ? (uint32_t) self->def->count + 1 : 4;
        self->records =
            realloc (self->records, self->record_room * sizeof *self->records);
        assert (self->records);
    }
    self->records[self->record_count++] = number;
}

static void
s_set_reason (zp_saga_t *self, const zp_saga_record_t *record)
{
    static const char *const what[ZP_SAGA_EVENTS] = {
        [ZP_SAGA_STEP_REFUSED] = "was refused",
        [ZP_SAGA_STEP_EXHAUSTED] = "was not answered",
        [ZP_SAGA_UNDO_FAILED] = "could not be undone",
        [ZP_SAGA_DEADLINE] = "took longer than its deadline",
        [ZP_SAGA_ABORTED] = "was aborted",
    };
    if (!what[record->event])
        return;
    char text[sizeof record->text + 300];
    int size = snprintf (text, sizeof text, "%s %s",
                         record->step < 0 ? "the saga"
                                          : self->def->steps[record->step].id,
                         what[record->event]);
    const char *const more[] = {record->who, record->code, record->text};
    for (int i = 0; i < 3; i++)
        if (*more[i])
            size += snprintf (text + size, sizeof text - (size_t) size, "%s%s",
                              text[size - 1] == ':' ? " " : ": ", more[i]);
    free (self->reason);
    self->reason = strdup (text);
    assert (self->reason);
}

//  What a record brings is kept where it belongs
static void
s_keep_body (zp_saga_t *self, const zp_saga_record_t *record,
             zp_saga_steps_t done)
{
    if (record->event != ZP_SAGA_STEP_DONE &&
        record->event != ZP_SAGA_SIGNALLED)
        return;
    for (size_t i = 0; i < self->def->count; i++) {
        bool named = record->event == ZP_SAGA_STEP_DONE
                         ? done & zp_saga_step_bit (i)
                         : self->def->steps[i].wait_for &&
                               strcmp (self->def->steps[i].wait_for,
                                       record->signal) == 0;
        if (named && !self->slots[i].result && record->body.size) {
            self->slots[i].result =
                strndup (record->body.data, record->body.size);
            assert (self->slots[i].result);
        }
    }
}

void
zp_saga_life_apply (zp_saga_core_t *core, zp_saga_t *self,
                    const zp_saga_record_t *record, uint64_t number,
                    int64_t time_ms)
{
    zp_saga_marks_t before = self->marks;
    core->last = number;
    s_keep_number (self, number);
    self->changed_ms = time_ms;
    if (*record->parent && !self->parent) {
        self->parent = strdup (record->parent);
        assert (self->parent);
    }
    if (!self->broken) {
        zp_saga_plan_apply (self->def, &self->marks, record);
        s_keep_body (self, record, self->marks.done & ~before.done);
        s_follow (self, record, &before, time_ms);
        s_set_reason (self, record);
    }
    else if (record->event == ZP_SAGA_CLOSED)
        self->marks.state = ZP_SAGA_COMPLETED;
    core->counts[before.state]--;
    core->counts[self->marks.state]++;
    if (self->marks.state != before.state)
        self->tell = self->marks.state == ZP_SAGA_PARKED ||
                     zp_saga_plan_ended (&self->marks);
}

//  Complete a record of what can happen
static bool
s_complete (const zp_saga_t *self, zp_saga_record_t *record)
{
    if (self->broken) {  // All that can be done is to close it
        record->state = ZP_SAGA_COMPLETED;
        return record->event == ZP_SAGA_CLOSED &&
               self->marks.state == ZP_SAGA_PARKED;
    }
    if (!zp_saga_plan_possible (self->def, &self->marks, record))
        return false;
    zp_saga_plan_follow (self->def, &self->marks, record);
    return true;
}

bool
zp_saga_life_happen (zp_saga_core_t *core, zp_saga_t *self,
                     zp_saga_record_t *record)
{
    if (!s_complete (self, record))
        return false;
    char head[ZP_SAGA_HEAD_MAX];
    size_t size =
        zp_saga_record_write (record, self->def, self->marks.state, head);
    uint64_t number = core->log.append (
        core->log.arg, (zp_span_t){self->id, strlen (self->id)},
        (zp_span_t){head, size}, record->body);
    zp_saga_life_apply (core, self, record, number, core->now_ms);
    s_leave_list (core, self);  // It is the last that wrote
    zp_saga_life_schedule (core, self);
    return true;
}

void
zp_saga_life_break (zp_saga_core_t *core, zp_saga_t *self, const char *why)
{
    core->counts[self->marks.state]--;
    self->marks.state = ZP_SAGA_PARKED;
    core->counts[self->marks.state]++;
    self->broken = true;
    for (size_t i = 0; self->def && i < self->def->count; i++)
        self->slots[i].phase = ZP_SAGA_IDLE;
    free (self->reason);
    self->reason = strdup (why);
    assert (self->reason);
}
