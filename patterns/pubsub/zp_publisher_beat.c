//  SPDX-License-Identifier: MIT
//
//  Who listens, and the heartbeats for them

#include "zp_publisher_private.h"

#define SPACING_MS 10   // From a heartbeat to one for somebody who joins
#define AGAIN_MS   100  // Until a subscriber may have room again

//  Send a heartbeat, and before it all that it speaks of. False if one who has
//  no room is waited for; but not with the last one
static bool
s_send_heartbeat (zp_listened_t *listened)
{
    zp_publisher_t *self = listened->publisher;
    zp_span_t stem = zp_stem_span (&listened->stem);
    zp_urgency_t urgency = self->gone ? ZP_URGENCY_NOW : ZP_URGENCY_TRY;
    if (!zp_publisher_send_batch (self, urgency))
        return false;
    zp_heartbeat_t heartbeat = {.stem = listened->stem.text,
                                .stem_size = stem.size,
                                .stream = zp_source_stream (self->source),
                                .sequence = zp_source_sequence (self->source),
                                .last = zp_source_last (self->source, stem),
                                .every_ms =
                                    (uint32_t) self->options.heartbeat_ms,
                                .gone = self->gone};
    uint8_t data[ZP_HEARTBEAT_MAX];
    zp_span_t frame = {data, zp_heartbeat_write (&heartbeat, data)};
    if (!zp_publisher_send (self, frame, urgency))
        return false;
    self->stats.heartbeats++;
    return true;
}

void
zp_publisher_beat (void *node, void *arg)
{
    (void) arg;
    zp_listened_t *listened = node;
    zp_publisher_t *self = listened->publisher;
    bool sent = !self->ready || s_send_heartbeat (listened);
    int most_ms = self->options.heartbeat_ms / 2;
    listened->told_ms = zclock_mono ();
    listened->spacing_ms =
        listened->asked ? listened->spacing_ms * 2 : SPACING_MS;
    if (listened->spacing_ms > most_ms)
        listened->spacing_ms = most_ms;
    listened->asked = false;
    zp_timers_set (self->timers, &listened->timer,
                   listened->told_ms +
                       (sent ? self->options.heartbeat_ms : AGAIN_MS));
}

static int
s_on_beat (zp_timer_t *timer, void *arg)
{
    (void) timer;
    zp_publisher_beat (arg, NULL);
    return 0;
}

void
zp_publisher_drop_listened (void *node, void *arg)
{
    (void) arg;
    zp_listened_t *listened = node;
    zp_timers_clear (listened->publisher->timers, &listened->timer);
}

//  Somebody wants heartbeats of a stem, and the first at once. But each goes to
//  all, so if more and more come they have to wait for it, and have it together
static void
s_listen (zp_publisher_t *self, zp_span_t stem)
{
    zp_cut_t cut = zp_stem_cut (stem);
    zp_listened_t *listened = zp_stems_find (&self->listened, stem.data, cut);
    if (!listened) {
        if (self->listened.count == (size_t) self->options.stems ||
            !zp_publisher_has (self, stem))
            return;
        listened = zp_stem_new (sizeof *listened, stem.data, cut);
        listened->publisher = self;
        zp_timer_init (&listened->timer, s_on_beat, listened);
        zp_stems_add (&self->listened, listened);
    }
    listened->asked = true;
    zp_timers_set (self->timers, &listened->timer,
                   listened->told_ms + listened->spacing_ms);
}

static void
s_unlisten (zp_publisher_t *self, zp_span_t stem)
{
    zp_cut_t cut = zp_stem_cut (stem);
    zp_listened_t *listened = zp_stems_find (&self->listened, stem.data, cut);
    if (!listened)
        return;
    if (self->batch.route == listened)
        zp_publisher_send_batch (self, ZP_URGENCY_NOW);
    zp_publisher_drop_listened (listened, NULL);
    zp_stems_remove (&self->listened, listened);
    free (listened);
}

//  A plain subscriber wants all that begins so, or not any more. All that have
//  no mark are taken as such
static void
s_set_plain (zp_publisher_t *self, zp_span_t topic, bool wanted)
{
    zp_cut_t cut = zp_stem_cut (topic);
    zp_stem_t *plain = zp_stems_find (&self->plain, topic.data, cut);
    if (wanted && !plain)
        zp_stems_add (&self->plain,
                      zp_stem_new (sizeof *plain, topic.data, cut));
    else if (!wanted && plain) {
        zp_stems_remove (&self->plain, plain);
        free (plain);
    }
}

static void
s_on_subscription (zp_publisher_t *self, bool wanted, zp_span_t topic)
{
    const uint8_t *data = topic.data;
    zp_span_t stem;
    if (zp_heartbeat_stem (data, topic.size, &stem)) {
        if (wanted)
            s_listen (self, stem);
        else
            s_unlisten (self, stem);
    }
    else if (topic.size == 0 || data[0] < ZP_UPDATE_MARK)
        s_set_plain (self, topic, wanted);
}

//  Read what subscribers want: 1 or 0, and how frames have to begin
int
zp_publisher_on_socket (zloop_t *loop, zsock_t *socket, void *arg)
{
    (void) loop;
    zp_publisher_t *self = arg;
    zmq_msg_t msg;
    zmq_msg_init (&msg);
    while (zmq_msg_recv (&msg, zsock_resolve (socket), ZMQ_DONTWAIT) != -1) {
        const uint8_t *data = zmq_msg_data (&msg);
        size_t size = zmq_msg_size (&msg);
        if (size && data[0] < 2)
            s_on_subscription (self, data[0] == 1,
                               (zp_span_t){data + 1, size - 1});
    }
    zmq_msg_close (&msg);
    return 0;
}
