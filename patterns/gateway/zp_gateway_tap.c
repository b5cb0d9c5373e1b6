//  SPDX-License-Identifier: MIT
//
//  What the tap is told of HTTP requests: as if the gateway were a zp_server,
//  and "GET /path" its method.

#include "zp_gateway_private.h"

#define METHOD_ROOM 256  // Of "GET /path"; what is longer is cut

//  What a code says, for those who know no HTTP
static zp_status_t
s_status (int code)
{
    switch (code) {
    case 401:
        return ZP_UNAUTHENTICATED;
    case 403:
        return ZP_PERMISSION_DENIED;
    case 404:
        return ZP_NOT_FOUND;
    case 409:
        return ZP_ABORTED;
    case 416:
        return ZP_OUT_OF_RANGE;
    case 499:
        return ZP_CANCELLED;
    case 429:
        return ZP_RESOURCE_EXHAUSTED;
    case 501:
        return ZP_UNIMPLEMENTED;
    case 503:
        return ZP_UNAVAILABLE;
    case 504:
        return ZP_DEADLINE_EXCEEDED;
    default:
        return code < 400   ? ZP_OK
               : code < 500 ? ZP_INVALID_ARGUMENT
                            : ZP_INTERNAL;
    }
}

static void
s_tell (const zp_gateway_exchange_t *self, zp_tap_what_t what, zp_kind_t kind,
        zp_status_t status)
{
    static const uint8_t none[8];
    char method[METHOD_ROOM];
    int path = (int) strcspn (self->target, "?");
    snprintf (method, sizeof method, "%s %.*s", self->method, path,
              self->target);
    zp_envelope_t envelope = {.kind = (uint8_t) kind,
                              .status = (uint8_t) status,
                              .attempt = 1,
                              .serial = self->serial,
                              .trace = self->trace};
    zp_tap_event_t event = {.what = what,
                            .envelope = &envelope,
                            .method = {method, strlen (method)},
                            .root =
                                memcmp (self->parent, none, sizeof none) == 0};
    memcpy (event.parent, self->parent, sizeof event.parent);
    const zp_tap_t *tap = self->gateway->options.tap;
    tap->fn (tap->arg, &event);
}

void
zp_gateway_tap_took (const zp_gateway_exchange_t *self)
{
    if (self->gateway->options.tap)
        s_tell (self, ZP_TAP_TOOK, ZP_REQUEST, ZP_OK);
}

void
zp_gateway_tap_ended (const zp_gateway_exchange_t *self)
{
    if (!self->gateway->options.tap || self->stage == ZP_GATEWAY_NEW)
        return;
    //  A client that goes while it is sent a stream has had what it wanted
    if (self->stage == ZP_GATEWAY_QUEUED || self->streams)
        s_tell (self, ZP_TAP_REPLIED, ZP_REPLY, s_status (self->code));
    else
        s_tell (self, ZP_TAP_MUTED, ZP_REPLY, ZP_CANCELLED);
}
