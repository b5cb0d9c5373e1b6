//  SPDX-License-Identifier: MIT
//
//  history - what is done to a journal, and what it must have kept of that
//
//  A history is a sequence of blocks, each done in one turn of the loop, and so
//  never to be divided. Whatever happens to the disk, the journal must then be
//  as it was after one of the blocks: not one before the last that it said to
//  be on disk. A history that has the same seed, and waits after each block, is
//  the same history.

#ifndef HISTORY_H
#define HISTORY_H

#include "fault_vfs.h"
#include "fixture.h"

#define HISTORY_BLOCKS 200

//  Tests try each so manieth point. What sanitizers look for is much the same
//  at all of them, and they take several times as long.
#if defined __SANITIZE_THREAD__
#define HISTORY_STEP 7
#elif defined __SANITIZE_ADDRESS__
#define HISTORY_STEP 3
#else
#define HISTORY_STEP 1
#endif

typedef struct history_record {
    uint64_t number;  // The journal's
    uint64_t body;    // A hash of the body
    uint64_t print;   // A hash of all of it
} history_record_t;

//  The journal after a block
typedef struct history_mark {
    uint64_t position;  // The journal's
    uint64_t print;     // A hash of all records
    uint64_t highest;   // Number of a record so far
} history_mark_t;

typedef struct history {
    fixture_t *fixture;                    // Has the journal
    uint64_t seed;                         // For what is to be done
    history_record_t *live;                // Records that there are
    size_t count;                          // How many
    size_t room;                           // For how many there is room
    history_mark_t now;                    // After the last block
    history_mark_t marks[HISTORY_BLOCKS];  // After each since it was opened
    size_t blocks;                         // How many, that one included
    size_t confirmed;                      // The last one known to be on disk
    char point[120];                       // What happens, for messages
    uint64_t epoch;                        // Of the last owner
    uint64_t bodies;                       // How many were made
    uint64_t big;                          // Number of the big one; 0: none
} history_t;

//  There is no journal yet: one that is left from another history is deleted.
//  The fault_vfs must be installed.
history_t *history_new (fixture_t *fixture, uint64_t seed);

//  The power is lost with it.
void history_destroy (history_t **self_p);

//  Open the journal, and see that it is as it must be; the history goes on from
//  there. False if it can't be opened or read: the fixture has status and
//  error.
bool history_open (history_t *self);

//  Let this happen from now on, and tell it in messages.
void history_plan (history_t *self, const fault_t *fault);

//  Append, amend and erase some records.
void history_block (history_t *self);

//  Do so many blocks, and wait after each until it is on disk; or less, if the
//  journal fails.
void history_play (history_t *self, int blocks);

//  The same with some that append a body of a megabyte and erase the last such,
//  so that the log grows until it has to be moved to the database.
void history_play_big (history_t *self, int blocks);

//  Nothing happens any more: the journal opens without help, is as it must be,
//  and goes on, and that survives a power loss.
void history_goes_on (history_t *self);

//  Fail with what it says if that does not hold.
void history_must (const history_t *self, bool holds, const char *what);

//  The power is lost, if it is not off already, and the program ends. Then it
//  is back.
void history_power_off (history_t *self);

#endif
