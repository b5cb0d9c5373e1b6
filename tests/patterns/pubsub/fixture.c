//  SPDX-License-Identifier: MIT

#include "fixture.h"

int
fixture_set_up (void **state)
{
    fixture_t *self = zmalloc (sizeof *self);
    self->loop = zloop_new ();
    self->options = (zp_publisher_options_t) ZP_PUBLISHER_DEFAULTS;
    self->options.heartbeat_ms = 200;
    self->relays = (zp_relay_options_t) ZP_RELAY_DEFAULTS;
    self->relays.publisher.heartbeat_ms = 200;
    for (int i = 0; i < FIXTURE_RELAYS; i++) {
        strcpy (self->relay_updates[i], peer_new_endpoint ());
        strcpy (self->relay_requests[i], peer_new_endpoint ());
    }
    self->ears = (zp_subscriber_options_t) ZP_SUBSCRIBER_DEFAULTS;
    fixture_move (self);
    *state = self;
    return 0;
}

int
fixture_tear_down (void **state)
{
    fixture_t *self = *state;
    for (int i = 0; i < FIXTURE_EARS; i++)
        ear_destroy (&self->ear[i]);
    for (int i = 0; i < FIXTURE_RELAYS; i++)
        zp_relay_destroy (&self->relay[i]);
    zp_publisher_destroy (&self->publisher);
    zloop_destroy (&self->loop);
    free (self);
    return 0;
}

void
fixture_move (fixture_t *self)
{
    strcpy (self->updates, peer_new_endpoint ());
    strcpy (self->requests, peer_new_endpoint ());
}

void
fixture_keep_all (fixture_t *self)
{
    self->options.history_count = 10000000;
    self->options.history_bytes = 1 << 30;
    self->relays.publisher.history_count = self->options.history_count;
    self->relays.publisher.history_bytes = self->options.history_bytes;
}

void
fixture_publisher (fixture_t *self)
{
    self->publisher = zp_publisher_new (self->loop, &self->options);
    assert_int_equal (
        zp_publisher_bind (self->publisher, self->updates, self->requests),
        ZP_OK);
}

void
fixture_relay (fixture_t *self, int which, int above)
{
    const char *updates =
        above < 0 ? self->updates : self->relay_updates[above];
    const char *requests =
        above < 0 ? self->requests : self->relay_requests[above];
    zp_relay_t *relay = self->relay[which] =
        zp_relay_new (self->loop, &self->relays);
    assert_int_equal (zp_relay_connect (relay, updates, requests), ZP_OK);
    //  ZeroMQ lets go of a place some time after who was there is gone
    test_until (self->loop,
                zp_relay_bind (relay, self->relay_updates[which],
                               self->relay_requests[which]) == ZP_OK);
}

void
fixture_listen_to (fixture_t *self, ear_t *ear, int relay)
{
    ear_connect (ear, self->relay_updates[relay], self->relay_requests[relay]);
}

ear_t *
fixture_ear (fixture_t *self, int which, const char *filter)
{
    ear_t *ear = self->ear[which] = ear_new (self->loop, &self->ears);
    if (self->updates[0])
        ear_connect (ear, self->updates, self->requests);
    if (filter)
        ear_subscribe (ear, filter);
    return ear;
}

ear_t *
fixture_joined (fixture_t *self, int which, const char *filter)
{
    ear_t *ear = fixture_ear (self, which, filter);
    test_until (self->loop, ear_told (ear, "joined"));
    ear_clear (ear);
    return ear;
}

void
fixture_event (fixture_t *self, const char *topic, const char *payload)
{
    assert_int_equal (
        zp_publisher_event (self->publisher, topic, payload, strlen (payload)),
        ZP_OK);
}

void
fixture_set (fixture_t *self, const char *topic, const char *payload)
{
    zp_status_t status = payload
                             ? zp_publisher_set (self->publisher, topic,
                                                 payload, strlen (payload), 0)
                             : zp_publisher_delete (self->publisher, topic);
    assert_int_equal (status, ZP_OK);
}

void
fixture_count (fixture_t *self, int count)
{
    static unsigned next = 0;
    for (int i = 0; i < count; i++) {
        char topic[24], *payload;
        unsigned which = next++ % EAR_TOPICS;
        snprintf (topic, sizeof topic, "count/%u", which);
        payload = zsys_sprintf ("%*" PRIu64, (int) self->padding,
                                ++self->published[which]);
        fixture_set (self, topic, payload);
        zstr_free (&payload);
    }
}

static int
s_on_chatter (zloop_t *loop, int timer, void *arg)
{
    (void) loop, (void) timer;
    fixture_t *self = arg;
    fixture_count (self, self->burst);
    return 0;
}

void
fixture_chatter (fixture_t *self, int burst)
{
    if (self->chatter)
        zloop_timer_end (self->loop, self->chatter);
    self->burst = burst;
    self->chatter =
        burst ? zloop_timer (self->loop, 1, 0, s_on_chatter, self) : 0;
}

bool
fixture_is_complete (const fixture_t *self, const ear_t *ear)
{
    return memcmp (self->published, ear->at, sizeof ear->at) == 0;
}

void
fixture_complete (fixture_t *self, const ear_t *ear)
{
    test_until (self->loop, fixture_is_complete (self, ear));
    assert_int_equal (ear->missing, 0);
    assert_int_equal (ear->twice, 0);
    assert_int_equal (ear->order, 0);
}

zp_publisher_stats_t
fixture_stats (zp_publisher_t *publisher)
{
    zp_publisher_stats_t stats;
    zp_publisher_stats (publisher, &stats);
    return stats;
}
