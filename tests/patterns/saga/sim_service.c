//  SPDX-License-Identifier: MIT

#include "sim_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define LATE_MS 350  // Later than the next attempts

static void
s_swap (sim_world_t *self, size_t one, size_t other)
{
    sim_message_t message = self->net[one];
    self->net[one] = self->net[other];
    self->net[other] = message;
}

static void
s_push (sim_world_t *self, sim_message_t message)
{
    if (self->net_count == self->net_room) {
        self->net_room = self->net_room ? self->net_room * 2 : 64;
        self->net = realloc (self->net, self->net_room * sizeof *self->net);
        assert_non_null (self->net);
    }
    size_t at = self->net_count++;
    self->net[at] = message;
    for (; at > 0 && self->net[(at - 1) / 2].at_ms > self->net[at].at_ms;
         at = (at - 1) / 2)
        s_swap (self, at, (at - 1) / 2);
}

static sim_message_t
s_pop (sim_world_t *self)
{
    sim_message_t first = self->net[0];
    self->net[0] = self->net[--self->net_count];
    for (size_t at = 0, child; (child = 2 * at + 1) < self->net_count;
         at = child) {
        if (child + 1 < self->net_count &&
            self->net[child + 1].at_ms < self->net[child].at_ms)
            child++;
        if (self->net[child].at_ms >= self->net[at].at_ms)
            break;
        s_swap (self, at, child);
    }
    return first;
}

void
sim_service_start_again (sim_world_t *self, int number)
{
    sim_saga_t *saga = &self->sagas[number];
    char input[32];
    snprintf (input, sizeof input, "{ \"n\":%d }", number);
    assert_int_equal (zp_saga_core_start (
                          self->core, sim_span (saga->def->name),
                          sim_span (saga->id), sim_span (input), self->now_ms),
                      ZP_OK);
}

//  What must be true whenever this is sent (invariants 3 and 4)
static void
s_check (const sim_saga_t *saga, const zp_saga_view_t *view, size_t number,
         zp_saga_verb_t verb)
{
    const zp_saga_def_t *def = saga->def;
    for (size_t i = 0; i < def->count; i++) {
        const sim_effect_t *effect = &saga->effects[i];
        if (verb == ZP_SAGA_ACTION)
            assert_false (effect->asked);
        else if (def->steps[i].kind != ZP_SAGA_COMPENSATABLE)
            assert_true (effect->state != SIM_DONE);
        else if ((def->steps[i].past & UINT64_C (1) << number) &&
                 effect->sent && !def->steps[i].wait_for) {
            assert_true ((view->undone | view->refused) & UINT64_C (1) << i);
            assert_true (effect->state == SIM_UNDONE ||
                         effect->state == SIM_NO);
        }
    }
}

//  It leaves the process
static void
s_leave (sim_world_t *self, const zp_saga_t *from, sim_message_t message)
{
    zp_saga_view_t view;
    zp_saga_view (from, &view);
    sim_saga_t *saga = &self->sagas[message.saga];
    s_check (saga, &view, (size_t) message.step, message.verb);
    if (message.verb == ZP_SAGA_ACTION)
        saga->effects[message.step].sent = true;
    else
        saga->effects[message.step].asked = true;
    message.at_ms = self->now_ms + 5;
    self->commands++;
    if (message.fate == SIM_LOST_BEFORE)
        return;
    if (message.fate == SIM_LATE)
        message.at_ms += LATE_MS;
    s_push (self, message);
    if (message.fate == SIM_DUPLICATED) {
        message.at_ms += 1 + LATE_MS * (message.attempt % 2);
        message.fate = SIM_OK;
        s_push (self, message);
    }
}

