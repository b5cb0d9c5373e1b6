//  SPDX-License-Identifier: MIT
//
//  zp_window - which tasks of a batch are out, when to send one again, and how
//  many may be out
//
//  A task is kept from when it is given until the sink has acknowledged it. If
//  that takes too long it is sent again: the next attempt, with more patience,
//  as it may be the waiting that takes long. After the last one it is given up.
//
//      given -> WAITING -> FRESH -> STALE -> WAITING, or LOST
//                            +--------+--------------------+--> acknowledged
//
//  How many may be out is a matter of time. A PUSH socket deals tasks out in
//  turn and does not know who is busy, so what is out beyond need waits behind
//  somebody slow, or is lost with somebody who dies. Therefore only as many are
//  out as come back in about ZP_WINDOW_GOAL_MS, but two for each worker: more
//  when they come back sooner, fewer when later, as TCP has it (Chiu and Jain,
//  "Analysis of the Increase and Decrease Algorithms", 1989). What is out for
//  much longer than is usual is STALE: it lies with somebody slow, frozen or
//  dead, and does not count, so that the others have enough to do. And when
//  they have not, they get copies of it, within the same attempt (Dean and
//  Ghemawat, "MapReduce", 2004: backup tasks). What counts in any case is
//  max_tasks and max_bytes: no more is ever kept.
//
//  Pure: no socket, no clock; time is an argument.

#ifndef ZP_WINDOW_H
#define ZP_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "zp_tally.h"

#define ZP_WINDOW_GOAL_MS 50

typedef struct zp_window zp_window_t;

typedef struct zp_window_options {
    size_t max_tasks;  // Kept at once, > 0
    size_t max_bytes;  // Of those; a task is given as long as it is not reached
    int retry_ms;      // Patience with the first attempt, > 0; then twice, and
                       // from the third on four times as much
    int max_attempts;  // 1 to 100
} zp_window_options_t;

//  Where a task stands; NONE: it is no more
typedef enum {
    ZP_WINDOW_WAITING,
    ZP_WINDOW_FRESH,
    ZP_WINDOW_STALE,
    ZP_WINDOW_LOST,
    ZP_WINDOW_STATES
} zp_window_state_t;

typedef struct zp_window_task {
    uint64_t number;          // In the batch, from 0
    void *body;               // What the caller sends
    size_t size;              // Of that, in bytes
    zp_window_state_t state;  // Where it stands
    int attempt;              // Which attempt is under way, or comes next
    int64_t until_ms;         // When that ends; 0: it was not sent yet
    int sendings;             // In all attempts, copies included
    int64_t sent_ms;          // When it was last sent
    TAILQ_ENTRY (zp_window_task) link;  // To others in the same state
} zp_window_task_t;

//  Called for the body of a task that is not needed any more.
typedef void (zp_window_free_fn) (void *body);

//  Make a window for a batch that has not begun. Copies *options.
zp_window_t *
zp_window_new (const zp_window_options_t *options, zp_window_free_fn *fn);

void zp_window_destroy (zp_window_t **self_p);

//  So many workers are connected, as far as is known.
void zp_window_workers (zp_window_t *self, size_t count);

//  True if one more task may be given.
bool zp_window_room (const zp_window_t *self);

//  Give the next task, whose body the window takes. Only if there is room.
void zp_window_give (zp_window_t *self, void *body, size_t size);

//  There are no more tasks to give.
void zp_window_close (zp_window_t *self);

//  The task to be sent now; NULL: none, or not now. It stays that until it was
//  sent, or is given up.
zp_window_task_t *zp_window_next (zp_window_t *self);

//  That task was sent.
void zp_window_sent (zp_window_t *self, int64_t now_ms);

//  That task can't be sent at all: give it up.
void zp_window_give_up (zp_window_t *self);

//  There is nothing else to send: send a copy of a task that is stale. False:
//  there is none, or not yet.
bool zp_window_copy (zp_window_t *self, int64_t now_ms);

//  See what has been out for too long. To be called several times a second,
//  but only while acknowledgements can come.
void zp_window_tick (zp_window_t *self, int64_t now_ms);

//  No acknowledgements could come until now: all that is out is given its time
//  anew.
void zp_window_resume (zp_window_t *self, int64_t now_ms);

//  The first task that was given up, and the one after task; NULL: none.
zp_window_task_t *zp_window_first_lost (zp_window_t *self);
zp_window_task_t *zp_window_next_lost (zp_window_task_t *task);

//  These tasks are acknowledged: forget them.
void zp_window_acknowledge (zp_window_t *self, const zp_tally_t *tally,
                            int64_t now_ms);

typedef struct zp_window_stats {
    uint64_t given;  // Tasks so far; the number that the next one will have
    uint64_t sent;   // Sendings
    uint64_t again;  // Of these, not the first of their task
    size_t kept;     // Tasks kept now
    size_t bytes;    // Of these
    size_t limit;    // How many may be out, without the stale ones
} zp_window_stats_t;

void zp_window_stats (const zp_window_t *self, zp_window_stats_t *stats);

#endif
