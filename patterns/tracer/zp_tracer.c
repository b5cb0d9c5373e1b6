//  SPDX-License-Identifier: MIT

#include "zp_tracer_private.h"

//  True if it is about a question to a service about itself
static bool
s_is_question (zp_span_t method)
{
    static const zp_span_t prefix[] = {{"zp.", 3}, {"up.", 3}};
    static const zp_span_t gauges = {"gauges", 6};
    for (size_t i = 0; i < sizeof prefix / sizeof prefix[0]; i++)
        if (method.size >= prefix[i].size &&
            memcmp (method.data, prefix[i].data, prefix[i].size) == 0)
            return true;
    return method.size == gauges.size &&
           memcmp (method.data, gauges.data, gauges.size) == 0;
}

static void
s_on_event (void *arg, const zp_tap_event_t *event)
{
    zp_tracer_t *self = arg;
    if (s_is_question (event->method))
        return;
    const zp_envelope_t *envelope = event->envelope;
    zp_tracer_event_t entry = {.at_us = zclock_usecs (),
                               .client = envelope->client,
                               .serial = envelope->serial,
                               .trace = envelope->trace,
                               .what = (uint8_t) event->what,
                               .status = envelope->status,
                               .attempt = envelope->attempt,
                               .breaker = (uint8_t) event->breaker,
                               .more = envelope->kind == ZP_PARTIAL,
                               .late = event->late,
                               .root = event->root};
    memcpy (entry.parent, event->parent, sizeof entry.parent);
    size_t size = event->method.size;
    if (size > sizeof entry.method)
        size = sizeof entry.method;
    if (size)
        memcpy (entry.method, event->method.data, size);

    pthread_mutex_lock (&self->lock);
    entry.endpoint = zp_tracer_peers_count (self->peers, event);
    zp_tracer_ring_add (self->ring, &entry);
    pthread_mutex_unlock (&self->lock);
}

zp_tracer_t *
zp_tracer_new (void)
{
    zp_tracer_t *self = zmalloc (sizeof *self);
    self->tap = (zp_tap_t){s_on_event, self};
    int rc = pthread_mutex_init (&self->lock, NULL);
    assert (rc == 0);
    (void) rc;
    self->ring = zp_tracer_ring_new (ZP_TRACER_EVENTS);
    self->peers = zp_tracer_peers_new ();
    return self;
}

void
zp_tracer_destroy (zp_tracer_t **self_p)
{
    assert (self_p);
    zp_tracer_t *self = *self_p;
    if (!self)
        return;
    *self_p = NULL;
    zp_tracer_ring_destroy (&self->ring);
    zp_tracer_peers_destroy (&self->peers);
    pthread_mutex_destroy (&self->lock);
    free (self);
}

const zp_tap_t *
zp_tracer_tap (zp_tracer_t *self)
{
    return &self->tap;
}
