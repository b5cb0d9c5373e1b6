//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "player.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define PLANS 32
#define WAITS 64

//  What is known of a key
typedef struct effect {
    enum { NONE, WORKING, DONE, NO, UNDONE } state;
} effect_t;

typedef struct plan {
    char command[100];  // "a!", or "x/a!"
    int times;          // How often, still; -1: for ever
    player_way_t way;   // What then
} plan_t;

typedef struct wait {
    size_t number;  // Of the letter
    bool done;      // Only its reply waits
} wait_t;

struct player {
    peer_t *peer;         // Its socket
    zhashx_t *effects;    // effect_t, by key
    zhashx_t *came;       // All that came, as texts, by saga
    plan_t plans[PLANS];  // From the first one on
    size_t plan_count;    // How many
    wait_t waits[WAITS];  // The first one first
    size_t wait_count;    // How many
    char given[1000];     // By the last command
    player_fn *fn;        // Told of each; NULL: nobody is
    void *arg;            // Given to that
};

static void
s_free (void **item)
{
    free (*item);
    *item = NULL;
}

//  A command, read
typedef struct command {
    char key[100];   // "SAGA/STEP"
    char text[110];  // With its mark
    bool undo;       // A compensation
    bool ask;        // Only a question
} command_t;

static command_t
s_read (const letter_t *letter)
{
    command_t command = {.undo = letter_says (letter, 2, "compensate"),
                         .ask = letter_says (letter, 0, "saga.status")};
    assert_int_equal (letter->count, command.ask ? 3 : 6);
    assert_true (command.undo || letter_says (letter, 2, "action"));
    snprintf (command.key, sizeof command.key, "%.*s",
              (int) letter->part[1].size, (const char *) letter->part[1].data);
    snprintf (command.text, sizeof command.text, "%s%s", command.key,
              command.ask    ? "?"
              : command.undo ? "-"
                             : "!");
    return command;
}

static effect_t *
s_effect (player_t *self, const char *key)
{
    effect_t *effect = zhashx_lookup (self->effects, key);
    if (!effect) {
        effect = zmalloc (sizeof *effect);
        zhashx_insert (self->effects, key, effect);
    }
    return effect;
}

static void
s_reply (player_t *self, size_t number, const char *const *texts, size_t count)
{
    const letter_t *letter = peer_letter (self->peer, number);
    zp_envelope_t envelope = letter->envelope;
    envelope.kind = ZP_REPLY;
    zp_span_t parts[3];
    for (size_t i = 0; i < count; i++)
        parts[i] = (zp_span_t){texts[i], strlen (texts[i])};
    peer_send_open (self->peer, letter, &envelope, parts, count);
}

//  Say what is known of the command's side
static void
s_say (player_t *self, size_t number, const command_t *command)
{
    const effect_t *effect = s_effect (self, command->key);
    char result[120];
    snprintf (result, sizeof result, "{\"key\":\"%s\"}", command->key);
    const char *const done[] = {"done", command->undo ? "null" : result};
    const char *const refused[] = {"refused", "SOLD_OUT", "nothing is left"};
    const char *const ongoing[] = {"ongoing", "20"};
    const char *const unknown[] = {"unknown"};
    bool undone = effect->state == UNDONE;
    if (effect->state == NONE || (command->undo && !undone))
        s_reply (self, number, unknown, 1);
    else if (effect->state == WORKING)
        s_reply (self, number, ongoing, 2);
    else if (effect->state == NO || (undone && !command->undo))
        s_reply (self, number, refused, 3);
    else
        s_reply (self, number, done, 2);
}

//  It takes effect, if that is to be
static void
s_happen (player_t *self, const command_t *command, player_way_t way)
{
    effect_t *effect = s_effect (self, command->key);
    bool no = way == PLAYER_REFUSE || way == PLAYER_KEEP_NO;
    bool open = effect->state == NONE || effect->state == WORKING;
    if (command->ask && effect->state != WORKING)
        return;
    if (command->undo && effect->state != NO)
        effect->state = UNDONE;
    else if (!command->undo && open)
        effect->state = no ? NO : way == PLAYER_ONGOING ? WORKING : DONE;
}

//  The compensation of what was refused is done, without effect
static void
s_answer (player_t *self, size_t number, const command_t *command)
{
    const char *const nothing[] = {"done", "null"};
    if (command->undo && s_effect (self, command->key)->state == NO)
        s_reply (self, number, nothing, 2);
    else
        s_say (self, number, command);
}

static void
s_break (player_t *self, size_t number, const command_t *command,
         player_way_t way)
{
    const char *const garbage[] = {"well", "done"};
    const char *const no_json[] = {"done", "{key"};
    const char *const no[] = {"refused", "NOT_NOW", "nobody is there"};
    if (way == PLAYER_REFUSE && command->undo)
        s_reply (self, number, no, 3);
    else if (way == PLAYER_GARBAGE)
        s_reply (self, number, garbage, 2);
    else if (way == PLAYER_NO_JSON)
        s_reply (self, number, no_json, 2);
    else if (way == PLAYER_FAIL)
        peer_fail (self->peer, number, ZP_UNAVAILABLE, 0, "not now");
    else if (way == PLAYER_CANCELLED)
        peer_fail (self->peer, number, ZP_CANCELLED, 0, "why not");
    else {
        if (way == PLAYER_PIECES) {
            peer_piece (self->peer, number, "refused");
            peer_piece (self->peer, number, "done");
        }
        s_answer (self, number, command);
        if (way == PLAYER_TWICE)
            s_answer (self, number, command);
    }
}

