//  SPDX-License-Identifier: MIT
//
//  zp_saga_coordinator - runs sagas over services, and survives
//
//  A zp_server with the methods below, a zp_saga_core that decides, a
//  zp_journal that remembers, and a zp_client for each service. What it
//  confirms, and what it tells a service to do, is on disk first. After a crash
//  at any point all open sagas go on (Garcia-Molina and Salem: "Sagas", SIGMOD
//  1987). What a service must do is drawn in zp_saga_participant.h.
//
//  Arguments are text. OPTIONS is a JSON object, and may be left out, as may
//  each of its keys. Any zp_client can call these, and any plain REQ socket.
//
//  saga.start NAME ID INPUT         -> ID, once it is on disk
//      INPUT is JSON. ID is 1 to 64 letters, digits, . _ -; with an empty one
//      the coordinator makes one. The same again is the same saga, ended or
//      not; with another name or input ALREADY_EXISTS. The first record of the
//      saga holds its definition: it ends as it began, whatever is defined
//      later.
//  saga.wait ID [OPTIONS]           -> SAGA, as it stands when it has ended or
//      is PARKED, or after {"wait_ms": N}, or before the time budget is over
//  saga.show ID                     -> SAGA with its history and definition
//  saga.ls [OPTIONS]                -> [SAGA...], the oldest first, in short
//      {"state": STATE, "saga": NAME, "min_age_ms": N, "max_age_ms": N: since
//      it was started, "count": 1 to 1000 (100), "after": ID, of the last one
//      of the page before}
//  saga.signal ID SIGNAL [VALUE]    -> STATE, once it is on disk
//      VALUE is JSON. The first of a name counts; it may come before its step.
//  saga.abort ID WHO WHY            -> STATE, once it is on disk
//      It runs, and is not past the point of no return: undo all.
//  saga.retry ID WHO WHY            -> STATE      It is PARKED: try again.
//  saga.skip ID WHO WHY [STEP]      -> STATE      It is PARKED: that step was
//      done, or undone, by hand; go on.
//  saga.complete ID WHO WHY         -> STATE      It is PARKED: all the rest
//      was done by hand.
//      WHO and WHY are printable ASCII (1 to 64, 1 to 256 bytes), and kept.
//  saga.definitions                 -> [{"saga", "version", "steps"}...]
//  saga.definition NAME             -> its text
//  saga.stat                        -> JSON: how many are running,
//  compensating,
//      completed, compensated, parked; started, commands, replies, commits and
//      records since the coordinator's start; size_bytes; and services, an
//      array: service, endpoints, up, out (commands without an answer yet),
//      held (commands that wait for room, or for an endpoint)
//
//  SAGA is a JSON object. In short: id, saga, version, state, reason (why it
//  went backward or is PARKED; ""), begun_ms and changed_ms (since 1970). In
//  full also input, and steps, an array in the order of the definition: id,
//  kind, state ("waiting", "running", "done", "passed": given up, "refused",
//  "undoing", "undone", "stuck"), attempts (of the
//  action or, if it was begun, the compensation, since the coordinator was
//  started), result. With its history: history, an array of what is
//  in zp_saga_record.h, each with number, time_ms and, where there is one, its
//  body as input, result or value; and definition.
//
//  A step that is a saga is one of its own in the same coordinator; its id is
//  SAGA.STEP of its parent, as far as that fits, and ".undo" for the one that
//  undoes it; they stay as long as their parent is open. If a saga of somebody
//  else has that id, the step is refused. What undoes it gets {"input": as the
//  first did, "result": what became of it}. The result of a saga is an object:
//  each step's id, and what it gave. If the parent goes backward, a child that
//  still runs is aborted.
//
//  What a service has not answered is out; not more than `window` are, for each
//  service, and more are held: the time of an attempt begins when it is sent.
//
//  Commands are part of the trace (zp_trace_t) of the request that started
//  their saga; after a restart of the coordinator of another one, made of the
//  saga's id.

#ifndef ZP_SAGA_COORDINATOR_H
#define ZP_SAGA_COORDINATOR_H

#include <czmq.h>

#include "zp_journal.h"
#include "zp_saga_core.h"
#include "zp_server.h"
#include "zp_status.h"

typedef struct zp_saga_coordinator zp_saga_coordinator_t;

typedef struct zp_saga_coordinator_options {
    const char *journal;         // URL, such as "sqlite:sagas.db"; copied
    zp_saga_options_t sagas;     // Limits
    int window;                  // Commands out to one service, at most
    zp_server_options_t server;  // Of the server in it; its tap is told of
                                 // messages to and from services as well
} zp_saga_coordinator_options_t;

#define ZP_SAGA_COORDINATOR_DEFAULTS                                           \
    {                                                                          \
        .sagas = ZP_SAGA_DEFAULTS, .window = 1000,                             \
        .server = ZP_SERVER_DEFAULTS, .server.cache_replies = 10000            \
    }

//  Open the journal, take back all sagas, and become ready to be told of the
//  services, the definitions, and where to listen. With a NULL loop the
//  coordinator has one of its own. On failure NULL is returned, and *status_p
//  and *error_p (may be NULL; zstr_free) have the reason, as in zp_journal_new.
zp_saga_coordinator_t *
zp_saga_coordinator_new (zloop_t *loop,
                         const zp_saga_coordinator_options_t *options,
                         zp_status_t *status_p, char **error_p);

//  Destroy the coordinator, as zp_server_destroy says.
void zp_saga_coordinator_destroy (zp_saga_coordinator_t **self_p);

//  The service of that name (copied) is there, too. It need not run yet. As
//  long as a service has no endpoint, steps that need it wait, until the
//  deadlines of their sagas. ZP_INVALID_ARGUMENT if ZeroMQ can't make sense of
//  the endpoint; zp_saga_coordinator_error has a line.
zp_status_t
zp_saga_coordinator_service (zp_saga_coordinator_t *self, const char *service,
                             const char *endpoint);

//  From now on sagas are started by that definition, checked against the
//  services known and, for its steps that are sagas, against nothing: they are
//  looked for when they begin. ZP_INVALID_ARGUMENT, and *mistakes_p (may be
//  NULL; free it) has a line for each mistake, as in zp_saga_def_new.
zp_status_t zp_saga_coordinator_define (zp_saga_coordinator_t *self,
                                        zp_span_t text, char **mistakes_p);

//  The server in it: to bind, and to see its endpoint and figures.
zp_server_t *zp_saga_coordinator_server (zp_saga_coordinator_t *self);

//  The journal in it: to see its figures.
zp_journal_t *zp_saga_coordinator_journal (zp_saga_coordinator_t *self);

//  Run until SIGINT or SIGTERM, as zp_server_run. If the journal fails it ends
//  at once, with the journal's status; zp_saga_coordinator_error has its text.
zp_status_t zp_saga_coordinator_run (zp_saga_coordinator_t *self);

//  What went wrong last: a line for a person, and what to do. "" if nothing.
const char *zp_saga_coordinator_error (zp_saga_coordinator_t *self);

#endif
