//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "viewers_follow.h"

#include "zp_fifo.h"

#define TURN_MS   500   // Between two turns
#define OPEN_SEEN 4     // Things in a turn that have not ended: it is over then
#define PATIENCE  8     // Turns for one that is first; then it goes behind all
#define OPEN_MAX  5000  // Things of one act

//  Something that was accepted
typedef struct thing {
    char id[64];     // Its
    int profile;     // For which it is
    bool confirmed;  // If it had to be
    bool gone;       // It has ended, or its place is another one now
    int open_seen;   // In so many turns it had not ended
} thing_t;

//  All things of one act. What was accepted first is mostly what ends first.
typedef struct line {
    viewers_follow_t *follow;  // Whose it is
    const viewers_act_t *act;  // Which
    zp_fifo_t things;          // The first one is not gone
    bool asking;               // About one of them:
    size_t at;                 // this one
    int open_seen;             // Things in this turn that have not ended
} line_t;

struct viewers_follow {
    zp_timers_t *timers;         // On the loop
    zp_timer_t timer;            // For the next turn
    viewers_http_t *http;        // Asks
    viewers_follow_fn *fn;       // Is told
    void *arg;                   // Given to that
    line_t lines[VIEWERS_ACTS];  // In the order of the acts
};

static void s_ask (line_t *self);

static thing_t *
s_thing (line_t *self)
{
    return zp_fifo_at (&self->things, self->at);
}

//  It has not ended
static void
s_pass_by (line_t *self)
{
    thing_t *thing = s_thing (self);
    self->open_seen++;
    if (++thing->open_seen < PATIENCE)
        return;
    thing_t last = *thing;
    last.open_seen = 0;
    thing->gone = true;
    zp_fifo_add (&self->things, &last);
}

//  Go on with the next one, but not if there was no answer: that can wait
static void
s_next (line_t *self, const viewers_answer_t *answer)
{
    thing_t *thing, gone;
    self->asking = false;
    self->at++;
    while ((thing = zp_fifo_at (&self->things, 0)) != NULL && thing->gone) {
        zp_fifo_take (&self->things, &gone);
        self->at -= self->at > 0;
    }
    while ((thing = s_thing (self)) != NULL && thing->gone)
        self->at++;
    if (thing && answer->code && self->open_seen < OPEN_SEEN)
        s_ask (self);
}

static void
s_on_state (void *arg, const viewers_answer_t *answer)
{
    static const char *const well[] = {"COMPLETED", "COMPENSATED", "answered",
                                       "ready", "encoded"};
    line_t *self = arg;
    json_t *json = answer->code == 200
                       ? json_loadb (answer->body, answer->size, 0, NULL)
                       : NULL;
    const char *state = json_string_value (json_object_get (json, "state"));
    bool ended = state && streq (state, "failed"), ended_well = false;
    for (size_t i = 0; state && i < sizeof well / sizeof *well; i++)
        ended_well = ended_well || streq (state, well[i]);
    json_decref (json);

    thing_t *thing = s_thing (self);
    thing->gone = ended || ended_well;
    if (thing->gone)
        self->follow->fn (self->follow->arg, self->act, thing->profile,
                          ended_well);
    else
        s_pass_by (self);
    s_next (self, answer);
}

static void
s_on_confirmed (void *arg, const viewers_answer_t *answer)
{
    line_t *self = arg;
    //  Its state will tell whether that was done, whatever is said here
    s_thing (self)->confirmed =
        answer->code && answer->code != 429 && answer->code != 503;
    s_pass_by (self);
    s_next (self, answer);
}

static void
s_ask (line_t *self)
{
    const thing_t *thing = s_thing (self);
    viewers_request_t request = {.fn = s_on_state, .arg = self};
    char path[200];
    self->asking = true;
    snprintf (path, sizeof path, "%s%s", self->act->status, thing->id);
    if (self->act->confirm && !thing->confirmed) {
        snprintf (path, sizeof path, "%s%s/confirm", self->act->confirm,
                  thing->id);
        request.body = "";
        request.fn = s_on_confirmed;
    }
    request.path = path;
    viewers_http_start (self->follow->http, &request);
}

static int
s_on_turn (zp_timer_t *timer, void *arg)
{
    viewers_follow_t *self = arg;
    for (int i = 0; i < VIEWERS_ACTS; i++) {
        line_t *line = &self->lines[i];
        if (line->asking || line->things.count == 0)
            continue;
        line->at = 0;
        line->open_seen = 0;
        s_ask (line);
    }
    zp_timers_set (self->timers, timer, zclock_mono () + TURN_MS);
    return 0;
}

viewers_follow_t *
viewers_follow_new (zp_timers_t *timers, viewers_http_t *http,
                    viewers_follow_fn *fn, void *arg)
{
    viewers_follow_t *self = zmalloc (sizeof *self);
    *self = (viewers_follow_t){
        .timers = timers, .http = http, .fn = fn, .arg = arg};
    for (int i = 0; i < VIEWERS_ACTS; i++)
        self->lines[i] = (line_t){.follow = self,
                                  .act = &viewers_acts[i],
                                  .things = {.item_size = sizeof (thing_t)}};
    zp_timer_init (&self->timer, s_on_turn, self);
    zp_timers_set (timers, &self->timer, zclock_mono () + TURN_MS);
    return self;
}

void
viewers_follow_destroy (viewers_follow_t **self_p)
{
    assert (self_p);
    viewers_follow_t *self = *self_p;
    if (!self)
        return;
    zp_timers_clear (self->timers, &self->timer);
    for (int i = 0; i < VIEWERS_ACTS; i++)
        zp_fifo_clear (&self->lines[i].things);
    free (self);
    *self_p = NULL;
}

void
viewers_follow_add (viewers_follow_t *self, const viewers_act_t *act,
                    const char *id, int profile)
{
    thing_t thing = {.profile = profile};
    snprintf (thing.id, sizeof thing.id, "%s", id);
    zp_fifo_add (&self->lines[act - viewers_acts].things, &thing);
}

bool
viewers_follow_has_room (const viewers_follow_t *self, const viewers_act_t *act)
{
    return self->lines[act - viewers_acts].things.count < OPEN_MAX;
}
