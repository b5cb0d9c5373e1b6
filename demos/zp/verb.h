//  SPDX-License-Identifier: MIT
//
//  verb - one thing that is done with services, as verbs.h has them

#ifndef VERB_H
#define VERB_H

#include "wards.h"
#include "zp_request.h"

//  What is waited for, of one service
typedef enum aim {
    AIM_NONE,
    AIM_READY,  // It answers
    AIM_ENDED,  // Its process is gone
} aim_t;

typedef struct verb {
    zp_request_t *request;  // To be answered
    wards_t *wards;         // All services
    json_t *args;           // What it was given, an object of the right form
    ward_t *ward;           // What it is about; NULL: several
    const char *group;      // These; NULL: all
    aim_t *aims;            // Of each service; set by what is done
} verb_t;

//  Do it. If it can't be done that was answered, and .request is NULL.
void verb_kill (verb_t *self);
void verb_pause (verb_t *self);
void verb_resume (verb_t *self);
void verb_stop (verb_t *self);
void verb_start (verb_t *self);
void verb_scale (verb_t *self);
void verb_heal (verb_t *self);

//  True if a service is one of those that this is about.
bool verb_concerns (const verb_t *self, const ward_t *ward);

#endif
