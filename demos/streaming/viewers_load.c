//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "viewers_load.h"

#include "viewers_figures.h"
#include "viewers_follow.h"

#include <math.h>

#define RATE     28   // Acts a second, at the usual rate
#define VIEWERS  200  // Of whom each does something in ten seconds
#define OPEN_MAX 512  // Requests
#define LATE_US  INT64_C (1000000)  // Who could not begin until then gives up
#define DRAWS    20                 // Until one is found that can be done now

typedef struct viewer {
    int64_t away_until_ms;  // Told to stay away; 0: not
    int profile;            // Watches as this one
} viewer_t;

struct viewers_load {
    viewers_lost_fn *lost;      // Told that nobody listens
    void *lost_arg;             // Given to that
    zp_timers_t *timers;        // On the loop
    zp_timer_t timer;           // For the next viewer who comes
    int64_t next_us;            // When that should be
    viewers_http_t *http;       // Asks the server
    bool known;                 // Where that is
    viewers_follow_t *follow;   // Looks what becomes of what was accepted
    viewers_scene_t scene;      // What acts need
    viewer_t *viewers;          // All
    int viewer_room;            // How many there have been at most
    int viewer_count;           // How many of them come
    double factor;              // Of the usual rate
    int open[VIEWERS_ACTS];     // Acts under way
    uint32_t weight;            // Of all acts together
    viewers_figures_t figures;  // What came of it
};

static void
s_on_ended (void *arg, const viewers_act_t *act, int profile, bool well)
{
    viewers_load_t *self = arg;
    uint64_t *counts = self->figures.counts[act - viewers_acts];
    counts[well ? VIEWERS_FINISHED : VIEWERS_LOST]++;
    if (act->after)
        self->scene.profiles[profile].plan = act->after;
}

//  The film comes
static void
s_on_data (void *arg, int code, const void *data, size_t size)
{
    viewers_visit_t *visit = arg;
    viewers_load_t *self = visit->load;
    if (code != visit->code)
        return;
    self->figures.counts[visit->act - viewers_acts][VIEWERS_BYTES] += size;
    viewers_film_take (&self->scene.film, &visit->part, data, size);
}

//  Take an answer in JSON. False if it makes no sense.
static bool
s_read (viewers_load_t *self, viewers_visit_t *visit,
        const viewers_answer_t *answer, uint64_t *counts)
{
    const viewers_act_t *act = visit->act;
    json_t *json = json_loadb (answer->body, answer->size, 0, NULL);
    const char *id =
        json_string_value (json_object_get (json, act->id ? act->id : "id"));
    bool well = json_is_object (json) && (id || !act->status);
    if (well && act->judge)
        act->judge (json, counts);
    if (well && act->status) {
        counts[VIEWERS_ACCEPTED]++;
        viewers_follow_add (self->follow, act, id, visit->profile);
    }
    json_decref (json);
    return well;
}

//  What it is counted as
static viewers_count_t
s_verdict (viewers_load_t *self, viewers_visit_t *visit,
           const viewers_answer_t *answer, uint64_t *counts)
{
    int code = answer->code;
    bool well = visit->code ? code == visit->code : code == 200 || code == 202;
    if ((code == 429 || code == 503) && answer->retry_after_s > 0)
        return VIEWERS_SHED;
    if (visit->act->film) {
        bool wrong =
            visit->part.wrong || (well && !viewers_part_right (&visit->part));
        counts[VIEWERS_WRONG] += wrong;
        well = well && !wrong;
    }
    else
        well = well && s_read (self, visit, answer, counts);
    return well ? VIEWERS_OK : VIEWERS_FAILED;
}

