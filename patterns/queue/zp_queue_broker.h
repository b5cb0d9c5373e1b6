//  SPDX-License-Identifier: MIT
//
//  zp_queue_broker - durable work queues, served to any ZeroMQ peer
//
//  A zp_server with the methods below, a zp_queue_core that decides, and a
//  zp_journal that remembers. What it confirms is on disk: a message that was
//  put is delivered until it is acked, or ends in the dead-letter queue; one
//  that was acked is never delivered again.
//
//  Arguments are text unless said otherwise. OPTIONS is a JSON object, and may
//  be left out, as may each of its keys. A producer is a zp_client or a plain
//  REQ socket; so can a worker be, but zp_queue_worker does more for it.
//
//  queue.put QUEUE BODY [OPTIONS]    -> ID, once the message is on disk
//      BODY is any bytes. {"id": TEXT}: the same again within the dedupe window
//      is the same message; "delay_ms"; "priority": 0 to 9, 9 is first, 4 is
//      the default; "lease_ms": how long its worker may be silent
//  queue.reserve QUEUE [OPTIONS]     -> RECEIPT BODY
//      One message, as soon as there is one, within {"wait_ms": N} or the
//      request's time budget; else NOT_FOUND. If by then the caller's
//      connection is gone it goes to others; if its host is frozen, or it sits
//      behind a proxy, nobody knows, and the lease decides. With {"credit": N}:
//      a stream. Each piece is RECEIPT BODY, or empty, a sign of life each
//      second; not more than N are out to the caller at once, and an ack makes
//      room for the next; with a credit of 0 it only keeps what it has. The
//      stream ends (OK, empty) before the time budget does, and the caller
//      starts another. It is known by the first half of its request ids. When
//      it cancels, or can't be reached any more, what it holds goes to others.
//  queue.ack RECEIPTS                -> COUNT, once that is on disk
//  queue.nack RECEIPTS [OPTIONS]     -> COUNT    {"delay_ms": N}
//  queue.release RECEIPTS            -> COUNT    nobody has begun: not counted
//                                                as delivered in vain
//  queue.touch RECEIPTS [OPTIONS]    -> COUNT    {"lease_ms": N}
//  queue.bury RECEIPTS [OPTIONS]     -> COUNT    {"why": TEXT}
//      RECEIPTS are one or more, with spaces between. COUNT is how many still
//      counted; if that is not all, a second part names the others and says
//      why. If none did, it is FAILED_PRECONDITION with that text.
//  queue.kick QUEUE [OPTIONS]        -> COUNT    {"count": N}
//      Buried messages, or those in a dead-letter queue, are tried again.
//  queue.purge QUEUE [OPTIONS]       -> COUNT    {"state": "ready"}
//  queue.pause QUEUE [OPTIONS]       -> 1        {"paused": false} goes on
//  queue.peek QUEUE [OPTIONS]        -> (INFO BODY)...
//      {"state": "ready" | "delayed" | "leased" | "buried", "count": 1 to 31,
//      "after": ID, "body": false}. INFO is JSON: id, state, priority,
//      acquired, delivered, size_bytes, put_ms, due_ms, head.
//  queue.stat QUEUE                  -> JSON, see zp_queue_stats_t
//  queue.list                        -> JSON, an array of these

#ifndef ZP_QUEUE_BROKER_H
#define ZP_QUEUE_BROKER_H

#include <czmq.h>

#include "zp_journal.h"
#include "zp_queue_core.h"
#include "zp_server.h"
#include "zp_status.h"

typedef struct zp_queue_broker zp_queue_broker_t;

typedef struct zp_queue_broker_options {
    const char *journal;         // URL, such as "sqlite:queue.db"; copied
    zp_queue_options_t queue;    // Of all queues
    zp_server_options_t server;  // Of the server in it
} zp_queue_broker_options_t;

//  A request that a client sends again is answered from the cache, and not done
//  twice: as long as the broker lives. Beyond that, give messages an id.
#define ZP_QUEUE_BROKER_DEFAULTS                                               \
    {                                                                          \
        .queue = ZP_QUEUE_DEFAULTS, .server = ZP_SERVER_DEFAULTS,              \
        .server.cache_replies = 10000                                          \
    }

//  Open the journal, take back all messages, and become ready to bind. With a
//  NULL loop the broker has one of its own. On failure NULL is returned, and
//  *status_p and *error_p (may be NULL; zstr_free) have the reason, as in
//  zp_journal_new.
zp_queue_broker_t *
zp_queue_broker_new (zloop_t *loop, const zp_queue_broker_options_t *options,
                     zp_status_t *status_p, char **error_p);

//  Destroy the broker, as zp_server_destroy says.
void zp_queue_broker_destroy (zp_queue_broker_t **self_p);

//  The server in it: to bind, and to see its endpoint and figures.
zp_server_t *zp_queue_broker_server (zp_queue_broker_t *self);

//  The journal in it: to see its figures.
zp_journal_t *zp_queue_broker_journal (zp_queue_broker_t *self);

//  Run until SIGINT or SIGTERM, as zp_server_run. If the journal fails it ends
//  at once, with the journal's status; zp_queue_broker_error has its text.
zp_status_t zp_queue_broker_run (zp_queue_broker_t *self);

//  Why the journal failed: a line for a person, and what to do. "" if it did
//  not.
const char *zp_queue_broker_error (zp_queue_broker_t *self);

#endif
