//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "stage_demands.h"

#include "member.h"
#include "stage_json.h"
#include "stage_private.h"
#include "stage_sweep.h"
#include "zp_args.h"
#include "zp_similar.h"

#define WAIT_MS     30000
#define WAIT_MAX_MS 3600000

//  What somebody waits for
typedef enum goal { BROKEN, HEALED, ALL_HEALED, SEEN, RECOVERED } goal_t;

typedef struct demand {
    stage_demands_t *demands;   // Where it stands
    zp_request_t *request;      // Who wants it
    goal_t goal;                // What
    int scene;                  // Of which; -1: of all
    stage_scope_t scope;        // BROKEN: how
    bool begun;                 // It has been set going
    bool sweeping;              // ALL_HEALED: what no scene has broken is next
    int64_t until_ms;           // SEEN, RECOVERED: not longer
    bool told[STAGE_LIST_MAX];  // The same: these pieces were sent
} demand_t;

struct stage_demands {
    stage_t *stage;  // Whose scenes
    zlistx_t *list;  // Of those that wait
    bool advancing;  // What is called from there need not do it again
};

//  An effect that is being done for a scene
typedef struct deed {
    stage_demands_t *demands;
    int scene;
} deed_t;

static void
s_on_done (void *arg, zp_status_t status, json_t *answer, const char *error)
{
    (void) answer;
    deed_t *deed = arg;
    stage_demands_t *self = deed->demands;
    char why[STAGE_ERROR];
    snprintf (why, sizeof why, "%s: %s", zp_status_name (status), error);
    stage_play_did (self->stage->play, deed->scene,
                    status == ZP_OK ? NULL : why, zclock_mono ());
    free (deed);
    stage_demands_advance (self);
}

//  The scene, as in the document
static void
s_reply (demand_t *demand)
{
    json_t *json = demand->scene == -1
                       ? json_object ()
                       : stage_play_json (demand->demands->stage->play,
                                          demand->scene, zclock_mono ());
    char *text = stage_dump (json);
    zp_request_reply (&demand->request, text, strlen (text));
    free (text);
}

static const char *
s_name (const demand_t *demand)
{
    return demand->demands->stage->scenes->list[demand->scene].name;
}

static void
s_look_broken (demand_t *demand)
{
    const stage_play_t *play = demand->demands->stage->play;
    const char *error = stage_play_error (play, demand->scene);
    stage_phase_t phase = stage_play_phase (play, demand->scene);
    if (phase == STAGE_ON)
        s_reply (demand);
    else if (phase == STAGE_OFF)
        zp_request_fail (&demand->request, *error ? ZP_INTERNAL : ZP_ABORTED,
                         "%s: %s", s_name (demand),
                         *error ? error : "it was healed");
}

static void
s_look_healed (demand_t *demand)
{
    const stage_play_t *play = demand->demands->stage->play;
    stage_phase_t phase = stage_play_phase (play, demand->scene);
    if (phase == STAGE_OFF)
        s_reply (demand);
    else if (phase == STAGE_ON)
        zp_request_fail (&demand->request, ZP_INTERNAL, "%s: %s",
                         s_name (demand),
                         stage_play_error (play, demand->scene));
}

static void
s_on_swept (void *arg, const char *error)
{
    demand_t *demand = arg;
    stage_demands_t *self = demand->demands;
    const stage_t *stage = self->stage;
    for (size_t i = 0; i < stage->scenes->count && !*error; i++)
        if (stage_play_phase (stage->play, (int) i) == STAGE_ON)
            error = stage_play_error (stage->play, (int) i);
    if (*error)
        zp_request_fail (&demand->request, ZP_INTERNAL, "%s", error);
    else
        s_reply (demand);
    stage_demands_advance (self);
}

//  When no scene is on its way any more, what is broken otherwise
static void
s_look_all_healed (demand_t *demand)
{
    stage_t *stage = demand->demands->stage;
    for (size_t i = 0; i < stage->scenes->count; i++) {
        stage_phase_t phase = stage_play_phase (stage->play, (int) i);
        if (phase == STAGE_BREAKING || phase == STAGE_HEALING)
            return;
    }
    if (demand->sweeping)
        return;
    demand->sweeping = true;
    stage_sweep (stage, s_on_swept, demand);
}

//  Send those that were seen since the last look
static void
s_tell (demand_t *demand, json_t *sights)
{
    size_t number;
    json_t *sight;
    json_array_foreach (sights, number, sight)
    {
        bool seen = json_is_true (json_object_get (sight, "seen"));
        if (demand->told[number] || !seen)
            continue;
        demand->told[number] = true;
        char *text = stage_dump (json_incref (sight));
        //  A peer that can take one reply only gets that
        zp_request_partial (demand->request, text, strlen (text));
        free (text);
    }
}

