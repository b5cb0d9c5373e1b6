//  SPDX-License-Identifier: MIT
//
//  sim_world - a core, its log, its model, and what really became of messages
//
//  What is done to the core is done to the model as well, and the outcomes are
//  compared. The ledger knows of each message, crash or not, if it was
//  confirmed and if it is done for ever.

#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "core_log.h"
#include "sim_model.h"

#define SIM_CONSUMERS 6
#define SIM_TURNS     10   // Not committed at a time
#define SIM_TURN      16   // Puts, or ends, in one of them
#define SIM_RECEIPTS  256  // That workers remember
#define SIM_PUTS      65536

typedef enum sim_fate {
    SIM_UNKNOWN,    // Nobody was told
    SIM_CONFIRMED,  // On disk
    SIM_GONE        // Done or purged, on disk
} sim_fate_t;

//  A turn that has ended, and is not committed
typedef struct sim_turn {
    uint64_t ids[SIM_TURN];  // Messages put
    int serials[SIM_TURN];   // The same
    size_t put_count;        // How many
    int gone[SIM_TURN];      // Serials of those done or purged
    size_t gone_count;       // How many
    sim_model_t after;       // How all was at its end
} sim_turn_t;

typedef struct sim_consumer {
    zp_queue_consumer_t *consumer;  // NULL: there is none
    int line;                       // It takes from this queue
    bool frozen;                    // It says nothing
    int waited;                     // Others were given something meanwhile
} sim_consumer_t;

typedef struct sim_world {
    uint64_t *seed;                           // Decides
    zp_queue_core_t *core;                    // Under test
    core_log_t *log;                          // What it wrote
    sim_model_t model;                        // What it should be
    sim_turn_t turns[SIM_TURNS + 2];          // A ring: one that is on disk,
                                              // others, one under way
    size_t turn_before;                       // Where the first of them is
    size_t turn_count;                        // How many have ended
    sim_consumer_t consumers[SIM_CONSUMERS];  // Who takes messages
    int line_waited[SIM_LINES];               // As for consumers
    sim_receipt_t receipts[SIM_RECEIPTS];     // The latest that workers got
    size_t receipt_count;                     // How many they ever got
    uint8_t fates[SIM_PUTS];                  // By serial: a sim_fate_t
    int serials;                              // Put up to now
    size_t confirmed;                         // On disk, and not gone
    size_t deliveries, crashes, dead;         // It did happen
} sim_world_t;

//  A world with random options. It draws from *seed.
sim_world_t *sim_world_new (uint64_t *seed);
void sim_world_destroy (sim_world_t **self_p);

//  The name of a line.
zp_span_t sim_name (int line);
zp_queue_t *sim_queue (sim_world_t *self, int line);

//  A body says which one it is.
zp_span_t sim_body (int serial, size_t size);

//  Note for the ledger that a message was put or is gone, in this turn.
void sim_note_put (sim_world_t *self, uint64_t id, int serial);
void sim_note_gone (sim_world_t *self, int serial);

//  A turn: 0 is the last that was committed, turn_count the last that has
//  ended, and the one behind it is under way.
sim_turn_t *sim_turn (sim_world_t *self, size_t number);
sim_turn_t *sim_turn_now (sim_world_t *self);

//  The turn is over; commit so many; lose what is not committed, after the disk
//  got so many more turns than the core knew.
void sim_end_turn (sim_world_t *self);
void sim_commit (sim_world_t *self, size_t turns);
void sim_crash (sim_world_t *self, size_t turns);

//  Who can't be given anything now does not wait. To be called after each step.
void sim_watch (sim_world_t *self);

//  Hand out messages, at most so many; some can't be sent, if `undo`.
void sim_deliver (sim_world_t *self, int max, bool undo);

//  Let time go on.
void sim_pass (sim_world_t *self, int64_t ms);

//  Compare the core with the model.
void sim_compare (sim_world_t *self);

//  Compare a core that is made of the log with what the model says of it.
void sim_compare_replay (sim_world_t *self);

#endif
