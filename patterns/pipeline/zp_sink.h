//  SPDX-License-Identifier: MIT
//
//  zp_sink - takes the results of a batch, counts each task once, and knows
//  when all are there
//
//  Results come in any order. Those that come again, or belong to another
//  batch, are dropped. A task that a worker could not do, or that the
//  ventilator has given up, is counted as well, as failed: so a batch ends.
//
//  One batch after the other: another ventilator waits until the present one
//  has ended its batch, or is gone. What the sink has counted dies with it: if
//  it is restarted in the middle, the batch ends with ZP_ABORTED.
//
//  A sink belongs to one thread, and its loop.

#ifndef ZP_SINK_H
#define ZP_SINK_H

#include <czmq.h>

#include "zp_batch.h"
#include "zp_envelope.h"
#include "zp_status.h"

typedef struct zp_sink zp_sink_t;

typedef struct zp_sink_options {
    int silence_ms;  // A ventilator that was silent for so long is gone
} zp_sink_options_t;

#define ZP_SINK_DEFAULTS                                                       \
    {                                                                          \
        .silence_ms = 30000                                                    \
    }

//  How one task ended
typedef struct zp_result {
    uint64_t number;     // Of the task in its batch, from 0
    zp_status_t status;  // ZP_OK: done. ZP_DEADLINE_EXCEEDED: given up after
                         // its last attempt. Others: as the worker said
    int attempt;         // How often it had been sent then
    zp_span_t body;      // The result, or a line that says why it failed; only
                         // during the call
} zp_result_t;

//  Take the result of a task: called once for each. It is acknowledged only
//  after that. Return 0; or -1 if it can't be taken, such as when the disk is
//  full: the batch ends with ZP_ABORTED.
typedef int (zp_sink_fn) (void *arg, const zp_result_t *result);

//  Make a sink that lives on loop, which must outlive it; with NULL it has a
//  loop of its own. Copies *options; NULL means ZP_SINK_DEFAULTS.
zp_sink_t *zp_sink_new (zloop_t *loop, const zp_sink_options_t *options,
                        zp_sink_fn *fn, void *arg);

//  Destroy the sink. A batch under way ends with ZP_ABORTED, also for the
//  ventilator. The loop must have ended, or be in the handler of a reader.
void zp_sink_destroy (zp_sink_t **self_p);

//  Listen for workers, and for the ventilator. On failure zp_sink_error has the
//  reason: ZP_ALREADY_EXISTS, ZP_PERMISSION_DENIED, ZP_INVALID_ARGUMENT.
zp_status_t
zp_sink_bind (zp_sink_t *self, const char *results, const char *control);

//  Both endpoints, with real ports; "" before they are bound.
const char *zp_sink_results (zp_sink_t *self);
const char *zp_sink_control (zp_sink_t *self);

//  Why the last zp_sink_bind failed: a line for a person. "" if it did not.
const char *zp_sink_error (zp_sink_t *self);

//  Call fn when a batch begins (nothing is done or failed), as it goes on (at
//  most once a turn of the loop), and when it has ended.
void zp_sink_on_batch (zp_sink_t *self, zp_batch_fn *fn, void *arg);

//  Run the loop until the next batch has ended, and return how; or until SIGINT
//  or SIGTERM: ZP_CANCELLED.
zp_status_t zp_sink_run (zp_sink_t *self);

//  The present batch, or the last one; id 0: none so far.
const zp_batch_t *zp_sink_batch (zp_sink_t *self);

typedef struct zp_sink_stats {
    uint64_t counted;   // Tasks, of all batches
    uint64_t repeated;  // Results that came again
    uint64_t returned;  // Tasks that a worker gave back, to be sent again
    uint64_t strays;    // Results of no batch that is under way
    uint64_t garbage;   // Messages that made no sense
} zp_sink_stats_t;

void zp_sink_stats (zp_sink_t *self, zp_sink_stats_t *stats);

#endif
