//  SPDX-License-Identifier: MIT
//
//  zp_saga_record - what the log says of a saga
//
//  A record is one thing that happened, and what follows from it: the head is
//  JSON, such as
//
//    {"event":"begin","saga":"film","version":1,"start":["reserve"]}
//    {"event":"done","step":"reserve","start":["charge"]}
//    {"event":"refused","step":"charge","code":"CARD","text":"it has expired",
//     "undo":["reserve"],"state":"COMPENSATING"}
//    {"event":"undone","step":"reserve","state":"COMPENSATED"}
//
//  The first of a saga that is a step of another has "parent", the key of that
//  step. "start" and "undo" name the steps whose action or compensation may be
//  sent from now on; "state" is there if it is another than before. The body of
//  "begin" is the input, a line end, and the definition; of "done" the result;
//  of "signal" its value.

#ifndef ZP_SAGA_RECORD_H
#define ZP_SAGA_RECORD_H

#include "zp_saga_view.h"

#define ZP_SAGA_HEAD_MAX 8192  // Bytes of a head, with its 0

typedef enum zp_saga_event {
    ZP_SAGA_BEGIN,      // It was started
    ZP_SAGA_STEP_DONE,  // A step is done
    ZP_SAGA_STEP_REFUSED,
    ZP_SAGA_STEP_EXHAUSTED,  // Nobody knows what became of it
    ZP_SAGA_UNDONE,          // A step is undone
    ZP_SAGA_UNDO_FAILED,     // That was refused, or nobody knows
    ZP_SAGA_DEADLINE,        // It has taken too long
    ZP_SAGA_SIGNALLED,       // A signal came
    ZP_SAGA_RETRIED,         // The orders of an operator
    ZP_SAGA_SKIPPED,
    ZP_SAGA_ABORTED,
    ZP_SAGA_CLOSED,
    ZP_SAGA_EVENTS
} zp_saga_event_t;

typedef struct zp_saga_record {
    zp_saga_event_t event;             // What happened
    int step;                          // To which step; -1: to all
    zp_saga_steps_t start;             // Actions that may be sent now
    zp_saga_steps_t undo;              // Compensations that may be
    zp_saga_state_t state;             // Where the saga stands
    uint32_t attempts;                 // How often it was tried; 0: not known
    char code[ZP_SAGA_CODE_MAX + 1];   // Why: for programs
    char text[ZP_SAGA_TEXT_MAX + 1];   // And for a person
    char who[ZP_SAGA_CODE_MAX + 1];    // The operator
    char signal[ZP_SAGA_ID_MAX + 1];   // Its name
    char parent[ZP_SAGA_KEY_MAX + 1];  // The step that the saga is
    zp_span_t body;                    // JSON, or as said above
} zp_saga_record_t;

//  Copy a text from outside, as far as it fits and with a 0 at its end; '?'
//  stands for what is not printable ASCII.
void zp_saga_record_text (char *room, size_t size, zp_span_t text);

//  Write the head; returns its bytes. `before` is the state that the saga was
//  in.
size_t
zp_saga_record_write (const zp_saga_record_t *self, const zp_saga_def_t *def,
                      zp_saga_state_t before, char head[ZP_SAGA_HEAD_MAX]);

//  Read a head; def may be NULL: then steps have no names. On failure false is
//  returned, and *wrong_p says why.
bool zp_saga_record_read (zp_saga_record_t *self, const zp_saga_def_t *def,
                          zp_saga_state_t before, zp_span_t head,
                          const char **wrong_p);

#endif
