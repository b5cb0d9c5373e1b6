//  SPDX-License-Identifier: MIT

#include "zp_queue_core_private.h"

#include <stdarg.h>

#define BODY_MAX   INT32_MAX
#define QUEUES_MAX 30000  // So that each can have a dead-letter queue
#define FORGET_MS  1000   // Message ids may be forgotten so much later, at once

static int64_t
s_within (int64_t number, int64_t min, int64_t max)
{
    return number < min ? min : number > max ? max : number;
}

zp_queue_core_t *
zp_queue_core_new (const zp_queue_options_t *options,
                   const zp_journal_log_t *log, uint64_t epoch)
{
    zp_queue_core_t *self = zmalloc (sizeof *self);
    self->options = *options;
    zp_queue_options_t *own = &self->options;
    if (own->max_queues > QUEUES_MAX)
        own->max_queues = QUEUES_MAX;
    if (own->max_body_bytes > BODY_MAX)
        own->max_body_bytes = BODY_MAX;
    own->lease_ms = s_within (own->lease_ms, 1, ZP_QUEUE_LEASE_MS_MAX);
    own->delivery_limit = (int) s_within (own->delivery_limit, 1, 250);
    own->dedupe_ms = s_within (own->dedupe_ms, 0, ZP_QUEUE_MS_MAX);
    own->age_every = (int) s_within (own->age_every, 0, INT32_MAX);
    self->log = *log;
    self->epoch = (uint32_t) epoch;
    TAILQ_INIT (&self->active);
    return self;
}

void
zp_queue_core_destroy (zp_queue_core_t **self_p)
{
    assert (self_p);
    zp_queue_core_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_queue_ids_clear (&self->ids);
    zp_known_clear (&self->known);
    zp_queue_due_clear (&self->due);
    for (size_t slot = 0; slot < self->queue_count; slot++) {
        assert (TAILQ_EMPTY (&self->slots[slot]->consumers));
        free (self->slots[slot]);
    }
    free (self->slots);
    free (self->names);
    free (self);
}

zp_status_t
zp_queue_core_fail (zp_queue_core_t *self, zp_status_t status,
                    const char *format, ...)
{
    va_list args;
    va_start (args, format);
    vsnprintf (self->error, sizeof self->error, format, args);
    va_end (args);
    self->status = status;
    return status;
}

zp_status_t
zp_queue_core_status (const zp_queue_core_t *self)
{
    return self->status;
}

const char *
zp_queue_core_error (const zp_queue_core_t *self)
{
    return self->error;
}

//  True if a message can be put as it says
static bool
s_check_put (zp_queue_core_t *self, zp_span_t body, const zp_queue_put_t *put)
{
    const char *wrong = NULL;
    const char *text = put->message_id.data;
    if (put->message_id.size > ZP_QUEUE_MESSAGE_ID_MAX)
        wrong = "a message id has at most 64 bytes";
    for (size_t i = 0; i < put->message_id.size; i++)
        if (text[i] < ' ' || text[i] > '~')
            wrong = "a message id is printable ASCII";
    if (put->delay_ms < 0 || put->delay_ms > ZP_QUEUE_MS_MAX)
        wrong = "delay_ms is 0 to 31536000000, a year";
    if (put->lease_ms < 0 || put->lease_ms > ZP_QUEUE_LEASE_MS_MAX)
        wrong = "lease_ms is 0 to 2147483647, 24 days";
    if (put->priority < -1 || put->priority >= ZP_QUEUE_PRIORITIES)
        wrong = "priority is 0 to 9";
    if (wrong)
        zp_queue_core_fail (self, ZP_INVALID_ARGUMENT, "%s", wrong);
    else if (body.size > self->options.max_body_bytes)
        zp_queue_core_fail (self, ZP_INVALID_ARGUMENT,
                            "a body has at most %zu bytes, this one %zu: put "
                            "it elsewhere, and its name here",
                            self->options.max_body_bytes, body.size);
    else
        return true;
    return false;
}

//  True if there is room for a body; queue may be NULL: not made yet
static bool
s_check_room (zp_queue_core_t *self, zp_queue_t *queue, size_t size)
{
    size_t count = queue ? queue->count : 0;
    uint64_t bytes = queue ? queue->stats.bytes : 0;
    if (count >= self->options.max_messages)
        zp_queue_core_fail (self, ZP_RESOURCE_EXHAUSTED,
                            "the queue has %zu messages, and may not have more "
                            "(max_messages): put it again later",
                            count);
    else if (size > self->options.max_bytes ||
             bytes > self->options.max_bytes - size)
        zp_queue_core_fail (self, ZP_RESOURCE_EXHAUSTED,
                            "the queue has %" PRIu64 " bytes of %" PRIu64
                            " (max_bytes), and %zu more do not fit: put it "
                            "again later",
                            bytes, self->options.max_bytes, size);
    else
        return true;
    if (queue)
        queue->stats.refused++;
    return false;
}

static uint64_t
s_append (zp_queue_t *queue, zp_span_t body, const zp_queue_put_t *put,
          int64_t due_ms)
{
    const zp_journal_log_t *log = &queue->core->log;
    zp_span_t key = {queue->name, queue->name_size};
    if (put->message_id.size == 0 && due_ms == 0 && put->lease_ms == 0 &&
        put->priority == -1)  // Most are like this
        return log->append (log->arg, key, ZP_QUEUE_NO_TEXT, body);
    zp_queue_head_t head = ZP_QUEUE_HEAD_DEFAULTS;
    head.id = put->message_id;
    head.delayed_until_ms = due_ms;
    head.lease_ms = put->lease_ms;
    if (put->priority >= 0)
        head.priority = put->priority;
    char text[ZP_QUEUE_HEAD_MAX];
    size_t size = zp_queue_head_write (&head, text);
    return log->append (log->arg, key, (zp_span_t){text, size}, body);
}

