//  SPDX-License-Identifier: MIT
//
//  zp_source - what was published, and can be had again
//
//  What a publisher knows of its stream, and a relay of another's: the last
//  value of each topic, for those who join late (the last value cache of the
//  ZeroMQ Guide, chapter 5); the last updates as they were sent, for those who
//  have missed some; and for each stem which update was the last, so that they
//  notice. All of it is bounded.
//
//  Pure, if the timers are: those without a loop.

#ifndef ZP_SOURCE_H
#define ZP_SOURCE_H

#include <czmq.h>

#include "zp_status.h"
#include "zp_stems.h"
#include "zp_timers.h"
#include "zp_update.h"

typedef struct zp_source zp_source_t;

typedef struct zp_source_limits {
    size_t topics;         // Known at once. Of those without a value the one
                           // that is silent for longest is forgotten for a new
    size_t values_bytes;   // Of all last values
    size_t history_count;  // Updates that can be had again
    size_t history_bytes;  // Memory for these
} zp_source_limits_t;

//  A value's time is over. What is to be done about that is up to fn.
typedef void (zp_source_expired_fn) (void *arg, zp_span_t topic);

//  A source of the stream with that number, which starts with update 1.
zp_source_t *
zp_source_new (const zp_source_limits_t *limits, uint64_t stream,
               zp_timers_t *timers, zp_source_expired_fn *fn, void *arg);
void zp_source_destroy (zp_source_t **self_p);

//  Forget all. From now on it has what comes after `sequence` of a stream.
void zp_source_reset (zp_source_t *self, uint64_t stream, uint64_t sequence);

uint64_t zp_source_stream (const zp_source_t *self);

//  The number of the last update; 0: none yet.
uint64_t zp_source_sequence (const zp_source_t *self);

//  The last update with a stem, or if that is not known any more a later
//  number; 0: there was none.
uint64_t zp_source_last (const zp_source_t *self, zp_span_t stem);

//  Make *update, of which kind, ttl, time, topic and payload are set, the next
//  of the stream: set the rest, and write it as a frame, the source's, which
//  stays until another is written. It is not kept, and its number not used,
//  until zp_source_keep; but the oldest may have to make room for its frame.
//  ZP_INVALID_ARGUMENT: no topic; ZP_RESOURCE_EXHAUSTED:
//  too many values, or too large.
zp_status_t
zp_source_next (zp_source_t *self, zp_update_t *update, zp_span_t *frame_p);

//  Keep the update that zp_source_next has just made. A value is over at
//  expires_ms, on the clock of the timers; 0: never.
void zp_source_keep (zp_source_t *self, const zp_update_t *update,
                     int64_t expires_ms);

//  Keep an update of somebody else's stream, later than all before, with its
//  frame (copied). A
//  last value that there is no room for is not kept: then there are no
//  snapshots until the next reset.
void zp_source_mirror (zp_source_t *self, const zp_update_t *update,
                       zp_span_t frame, int64_t expires_ms);

//  Keep a last value, out of a snapshot, as zp_source_mirror does, but not for
//  replay.
void zp_source_value (zp_source_t *self, const zp_update_t *update,
                      zp_span_t frame, int64_t expires_ms);

//  Forget the value of a topic (a NUL follows in memory), if it has one.
void zp_source_forget (zp_source_t *self, zp_span_t topic);

//  Given each frame; returns 0 to go on.
typedef int (zp_source_fn) (void *arg, zp_span_t frame);

//  Call fn for the last values of topics with a stem, from the one behind the
//  topic `after` on ({NULL, 0}: from the first). The order stays, and a new one
//  comes before those beside it. Returns ZP_OK if that were all, or fn ended
//  it; ZP_ABORTED if `after` is not known any more; ZP_RESOURCE_EXHAUSTED if
//  not all values are kept.
zp_status_t zp_source_snapshot (zp_source_t *self, zp_span_t stem,
                                zp_span_t after, zp_source_fn *fn, void *arg);

//  What somebody wants again
typedef struct zp_want {
    zp_stem_t stem;  // All with this stem; made with zp_stem_new
    uint64_t from;   // And a higher number than this
    bool checked;    // For zp_source_replay: false to begin with
} zp_want_t;

//  Call fn for each update that is in wants, a table of zp_want_t, from the
//  lowest number on. *upto_p is the number up to which all were given: if fn
//  does not end it, that of the last update. ZP_OUT_OF_RANGE if one that is
//  wanted may be gone; fn was not called then.
zp_status_t zp_source_replay (zp_source_t *self, zp_stems_t *wants,
                              zp_source_fn *fn, void *arg, uint64_t *upto_p);

typedef struct zp_source_stats {
    size_t topics;         // Known
    size_t values;         // Of these with a value
    size_t values_bytes;   // Bytes of the values
    size_t history_count;  // Updates that can be had again
    size_t history_bytes;  // Bytes of these
} zp_source_stats_t;

void zp_source_stats (const zp_source_t *self, zp_source_stats_t *stats);

#endif
