//  SPDX-License-Identifier: MIT

#include "zp_queue_core_private.h"

_Static_assert(sizeof (zp_queue_message_t) == 56, "grown: is it worth that?");

zp_queue_message_t *
zp_queue_message_new (zp_queue_t *queue, uint64_t id, zp_span_t body, bool kept)
{
    size_t size = offsetof (zp_queue_message_t, body) + (kept ? body.size : 0);
    zp_queue_message_t *self = malloc (size > sizeof (zp_queue_message_t)
                                           ? size
                                           : sizeof (zp_queue_message_t));
    assert (self);
    *self = (zp_queue_message_t){.id = id,
                                 .size = (uint32_t) body.size,
                                 .kept = kept,
                                 .queue = queue->slot,
                                 .priority = ZP_QUEUE_PRIORITY_DEFAULT,
                                 .state = ZP_QUEUE_WRITING};
    if (kept && body.size) {
        memcpy (self->body, body.data, body.size);
        queue->core->kept_bytes += body.size;
    }
    queue->count++;
    queue->counts[ZP_QUEUE_WRITING]++;
    queue->stats.bytes += body.size;
    zp_queue_ids_add (&queue->core->ids, self);
    return self;
}

uint32_t
zp_queue_remember (zp_queue_t *self, zp_span_t message_id, uint64_t id,
                   int64_t until_ms, bool acked)
{
    zp_queue_t *origin = self->dead ? zp_queue_names_origin (self) : self;
    if (!origin)
        origin = self;
    origin->known++;
    return zp_known_add (&self->core->known, origin->slot, message_id, id,
                         until_ms, acked);
}

static void
s_leave_ready (zp_queue_t *queue, zp_queue_message_t *self)
{
    zp_queue_list_t *list = &queue->ready[self->priority];
    if (queue->returned[self->priority] == self)
        queue->returned[self->priority] =
            TAILQ_PREV (self, zp_queue_list, link);
    TAILQ_REMOVE (list, self, link);
    if (TAILQ_EMPTY (list)) {
        queue->ready_bits &= ~(UINT32_C (1) << self->priority);
        zp_queue_turn (queue);
    }
}

static void
s_leave_leased (zp_queue_t *queue, zp_queue_message_t *self)
{
    zp_queue_consumer_t *holder =
        zp_queue_due_get (&queue->core->due, self)->consumer;
    if (holder) {
        TAILQ_REMOVE (&holder->held, self, link);
        holder->held_count--;
        zp_queue_consumer_turn (holder);
    }
    else
        TAILQ_REMOVE (&queue->orphans, self, link);
}

void
zp_queue_message_leave (zp_queue_core_t *core, zp_queue_message_t *self)
{
    zp_queue_t *queue = zp_queue_of (core, self);
    queue->counts[self->state]--;
    switch ((zp_queue_state_t) self->state) {
    case ZP_QUEUE_WRITING:
        break;
    case ZP_QUEUE_READY:
        s_leave_ready (queue, self);
        break;
    case ZP_QUEUE_DELAYED:
        TAILQ_REMOVE (&queue->delayed, self, link);
        break;
    case ZP_QUEUE_LEASED:
        s_leave_leased (queue, self);
        break;
    case ZP_QUEUE_BURIED:
        TAILQ_REMOVE (&queue->buried, self, link);
        break;
    }
    if (self->due)
        zp_queue_due_remove (&core->due, self);
}

static zp_queue_t *
s_enter (zp_queue_core_t *core, zp_queue_message_t *self,
         zp_queue_state_t state)
{
    zp_queue_t *queue = zp_queue_of (core, self);
    self->state = state;
    self->noted = 0;
    queue->counts[state]++;
    return queue;
}

//  Those that came back are before all others, in the order in which they did:
//  returned is the last of them.
void
zp_queue_message_ready (zp_queue_core_t *core, zp_queue_message_t *self,
                        zp_queue_place_t place)
{
    zp_queue_t *queue = s_enter (core, self, ZP_QUEUE_READY);
    zp_queue_list_t *list = &queue->ready[self->priority];
    zp_queue_message_t **returned = &queue->returned[self->priority];
    if (place == ZP_QUEUE_LAST)
        TAILQ_INSERT_TAIL (list, self, link);
    else if (place == ZP_QUEUE_RETURNED && *returned)
        TAILQ_INSERT_AFTER (list, *returned, self, link);
    else
        TAILQ_INSERT_HEAD (list, self, link);
    if (place == ZP_QUEUE_RETURNED || (place == ZP_QUEUE_FIRST && !*returned))
        *returned = self;
    queue->ready_bits |= UINT32_C (1) << self->priority;
    zp_queue_turn (queue);
}

void
zp_queue_message_delay (zp_queue_core_t *core, zp_queue_message_t *self,
                        int64_t due_ms)
{
    zp_queue_t *queue = s_enter (core, self, ZP_QUEUE_DELAYED);
    TAILQ_INSERT_TAIL (&queue->delayed, self, link);
    zp_queue_due_set (&core->due, self, due_ms, NULL);
}

void
zp_queue_message_lease (zp_queue_core_t *core, zp_queue_message_t *self,
                        zp_queue_consumer_t *consumer, int64_t until_ms,
                        bool noted)
{
    zp_queue_t *queue = s_enter (core, self, ZP_QUEUE_LEASED);
    self->noted = noted;
    if (!noted && until_ms - core->now_ms > ZP_QUEUE_NOTE_MS)
        zp_queue_due_append (&core->due, self, core->now_ms + ZP_QUEUE_NOTE_MS,
                             consumer);
    else
        zp_queue_due_set (&core->due, self, until_ms, consumer);
    if (consumer) {
        TAILQ_INSERT_TAIL (&consumer->held, self, link);
        consumer->held_count++;
        zp_queue_consumer_turn (consumer);
    }
    else
        TAILQ_INSERT_TAIL (&queue->orphans, self, link);
}

