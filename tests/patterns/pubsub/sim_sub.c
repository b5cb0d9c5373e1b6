//  SPDX-License-Identifier: MIT

#include "sim_sub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "test_seed.h"

#define CHANNEL 64  // Frames on their way; more are lost
#define HELD    16  // Frames that wait; more will be had again
#define PAGE    6   // Frames of an answer

static zp_span_t
s_stem (const zp_filter_t *filter)
{
    return (zp_span_t){filter->stem, filter->stem_size};
}

void
sim_sub_init (sim_sub_t *self, uint64_t *seed, const sim_log_t *log,
              const sim_feed_t *feed)
{
    *self = (sim_sub_t){
        .seed = seed, .log = log, .feed = feed, .tracker = zp_tracker_new ()};
}

void
sim_sub_fail (sim_sub_t *self)
{
    zp_stems_clear (&self->request.wants, NULL, NULL);
    sim_frames_clear (&self->request.frames);
    self->request = (sim_request_t){.kind = SIM_NOTHING};
}

void
sim_sub_clear (sim_sub_t *self)
{
    sim_sub_fail (self);
    sim_frames_clear (&self->channel);
    sim_frames_clear (&self->held);
    zp_tracker_destroy (&self->tracker);
}

void
sim_sub_restart (sim_sub_t *self)
{
    sim_sub_fail (self);
    sim_frames_clear (&self->channel);
    sim_frames_clear (&self->held);
    zp_tracker_destroy (&self->tracker);
    self->tracker = zp_tracker_new ();
    for (size_t i = 0; i < self->count; i++)
        zp_tracker_add (self->tracker, s_stem (&self->stems[i].filter));
}

void
sim_sub_subscribe (sim_sub_t *self, const char *text)
{
    zp_filter_t filter;
    assert_true (zp_filter_parse (&filter, text));
    if (self->count < SIM_STEMS &&
        zp_tracker_add (self->tracker, s_stem (&filter)))
        self->stems[self->count++] = (sim_stem_t){.filter = filter};
}

void
sim_sub_unsubscribe (sim_sub_t *self, size_t which)
{
    zp_span_t stem = s_stem (&self->stems[which].filter);
    //  An answer from before it was subscribed to again would be too old
    if (self->request.kind == SIM_SNAPSHOT)
        sim_sub_fail (self);
    while (!zp_tracker_remove (self->tracker, stem))
        continue;
    self->stems[which] = self->stems[--self->count];
}

static bool
s_wants (const sim_sub_t *self, const char *topic)
{
    for (size_t i = 0; i < self->count; i++)
        if (sim_has (topic, s_stem (&self->stems[i].filter)))
            return true;
    return false;
}

static void
s_push (sim_sub_t *self, const void *data, size_t size)
{
    if (self->losing > 0)
        self->losing--;
    else if (!self->cut && self->channel.count < CHANNEL)
        sim_frames_add (&self->channel, data, size);
}

void
sim_sub_send (sim_sub_t *self, const void *data, size_t size)
{
    if (s_wants (self, data))
        s_push (self, data, size);
}

void
sim_sub_heartbeats (sim_sub_t *self)
{
    const zp_source_t *source = self->feed->source;
    for (size_t i = 0; i < self->count; i++) {
        const zp_filter_t *filter = &self->stems[i].filter;
        uint8_t data[ZP_HEARTBEAT_MAX];
        size_t size = zp_heartbeat_write (
            &(zp_heartbeat_t){.stem = filter->stem,
                              .stem_size = filter->stem_size,
                              .stream = zp_source_stream (source),
                              .sequence = zp_source_sequence (source),
                              .last = zp_source_last (source, s_stem (filter)),
                              .every_ms = 1000},
            data);
        s_push (self, data, size);
    }
}

