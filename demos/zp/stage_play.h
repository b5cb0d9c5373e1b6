//  SPDX-License-Identifier: MIT
//
//  stage_play - scenes as they are played: broken, seen, healed, recovered
//
//  Pure: it says what is to be done, somebody else does it and says how that
//  went; the time and the stage's document are arguments.
//
//      OFF -> WANTED -> BREAKING -> ON -> HEALING -> OFF
//
//  A scene that is WANTED waits for a document that was asked for since, to
//  know how all was before. If a step of breaking fails, what was done is taken
//  back. If one of healing fails the others are done all the same, and it is ON
//  again, to be healed later.

#ifndef STAGE_PLAY_H
#define STAGE_PLAY_H

#include <jansson.h>

#include "stage_scenes.h"
#include "zp_status.h"

#define STAGE_ERROR 256

typedef struct stage_play stage_play_t;

typedef enum stage_phase {
    STAGE_OFF,
    STAGE_WANTED,
    STAGE_BREAKING,
    STAGE_ON,
    STAGE_HEALING
} stage_phase_t;

//  How a scene is played
typedef struct stage_scope {
    int64_t percent;   // Of the requests that rules concern; 0: as written
    char profile[64];  // Only requests for this one; "": for any
    int64_t for_ms;    // Healed by itself then; 0: as written
} stage_scope_t;

//  Something to be done: call a method
typedef struct stage_effect {
    const char *service;  // Of this one; NULL: of the supervisor
    const char *method;   // Its name
    char *body;           // JSON; NULL: no argument; whoever gets it frees it
    bool dies_with_it;    // There is nothing to do if the service is dead
} stage_effect_t;

//  Nothing is played yet. The scenes must outlive it.
stage_play_t *stage_play_new (const stage_scenes_t *scenes);
void stage_play_destroy (stage_play_t **self_p);

//  The scene with that name, by number; -1: there is none.
int stage_play_find (const stage_play_t *self, const char *name);

//  Play it, or end that. Of what is so already nothing comes. False if it is on
//  its way the other way.
bool stage_play_break (stage_play_t *self, int scene,
                       const stage_scope_t *scope, int64_t now_ms);
bool stage_play_heal (stage_play_t *self, int scene, int64_t now_ms);

//  What is to be done next for a scene; false: nothing, or something is being
//  done already. Then stage_play_did says how that went: error is NULL if well.
bool stage_play_next (stage_play_t *self, int scene, int64_t now_ms,
                      stage_effect_t *effect);
void stage_play_did (stage_play_t *self, int scene, const char *error,
                     int64_t now_ms);

//  Look at a document that was asked for at that time.
void stage_play_look (stage_play_t *self, json_t *document, int64_t asked_ms,
                      int64_t now_ms);

//  Where a scene is, and what went wrong last; "": nothing.
stage_phase_t stage_play_phase (const stage_play_t *self, int scene);
const char *stage_play_error (const stage_play_t *self, int scene);

//  True if all that is to be seen was; if it was healed, since it was broken
//  last; and if then all has recovered.
bool stage_play_seen (const stage_play_t *self, int scene);
bool stage_play_healed (const stage_play_t *self, int scene);
bool stage_play_recovered (const stage_play_t *self, int scene);

//  The rules that a service must have now, as JSON; NULL: no scene has any. The
//  caller frees it.
char *stage_play_rules (const stage_play_t *self, const char *service,
                        int64_t now_ms);

//  A scene as written, and how it is played: "phase", "on", "since_ms",
//  "faults_left_ms", "error", "seen" and "recovered". The caller owns it.
json_t *stage_play_json (const stage_play_t *self, int scene, int64_t now_ms);

#endif
