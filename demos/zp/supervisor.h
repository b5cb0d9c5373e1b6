//  SPDX-License-Identifier: MIT
//
//  supervisor - starts, watches and stops the services of a constellation
//
//  One process, one loop. A service is started when those that it comes after
//  are ready; ready means that it answers zp.ping. A service that dies before
//  all are ready ends the whole; later it is reported, and stays dead until
//  somebody starts it again (verbs.h). Stopping goes the other way round: a
//  service is told to end when none that comes after it is left, and killed if
//  it takes longer than its stop_ms.

#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include <czmq.h>
#include <jansson.h>

#include "wards.h"
#include "zp_request.h"

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

//  Take a request for one of the verbs (verbs.h).
void supervisor_do (supervisor_t *self, zp_request_t *request);

//  Ask the services, as wards_ask does.
void supervisor_ask (supervisor_t *self, wards_asked_fn *fn, void *arg);

//  All about the constellation as it is now. The caller owns the reference.
json_t *supervisor_json (supervisor_t *self);

#endif