static void
s_tell (sim_sub_t *self, const zp_update_t *update, const sim_frame_t *frame)
{
    size_t topic = sim_log_topic (self->log, update);
    const sim_frame_t *sent =
        &self->log->streams[update->stream].items[update->sequence - 1];
    assert_int_equal (frame->size, sent->size);
    assert_memory_equal (frame->data, sent->data, sent->size);
    uint64_t *newest = update->kind == ZP_UPDATE_EVENT ? &self->told[topic]
                                                       : &self->changed[topic];
    if (self->skip && update->sequence <= *newest)
        return;
    if (!self->skip)
        sim_check_order (self, update, true);
    *newest = update->sequence;
    if (update->kind != ZP_UPDATE_EVENT)
        self->value[topic] =
            update->kind == ZP_UPDATE_VALUE ? update->sequence : 0;
    if (self->on_told)
        self->on_told (self->arg, frame);
}

//  Follow another stream, if it is a later one
static bool
s_follow (sim_sub_t *self, uint64_t stream)
{
    if (stream <= zp_tracker_stream (self->tracker))
        return stream == zp_tracker_stream (self->tracker);
    zp_tracker_restart (self->tracker, stream);
    memset (self->told, 0, sizeof self->told);
    memset (self->changed, 0, sizeof self->changed);
    memset (self->value, 0, sizeof self->value);
    for (size_t i = 0; i < self->count; i++)
        self->stems[i] = (sim_stem_t){.filter = self->stems[i].filter};
    sim_sub_fail (self);
    return true;
}

//  Values are to come first
static bool
s_refreshing (const sim_sub_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        const zp_tracked_t *tracked =
            zp_tracker_find (self->tracker, s_stem (&self->stems[i].filter));
        if (tracked->joined && tracked->early)
            return true;
    }
    return false;
}

void
sim_sub_refresh (sim_sub_t *self, size_t which)
{
    zp_tracker_refresh (self->tracker, s_stem (&self->stems[which].filter));
}

//  Look at an update; false if it has to wait
static bool
s_take (sim_sub_t *self, const sim_frame_t *frame)
{
    zp_update_t update;
    if (s_refreshing (self))
        return false;
    assert_true (zp_update_read (&update, frame->data, frame->size));
    zp_verdict_t verdict =
        zp_tracker_update (self->tracker, &update, self->skip);
    if (verdict == ZP_VERDICT_STREAM && s_follow (self, update.stream))
        verdict = zp_tracker_update (self->tracker, &update, self->skip);
    self->counts[verdict]++;
    if (verdict == ZP_VERDICT_NEW || (verdict == ZP_VERDICT_GAP && self->skip))
        s_tell (self, &update, frame);
    else if (verdict == ZP_VERDICT_KNOWN && !self->skip)
        sim_check_order (self, &update, false);
    return verdict != ZP_VERDICT_EARLY &&
           (verdict != ZP_VERDICT_GAP || self->skip);
}

//  What has waited may be told now, or wait on
static void
s_take_held (sim_sub_t *self)
{
    sim_frames_t held = self->held;
    self->held = (sim_frames_t){NULL, 0, 0};
    for (size_t i = 0; i < held.count; i++)
        if (!s_take (self, &held.items[i]))
            sim_frames_add (&self->held, held.items[i].data,
                            held.items[i].size);
    sim_frames_clear (&held);
}

static void
s_take_frame (sim_sub_t *self, const sim_frame_t *frame)
{
    zp_heartbeat_t heartbeat;
    if (frame->data[0] != ZP_UPDATE_MARK) {
        if (!s_take (self, frame) && self->held.count < HELD)
            sim_frames_add (&self->held, frame->data, frame->size);
        return;
    }
    assert_true (zp_heartbeat_read (&heartbeat, frame->data, frame->size));
    if (zp_tracker_heartbeat (self->tracker, &heartbeat) == ZP_VERDICT_STREAM &&
        s_follow (self, heartbeat.stream))
        zp_tracker_heartbeat (self->tracker, &heartbeat);
}

