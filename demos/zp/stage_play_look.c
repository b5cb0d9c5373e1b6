//  SPDX-License-Identifier: MIT
//
//  What was to be seen of a scene, and was

#define _POSIX_C_SOURCE 200809L

#include <string.h>

#include "member.h"
#include "stage_play_private.h"

void
stage_play_look_first (const stage_play_t *self, stage_watched_t *watched,
                       bool again)
{
    for (size_t i = 0; i < watched->sights->count; i++) {
        const stage_condition_t *see = &watched->sights->list[i].see;
        if (again && see->verb == STAGE_SAME)
            continue;
        json_decref (watched->before[i]);
        watched->before[i] =
            json_deep_copy (stage_value (self->document, see->path));
    }
}

static bool
s_all_seen (const stage_watched_t *watched)
{
    for (size_t i = 0; i < watched->sights->count; i++)
        if (watched->seen_ms[i] == -1)
            return false;
    return true;
}

//  Remember those that hold now, of what lasts or of what does not. True if all
//  of these were seen.
static bool
s_look_at (const stage_play_t *self, stage_watched_t *watched, bool lasting,
           int64_t now_ms)
{
    bool all = true;
    for (size_t i = 0; i < watched->sights->count; i++) {
        const stage_condition_t *see = &watched->sights->list[i].see;
        if (stage_condition_lasts (see) != lasting)
            continue;
        const json_t *now = stage_value (self->document, see->path);
        if (watched->seen_ms[i] == -1 &&
            stage_condition_holds (see, watched->before[i], now))
            watched->seen_ms[i] = now_ms - watched->since_ms;
        all = all && watched->seen_ms[i] != -1;
    }
    return all;
}

static void
s_look (const stage_play_t *self, stage_watched_t *watched, int64_t now_ms)
{
    //  Who has said nothing yet is compared with what he says first
    for (size_t i = 0; i < watched->sights->count; i++) {
        const stage_condition_t *see = &watched->sights->list[i].see;
        if (see->verb == STAGE_SAME && !watched->before[i])
            watched->before[i] =
                json_deep_copy (stage_value (self->document, see->path));
    }
    //  It need not last for longer than until all else was seen
    if (s_look_at (self, watched, false, now_ms))
        s_look_at (self, watched, true, now_ms);
}

//  How many of a service there are, as far as the document knows
static int64_t
s_size (const json_t *document, const char *group)
{
    json_t *services = json_object_get (document, "services"), *service;
    const char *name;
    int64_t size = 0;
    json_object_foreach (services, name, service) size +=
        strcmp (member_text (service, "group"), group) == 0 &&
        strcmp (member_text (service, "state"), "off") != 0;
    return size;
}

//  Now it is known how all was: begin
static void
s_begin (const stage_play_t *self, stage_act_t *act, int64_t now_ms)
{
    const stage_scene_t *scene = act->scene;
    int64_t for_ms = act->scope.for_ms ? act->scope.for_ms : scene->for_ms;
    act->phase = STAGE_BREAKING;
    act->changed_ms = act->expect.since_ms = now_ms;
    act->until_ms = for_ms ? now_ms + for_ms : 0;
    stage_play_look_first (self, &act->expect, false);
    stage_play_look_first (self, &act->recovered, false);
    for (size_t i = 0; i < scene->step_count; i++)
        if (scene->steps[i].deed == STAGE_DO_SCALE)
            act->was[i] = s_size (self->document, scene->steps[i].service);
}

void
stage_play_look (stage_play_t *self, json_t *document, int64_t asked_ms,
                 int64_t now_ms)
{
    json_decref (self->document);
    self->document = json_incref (document);
    for (size_t i = 0; i < self->scenes->count; i++) {
        stage_act_t *act = &self->acts[i];
        //  What was asked for before that is no news
        bool fresh = asked_ms >= act->changed_ms;
        if (act->phase == STAGE_WANTED && fresh)
            s_begin (self, act, now_ms);
        if (act->phase == STAGE_ON && fresh)
            s_look (self, &act->expect, now_ms);
        if (act->phase == STAGE_OFF && act->healed && fresh)
            s_look (self, &act->recovered, now_ms);
        if (act->phase == STAGE_ON && act->until_ms && now_ms >= act->until_ms)
            stage_play_heal (self, (int) i, now_ms);
    }
}

bool
stage_play_seen (const stage_play_t *self, int scene)
{
    return self->acts[scene].phase != STAGE_WANTED &&
           s_all_seen (&self->acts[scene].expect);
}

bool
stage_play_healed (const stage_play_t *self, int scene)
{
    return self->acts[scene].phase == STAGE_OFF && self->acts[scene].healed;
}

bool
stage_play_recovered (const stage_play_t *self, int scene)
{
    return stage_play_healed (self, scene) &&
           s_all_seen (&self->acts[scene].recovered);
}

static json_t *
s_sights_json (const stage_watched_t *watched)
{
    json_t *json = json_array ();
    for (size_t i = 0; i < watched->sights->count; i++) {
        int64_t seen_ms = watched->seen_ms[i];
        json_t *one =
            json_pack ("{ss sb}", "text", watched->sights->list[i].text, "seen",
                       seen_ms != -1);
        if (seen_ms != -1)
            json_object_set_new (one, "after_ms", json_integer (seen_ms));
        json_array_append_new (json, one);
    }
    return json;
}

json_t *
stage_play_json (const stage_play_t *self, int scene, int64_t now_ms)
{
    static const char *const phases[] = {[STAGE_OFF] = "off",
                                         [STAGE_WANTED] = "breaking",
                                         [STAGE_BREAKING] = "breaking",
                                         [STAGE_ON] = "on",
                                         [STAGE_HEALING] = "healing"};
    const stage_act_t *act = &self->acts[scene];
    json_t *json = json_deep_copy (act->scene->json);
    bool begun = act->phase != STAGE_OFF && act->phase != STAGE_WANTED;
    json_object_set_new (json, "phase", json_string (phases[act->phase]));
    json_object_set_new (json, "on", json_boolean (begun));
    if (begun)
        json_object_set_new (json, "since_ms",
                             json_integer (now_ms - act->expect.since_ms));
    if (begun && act->until_ms)
        json_object_set_new (
            json, "faults_left_ms",
            json_integer (act->until_ms > now_ms ? act->until_ms - now_ms : 0));
    if (*act->error)
        json_object_set_new (json, "error", json_string (act->error));
    json_object_set_new (json, "seen", s_sights_json (&act->expect));
    json_object_set_new (json, "recovered", s_sights_json (&act->recovered));
    return json;
}
