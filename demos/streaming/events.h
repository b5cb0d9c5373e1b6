//  SPDX-License-Identifier: MIT
//
//  events - what happened, for whoever wants to know (patterns/eventlog)
//
//  Services tell the bus, the log "events", what happened, and react to what
//  others told it, without being called. An event is a JSON object of strings:
//
//      {"event": "playback-started", "profile", "film"}
//      {"event": "playback-stopped", "profile", "film"}
//      {"event": "subscription-changed", "profile", "plan"}
//      {"event": "title-added", "film", "upload"}
//
//  It can be there twice: who told it may not have heard that it is on disk,
//  and its id is remembered for two minutes only.

#ifndef EVENTS_H
#define EVENTS_H

#include "service.h"

#define EVENTS_LOG "events"

//  One event; what it does not have is ""
typedef struct event {
    uint64_t offset;     // Its place in the log
    int year;            // When it was told
    const char *kind;    // What happened
    const char *film;    // Of what
    const char *upload;  // Where the film is
} event_t;

typedef void (events_fn) (void *arg, const event_t *event);

//  Tell the bus at that endpoint of an event, which is taken, and wait until it
//  is on disk; so only in a thread. The same id again within two minutes is the
//  same event. NULL, or why it failed: zstr_free.
char *events_tell (service_t *service, const char *endpoint, const char *id,
                   json_t *event);

typedef struct events events_t;

//  Let fn hear all events from an offset on, on the service's loop: of a group,
//  if there is one, those from where the group stands. The bus is where that
//  option says; NULL if it is no endpoint, which is said.
events_t *
events_new (service_t *service, const service_option_t *bus, const char *group,
            uint64_t from, events_fn *fn, void *arg);

//  The offset that the next event will have, as far as is known.
uint64_t events_end (events_t *self);

//  When the loop has ended. Tolerates NULL.
void events_destroy (events_t **self_p);

#endif
