//  SPDX-License-Identifier: MIT
//
//  One trace, and one saga, as pictures:
//
//      stage.trace {"trace": 32 HEX or "last": true,
//                   "as": "json", "svg" or "mermaid"}
//          -> as in trace_story.h; or {"trace", "svg"}, {"trace", "mermaid"}
//      stage.saga {"id": ID, "as": "svg" or "json"}
//          -> {"id", "svg"}, or what the coordinator says of it
//
//  NOT_FOUND: nobody knows of it any more.

#define _GNU_SOURCE

#include "output.h"
#include "saga_timeline.h"
#include "stage_json.h"
#include "stage_private.h"
#include "trace_draw.h"
#include "zp_args.h"

#define ASK_MS 2000

//  A picture that is wanted
typedef struct picture {
    zp_request_t *request;  // Who wants it
    char id[80];            // Of the trace or saga
    char as[16];            // How
    json_t *services;       // What they say of the trace
    size_t left;            // How many have not
} picture_t;

//  What one service says
typedef struct asked {
    picture_t *picture;  // For this
    json_t *service;     // Goes there; the picture's
} asked_t;

static void
s_destroy (picture_t *self)
{
    json_decref (self->services);
    free (self);
}

//  Reply with JSON, or with what was drawn to a file in memory, which is freed
static void
s_reply (picture_t *self, json_t *json, const char *what, char *drawing)
{
    if (!json)
        json = json_pack ("{ss so}", what, self->id, self->as,
                          json_text (drawing));
    char *text = stage_dump (json);
    zp_request_reply (&self->request, text, strlen (text));
    free (text);
    free (drawing);
}

static void
s_draw_trace (picture_t *self)
{
    trace_story_t *story = trace_story_new (self->id, self->services);
    self->services = NULL;
    if (story->lane_count == 0)
        zp_request_fail (&self->request, ZP_NOT_FOUND,
                         "nobody knows the trace %s, or not any more",
                         self->id);
    else if (streq (self->as, "json"))
        s_reply (self, trace_story_json (story), NULL, NULL);
    else {
        char *drawing;
        size_t size;
        FILE *file = open_memstream (&drawing, &size);
        (streq (self->as, "svg") ? trace_svg : trace_mermaid) (story, file);
        fclose (file);
        s_reply (self, NULL, "trace", drawing);
    }
    trace_story_destroy (&story);
    s_destroy (self);
}

static void
s_on_events (void *arg, zp_status_t status, json_t *answer, const char *error)
{
    (void) status, (void) error;
    asked_t *asked = arg;
    picture_t *picture = asked->picture;
    json_t *events = stage_events (answer);
    if (events)
        json_object_set (asked->service, "events", events);
    free (asked);
    if (--picture->left == 0)
        s_draw_trace (picture);
}

static void
s_ask (picture_t *self, stage_watch_t *watch)
{
    const json_t *peers = stage_watch_answer (watch, STAGE_PEERS);
    json_t *clients = json_object_get (peers, "clients");
    asked_t *asked = zmalloc (sizeof *asked);
    *asked = (asked_t){self, json_pack ("{ss ss s[] s[]}", "service",
                                        stage_watch_name (watch), "endpoint",
                                        stage_watch_endpoint (watch), "clients",
                                        "events")};
    json_array_append_new (self->services, asked->service);
    if (json_is_array (clients))
        json_object_set (asked->service, "clients", clients);
    char *which = zsys_sprintf ("{\"trace\":\"%s\"}", self->id);
    self->left++;
    stage_watch_call (watch, "zp.events", (const char *[]){which, NULL}, ASK_MS,
                      s_on_events, asked);
    free (which);
}

//  Read the options. False if they are wrong, which was answered.
static bool
s_read (zp_request_t **request_p, const char *key, bool *last, picture_t *self)
{
    char error[ZP_ARGS_ERROR];
    const zp_arg_t args[] = {
        {.name = key, .text = self->id, .room = sizeof self->id},
        {.name = "as", .text = self->as, .room = sizeof self->as},
        {.name = "last", .flag = last}};
    if (zp_args_read (zp_request_arg (*request_p, 0), args, last ? 3 : 2,
                      error))
        return true;
    zp_request_fail (request_p, ZP_INVALID_ARGUMENT, "%s", error);
    return false;
}

static void
s_on_trace (zp_request_t *request, void *arg)
{
    const stage_t *self = arg;
    picture_t wanted = {.as = "json"};
    bool last = false;
    if (!s_read (&request, "trace", &last, &wanted))
        return;
    const char *newest = stage_requests_last (self->requests);
    if (last && newest)
        snprintf (wanted.id, sizeof wanted.id, "%s", newest);
    if (last && !newest)
        zp_request_fail (&request, ZP_NOT_FOUND, "no request has ended yet");
    else if (strlen (wanted.id) != 32 ||
             wanted.id[strspn (wanted.id, "0123456789abcdef")])
        zp_request_fail (&request, ZP_INVALID_ARGUMENT,
                         "a trace is 32 hexadecimal digits");
    else if (!streq (wanted.as, "json") && !streq (wanted.as, "svg") &&
             !streq (wanted.as, "mermaid"))
        zp_request_fail (&request, ZP_INVALID_ARGUMENT,
                         "\"as\" is \"json\", \"svg\" or \"mermaid\"");
    if (!request)
        return;
    picture_t *picture = zmalloc (sizeof *picture);
    *picture = wanted;
    picture->request = request;
    picture->services = json_array ();
    //  One more than those that are asked, until all have been
    picture->left = 1;
    for (size_t i = 0; i < self->count; i++)
        s_ask (picture, self->watches[i]);
    if (--picture->left == 0)
        s_draw_trace (picture);
}

static void
s_on_saga_shown (void *arg, zp_status_t status, json_t *answer,
                 const char *error)
{
    picture_t *self = arg;
    if (status != ZP_OK)
        zp_request_fail (&self->request, status, "%s", error);
    else if (streq (self->as, "json"))
        s_reply (self, json_incref (answer), NULL, NULL);
    else {
        char *drawing;
        size_t size;
        FILE *file = open_memstream (&drawing, &size);
        saga_history_t *history = saga_history_new (answer, zclock_time ());
        saga_timeline_svg (history, file);
        saga_history_destroy (&history);
        fclose (file);
        s_reply (self, NULL, "id", drawing);
    }
    s_destroy (self);
}

static void
s_on_saga (zp_request_t *request, void *arg)
{
    const stage_t *self = arg;
    picture_t wanted = {.as = "svg"};
    stage_watch_t *watch = stage_sagas_watch (self->sagas);
    if (!s_read (&request, "id", NULL, &wanted))
        return;
    if (!watch)
        zp_request_fail (&request, ZP_NOT_FOUND, "there is no coordinator");
    else if (!streq (wanted.as, "json") && !streq (wanted.as, "svg"))
        zp_request_fail (&request, ZP_INVALID_ARGUMENT,
                         "\"as\" is \"json\" or \"svg\"");
    if (!request)
        return;
    picture_t *picture = zmalloc (sizeof *picture);
    *picture = wanted;
    picture->request = request;
    stage_watch_call (watch, "saga.show", (const char *[]){picture->id, NULL},
                      ASK_MS, s_on_saga_shown, picture);
}

void
stage_add_pictures (stage_t *self)
{
    zp_server_method (self->server, "stage.trace", s_on_trace, self);
    zp_server_method (self->server, "stage.saga", s_on_saga, self);
}
