//  SPDX-License-Identifier: MIT

#include "sim_model.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define NOBODY SIM_NOBODY

void
sim_copy (sim_model_t *self, const sim_model_t *from)
{
    memcpy (self, from,
            offsetof (sim_model_t, messages) +
                from->count * sizeof *from->messages);
    memcpy (self->known, from->known, from->known_count * sizeof *from->known);
}

sim_message_t *
sim_find (sim_model_t *self, uint64_t id)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->messages[i].id == id)
            return &self->messages[i];
    return NULL;
}

const sim_known_t *
sim_known_find (const sim_model_t *self, int line, int text)
{
    const sim_known_t *found = NULL;
    for (size_t i = 0; i < self->known_count; i++) {
        const sim_known_t *known = &self->known[i];
        if (known->line == line && known->text == text &&
            known->until_ms > self->now_ms)
            found = known;
    }
    return found;
}

zp_status_t
sim_put_status (const sim_model_t *self, int line, size_t size)
{
    size_t count = 0;
    uint64_t bytes = size;
    for (size_t i = 0; i < self->count; i++)
        if (self->messages[i].line == line) {
            count++;
            bytes += self->messages[i].size;
        }
    if (size > self->options.max_body_bytes)
        return ZP_INVALID_ARGUMENT;
    return count < self->options.max_messages &&
                   bytes <= self->options.max_bytes
               ? ZP_OK
               : ZP_RESOURCE_EXHAUSTED;
}

void
sim_put (sim_model_t *self, int line, uint64_t id, int serial, uint32_t size,
         int text, const zp_queue_put_t *put)
{
    assert_true (self->count < SIM_MESSAGES);
    self->messages[self->count++] = (sim_message_t){
        .id = id,
        .line = line,
        .serial = serial,
        .size = size,
        .state = ZP_QUEUE_WRITING,
        .priority =
            put->priority < 0 ? ZP_QUEUE_PRIORITY_DEFAULT : put->priority,
        .lease_ms = put->lease_ms,
        .until_ms = put->delay_ms ? self->now_ms + put->delay_ms : 0,
        .holder = NOBODY,
        //  Of this epoch: none of its leases can have been forgotten
        .epoch = self->epoch,
        .order = self->orders};
    if (text < 0)
        return;
    assert_true (self->known_count < SIM_KNOWN);
    self->known[self->known_count++] = (sim_known_t){
        id, line, text, self->now_ms + self->options.dedupe_ms, false};
}

//  The log is told how the message stands
static void
s_log (sim_message_t *message)
{
    message->disk_acquired = message->acquired;
    message->disk_epoch = message->acquired ? message->epoch : 0;
    message->disk_order = message->order;
    message->disk_closed = message->closed;
    message->disk_over = false;
}

static void
s_enter (sim_model_t *self, sim_message_t *message, zp_queue_state_t state)
{
    message->state = state;
    message->holder = NOBODY;
    message->note_ms = 0;
    if (state != ZP_QUEUE_DELAYED && state != ZP_QUEUE_LEASED)
        message->until_ms = 0;
    message->first = false;
    message->rank = ++self->ranks;
}

void
sim_written (sim_model_t *self, uint64_t id)
{
    sim_message_t *message = sim_find (self, id);
    if (message && message->state == ZP_QUEUE_WRITING)
        s_enter (self, message,
                 message->until_ms > self->now_ms ? ZP_QUEUE_DELAYED
                                                  : ZP_QUEUE_READY);
}

//  True if it goes before the other, of the same priority, or may do so
static bool
s_may_precede (const sim_message_t *message, const sim_message_t *other)
{
    return message->first == other->first ? message->rank <= other->rank
                                          : message->first;
}

//  True if no other one of its priority must go before it
static bool
s_may_be_head (const sim_model_t *self, const sim_message_t *message)
{
    for (size_t i = 0; i < self->count; i++) {
        const sim_message_t *other = &self->messages[i];
        if (other->line == message->line && other->state == ZP_QUEUE_READY &&
            other->priority == message->priority &&
            !s_may_precede (message, other))
            return false;
    }
    return true;
}

