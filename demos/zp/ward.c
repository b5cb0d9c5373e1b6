//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "ward.h"

#include "endpoint.h"
#include "logfile.h"

#define PING_MS   1000  // How long one zp.ping may take at the start
#define PATIENCE  2000  // Show what is waited for after so many milliseconds
#define LOG_LINES 10    // Of a service that is no good

void
ward_init (ward_t *self, const topology_service_t *spec, const char *run,
           zloop_t *loop, ward_ready_fn *fn, void *arg)
{
    *self = (ward_t){.loop = loop, .fn = fn, .arg = arg};
    service_init (&self->service, spec, run);
}

void
ward_term (ward_t *self)
{
    zp_client_destroy (&self->client);
    service_term (&self->service);
    zstr_free (&self->answer);
    zstr_free (&self->why);
}

static double
s_seconds (int64_t since_ms)
{
    return (double) (zclock_mono () - since_ms) / 1000;
}

//  It is not ready, and that is why: a text that is taken
static void
s_fail (ward_t *self, char *why)
{
    free (self->why);
    self->why = why;
}

bool
ward_start (ward_t *self)
{
    const topology_service_t *spec = self->service.spec;
    s_fail (self, NULL);
    if (endpoint_in_use (spec->endpoint)) {
        s_fail (self, zsys_sprintf ("%s is in use already, by another program",
                                    spec->endpoint));
        say_error ("%s: %s", spec->name, self->why);
        say_hint ("ss -ltxnp shows who listens where");
        self->service.state = SERVICE_DEAD;
        return false;
    }
    if (!service_start (&self->service)) {
        s_fail (self, zsys_sprintf ("can't be started: %s", strerror (errno)));
        say_error ("%s %s", spec->name, self->why);
        self->service.state = SERVICE_DEAD;
        return false;
    }
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.max_attempts = 1;
    options.no_breaker = true;
    self->client = zp_client_new (self->loop, &options);
    //  Makes sense to ZeroMQ: that was checked when the topology was read
    zp_client_connect (self->client, spec->endpoint);
    return true;
}

bool
ward_ask (ward_t *self, int timeout_ms, zp_client_fn *fn, void *arg)
{
    zp_call_t call = {
        .method = "zp.ping", .timeout_ms = timeout_ms, .fn = fn, .arg = arg};
    return zp_client_start (self->client, &call, NULL) == ZP_OK;
}

static void
s_on_pong (void *arg, const zp_reply_t *reply)
{
    ward_t *self = arg;
    service_t *service = &self->service;
    if (reply->more)
        return;
    self->pinged = false;
    zstr_free (&self->answer);
    //  Another may answer in the place of one that has died just now
    if (service->state != SERVICE_STARTING || service_gone (service))
        return;
    if (reply->status == ZP_OK) {
        service->state = SERVICE_READY;
        say_mark (GREEN, "ready", "%-15s %6.2f s  %s", service->spec->name,
                  s_seconds (service->asked_ms), service->spec->endpoint);
        self->fn (self->arg);
    }
    else if (reply->status != ZP_UNAVAILABLE &&
             reply->status != ZP_DEADLINE_EXCEEDED)
        self->answer = zsys_sprintf ("%s: %s", zp_status_name (reply->status),
                                     reply->text);
}

bool
ward_await (ward_t *self)
{
    const service_t *service = &self->service;
    if (!self->pinged)
        self->pinged = ward_ask (self, PING_MS, s_on_pong, self);
    int64_t waited_ms = zclock_mono () - service->asked_ms;
    if (waited_ms >= service->spec->ready_ms) {
        s_fail (self, zsys_sprintf ("did not answer zp.ping within %d ms%s%s",
                                    service->spec->ready_ms,
                                    self->answer ? ", but said " : "",
                                    self->answer ? self->answer : ""));
        say_mark (RED, "late", "%-15s %s", service->spec->name, self->why);
        logfile_say_tail (service->log, LOG_LINES);
        return false;
    }
    if (waited_ms >= PATIENCE)
        progress ("  waiting for %s to answer, %d s", service->spec->name,
                  (int) (waited_ms / 1000));
    return true;
}

void
ward_stop (ward_t *self)
{
    service_end (&self->service, SIGTERM, SERVICE_STOPPED);
}

void
ward_hurry (ward_t *self)
{
    service_t *service = &self->service;
    int64_t waited_ms = zclock_mono () - service->told_ms;
    if (waited_ms >= service->spec->stop_ms) {
        say_mark (YELLOW, "killed", "%-15s did not end within %d ms",
                  service->spec->name, service->spec->stop_ms);
        service_kill (service);
    }
    else if (waited_ms >= PATIENCE)
        progress ("  waiting for %s to end, %d s", service->spec->name,
                  (int) (waited_ms / 1000));
}

//  It has ended by itself
static void
s_say_dead (ward_t *self, const char *how)
{
    const service_t *service = &self->service;
    say_mark (RED, "dead",
              "%-15s %s after %.2f s; its log ends:", service->spec->name, how,
              s_seconds (service->started_ms));
    logfile_say_tail (service->log, LOG_LINES);
    char *last = logfile_last (service->log);
    s_fail (self, zsys_sprintf ("%s; its log ends: %s", how,
                                last ? last : "(it printed nothing)"));
    free (last);
}

bool
ward_ended (ward_t *self)
{
    service_t *service = &self->service;
    bool told = service->state == SERVICE_STOPPING;
    if (!service_ended (service))
        return false;
    zp_client_destroy (&self->client);
    const char *name = service->spec->name;
    char *how = service_how (service);
    s_fail (self, NULL);
    if (!told)
        s_say_dead (self, how);
    else if (service->state == SERVICE_DEAD)
        say_mark (DIM, "killed", "%-15s %s, as asked", name, how);
    else
        say_mark (DIM, "stopped", "%-15s %6.2f s", name,
                  s_seconds (service->told_ms));
    free (how);
    return true;
}

bool
ward_gave_up (const ward_t *self)
{
    return self->service.state == SERVICE_OFF ||
           (self->service.state == SERVICE_DEAD && self->why);
}
