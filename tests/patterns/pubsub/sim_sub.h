//  SPDX-License-Identifier: MIT
//
//  sim_sub - subscribers in a simulation, and what they hang on
//
//  A feed is what a publisher or a relay has: a source, and whether it answers.
//  A subscriber hangs on one by a channel that may lose, double, cut off and
//  delay what it carries, and by requests that take their time. It uses a
//  tracker as a real one does, and each time that it is told something it looks
//  up whether that is right. A relay is a subscriber with a feed of its own.

#ifndef SIM_SUB_H
#define SIM_SUB_H

#include "sim_log.h"
#include "zp_source.h"
#include "zp_tracker.h"

#define SIM_STEMS 6

typedef struct sim_feed {
    zp_source_t *source;  // What it has
    bool ready;           // It answers requests
    int resets;           // Pages of a snapshot from before one are no use
} sim_feed_t;

typedef struct sim_stem {
    zp_filter_t filter;  // Whose stem it is
    uint64_t base;       // Where it joined
    uint64_t since;      // Of which number its values are
    uint64_t last;       // Last update with it that was told
} sim_stem_t;

typedef enum {
    SIM_NOTHING,   // No request is under way
    SIM_REPLAY,    // What was missed
    SIM_SNAPSHOT,  // Last values
} sim_request_kind_t;

typedef struct sim_request {
    sim_request_kind_t kind;  // What was asked for
    bool answered;            // The answer is on its way
    bool few;                 // Of a replay: not all that is missing
    zp_stems_t wants;         // Of a replay: zp_want_t
    zp_filter_t filter;       // Of a snapshot: whose stem it is about
    zp_status_t status;       // The answer
    uint64_t stream;          // That it is about; of a snapshot 0 at first
    int resets;               // Of the feed when a snapshot began
    uint64_t sequence;        // Up to where it goes
    size_t left;              // Frames that the page still has room for
    bool more;                // Some did not fit
    char after[16];           // Last topic of the pages so far
    sim_frames_t frames;      // What there is
} sim_request_t;

typedef struct sim_sub {
    uint64_t *seed;                // For all that is random
    const sim_log_t *log;          // What was published
    const sim_feed_t *feed;        // Where it hangs
    zp_tracker_t *tracker;         // What it knows
    bool skip;                     // What comes is told at once
    bool reorder;                  // The channel changes the order, too
    bool cut;                      // It is not connected
    int losing;                    // The channel will lose so many
    sim_frames_t channel;          // On their way
    sim_frames_t held;             // To be looked at later
    sim_request_t request;         // Under way
    sim_stem_t stems[SIM_STEMS];   // Subscribed to
    size_t count;                  // How many
    uint64_t told[SIM_TOPICS];     // Of each topic the last event told
    uint64_t changed[SIM_TOPICS];  // And the last change of its value
    uint64_t value[SIM_TOPICS];    // And which one set its value; 0: none
    void (*on_told) (void *arg, const sim_frame_t *frame);         // Of a relay
    void (*on_joined) (void *arg, const sim_request_t *snapshot);  // Of a relay
    void *arg;                                                     // Their own
    uint64_t counts[ZP_VERDICT_STREAM + 1];   // Verdicts on updates
    uint64_t repeats[ZP_VERDICT_STREAM + 1];  // And on those sent again
    uint64_t lost;                            // Replays that were out of range
} sim_sub_t;

void sim_sub_init (sim_sub_t *self, uint64_t *seed, const sim_log_t *log,
                   const sim_feed_t *feed);
void sim_sub_clear (sim_sub_t *self);

//  All that it knew is gone, but what it wants.
void sim_sub_restart (sim_sub_t *self);

void sim_sub_subscribe (sim_sub_t *self, const char *filter);
void sim_sub_unsubscribe (sim_sub_t *self, size_t which);

//  Ask for the values again; nothing is told until they have come.
void sim_sub_refresh (sim_sub_t *self, size_t which);

//  Its feed sends a frame, or the heartbeats of all that it subscribed to.
void sim_sub_send (sim_sub_t *self, const void *data, size_t size);
void sim_sub_heartbeats (sim_sub_t *self);

//  Take one frame out of the channel, if it has one.
void sim_sub_receive (sim_sub_t *self);

//  Go on with the request: send one if something is wanted, have it answered,
//  or take the answer. False if there was nothing to do.
bool sim_sub_work (sim_sub_t *self);

//  The request comes to nothing.
void sim_sub_fail (sim_sub_t *self);

//  Checks, in sim_check.c

//  An update is told, or not because the tracker knows it. In strict order it
//  must be the next of each stem that it has, but for those that joined behind
//  it. If it is not told that must be for good: it was told before, or as a
//  value in the snapshot of one of these.
void sim_check_order (sim_sub_t *self, const zp_update_t *update, bool told);

//  The snapshot that was asked for: of each topic the update that set its
//  value, or 0. It is what the values were at its number, but for newer ones.
void sim_check_snapshot (const sim_sub_t *self, const uint64_t *given);

//  Nothing of this stream is missing: the faults are over, and all was heard.
void sim_sub_check (const sim_sub_t *self, uint64_t stream);

#endif
