//  SPDX-License-Identifier: MIT
//
//  A receipt counts if it is for the last lease known, unless that was ended
//  for good. It also counts if it is for a later one: the crash that ended its
//  epoch has made us forget it, since it was too young to be in the log. Of
//  such there can be several, and whoever speaks first has the message.

#include "zp_queue_core_private.h"

//  The message that a receipt is for; NULL if the receipt does not count, and
//  the core's status and error say why. If it is for a later lease than the
//  last one known, that is now the last one known, and *later.
static zp_queue_message_t *
s_find (zp_queue_core_t *core, const zp_queue_receipt_t *receipt, bool *later)
{
    zp_queue_message_t *message = zp_queue_ids_find (&core->ids, receipt->id);
    if (!message) {
        zp_queue_core_fail (core, ZP_NOT_FOUND,
                            "message %" PRIu64 " is done, or was taken away",
                            receipt->id);
        return NULL;
    }
    bool same_epoch = receipt->epoch == message->epoch;
    *later = receipt->epoch < core->epoch &&
             (same_epoch ? receipt->acquired > message->acquired
                         : receipt->epoch > message->epoch);
    if (*later) {
        message->acquired = receipt->acquired;
        message->epoch = (uint32_t) receipt->epoch;
        message->closed = 0;
    }
    else if (!same_epoch || receipt->acquired != message->acquired ||
             message->closed) {
        zp_queue_core_fail (core, ZP_FAILED_PRECONDITION,
                            "the lease of message %" PRIu64
                            " is over, and it may be with somebody else",
                            receipt->id);
        return NULL;
    }
    return message;
}

zp_status_t
zp_queue_core_ack (zp_queue_core_t *self, const zp_queue_receipt_t *receipt,
                   int64_t now_ms)
{
    bool later;
    zp_queue_core_clock (self, now_ms);
    zp_queue_message_t *message = s_find (self, receipt, &later);
    if (!message)
        return self->status;
    zp_queue_of (self, message)->stats.acked++;
    zp_queue_message_leave (self, message);
    zp_queue_message_end (self, message, true);
    return ZP_OK;
}

zp_status_t
zp_queue_core_nack (zp_queue_core_t *self, const zp_queue_receipt_t *receipt,
                    int64_t delay_ms, int64_t now_ms)
{
    now_ms = zp_queue_core_clock (self, now_ms);
    if (delay_ms < 0 || delay_ms > ZP_QUEUE_MS_MAX)
        return zp_queue_core_fail (self, ZP_INVALID_ARGUMENT,
                                   "delay_ms is 0 to %" PRId64,
                                   (int64_t) ZP_QUEUE_MS_MAX);
    bool later;
    zp_queue_message_t *message = s_find (self, receipt, &later);
    if (!message)
        return self->status;
    //  A lease that has run out was counted then
    bool counts = later || message->state == ZP_QUEUE_LEASED;
    zp_queue_message_leave (self, message);
    if (counts && zp_queue_message_vain (self, message))
        return ZP_OK;
    if (delay_ms)
        zp_queue_message_delay (self, message, now_ms + delay_ms);
    else
        zp_queue_message_ready (self, message, ZP_QUEUE_LAST);
    zp_queue_message_log (self, message, ZP_QUEUE_NO_TEXT);
    return ZP_OK;
}

zp_status_t
zp_queue_core_touch (zp_queue_core_t *self, const zp_queue_receipt_t *receipt,
                     int64_t lease_ms, int64_t now_ms)
{
    now_ms = zp_queue_core_clock (self, now_ms);
    if (lease_ms < 0 || lease_ms > ZP_QUEUE_LEASE_MS_MAX)
        return zp_queue_core_fail (self, ZP_INVALID_ARGUMENT,
                                   "lease_ms is 0 to %" PRId64,
                                   (int64_t) ZP_QUEUE_LEASE_MS_MAX);
    bool later;
    zp_queue_message_t *message = s_find (self, receipt, &later);
    if (!message)
        return self->status;
    if (lease_ms == 0)
        lease_ms = zp_queue_message_lease_ms (self, message);
    zp_queue_consumer_t *holder = NULL;
    if (message->state == ZP_QUEUE_LEASED)
        holder = zp_queue_due_get (&self->due, message)->consumer;
    zp_queue_message_leave (self, message);
    zp_queue_message_lease (self, message, holder, now_ms + lease_ms, true);
    zp_queue_message_log (self, message, ZP_QUEUE_NO_TEXT);
    return ZP_OK;
}

zp_status_t
zp_queue_core_bury (zp_queue_core_t *self, const zp_queue_receipt_t *receipt,
                    zp_span_t why, int64_t now_ms)
{
    zp_queue_core_clock (self, now_ms);
    if (why.size > ZP_QUEUE_WHY_MAX || !zp_queue_head_text (why))
        return zp_queue_core_fail (self, ZP_INVALID_ARGUMENT,
                                   "why is a text of at most %d bytes of UTF-8",
                                   ZP_QUEUE_WHY_MAX);
    bool later;
    zp_queue_message_t *message = s_find (self, receipt, &later);
    if (!message)
        return self->status;
    zp_queue_message_leave (self, message);
    message->closed = 1;
    zp_queue_message_bury (self, message);
    zp_queue_message_log (self, message, why);
    return ZP_OK;
}