void
sim_service_send (sim_world_t *self, const zp_saga_command_t *command)
{
    zp_saga_view_t view;
    zp_saga_view (command->saga, &view);
    sim_message_t message = {.saga = atoi (view.id + 1),
                             .step = (int) (command->step - view.def->steps),
                             .verb = command->verb,
                             .attempt = command->attempt,
                             .ask = command->ask};
    message.fate = self->fate (self, &message);
    self->fates[message.fate]++;
    if (message.fate != SIM_HELD) {
        s_leave (self, command->saga, message);
        return;
    }
    zp_saga_core_hold (self->core, command);
    message.held = true;
    message.life = self->crashes;
    message.at_ms = self->now_ms + LATE_MS;
    s_push (self, message);
}

//  There is room for one that was held; with its process it is forgotten
static void
s_resume (sim_world_t *self, sim_message_t message, const char *key)
{
    zp_saga_command_t command;
    message.held = false;
    if (message.life == self->crashes &&
        zp_saga_core_resume (self->core, sim_span (key), message.verb,
                             message.attempt, self->now_ms, &command)) {
        assert_string_equal (command.key, key);
        s_leave (self, command.saga, message);
    }
}

//  An action, or a question about it, arrives
static zp_saga_outcome_t
s_action (sim_effect_t *effect, const sim_message_t *message)
{
    if (effect->state == SIM_NONE && message->ask)
        return ZP_SAGA_UNKNOWN;
    if (effect->state == SIM_NONE && message->fate == SIM_REFUSED)
        effect->state = SIM_NO;
    else if (effect->state == SIM_NONE && message->fate == SIM_ONGOING)
        effect->state = SIM_WORKING;
    else if (effect->state == SIM_NONE ||
             (effect->state == SIM_WORKING && message->fate != SIM_ONGOING))
        effect->state = SIM_DONE;
    if (effect->state == SIM_WORKING)
        return ZP_SAGA_ONGOING;
    return effect->state == SIM_DONE ? ZP_SAGA_DONE : ZP_SAGA_REFUSED;
}

//  The same for a compensation
static zp_saga_outcome_t
s_compensate (sim_effect_t *effect, const sim_message_t *message)
{
    if (message->ask && effect->state != SIM_UNDONE)
        return ZP_SAGA_UNKNOWN;
    if (message->fate == SIM_REFUSED && effect->state != SIM_UNDONE)
        return ZP_SAGA_REFUSED;
    if (message->fate == SIM_ONGOING && effect->state != SIM_UNDONE)
        return ZP_SAGA_ONGOING;
    if (effect->state != SIM_NO)
        effect->state = SIM_UNDONE;
    return ZP_SAGA_DONE;
}

static void
s_serve (sim_world_t *self, sim_message_t message)
{
    sim_effect_t *effect = &self->sagas[message.saga].effects[message.step];
    zp_saga_outcome_t outcome = message.verb == ZP_SAGA_ACTION
                                    ? s_action (effect, &message)
                                    : s_compensate (effect, &message);
    message.reply = true;
    message.at_ms = self->now_ms + 5;
    message.answer = (zp_saga_reply_t){.outcome = outcome,
                                       .result = sim_span ("{\"key\": 7}"),
                                       .code = sim_span ("NO"),
                                       .text = sim_span ("not \"now\""),
                                       .after_ms = 30};
    if (message.fate == SIM_GARBAGE)
        message.answer.result = sim_span ("{key");
    if (message.fate == SIM_LATE_REPLY)
        message.at_ms += LATE_MS;
    if (message.fate != SIM_LOST_AFTER)
        s_push (self, message);
}

void
sim_service_deliver (sim_world_t *self)
{
    sim_message_t message = s_pop (self);
    sim_saga_t *saga = &self->sagas[message.saga];
    char key[64];
    snprintf (key, sizeof key, "%s/%s", saga->id,
              saga->def->steps[message.step].id);
    if (message.held)
        s_resume (self, message, key);
    else if (!message.reply)
        s_serve (self, message);
    if (!message.reply)
        return;
    uint64_t before = self->records;
    zp_saga_core_reply (self->core, sim_span (key), message.verb,
                        message.attempt, &message.answer, self->now_ms);
    sim_world_replay (self, message.saga, before);
}
