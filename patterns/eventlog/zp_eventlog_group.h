//  SPDX-License-Identifier: MIT
//
//  zp_eventlog_group - members that share the events of a log
//
//  A group has a position: all below are acked. Of the ZP_EVENTLOG_WINDOW
//  events from there on each is with a member (leased), came back and waits for
//  another one (returned), is acked, or was not handed out yet. What came back
//  goes out first. An event that nobody acks holds the group up only when the
//  window has been used up behind it.
//
//      ... acked | leased  acked  returned  leased | not yet ... | not yet ...
//                position                          next          window's end
//
//  The position and what is acked beyond it are in the store, one record a
//  group, which zp_eventlog_core_settle amends once a turn; leases are not: a
//  restart ends them.

#ifndef ZP_EVENTLOG_GROUP_H
#define ZP_EVENTLOG_GROUP_H

#include "zp_eventlog_log.h"

typedef struct zp_eventlog_group zp_eventlog_group_t;
typedef struct zp_eventlog_member zp_eventlog_member_t;

//  The group of a log with that name, or NULL.
zp_eventlog_group_t *
zp_eventlog_group_find (zp_eventlog_log_t *log, zp_span_t name);

//  The same; made if it is not there, at that offset, or at the first event
//  that is kept, if that is later. NULL: bad name, too many groups, or the
//  offset is above the end.
zp_eventlog_group_t *
zp_eventlog_group_use (zp_eventlog_log_t *log, zp_span_t name, uint64_t offset);

//  Take a group away, which has no members.
void zp_eventlog_group_delete (zp_eventlog_group_t **self_p);

//  The group after this one, in the order of their names; NULL gives the first.
zp_eventlog_group_t *
zp_eventlog_group_next (zp_eventlog_log_t *log, zp_eventlog_group_t *before);

//  Go on at an offset (up to the log's end): nothing is acked behind it, and
//  with no member.
void zp_eventlog_group_seek (zp_eventlog_group_t *self, uint64_t offset);

//  True if events were trimmed that the group has not acked, from *from on. It
//  goes on at the first one that is kept. Nothing is handed out before this was
//  asked.
bool zp_eventlog_group_lost (zp_eventlog_group_t *self, uint64_t *from);

//  Events from `from` to `to`, both included, none below the position or above
//  zp_eventlog_group_end: they are acked; or still at work, for lease_ms; or to
//  be handed to another member, delay_ms from now. Each returns for how many
//  that is new, or possible.
uint64_t
zp_eventlog_group_ack (zp_eventlog_group_t *self, uint64_t from, uint64_t to);
uint64_t
zp_eventlog_group_touch (zp_eventlog_group_t *self, uint64_t from, uint64_t to,
                         int64_t lease_ms, int64_t now_ms);
uint64_t
zp_eventlog_group_release (zp_eventlog_group_t *self, uint64_t from,
                           uint64_t to, int64_t delay_ms, int64_t now_ms);

//  Behind the last event that may have been handed out.
uint64_t zp_eventlog_group_end (zp_eventlog_group_t *self);

//  Make a member, which may hold nothing yet. NULL: bad name.
zp_eventlog_member_t *
zp_eventlog_member_new (zp_eventlog_group_t *group, zp_span_t name);

//  A pointer of the caller's.
void zp_eventlog_member_set_arg (zp_eventlog_member_t *self, void *arg);

//  It may hold so many events, and bytes of their bodies unless it is only one;
//  what it holds already counts.
void zp_eventlog_member_set_credit (zp_eventlog_member_t *self, uint64_t credit,
                                    uint64_t max_bytes);

//  It has in hand these only, "17 20-25" in their order, of what it was given:
//  the rest comes back.
void zp_eventlog_member_hold (zp_eventlog_member_t *self, zp_span_t offsets);

//  Take a member away. If `lost`, what it holds comes back at once; otherwise
//  when its leases end.
void zp_eventlog_member_destroy (zp_eventlog_member_t **self_p, bool lost,
                                 int64_t now_ms);

//  The member of a group after this one; NULL gives the first.
zp_eventlog_member_t *zp_eventlog_member_next (zp_eventlog_group_t *group,
                                               zp_eventlog_member_t *before);

typedef struct zp_eventlog_handout {
    uint64_t offset;            // Of the event
    uint32_t delivery;          // The how manieth time, from 1
    zp_eventlog_place_t place;  // Where it is
} zp_eventlog_handout_t;

//  Lease the next event to a member: false if there is none on disk that waits,
//  or the member has no room.
bool zp_eventlog_member_take (zp_eventlog_member_t *self, int64_t lease_ms,
                              int64_t now_ms, zp_eventlog_handout_t *handout);

//  What is known of a member and of a group; the names are the core's memory.
typedef struct zp_eventlog_member_stats {
    const char *name;  // Ends with a 0
    uint64_t leased;   // Events with it
    void *arg;         // The caller's
} zp_eventlog_member_stats_t;

void zp_eventlog_member_stats (zp_eventlog_member_t *self,
                               zp_eventlog_member_stats_t *stats);

typedef struct zp_eventlog_group_stats {
    const char *name;        // Ends with a 0
    zp_eventlog_log_t *log;  // Its log
    uint64_t position;       // All below are acked
    uint64_t next;           // To be handed out for the first time
    uint64_t acked;          // From the position on
    uint64_t leased;         // With members
    uint64_t returned;       // To be handed out once more
} zp_eventlog_group_stats_t;

void zp_eventlog_group_stats (zp_eventlog_group_t *self,
                              zp_eventlog_group_stats_t *stats);

#endif
