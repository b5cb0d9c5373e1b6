//  SPDX-License-Identifier: MIT
//
//  zp_tracker - sees what is missing, twice, or from another stream
//
//  What a subscriber knows of each stem that it subscribed to: up to which
//  number it has all. Updates say how far back the one before lies
//  (zp_update.h), heartbeats what was last; so whatever got lost on the way,
//  the first thing that arrives after it tells. Pure.

#ifndef ZP_TRACKER_H
#define ZP_TRACKER_H

#include "zp_stems.h"
#include "zp_update.h"

typedef struct zp_tracker zp_tracker_t;

//  One stem, to be read only
typedef struct zp_tracked {
    zp_stem_t stem;  // Which one
    int filters;     // How many have it
    bool joined;     // It stands somewhere, so that gaps can be seen
    bool early;      // It has not joined, but something of it was heard
    bool behind;     // Something is missing
    bool asked;      // It was behind when a replay was asked for
    uint64_t since;  // Where it joined
    uint64_t at;     // How far it is; what is missing comes before
    uint64_t from;   // All up to here has come; the same unless it is behind
    uint64_t until;  // If it is behind: all that is missing comes before this
} zp_tracked_t;

typedef enum zp_verdict {
    ZP_VERDICT_NEW,       // The next, or nothing was missed
    ZP_VERDICT_KNOWN,     // It has come before, or a snapshot was as new
    ZP_VERDICT_GAP,       // Something before it is missing
    ZP_VERDICT_EARLY,     // Of a stem that has not joined yet
    ZP_VERDICT_UNWANTED,  // No stem of these
    ZP_VERDICT_STREAM     // Of another stream
} zp_verdict_t;

zp_tracker_t *zp_tracker_new (void);
void zp_tracker_destroy (zp_tracker_t **self_p);

//  One more filter has this stem; true if it is the first.
bool zp_tracker_add (zp_tracker_t *self, zp_span_t stem);

//  One filter less has it; true if it was the last.
bool zp_tracker_remove (zp_tracker_t *self, zp_span_t stem);

//  The stem with these bytes; NULL if there is none.
const zp_tracked_t *zp_tracker_find (const zp_tracker_t *self, zp_span_t stem);

//  All stems: zp_tracked_t.
const zp_stems_t *zp_tracker_stems (const zp_tracker_t *self);

//  It is this stream that is followed from now on; no stem has joined, and
//  nothing was heard of any.
void zp_tracker_restart (zp_tracker_t *self, uint64_t stream);

//  The stream, 0 if none is followed yet.
uint64_t zp_tracker_stream (const zp_tracker_t *self);

//  Of a stem (one of these) all is there up to this number. If it has joined
//  before, and not left, this was only about its values: it stays where it was.
void zp_tracker_join (zp_tracker_t *self, zp_span_t stem, uint64_t sequence);

//  A stem (one of these), or all, has to join again; it is early.
void zp_tracker_leave (zp_tracker_t *self, zp_span_t stem);
void zp_tracker_leave_all (zp_tracker_t *self);

//  The values of a stem (one of these) are wanted again: it is early, if it had
//  joined, but does not leave.
void zp_tracker_refresh (zp_tracker_t *self, zp_span_t stem);

//  An update has come. If it is NEW its stems now stand there. A GAP marks the
//  stems that are behind; they stay where they were, or, with `skip`, go on as
//  if it were new; what comes between is then NEW, and a second time, too, so
//  look if it is older than what was told of its topic. After EARLY come again
//  with it when that stem has joined.
zp_verdict_t
zp_tracker_update (zp_tracker_t *self, const zp_update_t *update, bool skip);

//  A heartbeat has come: NEW, GAP, EARLY, UNWANTED or STREAM.
zp_verdict_t
zp_tracker_heartbeat (zp_tracker_t *self, const zp_heartbeat_t *heartbeat);

//  A replay is asked for: of all stems that are behind now, or only of those of
//  them that are in the table `stems` if that is not NULL; and all of theirs
//  that has a higher number than their `from`. Until it has come, or it is
//  known that it won't, do not ask for another. What falls behind while it is
//  under way is not in it. Stems that share updates may have to be asked for
//  together: a few at a time is not the way to repair all.
void zp_tracker_asked (zp_tracker_t *self, const zp_stems_t *stems);

//  An update of that replay, in the order of their numbers: NEW if it was
//  missing, KNOWN, UNWANTED or STREAM. GAP or EARLY: it has another stem as
//  well, of which more is missing, or which has not joined; so it will have to
//  be asked for again, and its stems stay where they were.
zp_verdict_t zp_tracker_repeat (zp_tracker_t *self, const zp_update_t *update);

//  The replay had all of a stem up to a number. Does nothing if that stem was
//  not asked for, or has to be again.
void
zp_tracker_repaired (zp_tracker_t *self, zp_span_t stem, uint64_t sequence);

//  How many stems are behind, and how many early.
size_t zp_tracker_behind (const zp_tracker_t *self);
size_t zp_tracker_early (const zp_tracker_t *self);

#endif
