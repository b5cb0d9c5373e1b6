//  SPDX-License-Identifier: MIT
//
//  zp_queue_worker - takes messages from a queue, and acks them when done
//
//  The worker holds as many messages as it has credit, touches those whose jobs
//  last, acks a job after its handler is through, and finds the broker again
//  after a break. A job can come twice, to this worker or to another: its
//  effect must be idempotent.
//
//  Jobs run in threads, for a handler that blocks or computes, or on the loop,
//  for one that starts something and is called back.

#ifndef ZP_QUEUE_WORKER_H
#define ZP_QUEUE_WORKER_H

#include <czmq.h>

#include "zp_envelope.h"
#include "zp_status.h"
#include "zp_tap.h"

typedef struct zp_queue_worker zp_queue_worker_t;
typedef struct zp_queue_job zp_queue_job_t;

typedef struct zp_queue_worker_options {
    const char *queue;  // To take from; needed; copied
    int credit;         // Messages to hold at once, those that wait included
    int threads;        // To run jobs in; 0: they run on the loop
    int touch_ms;       // How often to say that a job is still at work; it must
                        // be well below the lease length of its message
    const zp_tap_t *tap;  // Told of each message to and from the broker; NULL:
                          // nobody
} zp_queue_worker_options_t;

#define ZP_QUEUE_WORKER_DEFAULTS                                               \
    {                                                                          \
        .credit = 32, .touch_ms = 10000                                        \
    }

//  Does a job, and ends it by one of the verbs below: before it returns, or on
//  the loop also later. In a thread, one that it did not end is nacked.
typedef void (zp_queue_job_fn) (zp_queue_job_t *job, void *arg);

//  Make a worker that lives on loop, which must outlive it; with NULL it has a
//  loop of its own. Copies *options.
zp_queue_worker_t *
zp_queue_worker_new (zloop_t *loop, const zp_queue_worker_options_t *options,
                     zp_queue_job_fn *fn, void *arg);

//  Destroy the worker, after the jobs that run in threads have ended. What it
//  holds, and what it had no time to ack, is delivered to others, when the
//  broker sees after a second or so that it is gone; zp_queue_worker_run leaves
//  nothing of the kind. The loop must have ended, or be in the handler of a
//  reader.
void zp_queue_worker_destroy (zp_queue_worker_t **self_p);

//  Take from the broker at this endpoint; messages come when it is there.
//  ZP_INVALID_ARGUMENT if ZeroMQ can't make sense of it.
zp_status_t
zp_queue_worker_connect (zp_queue_worker_t *self, const char *endpoint);

//  Run the loop until SIGINT or SIGTERM, then finish the jobs that run, for at
//  most drain_ms, and ack them. ZP_OK; ZP_DEADLINE_EXCEEDED if that did not do.
zp_status_t zp_queue_worker_run (zp_queue_worker_t *self, int drain_ms);

//  Tell when something is wrong and when it is well again: text is a line for a
//  person, such as why no messages come. On the loop.
typedef void (zp_queue_trouble_fn) (void *arg, zp_status_t status,
                                    const char *text);
void zp_queue_worker_on_trouble (zp_queue_worker_t *self,
                                 zp_queue_trouble_fn *fn, void *arg);

//  The message's body; it stays until the job is ended.
zp_span_t zp_queue_job_body (zp_queue_job_t *self);

//  Its id, which stays the same however often it is delivered: a key to make
//  effects idempotent.
uint64_t zp_queue_job_id (zp_queue_job_t *self);

//  How often the message was leased, this time included: over 1, the job may
//  have been done before, wholly or in part.
uint32_t zp_queue_job_acquired (zp_queue_job_t *self);

//  End the job: it is done; or it failed and shall be tried again after
//  delay_ms; or nobody shall try before a person has looked, and why.
void zp_queue_job_done (zp_queue_job_t **self_p);
void zp_queue_job_retry (zp_queue_job_t **self_p, int64_t delay_ms);
void zp_queue_job_bury (zp_queue_job_t **self_p, const char *why);

typedef struct zp_queue_worker_stats {
    uint64_t taken;    // Messages received
    uint64_t done;     // Acks that the broker has confirmed
    uint64_t retried;  // Jobs that failed, to be tried again
    uint64_t buried;   // Jobs that wait for a person
    uint64_t refused;  // Acks that came too late: somebody else has the message
    size_t held;       // Messages in hand now
} zp_queue_worker_stats_t;

void
zp_queue_worker_stats (zp_queue_worker_t *self, zp_queue_worker_stats_t *stats);

#endif
