//  SPDX-License-Identifier: MIT
//
//  scene - what zp break and zp heal want of one, and say of it
//
//  Scenes are JSON, as in the stage's document (stage.h), and may be anything.

#ifndef SCENE_H
#define SCENE_H

#include "stage_ask.h"

//  The options that both have
#define OPTIONS_SCENE                                                          \
    {.name = "wait",                                                           \
     .letter = 'w',                                                            \
     .text = "until all that is expected was seen"},                           \
        {.name = "timeout",                                                    \
         .letter = 't',                                                        \
         .value = "TIME",                                                      \
         .text = "wait for at most so long (60s)"},                            \
        OPTION_NAME, OPTION_JSON

//  Read an option that is a length of time; *ms stays if it was not given.
//  EXIT_USAGE, which was said, if it is none.
exit_code_t scene_duration (const args_t *args, const char *option, int *ms);

//  All that the stage knows; the caller owns *state_p.
exit_code_t scene_state (const args_t *args, json_t **state_p);

//  Wait until all of a scene is "seen", or "recovered", and print each as it
//  is, if it is for people. The caller owns *scene_p, which is the scene then.
exit_code_t scene_wait (const args_t *args, const char *name, const char *what,
                        json_t **scene_p);

#endif
