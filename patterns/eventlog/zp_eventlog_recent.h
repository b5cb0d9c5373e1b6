//  SPDX-License-Identifier: MIT
//
//  zp_eventlog_recent - the newest events of all logs, kept in memory
//
//  Those who follow live get them from here, and none is read from disk. The
//  oldest goes first when there is too much, whatever its log, but none before
//  it is on disk.

#ifndef ZP_EVENTLOG_RECENT_H
#define ZP_EVENTLOG_RECENT_H

#include <sys/queue.h>

#include "zp_eventlog_event.h"
#include "zp_fifo.h"

typedef struct zp_eventlog_kept zp_eventlog_kept_t;

//  All of them
typedef struct zp_eventlog_recent {
    STAILQ_HEAD (, zp_eventlog_kept) kept;  // The oldest first
    size_t bytes;                           // That they take
    size_t max_bytes;                       // That they may take
} zp_eventlog_recent_t;

//  Those of one log: the last `items.count` below `next`
typedef struct zp_eventlog_tail {
    zp_fifo_t items;  // zp_eventlog_kept_t *
    uint64_t next;    // Behind the last
} zp_eventlog_tail_t;

void zp_eventlog_recent_init (zp_eventlog_recent_t *self, size_t max_bytes);
void zp_eventlog_tail_init (zp_eventlog_tail_t *self);

//  Keep a copy of an event, the next one of its log or the first one kept;
//  position is the journal's when it is on disk.
void
zp_eventlog_recent_add (zp_eventlog_recent_t *self, zp_eventlog_tail_t *tail,
                        const zp_eventlog_event_t *event, uint64_t position);

//  Find one: false if it is not kept. The spans stay until shrink or clear.
bool zp_eventlog_tail_get (zp_eventlog_tail_t *self, uint64_t offset,
                           zp_eventlog_event_t *event);

//  Let go what is too much, of what the disk has up to a position.
void zp_eventlog_recent_shrink (zp_eventlog_recent_t *self, uint64_t position);

//  Free all. Tails are freed each by itself, afterwards.
void zp_eventlog_recent_clear (zp_eventlog_recent_t *self);
void zp_eventlog_tail_clear (zp_eventlog_tail_t *self);

#endif
