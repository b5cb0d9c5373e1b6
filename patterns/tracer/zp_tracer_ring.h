//  SPDX-License-Identifier: MIT
//
//  zp_tracer_ring - the last events, each with a number that counts up
//
//  Pure: no clock, no lock. Memory that no event has used yet is not touched.

#ifndef ZP_TRACER_RING_H
#define ZP_TRACER_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zp_envelope.h"

#define ZP_TRACER_METHOD 41  // Bytes of a method that are kept

//  One event, as zp_tap.h tells it
typedef struct zp_tracer_event {
    int64_t at_us;         // When, on a clock that does not run backwards
    uint64_t client;       // First half of the request's id
    uint64_t serial;       // Second half
    zp_trace_t trace;      // All zero: none
    const char *endpoint;  // Of whom; not copied. NULL: of nobody
    uint8_t parent[8];     // Span; zero: none
    uint8_t what;          // A zp_tap_what_t
    uint8_t status;        // A zp_status_t
    uint8_t attempt;       // Which
    uint8_t breaker;       // A zp_breaker_state_t
    bool more;             // A piece of a reply
    bool late;             // Of what had been given up
    bool root;             // A trace begins here
    char method[ZP_TRACER_METHOD];  // As far as it fits; 0 fills the rest
} zp_tracer_event_t;

typedef struct zp_tracer_ring zp_tracer_ring_t;

//  Room for so many events (> 0).
zp_tracer_ring_t *zp_tracer_ring_new (size_t room);
void zp_tracer_ring_destroy (zp_tracer_ring_t **self_p);

//  Add an event (copied); if there is no room the oldest is forgotten.
void
zp_tracer_ring_add (zp_tracer_ring_t *self, const zp_tracer_event_t *event);

//  Which events are asked for
typedef struct zp_tracer_query {
    uint64_t after;        // Those with this number or a higher one; if it is
                           // higher than all there has been, it counts as 0
    size_t limit;          // So many at most
    const uint8_t *trace;  // Only those with this trace id; NULL: all
    bool roots;            // Only requests and replies where a trace begins
} zp_tracer_query_t;

typedef struct zp_tracer_found {
    zp_tracer_event_t *events;  // Copies, oldest first; the caller frees them
    size_t count;               // How many
    uint64_t next;              // The number after the last one looked at
    uint64_t missed;            // How many had been forgotten
} zp_tracer_found_t;

void
zp_tracer_ring_find (const zp_tracer_ring_t *self,
                     const zp_tracer_query_t *query, zp_tracer_found_t *found);

#endif
