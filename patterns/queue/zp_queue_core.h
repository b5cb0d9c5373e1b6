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
//  own. `acquired` counts the leases, of whatever end, and is the second half
//  of a receipt.
//
//  A lease enters the log only when it is ZP_QUEUE_NOTE_MS old, so that quick
//  jobs are not written down three times. What a crash can thereby forget is
//  the count of those leases; a receipt names the epoch too, so none is ever
//  mistaken for another.

#ifndef ZP_QUEUE_CORE_H
#define ZP_QUEUE_CORE_H

#include <czmq.h>

#include "zp_envelope.h"
#include "zp_status.h"

typedef struct zp_queue_core zp_queue_core_t;
typedef struct zp_queue zp_queue_t;                    // A named queue
typedef struct zp_queue_consumer zp_queue_consumer_t;  // Who takes from it

#define ZP_QUEUE_PRIORITIES       10  // 0 to 9; 9 goes first
#define ZP_QUEUE_PRIORITY_DEFAULT 4   // As in JMS
#define ZP_QUEUE_NOTE_MS          100
#define ZP_QUEUE_NAME_MAX         128      // Bytes: letters, digits, . _ -
#define ZP_QUEUE_DEAD             ".dead"  // Ends a dead-letter queue's name
#define ZP_QUEUE_MESSAGE_ID_MAX   64       // Bytes: printable ASCII
#define ZP_QUEUE_MS_MAX           31536000000  // A year, the longest delay

typedef struct zp_queue_options {
    size_t max_queues;      // How many names there may be
    size_t max_messages;    // In one queue; put is refused beyond
    uint64_t max_bytes;     // Of bodies in one queue; put is refused beyond
    size_t max_body_bytes;  // Of one message
    int64_t lease_ms;       // How long a worker may be silent, by default
    int delivery_limit;     // In vain so often: dead-letter; 1 to 250
    int64_t dedupe_ms;      // How long a message id is remembered
    size_t memory_bytes;    // Of bodies kept in memory; others stay on disk
    int age_every;          // Each so manieth delivery of a queue is of its
                            // oldest ready message, whatever the priority;
                            // 0: never, priorities are strict
} zp_queue_options_t;

#define ZP_QUEUE_DEFAULTS                                                      \
    {                                                                          \
        .max_queues = 1000, .max_messages = 20000000,                          \
        .max_bytes = (uint64_t) 64 << 30, .max_body_bytes = 8 << 20,           \
        .lease_ms = 30000, .delivery_limit = 20, .dedupe_ms = 120000,          \
        .memory_bytes = 64 << 20                                               \
    }

//  Where decisions are written, as zp_journal has it: the key is the queue's
//  name, the head JSON (empty if all is as by default).
typedef struct zp_queue_log {
    uint64_t (*append) (void *arg, zp_span_t key, zp_span_t head,
                        zp_span_t body);
    void (*amend) (void *arg, uint64_t number, zp_span_t key, zp_span_t head);
    void (*erase) (void *arg, uint64_t number);
    void *arg;  // Given to each
} zp_queue_log_t;

//  Make a core without queues. epoch is that of the journal. Copies both.
zp_queue_core_t *zp_queue_core_new (const zp_queue_options_t *options,
                                    const zp_queue_log_t *log, uint64_t epoch);

void zp_queue_core_destroy (zp_queue_core_t **self_p);

//  Take back a record of the log at the start, in the order of the numbers.
//  Leases that are noted there and not over hold on, until they end or their
//  worker sends its receipt. ZP_DATA_LOSS if it makes no sense.
zp_status_t
zp_queue_core_restore (zp_queue_core_t *self, uint64_t number, int64_t time_ms,
                       zp_span_t key, zp_span_t head, size_t body_size,
                       int64_t now_ms);

//  Why the last call failed: a line for a person, and what to do.
const char *zp_queue_core_error (zp_queue_core_t *self);

//  How a message is put. All 0 is the default.
typedef struct zp_queue_put {
    zp_span_t message_id;  // The same again within dedupe_ms is the same
                           // message; empty: none
    int64_t delay_ms;      // Not to be delivered sooner than that
    int64_t lease_ms;      // Its own lease length; 0: the default
    int priority;          // 0 to 9, or -1 for the default
} zp_queue_put_t;

//  Put a message into a queue, which is made if it is not there. *id_p is its
//  id: the number of its record. It is WRITING until zp_queue_core_written.
//  If its message id was used in the window, *id_p is the id of the first.
//  ZP_INVALID_ARGUMENT (name, options, size); ZP_RESOURCE_EXHAUSTED (a limit),
//  ZP_FAILED_PRECONDITION (into a dead-letter queue).
zp_status_t
zp_queue_core_put (zp_queue_core_t *self, zp_span_t queue, zp_span_t body,
                   const zp_queue_put_t *put, int64_t now_ms, uint64_t *id_p);

//  The message is on disk, and may be delivered.
void zp_queue_core_written (zp_queue_core_t *self, uint64_t id, int64_t now_ms);

//  Make a consumer that takes from a queue, which is made if it is not there,
//  as many messages at a time as it has credit (0: none for now). arg is the
//  caller's. NULL: bad name, or too many queues.
zp_queue_consumer_t *
zp_queue_consumer_new (zp_queue_core_t *self, zp_span_t queue, int credit,
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
    zp_span_t body;                 // The core's; data is NULL if it is to be
                                    // read from disk, and size is right
} zp_queue_delivery_t;

