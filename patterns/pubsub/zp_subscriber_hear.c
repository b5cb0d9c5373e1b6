//  SPDX-License-Identifier: MIT
//
//  What comes in, until it is told (zp_subscriber_tell.c)

#define _POSIX_C_SOURCE 200809L

#include "zp_subscriber_private.h"

#define TURN_MAX 100  // Frames read in one turn of the loop

//  What was missed can be asked for
static bool
s_can_ask (const zp_subscriber_t *self)
{
    const zp_subscriber_source_t *source = TAILQ_FIRST (&self->sources);
    return source && source->client;
}

bool
zp_subscriber_asks_values (const zp_subscriber_t *self)
{
    return !self->options.no_values && s_can_ask (self);
}

bool
zp_subscriber_blocked (const zp_subscriber_t *self)
{
    return self->ask.snapshot ||
           (zp_tracker_early (self->tracker) > 0 &&
            zp_subscriber_asks_values (self)) ||
           (self->options.order == ZP_ORDER_STRICT &&
            zp_tracker_behind (self->tracker) > 0);
}

//  Keep an update until those before it have come. One for which there is no
//  room is missed, which will be noticed
static void
s_hold (zp_subscriber_t *self, zp_item_t **item_p, bool first)
{
    zp_subscriber_own (self, *item_p);
    if (first)
        TAILQ_INSERT_HEAD (&self->held, *item_p, link);
    else if (self->held_count < (size_t) self->options.inbox)
        TAILQ_INSERT_TAIL (&self->held, *item_p, link);
    else
        return;
    *item_p = NULL;
    self->held_count++;
}

static zp_item_t *
s_unhold (zp_subscriber_t *self)
{
    zp_item_t *item = TAILQ_FIRST (&self->held);
    if (item) {
        TAILQ_REMOVE (&self->held, item, link);
        self->held_count--;
    }
    return item;
}

void
zp_subscriber_forget_held (zp_subscriber_t *self)
{
    zp_item_t *item;
    while ((item = s_unhold (self)) != NULL)
        zp_item_destroy (&item);
}

void
zp_subscriber_restart (zp_subscriber_t *self, uint64_t stream)
{
    uint64_t before = self->stats.stream;
    zp_subscriber_forget_held (self);
    zp_tracker_restart (self->tracker, stream);
    self->stats.stream = stream;
    if (before == 0 || before == stream)
        return;
    self->stats.restarts++;
    zp_subscriber_say (self, (zp_news_t){.kind = ZP_NEWS_RESTARTED}, "", 0);
}

typedef struct {
    zp_subscriber_t *self;        // Who looks
    const zp_tracked_t *tracked;  // One that is stuck; NULL: none
} s_stuck_t;

//  A stem that is missing something that can't be asked for
static void
s_find_stuck (void *node, void *arg)
{
    const zp_tracked_t *tracked = node;
    s_stuck_t *stuck = arg;
    if ((tracked->behind && !s_can_ask (stuck->self)) ||
        (tracked->early && !zp_subscriber_asks_values (stuck->self)))
        stuck->tracked = tracked;
}

//  Let those that are stuck go on, without what was before. One by one, since
//  the handler, who is told, may change the table
static void
s_unstick (zp_subscriber_t *self, uint64_t before)
{
    for (;;) {
        s_stuck_t stuck = {self, NULL};
        zp_stems_each (zp_tracker_stems (self->tracker), s_find_stuck, &stuck);
        const zp_tracked_t *tracked = stuck.tracked;
        if (!tracked)
            return;
        if (tracked->behind)
            zp_subscriber_lose (self, tracked);
        else {
            zp_news_t news = {.kind = ZP_NEWS_JOINED, .sequence = before};
            zp_tracker_join (self->tracker, zp_stem_span (&tracked->stem),
                             before);
            zp_subscriber_say_stem (self, news, &tracked->stem);
        }
    }
}

