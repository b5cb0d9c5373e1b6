//  SPDX-License-Identifier: MIT
//
//  saga_history - what happened to a saga, made of what saga.show says
//
//  The records are applied one after the other, as the coordinator has done
//  (zp_saga_plan.h): so it is known when each step was being done, or undone.
//  What comes from the coordinator may be anything; what makes no sense is told
//  as that.

#ifndef SAGA_HISTORY_H
#define SAGA_HISTORY_H

#include <jansson.h>

#include "zp_saga_record.h"

//  How a time in which a step was done, or undone, has ended
typedef enum saga_end {
    SAGA_END_OPEN,        // It has not
    SAGA_END_DONE,        // It is done, or undone
    SAGA_END_REFUSED,     // The service has refused
    SAGA_END_UNANSWERED,  // All attempts were in vain
    SAGA_END_LEFT,        // The saga went another way, or was parked
    SAGA_END_BY_HAND      // Somebody did it
} saga_end_t;

typedef struct saga_bar {
    int step;          // Of this step, by number
    bool undo;         // Its compensation
    int64_t from_ms;   // Since the saga was started
    int64_t to_ms;     // The same
    saga_end_t end;    // How it ended
    int64_t attempts;  // How often it was tried; 0: not known
} saga_bar_t;

//  What an entry is about, for those who look over it quickly
typedef enum saga_tone {
    SAGA_TONE_PLAIN,   // All goes its way
    SAGA_TONE_BAD,     // Something did not work
    SAGA_TONE_PERSON,  // Somebody gave an order
    SAGA_TONE_SIGNAL,  // Something came from outside
} saga_tone_t;

typedef struct saga_entry {
    int64_t at_ms;       // Since the saga was started
    const char *event;   // What happened, in words
    const char *step;    // To which step; "": to all
    char *detail;        // More about it; "": nothing
    char *follows;       // What follows from it; "": nothing
    const json_t *body;  // What it brought; NULL: nothing
    saga_tone_t tone;    // What it is about
    bool parks;          // From here on the saga is PARKED
} saga_entry_t;

typedef struct saga_park {
    int64_t from_ms, to_ms;  // From when to when it was PARKED
} saga_park_t;

typedef struct saga_history {
    json_t *saga;           // What all this was made of
    const char *id;         // Its id
    const char *name;       // Of its definition
    int64_t version;        // Of that
    const char *state;      // Such as "RUNNING"
    const char *reason;     // Why it went back or was parked; ""
    zp_saga_def_t *def;     // NULL: it could not be read
    bool ended;             // Nothing more will happen
    int64_t begun_ms;       // When it was started, since 1970
    int64_t end_ms;         // How long it took, or has taken until now
    saga_bar_t *bars;       // In the order in which they began
    size_t bar_count;       // How many
    saga_entry_t *entries;  // In the order of time
    size_t entry_count;     // How many
    saga_park_t *parks;     // In the order of time
    size_t park_count;      // How many
} saga_history_t;

//  Make it of a SAGA with its history, at that time since 1970.
saga_history_t *saga_history_new (json_t *saga, int64_t now_ms);
void saga_history_destroy (saga_history_t **self_p);

#endif
