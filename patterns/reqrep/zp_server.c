//  SPDX-License-Identifier: MIT
//
//  A server's beginning and end. What lies between is in zp_intake.c and
//  zp_dispatch.c.

#define _POSIX_C_SOURCE 200809L

#include "zp_server_private.h"
#include "zp_signals.h"

#define HEARTBEAT_MS 2000
#define DEAD_MS      6000
#define SEND_HWM     10000  // Messages for one peer that does not read
#define LINGER_MS    1000   // For the replies that leave with the server
#define MESSAGE_MAX  (16 * 1024 * 1024)
#define BACKLOG      1000  // Connections that are made at once
#define WORKERS_MAX  1024
#define METHOD_MAX   255

static int
s_on_drain_end (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_server_t *self = arg;
    zp_outbox_flush (&self->outbox);
    zp_server_drained_fn *fn = self->drained;
    self->drained = NULL;
    if (fn && fn (self, self->drained_arg) == -1)
        self->end = -1;
    return self->end;
}

static void
s_set_options (zsock_t *socket)
{
    //  Without this a reply to a peer that is gone vanishes, uncounted
    zsock_set_router_mandatory (socket, 1);
    //  A client that comes back under its old routing id must be heard
    zsock_set_router_handover (socket, 1);
    zsock_set_linger (socket, LINGER_MS);
    zsock_set_sndhwm (socket, SEND_HWM);
    zsock_set_heartbeat_ivl (socket, HEARTBEAT_MS);
    zsock_set_heartbeat_timeout (socket, DEAD_MS);
    zsock_set_maxmsgsize (socket, MESSAGE_MAX);
    zsock_set_backlog (socket, BACKLOG);
}

static void
s_check_options (const zp_server_options_t *options)
{
    assert (options->name);
    assert (options->max_in_flight > 0 && options->retry_after_ms >= 0);
    assert (options->workers >= 0 && options->workers <= WORKERS_MAX);
    assert (options->drain_ms >= 0);
    assert (options->cache_replies >= 0 && options->cache_ms >= 0);
    (void) options;
}

zp_server_t *
zp_server_new (zloop_t *loop, const zp_server_options_t *options)
{
    static const zp_server_options_t defaults = ZP_SERVER_DEFAULTS;
    if (!options)
        options = &defaults;
    s_check_options (options);

    zp_server_t *self = zmalloc (sizeof *self);
    self->options = *options;
    self->options.name = strdup (options->name);
    self->own_loop = loop == NULL;
    self->loop = loop ? loop : zloop_new ();
    self->timers = zp_timers_new (self->loop);
    zp_timer_init (&self->turn_timer, zp_server_turn, self);
    zp_timer_init (&self->drain_timer, s_on_drain_end, self);
    TAILQ_INIT (&self->queue);
    TAILQ_INIT (&self->waiting);
    TAILQ_INIT (&self->running);
    self->by_id = zp_ids_new ();
    self->started_ms = zclock_mono ();
    self->latencies = zp_histogram_new ();
    if (options->cache_replies)
        self->replies = zp_replies_new (
            options->cache_replies, options->cache_bytes, options->cache_ms);
    if (options->fault_seed)
        self->faults = zp_faults_new (options->fault_seed);

    self->socket = zsock_new (ZMQ_ROUTER);
    assert (self->socket);
    s_set_options (self->socket);
    self->outbox.socket = zsock_resolve (self->socket);
    zloop_reader (self->loop, self->socket, zp_server_receive, self);
    if (options->workers)
        self->workers = zp_workers_new (self, options->workers);
    zp_builtin_add (self);
    return self;
}

//  End all requests of a list
static void
s_end_all (struct zp_requests *list)
{
    zp_request_t *request;
    while ((request = TAILQ_FIRST (list)) != NULL)
        zp_server_refuse (request, ZP_UNAVAILABLE, 0, "%s has shut down",
                          request->server->options.name);
}

