//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "stage_look.h"

#include "constellation.h"
#include "member.h"
#include "rundir.h"
#include "signals.h"
#include "stage_private.h"

#define EACH_MS  500   // How often the stage is asked
#define ASK_MS   5000  // And how long it has
#define LEARN_MS 1200  // Until one of our own has seen a rate of anything

struct stage_look {
    zloop_t *loop;         // Runs all of this
    char *control;         // Endpoint of the supervisor
    zp_client_t *client;   // Asks the stage; NULL: there is none
    bool asking;           // It is being asked
    json_t *state;         // What it said last; NULL: nothing
    stage_t *own;          // One of our own, or NULL
    int64_t own_since_ms;  // Since when
    int timer;             // That asks
};

static void
s_on_state (void *arg, const zp_reply_t *reply)
{
    stage_look_t *self = arg;
    if (reply->more || reply->status == ZP_CANCELLED)
        return;
    self->asking = false;
    json_decref (self->state);
    self->state = stage_reply_json (reply);
    if (!json_is_object (self->state)) {
        json_decref (self->state);
        self->state = NULL;
    }
    if (!self->state && !self->own) {
        self->own = stage_new (self->loop,
                               &(stage_options_t){.control = self->control});
        self->own_since_ms = zclock_mono ();
    }
}

static int
s_on_timer (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    stage_look_t *self = arg;
    zp_call_t call = {.method = "stage.state",
                      .timeout_ms = ASK_MS,
                      .fn = s_on_state,
                      .arg = self};
    if (self->client && !self->asking)
        self->asking = zp_client_start (self->client, &call, NULL) == ZP_OK;
    else if (!self->client && !self->own)
        s_on_state (self, &(zp_reply_t){.status = ZP_UNAVAILABLE});
    return 0;
}

//  The endpoint of the stage, which the caller frees, or NULL
static exit_code_t
s_find_stage (const char *name, char **endpoint_p)
{
    json_t *reply;
    exit_code_t code = constellation_ask (name, "up.list", ASK_MS, &reply);
    json_t *stage =
        member_find (json_object_get (reply, "services"), "name", "stage");
    *endpoint_p = stage ? strdup (member_text (stage, "endpoint")) : NULL;
    json_decref (reply);
    return code;
}

exit_code_t
stage_look_new (zloop_t *loop, const char *name, stage_look_t **self_p)
{
    *self_p = NULL;
    char *endpoint;
    exit_code_t code = s_find_stage (name, &endpoint);
    if (code != EXIT_OK)
        return code;
    stage_look_t *self = *self_p = zmalloc (sizeof *self);
    char *run = rundir_path (name);
    self->loop = loop;
    self->control = zsys_sprintf ("ipc://%s/control", run);
    free (run);
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.no_breaker = true;
    if (endpoint)
        self->client = zp_client_new (loop, &options);
    if (endpoint && zp_client_connect (self->client, endpoint) != ZP_OK)
        zp_client_destroy (&self->client);
    free (endpoint);
    self->timer = zloop_timer (loop, EACH_MS, 0, s_on_timer, self);
    s_on_timer (loop, 0, self);
    return EXIT_OK;
}

void
stage_look_destroy (stage_look_t **self_p)
{
    assert (self_p);
    stage_look_t *self = *self_p;
    if (!self)
        return;
    zp_client_destroy (&self->client);
    stage_destroy (&self->own);
    json_decref (self->state);
    free (self->control);
    free (self);
    *self_p = NULL;
}

json_t *
stage_look_state (stage_look_t *self)
{
    if (self->state)
        return json_incref (self->state);
    if (self->own && zclock_mono () - self->own_since_ms >= LEARN_MS)
        return json_incref (self->own->document);
    return NULL;
}

//  What ends a loop when there is a document
typedef struct waiting {
    stage_look_t *look;
    json_t *state;
} waiting_t;

static int
s_on_look (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    waiting_t *self = arg;
    self->state = stage_look_state (self->look);
    return self->state ? -1 : 0;
}

exit_code_t
stage_look_once (const char *name, json_t **state_p)
{
    zsys_handler_set (NULL);
    zloop_t *loop = zloop_new ();
    zloop_set_nonstop (loop, true);
    bool interrupted = false;
    int signals = signals_end_loop (loop, &interrupted);
    waiting_t waiting = {0};
    exit_code_t code = stage_look_new (loop, name, &waiting.look);
    if (code == EXIT_OK) {
        zloop_timer (loop, 50, 0, s_on_look, &waiting);
        zloop_start (loop);
    }
    stage_look_destroy (&waiting.look);
    zloop_destroy (&loop);
    close (signals);
    *state_p = waiting.state;
    return interrupted ? EXIT_INTERRUPTED : code;
}
