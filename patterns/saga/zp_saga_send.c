//  SPDX-License-Identifier: MIT

#include "zp_saga_core_private.h"

#include "zp_saga_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
s_result (const void *saga, int step)
{
    return zp_saga_result (saga, step);
}

//  Make the input of a step; NULL, and the step is refused, if that can't be
static char *
s_make_input (zp_saga_core_t *self, zp_saga_t *saga, int number)
{
    zp_saga_source_t source = {saga->input, s_result, saga};
    const char *path = NULL;
    char *input = zp_saga_input_make (saga->def, &saga->def->steps[number],
                                      &source, &path);
    if (!input) {
        zp_saga_record_t record = {.event = saga->marks.backward
                                                ? ZP_SAGA_UNDO_FAILED
                                                : ZP_SAGA_STEP_REFUSED,
                                   .step = number,
                                   .code = "BAD_INPUT"};
        char text[sizeof record.text];
        snprintf (text, sizeof text, "nothing is there: %s", path);
        zp_saga_record_text (record.text, sizeof record.text,
                             (zp_span_t){text, strlen (text)});
        zp_saga_life_happen (self, saga, &record);
    }
    return input;
}

//  Fill in a command for a step whose input is made; its time begins now
static void
s_send (zp_saga_core_t *self, zp_saga_t *saga, int number,
        zp_saga_command_t *command)
{
    const zp_saga_step_t *step = &saga->def->steps[number];
    zp_saga_slot_t *slot = &saga->slots[number];
    slot->phase = ZP_SAGA_SENT;
    slot->due_ms = self->now_ms + step->timeout_ms;
    snprintf (self->key, sizeof self->key, "%s/%s", saga->id, step->id);
    *command = (zp_saga_command_t){
        .verb = saga->marks.backward ? ZP_SAGA_COMPENSATE : ZP_SAGA_ACTION,
        .ask = slot->ask,
        .saga = saga,
        .step = step,
        .key = self->key,
        .input = self->input,
        .result = saga->marks.backward ? zp_saga_result (saga, number) : "null",
        .attempt = (int) slot->attempt,
        .timeout_ms = step->timeout_ms};
    zp_saga_life_schedule (self, saga);
}

static int
s_ready_step (const zp_saga_t *saga)
{
    for (size_t i = 0; saga->def && i < saga->def->count; i++)
        if (saga->slots[i].phase == ZP_SAGA_READY)
            return (int) i;
    return -1;
}

bool
zp_saga_core_next (zp_saga_core_t *self, int64_t now_ms,
                   zp_saga_command_t *command)
{
    zp_saga_core_clock (self, now_ms);
    zp_saga_t *saga;
    while ((saga = TAILQ_FIRST (&self->ready))) {
        if (saga->tell) {
            saga->tell = false;
            *command = (zp_saga_command_t){
                .verb = ZP_SAGA_ENDED, .saga = saga, .key = saga->id};
            zp_saga_life_schedule (self, saga);
            return true;
        }
        int number = s_ready_step (saga);
        free (self->input);
        self->input = s_make_input (self, saga, number);
        if (self->input) {
            saga->slots[number].attempt++;
            saga->slots[number].tries++;
            s_send (self, saga, number, command);
            return true;
        }
    }
    return false;
}

//  The saga, and the number of the step, that a key stands for; NULL: none
static zp_saga_t *
s_of_key (zp_saga_core_t *self, zp_span_t key, int *step_p)
{
    const char *text = key.data;
    const char *slash = key.size ? memchr (text, '/', key.size) : NULL;
    if (!slash)
        return NULL;
    size_t size = (size_t) (slash - text);
    zp_saga_t *saga =
        zp_saga_table_find (&self->table, (zp_span_t){text, size});
    if (!saga || !saga->def)
        return NULL;
    *step_p = zp_saga_def_find (saga->def,
                                (zp_span_t){slash + 1, key.size - size - 1});
    return *step_p < 0 ? NULL : saga;
}

void
zp_saga_core_hold (zp_saga_core_t *self, const zp_saga_command_t *command)
{
    int number = -1;
    zp_saga_t *saga = s_of_key (
        self, (zp_span_t){command->key, strlen (command->key)}, &number);
    saga->slots[number].due_ms = INT64_MAX;
    zp_saga_life_schedule (self, saga);
}

bool
zp_saga_core_resume (zp_saga_core_t *self, zp_span_t key, zp_saga_verb_t verb,
                     int attempt, int64_t now_ms, zp_saga_command_t *command)
{
    int number = -1;
    zp_saga_core_clock (self, now_ms);
    zp_saga_t *saga = s_of_key (self, key, &number);
    if (!saga || (verb == ZP_SAGA_COMPENSATE) != saga->marks.backward ||
        saga->slots[number].phase != ZP_SAGA_SENT ||
        saga->slots[number].attempt != (uint32_t) attempt)
        return false;
    free (self->input);
    self->input = s_make_input (self, saga, number);
    if (self->input)
        s_send (self, saga, number, command);
    return self->input;
}