static void
s_on_answer (void *arg, const viewers_answer_t *answer)
{
    viewers_visit_t *visit = arg;
    viewers_load_t *self = visit->load;
    const long act = visit->act - viewers_acts;
    viewers_recent_t *recent = &self->figures.recent[act];
    uint64_t *counts = self->figures.counts[act];
    uint64_t stale = counts[VIEWERS_STALE];
    int64_t now_us = zclock_usecs ();
    //  A film is there when it begins
    int64_t time_us =
        (visit->act->film ? answer->first_us : now_us) - visit->intended_us;
    viewers_count_t verdict = s_verdict (self, visit, answer, counts);
    counts[VIEWERS_DONE]++;
    counts[verdict]++;
    viewers_recent_count (recent, now_us);
    if (verdict == VIEWERS_OK)
        viewers_recent_time (recent, now_us, time_us);
    else if (visit->act->before)
        self->scene.profiles[visit->profile].plan = visit->act->before;
    if (counts[VIEWERS_STALE] > stale)
        viewers_recent_time (&self->figures.stale, now_us, time_us);
    if (verdict == VIEWERS_SHED)
        self->viewers[visit->viewer].away_until_ms =
            now_us / 1000 + (int64_t) answer->retry_after_s * 1000;
    if (answer->unreachable)
        self->lost (self->lost_arg);
    self->open[act]--;
    free (visit);
}

//  A profile at random with that plan; -1 if there is none
static int
s_profile (viewers_scene_t *scene, viewers_plan_t plan)
{
    uint32_t count = (uint32_t) scene->profile_count;
    uint32_t first = zp_random_below (&scene->random, count);
    for (uint32_t i = 0; i < count; i++)
        if (scene->profiles[(first + i) % count].plan == plan)
            return (int) ((first + i) % count);
    return -1;
}

static const viewers_act_t *
s_draw (viewers_load_t *self)
{
    uint32_t at = zp_random_below (&self->scene.random, self->weight);
    const viewers_act_t *act = viewers_acts;
    while (at >= (uint32_t) act->weight)
        at -= (uint32_t) act++->weight;
    return act;
}

//  Find something to do for a viewer. False if there is nothing.
static bool
s_choose (viewers_load_t *self, viewers_visit_t *visit)
{
    for (int i = 0; i < DRAWS; i++) {
        const viewers_act_t *act = s_draw (self);
        int profile = act->before ? s_profile (&self->scene, act->before)
                                  : self->viewers[visit->viewer].profile;
        if (profile == -1 ||
            (act->most && self->open[act - viewers_acts] >= act->most) ||
            !viewers_follow_has_room (self->follow, act))
            continue;
        visit->act = act;
        visit->profile = profile;
        return true;
    }
    return false;
}

static void
s_begin (viewers_load_t *self, viewers_visit_t *visit)
{
    const viewers_act_t *act = visit->act;
    act->ask (&self->scene, visit);
    self->viewers[visit->viewer].profile = visit->profile;
    if (act->before)
        self->scene.profiles[visit->profile].plan = VIEWERS_PLAN_OPEN;
    self->open[act - viewers_acts]++;
    viewers_request_t request = {.path = visit->path,
                                 .body = *visit->body ? visit->body : NULL,
                                 .key = *visit->key ? visit->key : NULL,
                                 .range = *visit->range ? visit->range : NULL,
                                 .bytes_per_s = act->bytes_per_s,
                                 .data = act->film ? s_on_data : NULL,
                                 .fn = s_on_answer,
                                 .arg = visit};
    viewers_http_start (self->http, &request);
}

//  Somebody comes, or should have come at that time
static void
s_come (viewers_load_t *self, int64_t now_us)
{
    uint32_t viewer =
        zp_random_below (&self->scene.random, (uint32_t) self->viewer_count);
    if (self->viewers[viewer].away_until_ms > now_us / 1000)
        return;
    viewers_visit_t *visit = NULL;
    if (now_us - self->next_us < LATE_US &&
        viewers_http_open (self->http) < OPEN_MAX) {
        visit = zmalloc (sizeof *visit);
        *visit = (viewers_visit_t){
            .load = self, .viewer = (int) viewer, .intended_us = self->next_us};
    }
    if (visit && s_choose (self, visit))
        s_begin (self, visit);
    else {
        self->figures.given_up++;
        free (visit);
    }
}

//  How long until the next one comes: memoryless, and so exponential
static int64_t
s_gap_us (viewers_load_t *self)
{
    double even =
        (double) (zp_random_next (&self->scene.random) >> 11) * 0x1p-53;
    return (int64_t) (-log1p (-even) * 1e6 / (RATE * self->factor));
}

static int
s_on_time (zp_timer_t *timer, void *arg)
{
    viewers_load_t *self = arg;
    int64_t now_us = zclock_usecs ();
    while (self->next_us <= now_us) {
        s_come (self, now_us);
        self->next_us += s_gap_us (self);
    }
    zp_timers_set (self->timers, timer, self->next_us / 1000 + 1);
    return 0;
}

