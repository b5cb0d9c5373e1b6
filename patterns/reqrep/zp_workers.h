//  SPDX-License-Identifier: MIT
//
//  zp_workers - threads that run a server's slow handlers
//
//  A request goes to a thread that has nothing to do, and waits in the server
//  as long as there is none: there it can still be dropped, and no thread has a
//  queue while another one is idle. Threads and server share nothing; a request
//  belongs to the one that has it, and goes to and fro through pipes.

#ifndef ZP_WORKERS_H
#define ZP_WORKERS_H

#include "zp_request.h"
#include "zp_server.h"

typedef struct zp_workers zp_workers_t;

//  Start count threads for the server.
zp_workers_t *zp_workers_new (zp_server_t *server, int count);

//  Wait until all threads have ended what they run, and end them.
void zp_workers_destroy (zp_workers_t **self_p);

//  Give waiting requests to idle threads.
void zp_workers_feed (zp_workers_t *self);

//  In a worker thread: send an answer to the server's.
void
zp_workers_answer (zp_request_t *request, zp_kind_t kind, zp_status_t status,
                   int retry_after_ms, const zp_span_t *parts, size_t count);

#endif
