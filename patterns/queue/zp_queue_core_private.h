//  SPDX-License-Identifier: MIT
//
//  What the files of the core share. Not for anybody else.
//
//  zp_queue_core.c      its beginning and end, put, time
//  zp_queue_message.c   a message goes from state to state
//  zp_queue_consumer.c  who gets the next one
//  zp_queue_answer.c    what workers say of their messages
//  zp_queue_restore.c   messages are taken back from the log
//  zp_queue_view.c      what an operator sees and does
//  zp_queue_names.c     queues by name
//  zp_queue_ids.c       messages by id
//  zp_queue_due.c       messages by time
//  zp_queue_known.c     message ids that are remembered
//  zp_queue_head.c      what the log says of a message
//  zp_queue_receipt.c   receipts as text

#ifndef ZP_QUEUE_CORE_PRIVATE_H
#define ZP_QUEUE_CORE_PRIVATE_H

#include <sys/queue.h>

#include "zp_queue_consumer.h"
#include "zp_queue_core.h"
#include "zp_queue_due.h"
#include "zp_queue_head.h"
#include "zp_queue_ids.h"
#include "zp_queue_known.h"
#include "zp_queue_view.h"

#define ZP_QUEUE_SLOTS 65535  // Queues that a message can name

typedef TAILQ_HEAD (zp_queue_list, zp_queue_message) zp_queue_list_t;

//  There can be many millions of these: 56 bytes, 64 with what malloc adds, is
//  what a message costs while its body is on disk.
struct zp_queue_message {
    uint64_t id;                          // The number of its record
    TAILQ_ENTRY (zp_queue_message) link;  // In the list of its state
    uint32_t size : 31;                   // Bytes of its body
    uint32_t kept : 1;                    // These are here, too
    uint32_t lease_ms : 31;               // How long; 0: as by default
    uint32_t closed : 1;                  // Its last lease was ended for good:
                                          // that receipt counts no more
    uint32_t acquired;                    // Number of its last lease
    uint32_t epoch;                       // When that was; 0: none known
    uint32_t due;                         // Place among those with a time
    uint32_t known;                       // Place of its message id
    uint16_t queue;                       // The slot of its queue
    uint8_t delivered;                    // How often in vain
    uint8_t priority : 4;                 // 0 to 9
    uint8_t state : 3;                    // A zp_queue_state_t
    uint8_t noted : 1;                    // Its lease is in the log
    char body[];                          // If it is kept
};

#define ZP_QUEUE_DELIVERED_MAX 255

struct zp_queue {
    zp_queue_core_t *core;             // Where it is
    char name[ZP_QUEUE_NAME_MAX + 1];  // Ends with a 0
    size_t name_size;                  // Bytes of it
    uint16_t slot;                     // What messages call it
    bool dead;                         // A dead-letter queue
    uint64_t paused;                   // The record that says so; 0: no
    zp_queue_list_t ready[ZP_QUEUE_PRIORITIES];  // In order of delivery
    uint32_t ready_bits;             // A bit for each that is not empty
    zp_queue_list_t delayed;         // In any order
    zp_queue_list_t buried;          // Longest first
    zp_queue_list_t orphans;         // Leased, to nobody who is here
    size_t counts[ZP_QUEUE_STATES];  // Of messages in each state
    size_t known;                    // Message ids remembered for it
    uint64_t turns;                  // Deliveries up to now
    TAILQ_HEAD (, zp_queue_consumer) consumers;  // All of them
    TAILQ_HEAD (, zp_queue_consumer) hungry;     // With credit left; next first
    bool active;                  // Somebody can be given something
    TAILQ_ENTRY (zp_queue) link;  // Among those, if it is so
    zp_queue_stats_t stats;       // What is counted since the start
};

struct zp_queue_consumer {
    zp_queue_t *queue;                       // It takes from this
    void *arg;                               // The caller's
    int credit;                              // How many it may hold
    size_t held_count;                       // How many it holds
    zp_queue_list_t held;                    // These, longest first
    TAILQ_ENTRY (zp_queue_consumer) link;    // In the queue's list of all
    bool hungry;                             // In the queue's other list, too
    TAILQ_ENTRY (zp_queue_consumer) hunger;  // In that
};

struct zp_queue_core {
    zp_queue_options_t options;         // Within their ranges
    zp_queue_log_t log;                 // What is decided goes there
    uint32_t epoch;                     // Of the journal
    int64_t now_ms;                     // The latest time heard of
    zp_queue_t *slots[ZP_QUEUE_SLOTS];  // By what messages call them
    zp_queue_t *names[ZP_QUEUE_SLOTS];  // In the order of their names
    size_t queue_count;                 // Of these
    TAILQ_HEAD (, zp_queue) active;     // Whose turn it is; next first
    zp_queue_ids_t ids;                 // All messages, by id
    zp_queue_due_t due;                 // Delayed and leased, by time
    zp_queue_known_t known;             // Message ids
    uint64_t kept_bytes;                // Of bodies in memory
    zp_status_t status;                 // How the last call failed that did
    char error[256];                    // And why
};

