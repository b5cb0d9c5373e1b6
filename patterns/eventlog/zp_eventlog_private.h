//  SPDX-License-Identifier: MIT
//
//  What the files of the server share. Not for anybody else.
//
//  zp_eventlog.c          its beginning and end, the journal's events, time
//  zp_eventlog_wait.c     replies that wait for the disk
//  zp_eventlog_methods.c  what writers and operators call
//  zp_eventlog_groups.c   what members and operators say of groups
//  zp_eventlog_opens.c    what readers call
//  zp_eventlog_streams.c  readers
//  zp_eventlog_deliver.c  how events get to them
//  zp_eventlog_recent.c   the newest events, in memory
//  zp_eventlog_piece.c    events as they gather for one message

#ifndef ZP_EVENTLOG_PRIVATE_H
#define ZP_EVENTLOG_PRIVATE_H

#include <inttypes.h>

#include "zp_args.h"
#include "zp_eventlog.h"
#include "zp_eventlog_group.h"
#include "zp_eventlog_recent.h"
#include "zp_eventlog_stream.h"

//  What the server has for a log that somebody writes or reads
struct zp_eventlog_line {
    zp_eventlog_log_t *log;                    // The core's
    const char *name;                          // Its name, the core's
    zp_eventlog_tail_t tail;                   // Its newest events
    LIST_HEAD (, zp_eventlog_stream) streams;  // Its readers
    size_t readers;                            // How many
    bool stirred;                              // More is on disk
    SLIST_ENTRY (zp_eventlog_line) stir;       // In the server's list, if so
};

//  A reply that waits until the disk has what it says
typedef struct zp_eventlog_waiting {
    uint64_t position;         // Of the journal, to be reached
    zp_request_t *request;     // Who waits
    uint64_t number;           // To reply: an offset, or a count
    zp_eventlog_line_t *line;  // Events were appended to this; NULL: none
    uint64_t next;             // Behind the last of these
} zp_eventlog_waiting_t;

struct zp_eventlog {
    zp_server_t *server;          // Takes requests
    zp_eventlog_core_t *core;     // Decides
    zp_journal_t *journal;        // Remembers
    zloop_t *loop;                // Where all happens
    bool own_loop;                // Made and destroyed here
    zp_timers_t *timers;          // On the loop
    zp_timer_t pump_timer;        // The end of a turn
    zp_timer_t tick_timer;        // The core wants to see the time
    int64_t tick_ms;              // When; INT64_MAX: never
    int64_t clock_ms;             // From zclock_mono to that since 1970
    zp_eventlog_recent_t recent;  // The newest events
    zp_fifo_t waiting;            // zp_eventlog_waiting_t
    size_t unsettled;             // The last of these have no position yet
    zp_fifo_t fetching;           // zp_eventlog_fetch_t
    uint64_t committed;           // Position up to which all is on disk
    struct zp_eventlog_chain streams[ZP_EVENTLOG_CHAINS];  // By their ids
    uint64_t last_stream;                     // The last id that was given
    struct zp_eventlog_turns ready;           // Who may get something
    struct zp_eventlog_turns opening;         // In the order of open_position
    SLIST_HEAD (, zp_eventlog_line) stirred;  // Lines with more on disk
    zp_eventlog_feed_fn *feed;                // Called with each event
    void *feed_arg;                           // Given to that
    zp_status_t status;                       // Not OK: the journal failed
    char error[512];                          // And why
};

//  Milliseconds since 1970, never going back while the server runs.
int64_t zp_eventlog_now (const zp_eventlog_t *self);

//  Something has changed outside of a request: see to it at the end of this
//  turn. Requests are seen to anyway.
void zp_eventlog_pump (zp_eventlog_t *self);

//  What the server has for a log, made if need be.
zp_eventlog_line_t *zp_eventlog_line (zp_eventlog_log_t *log);

//  Reply with a number when all that was done in this turn is on disk. If
//  events were appended to a line, `next` is behind the last of them.
void
zp_eventlog_wait (zp_eventlog_t *self, zp_request_t **request_p,
                  uint64_t number, zp_eventlog_line_t *line, uint64_t next);

//  The turn is over: it ends at the journal's position.
void zp_eventlog_wait_settle (zp_eventlog_t *self);

//  All up to self->committed is on disk: reply.
void zp_eventlog_wait_over (zp_eventlog_t *self);

//  The journal has failed, or the server ends: nobody will get the reply that
//  he waits for.
void zp_eventlog_wait_failed (zp_eventlog_t *self);

//  Add the methods to the server.
void zp_eventlog_methods_add (zp_eventlog_t *self);
void zp_eventlog_groups_add (zp_eventlog_t *self);
void zp_eventlog_opens_add (zp_eventlog_t *self);

//  What methods look at first. Each returns false or NULL if something is
//  wrong; the request has failed then, with a text that says what to do.
//
//  count    it has from min to max arguments; usage says which
//  options  its argument `number` is an object with these keys, or not there
//  log      its argument 0 is the name of a log
//  from     the text is an offset, "start" or "end" of the log, not above the
//           end; log may be NULL: not there yet
bool zp_eventlog_method_count (zp_request_t **request_p, size_t min, size_t max,
                               const char *usage);
bool zp_eventlog_method_options (zp_request_t **request_p, size_t number,
                                 const zp_arg_t *args, size_t count);
zp_eventlog_log_t *
zp_eventlog_method_log (zp_eventlog_t *self, zp_request_t **request_p);
bool zp_eventlog_method_from (zp_request_t **request_p, zp_eventlog_log_t *log,
                              zp_span_t text, uint64_t *offset);

//  Fail as the core did.
void zp_eventlog_method_fail (zp_eventlog_t *self, zp_request_t **request_p);

//  Reply with JSON, which is taken.
void zp_eventlog_method_reply (zp_request_t **request_p, void *json);

#endif
