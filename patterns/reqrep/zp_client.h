//  SPDX-License-Identifier: MIT
//
//  zp_client - calls methods on servers, and always comes back in time
//
//  Each call ends exactly once, by its deadline, with a reply or a status.
//  Within that time the client retries what is safe, with full jitter and a
//  retry budget; sends to the less busy of two endpoints picked at random
//  (Mitzenmacher, "The Power of Two Choices", 2001); leaves alone an endpoint
//  whose circuit breaker is open; and turns to another one when a connection
//  breaks. It never blocks in sending, whatever the peers do.
//
//  A server may see one request twice, under the same id: make handlers
//  idempotent, switch on the server's reply cache, or set .once in the call.
//
//  The peer is a zp_server, or any REP or ROUTER socket in any language.
//
//  A client belongs to one thread. In a program with a loop, give that to new
//  and use zp_client_start. In a simple one give NULL and use zp_client_call.

#ifndef ZP_CLIENT_H
#define ZP_CLIENT_H

#include <czmq.h>

#include "zp_backoff.h"
#include "zp_breaker.h"
#include "zp_envelope.h"
#include "zp_status.h"
#include "zp_tap.h"

typedef struct zp_client zp_client_t;

typedef struct zp_client_options {
    int max_attempts;        // Sendings of one request, the first included
    int attempt_timeout_ms;  // Wait for one; 0: an equal share of what is left
    int hedge_ms;            // After this silence send to another endpoint as
                             // well, and take what comes first; 0: never
    int max_in_flight;       // Calls begun and not ended, up to 1,000,000
    int retry_percent;       // Retry budget: retries per 100 first attempts
    zp_backoff_t backoff;    // How long to wait before a retry
    zp_breaker_options_t breaker;  // One for each endpoint
    uint64_t id;                   // First half of all request ids; 0: random
    bool open_only;                // Never use the compact form
    bool no_breaker;               // Keep calling endpoints that fail
    const zp_tap_t *tap;           // Told of each message; NULL: nobody
} zp_client_options_t;

#define ZP_CLIENT_DEFAULTS                                                     \
    {                                                                          \
        .max_attempts = 3, .max_in_flight = 10000, .retry_percent = 20,        \
        .backoff = ZP_BACKOFF_DEFAULT, .breaker = ZP_BREAKER_DEFAULTS          \
    }

//  How a call ended, or a piece of its reply. All of it is the client's, and
//  gone when the callback returns.
typedef struct zp_reply {
    zp_status_t status;      // ZP_OK, or what went wrong
    bool more;               // A piece: the callback will be called again
    const zp_span_t *parts;  // The results; none on failure
    size_t count;            // How many
    const char *text;        // On failure a line for a person, otherwise ""
    int attempts;            // How many times the request was sent
    int retry_after_ms;      // On failure: no sooner than this; 0: not said
    int64_t elapsed_ms;      // Since the call was started
} zp_reply_t;

//  Called for each piece of a streamed reply, then once with more == false.
//  It may start and cancel calls, but not destroy the client.
typedef void (zp_client_fn) (void *arg, const zp_reply_t *reply);

//  A call to be made. What is 0 or NULL here takes the default.
typedef struct zp_call {
    const char *method;       // What to do; needed, up to 255 bytes
    const zp_span_t *args;    // With what; copied
    size_t count;             // How many arguments, under ZP_ENVELOPE_PARTS_MAX
    int timeout_ms;           // Time for all attempts together; needed, > 0
    zp_client_fn *fn;         // Told how it ended; needed
    void *arg;                // Given to fn
    bool once;                // Not idempotent: never send it again if the
                              // outcome of an attempt is unknown
    const zp_trace_t *trace;  // The trace that this call is a part of; copied.
                              // NULL or all zero: a new one
} zp_call_t;

//  Make a client that lives on loop, which must outlive it; with NULL it has a
//  loop of its own. Copies *options; NULL means ZP_CLIENT_DEFAULTS. Options
//  out of range are a programmer's error, and asserted.
zp_client_t *zp_client_new (zloop_t *loop, const zp_client_options_t *options);