//  The first that was not seen
static const char *
s_missing (json_t *sights)
{
    size_t number;
    json_t *sight;
    json_array_foreach (sights, number, sight)
    {
        if (!json_is_true (json_object_get (sight, "seen")))
            return member_text (sight, "text");
    }
    return "";
}

static void
s_look_seen (demand_t *demand)
{
    const stage_play_t *play = demand->demands->stage->play;
    bool seen = demand->goal == SEEN;
    bool off = stage_play_phase (play, demand->scene) == STAGE_OFF;
    json_t *scene = stage_play_json (play, demand->scene, zclock_mono ());
    json_t *sights = json_object_get (scene, seen ? "seen" : "recovered");
    s_tell (demand, sights);
    if (seen ? stage_play_seen (play, demand->scene)
             : stage_play_recovered (play, demand->scene))
        s_reply (demand);
    else if (off && (seen || !stage_play_healed (play, demand->scene)))
        zp_request_fail (&demand->request, ZP_FAILED_PRECONDITION,
                         "%s is not %s; zp break %s", s_name (demand),
                         seen ? "on" : "broken", s_name (demand));
    else if (zclock_mono () >= demand->until_ms)
        zp_request_fail (&demand->request, ZP_DEADLINE_EXCEEDED,
                         "%s: not seen: %s", s_name (demand),
                         s_missing (sights));
    json_decref (scene);
}

//  Set going what is wanted, as soon as that can be
static void
s_begin (demand_t *demand)
{
    stage_play_t *play = demand->demands->stage->play;
    int64_t now_ms = zclock_mono ();
    int count = (int) demand->demands->stage->scenes->count;
    demand->begun = true;
    if (demand->goal == BROKEN)
        demand->begun =
            stage_play_break (play, demand->scene, &demand->scope, now_ms);
    if (demand->goal == HEALED)
        demand->begun = stage_play_heal (play, demand->scene, now_ms);
    for (int i = 0; i < count && demand->goal == ALL_HEALED; i++)
        demand->begun = stage_play_heal (play, i, now_ms) && demand->begun;
}

//  True if somebody has had an answer, and it is over.
static bool
s_look (demand_t *demand)
{
    static void (*const looks[]) (demand_t *
                                  demand) = {[BROKEN] = s_look_broken,
                                             [HEALED] = s_look_healed,
                                             [ALL_HEALED] = s_look_all_healed,
                                             [SEEN] = s_look_seen,
                                             [RECOVERED] = s_look_seen};
    bool busy = demand->sweeping;
    if (demand->request && !busy && zp_request_cancelled (demand->request))
        zp_request_fail (&demand->request, ZP_CANCELLED, "as you like");
    if (demand->request && demand->begun)
        looks[demand->goal](demand);
    return !demand->request;
}

static void
s_do_scenes (stage_demands_t *self)
{
    stage_t *stage = self->stage;
    stage_effect_t effect;
    for (int i = 0; i < (int) stage->scenes->count; i++)
        while (stage_play_next (stage->play, i, zclock_mono (), &effect)) {
            deed_t *deed = zmalloc (sizeof *deed);
            *deed = (deed_t){self, i};
            stage_do (stage, &effect, s_on_done, deed);
        }
}

void
stage_demands_advance (stage_demands_t *self)
{
    if (self->advancing || self->stage->ending)
        return;
    self->advancing = true;
    for (demand_t *demand = zlistx_first (self->list); demand;
         demand = zlistx_next (self->list))
        if (!demand->begun)
            s_begin (demand);
    s_do_scenes (self);
    size_t count = zlistx_size (self->list);
    bool answered = false;
    for (size_t i = 0; i < count; i++) {
        demand_t *demand = zlistx_detach (self->list, NULL);
        if (s_look (demand)) {
            answered = answered || demand->goal < SEEN;
            free (demand);
        }
        else
            zlistx_add_end (self->list, demand);
    }
    //  Who asks next shall see what has become of it
    if (answered)
        stage_publish (self->stage);
    self->advancing = false;
}

static void
s_demand (stage_demands_t *self, zp_request_t *request, const demand_t *wanted)
{
    demand_t *demand = zmalloc (sizeof *demand);
    *demand = *wanted;
    demand->demands = self;
    demand->request = request;
    zlistx_add_end (self->list, demand);
    //  What is wanted is compared with how it was, so look at that
    if (demand->goal == BROKEN)
        stage_look (self->stage);
    stage_demands_advance (self);
}