//  The tracker does not take what came, of which `before` is the number of all
//  that was before. True if it will now; false if something must be asked for
static bool
s_react (zp_subscriber_t *self, zp_verdict_t verdict, uint64_t stream,
         uint64_t before)
{
    self->stats.gaps += verdict == ZP_VERDICT_GAP;
    if (verdict == ZP_VERDICT_STREAM) {
        zp_subscriber_ask_cancel (self);
        zp_subscriber_restart (self, stream);
        return true;
    }
    if (verdict == ZP_VERDICT_EARLY ? zp_subscriber_asks_values (self)
                                    : s_can_ask (self))
        return false;
    s_unstick (self, before);
    return true;
}

static bool
s_in_need (zp_verdict_t verdict)
{
    return verdict == ZP_VERDICT_STREAM || verdict == ZP_VERDICT_EARLY ||
           verdict == ZP_VERDICT_GAP;
}

//  Tell an update; or if something before it is missing, and is to be told
//  first, hold it as the first
static void
s_look (zp_subscriber_t *self, zp_item_t **item_p)
{
    const zp_update_t *update = &(*item_p)->update;
    bool skip = self->options.order == ZP_ORDER_NEWEST;
    zp_verdict_t verdict;
    do
        verdict = zp_tracker_update (self->tracker, update, skip);
    while (s_in_need (verdict) &&
           s_react (self, verdict, update->stream, update->sequence - 1));
    if (verdict == ZP_VERDICT_NEW || (verdict == ZP_VERDICT_GAP && skip))
        zp_subscriber_tell (self, item_p);
    else if (s_in_need (verdict))
        s_hold (self, item_p, true);
    self->stats.known += verdict == ZP_VERDICT_KNOWN;
}

void
zp_subscriber_release (zp_subscriber_t *self)
{
    while (!TAILQ_EMPTY (&self->held) && !zp_subscriber_blocked (self) &&
           !self->ended) {
        zp_item_t *item = s_unhold (self);
        s_look (self, &item);
        zp_item_destroy (&item);
    }
}

void
zp_subscriber_set_gone (zp_subscriber_t *self, bool gone)
{
    if (gone == self->gone)
        return;
    self->gone = gone;
    zp_news_t news = {.kind = gone ? ZP_NEWS_GONE : ZP_NEWS_BACK};
    zp_subscriber_say (self, news, self->will, gone ? strlen (self->will) : 0);
}

static void
s_hear_update (zp_subscriber_t *self, zp_item_t **item_p)
{
    zp_subscriber_set_gone (self, false);
    if (zp_subscriber_blocked (self) || !TAILQ_EMPTY (&self->held))
        s_hold (self, item_p, false);
    else
        s_look (self, item_p);
}

static void
s_set_silence (zp_subscriber_t *self, int silence_ms)
{
    if (self->silence_ms == silence_ms)
        return;
    self->silence_ms = silence_ms;
    zp_timers_set (self->timers, &self->silence, zclock_mono () + silence_ms);
}

static void
s_hear_heartbeat (zp_subscriber_t *self, const zp_heartbeat_t *heartbeat)
{
    zp_span_t stem = {heartbeat->stem, heartbeat->stem_size};
    const zp_tracked_t *tracked = zp_tracker_find (self->tracker, stem);
    //  Its last will comes with the values: who joins is told after them
    if (!heartbeat->gone || (tracked && tracked->joined))
        zp_subscriber_set_gone (self, heartbeat->gone);
    tracked = zp_tracker_find (self->tracker, stem);
    if (!tracked)
        return;
    if (self->options.silence_ms == 0 && heartbeat->every_ms < 1000000)
        s_set_silence (self, 3 * (int) heartbeat->every_ms + 100);
    //  What is held was sent before this: to be looked at first
    if (tracked->joined && !TAILQ_EMPTY (&self->held) &&
        heartbeat->stream == zp_tracker_stream (self->tracker))
        return;
    zp_verdict_t verdict;
    do
        verdict = zp_tracker_heartbeat (self->tracker, heartbeat);
    while (s_in_need (verdict) &&
           s_react (self, verdict, heartbeat->stream, heartbeat->sequence));
}

