//  SPDX-License-Identifier: MIT
//
//  Methods that others do:
//
//      stage.kill, .pause, .resume, .stop, .start, .scale   as up.kill and so
//      on stage.load                                           as load.set
//
//  of the supervisor (verbs.h), and of the viewers.

#define _POSIX_C_SOURCE 200809L

#include "stage_json.h"
#include "stage_private.h"

static void
s_on_done (void *arg, zp_status_t status, json_t *answer, const char *error)
{
    zp_request_t *request = arg;
    if (status != ZP_OK) {
        zp_request_fail (&request, status, "%s", error);
        return;
    }
    char *text = stage_dump (json_incref (answer));
    zp_request_reply (&request, text, strlen (text));
    free (text);
}

static void
s_pass (stage_t *self, zp_request_t *request, const char *service,
        const char *method)
{
    zp_span_t body = zp_request_arg (request, 0);
    stage_effect_t effect = {.service = service,
                             .method = method,
                             .body = body.size ? strndup (body.data, body.size)
                                               : strdup ("{}")};
    stage_do (self, &effect, s_on_done, request);
}

static void
s_on_verb (zp_request_t *request, void *arg)
{
    char method[32];
    snprintf (method, sizeof method, "up.%s",
              zp_request_method (request) + strlen ("stage."));
    s_pass (arg, request, NULL, method);
}

static void
s_on_load (zp_request_t *request, void *arg)
{
    s_pass (arg, request, STAGE_VIEWERS, "load.set");
}

void
stage_add_passed (stage_t *self)
{
    static const char *const verbs[] = {"stage.kill",   "stage.pause",
                                        "stage.resume", "stage.stop",
                                        "stage.start",  "stage.scale"};
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        zp_server_method (self->server, verbs[i], s_on_verb, self);
    zp_server_method (self->server, "stage.load", s_on_load, self);
}
