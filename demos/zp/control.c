//  SPDX-License-Identifier: MIT

#include "control.h"

#include "verbs.h"
#include "zp_server.h"

struct control {
    supervisor_t *supervisor;  // What is controlled
    zp_server_t *server;       // Listens
    zlistx_t *downs;           // Requests that wait for the end
    bool ending;               // control_end was called
};

//  Reply with JSON, whose reference is taken
static void
s_reply (zp_request_t *request, json_t *json)
{
    char *text = json_dumps (json, JSON_COMPACT);
    zp_request_reply (&request, text, strlen (text));
    free (text);
    json_decref (json);
}

static void
s_on_list (zp_request_t *request, void *arg)
{
    control_t *self = arg;
    s_reply (request, supervisor_json (self->supervisor));
}

//  A request for up.ps, while the services are asked
typedef struct ps {
    control_t *control;
    zp_request_t *request;
} ps_t;

static void
s_on_asked (void *arg)
{
    ps_t *ps = arg;
    s_reply (ps->request, supervisor_json (ps->control->supervisor));
    free (ps);
}

static void
s_on_ps (zp_request_t *request, void *arg)
{
    ps_t *ps = zmalloc (sizeof *ps);
    *ps = (ps_t){arg, request};
    supervisor_ask (ps->control->supervisor, s_on_asked, ps);
}

static void
s_on_verb (zp_request_t *request, void *arg)
{
    control_t *self = arg;
    supervisor_do (self->supervisor, request);
}

static void
s_on_down (zp_request_t *request, void *arg)
{
    control_t *self = arg;
    zp_span_t how = zp_request_arg (request, 0);
    bool now = how.size == 3 && memcmp (how.data, "now", 3) == 0;
    zlistx_add_end (self->downs, request);
    supervisor_stop (self->supervisor, now);
}

control_t *
control_new (zloop_t *loop, supervisor_t *supervisor, const char *run,
             char **why)
{
    control_t *self = zmalloc (sizeof *self);
    self->supervisor = supervisor;
    self->downs = zlistx_new ();
    zp_server_options_t options = ZP_SERVER_DEFAULTS;
    options.name = "zp up";
    options.drain_ms = 1000;
    self->server = zp_server_new (loop, &options);
    zp_server_method (self->server, "up.list", s_on_list, self);
    zp_server_method (self->server, "up.ps", s_on_ps, self);
    zp_server_method (self->server, "up.down", s_on_down, self);
    for (const char *const *name = verbs_names (); *name; name++)
        zp_server_method (self->server, *name, s_on_verb, self);

    char *endpoint = zsys_sprintf ("ipc://%s/control", run);
    *why = NULL;
    if (zp_server_bind (self->server, endpoint) != ZP_OK) {
        *why = zsys_sprintf ("can't listen at %s: %s", endpoint,
                             zp_server_error (self->server));
        control_destroy (&self);
    }
    free (endpoint);
    return self;
}

void
control_destroy (control_t **self_p)
{
    assert (self_p);
    control_t *self = *self_p;
    if (!self)
        return;
    zp_server_destroy (&self->server);
    zlistx_destroy (&self->downs);
    free (self);
    *self_p = NULL;
}

void
control_report (control_t *self, const json_t *service)
{
    char *text = json_dumps (service, JSON_COMPACT);
    for (zp_request_t *request = zlistx_first (self->downs); request;
         request = zlistx_next (self->downs))
        //  A caller that has gone, or can take one reply only, is no harm
        zp_request_partial (request, text, strlen (text));
    free (text);
}

static int
s_on_drained (zp_server_t *server, void *arg)
{
    (void) server, (void) arg;
    return -1;
}

void
control_end (control_t *self)
{
    if (self->ending)
        return;
    self->ending = true;
    zp_request_t *request;
    while ((request = zlistx_detach (self->downs, NULL)))
        s_reply (request, supervisor_json (self->supervisor));
    zp_server_drain (self->server, s_on_drained, NULL);
}
