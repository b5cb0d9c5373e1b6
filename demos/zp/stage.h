//  SPDX-License-Identifier: MIT
//
//  stage - all of a constellation, looked at from outside
//
//  Twice a second it asks the supervisor and each service, and makes one JSON
//  document of the answers. A service that tells less than others is shown with
//  less; one that is silent, dead or tells nonsense costs the others nothing.
//  What the document holds is in README.md.

#ifndef STAGE_H
#define STAGE_H

#include <jansson.h>

#include "stage_scenes.h"
#include "zp_client.h"
#include "zp_server.h"

typedef struct stage stage_t;

typedef struct stage_options {
    const char *control;           // Endpoint of the supervisor
    const stage_scenes_t *scenes;  // What can be broken; must stay; or NULL
    int64_t seed;                  // Of the faults; 0: as the supervisor says
} stage_options_t;

//  Make a stage on a loop, which must outlive it. NULL if ZeroMQ can't make
//  sense of the endpoint.
stage_t *stage_new (zloop_t *loop, const stage_options_t *options);

//  The loop must have ended.
void stage_destroy (stage_t **self_p);

//  What it answers with; the stage's.
zp_server_t *stage_server (stage_t *self);

#endif
