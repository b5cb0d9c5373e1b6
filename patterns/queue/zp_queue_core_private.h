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
//  zp_queue_head.c      what the log says of a message
//  zp_queue_receipt.c   receipts as text

#ifndef ZP_QUEUE_CORE_PRIVATE_H
#define ZP_QUEUE_CORE_PRIVATE_H

#include "zp_queue_due.h"
#include "zp_queue_head.h"
#include "zp_queue_ids.h"
#include "zp_known.h"
#include "zp_queue_message.h"

#define ZP_QUEUE_SLOTS   65535  // Queues that a message can name
#define ZP_QUEUE_NO_TEXT ((zp_span_t){NULL, 0})

struct zp_queue {
    zp_queue_core_t *core;             // Where it is
    char name[ZP_QUEUE_NAME_MAX + 1];  // Ends with a 0
    size_t name_size;                  // Bytes of it
    uint16_t slot;                     // What messages call it
    bool dead;                         // A dead-letter queue
    uint64_t paused;                   // The record that says so; 0: no
    zp_queue_list_t ready[ZP_QUEUE_PRIORITIES];  // In order of delivery
    zp_queue_message_t
        *returned[ZP_QUEUE_PRIORITIES];  // Of these the last
                                         // that came back; NULL: none did
    uint32_t ready_bits;                 // A bit for each that is not empty
    zp_queue_list_t delayed;             // In any order
    zp_queue_list_t buried;              // Longest first
    zp_queue_list_t orphans;             // Leased, to nobody who is here
    size_t count;                        // Of all its messages
    size_t counts[ZP_QUEUE_STATES];      // Of those in each state
    size_t known;                        // Message ids remembered for it
    uint64_t turns;                      // Deliveries up to now
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
    zp_queue_options_t options;      // Within their ranges
    zp_journal_log_t log;            // What is decided goes there
    uint32_t epoch;                  // Of the journal
    int64_t now_ms;                  // The latest time heard of
    zp_queue_t **slots;              // By what messages call them
    zp_queue_t **names;              // In the order of their names
    size_t queue_count;              // Of these
    size_t queue_room;               // For so many
    TAILQ_HEAD (, zp_queue) active;  // Whose turn it is; next first
    zp_queue_ids_t ids;              // All messages, by id
    zp_queue_due_t due;              // Delayed and leased, by time
    zp_known_t known;                // Message ids; marked: done
    uint64_t kept_bytes;             // Of bodies in memory
    zp_status_t status;              // How the last call failed that did
    char error[256];                 // And why
};

//  Fail with a text for a person; returns status.
zp_status_t zp_queue_core_fail (zp_queue_core_t *self, zp_status_t status,
                                const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

//  The present: time that goes back stands still.
static inline int64_t
zp_queue_core_clock (zp_queue_core_t *self, int64_t now_ms)
{
    if (now_ms > self->now_ms)
        self->now_ms = now_ms;
    return self->now_ms;
}

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

//  The queue that a message is in.
static inline zp_queue_t *
zp_queue_of (const zp_queue_core_t *core, const zp_queue_message_t *message)
{
    return core->slots[message->queue];
}

#endif
