//  SPDX-License-Identifier: MIT
//
//  What the files of the coordinator share. Not for anybody else.
//
//  zp_saga_coordinator.c  its beginning and end, the journal's events, time
//  zp_saga_services.c     commands go to services, and answers come
//  zp_saga_trace.c        of which trace they are a part
//  zp_saga_nested.c       steps that are sagas
//  zp_saga_methods.c      what its callers ask for
//  zp_saga_watch.c        who waits for the end of a saga
//  zp_saga_show.c         a saga with its history, read from the journal
//  zp_saga_say.c          a saga as JSON

#ifndef ZP_SAGA_COORDINATOR_PRIVATE_H
#define ZP_SAGA_COORDINATOR_PRIVATE_H

#include <jansson.h>
#include <sys/queue.h>

#include "zp_client.h"
#include "zp_fifo.h"
#include "zp_saga_coordinator.h"
#include "zp_saga_view.h"
#include "zp_timers.h"

typedef struct zp_saga_service zp_saga_service_t;
typedef struct zp_saga_watch zp_saga_watch_t;
typedef struct zp_saga_show zp_saga_show_t;

struct zp_saga_coordinator {
    zp_server_t *server;    // Takes requests
    zp_saga_core_t *core;   // Decides
    zp_journal_t *journal;  // Remembers
    zloop_t *loop;          // Where all happens
    bool own_loop;          // Made and destroyed here
    int window;             // Commands out to one service, at most
    const zp_tap_t *tap;    // Of the clients; or NULL
    zp_timers_t *timers;    // On the loop
    zp_timer_t pump_timer;  // Something has changed: see to it
    zp_timer_t tick_timer;  // The core wants to see the time
    int64_t tick_ms;        // When; INT64_MAX: never
    int64_t clock_ms;       // From zclock_mono to the time since 1970
    uint64_t committed;     // Position up to which all is on disk
    uint64_t marked;        // Position of the last mark
    zp_fifo_t marks;        // Which records are there with which position
    zp_fifo_t waiting;      // Replies that wait for the disk
    zp_fifo_t fetching;     // zp_saga_show_t *, one for each record
    SLIST_HEAD (, zp_saga_service) services;  // All
    LIST_HEAD (, zp_saga_watch) watches;      // All
    uint64_t started;                         // Sagas, since the start
    uint64_t commands;                        // Sent to services
    uint64_t replies;                         // That came from there
    zp_status_t status;                       // Not OK: the journal has failed
    char error[512];                          // What went wrong last
};

//  Milliseconds since 1970, never going back while the coordinator runs.
int64_t zp_saga_coordinator_now (const zp_saga_coordinator_t *self);

//  Something has changed outside of a request: see to it at the end of this
//  turn of the loop.
void zp_saga_coordinator_pump (zp_saga_coordinator_t *self);

//  The same, at once.
void zp_saga_coordinator_end_turn (void *self);

//  Reply with a text (taken), when all that was done up to now is on disk.
void zp_saga_coordinator_reply (zp_saga_coordinator_t *self,
                                zp_request_t **request_p, char *text);

//  A saga becomes a part of that trace, if it is of none yet.
void zp_saga_coordinator_join (const zp_saga_t *saga, const zp_trace_t *trace);

//  The trace of which a saga is a part; key is its own, or of one of its steps.
const zp_trace_t *
zp_saga_coordinator_trace (const zp_saga_t *saga, const char *key);

//  Do what the core commands: send it to a service, or hold it.
void zp_saga_services_send (zp_saga_coordinator_t *self,
                            const zp_saga_command_t *command);

//  The names of those that have an endpoint, with a NULL at the end; the caller
//  frees the array.
const char **zp_saga_services_names (const zp_saga_coordinator_t *self);

//  What is known of them; the caller's.
json_t *zp_saga_services_say (const zp_saga_coordinator_t *self);
void zp_saga_services_destroy (zp_saga_coordinator_t *self);

//  Do what the core commands with a step that is a saga.
void zp_saga_nested_send (zp_saga_coordinator_t *self,
                          const zp_saga_command_t *command);

//  The saga that a step is a part of has ended, or is PARKED.
void zp_saga_nested_ended (zp_saga_coordinator_t *self, const char *key,
                           zp_saga_verb_t verb);

//  Call zp_saga_nested_ended when the saga ends, or is PARKED.
void zp_saga_watch_step (zp_saga_coordinator_t *self, const zp_saga_t *saga,
                         const char *key, zp_saga_verb_t verb);

//  Reply to a request when the saga ends, or is PARKED, or after wait_ms.
void zp_saga_watch_request (zp_saga_coordinator_t *self, const zp_saga_t *saga,
                            zp_request_t **request_p, int64_t wait_ms);

//  It has ended, or is PARKED, and that is on disk.
void zp_saga_watch_ended (zp_saga_coordinator_t *self, const zp_saga_t *saga);

//  All that still wait are told how it stands.
void zp_saga_watch_leave (zp_saga_coordinator_t *self);

//  Nobody waits any more, after they were told.
void zp_saga_watch_destroy (zp_saga_coordinator_t *self);

//  Reply with a saga and its history.
void zp_saga_show (zp_saga_coordinator_t *self, const zp_saga_t *saga,
                   zp_request_t **request_p);
void
zp_saga_show_fetched (zp_saga_coordinator_t *self, const zp_record_t *record);

//  All that wait for their records are told that it failed.
void zp_saga_show_failed (zp_saga_coordinator_t *self);

//  A text that is being written
typedef struct zp_saga_text {
    FILE *out;    // Write there
    char *text;   // When it is closed
    size_t size;  // Its bytes
} zp_saga_text_t;

void zp_saga_text_open (zp_saga_text_t *self);

//  The caller frees what is returned.
char *zp_saga_text_close (zp_saga_text_t *self);

//  Write a saga as JSON, in short or in full, but for the brace at the end.
void zp_saga_say (FILE *out, const zp_saga_t *saga, bool full);

//  The same in full, as a whole; the caller frees it.
char *zp_saga_say_full (const zp_saga_t *saga);

//  What its steps gave, an object with their ids; the caller frees it.
char *zp_saga_say_results (const zp_saga_t *saga);

void zp_saga_methods_add (zp_saga_coordinator_t *self);

#endif