//  Lease the next message to the next consumer: false if there is none to give,
//  or nobody with credit to take it. Of the consumers of a queue, and of the
//  queues, each has its turn.
bool zp_queue_core_next (zp_queue_core_t *self, int64_t now_ms,
                         zp_queue_delivery_t *delivery);

//  A receipt, "ID:ACQUIRED:EPOCH" on the wire, says which lease is meant.
typedef struct zp_queue_receipt {
    uint64_t id;        // Of the message
    uint32_t acquired;  // The how manieth lease of it
    uint64_t epoch;     // The journal's when it was leased
} zp_queue_receipt_t;

//  Room for a receipt as text, with the 0 at its end.
#define ZP_QUEUE_RECEIPT_MAX 56

//  Write a receipt, and return its length; read one, false if it is none.
size_t zp_queue_receipt_write (const zp_queue_receipt_t *self, char *text);
bool zp_queue_receipt_read (zp_queue_receipt_t *self, zp_span_t text);

//  What a worker says of a message that it has. Each returns ZP_NOT_FOUND if
//  there is no such message any more, and ZP_FAILED_PRECONDITION if that lease
//  is over and another has followed. A lease that ran out and was not followed
//  by another still counts, after a restart as well.
//
//  ack    it is done, and never delivered again
//  nack   not done: deliver it again after delay_ms, or to the dead-letter
//         queue with it, if this was the last time
//  touch  still at work: the lease starts anew, for lease_ms (0: as before)
//  bury   not to be delivered until somebody kicks it; why is a short text
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

//  A lease handed out by zp_queue_core_next could not be sent: it comes back as
//  if it had never been, in its old place.
void zp_queue_core_undo (zp_queue_core_t *self, uint64_t id, int64_t now_ms);

//  Do what time demands: leases that ran out, delays that are over, message ids
//  to be forgotten, leases to be noted.
void zp_queue_core_tick (zp_queue_core_t *self, int64_t now_ms);

//  When to tick next; INT64_MAX if there is nothing to wait for.
int64_t zp_queue_core_next_tick (zp_queue_core_t *self);

//  The queue with that name, or NULL.
zp_queue_t *zp_queue_core_find (zp_queue_core_t *self, zp_span_t name);

//  All queues, in the order of their names: NULL gives the first; NULL after
//  the last.
zp_queue_t *zp_queue_core_queue (zp_queue_core_t *self, zp_queue_t *before);

typedef enum zp_queue_state {
    ZP_QUEUE_WRITING,  // Not on disk yet
    ZP_QUEUE_READY,    // To be delivered
    ZP_QUEUE_DELAYED,  // To be delivered later
    ZP_QUEUE_LEASED,   // With a worker
    ZP_QUEUE_BURIED    // Waits for a person
} zp_queue_state_t;

//  The word for a state, such as "ready", and the state for a word: false if
//  it is none. Not for WRITING, which nobody outside sees.
const char *zp_queue_state_name (zp_queue_state_t state);
bool zp_queue_state_parse (zp_span_t name, zp_queue_state_t *state);

//  Let up to count (0: all) buried messages of the queue go back to ready, or,
//  in a dead-letter queue, all kinds back to the queue they came from; counts
//  of deliveries start anew. Returns how many.
size_t zp_queue_kick (zp_queue_t *self, size_t count, int64_t now_ms);

//  Take away all messages of the queue that are in the state. Returns how many.
size_t zp_queue_purge (zp_queue_t *self, zp_queue_state_t state);

//  Hand nothing out of the queue, or do so again. It is in the log.
void zp_queue_pause (zp_queue_t *self, bool paused);

//  About one message, as it stands.
typedef struct zp_queue_view {
    uint64_t id;             // Number of its record
    zp_queue_state_t state;  // Where it is
    int priority;            // 0 to 9
    uint32_t acquired;       // How often it was leased
    int delivered;           // How often in vain
    size_t size_bytes;       // Of the body
    int64_t due_ms;          // DELAYED: when it is ready; LEASED: when the
                             // lease ends; else 0
} zp_queue_view_t;

//  The first `room` messages of the queue that are in the state, in the order
//  in which they would be delivered (ready) or else in any, beginning with the
//  one after id `after` (0: from the first). Returns how many.
size_t zp_queue_peek (zp_queue_t *self, zp_queue_state_t state, uint64_t after,
                      zp_queue_view_t *views, size_t room);

typedef struct zp_queue_stats {
    const char *name;   // The queue's; the core's memory
    bool paused;        // Nothing is handed out
    size_t ready;       // How many are in each state
    size_t delayed;     // The same
    size_t leased;      // The same
    size_t buried;      // The same
    size_t writing;     // The same
    size_t consumers;   // Who take from it
    uint64_t bytes;     // Of bodies
    uint64_t put;       // Since the start: messages put
    uint64_t repeated;  // Put again under the same message id
    uint64_t refused;   // Refused because of a limit
    uint64_t acquired;  // Leases
    uint64_t acked;     // Messages done
    uint64_t returned;  // Deliveries in vain
    uint64_t dead;      // Moved to the dead-letter queue
} zp_queue_stats_t;

void zp_queue_stats (zp_queue_t *self, zp_queue_stats_t *stats);

#endif
