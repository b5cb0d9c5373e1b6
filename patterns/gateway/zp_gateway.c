//  SPDX-License-Identifier: MIT
//
//  The gateway's beginning and end.

#define _GNU_SOURCE

#include "zp_gateway_private.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <unistd.h>

#include "zp_signals.h"

#define CALLS_MIN 10000  // Calls to a service at once, at least

static char *
s_wrong (const char *what, const char *why)
{
    return zsys_sprintf ("%s: %s", what, why);
}

static void
s_on_turn (void *arg)
{
    zp_gateway_pump (arg);
}

//  A client for a service; what is wrong, or NULL
static char *
s_open_peer (zp_gateway_t *self, zp_gateway_peer_t *peer)
{
    const zp_gateway_service_t *service = peer->service;
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.max_attempts = 1 + service->retries;
    options.hedge_ms = service->hedge_ms;
    options.no_breaker = !service->breaker;
    options.tap = self->options.tap;
    if (self->limits->in_flight > CALLS_MIN)
        options.max_in_flight = self->limits->in_flight;
    peer->client = zp_client_new (self->loop, &options);
    zp_client_on_turn (peer->client, s_on_turn, self);
    for (size_t i = 0; i < service->count; i++)
        if (zp_client_connect (peer->client, service->endpoints[i]) != ZP_OK)
            return s_wrong (service->name, zp_client_error (peer->client));
    return NULL;
}