void
sim_sub_receive (sim_sub_t *self)
{
    if (self->channel.count == 0)
        return;
    size_t which = 0;
    if (self->reorder)
        which = (size_t) test_below (self->seed, 4) % self->channel.count;
    sim_frame_t frame = sim_frames_take (&self->channel, which);
    s_take_frame (self, &frame);
    if (test_below (self->seed, 30) == 0)
        s_take_frame (self, &frame);
    else if (test_below (self->seed, 30) == 0)
        s_push (self, frame.data, frame.size);
    free (frame.data);
}

static void
s_want (void *node, void *arg)
{
    const zp_tracked_t *tracked = node;
    sim_sub_t *self = arg;
    if (!tracked->behind || (self->request.few && test_below (self->seed, 2)))
        return;
    zp_want_t *want =
        zp_stem_new (sizeof *want, tracked->stem.text, tracked->stem.cut);
    want->from = tracked->from;
    zp_stems_add (&self->request.wants, want);
}

static bool
s_ask (sim_sub_t *self)
{
    sim_request_t *request = &self->request;
    for (size_t i = 0; i < self->count; i++) {
        const zp_filter_t *filter = &self->stems[i].filter;
        const zp_tracked_t *tracked =
            zp_tracker_find (self->tracker, s_stem (filter));
        if (tracked->joined && !tracked->early)
            continue;
        request->kind = SIM_SNAPSHOT;
        request->filter = *filter;
        return true;
    }
    if (zp_tracker_behind (self->tracker) == 0) {
        bool any = self->held.count > 0;
        s_take_held (self);  // What was missing came late
        return any;
    }
    request->kind = SIM_REPLAY;
    request->few = test_below (self->seed, 4) == 0;
    request->stream = zp_tracker_stream (self->tracker);
    zp_stems_each (zp_tracker_stems (self->tracker), s_want, self);
    zp_tracker_asked (self->tracker, request->few ? &request->wants : NULL);
    return true;
}

//  A frame for the answer. A page of values knows that there are more
static int
s_answer_frame (void *arg, zp_span_t frame)
{
    sim_request_t *request = arg;
    if (request->left == 0) {
        request->more = true;
        return -1;
    }
    sim_frames_add (&request->frames, frame.data, frame.size);
    snprintf (request->after, sizeof request->after, "%s",
              (const char *) frame.data);
    //  Of a replay, the number of the last one is where it ends
    return --request->left == 0 && request->kind == SIM_REPLAY;
}

//  True if the answer is complete
static bool
s_answer (sim_sub_t *self)
{
    sim_request_t *request = &self->request;
    zp_source_t *source = self->feed->source;
    uint64_t stream = zp_source_stream (source);
    request->left = PAGE;
    request->more = false;
    if (!self->feed->ready)
        request->status = ZP_UNAVAILABLE;
    else if (request->stream && (request->stream != stream ||
                                 (request->kind == SIM_SNAPSHOT &&
                                  request->resets != self->feed->resets)))
        request->status = ZP_ABORTED;
    else if (request->kind == SIM_REPLAY)
        request->status =
            zp_source_replay (source, &request->wants, s_answer_frame, request,
                              &request->sequence);
    else {
        zp_span_t after = {request->after, strlen (request->after)};
        if (!request->stream)
            request->sequence = zp_source_sequence (source);
        request->stream = stream;
        request->resets = self->feed->resets;
        request->status = zp_source_snapshot (source, s_stem (&request->filter),
                                              after, s_answer_frame, request);
    }
    return !request->more || request->status != ZP_OK;
}

static sim_stem_t *
s_find (sim_sub_t *self, zp_span_t stem)
{
    for (size_t i = 0; i < self->count; i++) {
        zp_span_t other = s_stem (&self->stems[i].filter);
        if (other.size == stem.size &&
            memcmp (other.data, stem.data, stem.size) == 0)
            return &self->stems[i];
    }
    return NULL;
}

