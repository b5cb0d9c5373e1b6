//  SPDX-License-Identifier: MIT
//
//  sim_model - what a zp_queue_core should do, said as plainly as possible
//
//  One flat value: all that is known of each message, looked at one after the
//  other. It can be copied, and so knows what a crash goes back to.

#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include "zp_queue_consumer.h"
#include "zp_queue_view.h"

#define SIM_QUEUES   3                 // Each with a dead-letter queue
#define SIM_LINES    (2 * SIM_QUEUES)  // These too: line + SIM_QUEUES
#define SIM_TEXTS    6                 // Message ids in use
#define SIM_MESSAGES 320               // More there never are
#define SIM_KNOWN    512               // The same
#define SIM_NOBODY   (-1)

//  A lease that was handed out, as the worker knows it
typedef struct sim_receipt {
    zp_queue_receipt_t receipt;  // What it shows
    uint64_t order;              // The how manieth of all that ever were
} sim_receipt_t;

typedef struct sim_message {
    uint64_t id;             // Number of its record
    int line;                // The queue where it is
    int serial;              // The how manieth put
    uint32_t size;           // Bytes of its body
    zp_queue_state_t state;  // Where it is
    int priority;            // 0 to 9
    int64_t lease_ms;        // Its own; 0: by default
    int64_t until_ms;        // DELAYED or LEASED; WRITING: DELAYED then
    int64_t note_ms;         // LEASED: when to write that down; 0: done
    int holder;              // Which consumer; or SIM_NOBODY
    int delivered;           // In vain
    uint32_t acquired;       // The last lease
    uint64_t epoch;          // When that was
    uint64_t order;          // Which it was, of all
    bool closed;             // It counts no more
    uint32_t disk_acquired;  // The same as the log has it
    uint64_t disk_epoch;     // The same
    uint64_t disk_order;     // The same
    bool disk_closed;        // The same
    bool disk_over;          // The log has a lease that is over by now
    bool first;              // READY: it came back, and goes before others
    int64_t rank;            // Then the smallest is next
} sim_message_t;

typedef struct sim_known {
    uint64_t id;       // Of the message
    int line;          // Where it was put
    int text;          // Which message id
    int64_t until_ms;  // How long it is remembered
    bool acked;        // The message is done
} sim_known_t;

typedef struct sim_model {
    zp_queue_options_t options;            // Of the core
    uint64_t epoch;                        // Of the log
    int64_t now_ms;                        // The time
    bool paused[SIM_LINES];                // Nothing is handed out
    uint64_t turns[SIM_LINES];             // Deliveries since the start
    uint64_t orders;                       // Leases ever handed out
    int64_t ranks;                         // Given to messages
    size_t count;                          // Of messages
    size_t known_count;                    // Of message ids
    sim_message_t messages[SIM_MESSAGES];  // In no order
    sim_known_t known[SIM_KNOWN];          // In the order of their puts
} sim_model_t;

void sim_copy (sim_model_t *self, const sim_model_t *from);

//  The message with an id, or NULL.
sim_message_t *sim_find (sim_model_t *self, uint64_t id);

//  The message id that is remembered, or NULL.
const sim_known_t *sim_known_find (const sim_model_t *self, int line, int text);

//  How a put of this size should end.
zp_status_t sim_put_status (const sim_model_t *self, int line, size_t size);

//  It was put. text is -1 if there is no message id.
void sim_put (sim_model_t *self, int line, uint64_t id, int serial,
              uint32_t size, int text, const zp_queue_put_t *put);
void sim_written (sim_model_t *self, uint64_t id);

//  True if that message may be the next one of its queue.
bool sim_may_be_next (const sim_model_t *self, const sim_message_t *message);

//  It is leased to a consumer; what the worker gets.
sim_receipt_t sim_lease (sim_model_t *self, sim_message_t *message, int holder);
void sim_undo (sim_model_t *self, sim_message_t *message);

//  A worker says something, or a forged receipt is shown (order 0). NULL if it
//  does not count, and why.
sim_message_t *sim_answer (sim_model_t *self, const sim_receipt_t *receipt,
                           bool *later, zp_status_t *status);
void sim_ack (sim_model_t *self, sim_message_t *message);
void sim_nack (sim_model_t *self, sim_message_t *message, bool later,
               int64_t delay_ms);
void sim_touch (sim_model_t *self, sim_message_t *message, int64_t lease_ms);
void sim_bury (sim_model_t *self, sim_message_t *message);

//  A consumer is gone.
void sim_lose (sim_model_t *self, int holder, bool lost);

//  An operator does something.
void sim_kick (sim_model_t *self, sim_message_t *message);
void sim_purge (sim_model_t *self, sim_message_t *message);

//  Time goes on.
void sim_tick (sim_model_t *self, int64_t now_ms);

//  What is left after a crash, when all that this model knows was committed.
void sim_restart (sim_model_t *self, uint64_t epoch, int64_t now_ms);

#endif
