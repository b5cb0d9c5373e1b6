//  SPDX-License-Identifier: MIT
//
//  zp_worker - takes tasks from ventilators, and sends results to a sink
//
//  One task at a time: for more at once start more workers. They may come and
//  go at any time, and need not be known to anybody. A task can come twice, to
//  this worker or to another: doing it must be idempotent.
//
//  Instead of it any program will do that has a PULL and a PUSH socket: it
//  takes [envelope][task] from the one, and sends [envelope][result] to the
//  other, with the envelope as it came.
//
//  A worker belongs to one thread, and its loop.

#ifndef ZP_WORKER_H
#define ZP_WORKER_H

#include <czmq.h>

#include "zp_envelope.h"
#include "zp_status.h"

typedef struct zp_worker zp_worker_t;
typedef struct zp_task zp_task_t;

//  Does a task, and ends it by one of the verbs below: before it returns, or
//  later from the loop.
typedef void (zp_worker_fn) (zp_task_t *task, void *arg);

//  Make a worker that lives on loop, which must outlive it; with NULL it has a
//  loop of its own.
zp_worker_t *zp_worker_new (zloop_t *loop, zp_worker_fn *fn, void *arg);

//  Destroy the worker. The task that it has in hand will be sent again, to
//  another. The loop must have ended, or be in the handler of a reader.
void zp_worker_destroy (zp_worker_t **self_p);

//  Take tasks from the ventilator at this endpoint; can be called again for
//  others. ZP_INVALID_ARGUMENT if ZeroMQ can't make sense of it; nothing
//  changes then.
zp_status_t zp_worker_connect (zp_worker_t *self, const char *ventilator);

//  Send results to the sink at this endpoint: the only one. It is as the first,
//  and both may be there or not.
zp_status_t zp_worker_connect_sink (zp_worker_t *self, const char *sink);

//  Run the loop until SIGINT or SIGTERM. A task that is being done then is
//  brought to its end first, if it ends before its handler returns.
void zp_worker_run (zp_worker_t *self);

//  What is to be done; it stays until the task is ended.
zp_span_t zp_task_body (zp_task_t *self);

//  Its batch, its number in that, and how often it has been sent: over 1, it
//  may have been done before.
uint64_t zp_task_batch (const zp_task_t *self);
uint64_t zp_task_number (const zp_task_t *self);
int zp_task_attempt (const zp_task_t *self);

//  End the task: this is the result (copied).
void zp_task_done (zp_task_t **self_p, const void *data, size_t size);

//  End the task: it failed, with a status that is not ZP_OK and a line for a
//  person. With ZP_UNAVAILABLE or ZP_RESOURCE_EXHAUSTED it is this worker that
//  can't do it, and the task is sent again after a while; with any other the
//  task has failed.
void zp_task_fail (zp_task_t **self_p, zp_status_t status, const char *text);

typedef struct zp_worker_stats {
    uint64_t taken;    // Tasks received
    uint64_t done;     // Ended with a result
    uint64_t failed;   // Ended by zp_task_fail
    uint64_t garbage;  // Messages that were no tasks
} zp_worker_stats_t;

void zp_worker_stats (zp_worker_t *self, zp_worker_stats_t *stats);

#endif
