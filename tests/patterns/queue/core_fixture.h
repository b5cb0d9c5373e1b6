//  SPDX-License-Identifier: MIT
//
//  core_fixture - a zp_queue_core with a log and a clock

#ifndef CORE_FIXTURE_H
#define CORE_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "core_log.h"
#include "zp_queue_consumer.h"
#include "zp_queue_view.h"

#define CORE_START_MS 1000000

typedef struct core_fixture {
    zp_queue_options_t options;          // Of the core
    zp_queue_core_t *core;               // Under test
    core_log_t *log;                     // What it wrote
    uint64_t epoch;                      // Of the log
    int64_t now_ms;                      // The time
    zp_queue_consumer_t *consumers[32];  // All that were made
    size_t consumer_count;               // How many
} core_fixture_t;

//  Make one. The options are by default, but for what the caller has changed in
//  a copy of them; NULL: for nothing.
core_fixture_t *core_fixture_new (const zp_queue_options_t *options);
void core_fixture_destroy (core_fixture_t **self_p);

zp_span_t core_span (const char *text);

//  Put a message, and let it reach the disk; it must be taken.
uint64_t core_put (core_fixture_t *self, const char *queue, const char *body);
uint64_t core_put_as (core_fixture_t *self, const char *queue, const char *body,
                      zp_queue_put_t put);

//  The same without the disk, and it may fail.
zp_status_t core_try_put (core_fixture_t *self, const char *queue,
                          const char *body, zp_queue_put_t put, uint64_t *id_p);

//  A consumer, which the fixture destroys in the end.
zp_queue_consumer_t *
core_consumer (core_fixture_t *self, const char *queue, int credit);
void core_lose (core_fixture_t *self, zp_queue_consumer_t *consumer, bool lost);

//  The next delivery, which there must be, and what its worker gets.
zp_queue_receipt_t core_take (core_fixture_t *self);
zp_queue_delivery_t core_delivery (core_fixture_t *self);

//  There must be none.
void core_nothing (core_fixture_t *self);

zp_status_t core_ack (core_fixture_t *self, zp_queue_receipt_t receipt);
zp_status_t
core_nack (core_fixture_t *self, zp_queue_receipt_t receipt, int64_t delay_ms);
zp_status_t
core_touch (core_fixture_t *self, zp_queue_receipt_t receipt, int64_t lease_ms);
zp_status_t
core_bury (core_fixture_t *self, zp_queue_receipt_t receipt, const char *why);

//  Let time pass; the core is told whenever it wants to know.
void core_pass (core_fixture_t *self, int64_t ms);

//  Start again from the log, in the next epoch, after so many milliseconds. All
//  that was written is on disk; consumers are gone. Does not tick.
void core_restart (core_fixture_t *self, int64_t ms);

//  What is known of a message, whose state must be this.
zp_queue_view_t core_look (core_fixture_t *self, const char *queue, uint64_t id,
                           zp_queue_state_t state);

zp_queue_stats_t core_stats (core_fixture_t *self, const char *queue);

//  What the log says of a record: its key and head, as one text.
const char *core_record (core_fixture_t *self, uint64_t number);

#endif
