//  SPDX-License-Identifier: MIT
//
//  zp_update - what goes from a publisher to its subscribers
//
//  Three kinds of frames, drawn at the top of zp_update.c. An update is
//  something that was published. It begins with its topic, so that ZeroMQ
//  filters it and any plain SUB socket can take it.
//
//  In libzmq a frame costs as much as a message. So our own subscribers get
//  batches: one frame with many updates, one behind the other, of which each
//  subscriber wants all or none. That is so if the longest stem (zp_topic.h)
//  that anybody subscribed to is the same for all of them; the batch begins
//  with that one.
//
//  A heartbeat says of one stem how far the stream is, and which update with
//  that stem was the last; it goes to those who subscribed to the heartbeats of
//  that stem, and nobody else.
//
//  A stream is all that one publisher says in one life of its. Its updates are
//  numbered from 1. A subscriber gets only those with its stems, so holes in
//  the numbers mean nothing. Instead each update says, for each of its stems,
//  how far back the one before it with that stem is. Whoever has seen one that
//  is later than that, or all up to there, has missed nothing.
//
//  Everything here is pure: bytes in, bytes out. Whatever bytes come in,
//  nothing is read outside them.

#ifndef ZP_UPDATE_H
#define ZP_UPDATE_H

#include "zp_envelope.h"
#include "zp_topic.h"

#define ZP_UPDATE_HEAD 32    // Bytes behind the topic's NUL, without distances
#define ZP_UPDATE_MARK 0xFE  // A heartbeat begins so; no topic in UTF-8 does
#define ZP_BATCH_MARK  0xFF  // And so a batch

typedef enum zp_update_kind {
    ZP_UPDATE_EVENT = 1,   // It happened; it is no value that lasts
    ZP_UPDATE_VALUE = 2,   // The topic's value from now on
    ZP_UPDATE_DELETED = 3  // The topic has no value any more
} zp_update_kind_t;

typedef struct zp_update {
    zp_update_kind_t kind;  // What it says
    uint32_t ttl_ms;        // How long a value lasts; 0: until further notice
    uint64_t stream;        // Of which it is a part
    uint64_t sequence;      // Its number there
    int64_t time_us;        // When it was published, since 1970
    zp_span_t topic;        // Of what; a NUL follows in memory
    zp_span_t payload;      // What
    size_t cuts;            // Stems that the topic has
    zp_cut_t cut[ZP_TOPIC_CUTS];       // These
    uint32_t distance[ZP_TOPIC_CUTS];  // How far back the one before is, for
                                       // each stem; of the first always 1
} zp_update_t;

//  Bytes that zp_update_write will write.
size_t zp_update_size (const zp_update_t *self);

//  Write an update, of which cuts and cut are those of its topic.
void zp_update_write (const zp_update_t *self, uint8_t *data);

//  Read an update; the spans point into the data. False, and *self is anything,
//  if it is none.
bool zp_update_read (zp_update_t *self, const void *data, size_t size);

#define ZP_BATCH_HEAD_MAX (ZP_TOPIC_MAX + 3)

//  Write what the batches of a stem begin with; returns its bytes, at most
//  ZP_BATCH_HEAD_MAX. To subscribe to them is to do so to the mark and the
//  stem.
size_t zp_batch_head (const char *stem, size_t stem_size, uint8_t *data);

//  The updates of a batch, each with its size before it, in *updates_p. False
//  if this is none.
bool zp_batch_read (const void *data, size_t size, zp_span_t *updates_p);

//  Take the next update, as a frame, from those of a batch; false if there is
//  none, or what follows is none: *updates_p is not empty then.
bool zp_batch_next (zp_span_t *updates_p, zp_span_t *frame_p);

typedef struct zp_heartbeat {
    const char *stem;   // About what
    size_t stem_size;   // Bytes of it
    uint64_t stream;    // Which one it is about
    uint64_t sequence;  // Of the last update of the stream
    uint64_t last;      // Of the last with that stem, or a later number;
                        // 0: there was none
    uint32_t every_ms;  // When something will be heard again, at the latest
    bool gone;          // The publisher is: this is a relay that says so
} zp_heartbeat_t;

#define ZP_HEARTBEAT_MAX (ZP_TOPIC_MAX + 3 + ZP_UPDATE_HEAD + 9)

//  Write what one has to subscribe to for the heartbeats of a stem; returns its
//  bytes, at most ZP_TOPIC_MAX + 3.
size_t zp_heartbeat_topic (const char *stem, size_t stem_size, uint8_t *data);

//  The stem that such a subscription is about, in *stem_p; false if it is none.
bool zp_heartbeat_stem (const void *topic, size_t size, zp_span_t *stem_p);

//  Write a heartbeat; returns its bytes, at most ZP_HEARTBEAT_MAX.
size_t zp_heartbeat_write (const zp_heartbeat_t *self, uint8_t *data);

//  Read a heartbeat, whose stem points into the data. False, and *self is
//  anything, if it is none.
bool zp_heartbeat_read (zp_heartbeat_t *self, const void *data, size_t size);

//  Numbers as they stand on the wire.
void zp_update_put (uint8_t *data, size_t size, uint64_t number);
uint64_t zp_update_get (const uint8_t *data, size_t size);

#endif
