//  SPDX-License-Identifier: MIT
//
//  verbs - what can be done with single services while all the others run
//
//  Requests to the supervisor, each with a JSON object:
//
//      up.kill    {"service": "catalog", "signal": "KILL"}  (if not given:
//      that) up.pause   {"service": "catalog"}       it stands still (SIGSTOP)
//      up.resume  {"service": "catalog"}       it goes on
//      up.stop    {"service": "catalog"}       it ends, as by `zp down`
//      up.start   {"service": "catalog"}       it is started again
//      up.scale   {"service": "support", "to": 4}   so many of several
//      up.heal    {}    all as the topology has it, and nothing paused
//
//  The reply comes when it is so: a service that is started or resumed answers
//  zp.ping again, one that is killed or stopped has ended. It is what `zp ps`
//  knows of the service; of up.scale {"service", "now", "max", "services"}, of
//  up.heal {"services"}. What is so already is no error. Errors: NOT_FOUND, no
//  such service; INVALID_ARGUMENT; OUT_OF_RANGE, more than "max" of it;
//  FAILED_PRECONDITION, not in this state; INTERNAL, it died at its start, and
//  the last line of its log; DEADLINE_EXCEEDED, it does not answer within its
//  ready_ms, but is left running; ABORTED, somebody else did something else.
//
//  A service that is told to end, by any signal, has its stop_ms, and is killed
//  then.

#ifndef VERBS_H
#define VERBS_H

#include "wards.h"
#include "zp_request.h"

typedef struct verbs verbs_t;

//  The names of the methods, ended by NULL.
const char *const *verbs_names (void);

//  For these services, which must outlive it.
verbs_t *verbs_new (wards_t *wards);
void verbs_destroy (verbs_t **self_p);

//  Do what the request says, which is taken. What happens to the services then
//  is up to the supervisor.
void verbs_do (verbs_t *self, zp_request_t *request);

//  Something may have changed: answer those requests for which it is so.
void verbs_look (verbs_t *self);

//  How many have not been answered.
size_t verbs_waiting (const verbs_t *self);

//  All services are to end: answer all that nothing comes of them,
//  FAILED_PRECONDITION and why.
void verbs_end (verbs_t *self, const char *why);

#endif
