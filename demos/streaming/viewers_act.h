//  SPDX-License-Identifier: MIT
//
//  viewers_act - what viewers do: how they ask, and what they make of the
//  answer
//
//  An act is one HTTP request. Of what that only sets off it tells an id, and
//  viewers ask what became of it (viewers_follow.h).

#ifndef VIEWERS_ACT_H
#define VIEWERS_ACT_H

#include <jansson.h>

#include "fields.h"
#include "viewers_film.h"
#include "viewers_http.h"
#include "zp_random.h"

//  What is counted of acts, each of it since the beginning
typedef enum viewers_count {
    VIEWERS_DONE,      // Ended, in one of the next three ways:
    VIEWERS_OK,        // as they should,
    VIEWERS_FAILED,    // without a good answer,
    VIEWERS_SHED,      // or told to come back later: 429, and 503
    VIEWERS_GUEST,     // Home pages that do not know whose they are
    VIEWERS_PARTIAL,   // Home pages without some of their parts
    VIEWERS_STALE,     // Home pages with a part that is old
    VIEWERS_WRONG,     // Films that were not the right ones
    VIEWERS_BYTES,     // Of films
    VIEWERS_ACCEPTED,  // What was accepted,
    VIEWERS_FINISHED,  // of that what has ended well,
    VIEWERS_LOST,      // and what has ended badly
    VIEWERS_COUNTS
} viewers_count_t;

//  Whether a profile has a plan, as far as viewers know
typedef enum viewers_plan {
    VIEWERS_PLAN_OPEN,  // It is being changed; or, to an act, it is no matter
    VIEWERS_PLAN_NONE,  // It has none
    VIEWERS_PLAN_SOME   // It has one
} viewers_plan_t;

typedef struct viewers_profile {
    char id[PROFILE_MAX + 1];  // As in the file of profiles
    viewers_plan_t plan;       // Does it have one?
} viewers_profile_t;

//  What all acts need
typedef struct viewers_scene {
    viewers_profile_t *profiles;  // In the order of the file
    int profile_count;            // How many
    viewers_film_t film;          // That is played
    zp_random_t random;           // What viewers do
    uint64_t id;                  // Of this process, at random
    uint64_t number;              // Of the next act that needs a key
} viewers_scene_t;

typedef struct viewers_act viewers_act_t;
typedef struct viewers_load viewers_load_t;

//  An act under way
typedef struct viewers_visit {
    const viewers_act_t *act;  // What is done
    viewers_load_t *load;      // Where it is counted
    int viewer;                // Who does it
    int profile;               // Whose profile it is about
    int64_t intended_us;       // When it should have begun
    char path[200];            // Of the request
    char body[200];            // To be posted, or ""
    char key[48];              // Idempotency-Key, or ""
    char range[48];            // Of bytes, or ""
    int code;                  // Of a good answer; 0: 200 or 202
    viewers_part_t part;       // Of the film, that should come
} viewers_visit_t;

struct viewers_act {
    const char *name;       // What it is called
    int weight;             // How often it is done, of all together
    int most;               // At once; 0: any number
    int bytes_per_s;        // To read no faster; 0: as fast as it comes
    bool film;              // The answer is a film, or else JSON
    const char *status;     // Where to ask what became of it, with its id
                            // behind that; NULL: it is over at once
    const char *id;         // The answer's member with that; NULL: "id"
    const char *confirm;    // What must be posted first, with the id and
                            // "/confirm" behind that; NULL: nothing
    viewers_plan_t before;  // Of the profile that it is for
    viewers_plan_t after;   // When it has ended
    unsigned counts;        // Beside the first four: bits, as 1 << COUNT
    //  Make up the request; profile and viewer are there
    void (*ask) (viewers_scene_t *scene, viewers_visit_t *visit);
    //  Count what the answer, a JSON object, says; NULL: nothing
    void (*judge) (const json_t *answer, uint64_t *counts);
};

//  All there are
#define VIEWERS_ACTS 10
extern const viewers_act_t viewers_acts[VIEWERS_ACTS];

//  As in load.stats
extern const char *const viewers_count_names[VIEWERS_COUNTS];

#endif
