//  SPDX-License-Identifier: MIT
//
//  zp_receiver - gets objects, or ranges of them, as fast as they are taken
//
//  Each byte of what is wanted is given to the reader once, in order, checked.
//  A reader that takes less than it is offered pauses the get: the sender is
//  granted no more than a window, so memory stays bounded whatever the size.
//  When a connection breaks, or a sender falls silent, the get goes on where it
//  was, at another sender if there are several: they must serve the same
//  objects under the same versions (of files: the same size and time of
//  change). An object that has another version by then is not glued together:
//  the get ends with ZP_ABORTED.
//
//  Many gets share a receiver, and one connection for each sender. For a file
//  that is complete or not there, and goes on after a restart, use zp_download.

#ifndef ZP_RECEIVER_H
#define ZP_RECEIVER_H

#include <czmq.h>

#include "zp_envelope.h"
#include "zp_status.h"
#include "zp_tap.h"
#include "zp_transfer.h"

typedef struct zp_receiver zp_receiver_t;

typedef struct zp_receiver_options {
    size_t window_bytes;  // Of a get: on their way, or here and not taken
    size_t chunk_bytes;   // Of a chunk at most
    int patience_ms;      // Of a get: with nobody to serve it; then it ends
                          // with ZP_UNAVAILABLE
    const zp_tap_t *tap;  // Told of each message; NULL: nobody
} zp_receiver_options_t;

#define ZP_RECEIVER_DEFAULTS                                                   \
    {                                                                          \
        .window_bytes = 4 << 20, .chunk_bytes = 256 << 10,                     \
        .patience_ms = 30000                                                   \
    }

//  How a get ended
typedef struct zp_get_end {
    zp_status_t status;  // ZP_OK: all was taken. ZP_NOT_FOUND, ZP_ABORTED
                         // (another version), ZP_OUT_OF_RANGE, ...
    const char *text;    // On failure a line for a person, otherwise ""
    const char *hash;    // Of the whole object, in hex, if it was wanted; or ""
    uint64_t at;         // All below this offset was taken
} zp_get_end_t;

//  What to get. What is 0 or NULL takes the default.
typedef struct zp_get {
    const char *name;     // Of the object; needed; copied
    uint64_t offset;      // Where to begin
    uint64_t length;      // Bytes at most; 0: all that follow
    uint64_t last;        // Instead: the last so many bytes
    const char *version;  // Only of this version; copied. NULL: of any
    bool head;            // Only the info, no bytes and no hash
    bool hash;            // The hash of the whole object as well

    //  Called on the loop, never before zp_receiver_get returns. They may
    //  begin, resume and cancel gets, but not destroy the receiver. What they
    //  point to is gone when they return.

    //  What the object is, and which part of it will come: once, before any
    //  data. May be NULL
    void (*on_info) (void *arg, const zp_transfer_info_t *info, uint64_t offset,
                     uint64_t length);
    //  The bytes at offset, 1 or more. Returns how many are taken; if not all,
    //  the get pauses, and zp_receiver_resume offers the rest again. May be
    //  NULL with head only
    size_t (*on_data) (void *arg, uint64_t offset, zp_span_t data);
    //  It ended: once, and the last call. Needed
    void (*on_done) (void *arg, const zp_get_end_t *end);
    void *arg;  // Given to each
} zp_get_t;

//  Make a receiver that lives on loop, which must outlive it. Copies *options;
//  NULL means ZP_RECEIVER_DEFAULTS.
zp_receiver_t *
zp_receiver_new (zloop_t *loop, const zp_receiver_options_t *options);

//  Destroy the receiver. Gets end with ZP_CANCELLED, told to their on_done. The
//  loop must have ended, or be in the handler of a reader.
void zp_receiver_destroy (zp_receiver_t **self_p);

//  Add a sender, which need not be there yet. ZP_INVALID_ARGUMENT if ZeroMQ
//  can't make sense of the endpoint.
zp_status_t zp_receiver_connect (zp_receiver_t *self, const char *endpoint);

//  Begin a get; returns its id, which is not used twice. There must be an
//  endpoint. A name that is empty or too long ends it with
//  ZP_INVALID_ARGUMENT.
uint64_t zp_receiver_get (zp_receiver_t *self, const zp_get_t *get);

//  Offer a paused get's reader what it did not take: within this call, or,
//  from within on_data, after that returns. One that has ended is left alone.
void zp_receiver_resume (zp_receiver_t *self, uint64_t id);

//  End a get with ZP_CANCELLED, told to on_done before this returns. One that
//  has ended is left alone.
void zp_receiver_cancel (zp_receiver_t *self, uint64_t id);

typedef struct zp_receiver_stats {
    uint64_t gets;     // Begun
    uint64_t done;     // Ended with ZP_OK
    uint64_t failed;   // Ended otherwise
    uint64_t resumed;  // How often one went on after a break
    uint64_t corrupt;  // Chunks that were damaged, and asked for again
    uint64_t bytes;    // Taken
    uint64_t held;     // Here and not taken: bytes of paused gets
    size_t now;        // Gets at work
} zp_receiver_stats_t;

void zp_receiver_stats (zp_receiver_t *self, zp_receiver_stats_t *stats);

#endif