void
zp_server_destroy (zp_server_t **self_p)
{
    assert (self_p);
    zp_server_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_workers_destroy (&self->workers);
    s_end_all (&self->queue);
    s_end_all (&self->waiting);
    s_end_all (&self->running);
    zp_outbox_clear (&self->outbox);
    zloop_reader_end (self->loop, self->socket);
    zsock_destroy (&self->socket);
    zp_timers_destroy (&self->timers);
    if (self->own_loop)
        zloop_destroy (&self->loop);
    while (self->methods) {
        zp_method_t *method = self->methods;
        self->methods = method->next;
        free (method->name);
        free (method);
    }
    zp_ids_destroy (&self->by_id);
    zp_replies_destroy (&self->replies);
    zp_faults_destroy (&self->faults);
    zp_histogram_destroy (&self->latencies);
    free ((char *) self->options.name);
    free (self);
}

zp_status_t
zp_server_bind (zp_server_t *self, const char *endpoint)
{
    return zp_bind_socket (&self->bound, self->socket, endpoint);
}

const char *
zp_server_endpoint (zp_server_t *self)
{
    return *self->bound.endpoint ? self->bound.endpoint : NULL;
}

const char *
zp_server_error (zp_server_t *self)
{
    return self->bound.error;
}

static zp_method_t *
s_add_method (zp_server_t *self, const char *name, zp_request_fn *fn, void *arg)
{
    assert (fn);
    size_t size = strlen (name);
    assert (size > 0 && size <= METHOD_MAX);
    zp_method_t *method = self->methods;
    while (method && strcmp (method->name, name) != 0)
        method = method->next;
    if (!method) {
        method = zmalloc (sizeof *method);
        method->name = strdup (name);
        method->size = size;
        method->next = self->methods;
        self->methods = method;
    }
    method->fn = fn;
    method->arg = arg;
    method->worker = method->builtin = false;
    return method;
}

void
zp_server_method (zp_server_t *self, const char *name, zp_request_fn *fn,
                  void *arg)
{
    s_add_method (self, name, fn, arg);
}

void
zp_server_worker_method (zp_server_t *self, const char *name, zp_request_fn *fn,
                         void *arg)
{
    assert (self->workers);
    s_add_method (self, name, fn, arg)->worker = true;
}

void
zp_server_builtin_method (zp_server_t *self, const char *name,
                          zp_request_fn *fn, void *arg)
{
    s_add_method (self, name, fn, arg)->builtin = true;
}

void
zp_server_drain (zp_server_t *self, zp_server_drained_fn *fn, void *arg)
{
    self->draining = true;
    self->drained = fn;
    self->drained_arg = arg;
    if (self->draining_fn)
        self->draining_fn (self->draining_arg);
    int64_t limit_ms = zclock_mono () + self->options.drain_ms;
    zp_timers_set (self->timers, &self->drain_timer,
                   self->stats.in_flight ? limit_ms : 0);
}

void
zp_server_on_draining (zp_server_t *self, zp_server_draining_fn *fn, void *arg)
{
    self->draining_fn = fn;
    self->draining_arg = arg;
}

void
zp_server_on_turn (zp_server_t *self, zp_server_turn_fn *fn, void *arg)
{
    self->turn_fn = fn;
    self->turn_arg = arg;
}

void
zp_server_flush (zp_server_t *self)
{
    if (self->in_turn)
        return;  // Its end will
    if (TAILQ_EMPTY (&self->queue))
        zp_timers_clear (self->timers, &self->turn_timer);
    zp_outbox_flush (&self->outbox);
}

static int
s_end_loop (zp_server_t *self, void *arg)
{
    (void) self;
    (void) arg;
    return -1;
}

//  The first signal drains, the second ends at once
static int
s_on_signal (void *arg)
{
    zp_server_t *self = arg;
    if (self->draining)
        return -1;
    zp_server_drain (self, s_end_loop, NULL);
    return 0;
}

zp_status_t
zp_server_run (zp_server_t *self)
{
    self->end = 0;
    zp_signals_run (self->loop, s_on_signal, self);
    zp_outbox_flush (&self->outbox);
    bool late = self->draining && self->stats.in_flight;
    return late ? ZP_DEADLINE_EXCEEDED : ZP_OK;
}

void
zp_server_stats (zp_server_t *self, zp_server_stats_t *stats)
{
    *stats = self->stats;
    stats->unsent = self->outbox.unsent;
}
