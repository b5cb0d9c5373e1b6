//  SPDX-License-Identifier: MIT
//
//  sim_world - a core with its log and disk, services that keep the contract of
//  participants, and a network that loses, doubles and delays, in virtual time
//
//  Whatever happens, the world looks at each command: that it was on disk
//  before it was sent (2), that compensations come in reverse order (3), and
//  that no action follows the decision to abort and no compensation the success
//  of the pivot (4); after each record, that the saga is the same when it is
//  read again (8); after a crash, that all that were started are there (7); and
//  in the end, that what was done is what its state says (1).

#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "saga_log.h"
#include "zp_saga_view.h"

#define SIM_STEPS    8  // Of a saga, at most
#define SIM_START_MS 1000000

//  What becomes of one attempt
typedef enum sim_fate {
    SIM_OK,
    SIM_REFUSED,      // The service says no
    SIM_LOST_BEFORE,  // The service never sees it
    SIM_LOST_AFTER,   // Nobody sees the reply
    SIM_DUPLICATED,   // The service sees it twice
    SIM_LATE,         // The service sees it after the next attempts
    SIM_LATE_REPLY,   // The same for the coordinator
    SIM_GARBAGE,      // The reply makes no sense
    SIM_ONGOING,      // The service needs time
    SIM_HELD,         // There is no room: it leaves later, if it still may
    SIM_FATES
} sim_fate_t;

//  What a service knows of a key
typedef struct sim_effect {
    enum { SIM_NONE, SIM_WORKING, SIM_DONE, SIM_NO, SIM_UNDONE } state;
    bool sent;   // Some action was sent
    bool asked;  // A compensation was sent
} sim_effect_t;

typedef struct sim_saga {
    char id[24];                      // Its id
    zp_saga_def_t *def;               // The world's
    bool told;                        // The client was told that it is started
    bool helped;                      // Skipped or closed by hand
    sim_effect_t effects[SIM_STEPS];  // Of its steps
} sim_saga_t;

typedef struct sim_message {
    int64_t at_ms;           // When it arrives
    int saga;                // Of which saga
    int step;                // Of which step
    zp_saga_verb_t verb;     // Of which direction
    int attempt;             // Which one
    bool ask;                // Only a question
    bool reply;              // To the coordinator
    bool held;               // It has not left
    uint64_t life;           // Of the process that holds it
    sim_fate_t fate;         // What becomes of it
    zp_saga_reply_t answer;  // If it is a reply
} sim_message_t;

typedef struct sim_world sim_world_t;

//  Decides what becomes of an attempt.
typedef sim_fate_t (sim_fate_fn) (sim_world_t *self,
                                  const sim_message_t *message);

//  Called at each point where the process could die; true: it does.
typedef bool (sim_point_fn) (sim_world_t *self);

struct sim_world {
    zp_saga_options_t options;  // Of the core
    zp_saga_core_t *core;       // Under test
    saga_log_t *log;            // What it wrote
    zp_journal_log_t hooks;     // Of the log itself
    uint64_t written;           // Of that this is on disk
    uint64_t seed;              // Of all that is random here
    int64_t now_ms;             // The time
    int64_t disk_ms;            // How long a commit takes
    int64_t commit_ms;          // When the next one ends; 0: there is none
    zp_saga_def_t *defs[4];     // What is started
    size_t def_count;           // How many
    sim_saga_t *sagas;          // All that were started
    int saga_count;             // How many
    sim_message_t *net;         // A heap of what is on its way
    size_t net_count;           // How many
    size_t net_room;            // For so many
    sim_fate_fn *fate;          // See above
    sim_point_fn *point;        // See above; NULL: it never dies
    void *arg;                  // Theirs
    bool lossy;                 // What is not on disk then is lost
    bool dying;                 // What is done from now on never was
    uint64_t cut;               // The log up to this is left
    bool replay;                // Compare with a replay after each record
    uint64_t events;            // That have happened
    uint64_t records;           // That were written
    uint64_t crashes;           // Of the process
    uint64_t commands;          // That were sent
    uint64_t fates[SIM_FATES];  // What became of them
};

//  A world whose core has the definitions in these texts.
sim_world_t *sim_world_new (const char *const *texts, size_t count,
                            uint64_t seed, sim_fate_fn *fate);
void sim_world_destroy (sim_world_t **self_p);

//  Start a saga by the definition with that number; returns the saga's.
int sim_world_start (sim_world_t *self, size_t def);

//  Let the next thing happen. False if there is nothing left to happen before
//  until_ms.
bool sim_world_turn (sim_world_t *self, int64_t until_ms);

//  After a call of the core: send what is to be sent, and die if it is time.
void sim_world_settle (sim_world_t *self);

//  The process dies, with the log up to `cut`, and is started again.
void sim_world_crash (sim_world_t *self, uint64_t cut);

//  Look at a saga.
zp_saga_view_t sim_world_view (sim_world_t *self, int saga);

//  A saga is as it was (*view) in another core.
void sim_world_compare (const zp_saga_view_t *view, const zp_saga_t *other);

//  A saga has ended, and nothing is on its way: its effects must be as its
//  state says.
void sim_world_audit (sim_world_t *self, int saga);

//  A random number below bound, and true in percent of all cases.
int sim_below (sim_world_t *self, int bound);
bool sim_chance (sim_world_t *self, int percent);

zp_span_t sim_span (const char *text);

//  Two definitions: four steps one after the other, and a diamond, with an
//  optional step behind it; and one that waits for a signal and has a deadline.
extern const char sim_sequence[];
extern const char sim_diamond[];
extern const char sim_waiting[];

#endif
