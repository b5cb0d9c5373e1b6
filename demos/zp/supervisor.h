//  SPDX-License-Identifier: MIT
//
//  supervisor - starts, watches and stops the services of a constellation
//
//  One process, one loop. A service is started when those that it comes after
//  are ready; ready means that it answers zp.ping. A service that dies before
//  all are ready ends the whole; later it is reported, and stays dead. Stopping
//  goes the other way round: a service is told to end when none that comes
//  after it is left, and killed if it takes longer than its stop_ms.

#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include <czmq.h>
#include <jansson.h>

#include "topology.h"

typedef struct supervisor supervisor_t;

//  Called when all services are ready, once.
typedef void (supervisor_ready_fn) (supervisor_t *self, void *arg);

//  Make the supervisor of a topology, which must outlive it. Says on stderr
//  what happens.
supervisor_t *
supervisor_new (const topology_t *topology, supervisor_ready_fn *fn, void *arg);

//  Destroy it. All services have ended.
void supervisor_destroy (supervisor_t **self_p);

//  Start all, and run until all have ended: because of a signal,
//  supervisor_stop or a failure. The first signal stops, the second kills.
//  Returns an exit_code_t.
int supervisor_run (supervisor_t *self);

//  Stop all services, or kill them at once.
void supervisor_stop (supervisor_t *self, bool at_once);

//  Ask each service that should be ready if it still is, and then call fn. The
//  answers are awaited for a short time.
typedef void (supervisor_asked_fn) (supervisor_t *self, void *arg);
void supervisor_ask (supervisor_t *self, supervisor_asked_fn *fn, void *arg);

//  All about the constellation as it is now. The caller owns the reference.
json_t *supervisor_json (supervisor_t *self);

#endif
