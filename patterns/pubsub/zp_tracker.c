//  SPDX-License-Identifier: MIT

#include "zp_tracker.h"

#include <assert.h>
#include <stdlib.h>

struct zp_tracker {
    zp_stems_t stems;  // zp_tracked_t
    uint64_t stream;   // Which one is followed; 0: none yet
    size_t behind;     // How many stems are behind
};

zp_tracker_t *
zp_tracker_new (void)
{
    zp_tracker_t *self = calloc (1, sizeof *self);
    assert (self);
    return self;
}

void
zp_tracker_destroy (zp_tracker_t **self_p)
{
    assert (self_p);
    if (!*self_p)
        return;
    zp_stems_clear (&(*self_p)->stems, NULL, NULL);
    free (*self_p);
    *self_p = NULL;
}

static zp_cut_t
s_cut (zp_span_t stem)
{
    return (zp_cut_t){(uint32_t) stem.size,
                      zp_topic_hash (stem.data, stem.size)};
}

static zp_tracked_t *
s_find (const zp_tracker_t *self, zp_span_t stem)
{
    return zp_stems_find (&self->stems, stem.data, s_cut (stem));
}

bool
zp_tracker_add (zp_tracker_t *self, zp_span_t stem)
{
    zp_tracked_t *tracked = s_find (self, stem);
    if (!tracked) {
        tracked = zp_stem_new (sizeof *tracked, stem.data, s_cut (stem));
        zp_stems_add (&self->stems, tracked);
    }
    return tracked->filters++ == 0;
}

bool
zp_tracker_remove (zp_tracker_t *self, zp_span_t stem)
{
    zp_tracked_t *tracked = s_find (self, stem);
    assert (tracked);
    if (--tracked->filters > 0)
        return false;
    self->behind -= tracked->behind;
    zp_stems_remove (&self->stems, tracked);
    free (tracked);
    return true;
}

const zp_tracked_t *
zp_tracker_find (const zp_tracker_t *self, zp_span_t stem)
{
    return s_find (self, stem);
}

const zp_stems_t *
zp_tracker_stems (const zp_tracker_t *self)
{
    return &self->stems;
}

static void
s_leave (void *node, void *arg)
{
    (void) arg;
    zp_tracked_t *tracked = node;
    tracked->joined = tracked->behind = false;
}

void
zp_tracker_restart (zp_tracker_t *self, uint64_t stream)
{
    zp_stems_each (&self->stems, s_leave, NULL);
    self->behind = 0;
    self->stream = stream;
}

uint64_t
zp_tracker_stream (const zp_tracker_t *self)
{
    return self->stream;
}

static void
s_catch_up (zp_tracker_t *self, zp_tracked_t *tracked)
{
    self->behind -= tracked->behind;
    tracked->behind = false;
}

void
zp_tracker_join (zp_tracker_t *self, zp_span_t stem, uint64_t sequence)
{
    zp_tracked_t *tracked = s_find (self, stem);
    assert (tracked);
    s_catch_up (self, tracked);
    tracked->joined = true;
    tracked->at = sequence;
}

//  Something is missing before the number `until`
static void
s_fall_behind (zp_tracker_t *self, zp_tracked_t *tracked, uint64_t until)
{
    if (!tracked->behind) {
        tracked->behind = true;
        tracked->from = tracked->at;
        self->behind++;
    }
    tracked->until = until;
}

zp_verdict_t
zp_tracker_update (zp_tracker_t *self, const zp_update_t *update, bool skip)
{
    if (update->stream != self->stream)
        return ZP_VERDICT_STREAM;
    uint64_t sequence = update->sequence;
    zp_tracked_t *found[ZP_TOPIC_CUTS];
    size_t count = 0;
    bool known = false, gap = false;
    for (size_t i = 0; i < update->cuts; i++) {
        zp_tracked_t *tracked =
            zp_stems_find (&self->stems, update->topic.data, update->cut[i]);
        if (!tracked)
            continue;
        if (!tracked->joined)
            return ZP_VERDICT_EARLY;
        found[count++] = tracked;
        if (sequence <= tracked->at)
            known = true;
        else if (sequence - update->distance[i] > tracked->at) {
            s_fall_behind (self, tracked, sequence);
            gap = true;
        }
    }
    for (size_t i = 0; i < count && (skip || !gap); i++)
        if (found[i]->at < sequence)
            found[i]->at = sequence;
    return count == 0 ? ZP_VERDICT_UNWANTED
           : gap      ? ZP_VERDICT_GAP
           : known    ? ZP_VERDICT_KNOWN
                      : ZP_VERDICT_NEW;
}

zp_verdict_t
zp_tracker_heartbeat (zp_tracker_t *self, const zp_heartbeat_t *heartbeat)
{
    zp_tracked_t *tracked =
        s_find (self, (zp_span_t){heartbeat->stem, heartbeat->stem_size});
    if (heartbeat->stream != self->stream)
        return ZP_VERDICT_STREAM;
    if (!tracked)
        return ZP_VERDICT_UNWANTED;
    if (!tracked->joined)
        return ZP_VERDICT_EARLY;
    if (heartbeat->last > tracked->at) {
        s_fall_behind (self, tracked, heartbeat->last + 1);
        return ZP_VERDICT_GAP;
    }
    //  Up to here nothing else was sent
    if (heartbeat->sequence > tracked->at && !tracked->behind)
        tracked->at = heartbeat->sequence;
    return ZP_VERDICT_NEW;
}

zp_verdict_t
zp_tracker_repeat (zp_tracker_t *self, const zp_update_t *update)
{
    if (update->stream != self->stream)
        return ZP_VERDICT_STREAM;
    uint64_t sequence = update->sequence;
    bool any = false, known = false, missing = false;
    for (size_t i = 0; i < update->cuts; i++) {
        zp_tracked_t *tracked =
            zp_stems_find (&self->stems, update->topic.data, update->cut[i]);
        if (!tracked || !tracked->joined)
            continue;
        any = true;
        if (!tracked->behind)
            known |= sequence <= tracked->at;
        else if (sequence > tracked->from) {
            missing = true;
            tracked->from = sequence;
            if (tracked->at < sequence)
                tracked->at = sequence;
        }
    }
    return !any               ? ZP_VERDICT_UNWANTED
           : missing & !known ? ZP_VERDICT_NEW
                              : ZP_VERDICT_KNOWN;
}

void
zp_tracker_repaired (zp_tracker_t *self, zp_span_t stem, uint64_t sequence)
{
    zp_tracked_t *tracked = s_find (self, stem);
    if (!tracked || !tracked->behind)
        return;
    if (tracked->from < sequence)
        tracked->from = sequence;
    if (tracked->at < sequence)
        tracked->at = sequence;
    if (tracked->from + 1 >= tracked->until)
        s_catch_up (self, tracked);
}

size_t
zp_tracker_behind (const zp_tracker_t *self)
{
    return self->behind;
}
