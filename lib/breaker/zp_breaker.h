//  SPDX-License-Identifier: MIT
//
//  zp_breaker - a circuit breaker
//
//  A peer that fails, or has become slow, is left alone for a while: its
//  callers learn at once that they must go elsewhere, and it gets the quiet
//  that it needs. From Michael Nygard, "Release It!", 2007; the count-based
//  window is the one that resilience4j documents.
//
//      CLOSED     All calls pass. The last window calls are remembered; once
//                 there are min_calls of them, failure_percent of failed or
//                 slow_percent of slow ones open the breaker.
//      OPEN       No call passes, for open_ms and a random share of
//                 open_jitter_percent of it on top, so that many callers do not
//                 come back together. Then it is HALF_OPEN.
//      HALF_OPEN  Up to probes calls pass. When as many have succeeded the
//                 breaker is CLOSED, with an empty window; the first that fails
//                 or is slow opens it again. A probe that is not heard of
//                 within probe_lease_ms loses its place to another.
//
//  Ask zp_breaker_allow before a call, and hand the ticket that it gives to
//  zp_breaker_report or zp_breaker_forget afterwards. A ticket from before the
//  last change of state, and that of a probe which lost its place, counts for
//  nothing; so does a probe's ticket used a second time.
//
//  Pure: the time (milliseconds of a clock that does not run backwards) and the
//  random numbers are arguments, and nothing here waits. Not thread safe.

#ifndef ZP_BREAKER_H
#define ZP_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct zp_breaker zp_breaker_t;

typedef enum zp_breaker_state {
    ZP_BREAKER_CLOSED,    // Calls pass
    ZP_BREAKER_OPEN,      // Calls are refused
    ZP_BREAKER_HALF_OPEN  // A few calls pass, to see how they do
} zp_breaker_state_t;

typedef struct zp_breaker_options {
    int window;               // Calls remembered while CLOSED, >= 1
    int min_calls;            // No verdict before so many, 1 .. window
    int failure_percent;      // Failed calls that open it, 1 .. 100
    int slow_ms;              // A call that takes longer is slow; 0: none is
    int slow_percent;         // Slow calls that open it, 1 .. 100
    int open_ms;              // Stays OPEN at least so long, >= 0
    int open_jitter_percent;  // And up to so much of it longer, >= 0
    int probes;          // Calls at once, and successes, in HALF_OPEN, >= 1
    int probe_lease_ms;  // A silent probe's place is free after, >= 1
} zp_breaker_options_t;

#define ZP_BREAKER_DEFAULTS                                                    \
    {                                                                          \
        .window = 100, .min_calls = 20, .failure_percent = 50, .slow_ms = 0,   \
        .slow_percent = 100, .open_ms = 10000, .open_jitter_percent = 20,      \
        .probes = 3, .probe_lease_ms = 5000                                    \
    }

//  Says which call a report is about. Copy it freely; look into it never. A
//  zeroed ticket is no call's, and counts for nothing.
typedef struct zp_breaker_ticket {
    uint64_t number;  // Of the state or, for a probe, of its lease
    int probe;        // The probe's place, from 1; 0: no probe
} zp_breaker_ticket_t;

//  A breaker that is CLOSED and remembers nothing. The options are copied; NULL
//  stands for ZP_BREAKER_DEFAULTS. Options out of range are a programmer's
//  error.
zp_breaker_t *zp_breaker_new (const zp_breaker_options_t *options);

void zp_breaker_destroy (zp_breaker_t **self_p);

//  May a call be made now? If so fill in *ticket, and the call counts as made.
//  If not, *ticket is untouched.
bool zp_breaker_allow (zp_breaker_t *self, int64_t now_ms,
                       zp_breaker_ticket_t *ticket);

//  The call ended after elapsed_ms: ok, or in a way that speaks against the
//  peer (a request that was itself wrong does not). random decides how long the
//  breaker stays OPEN, if this opens it.
void zp_breaker_report (zp_breaker_t *self, int64_t now_ms,
                        zp_breaker_ticket_t ticket, bool ok, int64_t elapsed_ms,
                        uint64_t random);

//  The call ended and told nothing about the peer: it was cancelled, say. A
//  probe's place is free at once.
void zp_breaker_forget (zp_breaker_t *self, zp_breaker_ticket_t ticket);

//  Something says that the peer may be well again (it was restarted, say): OPEN
//  ends now, and probes decide.
void zp_breaker_retry (zp_breaker_t *self, int64_t now_ms);

//  The state at that time.
zp_breaker_state_t zp_breaker_state (const zp_breaker_t *self, int64_t now_ms);

//  In how many milliseconds to ask again, if nothing is reported until then; 0
//  exactly when zp_breaker_allow would say yes.
int64_t zp_breaker_retry_after (const zp_breaker_t *self, int64_t now_ms);

//  "CLOSED", "OPEN" or "HALF_OPEN". Not to be freed.
const char *zp_breaker_state_name (zp_breaker_state_t state);

#endif
