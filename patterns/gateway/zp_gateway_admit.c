//  SPDX-License-Identifier: MIT
//
//  What a request must pass before anybody is asked, in this order; where it
//  does not, it is answered here.

#define _GNU_SOURCE

#include "zp_gateway_private.h"

#define AGAIN_S 1  // After that there may be room

static void
s_refuse (zp_gateway_exchange_t *self, const char *reason)
{
    zp_gateway_count_refused (self->gateway, reason);
}

static bool
s_header_fits (zp_gateway_exchange_t *self)
{
    if (self->header_bytes <= self->gateway->limits->header_bytes)
        return true;
    s_refuse (self, "header_bytes");
    zp_gateway_problem (self, 431, ZP_OK, 0,
                        "the header is larger than %zu bytes",
                        self->gateway->limits->header_bytes);
    return false;
}

//  Who has a key is known by that, wherever he is
static bool
s_within_rate (zp_gateway_exchange_t *self)
{
    zp_gateway_t *gateway = self->gateway;
    const zp_gateway_route_t *route = self->match.route;
    const zp_gateway_rate_t *rate =
        route ? &route->rate : &gateway->limits->rate;
    if (rate->per_second <= 0)
        return true;
    const char *client =
        self->key ? zp_gateway_key_name (self->key) : self->client;
    uint32_t scope =
        route && route->own_rate ? (uint32_t) route->number + 1 : 0;
    int64_t wait_ms = zp_gateway_limit_take (
        gateway->limit, scope * 2 + (self->key != NULL),
        (zp_span_t){client, strlen (client)}, rate, zclock_mono ());
    if (wait_ms == 0)
        return true;
    s_refuse (self, "rate");
    zp_gateway_problem (self, 429, ZP_OK, zp_gateway_retry_after (wait_ms),
                        "too many requests from one client");
    return false;
}

static void
s_allow (zp_gateway_exchange_t *self)
{
    char room[ZP_GATEWAY_METHODS_MAX];
    zp_gateway_add_header (self->answer, "Allow",
                           zp_gateway_methods (self->match.allow, room));
}

//  There is a route for it
static bool
s_routed (zp_gateway_exchange_t *self)
{
    switch (self->match.found) {
    case ZP_GATEWAY_FOUND:
        return self->match.route != NULL;
    case ZP_GATEWAY_OTHERWISE:
        zp_gateway_problem (self, 405, ZP_OK, 0, "not with %s", self->method);
        s_allow (self);
        return false;
    case ZP_GATEWAY_ASKED:
        zp_gateway_answer_text (self, 204, NULL, "", 0);
        s_allow (self);
        return false;
    case ZP_GATEWAY_STRANGE:
        zp_gateway_problem (self, 501, ZP_OK, 0, "a method nobody knows");
        return false;
    case ZP_GATEWAY_TOO_LONG:
        zp_gateway_problem (self, 414, ZP_OK, 0,
                            "the path is longer than %d bytes",
                            ZP_GATEWAY_PATH_MAX);
        return false;
    case ZP_GATEWAY_REFUSED:
        zp_gateway_problem (self, 400, ZP_OK, 0, "%s", self->match.problem);
        return false;
    default:
        zp_gateway_problem (self, 404, ZP_OK, 0, "there is nothing here");
        return false;
    }
}

//  It must not come from a page that somebody else wrote
static bool
s_own_page (zp_gateway_exchange_t *self)
{
    if (!self->match.route->same_origin || zp_gateway_same_origin (self))
        return true;
    s_refuse (self, "origin");
    zp_gateway_problem (self, 403, ZP_OK, 0,
                        "only pages that are served here may ask for that");
    return false;
}

static bool
s_permitted (zp_gateway_exchange_t *self)
{
    const zp_gateway_route_t *route = self->match.route;
    if (!route->closed)
        return true;
    if (self->key && zp_gateway_key_opens (self->key, route->group))
        return true;
    s_refuse (self, "key");
    if (self->key)
        zp_gateway_problem (self, 403, ZP_OK, 0, "this key does not open that");
    else {
        zp_gateway_problem (self, 401, ZP_OK, 0,
                            "a key is needed: Authorization: Bearer KEY");
        zp_gateway_add_header (self->answer, "WWW-Authenticate", "Bearer");
    }
    return false;
}

//  There is room for one more. Streams are many and quiet, and counted apart
static bool
s_admitted (zp_gateway_exchange_t *self)
{
    zp_gateway_t *gateway = self->gateway;
    self->streams = self->match.route->kind == ZP_GATEWAY_EVENTS;
    self->counted = zp_gateway_gate_enter (self->streams ? &gateway->streams
                                                         : &gateway->gate);
    self->inside = self->counted && zp_gateway_gate_enter (&self->lane->gate);
    if (self->inside)
        return true;
    s_refuse (self, "in_flight");
    zp_gateway_problem (self, 503, ZP_OK, AGAIN_S, "too much to do");
    return false;
}

static bool
s_body_fits (zp_gateway_exchange_t *self)
{
    const zp_gateway_route_t *route = self->match.route;
    const char *length = zp_gateway_header (self, "Content-Length");
    if (self->upload && !route->body)
        zp_gateway_problem (self, 400, ZP_OK, 0, "there is no body to this");
    else if (length && strtoull (length, NULL, 10) > route->body_bytes) {
        s_refuse (self, "body_bytes");
        zp_gateway_problem (self, 413, ZP_OK, 0,
                            "the body is larger than %zu bytes",
                            route->body_bytes);
    }
    else
        return true;
    return false;
}

void
zp_gateway_admit (zp_gateway_exchange_t *self)
{
    bool admitted = s_header_fits (self) && s_within_rate (self) &&
                    s_routed (self) && s_own_page (self) &&
                    s_permitted (self) && s_body_fits (self) &&
                    s_admitted (self);
    (void) admitted;  // Otherwise it is answered
}
