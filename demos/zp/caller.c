//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "caller.h"

#include <sys/signalfd.h>

#include "loop.h"
#include "output.h"
#include "signals.h"

#define GREET_MS 5000
#define PATIENCE 2000  // Show that it takes long after so many milliseconds

struct caller {
    const char *name;       // Whom people think they call
    zloop_t *loop;          // Runs the client
    zp_client_t *client;    // Calls
    int signals;            // Descriptor of a signalfd
    uint64_t id;            // Of the call that is made
    const zp_call_t *call;  // The same; NULL: none, or several
    outcome_t *outcome;     // How it ended
    int64_t since_ms;       // When it was begun
    bool done;              // It has ended
    bool interrupted;       // By Ctrl-C, while there was not one call
};

void
outcome_term (outcome_t *self)
{
    zstr_free (&self->text);
}

exit_code_t
outcome_exit_code (const outcome_t *self)
{
    if (self->interrupted)
        return EXIT_INTERRUPTED;
    if (self->status == ZP_OK)
        return EXIT_OK;
    if (self->nobody || self->status == ZP_UNAVAILABLE)
        return EXIT_NOT_RUNNING;
    if (self->status == ZP_DEADLINE_EXCEEDED)
        return EXIT_TIMEOUT;
    return EXIT_ERROR;
}

static int
s_on_signal (zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    (void) loop;
    caller_t *self = arg;
    struct signalfd_siginfo info;
    bool came = false;
    while (read (item->fd, &info, sizeof info) == sizeof info)
        came = true;
    if (came && self->call && !self->done) {
        self->outcome->interrupted = true;
        zp_client_cancel (self->client, self->id);
    }
    else if (came && !self->call)
        self->interrupted = true;
    return self->done || self->interrupted ? -1 : 0;
}

static int
s_on_tick (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    caller_t *self = arg;
    int64_t waited_ms = zclock_mono () - self->since_ms;
    if (waited_ms >= PATIENCE)
        progress ("waiting for %s, %d s of %d", self->name,
                  (int) (waited_ms / 1000), self->call->timeout_ms / 1000);
    return 0;
}

caller_t *
caller_new (const char *endpoint, const char *name)
{
    zsys_handler_set (NULL);
    caller_t *self = zmalloc (sizeof *self);
    self->name = name;
    self->loop = zloop_new ();
    zloop_set_nonstop (self->loop, true);
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.no_breaker = true;
    self->client = zp_client_new (self->loop, &options);

    self->signals = signals_open ();
    zmq_pollitem_t item = {.fd = self->signals, .events = ZMQ_POLLIN};
    zloop_poller (self->loop, &item, s_on_signal, self);

    if (zp_client_connect (self->client, endpoint) != ZP_OK) {
        say_error ("%s", zp_client_error (self->client));
        say_hint ("an endpoint such as tcp://127.0.0.1:5555");
        caller_destroy (&self);
    }
    return self;
}

void
caller_destroy (caller_t **self_p)
{
    assert (self_p);
    caller_t *self = *self_p;
    if (!self)
        return;
    zp_client_destroy (&self->client);
    zloop_destroy (&self->loop);
    close (self->signals);
    free (self);
    *self_p = NULL;
}

static void
s_on_greeted (void *arg, const zp_reply_t *reply)
{
    (void) arg, (void) reply;
}

void
caller_greet (caller_t *self)
{
    zp_call_t call = {
        .method = "zp.ping", .timeout_ms = GREET_MS, .fn = s_on_greeted};
    zp_client_start (self->client, &call, NULL);
}

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    caller_t *self = arg;
    if (self->call->fn)
        self->call->fn (self->call->arg, reply);
    if (reply->more)
        return;
    self->done = true;
    self->outcome->status = reply->status;
    self->outcome->text = strdup (reply->text);
    self->outcome->attempts = reply->attempts;
    self->outcome->elapsed_ms = reply->elapsed_ms;
    caller_end (self);
}

void
caller_call (caller_t *self, const zp_call_t *call, outcome_t *outcome)
{
    *outcome = (outcome_t){0};
    self->call = call;
    self->outcome = outcome;
    self->since_ms = zclock_mono ();
    self->done = false;
    zp_call_t ours = *call;
    ours.fn = s_on_reply;
    ours.arg = self;
    outcome->status = zp_client_start (self->client, &ours, &self->id);
    if (outcome->status != ZP_OK) {
        outcome->text = strdup (zp_client_error (self->client));
        self->call = NULL;
        return;
    }
    int tick = zloop_timer (self->loop, 500, 0, s_on_tick, self);
    zloop_start (self->loop);
    zloop_timer_end (self->loop, tick);
    self->call = NULL;
    progress_end ();
    zp_client_endpoint_t endpoint;
    zp_client_endpoint (self->client, 0, &endpoint);
    outcome->nobody = outcome->status != ZP_OK && !endpoint.up;
}

//  Keeps the first part of the reply as JSON
static void
s_on_answer (void *arg, const zp_reply_t *reply)
{
    json_t **answer_p = arg;
    if (!reply->more && reply->count > 0)
        *answer_p =
            json_loadb (reply->parts[0].data, reply->parts[0].size, 0, NULL);
}

json_t *
caller_json (caller_t *self, const zp_call_t *call, outcome_t *outcome)
{
    json_t *answer = NULL;
    zp_call_t ours = *call;
    ours.fn = s_on_answer;
    ours.arg = &answer;
    caller_call (self, &ours, outcome);
    return answer;
}

json_t *
caller_ask (caller_t *self, const char *method, int timeout_ms,
            outcome_t *outcome)
{
    zp_call_t call = {.method = method, .timeout_ms = timeout_ms};
    return caller_json (self, &call, outcome);
}

bool
caller_try_methods (caller_t *self, int timeout_ms,
                    void (*fn) (void *arg, const char *method), void *arg)
{
    outcome_t outcome;
    json_t *info = caller_ask (self, "zp.info", timeout_ms, &outcome), *method;
    outcome_term (&outcome);
    json_t *methods = json_object_get (info, "methods");
    size_t number;
    json_array_foreach (methods, number, method) if (json_is_string (method))
        fn (arg, json_string_value (method));
    bool said = json_is_array (methods);
    json_decref (info);
    return said;
}

zp_client_t *
caller_client (caller_t *self)
{
    return self->client;
}

zloop_t *
caller_loop (caller_t *self)
{
    return self->loop;
}

bool
caller_run (caller_t *self)
{
    self->done = self->interrupted = false;
    zloop_start (self->loop);
    return !self->interrupted;
}

void
caller_end (caller_t *self)
{
    self->done = true;
    loop_end (self->loop);
}
