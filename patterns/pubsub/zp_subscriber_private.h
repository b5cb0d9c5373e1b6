//  SPDX-License-Identifier: MIT
//
//  A subscriber, for zp_subscriber*.c
//
//  What comes in (zp_subscriber_hear.c) is looked at by the tracker and told;
//  or it is held, while something before it is asked for (zp_subscriber_ask.c).
//  What is told goes to the handler, or waits in the inbox.

#ifndef ZP_SUBSCRIBER_PRIVATE_H
#define ZP_SUBSCRIBER_PRIVATE_H

#include "zp_backoff.h"
#include "zp_client.h"
#include "zp_inbox.h"
#include "zp_random.h"
#include "zp_timers.h"
#include "zp_tracker.h"

//  Where the stream is to be had
typedef struct zp_subscriber_source {
    TAILQ_ENTRY (zp_subscriber_source) link;  // The next one
    char *updates;                            // Endpoint of the updates
    zp_client_t *client;                      // Asks; NULL: a plain publisher
} zp_subscriber_source_t;

//  A filter, among others
typedef struct zp_subscriber_filter {
    TAILQ_ENTRY (zp_subscriber_filter) link;  // The next one
    zp_filter_t filter;                       // This
} zp_subscriber_filter_t;

//  Told the news with the frame that they came in
typedef int (zp_subscriber_item_fn) (void *arg, zp_item_t *item);

//  What is being asked for
typedef struct zp_subscriber_ask {
    uint64_t call;                // The call to the publisher; 0: none
    zp_client_t *client;          // Who makes it
    bool snapshot;                // For a snapshot; otherwise a replay
    zp_cut_t cut;                 // Snapshot: of which stem
    char stem[ZP_TOPIC_MAX + 1];  // Snapshot: that stem
    char after[256];              // Snapshot: the last topic that has come
    size_t after_size;            // Snapshot: bytes of that
    char life[8];                 // Snapshot: what came with that
    size_t life_size;             // Snapshot: bytes of that
    bool begun;                   // Snapshot: it was told that it begins
    uint64_t sequence;  // Snapshot: of which number. Replay: up to which
    zp_stems_t wants;   // Replay: the stems, zp_stem_t
    int failures;       // In a row
    size_t refused;     // Sources that do not have it any more
} zp_subscriber_ask_t;

struct zp_subscriber {
    zp_subscriber_options_t options;  // As given to new
    zloop_t *loop;                    // Where it lives
    bool own_loop;                    // Made here
    zp_subscriber_fn *fn;             // Told the news; NULL: they wait
    void *arg;                        // Given to fn
    zp_subscriber_item_fn *item_fn;   // A relay: told in place of fn
    zsock_t *socket;                  // SUB
    bool reading;                     // The socket is on the loop
    zp_timers_t *timers;              // All of these
    zp_timer_t silence;               // Nothing was heard for long
    zp_timer_t retry;                 // Ask again
    zp_timer_t pump;                  // Tell what waits; end the loop
    zp_timer_t deadline;              // Of zp_subscriber_next
    TAILQ_HEAD (, zp_subscriber_source) sources;  // The first is used
    TAILQ_HEAD (, zp_subscriber_filter) filters;  // All of them
    bool plain;               // A source is a plain publisher
    bool wild;                // One of the filters is not just a stem
    zp_tracker_t *tracker;    // What has come, and what is missing
    zp_inbox_t *inbox;        // News that wait
    struct zp_items held;     // Updates that wait for those before them
    size_t held_count;        // How many
    zp_stems_t told;          // Topics told while something is missing
    zp_subscriber_ask_t ask;  // What is being asked for
    zp_item_t *spare;         // For the next update
    zmq_msg_t msg;            // The message that is being heard
    zp_item_t *current;       // What zp_subscriber_next gave
    int64_t heard_ms;         // When something was heard
    int silence_ms;           // How long is too long
    bool paused;              // Tell nothing
    bool said_dropped;        // That was the last that zp_subscriber_next gave
    bool rejoin;              // The inbox overflowed
    bool waiting;             // zp_subscriber_next runs the loop
    bool turned;              // The loop has had a turn for it
    bool ended;               // The handler wants the loop to end
    bool gone;                // Told so
    char will[256];           // The publisher's last will
    zp_random_t random;       // For the backoff
    zp_subscriber_stats_t stats;  // The counters of these
    char error[256];              // Why the last verb failed
};

