//  SPDX-License-Identifier: MIT
//
//  zp_gateway_limit - how much one client may ask, and how much all of them
//
//  Each client has a token bucket: burst requests at once, and per_second in
//  the long run. It is kept as the time at which the bucket will be full again,
//  as in the generic cell rate algorithm (ITU-T I.371), which takes 8 bytes and
//  no timer, and lets exactly the same requests through.
//
//  Of clients there are as many as the table has room for. If one more comes
//  the one is forgotten that was silent for longest, and begins anew with a
//  full bucket should it come back. A client is known by a keyed hash
//  (SipHash-2-4), so nobody can choose names that collide.
//
//  Pure: times are arguments, on any clock that does not go back.

#ifndef ZP_GATEWAY_LIMIT_H
#define ZP_GATEWAY_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zp_envelope.h"

//  per_second > 0, up to 1,000,000; burst >= 1, up to 1,000,000
typedef struct zp_gateway_rate {
    double per_second;  // Requests in the long run; 0: any number
    int burst;          // Requests at once
} zp_gateway_rate_t;

//  Limits of a whole gateway
typedef struct zp_gateway_limits {
    size_t body_bytes;       // Of a request
    size_t header_bytes;     // Its first line and headers
    int connections;         // At once
    int connections_client;  // At once, from one address
    int in_flight;           // Requests at once; more are answered with 503
    int streams;             // Server-sent events at once
    size_t stream_bytes;     // That may wait for one slow client of these
    int heartbeat_ms;        // A comment in each such stream, if it is silent
    int header_ms;           // A client may take so long to send its headers,
    int body_ms;             // so long for its body,
    int send_ms;             // so long without taking any of its answer
    int idle_ms;             // and so long between two requests
    size_t clients;          // How many are known, for their rates
    size_t stale_answers;    // How many are kept, for when a service fails,
    size_t stale_bytes;      // and what they may take
    zp_gateway_rate_t rate;  // Of each
} zp_gateway_limits_t;

#define ZP_GATEWAY_LIMITS                                                      \
    {                                                                          \
        .body_bytes = 65536, .header_bytes = 16384, .connections = 10000,      \
        .connections_client = 1000, .in_flight = 1000, .streams = 5000,        \
        .stream_bytes = 262144, .heartbeat_ms = 15000, .header_ms = 10000,     \
        .body_ms = 30000, .send_ms = 30000, .idle_ms = 60000,                  \
        .clients = 10000, .stale_answers = 10000, .stale_bytes = 16777216      \
    }

typedef struct zp_gateway_limit zp_gateway_limit_t;

#define ZP_GATEWAY_SECRET 16  // Bytes of the key of the hash

//  A table of so many clients (>= 1), some 40 bytes each, all taken at once.
//  secret should come from the system's random numbers.
zp_gateway_limit_t *
zp_gateway_limit_new (size_t clients, const uint8_t secret[ZP_GATEWAY_SECRET]);

void zp_gateway_limit_destroy (zp_gateway_limit_t **self_p);

//  A client asks. 0: go on, a token was taken; otherwise none was, and there
//  will be one after so many milliseconds. The same client has another bucket
//  in another scope (a route's number and 1, say; 0 for all others), and must
//  have the same rate there each time.
int64_t zp_gateway_limit_take (zp_gateway_limit_t *self, uint32_t scope,
                               zp_span_t client, const zp_gateway_rate_t *rate,
                               int64_t now_ms);

//  Clients known now.
size_t zp_gateway_limit_clients (const zp_gateway_limit_t *self);

//  Seconds for the header Retry-After: rounded up, at least 1.
int zp_gateway_retry_after (int64_t wait_ms);

#define ZP_GATEWAY_CLIENT_MAX 48  // Bytes of an address as text

//  The address that stands for a client: the peer's, or, if that is one of
//  proxies (a NULL at its end), the last in forwarded (the header
//  X-Forwarded-For; may be NULL) that is none of them. Of an IPv6 address only
//  the first 64 bits count, since a household has all the others; an IPv4
//  address in one is that. What is no address is left as the last one that was.
//  Returns room, which has ZP_GATEWAY_CLIENT_MAX bytes.
const char *zp_gateway_client (const char *peer, const char *forwarded,
                               const char *const *proxies, char *room);

//  So many at once: of all requests, of those of a route, or of connections.
typedef struct zp_gateway_gate {
    int max;           // May be inside; 0: any number
    int inside;        // Are inside
    uint64_t refused;  // Found it full, ever
} zp_gateway_gate_t;

//  True if there was room; then zp_gateway_gate_leave must follow.
bool zp_gateway_gate_enter (zp_gateway_gate_t *self);
void zp_gateway_gate_leave (zp_gateway_gate_t *self);

#endif
