//  SPDX-License-Identifier: MIT

#include "zp_queue_core_private.h"

//  Why a record makes no sense beside its head; NULL: it does
static const char *
s_wrong (const zp_queue_core_t *self, const zp_queue_head_t *head,
         size_t body_size)
{
    if (body_size > INT32_MAX)
        return "the body is too long";
    if (head->epoch >= self->epoch)
        return "it was leased at a time that is yet to come";
    return NULL;
}

static void
s_restore_message (zp_queue_t *queue, uint64_t number,
                   const zp_queue_head_t *head, size_t body_size,
                   int64_t until_ms)
{
    zp_queue_core_t *core = queue->core;
    zp_span_t body = {NULL, body_size};
    zp_queue_message_t *message =
        zp_queue_message_new (queue, number, body, body_size == 0);
    message->acquired = (uint32_t) head->acquired;
    message->epoch = (uint32_t) head->epoch;
    message->closed = head->closed || head->buried;
    message->delivered = (uint8_t) head->delivered;
    message->lease_ms = (uint32_t) head->lease_ms;
    message->priority = (uint8_t) head->priority;
    if (head->id.size && until_ms > core->now_ms)
        message->known =
            zp_queue_remember (queue, head->id, number, until_ms, false);
    zp_queue_message_leave (core, message);
    if (head->buried)
        zp_queue_message_bury (core, message);
    else if (head->leased_until_ms)
        zp_queue_message_lease (core, message, NULL, head->leased_until_ms,
                                true);
    else if (head->delayed_until_ms > core->now_ms)
        zp_queue_message_delay (core, message, head->delayed_until_ms);
    else
        zp_queue_message_ready (core, message, ZP_QUEUE_LAST);
}

zp_status_t
zp_queue_core_restore (zp_queue_core_t *self, uint64_t number, int64_t time_ms,
                       zp_span_t key, zp_span_t head, size_t body_size,
                       int64_t now_ms)
{
    now_ms = zp_queue_core_clock (self, now_ms);
    zp_queue_head_t read;
    char message_id[ZP_QUEUE_MESSAGE_ID_MAX];
    bool dead;
    const char *wrong = NULL;
    if (zp_queue_head_read (&read, head, message_id, &wrong))
        wrong = s_wrong (self, &read, body_size);
    if (!wrong && (number == 0 || zp_queue_ids_find (&self->ids, number)))
        wrong = "its number was there before";
    if (!wrong && !zp_queue_names_valid (self, key, &dead))
        wrong = "its key is not the name of a queue";
    zp_queue_t *queue = NULL;
    if (!wrong && !(queue = zp_queue_names_make (self, key, false)))
        wrong = "there are too many queues";
    if (!wrong && read.paused && queue->paused)
        wrong = "its queue is paused already";
    if (wrong)
        return zp_queue_core_fail (self, ZP_DATA_LOSS,
                                   "record %" PRIu64 " of the queues: %s",
                                   number, wrong);

    int64_t until_ms =
        (time_ms < now_ms ? time_ms : now_ms) + self->options.dedupe_ms;
    if (read.paused)
        queue->paused = number;
    else if (read.acked)
        zp_queue_remember (queue, read.id, number, until_ms, true);
    else
        s_restore_message (queue, number, &read, body_size, until_ms);
    return ZP_OK;
}