void
zp_queue_message_bury (zp_queue_core_t *core, zp_queue_message_t *self)
{
    zp_queue_t *queue = s_enter (core, self, ZP_QUEUE_BURIED);
    TAILQ_INSERT_TAIL (&queue->buried, self, link);
}

void
zp_queue_message_move (zp_queue_core_t *core, zp_queue_message_t *self,
                       zp_queue_t *queue)
{
    zp_queue_t *from = zp_queue_of (core, self);
    from->count--;
    from->stats.bytes -= self->size;
    queue->count++;
    queue->stats.bytes += self->size;
    self->queue = queue->slot;
}

bool
zp_queue_message_vain (zp_queue_core_t *core, zp_queue_message_t *self)
{
    zp_queue_t *queue = zp_queue_of (core, self);
    queue->stats.returned++;
    if (self->delivered < UINT8_MAX)
        self->delivered++;
    if (queue->dead || self->delivered < core->options.delivery_limit)
        return false;
    zp_queue_t *grave = zp_queue_names_grave (queue);
    if (!grave)
        return false;  // No room for one more queue; it is tried again
    queue->stats.dead++;
    self->closed = 1;
    zp_queue_message_move (core, self, grave);
    zp_queue_message_ready (core, self, ZP_QUEUE_LAST);
    static const char why[] = "delivery limit";
    zp_queue_message_log (core, self, (zp_span_t){why, sizeof why - 1});
    return true;
}

void
zp_queue_message_return (zp_queue_core_t *core, zp_queue_message_t *self,
                         bool over)
{
    //  Of a lease with its end, the log says by itself when it was in vain
    bool logged = over && self->noted;
    if (zp_queue_message_vain (core, self))
        return;
    zp_queue_message_ready (core, self, ZP_QUEUE_RETURNED);
    if (!logged)
        zp_queue_message_log (core, self, ZP_QUEUE_NO_TEXT);
}

int64_t
zp_queue_message_lease_ms (const zp_queue_core_t *core,
                           const zp_queue_message_t *self)
{
    return self->lease_ms ? self->lease_ms : core->options.lease_ms;
}

int64_t
zp_queue_message_until (const zp_queue_core_t *core,
                        const zp_queue_message_t *self)
{
    const zp_queue_due_entry_t *entry = zp_queue_due_get (&core->due, self);
    if (!entry)
        return 0;
    int64_t lease_ms = zp_queue_message_lease_ms (core, self);
    bool to_note = self->state == ZP_QUEUE_LEASED && !self->noted &&
                   lease_ms > ZP_QUEUE_NOTE_MS;
    return entry->due_ms + (to_note ? lease_ms - ZP_QUEUE_NOTE_MS : 0);
}

static void
s_amend (zp_queue_core_t *core, const zp_queue_message_t *self,
         const zp_queue_head_t *head)
{
    const zp_queue_t *queue = zp_queue_of (core, self);
    char text[ZP_QUEUE_HEAD_MAX];
    size_t size = zp_queue_head_write (head, text);
    core->log.amend (core->log.arg, self->id,
                     (zp_span_t){queue->name, queue->name_size},
                     (zp_span_t){text, size});
}

static zp_known_entry_t *
s_known (const zp_queue_core_t *core, const zp_queue_message_t *self)
{
    return zp_known_get (&core->known, self->known, self->id, core->now_ms);
}

void
zp_queue_message_log (zp_queue_core_t *core, const zp_queue_message_t *self,
                      zp_span_t why)
{
    const zp_queue_t *queue = zp_queue_of (core, self);
    const zp_known_entry_t *known = s_known (core, self);
    int64_t due_ms = zp_queue_message_until (core, self);
    zp_queue_head_t head = {.delivered = self->delivered,
                            .lease_ms = self->lease_ms,
                            .priority = self->priority,
                            .buried = self->state == ZP_QUEUE_BURIED,
                            .why = why};
    if (self->acquired) {
        head.acquired = self->acquired;
        head.epoch = self->epoch;
        head.closed = self->closed && !head.buried;
    }
    if (self->state == ZP_QUEUE_DELAYED)
        head.delayed_until_ms = due_ms;
    if (self->state == ZP_QUEUE_LEASED)
        head.leased_until_ms = due_ms;
    if (known)
        head.id = (zp_span_t){known->text, known->size};
    if (queue->dead)
        head.from = zp_queue_names_base (queue);
    s_amend (core, self, &head);
}

void
zp_queue_message_end (zp_queue_core_t *core, zp_queue_message_t *self,
                      bool done)
{
    zp_known_entry_t *known = s_known (core, self);
    if (known && done) {
        known->mark = true;  // Done
        zp_queue_head_t head = ZP_QUEUE_HEAD_DEFAULTS;
        head.acked = true;
        head.id = (zp_span_t){known->text, known->size};
        s_amend (core, self, &head);
    }
    else {
        if (known)
            known->until_ms = 0;
        core->log.erase (core->log.arg, self->id);
    }
    zp_queue_t *queue = zp_queue_of (core, self);
    queue->count--;
    queue->stats.bytes -= self->size;
    if (self->kept)
        core->kept_bytes -= self->size;
    zp_queue_ids_remove (&core->ids, self);
    free (self);
}
