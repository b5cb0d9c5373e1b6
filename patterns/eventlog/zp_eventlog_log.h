//  SPDX-License-Identifier: MIT
//
//  zp_eventlog_log - one log of a core: what can be read of it, and where

#ifndef ZP_EVENTLOG_LOG_H
#define ZP_EVENTLOG_LOG_H

#include "zp_eventlog_core.h"

//  Events below this offset are on disk.
void zp_eventlog_log_written (zp_eventlog_log_t *self, uint64_t offset);

//  What can be read: from the first event that is kept to below `durable`,
//  which is less than the first if all that is kept is not on disk yet.
uint64_t zp_eventlog_log_first (const zp_eventlog_log_t *self);
uint64_t zp_eventlog_log_durable (const zp_eventlog_log_t *self);

//  Trim all events below an offset, up to `next`. Returns how many.
uint64_t zp_eventlog_log_trim (zp_eventlog_log_t *self, uint64_t offset);

//  Where to find an event that is kept.
typedef struct zp_eventlog_place {
    uint64_t number;    // Of its record
    size_t size_bytes;  // Of its body
} zp_eventlog_place_t;

//  False if it is not kept, or not there yet.
bool zp_eventlog_log_place (zp_eventlog_log_t *self, uint64_t offset,
                            zp_eventlog_place_t *place);

typedef struct zp_eventlog_stats {
    const char *name;         // The log's; the core's memory
    uint64_t first;           // Offset of the first event that is kept
    uint64_t durable;         // Events below are on disk
    uint64_t next;            // Offset that the next event gets
    uint64_t bytes;           // Of bodies
    int64_t first_ms;         // When the first one was appended, or up to a
                              // second before; 0: there is none
    int64_t last_ms;          // When the last one was, kept or not; 0: unknown
    zp_eventlog_keep_t keep;  // What is kept
    size_t groups;            // How many
    uint64_t appended;        // Since the start: events stored
    uint64_t repeated;        // Appends under an id that was known
    uint64_t refused;         // Appends that expected something else, or were
                              // over a limit
    uint64_t trimmed;         // Events
} zp_eventlog_stats_t;

void
zp_eventlog_log_stats (zp_eventlog_log_t *self, zp_eventlog_stats_t *stats);

#endif
