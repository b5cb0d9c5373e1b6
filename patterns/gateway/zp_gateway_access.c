//  SPDX-License-Identifier: MIT
//
//  What is counted, and what is written down, of what has ended.

#define _GNU_SOURCE

#include "zp_gateway_private.h"

#include <time.h>

#include "zp_args.h"

#define TEXT_MAX 2048  // Bytes of a target, or an error, that are written down
#define GONE     499   // As others have it: the client went first

void
zp_gateway_figures_init (zp_gateway_t *self)
{
    static const char *const by_answer[] = {"route", "code", NULL};
    static const char *const by_route[] = {"route", NULL};
    static const char *const by_call[] = {"service", "status", NULL};
    static const char *const by_service[] = {"service", NULL};
    static const char *const by_reason[] = {"reason", NULL};
    size_t routes = self->routes->count + 2;
    size_t services = self->routes->services_count + 1;
    zp_gateway_figures_t *to = &self->figures;
    zp_gateway_metrics_t *all = to->all = zp_gateway_metrics_new ();
    to->requests = zp_gateway_metrics_counter (all, "zp_gateway_requests_total",
                                               "Requests that have ended.",
                                               by_answer, routes * 20);
    to->times = zp_gateway_metrics_times (
        all, "zp_gateway_request_seconds",
        "From a request's first line to the end of its answer.", by_route,
        routes);
    to->refused = zp_gateway_metrics_counter (
        all, "zp_gateway_refused_total",
        "Requests refused before they were begun.", by_reason, 20);
    to->calls = zp_gateway_metrics_counter (
        all, "zp_gateway_calls_total", "Calls to services that have ended.",
        by_call, services * (ZP_UNAUTHENTICATED + 1));
    to->stale = zp_gateway_metrics_counter (
        all, "zp_gateway_stale_total",
        "Calls that failed, and an older result was answered.", by_service,
        services);
    to->up = zp_gateway_metrics_gauge (all, "zp_gateway_peers_up",
                                       "Peers of a service that are connected.",
                                       by_service, services);
    to->dropped = zp_gateway_metrics_counter (
        all, "zp_gateway_streams_dropped_total",
        "Streams of events that the gateway ended.", by_reason, 20);
    to->in_flight = zp_gateway_family_series (
        zp_gateway_metrics_gauge (all, "zp_gateway_requests_in_flight",
                                  "Requests that are being answered.", NULL, 1),
        NULL);
    to->connections = zp_gateway_family_series (
        zp_gateway_metrics_gauge (all, "zp_gateway_connections",
                                  "Connections of clients.", NULL, 1),
        NULL);
    to->streams = zp_gateway_family_series (
        zp_gateway_metrics_gauge (all, "zp_gateway_streams",
                                  "Streams of events.", NULL, 1),
        NULL);
    to->feeds = zp_gateway_family_series (
        zp_gateway_metrics_gauge (all, "zp_gateway_topics",
                                  "Topics that streams follow, or did lately.",
                                  NULL, 1),
        NULL);
    to->events = zp_gateway_family_series (
        zp_gateway_metrics_counter (all, "zp_gateway_events_total",
                                    "Events put into streams.", NULL, 1),
        NULL);
}

void
zp_gateway_count_refused (zp_gateway_t *self, const char *reason)
{
    zp_gateway_series_add (
        zp_gateway_family_series (self->figures.refused, &reason), 1);
}

void
zp_gateway_count_dropped (zp_gateway_t *self, const char *reason)
{
    zp_gateway_series_add (
        zp_gateway_family_series (self->figures.dropped, &reason), 1);
}

static void
s_count (zp_gateway_exchange_t *self, int64_t time_us)
{
    zp_gateway_figures_t *figures = &self->gateway->figures;
    zp_gateway_lane_t *lane = self->lane;
    if (!lane->answers || lane->code != self->code) {
        char code[16];
        snprintf (code, sizeof code, "%d", self->code);
        const char *labels[] = {lane->path, code};
        lane->answers = zp_gateway_family_series (figures->requests, labels);
        lane->code = self->code;
    }
    if (!lane->times)
        lane->times = zp_gateway_family_series (figures->times, &lane->path);
    zp_gateway_series_add (lane->answers, 1);
    //  A stream lasts as long as its client likes: that is no time of ours
    if (!self->streams)
        zp_gateway_series_time (lane->times, (uint64_t) time_us);
}

//  A member whose text comes from outside; NULL: null
static void
s_put (FILE *file, const char *name, const char *text)
{
    char plain[TEXT_MAX];
    if (!text) {
        fprintf (file, ",\"%s\":null", name);
        return;
    }
    zp_args_plain ((zp_span_t){text, strlen (text)}, plain, sizeof plain);
    fprintf (file, ",\"%s\":\"", name);
    for (const char *at = plain; *at; at++) {
        if (*at == '"' || *at == '\\')
            fputc ('\\', file);
        fputc (*at, file);
    }
    fputc ('"', file);
}

static void
s_put_time (FILE *file)
{
    struct timespec now;
    struct tm parts;
    char text[24];
    clock_gettime (CLOCK_REALTIME, &now);
    gmtime_r (&now.tv_sec, &parts);
    strftime (text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    fprintf (file, "{\"time\":\"%s.%03dZ\"", text,
             (int) (now.tv_nsec / 1000000));
}

static void
s_write (zp_gateway_exchange_t *self, int64_t time_us)
{
    const zp_gateway_options_t *options = &self->gateway->options;
    char trace[ZP_GATEWAY_TRACE_SIZE + 1];
    zp_gateway_trace_write (&self->trace, trace);
    trace[35] = 0;  // Only the trace id, which begins at 3
    char *text;
    size_t size;
    FILE *file = open_memstream (&text, &size);
    assert (file);
    s_put_time (file);
    s_put (file, "client", self->client);
    s_put (file, "method", self->method);
    s_put (file, "target", self->target);
    s_put (file, "route", self->lane->route ? self->lane->path : NULL);
    fprintf (file, ",\"status\":%d,\"bytes\":%" PRIu64 ",\"ms\":%.3f",
             self->code, self->size, (double) time_us / 1000);
    s_put (file, "id", self->id);
    s_put (file, "trace", trace + 3);
    s_put (file, "key", self->key ? zp_gateway_key_name (self->key) : NULL);
    if (self->error)
        s_put (file, "error", self->error);
    fputc ('}', file);
    fclose (file);
    options->log (options->log_arg, text);
    free (text);
}

void
zp_gateway_access (zp_gateway_exchange_t *self)
{
    int64_t time_us = zclock_usecs () - self->begun_us;
    if (self->stage == ZP_GATEWAY_NEW) {
        //  libmicrohttpd has refused it, or the client went
        self->code = 400;
        zp_gateway_note (self, "no whole HTTP request");
    }
    else if (self->code == 0)
        self->code = GONE;
    if (self->gone)
        zp_gateway_note (self, "the client went away");
    s_count (self, time_us);
    if (self->gateway->options.log)
        s_write (self, time_us);
}
