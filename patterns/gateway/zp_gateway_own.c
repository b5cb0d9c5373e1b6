//  SPDX-License-Identifier: MIT
//
//  /healthz, /readyz and /metrics. They are answered at all times, whatever the
//  limits: who looks after the gateway must see it most of all when it has too
//  much to do.

#define _GNU_SOURCE

#include "zp_gateway_private.h"

size_t
zp_gateway_up (const zp_gateway_peer_t *peer)
{
    size_t up = 0;
    for (size_t i = 0; i < zp_client_endpoints (peer->client); i++) {
        zp_client_endpoint_t endpoint;
        zp_client_endpoint (peer->client, i, &endpoint);
        up += endpoint.up;
    }
    return up;
}

static void
s_answer_json (zp_gateway_exchange_t *self, int code, json_t *json)
{
    char *text = json_dumps (json, JSON_COMPACT);
    json_decref (json);
    zp_gateway_answer_own (self, code, "application/json", text, strlen (text));
}

static void
s_health (zp_gateway_exchange_t *self)
{
    s_answer_json (self, 200, json_pack ("{s:s}", "status", "ok"));
}

static void
s_ready (zp_gateway_exchange_t *self)
{
    zp_gateway_t *gateway = self->gateway;
    json_t *services = json_object ();
    size_t all = 0, count = gateway->routes->services_count;
    for (size_t i = 0; i < count; i++) {
        const zp_gateway_peer_t *peer = &gateway->peers[i];
        size_t up = zp_gateway_up (peer);
        all += up;
        json_object_set_new (services, peer->service->name,
                             json_pack ("{s:I,s:I}", "peers",
                                        (json_int_t) peer->service->count, "up",
                                        (json_int_t) up));
    }
    bool ready = !gateway->draining && (all > 0 || count == 0);
    s_answer_json (self, ready ? 200 : 503,
                   json_pack ("{s:b,s:b,s:o}", "ready", ready, "draining",
                              gateway->draining, "services", services));
}

static void
s_metrics (zp_gateway_exchange_t *self)
{
    zp_gateway_t *gateway = self->gateway;
    zp_gateway_figures_t *figures = &gateway->figures;
    zp_gateway_series_set (figures->in_flight, gateway->gate.inside);
    zp_gateway_series_set (figures->streams, gateway->streams.inside);
    zp_gateway_series_set (figures->feeds, gateway->feeds);
    for (size_t i = 0; i < gateway->routes->services_count; i++) {
        const zp_gateway_peer_t *peer = &gateway->peers[i];
        const char *labels[] = {peer->service->name};
        zp_gateway_series_set (zp_gateway_family_series (figures->up, labels),
                               (double) zp_gateway_up (peer));
    }
    size_t size;
    char *text = zp_gateway_metrics_text (figures->all, &size);
    zp_gateway_answer_own (self, 200, ZP_GATEWAY_METRICS_TYPE, text, size);
}

bool
zp_gateway_own (zp_gateway_exchange_t *self)
{
    static const struct {
        const char *path;             // What is asked for
        zp_gateway_begin_fn *answer;  // Gives it
    } own[] = {
        {"/healthz", s_health}, {"/readyz", s_ready}, {"/metrics", s_metrics}};
    size_t size = strcspn (self->target, "?");
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (strlen (own[i].path) != size ||
            memcmp (own[i].path, self->target, size) != 0)
            continue;
        self->lane = &self->gateway->lanes[self->gateway->routes->count];
        if (streq (self->method, "GET") || streq (self->method, "HEAD"))
            own[i].answer (self);
        else {
            zp_gateway_problem (self, 405, ZP_OK, 0, "not with %s",
                                self->method);
            zp_gateway_add_header (self->answer, "Allow", "GET, HEAD");
        }
        return true;
    }
    return false;
}
