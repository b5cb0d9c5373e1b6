//  SPDX-License-Identifier: MIT
//
//  sim_model - what event logs are, said plainly, beside a core to compare with

#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include "sim_store.h"
#include "zp_eventlog_group.h"

#define SIM_LOGS    3
#define SIM_GROUPS  2      // Of each log
#define SIM_MEMBERS 3      // Of each group
#define SIM_EVENTS  32768  // Of each log, ever
#define SIM_TURNS   8      // Not committed at a time

//  An event, by its offset. It is the same in all states that have it
typedef struct sim_event {
    uint64_t tag;     // What is in it
    int64_t time_ms;  // When it was appended
    size_t size;      // Of the body
    int id;           // Of the append; 0: none
} sim_event_t;

//  What is on disk, or will be: all that a restart must find
typedef struct sim_group {
    bool there;                      // It was made
    uint64_t position;               // All below are acked
    bool acked[ZP_EVENTLOG_WINDOW];  // By offset, around
} sim_group_t;

typedef struct sim_log {
    uint64_t first;                 // That is kept
    uint64_t next;                  // Behind the last
    zp_eventlog_keep_t keep;        // What is kept
    sim_group_t group[SIM_GROUPS];  // Its groups
} sim_log_t;

typedef struct sim_state {
    sim_log_t log[SIM_LOGS];  // All of them
} sim_state_t;

//  Who has an event, which a restart forgets
typedef struct sim_lease {
    int member;        // Counted from 1; 0: nobody, until:
    int64_t until_ms;  // It may be handed out then
} sim_lease_t;

typedef struct sim_member {
    zp_eventlog_member_t *member;  // NULL: there is none
    uint64_t credit;               // Events that it may have
} sim_member_t;

typedef struct sim_world {
    uint64_t *seed;                    // Decides
    int64_t now_ms;                    // The time
    zp_eventlog_limits_t limits;       // Of the core
    zp_eventlog_core_t *core;          // Under test
    sim_store_t *store;                // What it wrote
    sim_state_t state;                 // What it should be
    sim_state_t turns[SIM_TURNS + 1];  // At the end of those that are not
                                       // committed; before them, on disk
    size_t turn_count;                 // How many have ended
    uint64_t tags;                     // Events up to now
    sim_event_t events[SIM_LOGS][SIM_EVENTS];  // All
    sim_lease_t leases[SIM_LOGS][SIM_GROUPS][ZP_EVENTLOG_WINDOW];
    sim_member_t members[SIM_LOGS][SIM_GROUPS][SIM_MEMBERS];
    size_t appends, handouts, redelivered, crashes, trimmed;  // It did happen
} sim_world_t;

sim_world_t *sim_world_new (uint64_t *seed);
void sim_world_destroy (sim_world_t **self_p);

bool sim_chance (sim_world_t *self, int percent);
zp_span_t sim_log_name (int log);
zp_span_t sim_group_name (int group);

//  The core's log and group; NULL: there is none.
zp_eventlog_log_t *sim_log (sim_world_t *self, int log);
zp_eventlog_group_t *sim_group (sim_world_t *self, int log, int group);

//  The turn is over; commit so many; lose what is not committed, after the disk
//  got so many more turns than anybody was told.
void sim_end_turn (sim_world_t *self);
void sim_commit (sim_world_t *self, size_t turns);
void sim_crash (sim_world_t *self, size_t turns);

//  Compare the core with what it should be; and one that is made of the store.
void sim_compare (sim_world_t *self);
void sim_compare_replay (sim_world_t *self);

#endif
