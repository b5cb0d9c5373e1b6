//  SPDX-License-Identifier: MIT
//
//  tape - a tap that writes down what it is told, for tests to look at

#ifndef TAPE_H
#define TAPE_H

#include "zp_status.h"
#include "zp_tap.h"

#define TAPE_MAX 10000

//  One event
typedef struct note {
    zp_tap_event_t event;    // As told; what it points to is here:
    zp_envelope_t envelope;  // Its envelope
    char method[64];         // Its method, as far as it fits
    char endpoint[128];      // Its endpoint; "" if there is none
} note_t;

typedef struct tape {
    zp_tap_t tap;           // For the options of who is to be heard
    size_t count;           // How many events; it never shrinks
    note_t note[TAPE_MAX];  // These, in the order they came
    char line[4096];        // For tape_line
} tape_t;

//  Make it empty, and fill in its tap. It is large, and best static.
void tape_init (tape_t *self);

//  How many of these there are.
size_t tape_count (const tape_t *self, zp_tap_what_t what);

//  The one of these with that number, counted from 0; it must be there.
const note_t *tape_note (const tape_t *self, zp_tap_what_t what, size_t number);

//  What happened, in order, as a line such as "sent 1, lost 1 UNAVAILABLE,
//  ended 1": what and which attempt; "piece" and "late" where that is so; and
//  the status if it is not OK. A breaker is "breaker OPEN". The tape's, until
//  the next time.
const char *tape_line (tape_t *self);

#endif
