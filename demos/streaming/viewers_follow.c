//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "viewers_follow.h"

#include "zp_fifo.h"

#define TURN_MS   500   // Between two turns
#define OPEN_SEEN 4     // Things in a turn that have not ended, then it is over
#define OPEN_MAX  5000  // Things of one act

//  Something that was accepted
typedef struct thing {
    char id[64];     // Its
    int profile;     // For which it is
    bool confirmed;  // If it had to be
} thing_t;

//  All things of one act
typedef struct line {
    viewers_follow_t *follow;  // Whose it is
    const viewers_act_t *act;  // Which
    zp_fifo_t things;          // To be asked for, but for the next
    thing_t asked;             // That is asked for now
    bool asking;               // There is one
    size_t left;               // To be asked for in this turn
    int open_seen;             // In this turn
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

//  Put it back into its line, or tell that it has ended, and go on
static void
s_heard (line_t *self, const viewers_answer_t *answer, bool ended, bool well)
{
    self->asking = false;
    if (ended)
        self->follow->fn (self->follow->arg, self->act, self->asked.profile,
                          well);
    else {
        zp_fifo_add (&self->things, &self->asked);
        self->open_seen++;
    }
    if (answer->code && self->left > 0 && self->open_seen < OPEN_SEEN)
        s_ask (self);
}

static void
s_on_state (void *arg, const viewers_answer_t *answer)
{
    static const char *const well[] = {"COMPLETED", "COMPENSATED", "answered",
                                       "ready", "encoded"};
    line_t *self = arg;
    json_t *thing = answer->code == 200
                        ? json_loadb (answer->body, answer->size, 0, NULL)
                        : NULL;
    const char *state = json_string_value (json_object_get (thing, "state"));
    bool ended = state && streq (state, "failed"), ended_well = false;
    for (size_t i = 0; state && i < sizeof well / sizeof *well; i++)
        ended_well = ended_well || streq (state, well[i]);
    json_decref (thing);
    s_heard (self, answer, ended || ended_well, ended_well);
}

static void
s_on_confirmed (void *arg, const viewers_answer_t *answer)
{
    line_t *self = arg;
    //  Its state will tell whether that was done, whatever is said here
    self->asked.confirmed =
        answer->code && answer->code != 429 && answer->code != 503;
    s_heard (self, answer, false, false);
}

//  Ask for the first in the line
static void
s_ask (line_t *self)
{
    viewers_request_t request = {.fn = s_on_state, .arg = self};
    char path[200];
    zp_fifo_take (&self->things, &self->asked);
    self->asking = true;
    self->left--;
    snprintf (path, sizeof path, "%s%s", self->act->status, self->asked.id);
    if (self->act->confirm && !self->asked.confirmed) {
        snprintf (path, sizeof path, "%s%s/confirm", self->act->confirm,
                  self->asked.id);
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
        line->left = line->things.count;
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
