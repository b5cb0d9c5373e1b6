//  SPDX-License-Identifier: MIT
//
//  What the core has of groups and their members. Not for anybody else.

#ifndef ZP_EVENTLOG_GROUP_PRIVATE_H
#define ZP_EVENTLOG_GROUP_PRIVATE_H

#include "zp_eventlog_core_private.h"

typedef enum zp_eventlog_state {
    ZP_EVENTLOG_RETURNED,  // Came back, or may have been out before a restart
    ZP_EVENTLOG_LEASED,    // With a member, or nobody's until its time comes
    ZP_EVENTLOG_ACKED      // Done
} zp_eventlog_state_t;

//  An event between a group's position and its next one
typedef struct zp_eventlog_slot {
    zp_eventlog_state_t state;     // How it stands
    uint32_t delivery;             // How often it was handed out
    uint32_t size;                 // Of its body
    zp_eventlog_member_t *member;  // LEASED: to this one; NULL: it is not here
    int64_t until_ms;              // LEASED: until then
} zp_eventlog_slot_t;

struct zp_eventlog_member {
    zp_eventlog_group_t *group;                // Of this
    char name[ZP_EVENTLOG_NAME_MAX + 1];       // Ends with a 0
    uint64_t credit;                           // Events that it may hold
    uint64_t max_bytes;                        // Of their bodies
    uint64_t leased;                           // What it holds
    uint64_t bytes;                            // The same
    void *arg;                                 // The caller's
    TAILQ_ENTRY (zp_eventlog_member) members;  // In the group's list
};

struct zp_eventlog_group {
    zp_eventlog_log_t *log;               // Of this
    char name[ZP_EVENTLOG_NAME_MAX + 1];  // Ends with a 0
    uint64_t record;                      // Its number
    uint64_t position;                    // All below are acked
    uint64_t next;                        // To be handed out the first time
    uint64_t hint;                        // None came back below this
    zp_eventlog_slot_t *slots;            // Those between, a ring: the
                                          // offset says where
    size_t room;                          // 0 or a power of two
    uint64_t counts[3];                   // Of those in each state
    int64_t due_ms;                       // No lease ends before
    bool dirty;                           // The record is to be amended
    TAILQ_HEAD (, zp_eventlog_member) members;  // In any order
    TAILQ_ENTRY (zp_eventlog_group) groups;     // In the log's list
    TAILQ_ENTRY (zp_eventlog_group) changed;    // If dirty, in the core's list
};

//  Take back a group from the store; NULL, or what is wrong.
const char *zp_eventlog_group_restore (zp_eventlog_log_t *log, uint64_t record,
                                       const zp_eventlog_head_t *head);

//  Leases that ran out come back: true if some did. And free a group.
bool zp_eventlog_group_expire (zp_eventlog_group_t *self, int64_t now_ms);
void zp_eventlog_group_free (zp_eventlog_group_t *self);

//  What a group's files say of its slots. The slot of an offset from the
//  position to below next; what becomes of one; all below `next` have slots.
zp_eventlog_slot_t *
zp_eventlog_group_slot (const zp_eventlog_group_t *self, uint64_t offset);
void
zp_eventlog_group_turn (zp_eventlog_group_t *self, zp_eventlog_slot_t *slot,
                        zp_eventlog_state_t state);
void zp_eventlog_group_extend (zp_eventlog_group_t *self, uint64_t next);
void
zp_eventlog_group_lease (zp_eventlog_group_t *self, zp_eventlog_slot_t *slot,
                         zp_eventlog_member_t *member, int64_t until_ms);

#endif