//  Destroy the client. Calls that are under way end with ZP_CANCELLED, told to
//  their callbacks. The loop must have ended, or be in the handler of a reader:
//  a zloop may call a timer once more after it was cancelled.
void zp_client_destroy (zp_client_t **self_p);

//  Add an endpoint, such as "tcp://127.0.0.1:5555": one more server that does
//  the same work. It need not be there yet: calls wait for it until their
//  deadlines. ZP_INVALID_ARGUMENT if ZeroMQ can't make sense of it.
zp_status_t zp_client_connect (zp_client_t *self, const char *endpoint);

//  Start a call. On ZP_OK its callback will be called, never before this
//  returns, and *id_p (may be NULL) names the call; otherwise the callback is
//  never called, zp_client_error has the reason, and *id_p is 0:
//  ZP_INVALID_ARGUMENT, ZP_RESOURCE_EXHAUSTED (max_in_flight),
//  ZP_FAILED_PRECONDITION (no endpoint).
zp_status_t
zp_client_start (zp_client_t *self, const zp_call_t *call, uint64_t *id_p);

//  End a call with ZP_CANCELLED, told to its callback before this returns; the
//  server is told too, so it need not finish. A call that has ended already,
//  or never was, is left alone: ids are not used twice.
void zp_client_cancel (zp_client_t *self, uint64_t id);

//  Call method on a server with size bytes at data (copied) and wait for its
//  reply, retrying as the options allow, for at most timeout_ms milliseconds
//  (> 0) in all. On ZP_OK the caller owns *reply_p, the first part of the
//  result; otherwise it is NULL, and zp_client_error has the reason. Only for
//  a client with a loop of its own. SIGINT and SIGTERM, if CZMQ handles them,
//  end it with ZP_CANCELLED.
zp_status_t
zp_client_call (zp_client_t *self, const char *method, const void *data,
                size_t size, int timeout_ms, zchunk_t **reply_p);

//  The same with count arguments, and all parts of the result, or of its first
//  piece.
zp_status_t zp_client_call_parts (zp_client_t *self, const char *method,
                                  const zp_span_t *args, size_t count,
                                  int timeout_ms, zmsg_t **reply_p);

//  Let the blocking calls from now on be part of that trace (copied), as when
//  they are made for a request; NULL: each begins a new one.
void zp_client_set_trace (zp_client_t *self, const zp_trace_t *trace);

//  Why the last call, _start or _connect failed: a line for a person, the
//  client's, until the next one. "" if it did not.
const char *zp_client_error (zp_client_t *self);

//  First half of the ids of this client's requests.
uint64_t zp_client_id (zp_client_t *self);

//  Call fn when the replies of one message have all been told to their
//  callbacks, before anything leaves: for what is best said once about many.
//  NULL: not any more.
typedef void (zp_client_turn_fn) (void *arg);
void zp_client_on_turn (zp_client_t *self, zp_client_turn_fn *fn, void *arg);

typedef struct zp_client_stats {
    uint64_t started;    // Calls begun
    uint64_t succeeded;  // Calls that ended with ZP_OK
    uint64_t failed;     // Calls that ended otherwise
    uint64_t retries;    // Attempts after the first, hedges not counted
    uint64_t hedges;     // Second copies sent because the first was slow
    uint64_t strays;     // Replies that nobody waited for any more
    uint64_t garbage;    // Messages that were no replies
    size_t in_flight;    // Calls begun and not ended
} zp_client_stats_t;

void zp_client_stats (zp_client_t *self, zp_client_stats_t *stats);

//  How many endpoints there are, and about the one with that number, counted
//  from 0 in the order of zp_client_connect: its name (the client's), calls
//  out to it, if its connection is up, and the state of its breaker.
size_t zp_client_endpoints (zp_client_t *self);

typedef struct zp_client_endpoint {
    const char *name;            // As given to zp_client_connect
    size_t outstanding;          // Attempts sent or waiting to be sent
    bool up;                     // Connected, as far as ZeroMQ knows
    bool compact;                // Both sides speak the compact form
    zp_breaker_state_t breaker;  // Closed is good
} zp_client_endpoint_t;

void zp_client_endpoint (zp_client_t *self, size_t number,
                         zp_client_endpoint_t *endpoint);

#endif