static void
s_no_scene (const stage_scenes_t *scenes, zp_request_t **request_p,
            const char *name)
{
    zp_similar_t similar = {.word = name};
    for (size_t i = 0; i < scenes->count; i++)
        zp_similar_try (&similar, scenes->list[i].name);
    if (!*name)
        zp_request_fail (request_p, ZP_INVALID_ARGUMENT, "which scene?");
    else if (similar.best)
        zp_request_fail (request_p, ZP_NOT_FOUND,
                         "there is no scene %s; did you mean %s?", name,
                         similar.best);
    else
        zp_request_fail (request_p, ZP_NOT_FOUND, "there is no scene %s", name);
}

//  Read the options of a request, of which the first is the scene. False if
//  they are wrong, which was answered.
static bool
s_read (stage_demands_t *self, zp_request_t **request_p, const zp_arg_t *args,
        size_t count, demand_t *demand)
{
    char error[ZP_ARGS_ERROR];
    demand->scene = -1;
    if (!zp_args_read (zp_request_arg (*request_p, 0), args, count, error)) {
        zp_request_fail (request_p, ZP_INVALID_ARGUMENT, "%s", error);
        return false;
    }
    const char *name = args[0].text;
    if (*name)
        demand->scene = stage_play_find (self->stage->play, name);
    else if (demand->goal == HEALED)
        demand->goal = ALL_HEALED;
    if (demand->scene != -1 || demand->goal == ALL_HEALED)
        return true;
    s_no_scene (self->stage->scenes, request_p, name);
    return false;
}

static void
s_on_break (zp_request_t *request, void *arg)
{
    demand_t demand = {.goal = BROKEN};
    char scene[64] = "";
    const zp_arg_t args[] = {
        {.name = "scene", .text = scene, .room = sizeof scene},
        {.name = "percent",
         .number = &demand.scope.percent,
         .min = 1,
         .max = 100},
        {.name = "profile",
         .text = demand.scope.profile,
         .room = sizeof demand.scope.profile},
        {.name = "for_ms",
         .number = &demand.scope.for_ms,
         .min = 1,
         .max = 86400000}};
    if (s_read (arg, &request, args, sizeof args / sizeof *args, &demand))
        s_demand (arg, request, &demand);
}

static void
s_on_heal (zp_request_t *request, void *arg)
{
    demand_t demand = {.goal = HEALED};
    char scene[64] = "";
    const zp_arg_t args[] = {
        {.name = "scene", .text = scene, .room = sizeof scene}};
    if (s_read (arg, &request, args, 1, &demand))
        s_demand (arg, request, &demand);
}

static void
s_on_wait (zp_request_t *request, void *arg)
{
    demand_t demand = {.goal = SEEN};
    char scene[64] = "", what[16] = "seen";
    int64_t timeout_ms = WAIT_MS;
    const zp_arg_t args[] = {
        {.name = "scene", .text = scene, .room = sizeof scene},
        {.name = "for", .text = what, .room = sizeof what},
        {.name = "timeout_ms",
         .number = &timeout_ms,
         .min = 0,
         .max = WAIT_MAX_MS}};
    if (!s_read (arg, &request, args, sizeof args / sizeof *args, &demand))
        return;
    if (streq (what, "recovered"))
        demand.goal = RECOVERED;
    else if (!streq (what, "seen")) {
        zp_request_fail (&request, ZP_INVALID_ARGUMENT,
                         "\"for\" is \"seen\" or \"recovered\"");
        return;
    }
    demand.until_ms = zclock_mono () + timeout_ms;
    s_demand (arg, request, &demand);
}

//  Nobody shall wait for those that wait
static void
s_on_draining (void *arg)
{
    stage_demands_t *self = arg;
    for (demand_t *demand = zlistx_first (self->list); demand;
         demand = zlistx_next (self->list))
        if (demand->request && !demand->sweeping)
            zp_request_fail (&demand->request, ZP_UNAVAILABLE,
                             "the stage is ending");
}

stage_demands_t *
stage_demands_new (stage_t *stage)
{
    stage_demands_t *self = zmalloc (sizeof *self);
    self->stage = stage;
    self->list = zlistx_new ();
    zp_server_method (stage->server, "stage.break", s_on_break, self);
    zp_server_method (stage->server, "stage.heal", s_on_heal, self);
    zp_server_method (stage->server, "stage.wait", s_on_wait, self);
    zp_server_on_draining (stage->server, s_on_draining, self);
    return self;
}

void
stage_demands_destroy (stage_demands_t **self_p)
{
    assert (self_p);
    stage_demands_t *self = *self_p;
    if (!self)
        return;
    demand_t *demand;
    while ((demand = zlistx_detach (self->list, NULL))) {
        if (demand->request)
            zp_request_fail (&demand->request, ZP_UNAVAILABLE,
                             "the stage is ending");
        free (demand);
    }
    zlistx_destroy (&self->list);
    free (self);
    *self_p = NULL;
}
