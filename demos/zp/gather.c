//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "gather.h"

#include "constellation.h"
#include "loop.h"
#include "zp_client.h"

#define SUPERVISOR_MS 5000
#define ANSWER_MS     1000

//  A service that was asked before
typedef struct peer {
    char *endpoint;       // Where it is
    zp_client_t *client;  // Calls it
} peer_t;

struct gather {
    const char *name;  // Of the constellation
    zloop_t *loop;     // Runs the clients
    peer_t *peers;     // Who was asked before
    size_t count;      // How many
    size_t left;       // Questions on their way
};

//  A question on its way
typedef struct asked {
    gather_t *gather;
    json_t *service;  // Where the answer is kept; borrowed
    const char *key;  // Under this
} asked_t;

gather_t *
gather_new (const char *name)
{
    gather_t *self = zmalloc (sizeof *self);
    self->name = name;
    self->loop = zloop_new ();
    zloop_set_nonstop (self->loop, true);
    return self;
}

void
gather_destroy (gather_t **self_p)
{
    assert (self_p);
    gather_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++) {
        zp_client_destroy (&self->peers[i].client);
        free (self->peers[i].endpoint);
    }
    free (self->peers);
    zloop_destroy (&self->loop);
    free (self);
    *self_p = NULL;
}

//  The client that calls that endpoint, or NULL if it is none
static zp_client_t *
s_client (gather_t *self, const char *endpoint)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp (self->peers[i].endpoint, endpoint) == 0)
            return self->peers[i].client;
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.no_breaker = true;
    options.max_in_flight = 100;
    zp_client_t *client = zp_client_new (self->loop, &options);
    if (zp_client_connect (client, endpoint) != ZP_OK) {
        zp_client_destroy (&client);
        return NULL;
    }
    self->peers =
        realloc (self->peers, (self->count + 1) * sizeof *self->peers);
    assert (self->peers);
    self->peers[self->count++] = (peer_t){strdup (endpoint), client};
    return client;
}

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    asked_t *asked = arg;
    if (reply->more)
        return;
    if (reply->status == ZP_OK && reply->count > 0)
        json_object_set_new (
            asked->service, asked->key,
            json_loadb (reply->parts[0].data, reply->parts[0].size, 0, NULL));
    if (--asked->gather->left == 0)
        loop_end (asked->gather->loop);
    free (asked);
}

static bool
s_is_alive (const json_t *service)
{
    const char *state = json_string_value (json_object_get (service, "state"));
    return json_object_get (service, "pid") && state &&
           strcmp (state, "paused") != 0;
}

//  Send the questions to one service
static void
s_ask (gather_t *self, json_t *service, const gather_question_t *questions)
{
    const char *endpoint =
        json_string_value (json_object_get (service, "endpoint"));
    zp_client_t *client =
        endpoint && s_is_alive (service) ? s_client (self, endpoint) : NULL;
    for (; client && questions->key; questions++) {
        asked_t *asked = zmalloc (sizeof *asked);
        *asked = (asked_t){self, service, questions->key};
        const char *body = questions->body;
        zp_span_t argument = {body, body ? strlen (body) : 0};
        zp_call_t call = {.method = questions->method,
                          .args = &argument,
                          .count = body ? 1 : 0,
                          .timeout_ms = ANSWER_MS,
                          .fn = s_on_reply,
                          .arg = asked};
        if (zp_client_start (client, &call, NULL) == ZP_OK)
            self->left++;
        else
            free (asked);
    }
}

static void
s_wait (gather_t *self)
{
    if (self->left)
        zloop_start (self->loop);
}

exit_code_t
gather_ask (gather_t *self, const char *method,
            const gather_question_t *questions, json_t **reply_p)
{
    exit_code_t code =
        constellation_ask (self->name, method, SUPERVISOR_MS, reply_p);
    size_t number;
    json_t *service;
    json_array_foreach (json_object_get (*reply_p, "services"), number, service)
    {
        if (json_is_object (service))
            s_ask (self, service, questions);
    }
    s_wait (self);
    return code;
}

json_t *
gather_ask_one (gather_t *self, const json_t *service,
                const gather_question_t *question)
{
    json_t *copy = json_copy ((json_t *) service);
    json_object_del (copy, question->key);
    const gather_question_t questions[] = {*question, {0}};
    s_ask (self, copy, questions);
    s_wait (self);
    json_t *answer = json_incref (json_object_get (copy, question->key));
    json_decref (copy);
    return answer;
}