//  Put a message that can be put; returns its id
static uint64_t
s_put (zp_queue_t *queue, zp_span_t body, const zp_queue_put_t *put)
{
    zp_queue_core_t *core = queue->core;
    int64_t due_ms = put->delay_ms ? core->now_ms + put->delay_ms : 0;
    uint64_t id = s_append (queue, body, put, due_ms);
    bool kept = core->kept_bytes + body.size <= core->options.memory_bytes;
    zp_queue_message_t *message = zp_queue_message_new (queue, id, body, kept);
    message->epoch = core->epoch;  // No earlier lease can have been forgotten
    message->lease_ms = (uint32_t) put->lease_ms;
    if (put->priority >= 0)
        message->priority = (uint8_t) put->priority;
    if (due_ms)
        zp_queue_due_set (&core->due, message, due_ms, NULL);
    if (put->message_id.size)
        message->known =
            zp_queue_remember (queue, put->message_id, id,
                               core->now_ms + core->options.dedupe_ms, false);
    queue->stats.put++;
    return id;
}

zp_status_t
zp_queue_core_put (zp_queue_core_t *self, zp_span_t queue, zp_span_t body,
                   const zp_queue_put_t *put, int64_t now_ms, uint64_t *id_p)
{
    static const zp_queue_put_t by_default = {.priority = -1};
    if (!put)
        put = &by_default;
    zp_queue_core_clock (self, now_ms);
    zp_queue_t *there = zp_queue_core_find (self, queue);
    bool dead = there && there->dead;
    if (!s_check_put (self, body, put) ||
        (!there && !zp_queue_names_valid (self, queue, &dead)))
        return self->status;
    if (dead)
        return zp_queue_core_fail (self, ZP_FAILED_PRECONDITION,
                                   "only the queue itself puts messages into "
                                   "a dead-letter queue");
    const zp_known_entry_t *first = NULL;
    if (there && put->message_id.size)
        first = zp_known_find (&self->known, there->slot, put->message_id,
                               self->now_ms);
    if (first) {
        there->stats.repeated++;
        *id_p = first->id;
        return ZP_OK;
    }
    if (!s_check_room (self, there, body.size))
        return self->status;
    if (!there)
        there = zp_queue_names_make (self, queue, true);
    if (!there)
        return self->status;
    *id_p = s_put (there, body, put);
    return ZP_OK;
}

void
zp_queue_core_written (zp_queue_core_t *self, uint64_t id, int64_t now_ms)
{
    now_ms = zp_queue_core_clock (self, now_ms);
    zp_queue_message_t *message = zp_queue_ids_find (&self->ids, id);
    if (!message || message->state != ZP_QUEUE_WRITING)
        return;
    int64_t due_ms = zp_queue_message_until (self, message);
    zp_queue_message_leave (self, message);
    if (due_ms > now_ms)
        zp_queue_message_delay (self, message, due_ms);
    else
        zp_queue_message_ready (self, message, ZP_QUEUE_LAST);
}

//  The time of a message has come
static void
s_due (zp_queue_core_t *self, zp_queue_message_t *message)
{
    if (message->state == ZP_QUEUE_WRITING) {
        zp_queue_due_remove (&self->due, message);
        return;
    }
    if (message->state == ZP_QUEUE_DELAYED) {
        zp_queue_message_leave (self, message);
        zp_queue_message_ready (self, message, ZP_QUEUE_LAST);
        return;
    }
    int64_t due_ms = zp_queue_message_until (self, message);
    if (due_ms > self->now_ms) {
        zp_queue_due_set (&self->due, message, due_ms,
                          zp_queue_due_get (&self->due, message)->consumer);
        message->noted = 1;
        zp_queue_message_log (self, message, ZP_QUEUE_NO_TEXT);
    }
    else {
        zp_queue_message_leave (self, message);
        zp_queue_message_return (self, message, true);
    }
}

//  Forget message ids, and what is left of their messages in the log
static void
s_forget (zp_queue_core_t *self)
{
    const zp_known_entry_t *oldest;
    while ((oldest = zp_known_oldest (&self->known)) &&
           oldest->until_ms <= self->now_ms) {
        if (oldest->mark)  // Done: only the id is left
            self->log.erase (self->log.arg, oldest->id);
        self->slots[oldest->scope]->known--;
        zp_known_forget (&self->known);
    }
}

void
zp_queue_core_tick (zp_queue_core_t *self, int64_t now_ms)
{
    zp_queue_core_clock (self, now_ms);
    const zp_queue_due_entry_t *first;
    while ((first = zp_queue_due_first (&self->due)) &&
           first->due_ms <= self->now_ms)
        s_due (self, first->message);
    s_forget (self);
}

int64_t
zp_queue_core_next_tick (zp_queue_core_t *self)
{
    int64_t next_ms = INT64_MAX;
    const zp_queue_due_entry_t *first = zp_queue_due_first (&self->due);
    if (first)
        next_ms = first->due_ms;
    const zp_known_entry_t *oldest = zp_known_oldest (&self->known);
    if (oldest && oldest->until_ms + FORGET_MS < next_ms)
        next_ms = oldest->until_ms + FORGET_MS;
    return next_ms;
}
