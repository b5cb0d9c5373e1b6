//  SPDX-License-Identifier: MIT
//
//  What the files of the core share. Not for anybody else.
//
//  zp_eventlog_core.c     its beginning and end, logs by name, time
//  zp_eventlog_append.c   events are appended
//  zp_eventlog_log.c      what is kept of a log
//  zp_eventlog_restore.c  all is taken back from the store
//  zp_eventlog_group.c    where a group stands
//  zp_eventlog_member.c   who gets the next event
//  zp_eventlog_index.c    where events are
//  zp_eventlog_head.c     what the store says of a record

#ifndef ZP_EVENTLOG_CORE_PRIVATE_H
#define ZP_EVENTLOG_CORE_PRIVATE_H

#include <inttypes.h>
#include <sys/queue.h>

#include "zp_eventlog_group.h"
#include "zp_eventlog_head.h"
#include "zp_eventlog_index.h"
#include "zp_known.h"

struct zp_eventlog_log {
    zp_eventlog_core_t *core;             // Where it is
    char name[ZP_EVENTLOG_NAME_MAX + 1];  // Ends with a 0
    size_t name_size;                     // Bytes of it
    uint16_t scope;                       // Of its ids, once there are events
    uint64_t record;                      // Of what is configured; 0: none
    bool configured;                      // And this is
    zp_eventlog_keep_t keep;              // What is kept
    uint64_t noted;                       // The next offset that the record has
    int64_t noted_ms;                     // The same for last_ms
    zp_eventlog_index_t index;            // Its events
    uint64_t durable;                     // Those below are on disk
    uint64_t bytes;                       // Of bodies
    int64_t last_ms;                      // When the last one was appended
    TAILQ_HEAD (, zp_eventlog_group) groups;  // In the order of their names
    size_t group_count;                       // How many
    size_t users;                             // Who need it now
    void *arg;                                // The caller's
    zp_eventlog_stats_t stats;                // What is counted
};

struct zp_eventlog_core {
    zp_eventlog_limits_t limits;               // Within their ranges
    zp_journal_log_t store;                    // What is decided goes there
    int64_t now_ms;                            // The latest time heard of
    zp_eventlog_log_t **logs;                  // In the order of their names
    size_t log_count;                          // How many
    size_t log_room;                           // For so many
    uint16_t scopes;                           // Logs that have had events
    zp_known_t known;                          // Ids of appends
    TAILQ_HEAD (, zp_eventlog_group) changed;  // Groups to be written
    int64_t due_ms;                            // Nothing happens before
    zp_status_t status;                        // How the last call failed
    char error[512];                           // And why
};

#define ZP_EVENTLOG_NO_TEXT ((zp_span_t){NULL, 0})

//  Fail with a text for a person; returns status.
zp_status_t zp_eventlog_core_fail (zp_eventlog_core_t *self, zp_status_t status,
                                   const char *format, ...)
    __attribute__ ((format (printf, 3, 4)));

//  The present: time that goes back stands still.
static inline int64_t
zp_eventlog_core_clock (zp_eventlog_core_t *self, int64_t now_ms)
{
    if (now_ms > self->now_ms)
        self->now_ms = now_ms;
    return self->now_ms;
}

//  Something is to be done then.
static inline void
zp_eventlog_core_due (zp_eventlog_core_t *self, int64_t when_ms)
{
    if (when_ms < self->due_ms)
        self->due_ms = when_ms;
}

static inline zp_span_t
zp_eventlog_log_name (const zp_eventlog_log_t *self)
{
    return (zp_span_t){self->name, self->name_size};
}

//  True if a name is well-formed, or else the core's error says so; what is
//  "log", "group" or "member".
bool zp_eventlog_core_name (zp_eventlog_core_t *self, const char *what,
                            zp_span_t name);

//  The log with that name, made if it is not there: NULL as for use. If not
//  `limited`, max_logs does not count.
zp_eventlog_log_t *
zp_eventlog_core_make (zp_eventlog_core_t *self, zp_span_t name, bool limited);

//  Remember the id of an append to a log.
void zp_eventlog_core_remember (zp_eventlog_log_t *log, zp_span_t id,
                                uint64_t offset, int64_t time_ms);

//  Trim what need not be kept: of age or of the rest.
void zp_eventlog_log_expire (zp_eventlog_log_t *self);
void zp_eventlog_log_limit (zp_eventlog_log_t *self);

#endif
