//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "stage_private.h"

#include "member.h"
#include "stage_json.h"

#define EACH_MS      500    // How often all are asked
#define PATIENCE_MS  100    // So long they have, until the document is made
#define SUPERVISE_MS 1000   // The same for the supervisor
#define ACT_MS       60000  // For what it does: until a service is ready, say
#define DO_MS        5000   // For what a service does

static void
s_on_state (zp_request_t *request, void *arg)
{
    stage_t *self = arg;
    zp_request_reply (&request, self->text, strlen (self->text));
}

stage_watch_t *
stage_find (const stage_t *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp (stage_watch_name (self->watches[i]), name) == 0)
            return self->watches[i];
    return NULL;
}

void
stage_publish (stage_t *self)
{
    json_decref (self->document);
    self->document = stage_document (self);
    int64_t now_ms = zclock_mono ();
    stage_play_look (self->play, self->document, self->looked_ms, now_ms);
    json_t *scenes = json_array ();
    for (size_t i = 0; i < self->scenes->count; i++)
        json_array_append_new (scenes,
                               stage_play_json (self->play, (int) i, now_ms));
    json_object_set_new (self->document, "scenes", scenes);
    free (self->text);
    self->text = stage_dump (json_incref (self->document));
}

//  What the supervisor says of services: of all in an array, or of one
static void
s_take_services (stage_t *self, json_t *said)
{
    json_t *services = json_is_array (json_object_get (said, "services"))
                           ? json_incref (json_object_get (said, "services"))
                           : json_pack ("[O]", said);
    size_t number;
    json_t *about;
    int64_t now_ms = zclock_mono ();
    json_array_foreach (services, number, about)
    {
        const char *name = member_text (about, "name");
        const char *endpoint = member_text (about, "endpoint");
        stage_watch_t *watch = stage_find (self, name);
        if (!watch && *name && *endpoint && self->count < STAGE_WATCHES_MAX)
            watch = self->watches[self->count++] = stage_watch_new (
                self->loop, name, endpoint, stage_on_answer, self);
        if (watch && *endpoint && stage_watch_told (watch, about, now_ms))
            stage_on_restart (self, watch);
    }
    json_decref (services);
}

static void
s_on_supervisor (void *arg, const zp_reply_t *reply)
{
    stage_t *self = arg;
    if (reply->more)
        return;
    self->asking = false;
    json_t *about = stage_reply_json (reply);
    if (json_is_array (json_object_get (about, "services"))) {
        json_decref (self->about);
        self->about = json_incref (about);
        self->supervised_ms = zclock_mono ();
        s_take_services (self, about);
    }
    json_decref (about);
}

static int
s_on_publish (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    stage_t *self = arg;
    self->publishing = false;
    self->looked_ms = self->asked_ms;
    stage_queues_look (self->queues);
    stage_publish (self);
    stage_demands_advance (self->demands);
    return 0;
}

void
stage_look (stage_t *self)
{
    if (self->publishing)
        return;
    self->asked_ms = zclock_mono ();
    zp_call_t call = {.method = "up.list",
                      .timeout_ms = SUPERVISE_MS,
                      .fn = s_on_supervisor,
                      .arg = self};
    if (!self->asking)
        self->asking = zp_client_start (self->control, &call, NULL) == ZP_OK;
    for (size_t i = 0; i < self->count; i++)
        stage_watch_poll (self->watches[i], self->asked_ms);
    self->publishing = true;
    zloop_timer (self->loop, PATIENCE_MS, 1, s_on_publish, self);
}

static int
s_on_ask (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    stage_look (arg);
    return 0;
}

//  Something that the supervisor is to do
typedef struct done {
    stage_t *stage;
    stage_answer_fn *fn;  // Told how it ended
    void *arg;            // Given to fn
} done_t;

//  It is known now how the services are, before it is asked for again
static void
s_on_done (void *arg, zp_status_t status, json_t *answer, const char *error)
{
    done_t *done = arg;
    if (status == ZP_OK && !done->stage->ending)
        s_take_services (done->stage, answer);
    done->fn (done->arg, status, answer, error);
    free (done);
}

static void
s_control (stage_t *self, const char *method, const char *const *words,
           stage_answer_fn *fn, void *arg)
{
    done_t *done = zmalloc (sizeof *done);
    *done = (done_t){self, fn, arg};
    stage_call (self->control, method, words, ACT_MS, s_on_done, done);
}

void
stage_do (stage_t *self, stage_effect_t *effect, stage_answer_fn *fn, void *arg)
{
    const char *const words[] = {effect->body, NULL};
    stage_watch_t *watch =
        effect->service ? stage_find (self, effect->service) : NULL;
    if (self->ending)
        fn (arg, ZP_CANCELLED, NULL, "the stage is ending");
    else if (!effect->service)
        s_control (self, effect->method, words, fn, arg);
    else if (watch && effect->dies_with_it && stage_watch_dead (watch))
        fn (arg, ZP_OK, NULL, NULL);
    else if (watch)
        stage_watch_call (watch, effect->method, words, DO_MS, fn, arg);
    else
        fn (arg, ZP_NOT_FOUND, NULL, "there is no such service");
    free (effect->body);
}

stage_t *
stage_new (zloop_t *loop, const stage_options_t *options)
{
    stage_t *self = zmalloc (sizeof *self);
    self->loop = loop;
    self->seed = options->seed;
    self->edges = stage_edges_new ();
    self->queues = stage_queues_new ();
    self->logs = stage_logs_new ();
    self->sagas = stage_sagas_new ();
    self->requests = stage_requests_new ();
    zp_server_options_t server = ZP_SERVER_DEFAULTS;
    server.name = "zp stage";
    server.cache_replies = 256;
    self->server = zp_server_new (loop, &server);
    zp_server_method (self->server, "stage.state", s_on_state, self);
    stage_add_passed (self);
    stage_add_pictures (self);
    static const stage_scenes_t none = {0};
    self->scenes = options->scenes ? options->scenes : &none;
    self->play = stage_play_new (self->scenes);
    self->demands = stage_demands_new (self);
    zp_client_options_t client = ZP_CLIENT_DEFAULTS;
    client.max_attempts = 1;
    client.no_breaker = true;
    self->control = zp_client_new (loop, &client);
    if (zp_client_connect (self->control, options->control) != ZP_OK) {
        stage_destroy (&self);
        return NULL;
    }
    stage_publish (self);
    zloop_timer (loop, 0, 1, s_on_ask, self);
    zloop_timer (loop, EACH_MS, 0, s_on_ask, self);
    return self;
}

void
stage_destroy (stage_t **self_p)
{
    assert (self_p);
    stage_t *self = *self_p;
    if (!self)
        return;
    self->ending = true;
    for (size_t i = 0; i < self->count; i++)
        stage_watch_destroy (&self->watches[i]);
    zp_client_destroy (&self->control);
    stage_demands_destroy (&self->demands);
    zp_server_destroy (&self->server);
    stage_play_destroy (&self->play);
    stage_edges_destroy (&self->edges);
    stage_queues_destroy (&self->queues);
    stage_logs_destroy (&self->logs);
    stage_sagas_destroy (&self->sagas);
    stage_requests_destroy (&self->requests);
    json_decref (self->about);
    json_decref (self->load);
    json_decref (self->document);
    free (self->text);
    free (self);
    *self_p = NULL;
}

zp_server_t *
stage_server (stage_t *self)
{
    return self->server;
}
