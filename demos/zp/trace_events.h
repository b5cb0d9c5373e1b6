//  SPDX-License-Identifier: MIT
//
//  trace_events - what the services say of one trace, and which parts of that
//  are about the same attempt at a call
//
//  For trace_story.c only.

#ifndef TRACE_EVENTS_H
#define TRACE_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum trace_what {
    TRACE_SENT,     // The caller: an attempt leaves
    TRACE_GONE,     // An attempt was given up
    TRACE_HEARD,    // A reply or a piece of it came
    TRACE_ENDED,    // The call is over
    TRACE_BREAKER,  // The breaker of an endpoint has another state
    TRACE_TOOK,     // The server: a request was accepted
    TRACE_DROPPED,  // A request was thrown away before it ran
    TRACE_REPLIED,  // A reply or a piece of it leaves
    TRACE_MUTED,    // A reply was thrown away
    TRACE_WHATS
} trace_what_t;

typedef struct trace_event trace_event_t;

struct trace_event {
    trace_what_t what;
    size_t service;        // Who says it, by number
    uint64_t client;       // Half of the call's id; 0: HTTP
    uint64_t serial;       // The other half
    const char *span;      // Of the call
    const char *method;    // That is called
    const char *endpoint;  // Of the server
    const char *status;    // As far as there is one
    const char *state;     // Of a breaker
    int attempt;           // From 1 on
    bool more;             // A piece of a reply
    bool late;             // Heard of what had been given up
    int64_t at_us;         // On the clock of the machine
    trace_event_t *cause;  // What came here; NULL: nobody says
    size_t try_number;     // The attempt that it is about
    bool used;             // Part of the story
    size_t place;          // In the order of all, once that is found
};

//  One attempt at a call: what its caller and its server say of it. Each may be
//  NULL.
typedef struct trace_try {
    trace_event_t *first;  // Of these, in the order in which they are read
    trace_event_t *sent, *gone, *heard, *ended;
    trace_event_t *took, *dropped, *replied, *muted;
    trace_event_t *piece_from, *piece_to;  // The first and last sent
    trace_event_t *heard_from, *heard_to;  // The first and last heard
    size_t caller;  // Its lane, once that is found; or else SIZE_MAX
    size_t pieces_sent, pieces_heard;  // How many
} trace_try_t;

typedef struct trace_events {
    trace_event_t *all;     // Those of each service in their order
    size_t count;           // How many
    trace_try_t *tries;     // In the order in which they are read
    size_t try_count;       // How many
    trace_event_t **order;  // Those that are part of the story, in its order
    size_t used;            // How many
} trace_events_t;

//  Read the events of a trace, which point into the services, and find out what
//  belongs together, and the order of all.
void
trace_events_read (trace_events_t *self, const char *trace, json_t *services);
void trace_events_clear (trace_events_t *self);

//  True if both are about the same call.
bool
trace_events_same_call (const trace_event_t *one, const trace_event_t *other);

#endif