bool
sim_may_be_next (const sim_model_t *self, const sim_message_t *message)
{
    int age_every = self->options.age_every;
    bool aged = age_every &&
                (self->turns[message->line] + 1) % (uint64_t) age_every == 0;
    bool any[ZP_QUEUE_PRIORITIES] = {false};
    bool younger[ZP_QUEUE_PRIORITIES] = {false};
    for (size_t i = 0; i < self->count; i++) {
        const sim_message_t *other = &self->messages[i];
        if (other->line != message->line || other->state != ZP_QUEUE_READY ||
            other->priority == message->priority)
            continue;
        any[other->priority] = true;
        if (aged && other->id > message->id && s_may_be_head (self, other))
            younger[other->priority] = true;
    }
    for (int priority = 0; priority < ZP_QUEUE_PRIORITIES; priority++)
        if (any[priority] && !younger[priority] &&
            (aged || priority > message->priority))
            return false;
    return s_may_be_head (self, message);
}

static int64_t
s_lease_ms (const sim_model_t *self, const sim_message_t *message)
{
    return message->lease_ms ? message->lease_ms : self->options.lease_ms;
}

sim_receipt_t
sim_lease (sim_model_t *self, sim_message_t *message, int holder)
{
    self->turns[message->line]++;
    int64_t lease_ms = s_lease_ms (self, message);
    s_enter (self, message, ZP_QUEUE_LEASED);
    message->until_ms = self->now_ms + lease_ms;
    message->note_ms = self->now_ms + ZP_QUEUE_NOTE_MS;
    message->holder = holder;
    message->acquired++;
    message->epoch = self->epoch;
    message->closed = false;
    message->order = ++self->orders;
    return (sim_receipt_t){{message->id, message->acquired, message->epoch},
                           message->order};
}

void
sim_undo (sim_model_t *self, sim_message_t *message)
{
    bool noted = message->note_ms == 0;
    s_enter (self, message, ZP_QUEUE_READY);
    message->first = true;
    message->rank = -self->ranks;  // Before all
    if (noted)
        s_log (message);
}

sim_message_t *
sim_answer (sim_model_t *self, const sim_receipt_t *receipt, bool *later,
            zp_status_t *status)
{
    sim_message_t *message = sim_find (self, receipt->receipt.id);
    if (!message) {
        *status = ZP_NOT_FOUND;
        return NULL;
    }
    *status = ZP_FAILED_PRECONDITION;
    if (receipt->order == 0)
        return NULL;  // Forged
    *later = receipt->order > message->order;
    if (!*later && (receipt->order < message->order || message->closed))
        return NULL;
    if (*later) {
        //  A crash has taken it from our memory
        assert_true (receipt->receipt.epoch < self->epoch);
        message->order = receipt->order;
        message->acquired = receipt->receipt.acquired;
        message->epoch = receipt->receipt.epoch;
        message->closed = false;
    }
    *status = ZP_OK;
    return message;
}

static void
s_remove (sim_model_t *self, sim_message_t *message)
{
    *message = self->messages[--self->count];
}

void
sim_ack (sim_model_t *self, sim_message_t *message)
{
    for (size_t i = 0; i < self->known_count; i++)
        if (self->known[i].id == message->id &&
            self->known[i].until_ms > self->now_ms)
            self->known[i].acked = true;
    s_remove (self, message);
}

//  It was in vain once more. True if that is enough
static bool
s_vain (sim_model_t *self, sim_message_t *message)
{
    message->delivered++;
    if (message->line >= SIM_QUEUES ||
        message->delivered < self->options.delivery_limit)
        return false;
    message->line += SIM_QUEUES;
    message->closed = true;
    s_enter (self, message, ZP_QUEUE_READY);
    s_log (message);
    return true;
}

void
sim_nack (sim_model_t *self, sim_message_t *message, bool later,
          int64_t delay_ms)
{
    if ((later || message->state == ZP_QUEUE_LEASED) && s_vain (self, message))
        return;
    s_enter (self, message, delay_ms ? ZP_QUEUE_DELAYED : ZP_QUEUE_READY);
    if (delay_ms)
        message->until_ms = self->now_ms + delay_ms;
    s_log (message);
}

void
sim_touch (sim_model_t *self, sim_message_t *message, int64_t lease_ms)
{
    int holder = message->holder;
    if (lease_ms == 0)
        lease_ms = s_lease_ms (self, message);
    s_enter (self, message, ZP_QUEUE_LEASED);
    message->until_ms = self->now_ms + lease_ms;
    message->holder = holder;
    s_log (message);
}

void
sim_bury (sim_model_t *self, sim_message_t *message)
{
    message->closed = true;
    s_enter (self, message, ZP_QUEUE_BURIED);
    s_log (message);
}