//  An attempt was in vain: there is another, after a while, or none
static void
s_again (zp_saga_core_t *self, zp_saga_t *saga, int number, zp_status_t status)
{
    bool backward = saga->marks.backward;
    const zp_saga_step_t *step = &saga->def->steps[number];
    const zp_saga_retry_t *retry = backward ? &step->undo_retry : &step->retry;
    zp_saga_slot_t *slot = &saga->slots[number];
    if (slot->tries < (uint32_t) retry->max_attempts &&
        !(retry->final >> status & 1)) {
        uint64_t random =
            retry->jitter ? zp_random_next (&self->random) : UINT64_MAX;
        slot->phase = ZP_SAGA_PAUSED;
        slot->due_ms = self->now_ms + zp_backoff_ms (&retry->backoff,
                                                     (int) slot->tries, random);
        return;
    }
    zp_saga_record_t record = {.event = backward ? ZP_SAGA_UNDO_FAILED
                                                 : ZP_SAGA_STEP_EXHAUSTED,
                               .step = number,
                               .attempts = slot->attempt};
    snprintf (record.code, sizeof record.code, "%s", zp_status_name (status));
    zp_saga_life_happen (self, saga, &record);
}

//  The signal did not come in time
static void
s_not_heard (zp_saga_core_t *self, zp_saga_t *saga, int number)
{
    zp_saga_record_t record = {
        .event = ZP_SAGA_STEP_EXHAUSTED, .step = number, .code = "TIMEOUT"};
    zp_saga_life_happen (self, saga, &record);
}

void
zp_saga_send_due (zp_saga_core_t *self, zp_saga_t *saga)
{
    const zp_saga_def_t *def = saga->def;
    zp_saga_record_t deadline = {.event = ZP_SAGA_DEADLINE, .step = -1};
    if (def->deadline_ms && saga->begun_ms + def->deadline_ms <= self->now_ms &&
        zp_saga_life_happen (self, saga, &deadline))
        return;
    for (size_t i = 0; i < def->count; i++) {
        zp_saga_slot_t *slot = &saga->slots[i];
        if (slot->phase <= ZP_SAGA_READY || slot->due_ms > self->now_ms)
            continue;
        if (slot->phase == ZP_SAGA_PAUSED)
            slot->phase = ZP_SAGA_READY;
        else if (slot->phase == ZP_SAGA_SENT)
            s_again (self, saga, (int) i, ZP_DEADLINE_EXCEEDED);
        else
            s_not_heard (self, saga, (int) i);
    }
    zp_saga_life_schedule (self, saga);
}

//  It is known how a step ended. A result that is none says nothing.
static bool
s_definite (zp_saga_core_t *self, zp_saga_t *saga, int number,
            const zp_saga_reply_t *reply, bool *garbage_p)
{
    bool backward = saga->marks.backward;
    zp_saga_record_t record = {.step = number,
                               .attempts = saga->slots[number].attempt};
    char *result = NULL;
    if (reply->outcome == ZP_SAGA_REFUSED) {
        record.event = backward ? ZP_SAGA_UNDO_FAILED : ZP_SAGA_STEP_REFUSED;
        zp_saga_record_text (record.code, sizeof record.code, reply->code);
        zp_saga_record_text (record.text, sizeof record.text, reply->text);
    }
    else {
        record.event = backward ? ZP_SAGA_UNDONE : ZP_SAGA_STEP_DONE;
        if (reply->result.size <= self->options.max_input_bytes)
            result = zp_saga_json_plain (reply->result);
        *garbage_p = !result;
        if (result && !backward)
            record.body = (zp_span_t){result, strlen (result)};
    }
    bool changed = !*garbage_p && zp_saga_life_happen (self, saga, &record);
    free (result);
    return changed;
}

bool
zp_saga_core_reply (zp_saga_core_t *self, zp_span_t key, zp_saga_verb_t verb,
                    int attempt, const zp_saga_reply_t *reply, int64_t now_ms)
{
    int number = -1;
    bool garbage = false;
    zp_saga_core_clock (self, now_ms);
    zp_saga_t *saga = s_of_key (self, key, &number);
    //  What is said of the other direction is too late, or came from nowhere
    if (!saga || (verb == ZP_SAGA_COMPENSATE) != saga->marks.backward ||
        saga->def->steps[number].wait_for)
        return false;
    if ((reply->outcome == ZP_SAGA_DONE || reply->outcome == ZP_SAGA_REFUSED) &&
        s_definite (self, saga, number, reply, &garbage))
        return true;
    //  All else is of use only about the attempt that is waited for
    zp_saga_slot_t *slot = &saga->slots[number];
    if (slot->phase != ZP_SAGA_SENT || (uint32_t) attempt != slot->attempt)
        return false;
    if (reply->outcome == ZP_SAGA_ONGOING) {
        slot->phase = ZP_SAGA_PAUSED;
        slot->due_ms = self->now_ms + reply->after_ms;
        slot->tries = 0;
        slot->ask = true;
    }
    else {
        slot->ask = slot->ask && reply->outcome != ZP_SAGA_UNKNOWN;
        s_again (self, saga, number,
                 garbage || reply->outcome != ZP_SAGA_LOST ? ZP_UNKNOWN
                                                           : reply->status);
    }
    zp_saga_life_schedule (self, saga);
    return true;
}
