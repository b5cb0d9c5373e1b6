//  SPDX-License-Identifier: MIT
//
//  Whatever is taken for a receipt, or for the head of a queue's record, must
//  be the same again when it is written and read once more; and a core that is
//  given such a record must be able to work with it.
//
//  Input: a receipt or a head.

#include "zp_queue_consumer.h"
#include "zp_queue_head.h"
#include "zp_queue_view.h"

//  Not assert, which a release build leaves out
#define CHECK(truth) ((truth) ? (void) 0 : abort ())

static void
s_try_receipt (zp_span_t text)
{
    zp_queue_receipt_t receipt;
    if (!zp_queue_receipt_read (&receipt, text))
        return;
    char again[ZP_QUEUE_RECEIPT_MAX];
    CHECK (zp_queue_receipt_write (&receipt, again) == text.size);
    CHECK (memcmp (again, text.data, text.size) == 0);
}

static void
s_try_head (zp_span_t text)
{
    zp_queue_head_t head, found;
    char message_id[ZP_QUEUE_MESSAGE_ID_MAX];
    const char *wrong;
    if (!zp_queue_head_read (&head, text, message_id, &wrong)) {
        CHECK (wrong);
        return;
    }
    CHECK (!wrong);
    char one[ZP_QUEUE_HEAD_MAX], other[ZP_QUEUE_HEAD_MAX];
    zp_span_t again = {one, zp_queue_head_write (&head, one)};
    char again_id[ZP_QUEUE_MESSAGE_ID_MAX];
    CHECK (zp_queue_head_read (&found, again, again_id, &wrong));
    CHECK (zp_queue_head_write (&found, other) == again.size);
    CHECK (memcmp (one, other, again.size) == 0);
}

static uint64_t
s_append (void *arg, zp_span_t key, zp_span_t head, zp_span_t body)
{
    (void) key;
    (void) head;
    (void) body;
    return ++*(uint64_t *) arg;
}

static void
s_amend (void *arg, uint64_t number, zp_span_t key, zp_span_t head)
{
    (void) arg;
    (void) key;
    zp_queue_head_t read;
    char message_id[ZP_QUEUE_MESSAGE_ID_MAX];
    const char *wrong;
    CHECK (number == 1);
    CHECK (zp_queue_head_read (&read, head, message_id, &wrong));
}

static void
s_erase (void *arg, uint64_t number)
{
    (void) arg;
    CHECK (number == 1);
}

static void
s_try_core (zp_span_t text)
{
    const int64_t now_ms = 1000000;
    uint64_t number = 1;
    zp_journal_log_t log = {s_append, s_amend, s_erase, &number};
    zp_queue_options_t options = ZP_QUEUE_DEFAULTS;
    zp_queue_core_t *core = zp_queue_core_new (&options, &log, UINT32_MAX);
    zp_span_t key = {"jobs", 4};
    if (zp_queue_core_restore (core, 1, now_ms, key, text, 0, now_ms) ==
        ZP_OK) {
        zp_queue_consumer_t *consumer =
            zp_queue_consumer_new (core, key, 1, NULL);
        zp_queue_core_tick (core, now_ms);
        zp_queue_delivery_t delivery;
        if (zp_queue_core_next (core, now_ms, &delivery)) {
            zp_queue_receipt_t receipt = {delivery.id, delivery.acquired,
                                          UINT32_MAX};
            CHECK (zp_queue_core_nack (core, &receipt, 1, now_ms) == ZP_OK);
        }
        zp_queue_kick (zp_queue_core_find (core, key), 0, now_ms);
        zp_queue_core_tick (core, INT64_MAX / 2);
        zp_queue_consumer_destroy (&consumer, true, now_ms);
    }
    zp_queue_core_destroy (&core);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
    zp_span_t text = {data, size};
    s_try_receipt (text);
    s_try_head (text);
    s_try_core (text);
    return 0;
}