void
sim_lose (sim_model_t *self, int holder, bool lost)
{
    int64_t rank = self->ranks + 1;  // For all of now: in any order
    for (size_t i = 0; i < self->count; i++) {
        sim_message_t *message = &self->messages[i];
        if (message->holder != holder)
            continue;
        message->holder = NOBODY;
        if (!lost)
            continue;
        if (!s_vain (self, message)) {
            s_enter (self, message, ZP_QUEUE_READY);
            message->first = true;
            s_log (message);
        }
        message->rank = rank;
    }
}

void
sim_kick (sim_model_t *self, sim_message_t *message)
{
    message->line %= SIM_QUEUES;
    message->delivered = 0;
    message->closed = true;
    s_enter (self, message, ZP_QUEUE_READY);
    s_log (message);
}

void
sim_purge (sim_model_t *self, sim_message_t *message)
{
    for (size_t i = 0; i < self->known_count; i++)
        if (self->known[i].id == message->id)
            self->known[i].until_ms = 0;
    s_remove (self, message);
}

//  Its lease has run out
static void
s_over (sim_model_t *self, sim_message_t *message)
{
    bool noted = message->note_ms == 0;
    if (s_vain (self, message))
        return;
    s_enter (self, message, ZP_QUEUE_READY);
    message->first = true;
    if (noted)
        message->disk_over = true;
    else
        s_log (message);
}

void
sim_tick (sim_model_t *self, int64_t now_ms)
{
    self->now_ms = now_ms;
    int64_t rank = self->ranks + 1;  // For all of now: in any order
    for (size_t i = 0; i < self->count; i++) {
        sim_message_t *message = &self->messages[i];
        if (message->state == ZP_QUEUE_DELAYED && message->until_ms <= now_ms) {
            s_enter (self, message, ZP_QUEUE_READY);
            message->rank = rank;
        }
        else if (message->state == ZP_QUEUE_LEASED &&
                 message->until_ms <= now_ms) {
            s_over (self, message);
            message->rank = rank;
        }
        else if (message->state == ZP_QUEUE_LEASED && message->note_ms &&
                 message->note_ms <= now_ms) {
            message->note_ms = 0;
            s_log (message);
        }
    }
    //  The oldest first: one that was purged hides behind those before it
    size_t gone = 0;
    while (gone < self->known_count && self->known[gone].until_ms <= now_ms)
        gone++;
    self->known_count -= gone;
    memmove (self->known, self->known + gone,
             self->known_count * sizeof *self->known);
}

static void
s_restart (sim_model_t *self, sim_message_t *message)
{
    bool leased = message->state == ZP_QUEUE_LEASED && message->note_ms == 0;
    bool over = message->disk_over;
    message->acquired = message->disk_acquired;
    message->epoch = message->disk_epoch;
    message->order = message->disk_order;
    message->closed = message->disk_closed;
    int64_t until_ms = message->until_ms;
    zp_queue_state_t state = message->state;
    if (state == ZP_QUEUE_BURIED)
        return;
    if (leased) {
        message->holder = NOBODY;
        return;  // It goes on
    }
    if (state == ZP_QUEUE_WRITING || state == ZP_QUEUE_DELAYED)
        state = until_ms > self->now_ms ? ZP_QUEUE_DELAYED : ZP_QUEUE_READY;
    if (state == ZP_QUEUE_LEASED)
        state = ZP_QUEUE_READY;  // It was too young to be in the log
    s_enter (self, message, state);
    message->rank = (int64_t) message->id;
    message->first = over;
}

void
sim_restart (sim_model_t *self, uint64_t epoch, int64_t now_ms)
{
    self->epoch = epoch;
    self->now_ms = now_ms;
    memset (self->turns, 0, sizeof self->turns);
    for (size_t i = 0; i < self->count; i++)
        s_restart (self, &self->messages[i]);
    //  Records that are gone: purged with their messages
    size_t kept = 0;
    for (size_t i = 0; i < self->known_count; i++)
        if (self->known[i].until_ms > 0)
            self->known[kept++] = self->known[i];
    self->known_count = kept;
    self->ranks += (int64_t) 1 << 32;  // Behind all ids
    for (size_t i = 0; i < self->count; i++)
        if (self->messages[i].disk_over)
            self->messages[i].rank = self->ranks + 1;  // As the tick has it
    sim_tick (self, now_ms);
}
