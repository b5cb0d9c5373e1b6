//  SPDX-License-Identifier: MIT
//
//  zp_server - methods with names, served to any ZeroMQ peer
//
//  A server drops what is past its time budget, and what was cancelled, before
//  it runs it; refuses what is beyond max_in_flight with ZP_RESOURCE_EXHAUSTED
//  and a time to stay away (load shedding); can answer a repeated request from
//  a cache instead of running it twice; and drains: it finishes what it has
//  begun and refuses what comes, before it ends.
//
//  Callers are zp_clients, plain REQ sockets, or DEALERs that send an empty
//  delimiter, directly or through ROUTER/DEALER proxies. A peer that sends no
//  envelope is told of a failure in three parts: "ERROR", the code's name, and
//  a line of text.
//
//  Each server answers some methods by itself, with JSON: zp.ping; zp.info
//  (name, process, methods, limits); zp.stats (requests, failures, in flight,
//  latencies in microseconds); and, only if the options say so, zp.faults
//  (zp_faults.h).

#ifndef ZP_SERVER_H
#define ZP_SERVER_H

#include <czmq.h>

#include "zp_request.h"
#include "zp_status.h"
#include "zp_tap.h"

typedef struct zp_server zp_server_t;

typedef struct zp_server_options {
    const char *name;     // For zp.info; copied
    int max_in_flight;    // Requests taken and not ended; more are refused
    int retry_after_ms;   // How long those should stay away
    int workers;          // Threads for zp_server_worker_method; 0: none
    int drain_ms;         // How long draining may take
    int cache_replies;    // Replies kept for repeated requests; 0: none
    int cache_ms;         // How long at most
    size_t cache_bytes;   // How many bytes of them at most
    uint64_t fault_seed;  // Not 0: faults can be injected, through zp.faults
    const zp_tap_t *tap;  // Told of each message; NULL: nobody
} zp_server_options_t;

#define ZP_SERVER_DEFAULTS                                                     \
    {                                                                          \
        .name = "server", .max_in_flight = 10000, .retry_after_ms = 100,       \
        .drain_ms = 5000, .cache_ms = 120000, .cache_bytes = 64 << 20          \
    }

//  Make a server that lives on loop, which must outlive it; with NULL it has a
//  loop of its own. Copies *options; NULL means ZP_SERVER_DEFAULTS. Options
//  out of range are a programmer's error, and asserted.
zp_server_t *zp_server_new (zloop_t *loop, const zp_server_options_t *options);

//  Destroy the server, after its worker threads have ended what they run.
//  Requests that were not ended get ZP_UNAVAILABLE, and are gone. The loop must
//  have ended, or be in the handler of a reader: a zloop may call a timer once
//  more after it was cancelled.
void zp_server_destroy (zp_server_t **self_p);

//  Listen at an endpoint, such as "tcp://127.0.0.1:5555" or, for any free
//  port, "tcp://127.0.0.1:*". Can be called again for more. On failure
//  zp_server_error has the reason: ZP_ALREADY_EXISTS (in use, by whom not),
//  ZP_PERMISSION_DENIED, ZP_INVALID_ARGUMENT.
zp_status_t zp_server_bind (zp_server_t *self, const char *endpoint);

//  The last endpoint bound, with its real port. NULL before that.
const char *zp_server_endpoint (zp_server_t *self);

//  Why the last zp_server_bind failed: a line for a person. "" if it did not.
const char *zp_server_error (zp_server_t *self);

//  Let fn handle method (copied, up to 255 bytes), on the loop. A method that
//  is there already is replaced.
void zp_server_method (zp_server_t *self, const char *method, zp_request_fn *fn,
                       void *arg);

//  The same in a worker thread: for a handler that blocks or computes for
//  long. It must end the request before it returns. Each request goes to an
//  idle thread, and waits in the server while there is none. What arg points
//  to is shared by the threads. The options must ask for workers.
void zp_server_worker_method (zp_server_t *self, const char *method,
                              zp_request_fn *fn, void *arg);

//  The same on the loop, for questions about the server itself: it is answered
//  even while the server drains or has too much to do, and no fault strikes it.
void zp_server_builtin_method (zp_server_t *self, const char *method,
                               zp_request_fn *fn, void *arg);

//  Run the loop until it is ended: by SIGINT or SIGTERM, if the program does
//  not ignore them, which drain the server first (one that comes later, when it
//  is draining, does not wait for that), or by a handler of
//  another object on the loop, which returned -1. Threads that the program
//  starts by itself should block these signals. Returns ZP_OK, or
//  ZP_DEADLINE_EXCEEDED if it was drained and drain_ms did not do.
zp_status_t zp_server_run (zp_server_t *self);

//  Refuse new requests with ZP_UNAVAILABLE from now on, and call fn (may be
//  NULL) when all those begun have ended or after drain_ms. If fn returns -1
//  the loop ends.
typedef int (zp_server_drained_fn) (zp_server_t *self, void *arg);
void zp_server_drain (zp_server_t *self, zp_server_drained_fn *fn, void *arg);

//  Call fn when draining begins, however it was begun: to end those requests
//  that would otherwise last, such as streams.
typedef void (zp_server_draining_fn) (void *arg);
void
zp_server_on_draining (zp_server_t *self, zp_server_draining_fn *fn, void *arg);

//  Call fn at the end of each turn in which requests came, when they have run
//  and before the replies leave: for what is best done once for many. NULL: not
//  any more.
typedef void (zp_server_turn_fn) (void *arg);
void zp_server_on_turn (zp_server_t *self, zp_server_turn_fn *fn, void *arg);

//  Send the replies that have gathered. They leave in any case at the end of
//  the loop's turn; who knows that there will be no more spares that wait.
void zp_server_flush (zp_server_t *self);

typedef struct zp_server_stats {
    uint64_t requests;   // Taken, built-in methods included
    uint64_t failures;   // Of these, replied to with another status than OK
    uint64_t shed;       // Refused: beyond max_in_flight, or draining
    uint64_t expired;    // Dropped before they ran: past their budget
    uint64_t cancelled;  // Dropped before they ran: the caller gave up
    uint64_t repeated;   // Answered from the cache, or joined to a running one
    uint64_t unsent;     // Replies dropped: the peer is gone, or does not read
    uint64_t garbage;    // Messages that were no requests
    uint64_t faults;     // Faults injected
    size_t in_flight;    // Requests taken and not ended
} zp_server_stats_t;

void zp_server_stats (zp_server_t *self, zp_server_stats_t *stats);

#endif