static void
s_wait (player_t *self, size_t number, bool done)
{
    assert_true (self->wait_count < WAITS);
    self->waits[self->wait_count++] = (wait_t){number, done};
}

static void
s_go (player_t *self, size_t number, player_way_t way)
{
    command_t command = s_read (peer_letter (self->peer, number));
    bool refused = way == PLAYER_REFUSE && command.undo;
    if (way == PLAYER_LATE)
        s_wait (self, number, false);
    else if (way != PLAYER_LOSE && way != PLAYER_FAIL &&
             way != PLAYER_CANCELLED && !refused)
        s_happen (self, &command, way);
    if (way == PLAYER_KEEP || way == PLAYER_KEEP_NO)
        s_wait (self, number, true);
    else if (way != PLAYER_LATE && way != PLAYER_LOSE && way != PLAYER_MUTE)
        s_break (self, number, &command, way);
}

static player_way_t
s_way (player_t *self, const char *text)
{
    for (size_t i = self->plan_count; i-- > 0;) {
        plan_t *plan = &self->plans[i];
        const char *slash = strchr (text, '/');
        if (plan->times != 0 &&
            (streq (plan->command, text) || streq (plan->command, slash + 1))) {
            plan->times -= plan->times > 0;
            return plan->way;
        }
    }
    return PLAYER_DO;
}

//  Write down what came, and see that nothing begins that should be over
static void
s_note (player_t *self, const letter_t *letter, const command_t *command)
{
    char saga[100];
    snprintf (saga, sizeof saga, "%.*s", (int) strcspn (command->key, "/"),
              command->key);
    const char *mark = strchr (command->text, '/') + 1;
    const char *before = zhashx_lookup (self->came, saga);
    if (before && strchr (before, '-') && strchr (mark, '!'))
        assert_non_null (strstr (before, mark));
    char *all =
        zsys_sprintf ("%s%s%s", before ? before : "", before ? " " : "", mark);
    zhashx_update (self->came, saga, all);
    self->given[0] = 0;
    for (size_t i = 3, size = 0; i < letter->count; i++) {
        snprintf (self->given + size, sizeof self->given - size, "%s%.*s",
                  i > 3 ? " " : "", (int) letter->part[i].size,
                  (const char *) letter->part[i].data);
        size = strlen (self->given);
    }
}

static void
s_on_letter (peer_t *peer, size_t number, void *arg)
{
    player_t *self = arg;
    const letter_t *letter = peer_letter (peer, number);
    if (letter->envelope.kind != ZP_REQUEST)
        return;  // It was cancelled
    command_t command = s_read (letter);
    if (self->fn && !command.ask)
        self->fn (self->arg, command.key, command.undo);
    s_note (self, letter, &command);
    s_go (self, number, s_way (self, command.text));
}

player_t *
player_new (zloop_t *loop, const char *endpoint)
{
    player_t *self = zmalloc (sizeof *self);
    self->peer = peer_new_service (loop, endpoint);
    self->effects = zhashx_new ();
    self->came = zhashx_new ();
    zhashx_set_destructor (self->effects, s_free);
    zhashx_set_destructor (self->came, s_free);
    peer_script (self->peer, s_on_letter, self);
    return self;
}

void
player_destroy (player_t **self_p)
{
    player_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    peer_destroy (&self->peer);
    zhashx_destroy (&self->effects);
    zhashx_destroy (&self->came);
    free (self);
}

const char *
player_endpoint (player_t *self)
{
    return peer_endpoint (self->peer);
}

void
player_plan (player_t *self, const char *command, int times, player_way_t way)
{
    assert_true (self->plan_count < PLANS);
    plan_t *plan = &self->plans[self->plan_count++];
    *plan = (plan_t){.times = times, .way = way};
    snprintf (plan->command, sizeof plan->command, "%s", command);
}

void
player_listen (player_t *self, player_fn *fn, void *arg)
{
    self->fn = fn;
    self->arg = arg;
}

const char *
player_came (player_t *self, const char *saga)
{
    const char *came = zhashx_lookup (self->came, saga);
    return came ? came : "";
}

size_t
player_count (player_t *self)
{
    return peer_count (self->peer);
}

size_t
player_waiting (player_t *self)
{
    return self->wait_count;
}

void
player_let (player_t *self)
{
    assert_true (self->wait_count > 0);
    wait_t wait = self->waits[0];
    self->wait_count--;
    memmove (self->waits, self->waits + 1,
             self->wait_count * sizeof *self->waits);
    command_t command = s_read (peer_letter (self->peer, wait.number));
    if (wait.done)
        s_answer (self, wait.number, &command);
    else
        s_go (self, wait.number, PLAYER_DO);
}

int
player_effect (player_t *self, const char *key)
{
    const effect_t *effect = zhashx_lookup (self->effects, key);
    return effect && effect->state == DONE;
}

int
player_effects (player_t *self, const char *ending)
{
    int count = 0;
    for (const effect_t *effect = zhashx_first (self->effects); effect;
         effect = zhashx_next (self->effects)) {
        const char *key = zhashx_cursor (self->effects);
        size_t size = strlen (key), end = strlen (ending);
        count += effect->state == DONE && size >= end &&
                 streq (key + size - end, ending);
    }
    return count;
}

const char *
player_given (player_t *self)
{
    return self->given;
}
