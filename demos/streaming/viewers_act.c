//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "viewers_act.h"

#include <inttypes.h>

#define SLOW_BYTES_PER_S 65536
#define RANGE_BYTES      131072  // Of a film, for who wants some of it

const char *const viewers_count_names[VIEWERS_COUNTS] = {
    [VIEWERS_DONE] = "done",         [VIEWERS_OK] = "ok",
    [VIEWERS_FAILED] = "failed",     [VIEWERS_SHED] = "shed",
    [VIEWERS_GUEST] = "guest",       [VIEWERS_PARTIAL] = "partial",
    [VIEWERS_STALE] = "stale",       [VIEWERS_WRONG] = "wrong_hash",
    [VIEWERS_BYTES] = "bytes",       [VIEWERS_ACCEPTED] = "accepted",
    [VIEWERS_FINISHED] = "finished", [VIEWERS_LOST] = "lost",
};

#define HOME_COUNTS                                                            \
    (1 << VIEWERS_GUEST | 1 << VIEWERS_PARTIAL | 1 << VIEWERS_STALE)
#define FILM_COUNTS (1 << VIEWERS_WRONG | 1 << VIEWERS_BYTES)
#define LONG_COUNTS                                                            \
    (1 << VIEWERS_ACCEPTED | 1 << VIEWERS_FINISHED | 1 << VIEWERS_LOST)

#define SET(text, ...) snprintf (text, sizeof text, __VA_ARGS__)

static const char *
s_profile (const viewers_scene_t *scene, const viewers_visit_t *visit)
{
    return scene->profiles[visit->profile].id;
}

//  The same again would be the same order
static void
s_new_key (viewers_scene_t *scene, viewers_visit_t *visit)
{
    SET (visit->key, "v%016" PRIx64 "-%" PRIu64, scene->id, scene->number++);
}

static void
s_ask_home (viewers_scene_t *scene, viewers_visit_t *visit)
{
    SET (visit->path, "/api/home/%s", s_profile (scene, visit));
}

static void
s_judge_home (const json_t *answer, uint64_t *counts)
{
    counts[VIEWERS_GUEST] += !json_object_get (answer, "profile");
    counts[VIEWERS_PARTIAL] +=
        json_object_size (json_object_get (answer, "missing")) > 0;
    counts[VIEWERS_STALE] +=
        json_array_size (json_object_get (answer, "stale")) > 0;
}

static void
s_ask_switch (viewers_scene_t *scene, viewers_visit_t *visit)
{
    visit->profile =
        (int) zp_random_below (&scene->random, (uint32_t) scene->profile_count);
    SET (visit->path, "/api/switch");
    SET (visit->body, "{\"profile\":\"%s\",\"device\":\"tv-%d\"}",
         s_profile (scene, visit), visit->viewer);
}

static void
s_ask_search (viewers_scene_t *scene, viewers_visit_t *visit)
{
    static const char *const genres[] = {"comedy",    "drama",  "romance",
                                         "horror",    "noir",   "adventure",
                                         "animation", "western"};
    const uint32_t count = sizeof genres / sizeof *genres;
    SET (visit->path, "/api/films?genre=%s&limit=5",
         genres[zp_random_below (&scene->random, count)]);
}

static void
s_ask_film (viewers_scene_t *scene, viewers_visit_t *visit)
{
    SET (visit->path, "/films/%s", scene->film.name);
    visit->part.end = scene->film.size;
    visit->code = 200;
}

//  All of it, or some of it
static void
s_ask_play (viewers_scene_t *scene, viewers_visit_t *visit)
{
    s_ask_film (scene, visit);
    if (zp_random_chance (&scene->random, 50))
        return;
    visit->part.at =
        zp_random_below (&scene->random, (uint32_t) scene->film.size);
    if (visit->part.end > visit->part.at + RANGE_BYTES)
        visit->part.end = visit->part.at + RANGE_BYTES;
    visit->code = 206;
    SET (visit->range, "%" PRId64 "-%" PRId64, visit->part.at,
         visit->part.end - 1);
}

static void
s_ask_subscribe (viewers_scene_t *scene, viewers_visit_t *visit)
{
    SET (visit->path, "/api/subscriptions");
    SET (visit->body, "{\"profile\":\"%s\",\"plan\":\"basic\"}",
         s_profile (scene, visit));
    s_new_key (scene, visit);
}

static void
s_ask_cancel (viewers_scene_t *scene, viewers_visit_t *visit)
{
    SET (visit->path, "/api/cancellations");
    SET (visit->body, "{\"profile\":\"%s\"}", s_profile (scene, visit));
    s_new_key (scene, visit);
}

static void
s_ask_support (viewers_scene_t *scene, viewers_visit_t *visit)
{
    static const char *const texts[] = {
        "The picture is upside down.", "I forgot my PIN.",
        "Which film has the train in it?", "My neighbour laughs too loud.",
        "There is no sound. It is a silent film, you say?"};
    const uint32_t count = sizeof texts / sizeof *texts;
    SET (visit->path, "/api/support");
    SET (visit->body, "{\"profile\":\"%s\",\"text\":\"%s\"}",
         s_profile (scene, visit),
         texts[zp_random_below (&scene->random, count)]);
    s_new_key (scene, visit);
}

static void
s_ask_export (viewers_scene_t *scene, viewers_visit_t *visit)
{
    SET (visit->path, "/api/exports");
    SET (visit->body, "{\"profile\":\"%s\"}", s_profile (scene, visit));
    s_new_key (scene, visit);
}

static void
s_ask_upload (viewers_scene_t *scene, viewers_visit_t *visit)
{
    SET (visit->path, "/api/uploads");
    SET (visit->body, "{\"film\":\"clip-%08x-%" PRIu64 "\"}",
         (unsigned) scene->id, scene->number++);
}

const viewers_act_t viewers_acts[VIEWERS_ACTS] = {
    {.name = "home",
     .weight = 440,
     .counts = HOME_COUNTS,
     .ask = s_ask_home,
     .judge = s_judge_home},
    {.name = "switch", .weight = 150, .ask = s_ask_switch},
    {.name = "search", .weight = 200, .ask = s_ask_search},
    {.name = "play",
     .weight = 40,
     .film = true,
     .counts = FILM_COUNTS,
     .ask = s_ask_play},
    {.name = "slow_play",
     .weight = 15,
     .most = 3,
     .bytes_per_s = SLOW_BYTES_PER_S,
     .film = true,
     .counts = FILM_COUNTS,
     .ask = s_ask_film},
    {.name = "subscribe",
     .weight = 10,
     .status = "/api/subscriptions/",
     .before = VIEWERS_PLAN_NONE,
     .after = VIEWERS_PLAN_SOME,
     .counts = LONG_COUNTS,
     .ask = s_ask_subscribe},
    {.name = "cancel",
     .weight = 10,
     .status = "/api/subscriptions/",
     .confirm = "/api/cancellations/",
     .before = VIEWERS_PLAN_SOME,
     .after = VIEWERS_PLAN_NONE,
     .counts = LONG_COUNTS,
     .ask = s_ask_cancel},
    {.name = "support",
     .weight = 500,
     .status = "/api/support/",
     .counts = LONG_COUNTS,
     .ask = s_ask_support},
    {.name = "export",
     .weight = 30,
     .status = "/api/exports/",
     .counts = LONG_COUNTS,
     .ask = s_ask_export},
    {.name = "upload",
     .weight = 5,
     .status = "/api/uploads/",
     .id = "upload",
     .counts = LONG_COUNTS,
     .ask = s_ask_upload},
};