//  What a route needs beside its calls
static char *
s_open_lane (zp_gateway_t *self, zp_gateway_lane_t *lane)
{
    const zp_gateway_route_t *route = lane->route;
    if (route->kind == ZP_GATEWAY_CONTENT)
        return zp_gateway_content_open (zp_gateway_peer (self, route->service));
    if (route->kind != ZP_GATEWAY_FILES)
        return NULL;
    lane->folder = open (route->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return lane->folder == -1 ? s_wrong (route->folder, strerror (errno))
                              : NULL;
}

static void
s_init_lanes (zp_gateway_t *self)
{
    size_t count = self->routes->count;
    self->lanes = zmalloc ((count + 2) * sizeof *self->lanes);
    for (size_t i = 0; i < count + 2; i++) {
        zp_gateway_lane_t *lane = &self->lanes[i];
        lane->folder = -1;
        lane->route = i < count ? &self->routes->routes[i] : NULL;
        lane->path = i < count    ? lane->route->path
                     : i == count ? "own"
                                  : "none";
        if (lane->route)
            lane->gate.max = lane->route->in_flight;
    }
}

static char *
s_open (zp_gateway_t *self)
{
    char *wrong = NULL;
    for (size_t i = 0; i < self->routes->services_count && !wrong; i++)
        wrong = s_open_peer (self, &self->peers[i]);
    for (size_t i = 0; i < self->routes->count && !wrong; i++)
        wrong = s_open_lane (self, &self->lanes[i]);
    return wrong;
}

//  The drain is over, done or not
static int
s_on_drained (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_gateway_t *self = arg;
    zp_gateway_drained_fn *fn = self->drained;
    self->drained = NULL;
    return fn ? fn (self->drained_arg) : 0;
}

static void
s_init (zp_gateway_t *self, zloop_t *loop, const zp_gateway_options_t *options)
{
    self->options = *options;
    self->routes = options->routes;
    self->limits = &options->routes->limits;
    self->own_loop = loop == NULL;
    self->loop = loop ? loop : zloop_new ();
    self->timers = zp_timers_new (self->loop);
    zp_timer_init (&self->drain_timer, s_on_drained, self);
    self->watch = epoll_create1 (EPOLL_CLOEXEC);
    assert (self->watch != -1);
    zmq_pollitem_t item = {.fd = self->watch, .events = ZMQ_POLLIN};
    zloop_poller (self->loop, &item, zp_gateway_conn_look, self);
    self->gate.max = self->limits->in_flight;
    self->streams.max = self->limits->streams;
    self->clients = zhashx_new ();
    zp_random_seed (&self->random, zp_random_entropy ());
    self->id = zp_random_next (&self->random);
    uint8_t secret[ZP_GATEWAY_SECRET];
    ssize_t got = getrandom (secret, sizeof secret, 0);
    assert (got == sizeof secret);
    (void) got;
    self->limit = zp_gateway_limit_new (self->limits->clients, secret);
    self->kept = zp_gateway_kept_new (self->limits->stale_answers,
                                      self->limits->stale_bytes, secret);
}

zp_gateway_t *
zp_gateway_new (zloop_t *loop, const zp_gateway_options_t *options,
                char **error_p)
{
    assert (options->routes && options->drain_ms >= 0);
    zp_gateway_t *self = zmalloc (sizeof *self);
    s_init (self, loop, options);
    s_init_lanes (self);
    size_t count = self->routes->services_count;
    self->peers = zmalloc ((count + 1) * sizeof *self->peers);
    for (size_t i = 0; i < count; i++)
        self->peers[i] = (zp_gateway_peer_t){
            .gateway = self, .service = &self->routes->services[i]};
    zp_gateway_figures_init (self);
    char *wrong = s_open (self);
    if (!wrong)
        return self;
    if (error_p)
        *error_p = wrong;
    else
        zstr_free (&wrong);
    zp_gateway_destroy (&self);
    return NULL;
}

void
zp_gateway_destroy (zp_gateway_t **self_p)
{
    assert (self_p);
    zp_gateway_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_gateway_listen_destroy (self);
    for (size_t i = 0; i < self->routes->services_count; i++) {
        zp_gateway_topic_destroy (&self->peers[i]);
        zp_receiver_destroy (&self->peers[i].receiver);
        zp_client_destroy (&self->peers[i].client);
    }
    for (size_t i = 0; i < self->routes->count; i++)
        if (self->lanes[i].folder != -1)
            close (self->lanes[i].folder);
    zmq_pollitem_t item = {.fd = self->watch};
    zloop_poller_end (self->loop, &item);
    close (self->watch);
    zhashx_destroy (&self->clients);
    zp_gateway_limit_destroy (&self->limit);
    zp_gateway_kept_destroy (&self->kept);
    zp_gateway_metrics_destroy (&self->figures.all);
    zp_timers_destroy (&self->timers);
    if (self->own_loop)
        zloop_destroy (&self->loop);
    free (self->peers);
    free (self->lanes);
    free (self);
}

zp_gateway_peer_t *
zp_gateway_peer (const zp_gateway_t *self, const zp_gateway_service_t *service)
{
    return &self->peers[service - self->routes->services];
}

const char *
zp_gateway_url (const zp_gateway_t *self)
{
    return self->url;
}

int
zp_gateway_port (const zp_gateway_t *self)
{
    return self->port;
}

const char *
zp_gateway_error (const zp_gateway_t *self)
{
    return self->error;
}

void
zp_gateway_drain (zp_gateway_t *self, zp_gateway_drained_fn *fn, void *arg)
{
    self->drained = fn;
    self->drained_arg = arg;
    self->draining = true;
    zp_timers_set (self->timers, &self->drain_timer,
                   zclock_mono () + self->options.drain_ms);
    zp_gateway_listen_end (self);
    zp_gateway_look_drained (self);
}

void
zp_gateway_look_drained (zp_gateway_t *self)
{
    if (self->draining && LIST_EMPTY (&self->conns) &&
        zp_timer_pending (&self->drain_timer))
        zp_timers_set (self->timers, &self->drain_timer, 0);
}

static int
s_end_loop (void *arg)
{
    (void) arg;
    return -1;
}

//  The first signal drains, the second ends at once
static int
s_on_signal (void *arg)
{
    zp_gateway_t *self = arg;
    if (self->draining)
        return -1;
    zp_gateway_drain (self, s_end_loop, NULL);
    return 0;
}

zp_status_t
zp_gateway_run (zp_gateway_t *self)
{
    zp_signals_run (self->loop, s_on_signal, self);
    bool late = self->draining && !LIST_EMPTY (&self->conns);
    return late ? ZP_DEADLINE_EXCEEDED : ZP_OK;
}
