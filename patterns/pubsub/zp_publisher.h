//  SPDX-License-Identifier: MIT
//
//  zp_publisher - says things to whoever wants to hear them, however many
//
//  What it says are updates about topics (zp_topic.h): events, which happened;
//  values, each of which lasts until the next of its topic; and that a topic
//  has no value any more. It numbers them, so that subscribers notice what they
//  have missed; keeps the last values, for those who join late; and the last
//  updates, for those who have missed some. All of it is bounded.
//
//  It has two sockets. From one, an XPUB, the updates go, at the end of the
//  loop's turn in which they were published: to our own subscribers many in a
//  frame, and to plain SUB sockets a frame each (zp_update.h). The other is
//  that of a zp_server, where a subscriber gets what went before:
//
//    pub.snapshot  stem, after, life -> the last values of topics with that
//                  stem (zp_topic.h). `after` is empty, or the last topic of
//                  the page before, and `life` what came with that one: ABORTED
//                  if what is kept was begun anew since then.
//                  Reply: head; frames; last will, if it is known; life (8)
//    pub.replay    stream (8), wants -> updates again. Wants are any number of
//                  (from (8), size (2), stem): all with this stem and a higher
//                  number than `from`. OUT_OF_RANGE if some of it may be gone;
//                  ABORTED if it is another stream
//                  Reply: head; frames
//    pub.stat      -> JSON: what is kept, who listens
//
//  where head is stream (8), sequence (8), more (1); frames are any number of
//  (size (4), frame), each as it was sent; and numbers are big-endian. A
//  snapshot is that of `sequence`, except for what it has that is newer; if
//  `more` is not 0 the rest is had by asking again. Of a replay `sequence` is
//  up to where it goes.
//
//  A subscriber that does not keep up harms itself alone: what does not go into
//  its pipe is not sent to it. With block_ms the publisher waits for it
//  instead: then one that is frozen stops the stream, and those that the
//  stream stops for are told that the publisher is gone.
//
//  Every heartbeat_ms, each stem that somebody subscribed to hears how far the
//  stream is. So subscribers know silence from death, and miss nothing at the
//  end of a burst.

#ifndef ZP_PUBLISHER_H
#define ZP_PUBLISHER_H

#include "zp_server.h"
#include "zp_status.h"
#include "zp_update.h"

typedef struct zp_publisher zp_publisher_t;

typedef struct zp_publisher_options {
    const char *name;      // For zp.info; copied
    int heartbeat_ms;      // Nobody hears nothing for longer
    int history_count;     // Updates that can be had again
    size_t history_bytes;  // Bytes of these
    int topics;            // Known at once; beyond it those without a value
                           // that are silent for longest are forgotten
    size_t values_bytes;   // Of all last values
    int stems;             // That can be subscribed to with heartbeats
    int queue;             // Frames that may wait for one subscriber; each has
                           // one update, or up to 32 KiB of them
    int block_ms;          // Wait so long for the slowest; 0: don't, it misses
                           // some; -1: for ever
    const char *will;      // Last will: what subscribers are told if it dies.
                           // Up to 255 bytes, copied; NULL: nothing
} zp_publisher_options_t;

#define ZP_PUBLISHER_DEFAULTS                                                  \
    {                                                                          \
        .name = "publisher", .heartbeat_ms = 1000, .history_count = 16384,     \
        .history_bytes = 16 << 20, .topics = 1000000,                          \
        .values_bytes = 256 << 20, .stems = 100000, .queue = 1000              \
    }

//  Make a publisher that lives on loop, which must outlive it; with NULL it has
//  a loop of its own. Copies *options; NULL means ZP_PUBLISHER_DEFAULTS.
//  Options out of range are a programmer's error, and asserted.
zp_publisher_t *
zp_publisher_new (zloop_t *loop, const zp_publisher_options_t *options);

//  Tell the subscribers that it ends, and destroy it. The loop must have ended,
//  or be in the handler of a reader.
void zp_publisher_destroy (zp_publisher_t **self_p);

//  Send updates from one endpoint, and answer who asks for more at the other;
//  "tcp://127.0.0.1:*" is any free port. Can be called again for more. On
//  failure zp_publisher_error has the reason: ZP_ALREADY_EXISTS,
//  ZP_PERMISSION_DENIED, ZP_INVALID_ARGUMENT.
zp_status_t zp_publisher_bind (zp_publisher_t *self, const char *updates,
                               const char *requests);

//  The last endpoints bound, with their real ports. NULL before that.
const char *zp_publisher_updates (zp_publisher_t *self);
const char *zp_publisher_requests (zp_publisher_t *self);

//  Why the last verb failed: a line for a person. "" if it did not.
const char *zp_publisher_error (zp_publisher_t *self);

//  Something has happened: tell all who want to know. It is not kept as a
//  value. ZP_OK; ZP_INVALID_ARGUMENT: no topic, or larger than 15 MiB;
//  ZP_RESOURCE_EXHAUSTED: too many topics have values; ZP_DEADLINE_EXCEEDED:
//  block_ms is over and a subscriber has no room. Unless it is ZP_OK nobody was
//  told.
zp_status_t zp_publisher_event (zp_publisher_t *self, const char *topic,
                                const void *data, size_t size);

//  The topic has this value from now on: for ttl_ms milliseconds, or until
//  further notice if that is 0. When its time is over subscribers are told that
//  it is deleted. Statuses as above; ZP_RESOURCE_EXHAUSTED also if values would
//  take more than values_bytes.
zp_status_t zp_publisher_set (zp_publisher_t *self, const char *topic,
                              const void *data, size_t size, uint32_t ttl_ms);

//  The topic has no value any more. Statuses as above.
zp_status_t zp_publisher_delete (zp_publisher_t *self, const char *topic);

//  Send what was published in this turn of the loop. That happens at the end of
//  the turn in any case; who knows that there will be no more spares that wait.
void zp_publisher_flush (zp_publisher_t *self);

//  Run the loop until it is ended, as zp_server_run does.
zp_status_t zp_publisher_run (zp_publisher_t *self);

//  The server that answers requests, for more methods.
zp_server_t *zp_publisher_server (zp_publisher_t *self);

//  The stream: another number in each life.
uint64_t zp_publisher_stream (zp_publisher_t *self);

typedef struct zp_publisher_stats {
    uint64_t sequence;     // Of the last update
    uint64_t blocked;      // Updates refused: a subscriber had no room
    uint64_t heartbeats;   // Sent
    uint64_t snapshots;    // Pages of values sent
    uint64_t replays;      // Pages of updates sent again
    size_t stems;          // Subscribed to, with heartbeats
    size_t topics;         // Known
    size_t values;         // Of these with a value
    size_t values_bytes;   // Bytes of these
    size_t history_count;  // Updates that can be had again
} zp_publisher_stats_t;

void zp_publisher_stats (zp_publisher_t *self, zp_publisher_stats_t *stats);

#endif
