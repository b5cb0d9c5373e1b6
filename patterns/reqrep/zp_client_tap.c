//  SPDX-License-Identifier: MIT

#include "zp_client_tap.h"

static void
s_tell (const zp_client_t *client, const zp_tap_event_t *event)
{
    const zp_tap_t *tap = client->options.tap;
    tap->fn (tap->arg, event);
}

//  Tell of a call, or of an attempt at it
static void
s_tell_call (const zp_pending_t *call, zp_tap_event_t *event, zp_kind_t kind,
             int attempt, zp_status_t status)
{
    zp_envelope_t envelope = call->content.envelope;
    envelope.kind = (uint8_t) kind;
    envelope.attempt = (uint8_t) attempt;
    envelope.status = (uint8_t) status;
    event->envelope = &envelope;
    event->method = call->content.parts[0];
    memcpy (event->parent, call->parent, sizeof event->parent);
    s_tell (call->client, event);
}

void
zp_client_tap_sent (const zp_attempt_t *attempt)
{
    zp_tap_event_t event = {.what = ZP_TAP_SENT,
                            .endpoint = attempt->endpoint->name};
    s_tell_call (attempt->call, &event, ZP_REQUEST, attempt->outgoing.attempt,
                 ZP_OK);
}

void
zp_client_tap_lost (zp_attempt_t *attempt, zp_status_t status)
{
    if (!attempt->outgoing.told)
        return;
    attempt->outgoing.told = false;
    zp_tap_event_t event = {.what = ZP_TAP_LOST,
                            .endpoint = attempt->endpoint->name};
    s_tell_call (attempt->call, &event, ZP_REQUEST, attempt->outgoing.attempt,
                 status);
}

void
zp_client_tap_heard (const zp_endpoint_t *endpoint, const zp_pending_t *call,
                     zp_attempt_t *attempt, const zp_envelope_t *envelope)
{
    zp_tap_event_t event = {.what = ZP_TAP_HEARD,
                            .endpoint = endpoint->name,
                            .late = attempt == NULL};
    //  A plain REP sends the kind of the request back
    zp_kind_t kind = envelope->kind == ZP_PARTIAL ? ZP_PARTIAL : ZP_REPLY;
    if (attempt && kind == ZP_REPLY)
        attempt->outgoing.told = false;
    if (call)
        s_tell_call (call, &event, kind, envelope->attempt,
                     (zp_status_t) envelope->status);
    else {
        event.envelope = envelope;
        s_tell (endpoint->client, &event);
    }
}

void
zp_client_tap_ended (const zp_pending_t *call, zp_status_t status,
                     const char *endpoint)
{
    zp_tap_event_t event = {.what = ZP_TAP_ENDED, .endpoint = endpoint};
    s_tell_call (call, &event, ZP_REPLY, call->attempts, status);
}

void
zp_client_tap_breaker (zp_endpoint_t *endpoint, const zp_attempt_t *attempt,
                       int64_t now_ms)
{
    if (!endpoint->breaker)
        return;
    zp_breaker_state_t state = zp_breaker_state (endpoint->breaker, now_ms);
    if (state == endpoint->told)
        return;
    endpoint->told = state;
    zp_tap_event_t event = {
        .what = ZP_TAP_BREAKER, .endpoint = endpoint->name, .breaker = state};
    if (attempt) {
        s_tell_call (attempt->call, &event, ZP_REQUEST,
                     attempt->outgoing.attempt, ZP_OK);
        return;
    }
    const zp_client_t *client = endpoint->client;
    zp_envelope_t envelope = {.client = client->options.id};
    event.envelope = &envelope;
    s_tell (client, &event);
}

void
zp_client_tap_over (zp_attempt_t *attempt, zp_verdict_t verdict, int64_t now_ms)
{
    bool silent = verdict == ZP_VERDICT_BAD;
    zp_client_tap_lost (attempt, silent ? ZP_DEADLINE_EXCEEDED : ZP_CANCELLED);
    zp_client_tap_breaker (attempt->endpoint, attempt, now_ms);
}
