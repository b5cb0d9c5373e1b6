//  SPDX-License-Identifier: MIT
//
//  zp_gateway - one HTTP entry for services that speak ZeroMQ
//
//  HTTP/1.1 and JSON on one side, zp_clients on the other, all on one loop and
//  one thread. What is answered how is in the routes file
//  (zp_gateway_routes.h): one call; several at once, merged, those left out
//  that fail or are late, and said so; server-sent events of a topic or a log;
//  content with ranges; files; and 202 for what goes on a queue or into a saga.
//
//  What each request can count on:
//
//  - It is answered in time: with the result, or with a problem (RFC 9457) that
//    has the status, a line for a person, and the request's id.
//  - It has an id (X-Request-Id) and is part of a trace (traceparent), both
//    taken from the client if it says them, given back, and in the access log;
//    the trace goes on to the services.
//  - A client that goes away cancels its calls.
//  - A client that is slow costs bounded memory, for a bounded time; one that
//    asks too often is told to wait (429), and if all ask too much (503).
//
//  /healthz, /readyz and /metrics are the gateway's own, whatever the routes:
//  it lives; it can be sent requests (not once it drains, nor while no service
//  can be reached); and its figures, for Prometheus.
//
//  It is no internet edge: it has no TLS. Put a proxy before it, and name that
//  in the routes file, so that the clients' addresses are known.

#ifndef ZP_GATEWAY_H
#define ZP_GATEWAY_H

#include <czmq.h>

#include "zp_gateway_keys.h"
#include "zp_gateway_routes.h"
#include "zp_status.h"
#include "zp_tap.h"

typedef struct zp_gateway zp_gateway_t;

//  Told of each request when it has ended. line is a JSON object on one line,
//  without a newline: time, client, method, target, route (its path, or null),
//  status (499: the client went first), bytes (of the body, as far as it is
//  known), ms, id, trace, key (its name, or null), and, if there is one, error:
//  what went wrong, for the operator.
typedef void (zp_gateway_log_fn) (void *arg, const char *line);

typedef struct zp_gateway_options {
    const zp_gateway_routes_t *routes;  // Needed; must outlive the gateway
    const zp_gateway_keys_t *keys;      // The same; NULL: nobody has a key
    zp_gateway_log_fn *log;             // Access log; NULL: none
    void *log_arg;                      // Given to that
    int drain_ms;                       // How long draining may take
    const zp_tap_t *tap;  // Told of each message to and from services, and of
                          // requests like a server is, with "GET /path" as
                          // the method and 0 as the client; NULL: nobody
} zp_gateway_options_t;

#define ZP_GATEWAY_DEFAULTS                                                    \
    {                                                                          \
        .drain_ms = 5000                                                       \
    }

//  Make a gateway that lives on loop, which must outlive it; with NULL it has a
//  loop of its own. Its services need not run yet. On failure NULL is returned,
//  and *error_p (may be NULL; zstr_free) has a line: ZeroMQ can't make sense of
//  an endpoint, or a folder of files can't be opened.
zp_gateway_t *
zp_gateway_new (zloop_t *loop, const zp_gateway_options_t *options,
                char **error_p);

//  Destroy it: connections are closed, and calls cancelled. The loop must have
//  ended, or be in the handler of a reader.
void zp_gateway_destroy (zp_gateway_t **self_p);

//  Listen at an address, once: "127.0.0.1:8080", "[::1]:8080", "0.0.0.0:8080";
//  "8080" is 127.0.0.1, and port 0 any free one. On failure zp_gateway_error
//  has the reason: ZP_ALREADY_EXISTS (in use), ZP_PERMISSION_DENIED,
//  ZP_INVALID_ARGUMENT.
zp_status_t zp_gateway_bind (zp_gateway_t *self, const char *address);

//  Where it listens, as "http://127.0.0.1:8080", with the real port; "" before.
const char *zp_gateway_url (const zp_gateway_t *self);
int zp_gateway_port (const zp_gateway_t *self);

//  Why the last zp_gateway_bind failed: a line for a person. "" if it did not.
const char *zp_gateway_error (const zp_gateway_t *self);

//  Run the loop until it is ended: by SIGINT or SIGTERM, which drain the
//  gateway first (one that comes later does not wait for that), or by a handler
//  of another object on the loop. ZP_OK, or ZP_DEADLINE_EXCEEDED if drain_ms
//  did not do.
zp_status_t zp_gateway_run (zp_gateway_t *self);

//  Accept no more connections, end the streams of events, let requests that
//  have begun end, close connections that have none, and call fn (may be NULL)
//  when none is left, or after drain_ms. If fn returns -1 the loop ends.
typedef int (zp_gateway_drained_fn) (void *arg);
void
zp_gateway_drain (zp_gateway_t *self, zp_gateway_drained_fn *fn, void *arg);

#endif