static void
s_init_profiles (viewers_scene_t *scene, const json_t *profiles)
{
    size_t i;
    json_t *profile;
    scene->profile_count = (int) json_array_size (profiles);
    scene->profiles =
        zmalloc ((size_t) scene->profile_count * sizeof *scene->profiles);
    json_array_foreach (profiles, i, profile)
    {
        const char *id = json_string_value (json_object_get (profile, "id"));
        snprintf (scene->profiles[i].id, sizeof scene->profiles[i].id, "%s",
                  id);
        scene->profiles[i].plan = VIEWERS_PLAN_NONE;
    }
}

viewers_load_t *
viewers_load_new (zloop_t *loop, const viewers_load_options_t *options)
{
    assert (json_array_size (options->profiles) > 0);
    viewers_load_t *self = zmalloc (sizeof *self);
    self->lost = options->lost;
    self->lost_arg = options->lost_arg;
    self->scene.film = options->film;
    self->scene.id = zp_random_entropy ();
    zp_random_seed (&self->scene.random, options->seed);
    s_init_profiles (&self->scene, options->profiles);
    for (int i = 0; i < VIEWERS_ACTS; i++)
        self->weight += (uint32_t) viewers_acts[i].weight;
    self->timers = zp_timers_new (loop);
    self->http = viewers_http_new (loop, self->timers, options->patience_s);
    viewers_http_tap (self->http, options->tap, options->endpoint);
    self->follow =
        viewers_follow_new (self->timers, self->http, s_on_ended, self);
    zp_timer_init (&self->timer, s_on_time, self);
    viewers_load_set (self, options->factor);
    return self;
}

void
viewers_load_destroy (viewers_load_t **self_p)
{
    assert (self_p);
    viewers_load_t *self = *self_p;
    if (!self)
        return;
    viewers_http_destroy (&self->http);
    viewers_follow_destroy (&self->follow);
    zp_timers_destroy (&self->timers);
    viewers_figures_clear (&self->figures);
    viewers_film_close (&self->scene.film);
    free (self->scene.profiles);
    free (self->viewers);
    free (self);
    *self_p = NULL;
}

//  Let them come from now on, or not any more
static void
s_open_doors (viewers_load_t *self)
{
    zp_timers_clear (self->timers, &self->timer);
    if (!self->known || self->factor == 0)
        return;
    self->next_us = zclock_usecs () + s_gap_us (self);
    zp_timers_set (self->timers, &self->timer, self->next_us / 1000 + 1);
}

void
viewers_load_server (viewers_load_t *self, const char *url)
{
    viewers_http_server (self->http, url);
    if (!self->known) {
        self->known = true;
        s_open_doors (self);
    }
}

void
viewers_load_set (viewers_load_t *self, double factor)
{
    assert (factor >= 0 && factor <= VIEWERS_FACTOR_MAX);
    viewers_scene_t *scene = &self->scene;
    self->factor = factor;
    self->viewer_count = (int) ceil (VIEWERS * factor);
    if (self->viewer_count > self->viewer_room) {
        self->viewers = realloc (self->viewers, (size_t) self->viewer_count *
                                                    sizeof *self->viewers);
        assert (self->viewers);
    }
    for (; self->viewer_room < self->viewer_count; self->viewer_room++)
        self->viewers[self->viewer_room] =
            (viewer_t){.profile = (int) zp_random_below (
                           &scene->random, (uint32_t) scene->profile_count)};
    s_open_doors (self);
}

int
viewers_load_open (const viewers_load_t *self)
{
    return viewers_http_open (self->http);
}

json_t *
viewers_load_stats (const viewers_load_t *self)
{
    int64_t now_us = zclock_usecs ();
    int away = 0;
    for (int i = 0; i < self->viewer_count; i++)
        away += self->viewers[i].away_until_ms > now_us / 1000;
    json_t *json = json_pack ("{s:f s:f s:i s:i}", "factor", self->factor,
                              "wanted_rate", RATE * self->factor, "viewers",
                              self->viewer_count, "away", away);
    json_t *figures = viewers_figures_json (&self->figures, now_us);
    json_object_update (json, figures);
    json_decref (figures);
    return json;
}
