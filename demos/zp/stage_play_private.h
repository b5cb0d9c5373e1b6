//  SPDX-License-Identifier: MIT
//
//  What a stage_play has. For stage_play*.c only.

#ifndef STAGE_PLAY_PRIVATE_H
#define STAGE_PLAY_PRIVATE_H

#include "stage_play.h"

//  What is to be seen, and what was
typedef struct stage_watched {
    const stage_sights_t *sights;     // What
    json_t *before[STAGE_LIST_MAX];   // What was there at first; NULL: nothing
    int64_t seen_ms[STAGE_LIST_MAX];  // So long after since_ms; -1: not yet
    int64_t since_ms;                 // When the scene was broken, or healed
} stage_watched_t;

typedef struct stage_act {
    const stage_scene_t *scene;   // What is played
    stage_phase_t phase;          // Where it is
    int64_t changed_ms;           // Since when
    stage_scope_t scope;          // How it is played
    int64_t until_ms;             // Healed by itself then; 0: not
    bool done[STAGE_LIST_MAX];    // These steps were, and must be taken back
    bool tried[STAGE_LIST_MAX];   // In this phase
    int64_t was[STAGE_LIST_MAX];  // Before a step that scales: how many
    int step;                     // That is being done, or taken back; -1:
                                  // none
    bool healed;                  // Since it was broken last
    stage_watched_t expect;       // While it is on
    stage_watched_t recovered;    // When it is healed
    char error[STAGE_ERROR];      // What went wrong last
} stage_act_t;

struct stage_play {
    const stage_scenes_t *scenes;  // What can be played
    stage_act_t *acts;             // Each of them
    json_t *document;              // That was looked at last
};

//  Remember how all is that is to be seen, to compare with it; all but what is
//  to be the same, if that is remembered already.
void stage_play_look_first (const stage_play_t *self, stage_watched_t *watched,
                            bool again);

//  The effect of doing a step, or of taking it back. False: there is nothing to
//  do.
bool
stage_play_effect (const stage_play_t *self, const stage_act_t *act, int step,
                   bool heal, int64_t now_ms, stage_effect_t *effect);

#endif
