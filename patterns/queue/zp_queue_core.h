//  SPDX-License-Identifier: MIT
//
//  zp_queue_core - what a durable work queue decides, without doing any of it
//
//  Pure: no socket, no file, no clock. Time is an argument (milliseconds since
//  1970, never going back), and what is to be written goes to a log, which the
//  broker ties to a journal and a simulation to a list in memory. All that is
//  not in the log, such as who holds what, is forgotten by a restart.
//
//  The life of a message:
//
//      put -> WRITING -> READY <-> LEASED -> acked: gone
//                 |        ^  ^       |
//                 v        |  |       +--> DELAYED (nacked with a delay)
//              DELAYED ----+  |       +--> BURIED  (needs a person)
//                             |       +--> READY, in the dead-letter queue
//                             +-- kick (BURIED, or dead-lettered)
//
//  WRITING ends when the broker says that the message is on disk. A message
//  that comes back, because its worker said no (nack), died, or was silent for
//  the length of the lease, has been delivered in vain once more: `delivered`
//  counts that, and at the delivery limit the message moves to the dead-letter
//  queue, NAME.dead, by the same operation of the log that takes it from its
//  own. `acquired` counts the leases, of whatever end, and is the second part
//  of a receipt.
//
//  Of the messages that are ready, one with a higher priority goes first; then
//  one that came back since its worker died or was silent, in the order in
//  which they did; then the others in the order in which they became ready, so
//  that one that was nacked or delayed goes behind those that are there.
//
//  A lease enters the log only when it is ZP_QUEUE_NOTE_MS old, so that quick
//  jobs are not written down three times; what a crash can thereby forget is
//  that there was such a lease. A receipt names the epoch too, so none is ever
//  mistaken for another.
//
//  The rest of the core: zp_queue_consumer.h (who takes messages, and what is
//  handed to whom), zp_queue_view.h (what an operator sees and does).

#ifndef ZP_QUEUE_CORE_H
#define ZP_QUEUE_CORE_H

#include <czmq.h>

#include "zp_envelope.h"
#include "zp_journal_log.h"
#include "zp_queue_options.h"
#include "zp_queue_receipt.h"
#include "zp_status.h"

typedef struct zp_queue_core zp_queue_core_t;
typedef struct zp_queue zp_queue_t;  // A named queue

//  Make a core without queues. epoch is that of the journal. Copies options and
//  log.
//
//  In the log, the key is the queue's name, the head JSON (empty if all is as
//  by default). A message is one record, from put to ack. If it has a message
//  id, that record stays with the head {"acked":true,"id":...} until the id may
//  be forgotten. A queue that is paused has a record {"paused":true}.
zp_queue_core_t *
zp_queue_core_new (const zp_queue_options_t *options,
                   const zp_journal_log_t *log, uint64_t epoch);

//  Destroy it, after all of its consumers.
void zp_queue_core_destroy (zp_queue_core_t **self_p);

//  Take back a record of the log at the start, in the order of the numbers;
//  tick after the last. Nothing is written. Leases that are noted there and not
//  over hold on, until they end or their worker sends its receipt. ZP_DATA_LOSS
//  if it makes no sense.
zp_status_t
zp_queue_core_restore (zp_queue_core_t *self, uint64_t number, int64_t time_ms,
                       zp_span_t key, zp_span_t head, size_t body_size,
                       int64_t now_ms);

//  How the last call failed that did, and why: a line for a person, and what to
//  do.
zp_status_t zp_queue_core_status (const zp_queue_core_t *self);
const char *zp_queue_core_error (const zp_queue_core_t *self);

//  How a message is put.
typedef struct zp_queue_put {
    zp_span_t message_id;  // The same again within dedupe_ms is the same
                           // message; empty: none
    int64_t delay_ms;      // Not to be delivered sooner than that
    int64_t lease_ms;      // Its own lease length; 0: the default
    int priority;          // 0 to 9, or -1 for the default
} zp_queue_put_t;

//  Put a message into a queue, which is made if it is not there. *id_p is its
//  id: the number of its record. It is WRITING until zp_queue_core_written.
//  If its message id was used in the window, *id_p is the id of the first,
//  which may be done already. With a NULL put all is as by default.
//  ZP_INVALID_ARGUMENT (name, options, size); ZP_RESOURCE_EXHAUSTED (a limit),
//  ZP_FAILED_PRECONDITION (into a dead-letter queue).
zp_status_t
zp_queue_core_put (zp_queue_core_t *self, zp_span_t queue, zp_span_t body,
                   const zp_queue_put_t *put, int64_t now_ms, uint64_t *id_p);

//  The message is on disk, and may be delivered.
void zp_queue_core_written (zp_queue_core_t *self, uint64_t id, int64_t now_ms);

//  What a worker says of a message that it has. Each returns ZP_NOT_FOUND if
//  there is no such message any more, and ZP_FAILED_PRECONDITION if that lease
//  is over and another has followed. A lease that ran out and was not followed
//  by another still counts, after a restart as well.
//
//  ack    it is done, and never delivered again
//  nack   not done: deliver it again after delay_ms, or to the dead-letter
//         queue with it, if this was the last time
//  touch  still at work: the lease starts anew, for lease_ms (0: as long as
//         it was put for)
//  bury   not to be delivered until somebody kicks it; why is a short text
//
//  ZP_INVALID_ARGUMENT if delay_ms, lease_ms or why is out of range.
zp_status_t
zp_queue_core_ack (zp_queue_core_t *self, const zp_queue_receipt_t *receipt,
                   int64_t now_ms);
zp_status_t
zp_queue_core_nack (zp_queue_core_t *self, const zp_queue_receipt_t *receipt,
                    int64_t delay_ms, int64_t now_ms);
zp_status_t
zp_queue_core_touch (zp_queue_core_t *self, const zp_queue_receipt_t *receipt,
                     int64_t lease_ms, int64_t now_ms);
zp_status_t
zp_queue_core_bury (zp_queue_core_t *self, const zp_queue_receipt_t *receipt,
                    zp_span_t why, int64_t now_ms);

//  Do what time demands: leases that ran out, delays that are over, message ids
//  to be forgotten, leases to be noted.
void zp_queue_core_tick (zp_queue_core_t *self, int64_t now_ms);

//  When to tick next; INT64_MAX if there is nothing to wait for.
int64_t zp_queue_core_next_tick (zp_queue_core_t *self);

#endif
