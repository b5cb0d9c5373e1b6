//  SPDX-License-Identifier: MIT
//
//  zp_ventilator - deals out the tasks of a batch to whatever workers there
//  are, until each task has ended
//
//  It waits until the sink is there, then takes tasks from a source of yours,
//  no more than it may have in hand, and keeps each until the sink has
//  acknowledged it. What takes too long is sent again, as the worker may be
//  dead or frozen; what takes too long each time is given up, and counts as
//  failed. So a batch ends, and each task is counted once at the sink, although
//  it may be done more than once.
//
//  A batch dies with its ventilator: nothing is on disk. See patterns/queue for
//  tasks that must survive.
//
//  A ventilator belongs to one thread, and its loop.

#ifndef ZP_VENTILATOR_H
#define ZP_VENTILATOR_H

#include <czmq.h>

#include "zp_batch.h"
#include "zp_status.h"

typedef struct zp_ventilator zp_ventilator_t;

typedef struct zp_ventilator_options {
    int max_tasks;  // In hand at once: given, and not acknowledged
    size_t
        max_bytes;  // Of those; one more is taken as long as it is not reached
    int retry_ms;   // After so long a task is sent again, then after twice as
                    // long, up to 16 times; more than a task takes
    int max_attempts;  // So often at most, 1 to 100
    int silence_ms;    // A sink that was silent for so long is gone, as is one
                       // that is not there at first
} zp_ventilator_options_t;

#define ZP_VENTILATOR_DEFAULTS                                                 \
    {                                                                          \
        .max_tasks = 1000, .max_bytes = 64 << 20, .retry_ms = 5000,            \
        .max_attempts = 5, .silence_ms = 30000                                 \
    }

//  The body of task number, counted from 0, up to 15 MiB; NULL: there are no
//  more. The frame is the ventilator's. A larger one fails at once, with
//  ZP_OUT_OF_RANGE. Called for each task once, in order, when it is its turn.
typedef zframe_t *(zp_ventilator_source_fn) (void *arg, uint64_t number);

//  Make a ventilator that lives on loop, which must outlive it; with NULL it
//  has a loop of its own. Copies *options; NULL means ZP_VENTILATOR_DEFAULTS.
//  Options out of range are a programmer's error, and asserted.
zp_ventilator_t *
zp_ventilator_new (zloop_t *loop, const zp_ventilator_options_t *options);

//  Destroy the ventilator. A batch under way is cancelled, at the sink as well.
//  The loop must have ended, or be in the handler of a reader.
void zp_ventilator_destroy (zp_ventilator_t **self_p);

//  Listen for workers. On failure zp_ventilator_error has the reason:
//  ZP_ALREADY_EXISTS, ZP_PERMISSION_DENIED, ZP_INVALID_ARGUMENT.
zp_status_t zp_ventilator_bind (zp_ventilator_t *self, const char *endpoint);

//  The endpoint for workers, with its real port; "" before it is bound.
const char *zp_ventilator_endpoint (zp_ventilator_t *self);

//  Why the last zp_ventilator_bind failed: a line for a person. "" if it did
//  not.
const char *zp_ventilator_error (zp_ventilator_t *self);

//  Find the sink at its control endpoint: one, and only once.
//  ZP_INVALID_ARGUMENT if ZeroMQ can't make sense of it; nothing changes then.
zp_status_t zp_ventilator_connect (zp_ventilator_t *self, const char *control);

//  Call fn as the batch goes on, and when it has ended.
void zp_ventilator_on_batch (zp_ventilator_t *self, zp_batch_fn *fn, void *arg);

//  Begin a batch. None may be under way.
void zp_ventilator_start (zp_ventilator_t *self,
                          zp_ventilator_source_fn *source, void *arg);

//  End the batch under way, if there is one, with ZP_CANCELLED. Tasks that are
//  out are done in vain.
void zp_ventilator_cancel (zp_ventilator_t *self);

//  Begin a batch, and run the loop until it has ended. Returns how: see
//  zp_batch.h, and there, too, how many tasks failed. SIGINT and SIGTERM cancel
//  it.
zp_status_t zp_ventilator_run (zp_ventilator_t *self,
                               zp_ventilator_source_fn *source, void *arg);

//  The present batch, or the last one; id 0: none so far.
const zp_batch_t *zp_ventilator_batch (zp_ventilator_t *self);

typedef struct zp_ventilator_stats {
    size_t workers;    // Connected now, but for inproc
    uint64_t given;    // Tasks of this batch so far
    uint64_t sent;     // Sendings of them
    uint64_t again;    // Of these, not the first of their task
    size_t in_hand;    // Given, and not acknowledged
    size_t bytes;      // Of these
    size_t limit;      // How many may be out now, besides those that are late
    uint64_t garbage;  // Messages that made no sense
} zp_ventilator_stats_t;

void zp_ventilator_stats (zp_ventilator_t *self, zp_ventilator_stats_t *stats);

#endif
