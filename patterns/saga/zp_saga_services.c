//  SPDX-License-Identifier: MIT
//
//  Each service has a client. The core repeats commands itself, since only it
//  knows for how long, so the clients try once.

#include "zp_saga_coordinator_private.h"

#include "zp_number.h"
#include "zp_saga_reply.h"

//  A command that is out, or held
typedef struct call {
    zp_saga_service_t *service;     // Whose it is
    zp_saga_verb_t verb;            // What it says
    int attempt;                    // The how manieth
    char key[ZP_SAGA_KEY_MAX + 1];  // Of which step
} call_t;

struct zp_saga_service {
    SLIST_ENTRY (zp_saga_service) all;   // In the coordinator
    zp_saga_coordinator_t *coordinator;  // This
    zp_client_t *client;                 // Calls it
    size_t out;                          // Commands without an answer yet
    zp_fifo_t held;                      // call_t *, to be sent when there is
                                         // room, or an endpoint
    char name[];                         // Ends with a 0
};

static zp_saga_service_t *
s_service (zp_saga_coordinator_t *self, const char *name)
{
    zp_saga_service_t *service;
    SLIST_FOREACH (service, &self->services, all)
    if (streq (service->name, name))
        return service;
    service = zmalloc (sizeof *service + strlen (name) + 1);
    strcpy (service->name, name);
    service->coordinator = self;
    service->held.item_size = sizeof (call_t *);
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.max_attempts = 1;
    options.max_in_flight = self->window;
    options.no_breaker = true;
    options.tap = self->tap;
    service->client = zp_client_new (self->loop, &options);
    zp_client_on_turn (service->client, zp_saga_coordinator_end_turn, self);
    SLIST_INSERT_HEAD (&self->services, service, all);
    return service;
}

static bool
s_has_room (const zp_saga_service_t *self)
{
    return self->out < (size_t) self->coordinator->window &&
           zp_client_endpoints (self->client) > 0;
}

static void s_on_reply (void *arg, const zp_reply_t *reply);

//  A command leaves
static void
s_start (call_t *call, const zp_saga_command_t *command)
{
    zp_saga_service_t *service = call->service;
    bool undo = command->verb == ZP_SAGA_COMPENSATE;
    const char *kind = undo ? "compensate" : "action";
    char attempt[ZP_NUMBER_MAX];
    const zp_span_t args[] = {
        {command->key, strlen (command->key)},
        {kind, strlen (kind)},
        {command->input, strlen (command->input)},
        {command->result, strlen (command->result)},
        {attempt, zp_number_write ((uint64_t) command->attempt, attempt)}};
    zp_call_t request = {
        .method = command->ask ? "saga.status"
                  : undo       ? command->step->compensation
                               : command->step->action,
        .args = args,
        .count = command->ask ? 2 : 5,
        .timeout_ms = (int) command->timeout_ms,
        .fn = s_on_reply,
        .arg = call,
        .trace = zp_saga_coordinator_trace (command->saga, command->key)};
    if (zp_client_start (service->client, &request, NULL) == ZP_OK) {
        service->out++;
        service->coordinator->commands++;
    }
    else
        free (call);  // The core takes it for lost when its time is over
}

//  There may be room now
static void
s_send_held (zp_saga_service_t *self)
{
    zp_saga_core_t *core = self->coordinator->core;
    int64_t now_ms = zp_saga_coordinator_now (self->coordinator);
    while (self->held.count && s_has_room (self)) {
        call_t *call;
        zp_fifo_take (&self->held, &call);
        zp_span_t key = {call->key, strlen (call->key)};
        zp_saga_command_t command;
        if (zp_saga_core_resume (core, key, call->verb, call->attempt, now_ms,
                                 &command))
            s_start (call, &command);
        else
            free (call);
    }
}

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    if (reply->more)
        return;  // No service should; what counts is how it ends
    call_t *call = arg;
    zp_saga_service_t *service = call->service;
    zp_saga_coordinator_t *self = service->coordinator;
    service->out--;
    if (service->client) {  // Else the coordinator ends
        zp_saga_reply_t said;
        self->replies++;
        zp_saga_reply_read (&said, reply->status, reply->parts, reply->count);
        zp_saga_core_reply (
            self->core, (zp_span_t){call->key, strlen (call->key)}, call->verb,
            call->attempt, &said, zp_saga_coordinator_now (self));
        s_send_held (service);
        zp_saga_coordinator_pump (self);
    }
    free (call);
}

void
zp_saga_services_send (zp_saga_coordinator_t *self,
                       const zp_saga_command_t *command)
{
    zp_saga_service_t *service = s_service (self, command->step->service);
    call_t *call = malloc (sizeof *call);
    assert (call);
    call->service = service;
    call->verb = command->verb;
    call->attempt = command->attempt;
    snprintf (call->key, sizeof call->key, "%s", command->key);
    if (s_has_room (service))
        s_start (call, command);
    else {
        zp_saga_core_hold (self->core, command);
        zp_fifo_add (&service->held, &call);
    }
}

zp_status_t
zp_saga_coordinator_service (zp_saga_coordinator_t *self, const char *name,
                             const char *endpoint)
{
    zp_saga_service_t *service = s_service (self, name);
    zp_status_t status = zp_client_connect (service->client, endpoint);
    if (status != ZP_OK)
        snprintf (self->error, sizeof self->error, "service %s: %s", name,
                  zp_client_error (service->client));
    s_send_held (service);
    return status;
}

const char **
zp_saga_services_names (const zp_saga_coordinator_t *self)
{
    size_t count = 0;
    const zp_saga_service_t *service;
    SLIST_FOREACH (service, &self->services, all)
    count++;
    const char **names = calloc (count + 1, sizeof *names);
    assert (names);
    count = 0;
    SLIST_FOREACH (service, &self->services, all)
    if (zp_client_endpoints (service->client))
        names[count++] = service->name;
    return names;
}

json_t *
zp_saga_services_say (const zp_saga_coordinator_t *self)
{
    json_t *list = json_array ();
    const zp_saga_service_t *service;
    SLIST_FOREACH (service, &self->services, all)
    {
        size_t up = 0, count = zp_client_endpoints (service->client);
        for (size_t i = 0; i < count; i++) {
            zp_client_endpoint_t endpoint;
            zp_client_endpoint (service->client, i, &endpoint);
            up += endpoint.up;
        }
        json_array_append_new (
            list, json_pack ("{ss, sI, sI, sI, sI}", "service", service->name,
                             "endpoints", (json_int_t) count, "up",
                             (json_int_t) up, "out", (json_int_t) service->out,
                             "held", (json_int_t) service->held.count));
    }
    return list;
}

void
zp_saga_services_destroy (zp_saga_coordinator_t *self)
{
    zp_saga_service_t *service;
    while ((service = SLIST_FIRST (&self->services))) {
        SLIST_REMOVE_HEAD (&self->services, all);
        zp_client_destroy (&service->client);
        while (service->held.count) {
            call_t *call;
            zp_fifo_take (&service->held, &call);
            free (call);
        }
        zp_fifo_clear (&service->held);
        free (service);
    }
}
