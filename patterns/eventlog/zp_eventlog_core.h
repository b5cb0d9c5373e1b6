//  SPDX-License-Identifier: MIT
//
//  zp_eventlog_core - what event logs decide, without doing any of it
//
//  Pure: no socket, no file, no clock. Time is an argument (milliseconds since
//  1970, never going back), and what is to be written goes to a store, which
//  the server ties to a journal and a simulation to a list in memory.
//
//  A log is a run of events, from the first that is kept to the last, without a
//  gap. In memory are only the numbers of their records, so that the events can
//  be read from the store: nine bytes for each.
//
//      0 ... trimmed ... | first ......... | durable ... | next
//                        |  can be read    |  not yet    |
//
//  The rest of the core: zp_eventlog_log.h (what can be read of a log),
//  zp_eventlog_group.h (groups share the work).

#ifndef ZP_EVENTLOG_CORE_H
#define ZP_EVENTLOG_CORE_H

#include <czmq.h>

#include "zp_envelope.h"
#include "zp_eventlog_options.h"
#include "zp_journal_log.h"
#include "zp_status.h"

typedef struct zp_eventlog_core zp_eventlog_core_t;
typedef struct zp_eventlog_log zp_eventlog_log_t;  // A log with a name

//  Make a core without logs. Copies both.
//
//  In the store, the key is the log's name, the head JSON, see
//  zp_eventlog_head.h. An event is one record, from append to trim; so is each
//  group, and what else is to be known of a log.
zp_eventlog_core_t *zp_eventlog_core_new (const zp_eventlog_limits_t *limits,
                                          const zp_journal_log_t *store);

//  Destroy it, with all members of groups.
void zp_eventlog_core_destroy (zp_eventlog_core_t **self_p);

//  Take back a record of the store at the start, in the order of the numbers;
//  restored after the last, which trims what need not be kept. ZP_DATA_LOSS if
//  it makes no sense.
zp_status_t zp_eventlog_core_restore (zp_eventlog_core_t *self, uint64_t number,
                                      zp_span_t key, zp_span_t head,
                                      size_t body_size, int64_t now_ms);
zp_status_t zp_eventlog_core_restored (zp_eventlog_core_t *self);

//  How the last call failed that did, and why: a line for a person, and what to
//  do.
zp_status_t zp_eventlog_core_status (const zp_eventlog_core_t *self);
const char *zp_eventlog_core_error (const zp_eventlog_core_t *self);

//  The log with that name, or NULL.
zp_eventlog_log_t *
zp_eventlog_core_find (zp_eventlog_core_t *self, zp_span_t name);

//  The same for somebody who will need it for a while: it is made if it is not
//  there, and stays until zp_eventlog_log_leave. NULL if that name can't be, or
//  there are too many logs.
zp_eventlog_log_t *
zp_eventlog_core_use (zp_eventlog_core_t *self, zp_span_t name);
void zp_eventlog_log_leave (zp_eventlog_log_t *self);

//  The same for a log that is there; returns its name, the core's memory.
const char *zp_eventlog_log_use (zp_eventlog_log_t *self);

//  A pointer of the caller's, NULL at first.
void **zp_eventlog_log_arg (zp_eventlog_log_t *self);

//  All logs, in the order of their names: number counts from 0; NULL after the
//  last.
zp_eventlog_log_t *
zp_eventlog_core_log (zp_eventlog_core_t *self, size_t number);

typedef struct zp_eventlog_append {
    bool expects;     // The offset must be this one:
    uint64_t expect;  // This
    zp_span_t id;     // The same again within dedupe_ms, as long as it is kept,
                      // is the same; empty: none
} zp_eventlog_append_t;

typedef struct zp_eventlog_appended {
    zp_eventlog_log_t *log;  // To this
    uint64_t offset;         // Of the first event
    size_t count;            // Stored now; 0: they were there already
    int64_t time_ms;         // When that was; not for those
} zp_eventlog_appended_t;

//  Append count events (one or more) to a log, which is made if it is not
//  there, and trim what need not be kept. ZP_INVALID_ARGUMENT (name, id, size);
//  ZP_ABORTED (it would get another offset); ZP_RESOURCE_EXHAUSTED (a limit).
zp_status_t
zp_eventlog_core_append (zp_eventlog_core_t *self, zp_span_t name,
                         const zp_span_t *bodies, size_t count,
                         const zp_eventlog_append_t *append, int64_t now_ms,
                         zp_eventlog_appended_t *appended);

//  Say what is kept of a log, which is made if it is not there; -1 leaves one
//  as it is. ZP_INVALID_ARGUMENT, ZP_RESOURCE_EXHAUSTED.
zp_status_t
zp_eventlog_core_configure (zp_eventlog_core_t *self, zp_span_t name,
                            int64_t keep_ms, int64_t keep_bytes,
                            int64_t keep_events, int64_t now_ms);

//  A turn ends: write down where groups stand.
void zp_eventlog_core_settle (zp_eventlog_core_t *self);

//  Do what time demands: events that are too old, leases that ran out. True if
//  something has changed for members of groups.
bool zp_eventlog_core_tick (zp_eventlog_core_t *self, int64_t now_ms);

//  When to tick next; INT64_MAX if there is nothing to wait for.
int64_t zp_eventlog_core_next_tick (zp_eventlog_core_t *self);

#endif
