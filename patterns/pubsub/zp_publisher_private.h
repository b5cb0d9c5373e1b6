//  SPDX-License-Identifier: MIT
//
//  A publisher, for zp_publisher*.c; and what a relay does with one

#ifndef ZP_PUBLISHER_PRIVATE_H
#define ZP_PUBLISHER_PRIVATE_H

#include "zp_bind.h"
#include "zp_publisher.h"
#include "zp_source.h"

//  A stem that somebody subscribed to, with heartbeats
typedef struct zp_listened {
    zp_stem_t stem;             // Which one
    zp_timer_t timer;           // When its next heartbeat is due
    int64_t told_ms;            // When the last one was sent
    int spacing_ms;             // Until the next, if somebody joins
    bool asked;                 // Somebody did
    zp_publisher_t *publisher;  // Who sends them
} zp_listened_t;

//  Updates that leave together
typedef struct zp_publisher_batch {
    zp_listened_t *route;  // The longest stem of each that is listened to
    uint8_t *data;         // The frame, so far
    size_t size;           // Bytes of it; 0: there is none
    size_t room;           // Bytes that there is room for
    zp_timer_t flush;      // The turn ends
} zp_publisher_batch_t;

//  What to do if a subscriber has no room
typedef enum zp_urgency {
    ZP_URGENCY_BLOCK,  // As the options say: wait, or send to the others
    ZP_URGENCY_TRY,    // Where one should wait: don't, and send to none
    ZP_URGENCY_NOW     // Send to the others
} zp_urgency_t;

struct zp_publisher {
    zp_publisher_options_t options;  // As given to new; will: below
    zloop_t *loop;                   // Where it lives
    bool own_loop;                   // Made here
    bool mirror;                     // A relay's
    zp_filter_t part;                // That has just this; all zero: it has all
    bool ready;                      // It has what it says that it has
    bool gone;                       // The source of the stream is
    uint64_t life;                   // Another one since each reset
    zsock_t *socket;                 // XPUB
    zp_server_t *server;             // Answers requests
    zp_timers_t *timers;             // Heartbeats, and values that expire
    zp_source_t *source;             // What was published
    zp_stems_t listened;             // zp_listened_t
    zp_stems_t plain;                // What plain subscribers want: zp_stem_t
    zp_publisher_batch_t batch;      // What was published in this turn
    zp_bind_t updates;               // Where the socket listens
    char will[256];                  // Last will; "": none
    char error[512];                 // Why the last verb failed
    zp_publisher_stats_t stats;      // The counters of these
};

//  Add the methods of the server.
void zp_publisher_serve (zp_publisher_t *self);

void zp_publisher_batch_init (zp_publisher_t *self);
void zp_publisher_batch_clear (zp_publisher_t *self);

//  Send a frame to all who want it. False if one of them has no room, and is to
//  be waited for: it went to nobody.
bool
zp_publisher_send (zp_publisher_t *self, zp_span_t frame, zp_urgency_t urgency);

//  Tell an update, at the end of the turn or before. False if a subscriber has
//  no room, and is to be waited for: nobody was told.
bool zp_publisher_tell (zp_publisher_t *self, const zp_update_t *update,
                        zp_span_t frame, zp_urgency_t urgency);

//  Send the batch, if there is one; false as above.
bool zp_publisher_send_batch (zp_publisher_t *self, zp_urgency_t urgency);

//  Read what subscribers want: 1 or 0, and how frames have to begin.
int zp_publisher_on_socket (zloop_t *loop, zsock_t *socket, void *arg);

//  Send a heartbeat to those who listen to this stem; for zp_stems_each.
void zp_publisher_beat (void *listened, void *arg);

//  No more heartbeats for it, before it is freed.
void zp_publisher_drop_listened (void *listened, void *arg);

//  True if it has all with that stem.
bool zp_publisher_has (const zp_publisher_t *self, zp_span_t stem);

//  Make a publisher for what a filter, without '+', lets through of a stream of
//  somebody else's. It is not ready: it sends
//  no heartbeats, and asks who wants something to come later.
zp_publisher_t *
zp_publisher_new_mirror (zloop_t *loop, const zp_publisher_options_t *options,
                         const char *filter);

//  Forget all; it is not ready. What comes will be of that stream, and have
//  higher numbers than `sequence`.
void
zp_publisher_reset (zp_publisher_t *self, uint64_t stream, uint64_t sequence);

//  A last value, not sent: for snapshots.
void zp_publisher_value (zp_publisher_t *self, const zp_update_t *update,
                         zp_span_t frame);

//  Send an update as it is, and keep it.
void zp_publisher_mirror (zp_publisher_t *self, const zp_update_t *update,
                          zp_span_t frame);

//  It is ready now, and this is the last will of the source.
void zp_publisher_set_ready (zp_publisher_t *self, const char *will);

//  The source of the stream is gone, or there: all stems are told.
void zp_publisher_set_gone (zp_publisher_t *self, bool gone);

#endif
