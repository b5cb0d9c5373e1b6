//  SPDX-License-Identifier: MIT
//
//  Which methods are called to do a step, and to take it back

#define _POSIX_C_SOURCE 200809L

#include <string.h>

#include "stage_json.h"
#include "stage_play_private.h"

//  True if both leave, or both let, a service in the same state
static bool
s_alike (const stage_step_t *one, const stage_step_t *other)
{
    bool down = (one->deed == STAGE_DO_KILL || one->deed == STAGE_DO_STOP) &&
                (other->deed == STAGE_DO_KILL || other->deed == STAGE_DO_STOP);
    if (one->deed != other->deed && !down)
        return false;
    return one->service && other->service
               ? strcmp (one->service, other->service) == 0
               : one->service == other->service;
}

//  A step of another scene that wants the same; NULL: there is none
static const stage_step_t *
s_other (const stage_play_t *self, const stage_act_t *act,
         const stage_step_t *step)
{
    for (size_t i = 0; i < self->scenes->count; i++)
        for (size_t j = 0; j < self->acts[i].scene->step_count; j++)
            if (&self->acts[i] != act && self->acts[i].done[j] &&
                s_alike (&self->acts[i].scene->steps[j], step))
                return &self->acts[i].scene->steps[j];
    return NULL;
}

//  For how long a rule of an act goes on; 0: for ever, below 0: no more
static int64_t
s_left_ms (const stage_act_t *act, const json_t *rule, int64_t now_ms)
{
    int64_t own_ms = stage_number (rule, "for_ms");
    int64_t passed_ms = now_ms - act->expect.since_ms;
    int64_t left_ms = act->until_ms ? act->until_ms - now_ms : 0;
    if (own_ms && own_ms <= passed_ms)
        return -1;
    if (own_ms && (!left_ms || own_ms - passed_ms < left_ms))
        left_ms = own_ms - passed_ms;
    return left_ms;
}

//  Add the rules of a step to those of a service
static void
s_add_rules (const stage_act_t *act, const stage_step_t *step, json_t *rules,
             int64_t now_ms)
{
    const stage_scope_t *scope = &act->scope;
    for (size_t i = 0; i < json_array_size (step->value); i++) {
        json_t *rule = json_deep_copy (json_array_get (step->value, i));
        int64_t left_ms = s_left_ms (act, rule, now_ms);
        if (scope->percent)
            json_object_set_new (rule, "percent",
                                 json_integer (scope->percent));
        if (*scope->profile)
            json_object_set_new (
                rule, "holds",
                json_sprintf ("\"profile\":\"%s\"", scope->profile));
        if (left_ms > 0)
            json_object_set_new (rule, "for_ms", json_integer (left_ms));
        if (left_ms >= 0)
            json_array_append (rules, rule);
        json_decref (rule);
    }
}

//  The rules of all scenes for a service, with or without one step. NULL: no
//  scene has any.
static json_t *
s_rules (const stage_play_t *self, const char *service,
         const stage_step_t *with, const stage_step_t *without, int64_t now_ms)
{
    json_t *rules = json_array ();
    bool any = false;
    for (size_t i = 0; i < self->scenes->count; i++)
        for (size_t j = 0; j < self->acts[i].scene->step_count; j++) {
            const stage_act_t *act = &self->acts[i];
            const stage_step_t *step = &act->scene->steps[j];
            if (step->deed != STAGE_DO_FAULTS || step == without ||
                strcmp (step->service, service) != 0 ||
                (!act->done[j] && step != with))
                continue;
            s_add_rules (act, step, rules, now_ms);
            any = true;
        }
    if (any)
        return rules;
    json_decref (rules);
    return NULL;
}

char *
stage_play_rules (const stage_play_t *self, const char *service, int64_t now_ms)
{
    json_t *rules = s_rules (self, service, NULL, NULL, now_ms);
    return rules ? stage_dump (rules) : NULL;
}

static void
s_set_rules (const stage_play_t *self, const stage_step_t *step, bool heal,
             int64_t now_ms, stage_effect_t *effect)
{
    json_t *rules = s_rules (self, step->service, heal ? NULL : step,
                             heal ? step : NULL, now_ms);
    effect->service = step->service;
    effect->method = "zp.faults";
    effect->dies_with_it = heal;
    effect->body = stage_dump (rules ? rules : json_array ());
}

static void
s_scale (const stage_step_t *step, int64_t to, stage_effect_t *effect)
{
    effect->method = "up.scale";
    effect->body = stage_dump (
        json_pack ("{ss sI}", "service", step->service, "to", (json_int_t) to));
}

static void
s_load (json_t *factor, stage_effect_t *effect)
{
    effect->service = STAGE_VIEWERS;
    effect->method = "load.set";
    effect->body = stage_dump (json_pack ("{so}", "factor", factor));
}

static bool
s_call (const stage_step_t *step, const json_t *call, stage_effect_t *effect)
{
    json_t *body = json_object_get (call, "body");
    effect->service = step->service;
    effect->method = json_string_value (json_object_get (call, "method"));
    effect->body = body ? stage_dump (json_incref (body)) : NULL;
    return effect->method;
}

bool
stage_play_effect (const stage_play_t *self, const stage_act_t *act, int number,
                   bool heal, int64_t now_ms, stage_effect_t *effect)
{
    static const char *const methods[][2] = {
        [STAGE_DO_KILL] = {"up.kill", "up.start"},
        [STAGE_DO_PAUSE] = {"up.pause", "up.resume"},
        [STAGE_DO_STOP] = {"up.stop", "up.start"}};
    const stage_step_t *step = &act->scene->steps[number];
    const stage_step_t *other = heal ? s_other (self, act, step) : NULL;
    *effect = (stage_effect_t){0};
    switch (step->deed) {
    case STAGE_DO_FAULTS:
        s_set_rules (self, step, heal, now_ms, effect);
        return true;
    case STAGE_DO_SCALE:
        s_scale (step,
                 other  ? json_integer_value (other->value)
                 : heal ? act->was[number]
                        : json_integer_value (step->value),
                 effect);
        return true;
    case STAGE_DO_LOAD:
        s_load (other  ? json_incref (other->value)
                : heal ? json_integer (1)
                       : json_incref (step->value),
                effect);
        return true;
    case STAGE_DO_CALL:
        return s_call (
            step, heal ? json_object_get (step->value, "heal") : step->value,
            effect);
    default:
        effect->method = methods[step->deed][heal];
        effect->body =
            stage_dump (json_pack ("{ss}", "service", step->service));
        if (!other)
            return true;
        free (effect->body);
        return false;
    }
}
