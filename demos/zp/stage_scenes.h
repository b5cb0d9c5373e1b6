//  SPDX-License-Identifier: MIT
//
//  stage_scenes - what may be broken, and what must then be seen
//
//  A JSON array of scenes:
//
//    { "name": "home",                 to call it by, as services are
//      "title": "The home page",       for people, as are the next two
//      "pattern": "gateway aggregation",
//      "text": "profiles is killed",
//      "command": "zp kill profiles",  the same by hand
//      "do": [ STEP, ... ],            done in this order
//      "for_ms": 60000,                healed by itself then; if not given, not
//      "expect": [ { "text": "pages are there", "see": CONDITION }, ... ],
//      "recovered": [ the same ] }
//
//  A STEP is one of these. Healed is what was done last first.
//
//    {"kill": SERVICE}, {"stop": SERVICE}            healed: started
//    {"pause": SERVICE}                              healed: resumed
//    {"faults": {"service": S, "rules": [RULE...]}}  healed: these rules go
//    {"scale": {"service": S, "to": N}}              healed: as before
//    {"load": FACTOR}                                healed: 1
//    {"call": {"service": S, "method": M, "body": {...},
//              "heal": {"method": M, "body": {...}}}}    may have no "heal"
//
//  A CONDITION is in stage_condition.h, a RULE in zp_faults.h. What is to be
//  seen is looked for while the scene is on, compared with what was there
//  before; it counts as soon as it was seen once, but what lasts only while it
//  does, when all the others were seen. What must have recovered is looked for
//  when the scene has been healed; there "rises" and "falls" are meant from the
//  moment when the healing began.

#ifndef STAGE_SCENES_H
#define STAGE_SCENES_H

#include <stdint.h>

#include "stage_condition.h"

#define STAGE_NAME       "stage"    // What the service is called
#define STAGE_VIEWERS    "viewers"  // And the one that makes load
#define STAGE_SCENES_MAX 64         // Of a file
#define STAGE_LIST_MAX   16  // Steps, and conditions of each kind, of a scene

typedef enum stage_deed {
    STAGE_DO_KILL,
    STAGE_DO_PAUSE,
    STAGE_DO_STOP,
    STAGE_DO_FAULTS,
    STAGE_DO_SCALE,
    STAGE_DO_LOAD,
    STAGE_DO_CALL,
    STAGE_DEEDS
} stage_deed_t;

typedef struct stage_step {
    stage_deed_t deed;    // What is done
    const char *service;  // To whom; NULL: to the viewers
    json_t *value;        // Rules, number, factor, or all of a call; borrowed
} stage_step_t;

//  Something to be seen
typedef struct stage_sight {
    const char *text;       // For people
    stage_condition_t see;  // What it is
} stage_sight_t;

typedef struct stage_sights {
    stage_sight_t list[STAGE_LIST_MAX];  // In their order
    size_t count;                        // How many
} stage_sights_t;

typedef struct stage_scene {
    const char *name;                    // To call it by
    json_t *json;                        // As written; borrowed
    stage_step_t steps[STAGE_LIST_MAX];  // What is done
    size_t step_count;                   // How many
    int64_t for_ms;                      // 0: until somebody heals it
    stage_sights_t expect, recovered;    // What is to be seen
} stage_scene_t;

//  To read only
typedef struct stage_scenes {
    json_t *root;         // Which all this points to
    stage_scene_t *list;  // In the order of the file
    size_t count;         // How many
} stage_scenes_t;

//  Read them. services are those that there are, as up.list has them; NULL: not
//  known. NULL if anything is wrong: the mistakes are in the document.
stage_scenes_t *stage_scenes_new (zp_json_doc_t *doc, const json_t *services);

void stage_scenes_destroy (stage_scenes_t **self_p);

//  What a step is called in the file.
const char *stage_deed_name (stage_deed_t deed);

#endif
