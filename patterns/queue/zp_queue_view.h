//  SPDX-License-Identifier: MIT
//
//  zp_queue_view - queues as an operator sees and handles them

#ifndef ZP_QUEUE_VIEW_H
#define ZP_QUEUE_VIEW_H

#include "zp_queue_core.h"

//  The queue with that name, or NULL. It stays until the core makes another
//  one, for which a queue that nobody uses may have to go.
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

#define ZP_QUEUE_STATES 5

//  The word for a state, such as "ready", and the state for a word: false if
//  it is none. Not for WRITING, which nobody outside sees.
const char *zp_queue_state_name (zp_queue_state_t state);
bool zp_queue_state_parse (zp_span_t name, zp_queue_state_t *state);

//  Let up to count (0: all) buried messages of the queue be ready again; or, in
//  a dead-letter queue, all that nobody holds, back in the queue they came
//  from. What was delivered in vain is counted anew, and receipts from before
//  count no more. Returns how many.
size_t zp_queue_kick (zp_queue_t *self, size_t count, int64_t now_ms);

//  Take away all messages of the queue that are in the state (not WRITING), and
//  forget their message ids. Returns how many.
size_t zp_queue_purge (zp_queue_t *self, zp_queue_state_t state);

//  Hand nothing out of the queue, or do so again. It is in the log.
void zp_queue_pause (zp_queue_t *self, bool paused);

//  About one message, as it stands.
typedef struct zp_queue_view {
    uint64_t id;             // Number of its record
    zp_queue_state_t state;  // Where it is
    int priority;            // 0 to 9
    uint32_t acquired;       // How often it was leased
    int delivered;           // How often in vain; 255 is that or more
    size_t size_bytes;       // Of the body
    int64_t due_ms;          // DELAYED: when it is ready; LEASED: when the
                             // lease ends; else 0
} zp_queue_view_t;

//  The first `room` messages of the queue that are in the state, in the order
//  in which they would be delivered (ready, with strict priorities) or else in
//  any, beginning with the one after id `after` (0: from the first); none if
//  that one is not in the state any more. Returns how many.
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
