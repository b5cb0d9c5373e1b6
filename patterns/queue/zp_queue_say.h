//  SPDX-License-Identifier: MIT
//
//  zp_queue_say - what a worker tells the broker of its jobs
//
//  Acks, touches and the like gather during a turn of the loop, and leave as
//  one call. An ack is said until the broker has heard it; a nack that is lost
//  does what the end of the lease does. Not for anybody but the worker.

#ifndef ZP_QUEUE_SAY_H
#define ZP_QUEUE_SAY_H

#include "zp_client.h"
#include "zp_queue_job.h"
#include "zp_timers.h"

typedef struct zp_queue_say zp_queue_say_t;

//  Called when the broker has answered, or could not be told: then status and
//  text say why.
typedef void (zp_queue_said_fn) (void *arg, zp_status_t status,
                                 const char *text);

//  It speaks through the client, and counts in *stats.
zp_queue_say_t *zp_queue_say_new (zp_client_t *client, zp_timers_t *timers,
                                  zp_queue_worker_stats_t *stats,
                                  zp_queue_said_fn *fn, void *arg);

//  After the client, which ends the calls that are out.
void zp_queue_say_destroy (zp_queue_say_t **self_p);

//  What became of a job; and that one is still at work.
void zp_queue_say_end (zp_queue_say_t *self, const zp_queue_job_t *job);
void zp_queue_say_touch (zp_queue_say_t *self, const zp_queue_job_t *job);

//  A message of the client's is being read: what gathers leaves when that is
//  done with, and need not wait for the end of the loop's turn.
void zp_queue_say_gather (zp_queue_say_t *self);

//  True if there is nothing that the broker has not heard and confirmed.
bool zp_queue_say_all_heard (const zp_queue_say_t *self);

#endif