//  Something from a publisher that is not ours: a topic and, behind a NUL or in
//  the next frame, the payload
static void
s_hear_plain (zp_subscriber_t *self, zmq_msg_t *second)
{
    const char *data = zmq_msg_data (&self->msg);
    size_t size = zmq_msg_size (&self->msg);
    size_t topic = strnlen (data, size);
    zp_span_t payload = {zmq_msg_data (second), zmq_msg_size (second)};
    if (topic < size)
        payload = (zp_span_t){data + topic + 1, size - topic - 1};
    if (!zp_subscriber_wanted (self, (zp_span_t){data, topic}))
        return;
    zp_item_t *item = zp_item_new ();
    zmq_msg_init_size (&item->msg, topic + 1 + payload.size);
    char *copy = zmq_msg_data (&item->msg);
    memcpy (copy, data, topic);
    copy[topic] = 0;
    if (payload.size)
        memcpy (copy + topic + 1, payload.data, payload.size);
    item->news = (zp_news_t){.kind = ZP_NEWS_EVENT,
                             .topic = copy,
                             .payload = {copy + topic + 1, payload.size}};
    zp_subscriber_set_gone (self, false);
    zp_subscriber_tell_item (self, item);
}

//  Hear an update, if it is one; it lies in the message
static bool
s_hear_frame (zp_subscriber_t *self, zp_span_t frame)
{
    if (!self->spare)
        self->spare = zp_item_new ();
    zp_item_t *item = self->spare;
    if (!zp_update_read (&item->update, frame.data, frame.size))
        return false;
    item->frame = frame;
    item->borrowed = true;
    s_hear_update (self, &self->spare);
    return true;
}

//  A message came, with a second frame or an empty one
static void
s_hear (zp_subscriber_t *self, zmq_msg_t *second)
{
    const uint8_t *data = zmq_msg_data (&self->msg);
    zp_span_t frame = {data, zmq_msg_size (&self->msg)}, updates;
    zp_heartbeat_t heartbeat;
    if (self->rejoin)
        return;
    if (zp_batch_read (data, frame.size, &updates)) {
        bool good = true;
        while (good && !self->ended && zp_batch_next (&updates, &frame))
            good = s_hear_frame (self, frame);
        self->stats.garbage += !good || (updates.size && !self->ended);
    }
    else if (zp_heartbeat_read (&heartbeat, data, frame.size))
        s_hear_heartbeat (self, &heartbeat);
    else if (s_hear_frame (self, frame))
        return;
    else if (self->plain && frame.size && data[0] < ZP_UPDATE_MARK)
        s_hear_plain (self, second);
    else
        self->stats.garbage++;
}

//  Receive a message: its first frame, the second or an empty one, and no more.
//  False if there is none
static bool
s_receive (void *handle, zmq_msg_t *first, zmq_msg_t *second)
{
    if (zmq_msg_recv (first, handle, ZMQ_DONTWAIT) == -1)
        return false;
    zmq_msg_close (second);
    zmq_msg_init (second);
    bool more = zmq_msg_more (first) &&
                zmq_msg_recv (second, handle, ZMQ_DONTWAIT) != -1 &&
                zmq_msg_more (second);
    while (more) {
        zmq_msg_t rest;
        zmq_msg_init (&rest);
        more = zmq_msg_recv (&rest, handle, ZMQ_DONTWAIT) != -1 &&
               zmq_msg_more (&rest);
        zmq_msg_close (&rest);
    }
    return true;
}

int
zp_subscriber_read (zp_subscriber_t *self)
{
    void *handle = zsock_resolve (self->socket);
    zmq_msg_t second;
    zmq_msg_init (&second);
    bool any = false;
    for (int i = 0;
         i < TURN_MAX && !self->ended && zp_subscriber_has_room (self); i++) {
        if (!s_receive (handle, &self->msg, &second))
            break;
        any = true;
        s_hear (self, &second);
    }
    zmq_msg_close (&second);
    if (any)
        self->heard_ms = zclock_mono ();
    zp_subscriber_ask (self);
    zp_subscriber_poll (self);
    return zp_subscriber_turned (self);
}
