//  SPDX-License-Identifier: MIT
//
//  What the files of the worker share. Not for anybody else.
//
//  zp_queue_worker.c   its stream of messages
//  zp_queue_say.c      what it tells the broker of them
//  zp_queue_job.c      one message in hand
//  zp_queue_threads.c  where jobs run that block

#ifndef ZP_QUEUE_JOB_H
#define ZP_QUEUE_JOB_H

#include <sys/queue.h>

#include "zp_queue_core.h"
#include "zp_queue_worker.h"

//  What became of a job
typedef enum zp_queue_verdict {
    ZP_QUEUE_NONE,   // Not ended yet
    ZP_QUEUE_DONE,   // Ack it
    ZP_QUEUE_RETRY,  // Nack it
    ZP_QUEUE_UNDO,   // Release it: nobody has begun
    ZP_QUEUE_BURY    // Bury it
} zp_queue_verdict_t;

TAILQ_HEAD (zp_queue_jobs, zp_queue_job);

struct zp_queue_job {
    TAILQ_ENTRY (zp_queue_job) link;     // Those in hand, by touched_ms
    TAILQ_ENTRY (zp_queue_job) waiting;  // Those that wait for a thread
    zp_queue_worker_t *worker;           // Whose hand
    bool in_thread;              // The thread tells the worker how it ended
    zp_queue_verdict_t verdict;  // What became of it
    int64_t delay_ms;            // RETRY: after that
    char *why;                   // BURY: a text
    int64_t touched_ms;          // When the broker last heard of it
    char receipt[ZP_QUEUE_RECEIPT_MAX];  // Says which lease is meant
    size_t receipt_size;                 // Bytes of that
    zp_queue_receipt_t lease;            // The same, read
    size_t body_size;                    // Bytes of the message
    char body[];                         // The message
};

//  Note what became of a job; on the loop, see to it at once.
void zp_queue_job_end (zp_queue_job_t **self_p, zp_queue_verdict_t verdict);

typedef struct zp_queue_threads zp_queue_threads_t;

//  Called on the loop when a job has ended in a thread.
typedef void (zp_queue_ended_fn) (zp_queue_job_t *job);

//  Threads that run jobs, and the jobs that wait for one.
zp_queue_threads_t *
zp_queue_threads_new (zloop_t *loop, int count, zp_queue_job_fn *fn, void *arg,
                      zp_queue_ended_fn *ended);

//  Wait until the jobs that run have ended, and are told to `ended`. Those that
//  wait stay with their worker.
void zp_queue_threads_destroy (zp_queue_threads_t **self_p);

//  Let a job run, now or when a thread is idle.
void zp_queue_threads_run (zp_queue_threads_t *self, zp_queue_job_t *job);

//  Take the jobs that wait for a thread back; how many run is returned.
size_t
zp_queue_threads_stop (zp_queue_threads_t *self, struct zp_queue_jobs *waiting);

#endif