static void
s_lose (void *node, void *arg)
{
    const zp_want_t *want = node;
    sim_sub_t *self = arg;
    zp_span_t span = {want->stem.text, want->stem.cut.size};
    const zp_tracked_t *tracked = zp_tracker_find (self->tracker, span);
    if (tracked && tracked->behind)
        zp_tracker_leave (self->tracker, span);
}

static void
s_repaired (void *node, void *arg)
{
    const zp_want_t *want = node;
    sim_sub_t *self = arg;
    zp_tracker_repaired (self->tracker,
                         (zp_span_t){want->stem.text, want->stem.cut.size},
                         self->request.sequence);
}

static void
s_take_replay (sim_sub_t *self)
{
    sim_request_t *request = &self->request;
    if (request->status == ZP_OUT_OF_RANGE) {
        self->lost++;
        zp_stems_each (&request->wants, s_lose, self);
    }
    //  Another stream: we shall hear which
    for (size_t i = 0; i < self->count && request->status == ZP_ABORTED; i++)
        zp_tracker_leave (self->tracker, s_stem (&self->stems[i].filter));
    if (request->status != ZP_OK)
        return;
    for (size_t i = 0; i < request->frames.count; i++) {
        const sim_frame_t *frame = &request->frames.items[i];
        zp_update_t update;
        assert_true (zp_update_read (&update, frame->data, frame->size));
        zp_verdict_t verdict = zp_tracker_repeat (self->tracker, &update);
        self->repeats[verdict]++;
        if (verdict == ZP_VERDICT_NEW)
            s_tell (self, &update, frame);
        else if (verdict == ZP_VERDICT_KNOWN && !self->skip)
            sim_check_order (self, &update, false);
    }
    zp_stems_each (&request->wants, s_repaired, self);
}

static void
s_take_snapshot (sim_sub_t *self)
{
    sim_request_t *request = &self->request;
    zp_span_t span = s_stem (&request->filter);
    sim_stem_t *stem = s_find (self, span);
    assert_non_null (stem);
    uint64_t given[SIM_TOPICS] = {0};
    for (size_t i = 0; i < request->frames.count; i++) {
        zp_update_t update;
        assert_true (zp_update_read (&update, request->frames.items[i].data,
                                     request->frames.items[i].size));
        assert_int_equal (update.kind, ZP_UPDATE_VALUE);
        given[sim_log_topic (self->log, &update)] = update.sequence;
    }
    sim_check_snapshot (self, given);
    for (size_t i = 0; i < SIM_TOPICS; i++) {
        uint64_t seen = given[i] ? given[i] : request->sequence;
        if (!sim_has (self->log->topics[i], span) ||
            (self->skip && seen <= self->changed[i]))
            continue;
        self->value[i] = given[i];
        self->changed[i] = seen;
    }
    stem->since = request->sequence;
    if (!zp_tracker_find (self->tracker, span)->joined)
        stem->base = stem->last = request->sequence;
    zp_tracker_join (self->tracker, span, request->sequence);
    if (self->on_joined)
        self->on_joined (self->arg, request);
}

static void
s_take_answer (sim_sub_t *self)
{
    sim_request_t *request = &self->request;
    if (request->status == ZP_UNAVAILABLE)
        return;
    if (request->kind == SIM_REPLAY)
        s_take_replay (self);
    else if (request->status != ZP_ABORTED) {
        assert_int_equal (request->status, ZP_OK);
        sim_request_t answer = *request;  // Which a new stream would drop
        *request = (sim_request_t){.kind = SIM_NOTHING};
        bool good = s_follow (self, answer.stream);
        *request = answer;
        if (good)
            s_take_snapshot (self);
    }
    s_take_held (self);
}

bool
sim_sub_work (sim_sub_t *self)
{
    sim_request_t *request = &self->request;
    if (request->kind == SIM_NOTHING)
        return s_ask (self);
    if (!request->answered)
        request->answered = s_answer (self);
    else {
        s_take_answer (self);
        sim_sub_fail (self);
    }
    return true;
}
