//  SPDX-License-Identifier: MIT
//
//  zp_queue_consumer - who takes messages from a queue, and what it gets

#ifndef ZP_QUEUE_CONSUMER_H
#define ZP_QUEUE_CONSUMER_H

#include "zp_queue_core.h"

typedef struct zp_queue_consumer zp_queue_consumer_t;

//  Make a consumer that takes from a queue, which is made if it is not there,
//  as many messages at a time as it has credit (0: none for now). arg is the
//  caller's. NULL: bad name, or too many queues.
zp_queue_consumer_t *
zp_queue_consumer_new (zp_queue_core_t *core, zp_span_t queue, int credit,
                       void *arg);

//  Take a consumer away. What it holds comes back, if `lost`: each delivered in
//  vain once more; otherwise it stays leased until the lease ends or the
//  receipt comes.
void zp_queue_consumer_destroy (zp_queue_consumer_t **self_p, bool lost,
                                int64_t now_ms);

//  Messages that it may hold at once; what it holds already counts.
void zp_queue_consumer_set_credit (zp_queue_consumer_t *self, int credit);
int zp_queue_consumer_credit (zp_queue_consumer_t *self);
size_t zp_queue_consumer_held (zp_queue_consumer_t *self);
void *zp_queue_consumer_arg (zp_queue_consumer_t *self);

//  What is to be handed to a consumer now. It is leased to it already.
typedef struct zp_queue_delivery {
    zp_queue_consumer_t *consumer;  // Who gets it
    uint64_t id;                    // Of the message
    uint32_t acquired;              // How often it was leased, now included
    zp_span_t body;                 // The core's, until its next verb; data is
                                    // NULL if it is to be read from disk, and
                                    // size is right
} zp_queue_delivery_t;

//  Lease the next message to the next consumer: false if there is none to give,
//  or nobody with credit to take it. Of the consumers of a queue, and of the
//  queues, each has its turn.
bool zp_queue_core_next (zp_queue_core_t *core, int64_t now_ms,
                         zp_queue_delivery_t *delivery);

//  A lease handed out by zp_queue_core_next could not be sent, or its worker
//  has not begun: the message comes back to its old place, and was not
//  delivered in vain. Of several, the last goes first. If that lease is over
//  nothing happens: ZP_NOT_FOUND or ZP_FAILED_PRECONDITION, as
//  zp_queue_core_ack.
zp_status_t
zp_queue_core_undo (zp_queue_core_t *core, const zp_queue_receipt_t *receipt,
                    int64_t now_ms);

#endif