//  Let an item have what it points into, before it waits.
void zp_subscriber_own (zp_subscriber_t *self, zp_item_t *item);

//  Hearing and telling: zp_subscriber_hear.c, zp_subscriber_tell.c

//  Read what the socket has, but not for ever; -1 to end the loop.
int zp_subscriber_read (zp_subscriber_t *self);

//  Tell what waits, unless that is for zp_subscriber_next, or not wanted now.
void zp_subscriber_deliver (zp_subscriber_t *self);

//  Tell an item, which is taken; it may have to wait.
void zp_subscriber_tell_item (zp_subscriber_t *self, zp_item_t *item);

//  Tell an update, which is read into the item, if a filter lets it through and
//  it is not older than what was told of its topic. Takes the item if it has to
//  wait.
void zp_subscriber_tell (zp_subscriber_t *self, zp_item_t **item_p);

//  Tell other news, of which kind and numbers are set, with a text: a filter,
//  or a will.
void zp_subscriber_say (zp_subscriber_t *self, zp_news_t news, const char *text,
                        size_t size);

//  The same about a stem, as a filter.
void zp_subscriber_say_stem (zp_subscriber_t *self, zp_news_t news,
                             const zp_stem_t *stem);

//  True if last values are asked for.
bool zp_subscriber_asks_values (const zp_subscriber_t *self);

//  True if a filter lets the topic through.
bool zp_subscriber_wanted (const zp_subscriber_t *self, zp_span_t topic);

//  True if what comes has to wait for something before it.
bool zp_subscriber_blocked (const zp_subscriber_t *self);

//  Look at what is held, as far as nothing before it is missing any more.
void zp_subscriber_release (zp_subscriber_t *self);
void zp_subscriber_forget_held (zp_subscriber_t *self);

//  It is that stream now: all stems have to join, and that is told.
void zp_subscriber_restart (zp_subscriber_t *self, uint64_t stream);

//  The publisher is gone, or back: that is told.
void zp_subscriber_set_gone (zp_subscriber_t *self, bool gone);

//  Asking: zp_subscriber_ask.c

//  Ask for what is missing next, if anything is and can be asked for now; if
//  not, look at what is held.
void zp_subscriber_ask (zp_subscriber_t *self);

//  Forget what is being asked for; or only the values of that stem.
void zp_subscriber_ask_cancel (zp_subscriber_t *self);
void zp_subscriber_ask_forget (zp_subscriber_t *self, zp_span_t stem);

//  What is missing of a stem can't be had: tell that, and go on behind it.
void zp_subscriber_lose (zp_subscriber_t *self, const zp_tracked_t *tracked);

//  The rest: zp_subscriber.c

//  True if there is room in the inbox, or will be made.
bool zp_subscriber_has_room (const zp_subscriber_t *self);

//  Put the socket on the loop, or take it from there, as there is room.
void zp_subscriber_poll (zp_subscriber_t *self);

//  What to return to the loop: -1, once, if the handler wanted it to end. What
//  waits is told when it runs again.
int zp_subscriber_turned (zp_subscriber_t *self);

//  A verb failed: keep why, and return the status.
zp_status_t zp_subscriber_refuse (zp_subscriber_t *self, zp_status_t status,
                                  const char *text);

//  Filters and sources: zp_subscriber_want.c

//  The source is silent: turn to the next one, or connect to it again.
void zp_subscriber_turn (zp_subscriber_t *self);

#endif
