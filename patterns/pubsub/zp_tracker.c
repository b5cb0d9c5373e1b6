//  SPDX-License-Identifier: MIT

#include "zp_tracker.h"

#include <assert.h>
#include <stdlib.h>

struct zp_tracker {
    zp_stems_t stems;  // zp_tracked_t
    uint64_t stream;   // Which one is followed; 0: none yet
    size_t behind;     // How many stems are behind
    size_t early;      // How many are early
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

static zp_tracked_t *
s_find (const zp_tracker_t *self, zp_span_t stem)
{
    return zp_stems_find (&self->stems, stem.data, zp_stem_cut (stem));
}

bool
zp_tracker_add (zp_tracker_t *self, zp_span_t stem)
{
    zp_tracked_t *tracked = s_find (self, stem);
    if (!tracked) {
        tracked = zp_stem_new (sizeof *tracked, stem.data, zp_stem_cut (stem));
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
    self->early -= tracked->early;
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
s_forget (void *node, void *arg)
{
    (void) arg;
    zp_tracked_t *tracked = node;
    tracked->joined = tracked->early = false;
    tracked->behind = tracked->asked = false;
}

void
zp_tracker_restart (zp_tracker_t *self, uint64_t stream)
{
    zp_stems_each (&self->stems, s_forget, NULL);
    self->behind = self->early = 0;
    self->stream = stream;
}

uint64_t
zp_tracker_stream (const zp_tracker_t *self)
{
    return self->stream;
}

//  Nothing is missing any more
static void
s_catch_up (zp_tracker_t *self, zp_tracked_t *tracked)
{
    self->behind -= tracked->behind;
    tracked->behind = tracked->asked = false;
    tracked->from = tracked->at;
    tracked->until = 0;
}

void
zp_tracker_join (zp_tracker_t *self, zp_span_t stem, uint64_t sequence)
{
    zp_tracked_t *tracked = s_find (self, stem);
    assert (tracked);
    self->early -= tracked->early;
    tracked->early = false;
    tracked->since = sequence;
    if (tracked->joined)
        return;
    tracked->joined = true;
    tracked->at = sequence;
    s_catch_up (self, tracked);
}

//  Something was heard of a stem that has not joined
static void
s_early (zp_tracker_t *self, zp_tracked_t *tracked)
{
    self->early += !tracked->early;
    tracked->early = true;
}

//  Something is missing, up to this number at most
static void
s_fall_behind (zp_tracker_t *self, zp_tracked_t *tracked, uint64_t missing)
{
    self->behind += !tracked->behind;
    tracked->behind = true;
    if (tracked->until <= missing)
        tracked->until = missing + 1;
}

//  All up to here has come
static void
s_complete (zp_tracker_t *self, zp_tracked_t *tracked, uint64_t sequence)
{
    if (tracked->from < sequence)
        tracked->from = sequence;
    if (tracked->at < sequence)
        tracked->at = sequence;
    if (tracked->from + 1 >= tracked->until)
        s_catch_up (self, tracked);
}

//  A stem of an update
typedef struct {
    zp_tracked_t *stem;  // Which one
    uint64_t before;     // Number of the update before with that stem
} s_match_t;

//  All of ours that an update has. True if it has some, and all have joined;
//  else *verdict_p is the end of it
static bool
s_match (zp_tracker_t *self, const zp_update_t *update, s_match_t *matches,
         size_t *count_p, zp_verdict_t *verdict_p)
{
    *count_p = 0;
    *verdict_p = ZP_VERDICT_STREAM;
    if (update->stream != self->stream)
        return false;
    *verdict_p = ZP_VERDICT_UNWANTED;
    for (size_t i = 0; i < update->cuts; i++) {
        zp_tracked_t *stem =
            zp_stems_find (&self->stems, update->topic.data, update->cut[i]);
        if (!stem)
            continue;
        if (!stem->joined) {
            s_early (self, stem);
            *verdict_p = ZP_VERDICT_EARLY;
        }
        matches[(*count_p)++] =
            (s_match_t){stem, update->sequence - update->distance[i]};
    }
    return *count_p > 0 && *verdict_p != ZP_VERDICT_EARLY;
}

static void
s_leave (void *node, void *arg)
{
    zp_tracker_t *self = arg;
    zp_tracked_t *tracked = node;
    s_catch_up (self, tracked);
    tracked->joined = false;
    s_early (self, tracked);
}

void
zp_tracker_leave (zp_tracker_t *self, zp_span_t stem)
{
    zp_tracked_t *tracked = s_find (self, stem);
    assert (tracked);
    s_leave (tracked, self);
}

void
zp_tracker_leave_all (zp_tracker_t *self)
{
    zp_stems_each (&self->stems, s_leave, self);
}

void
zp_tracker_refresh (zp_tracker_t *self, zp_span_t stem)
{
    zp_tracked_t *tracked = s_find (self, stem);
    assert (tracked);
    if (tracked->joined)
        s_early (self, tracked);
}

//  True if the stem has it from its stream, or a value as new in the snapshot
//  with which it joined. Events are in none
static bool
s_told (const zp_tracked_t *stem, const zp_update_t *update)
{
    if (update->sequence <= stem->since)
        return update->kind != ZP_UPDATE_EVENT;
    return update->sequence <= stem->from;
}

zp_verdict_t
zp_tracker_update (zp_tracker_t *self, const zp_update_t *update, bool skip)
{
    s_match_t matches[ZP_TOPIC_CUTS];
    size_t count;
    zp_verdict_t verdict;
    if (!s_match (self, update, matches, &count, &verdict))
        return verdict;
    uint64_t sequence = update->sequence;
    bool known = false, next = false, gap = false;
    for (size_t i = 0; i < count; i++) {
        zp_tracked_t *stem = matches[i].stem;
        known |= s_told (stem, update);
        if (sequence <= stem->from)
            continue;
        if (sequence <= stem->at || matches[i].before <= stem->at)
            next = true;
        else {
            s_fall_behind (self, stem, matches[i].before);
            gap = true;
            if (skip)
                stem->at = sequence;
        }
    }
    if (gap && !skip)
        return ZP_VERDICT_GAP;
    for (size_t i = 0; i < count; i++) {
        zp_tracked_t *stem = matches[i].stem;
        if (stem->from == stem->at)
            s_complete (self, stem, sequence);
        else if (stem->at < sequence)
            stem->at = sequence;
    }
    return gap              ? ZP_VERDICT_GAP
           : next && !known ? ZP_VERDICT_NEW
                            : ZP_VERDICT_KNOWN;
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
    if (!tracked->joined) {
        s_early (self, tracked);
        return ZP_VERDICT_EARLY;
    }
    if (heartbeat->last > tracked->at) {
        s_fall_behind (self, tracked, heartbeat->last);
        return ZP_VERDICT_GAP;
    }
    //  Up to here nothing else was sent
    if (!tracked->behind)
        s_complete (self, tracked, heartbeat->sequence);
    return ZP_VERDICT_NEW;
}

static void
s_ask (void *node, void *arg)
{
    zp_tracked_t *tracked = node;
    const zp_stems_t *stems = arg;
    tracked->asked =
        tracked->behind && (!stems || zp_stems_find (stems, tracked->stem.text,
                                                     tracked->stem.cut));
}

void
zp_tracker_asked (zp_tracker_t *self, const zp_stems_t *stems)
{
    zp_stems_each (&self->stems, s_ask, (void *) stems);
}

zp_verdict_t
zp_tracker_repeat (zp_tracker_t *self, const zp_update_t *update)
{
    s_match_t matches[ZP_TOPIC_CUTS];
    size_t count;
    zp_verdict_t verdict;
    bool good = s_match (self, update, matches, &count, &verdict);
    uint64_t sequence = update->sequence;
    bool known = false, missing = false;
    for (size_t i = 0; i < count && verdict != ZP_VERDICT_EARLY; i++) {
        zp_tracked_t *stem = matches[i].stem;
        known |= s_told (stem, update);
        if (sequence <= stem->from)
            continue;
        if (stem->asked || matches[i].before <= stem->from)
            missing = true;
        else {
            //  The one before is not a part of this replay
            s_fall_behind (self, stem, matches[i].before);
            verdict = ZP_VERDICT_GAP;
        }
    }
    good = good && verdict != ZP_VERDICT_GAP;
    for (size_t i = 0; i < count; i++)
        if (good)
            s_complete (self, matches[i].stem, sequence);
        else
            matches[i].stem->asked = false;
    return !good               ? verdict
           : missing && !known ? ZP_VERDICT_NEW
                               : ZP_VERDICT_KNOWN;
}

void
zp_tracker_repaired (zp_tracker_t *self, zp_span_t stem, uint64_t sequence)
{
    zp_tracked_t *tracked = s_find (self, stem);
    if (tracked && tracked->asked)
        s_complete (self, tracked, sequence);
}

size_t
zp_tracker_behind (const zp_tracker_t *self)
{
    return self->behind;
}

size_t
zp_tracker_early (const zp_tracker_t *self)
{
    return self->early;
}
