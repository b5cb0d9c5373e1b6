//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stage_play_private.h"

stage_play_t *
stage_play_new (const stage_scenes_t *scenes)
{
    stage_play_t *self = calloc (1, sizeof *self);
    assert (self);
    self->scenes = scenes;
    self->acts = calloc (scenes->count + 1, sizeof *self->acts);
    assert (self->acts);
    for (size_t i = 0; i < scenes->count; i++) {
        stage_act_t *act = &self->acts[i];
        act->scene = &scenes->list[i];
        act->step = -1;
        act->expect.sights = &act->scene->expect;
        act->recovered.sights = &act->scene->recovered;
        for (size_t j = 0; j < STAGE_LIST_MAX; j++)
            act->expect.seen_ms[j] = act->recovered.seen_ms[j] = -1;
    }
    return self;
}

static void
s_forget (stage_watched_t *watched)
{
    for (size_t i = 0; i < STAGE_LIST_MAX; i++) {
        json_decref (watched->before[i]);
        watched->before[i] = NULL;
        watched->seen_ms[i] = -1;
    }
}

void
stage_play_destroy (stage_play_t **self_p)
{
    assert (self_p);
    stage_play_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->scenes->count; i++) {
        s_forget (&self->acts[i].expect);
        s_forget (&self->acts[i].recovered);
    }
    free (self->acts);
    json_decref (self->document);
    free (self);
    *self_p = NULL;
}

int
stage_play_find (const stage_play_t *self, const char *name)
{
    for (size_t i = 0; i < self->scenes->count; i++)
        if (strcmp (self->scenes->list[i].name, name) == 0)
            return (int) i;
    return -1;
}

static void
s_enter (stage_act_t *act, stage_phase_t phase, int64_t now_ms)
{
    act->phase = phase;
    act->changed_ms = now_ms;
    memset (act->tried, 0, sizeof act->tried);
}

bool
stage_play_break (stage_play_t *self, int scene, const stage_scope_t *scope,
                  int64_t now_ms)
{
    stage_act_t *act = &self->acts[scene];
    if (act->phase != STAGE_OFF)
        return act->phase != STAGE_HEALING;
    act->scope = *scope;
    act->healed = false;
    act->error[0] = 0;
    s_forget (&act->expect);
    s_forget (&act->recovered);
    s_enter (act, STAGE_WANTED, now_ms);
    return true;
}

bool
stage_play_heal (stage_play_t *self, int scene, int64_t now_ms)
{
    stage_act_t *act = &self->acts[scene];
    if (act->phase == STAGE_WANTED)
        s_enter (act, STAGE_OFF, now_ms);
    if (act->phase == STAGE_ON) {
        act->error[0] = 0;
        stage_play_look_first (self, &act->recovered, true);
        s_enter (act, STAGE_HEALING, now_ms);
    }
    return act->phase != STAGE_BREAKING;
}

//  The step that comes next in this phase; -1: none
static int
s_step (const stage_act_t *act)
{
    int count = (int) act->scene->step_count;
    for (int i = 0; i < count && act->phase == STAGE_BREAKING; i++)
        if (!act->tried[i])
            return i;
    for (int i = count - 1; i >= 0 && act->phase == STAGE_HEALING; i--)
        if (act->done[i] && !act->tried[i])
            return i;
    return -1;
}

//  All of this phase has been tried
static void
s_finish (stage_act_t *act, int64_t now_ms)
{
    bool left = false;
    for (size_t i = 0; i < act->scene->step_count; i++)
        left = left || act->done[i];
    if (act->phase == STAGE_BREAKING)
        s_enter (act, STAGE_ON, now_ms);
    else if (act->phase == STAGE_HEALING) {
        s_enter (act, left ? STAGE_ON : STAGE_OFF, now_ms);
        //  It has not been on if it could not be broken
        act->healed = !left && !*act->error;
        act->recovered.since_ms = now_ms;
        //  Try again, but not before somebody says so
        act->until_ms = 0;
    }
}

bool
stage_play_next (stage_play_t *self, int scene, int64_t now_ms,
                 stage_effect_t *effect)
{
    stage_act_t *act = &self->acts[scene];
    if (act->step != -1 ||
        (act->phase != STAGE_BREAKING && act->phase != STAGE_HEALING))
        return false;
    for (;;) {
        int step = s_step (act);
        if (step == -1) {
            s_finish (act, now_ms);
            return false;
        }
        act->tried[step] = true;
        bool heal = act->phase == STAGE_HEALING;
        act->step = step;
        if (stage_play_effect (self, act, step, heal, now_ms, effect))
            return true;
        //  There is nothing to do
        stage_play_did (self, scene, NULL, now_ms);
    }
}

void
stage_play_did (stage_play_t *self, int scene, const char *error,
                int64_t now_ms)
{
    stage_act_t *act = &self->acts[scene];
    if (act->step == -1)
        return;
    const stage_step_t *step = &act->scene->steps[act->step];
    if (!error)
        act->done[act->step] = act->phase == STAGE_BREAKING;
    else if (!*act->error)
        snprintf (act->error, sizeof act->error, "%s%s%s: %s",
                  stage_deed_name (step->deed), step->service ? " " : "",
                  step->service ? step->service : "", error);
    act->step = -1;
    if (error && act->phase == STAGE_BREAKING)
        s_enter (act, STAGE_HEALING, now_ms);
}

stage_phase_t
stage_play_phase (const stage_play_t *self, int scene)
{
    return self->acts[scene].phase;
}

const char *
stage_play_error (const stage_play_t *self, int scene)
{
    return self->acts[scene].error;
}
