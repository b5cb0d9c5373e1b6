//  SPDX-License-Identifier: MIT
//
//  contender - one way to publish and subscribe, to be measured against others
//
//  Each does the same work: its publisher holds the speech of speech.h, its
//  subscribers want all that begins with SPEECH_STEM and hear it. Both run in
//  processes of their own, or, to count instructions, in two threads of one.

#ifndef CONTENDER_H
#define CONTENDER_H

#include "speech.h"

//  Where a publisher is, or a broker
typedef struct place {
    const char *updates;   // Endpoint where it publishes
    const char *requests;  // Endpoint where it is asked for what went before
} place_t;

typedef struct contender {
    const char *name;   // As on the command line and in the tables
    const char *about;  // What it is, for --help
    const char *rival;  // Which one its figures are divided by; NULL: none
    bool lossless;      // Each subscriber gets each update

    //  Why it cannot run here, or NULL if it can. May be NULL: it always can.
    const char *(*missing) (void);

    //  The broker between them, until it is killed. NULL: there is none.
    void (*serve) (const place_t *place);

    //  Hold the speech.
    void (*publish) (const place_t *place, speech_t *speech);

    //  Hear it, until it is over.
    void (*subscribe) (const place_t *place, ear_t *ear);
} contender_t;

//  All of them, rivals first; ends with NULL.
extern const contender_t *const contenders[];

//  The one with that name, or NULL.
const contender_t *contender_find (const char *name);

//  Why it cannot run here, or NULL if it can.
const char *contender_missing (const contender_t *self);

#endif
