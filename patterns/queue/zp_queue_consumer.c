//  SPDX-License-Identifier: MIT
//
//  The core has a list of the queues that can give something to somebody, and
//  each queue one of the consumers that have credit left. Whose turn it was
//  goes to the end of its list, so that none is forgotten, and those that are
//  idle cost nothing.

#include "zp_queue_core_private.h"

void
zp_queue_turn (zp_queue_t *self)
{
    bool active =
        self->ready_bits && !self->paused && !TAILQ_EMPTY (&self->hungry);
    if (active == self->active)
        return;
    self->active = active;
    if (active)
        TAILQ_INSERT_TAIL (&self->core->active, self, link);
    else
        TAILQ_REMOVE (&self->core->active, self, link);
}

void
zp_queue_consumer_turn (zp_queue_consumer_t *self)
{
    bool hungry = self->credit > 0 && self->held_count < (size_t) self->credit;
    if (hungry == self->hungry)
        return;
    self->hungry = hungry;
    if (hungry)
        TAILQ_INSERT_TAIL (&self->queue->hungry, self, hunger);
    else
        TAILQ_REMOVE (&self->queue->hungry, self, hunger);
    zp_queue_turn (self->queue);
}

zp_queue_consumer_t *
zp_queue_consumer_new (zp_queue_core_t *core, zp_span_t queue, int credit,
                       void *arg)
{
    bool dead;  // Such a queue may be taken from as well
    zp_queue_t *from = zp_queue_names_valid (core, queue, &dead)
                           ? zp_queue_names_make (core, queue, true)
                           : NULL;
    if (!from)
        return NULL;
    zp_queue_consumer_t *self = zmalloc (sizeof *self);
    self->queue = from;
    self->arg = arg;
    TAILQ_INIT (&self->held);
    TAILQ_INSERT_TAIL (&from->consumers, self, link);
    from->stats.consumers++;
    zp_queue_consumer_set_credit (self, credit);
    return self;
}

void
zp_queue_consumer_destroy (zp_queue_consumer_t **self_p, bool lost,
                           int64_t now_ms)
{
    assert (self_p);
    zp_queue_consumer_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_queue_t *queue = self->queue;
    zp_queue_core_t *core = queue->core;
    zp_queue_core_clock (core, now_ms);
    zp_queue_consumer_set_credit (self, 0);
    zp_queue_message_t *message;
    while (lost && (message = TAILQ_FIRST (&self->held))) {
        zp_queue_message_leave (core, message);
        zp_queue_message_return (core, message, false);
    }
    for (message = TAILQ_FIRST (&self->held); message;
         message = TAILQ_NEXT (message, link))
        zp_queue_due_get (&core->due, message)->consumer = NULL;
    TAILQ_CONCAT (&queue->orphans, &self->held, link);
    TAILQ_REMOVE (&queue->consumers, self, link);
    queue->stats.consumers--;
    free (self);
}

void
zp_queue_consumer_set_credit (zp_queue_consumer_t *self, int credit)
{
    self->credit = credit;
    zp_queue_consumer_turn (self);
}

int
zp_queue_consumer_credit (zp_queue_consumer_t *self)
{
    return self->credit;
}

size_t
zp_queue_consumer_held (zp_queue_consumer_t *self)
{
    return self->held_count;
}

void *
zp_queue_consumer_arg (zp_queue_consumer_t *self)
{
    return self->arg;
}

//  The message of a queue that is to be delivered next
static zp_queue_message_t *
s_pick (zp_queue_t *queue)
{
    int age_every = queue->core->options.age_every;
    queue->turns++;
    if (age_every == 0 || queue->turns % (uint64_t) age_every) {
        int highest = 31 - __builtin_clz (queue->ready_bits);
        return TAILQ_FIRST (&queue->ready[highest]);
    }
    zp_queue_message_t *oldest = NULL;
    for (int priority = 0; priority < ZP_QUEUE_PRIORITIES; priority++) {
        zp_queue_message_t *first = TAILQ_FIRST (&queue->ready[priority]);
        if (first && (!oldest || first->id < oldest->id))
            oldest = first;
    }
    return oldest;
}

bool
zp_queue_core_next (zp_queue_core_t *core, int64_t now_ms,
                    zp_queue_delivery_t *delivery)
{
    zp_queue_t *queue = TAILQ_FIRST (&core->active);
    if (!queue)
        return false;
    TAILQ_REMOVE (&core->active, queue, link);
    TAILQ_INSERT_TAIL (&core->active, queue, link);
    zp_queue_consumer_t *consumer = TAILQ_FIRST (&queue->hungry);
    TAILQ_REMOVE (&queue->hungry, consumer, hunger);
    TAILQ_INSERT_TAIL (&queue->hungry, consumer, hunger);

    zp_queue_message_t *message = s_pick (queue);
    zp_queue_message_leave (core, message);
    message->epoch = core->epoch;
    message->closed = 0;
    if (++message->acquired == 0)
        message->acquired = 1;  // Around after 2^32; a receipt has no 0
    now_ms = zp_queue_core_clock (core, now_ms);
    int64_t lease_ms = zp_queue_message_lease_ms (core, message);
    zp_queue_message_lease (core, message, consumer, now_ms + lease_ms, false);
    queue->stats.acquired++;

    *delivery = (zp_queue_delivery_t){
        .consumer = consumer,
        .id = message->id,
        .acquired = message->acquired,
        .body = {message->kept ? message->body : NULL, message->size}};
    return true;
}

zp_status_t
zp_queue_core_undo (zp_queue_core_t *core, const zp_queue_receipt_t *receipt,
                    int64_t now_ms)
{
    zp_queue_core_clock (core, now_ms);
    zp_queue_message_t *message = zp_queue_ids_find (&core->ids, receipt->id);
    if (!message)
        return zp_queue_core_fail (core, ZP_NOT_FOUND, "the message is gone");
    if (message->state != ZP_QUEUE_LEASED || message->epoch != receipt->epoch ||
        message->acquired != receipt->acquired)
        return zp_queue_core_fail (core, ZP_FAILED_PRECONDITION,
                                   "that lease is over");
    bool noted = message->noted;
    zp_queue_message_leave (core, message);
    zp_queue_message_ready (core, message, ZP_QUEUE_FIRST);
    if (noted)
        zp_queue_message_log (core, message, ZP_QUEUE_NO_TEXT);
    return ZP_OK;
}
