//  SPDX-License-Identifier: MIT
//
//  zp_tap - told of each message that a client or a server sends or receives
//
//  For those who want to see what happens: to draw a request's way through many
//  processes, say, or to count by peer (patterns/tracer does both). Give one to
//  a client or a server in its options; it must outlive them. With none they
//  pay nothing but a look at the pointer.
//
//  What belongs together has the same ids. Client and server tell of one
//  request with the same client, serial, attempt, trace and span. A call that
//  was made for a request has that one's trace, and its span as parent.
//
//  A tap is called in the thread of whom it was given to, in the middle of
//  things: it must be quick, and call nothing of theirs.

#ifndef ZP_TAP_H
#define ZP_TAP_H

#include <stdbool.h>

#include "zp_breaker.h"
#include "zp_envelope.h"

typedef enum zp_tap_what {
    //  Of a client. Each attempt that was SENT is, in the end, either HEARD of
    //  or LOST; a reply that comes after that is HEARD, but late.
    ZP_TAP_SENT,     // An attempt leaves
    ZP_TAP_LOST,     // It was given up. ZP_DEADLINE_EXCEEDED: silence;
                     // ZP_UNAVAILABLE: the connection broke; ZP_CANCELLED:
                     // nobody waits any more (another attempt was faster, say)
    ZP_TAP_HEARD,    // A reply came, or a piece of one
    ZP_TAP_ENDED,    // The call is over, after so many attempts as .attempt
                     // says, which may be none
    ZP_TAP_BREAKER,  // The breaker of an endpoint is in another state; the call
                     // that brought it there is named

    //  Of a server. Each request that it TOOK is, in the end, DROPPED, REPLIED
    //  or MUTED; but of those that repeat a running one, only the last is.
    ZP_TAP_TOOK,     // A request came
    ZP_TAP_DROPPED,  // It is let go, unanswered. ZP_DEADLINE_EXCEEDED,
                     // ZP_CANCELLED: nobody waits; ZP_UNKNOWN: a fault says so
    ZP_TAP_REPLIED,  // A reply leaves, or a piece of one; that of a request
                     // that was shed has ZP_RESOURCE_EXHAUSTED
    ZP_TAP_MUTED     // It does not: a fault says so, or nobody waits
} zp_tap_what_t;

//  All of it is gone when the tap returns.
typedef struct zp_tap_event {
    zp_tap_what_t what;             // What happened
    const zp_envelope_t *envelope;  // Of the message: kind (ZP_PARTIAL: a piece
                                    // of a reply), id, attempt, status, trace.
                                    // Zero is what is not known, as all ids of
                                    // a peer that sends no envelope
    zp_span_t method;               // What is to be done; empty if not known
    const char *endpoint;           // Client: of whom, as given to
                                    // zp_client_connect. Server: NULL
    uint8_t parent[8];              // Client: the span for which it makes the
                                    // call; zero if none
    zp_breaker_state_t breaker;     // BREAKER: the new state
    bool late;                      // HEARD: of what had been given up
    bool root;                      // Server: no caller's span came with it, so
                                    // this is where a trace begins
} zp_tap_event_t;

typedef void (zp_tap_fn) (void *arg, const zp_tap_event_t *event);

typedef struct zp_tap {
    zp_tap_fn *fn;  // Told of each event
    void *arg;      // Given to that
} zp_tap_t;

#endif
