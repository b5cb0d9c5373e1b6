//  SPDX-License-Identifier: MIT
//
//  stage_watch - one service, looked at from outside
//
//  It is asked for its figures again and again, each question once at a time,
//  over a connection of its own: one that is silent, dead or tells nonsense
//  costs the others nothing. What it can be asked, its methods tell (zp.info),
//  once for each process.

#ifndef STAGE_WATCH_H
#define STAGE_WATCH_H

#include <jansson.h>

#include "stage_call.h"
#include "stage_counter.h"

typedef struct stage_watch stage_watch_t;

//  What a service is asked
typedef enum stage_ask {
    STAGE_INFO,    // zp.info: what it can do
    STAGE_STATS,   // zp.stats
    STAGE_PEERS,   // zp.peers: whom it calls, and how that goes
    STAGE_FAULTS,  // zp.faults: what goes wrong on purpose
    STAGE_GAUGES,  // gauges: any numbers
    STAGE_QUEUES,  // queue.list: a broker of queues
    STAGE_LOGS,    // log.ls: an event log
    STAGE_SAGAS,   // saga.stat: a coordinator
    STAGE_LOAD,    // load.stats: the viewers
    STAGE_ROOTS,   // zp.events: which requests a gateway has had
    STAGE_ASKS
} stage_ask_t;

//  Told of each answer that makes sense. The watch keeps it until the next one.
typedef void (stage_watch_fn) (void *arg, stage_watch_t *self, stage_ask_t ask,
                               json_t *answer);

//  What was counted of it
typedef struct stage_figures {
    stage_counter_t requests;  // Those of the stage itself left out
    stage_counter_t failures;  // Of these
    stage_counter_t shed;      // Refused
    stage_counter_t repeated;  // Answered from the cache
    stage_counter_t faults;    // Went wrong on purpose
    stage_counter_t cpu_ms;    // Processor time
} stage_figures_t;

//  Watch a service on a loop. It is not asked before it is known to run.
stage_watch_t *
stage_watch_new (zloop_t *loop, const char *name, const char *endpoint,
                 stage_watch_fn *fn, void *arg);

//  As zp_client_destroy: the loop must have ended, or be in the handler of a
//  reader.
void stage_watch_destroy (stage_watch_t **self_p);

//  What the supervisor says of it, an object as in up.list. True if it is
//  another process than before: then it is looked at anew. Only in the handler
//  of a reader.
bool stage_watch_told (stage_watch_t *self, json_t *about, int64_t now_ms);

//  Ask it all that it has answered.
void stage_watch_poll (stage_watch_t *self, int64_t now_ms);

//  stage_call of this service; UNAVAILABLE if it does not run.
void stage_watch_call (stage_watch_t *self, const char *method,
                       const char *const *words, int timeout_ms,
                       stage_answer_fn *fn, void *arg);

const char *stage_watch_name (const stage_watch_t *self);
const char *stage_watch_endpoint (const stage_watch_t *self);

//  What it has answered last; NULL: nothing yet. The watch's.
json_t *stage_watch_answer (const stage_watch_t *self, stage_ask_t ask);

//  True if it has that method.
bool stage_watch_has (const stage_watch_t *self, const char *method);

//  True if it runs, as far as the supervisor knows.
bool stage_watch_runs (const stage_watch_t *self);

//  True if it has no process, not even one that is paused.
bool stage_watch_dead (const stage_watch_t *self);

//  Requests that it has had are counted elsewhere: so many more.
void stage_watch_count (stage_watch_t *self, uint64_t requests,
                        uint64_t failures, int64_t now_ms);

//  All about it, for the stage's document. The caller owns it.
json_t *stage_watch_json (const stage_watch_t *self, int64_t now_ms);

#endif
