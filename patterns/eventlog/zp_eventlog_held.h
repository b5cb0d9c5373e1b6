//  SPDX-License-Identifier: MIT
//
//  zp_eventlog_held - the events that a reader has in hand
//
//  Few, and in the order of their offsets, so that they leave as ranges. Not
//  for anybody but the reader.

#ifndef ZP_EVENTLOG_HELD_H
#define ZP_EVENTLOG_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum zp_eventlog_stage {
    ZP_EVENTLOG_WORK,    // The application has it
    ZP_EVENTLOG_DONE,    // To be acked
    ZP_EVENTLOG_ACKING,  // The ack is on its way
    ZP_EVENTLOG_STAGES   // Any of these
} zp_eventlog_stage_t;

typedef struct zp_eventlog_item {
    uint64_t offset;            // Of the event
    zp_eventlog_stage_t stage;  // What is done with it
} zp_eventlog_item_t;

//  All 0 is an empty one.
typedef struct zp_eventlog_held {
    zp_eventlog_item_t *items;  // In the order of their offsets
    size_t count;               // How many
    size_t room;                // For so many
} zp_eventlog_held_t;

//  The item of an event, which stays until one is added or removed; NULL if it
//  is not there.
zp_eventlog_item_t *
zp_eventlog_held_find (const zp_eventlog_held_t *self, uint64_t offset);

//  Add an event that is not there, at WORK.
void zp_eventlog_held_add (zp_eventlog_held_t *self, uint64_t offset);

//  Take one away; or all of a stage: returns how many.
void
zp_eventlog_held_remove (zp_eventlog_held_t *self, zp_eventlog_item_t *item);
size_t zp_eventlog_held_remove_all (zp_eventlog_held_t *self,
                                    zp_eventlog_stage_t stage);

//  All of a stage go to another one.
void zp_eventlog_held_move (zp_eventlog_held_t *self, zp_eventlog_stage_t from,
                            zp_eventlog_stage_t to);

//  Those of a stage as text, "17 20-25", which free frees; NULL if there are
//  none.
char *zp_eventlog_held_text (const zp_eventlog_held_t *self,
                             zp_eventlog_stage_t stage);

void zp_eventlog_held_clear (zp_eventlog_held_t *self);

#endif
