//  SPDX-License-Identifier: MIT

#include "zp_queue_core_private.h"

static const char *const s_names[ZP_QUEUE_STATES] = {
    [ZP_QUEUE_WRITING] = "writing", [ZP_QUEUE_READY] = "ready",
    [ZP_QUEUE_DELAYED] = "delayed", [ZP_QUEUE_LEASED] = "leased",
    [ZP_QUEUE_BURIED] = "buried",
};

const char *
zp_queue_state_name (zp_queue_state_t state)
{
    return s_names[state];
}

bool
zp_queue_state_parse (zp_span_t name, zp_queue_state_t *state)
{
    for (int i = ZP_QUEUE_READY; i < ZP_QUEUE_STATES; i++)
        if (strlen (s_names[i]) == name.size &&
            memcmp (s_names[i], name.data, name.size) == 0) {
            *state = (zp_queue_state_t) i;
            return true;
        }
    return false;
}

//  The messages in a state, one after the other: first those that nobody who is
//  here holds, then those of each consumer. NULL gives the first.
static zp_queue_message_t *
s_next_leased (zp_queue_t *self, const zp_queue_message_t *message)
{
    if (!message && !TAILQ_EMPTY (&self->orphans))
        return TAILQ_FIRST (&self->orphans);
    zp_queue_consumer_t *holder =
        message ? zp_queue_due_get (&self->core->due, message)->consumer : NULL;
    holder =
        holder ? TAILQ_NEXT (holder, link) : TAILQ_FIRST (&self->consumers);
    while (holder && TAILQ_EMPTY (&holder->held))
        holder = TAILQ_NEXT (holder, link);
    return holder ? TAILQ_FIRST (&holder->held) : NULL;
}

//  The same in the order of delivery
static zp_queue_message_t *
s_next_ready (zp_queue_t *self, const zp_queue_message_t *message)
{
    uint32_t bits = self->ready_bits;
    if (message)
        bits &= (UINT32_C (1) << message->priority) - 1;
    return bits ? TAILQ_FIRST (&self->ready[31 - __builtin_clz (bits)]) : NULL;
}

//  The same for any state
static zp_queue_message_t *
s_next (zp_queue_t *self, zp_queue_state_t state,
        const zp_queue_message_t *message)
{
    if (message && TAILQ_NEXT (message, link))
        return TAILQ_NEXT (message, link);
    switch (state) {
    case ZP_QUEUE_READY:
        return s_next_ready (self, message);
    case ZP_QUEUE_LEASED:
        return s_next_leased (self, message);
    case ZP_QUEUE_DELAYED:
        return message ? NULL : TAILQ_FIRST (&self->delayed);
    case ZP_QUEUE_BURIED:
        return message ? NULL : TAILQ_FIRST (&self->buried);
    case ZP_QUEUE_WRITING:
        break;
    }
    return NULL;
}

//  The first that a kick may let go
static zp_queue_message_t *
s_first_to_kick (zp_queue_t *self)
{
    zp_queue_message_t *message = TAILQ_FIRST (&self->buried);
    if (!message && self->dead)
        message = s_next_ready (self, NULL);
    if (!message && self->dead)
        message = TAILQ_FIRST (&self->delayed);
    return message;
}

size_t
zp_queue_kick (zp_queue_t *self, size_t count, int64_t now_ms)
{
    zp_queue_core_clock (self->core, now_ms);
    size_t kicked = 0;
    zp_queue_message_t *message;
    while ((count == 0 || kicked < count) &&
           (message = s_first_to_kick (self))) {
        zp_queue_t *to = self->dead ? zp_queue_names_origin (self) : self;
        if (!to)
            break;  // No room for one more queue
        zp_queue_message_leave (self->core, message);
        message->delivered = 0;
        message->closed = 1;
        zp_queue_message_move (self->core, message, to);
        zp_queue_message_ready (self->core, message, ZP_QUEUE_LAST);
        zp_queue_message_log (self->core, message, ZP_QUEUE_NO_TEXT);
        kicked++;
    }
    return kicked;
}

size_t
zp_queue_purge (zp_queue_t *self, zp_queue_state_t state)
{
    size_t purged = 0;
    zp_queue_message_t *next;
    for (zp_queue_message_t *message = s_next (self, state, NULL); message;
         message = next) {
        next = s_next (self, state, message);
        zp_queue_message_leave (self->core, message);
        zp_queue_message_end (self->core, message, false);
        purged++;
    }
    return purged;
}

void
zp_queue_pause (zp_queue_t *self, bool paused)
{
    if (paused == (self->paused != 0))
        return;
    const zp_journal_log_t *log = &self->core->log;
    if (paused) {
        zp_queue_head_t head = ZP_QUEUE_HEAD_DEFAULTS;
        head.paused = true;
        char text[ZP_QUEUE_HEAD_MAX];
        size_t size = zp_queue_head_write (&head, text);
        self->paused =
            log->append (log->arg, (zp_span_t){self->name, self->name_size},
                         (zp_span_t){text, size}, ZP_QUEUE_NO_TEXT);
    }
    else {
        log->erase (log->arg, self->paused);
        self->paused = 0;
    }
    zp_queue_turn (self);
}

size_t
zp_queue_peek (zp_queue_t *self, zp_queue_state_t state, uint64_t after,
               zp_queue_view_t *views, size_t room)
{
    zp_queue_core_t *core = self->core;
    const zp_queue_message_t *message = NULL;
    if (after) {
        message = zp_queue_ids_find (&core->ids, after);
        if (!message || message->queue != self->slot || message->state != state)
            return 0;
    }
    size_t count = 0;
    while (count < room && (message = s_next (self, state, message)))
        views[count++] =
            (zp_queue_view_t){.id = message->id,
                              .state = state,
                              .priority = message->priority,
                              .acquired = message->acquired,
                              .delivered = message->delivered,
                              .size_bytes = message->size,
                              .due_ms = zp_queue_message_until (core, message)};
    return count;
}

void
zp_queue_stats (zp_queue_t *self, zp_queue_stats_t *stats)
{
    *stats = self->stats;
    stats->name = self->name;
    stats->paused = self->paused != 0;
    stats->ready = self->counts[ZP_QUEUE_READY];
    stats->delayed = self->counts[ZP_QUEUE_DELAYED];
    stats->leased = self->counts[ZP_QUEUE_LEASED];
    stats->buried = self->counts[ZP_QUEUE_BURIED];
    stats->writing = self->counts[ZP_QUEUE_WRITING];
}
