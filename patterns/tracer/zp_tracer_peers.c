//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "zp_tracer_peers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "zp_status.h"

struct zp_tracer_peers {
    size_t size;                              // How many peers
    zp_tracer_peer_t peers[ZP_TRACER_PEERS];  // These
    uint64_t seen;                            // How many clients there were
    uint64_t clients[ZP_TRACER_CLIENTS];      // The last of these
};

zp_tracer_peers_t *
zp_tracer_peers_new (void)
{
    zp_tracer_peers_t *self = calloc (1, sizeof *self);
    assert (self);
    return self;
}

void
zp_tracer_peers_destroy (zp_tracer_peers_t **self_p)
{
    assert (self_p);
    zp_tracer_peers_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    for (size_t i = 0; i < self->size; i++)
        free (self->peers[i].endpoint);
    free (self);
}

//  The peer with that endpoint; a new one if there is none yet, and room
static zp_tracer_peer_t *
s_peer (zp_tracer_peers_t *self, const char *endpoint)
{
    size_t number = 0;
    while (number < self->size &&
           strcmp (self->peers[number].endpoint, endpoint) != 0)
        number++;
    if (number == ZP_TRACER_PEERS)
        return NULL;
    zp_tracer_peer_t *peer = &self->peers[number];
    if (number == self->size) {
        peer->endpoint = strdup (endpoint);
        assert (peer->endpoint);
        self->size++;
    }
    return peer;
}

static void
s_note_client (zp_tracer_peers_t *self, uint64_t id)
{
    const uint64_t *ids;
    size_t count = zp_tracer_peers_clients (self, &ids);
    for (size_t i = 0; i < count; i++)
        if (ids[i] == id)
            return;
    self->clients[self->seen++ % ZP_TRACER_CLIENTS] = id;
}

const char *
zp_tracer_peers_count (zp_tracer_peers_t *self, const zp_tap_event_t *event)
{
    zp_tracer_peer_t *peer =
        event->endpoint ? s_peer (self, event->endpoint) : NULL;
    const zp_envelope_t *envelope = event->envelope;
    if (event->what == ZP_TAP_SENT)
        s_note_client (self, envelope->client);
    if (!peer)
        return NULL;

    bool piece = envelope->kind == ZP_PARTIAL;
    switch (event->what) {
    case ZP_TAP_SENT:
        peer->sent++;
        peer->retries += envelope->attempt > 1;
        peer->in_flight++;
        break;
    case ZP_TAP_LOST:
        peer->lost += envelope->status != ZP_CANCELLED;
        peer->in_flight--;
        break;
    case ZP_TAP_HEARD:
        peer->pieces += piece;
        peer->in_flight -= !piece && !event->late;
        break;
    case ZP_TAP_ENDED:
        peer->ok += envelope->status == ZP_OK;
        //  What the caller wants no more has not failed
        peer->failed +=
            envelope->status != ZP_OK && envelope->status != ZP_CANCELLED;
        break;
    case ZP_TAP_BREAKER:
        peer->breaker = event->breaker;
        break;
    default:
        break;
    }
    return peer->endpoint;
}

size_t
zp_tracer_peers_all (const zp_tracer_peers_t *self,
                     const zp_tracer_peer_t **peers_p)
{
    *peers_p = self->peers;
    return self->size;
}

size_t
zp_tracer_peers_clients (const zp_tracer_peers_t *self, const uint64_t **ids_p)
{
    *ids_p = self->clients;
    return self->seen < ZP_TRACER_CLIENTS ? (size_t) self->seen
                                          : ZP_TRACER_CLIENTS;
}
