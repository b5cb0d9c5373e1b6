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
}

static double
s_seconds (int64_t since_ms)
{
    return (double) (zclock_mono () - since_ms) / 1000;
}

bool
ward_start (ward_t *self)
{
    const topology_service_t *spec = self->service.spec;
    if (endpoint_in_use (spec->endpoint)) {
        say_error ("%s: %s is in use already, by another program", spec->name,
                   spec->endpoint);
        say_hint ("ss -ltxnp shows who listens where");
        return false;
    }
    if (!service_start (&self->service)) {
        say_error ("%s can't be started: %s", spec->name, strerror (errno));
        return false;
    }
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.max_attempts = 1;
    options.no_breaker = true;
    self->client = zp_client_new (self->loop, &options);
    if (zp_client_connect (self->client, spec->endpoint) != ZP_OK) {
        say_error ("%s: %s", spec->name, zp_client_error (self->client));
        return false;
    }
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
                  s_seconds (service->started_ms), service->spec->endpoint);
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
    int64_t waited_ms = zclock_mono () - service->started_ms;
    if (waited_ms >= service->spec->ready_ms) {
        say_mark (RED, "late", "%-15s did not answer zp.ping within %d ms%s%s",
                  service->spec->name, service->spec->ready_ms,
                  self->answer ? ", but said " : "",
                  self->answer ? self->answer : "");
        logfile_say_tail (service->log, LOG_LINES);
        return false;
    }
    if (waited_ms >= PATIENCE)
        progress ("  waiting for %s to answer, %d s", service->spec->name,
                  (int) (waited_ms / 1000));
    return true;
}

void
ward_end (ward_t *self)
{
    service_t *service = &self->service;
    if (service->state != SERVICE_STOPPING) {
        service_stop (service);
        return;
    }
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

bool
ward_ended (ward_t *self)
{
    service_t *service = &self->service;
    if (!service_ended (service))
        return false;
    zp_client_destroy (&self->client);
    const char *name = service->spec->name;
    if (service->state == SERVICE_STOPPED)
        say_mark (DIM, "stopped", "%-15s %6.2f s", name,
                  s_seconds (service->told_ms));
    else {
        char *how = service_how (service);
        say_mark (RED, "dead", "%-15s %s after %.2f s; its log ends:", name,
                  how, s_seconds (service->started_ms));
        free (how);
        logfile_say_tail (service->log, LOG_LINES);
    }
    return true;
}
