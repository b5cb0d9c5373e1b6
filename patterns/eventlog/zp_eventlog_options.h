//  SPDX-License-Identifier: MIT
//
//  zp_eventlog_options - limits of event logs

#ifndef ZP_EVENTLOG_OPTIONS_H
#define ZP_EVENTLOG_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#define ZP_EVENTLOG_NAME_MAX   128        // Bytes: letters, digits, . _ -
#define ZP_EVENTLOG_ID_MAX     64         // Bytes: printable ASCII
#define ZP_EVENTLOG_OFFSET_MAX INT64_MAX  // Offsets are below that
#define ZP_EVENTLOG_WINDOW                                                     \
    4096                                      // Events of a group between the
                                              // first that is not acked and the
                                              // last that was handed out
#define ZP_EVENTLOG_CREDIT_MAX   100000       // Events out to one reader
#define ZP_EVENTLOG_MS_MAX       31536000000  // A year, the longest delay
#define ZP_EVENTLOG_LEASE_MS_MAX INT32_MAX    // The longest lease, 24 days

//  What is kept of a log: events beyond any of these are trimmed, oldest
//  first. 0: no such bound.
typedef struct zp_eventlog_keep {
    int64_t ms;       // Not those that are older, to within a second or two
    uint64_t bytes;   // Of bodies
    uint64_t events;  // How many
} zp_eventlog_keep_t;

//  What is out of its range counts as the nearest that is in it.
typedef struct zp_eventlog_limits {
    size_t max_logs;          // How many names may be made
    size_t max_groups;        // Of one log
    uint64_t max_events;      // Kept in one log; append is refused beyond
    uint64_t max_bytes;       // Of bodies in one log; the same
    size_t max_body_bytes;    // Of one event; up to 2^31 - 1
    int64_t dedupe_ms;        // How long the id of an append is remembered
    int64_t lease_ms;         // How long a member of a group may be silent
                              // about an event, by default
    size_t memory_bytes;      // Of the newest events, kept in memory; others
                              // are read from disk
    zp_eventlog_keep_t keep;  // Of logs for which nothing else was configured
} zp_eventlog_limits_t;

#define ZP_EVENTLOG_LIMITS                                                     \
    {                                                                          \
        .max_logs = 1000, .max_groups = 100, .max_events = 100000000,          \
        .max_bytes = (uint64_t) 64 << 30, .max_body_bytes = 8 << 20,           \
        .dedupe_ms = 120000, .lease_ms = 30000, .memory_bytes = 64 << 20       \
    }

#endif