//  Fail with a text for a person; returns status.
zp_status_t zp_queue_core_fail (zp_queue_core_t *self, zp_status_t status,
                                const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

//  The present: time that goes back stands still.
int64_t zp_queue_core_clock (zp_queue_core_t *self, int64_t now_ms);

//  The queue with that name. If there is none, it is made; NULL if that is not
//  possible, and the core's error says why. If `limited`, max_queues counts,
//  and a queue that nobody uses may have to go; otherwise it does not: for
//  queues that the core itself must have.
zp_queue_t *
zp_queue_names_make (zp_queue_core_t *core, zp_span_t name, bool limited);

//  True if the name of a queue is well-formed, or else the core's error says
//  so; *dead if it is that of a dead-letter queue.
bool zp_queue_names_valid (zp_queue_core_t *core, zp_span_t name, bool *dead);

//  The name of the queue whose dead-letter queue this is.
zp_span_t zp_queue_names_base (const zp_queue_t *dead);

//  The queue whose dead-letter queue this is, or the other way around, made if
//  need be; NULL if there is no room for one more.
zp_queue_t *zp_queue_names_origin (zp_queue_t *dead);
zp_queue_t *zp_queue_names_grave (zp_queue_t *origin);

//  The queue's or the consumer's turn may have come or gone.
void zp_queue_turn (zp_queue_t *self);
void zp_queue_consumer_turn (zp_queue_consumer_t *self);

//  Remember that a message id was put into a queue, or into the one that this
//  is the dead-letter queue of; returns the place.
uint32_t zp_queue_remember (zp_queue_t *self, zp_span_t message_id, uint64_t id,
                            int64_t until_ms, bool acked);

//  A new message, which is WRITING, of a queue.
zp_queue_message_t *zp_queue_message_new (zp_queue_t *queue, uint64_t id,
                                          zp_span_t body, bool kept);

//  The queue that it is in.
zp_queue_t *zp_queue_message_queue (const zp_queue_core_t *core,
                                    const zp_queue_message_t *self);

//  The list that it is in; NULL while it is WRITING.
zp_queue_list_t *
zp_queue_message_list (zp_queue_core_t *core, const zp_queue_message_t *self);

//  Take it out of its state. One of those below must follow.
void zp_queue_message_leave (zp_queue_core_t *core, zp_queue_message_t *self);

//  Bring it into a state. A lease is to nobody if consumer is NULL.
void zp_queue_message_ready (zp_queue_core_t *core, zp_queue_message_t *self,
                             bool first);
void zp_queue_message_delay (zp_queue_core_t *core, zp_queue_message_t *self,
                             int64_t due_ms);
void zp_queue_message_lease (zp_queue_core_t *core, zp_queue_message_t *self,
                             zp_queue_consumer_t *consumer, int64_t due_ms);
void zp_queue_message_bury (zp_queue_core_t *core, zp_queue_message_t *self);

//  Let it belong to another queue, in no state.
void zp_queue_message_move (zp_queue_core_t *core, zp_queue_message_t *self,
                            zp_queue_t *queue);

//  Between leave and the next state: it was delivered in vain. True if that was
//  the last time: it is in the dead-letter queue then, and the log knows it.
bool zp_queue_message_vain (zp_queue_core_t *core, zp_queue_message_t *self);

//  Between leave and the next state: it comes back to the head of its line, in
//  vain. If its lease is over that may be in the log already.
void zp_queue_message_return (zp_queue_core_t *core, zp_queue_message_t *self,
                              bool over);

//  How long its leases last.
int64_t zp_queue_message_lease_ms (const zp_queue_core_t *core,
                                   const zp_queue_message_t *self);

//  When its time comes (DELAYED, LEASED), as an outsider sees it; else 0.
int64_t zp_queue_message_due (const zp_queue_core_t *core,
                              const zp_queue_message_t *self);

//  Write down how it stands; why is for a person, and may be empty.
#define ZP_QUEUE_NO_TEXT ((zp_span_t){NULL, 0})
void zp_queue_message_log (zp_queue_core_t *core,
                           const zp_queue_message_t *self, zp_span_t why);

//  Its end, after leave, in memory and in the log. If it is done, its message
//  id is remembered; otherwise that is forgotten as well.
void zp_queue_message_end (zp_queue_core_t *core, zp_queue_message_t *self,
                           bool done);

#endif
