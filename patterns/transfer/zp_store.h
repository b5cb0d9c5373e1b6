//  SPDX-License-Identifier: MIT
//
//  zp_store - lets a server's callers put files into a folder
//
//  It adds methods to a zp_server; zp_uploader is the other side. The store
//  grants the credit: an uploader sends no more than the store has said it
//  takes, and all uploads share max_bytes. A file is whole or not there, as
//  zp_download.h has it: .NAME.part beside the target, then hash, sync, rename.
//
//  file.put NAME OPTIONS          -> JSON: id, offset, credit, chunk
//      {"size": N} is needed. {"version": TEXT} names the content: a put of the
//      same name, size and version goes on at the offset that is said; any
//      other begins at 0. A later put of a name ends an earlier one.
//      {"exists": false}: ALREADY_EXISTS if there is such a file.
//  file.chunk ID HEAD DATA        -> "AT CREDIT"   when it is written
//      HEAD as in zp_sender.h. Not more than CREDIT bytes beyond AT may be
//      sent. Chunks come in order; one that came before is passed over; after
//      a gap, or if the check is wrong, FAILED_PRECONDITION or DATA_LOSS, and
//      the text begins with AT.
//  file.end ID HASH               -> HASH          when the file is on disk
//      ABORTED if it is not the hash of what came: then nothing is kept.
//
//  An upload that is silent for idle_ms ends; what came is kept. Names are
//  checked as in zp_sender.h; folders on the way must be there.
//
//  Files are written, hashed and synced on the loop; while the disk is slow it
//  waits for some MiB at a time.

#ifndef ZP_STORE_H
#define ZP_STORE_H

#include "zp_server.h"
#include "zp_transfer.h"

typedef struct zp_store zp_store_t;

//  A file came: its name, within the folder, and its size.
typedef void (zp_store_fn) (void *arg, const char *name, uint64_t size);

typedef struct zp_store_options {
    const char *folder;   // Where files go; needed; copied
    uint64_t max_size;    // Of a file; 0: any
    size_t chunk_bytes;   // Of a chunk at most
    size_t window_bytes;  // On their way of one upload at most
    size_t max_bytes;     // Of all, as far as chunks can be made smaller
    int max_puts;         // At once; more are refused, to come again later
    int idle_ms;          // Silence that ends an upload
    zp_store_fn *fn;      // Told of each file, on the loop; NULL: nobody is
    void *arg;            // Given to fn
} zp_store_options_t;

#define ZP_STORE_DEFAULTS                                                      \
    {                                                                          \
        .chunk_bytes = 256 << 10, .window_bytes = 4 << 20,                     \
        .max_bytes = 16 << 20, .max_puts = 1000, .idle_ms = 60000              \
    }

//  Give the server, which lives on this loop, the methods. Copies *options. On
//  failure NULL is returned, and text, room for ZP_TRANSFER_TEXT bytes, says
//  why.
zp_store_t *zp_store_new (zloop_t *loop, zp_server_t *server,
                          const zp_store_options_t *options, char *text);

//  Destroy it, before the server, which must take no requests any more. Files
//  that are not complete are kept to go on with. The loop must have ended, or
//  be in the handler of a reader.
void zp_store_destroy (zp_store_t **self_p);

typedef struct zp_store_stats {
    uint64_t puts;     // Begun
    uint64_t done;     // Files that came
    uint64_t resumed;  // Puts that went on with what was there
    uint64_t refused;  // Ended with another hash
    uint64_t bytes;    // Written
    size_t now;        // Puts at work
} zp_store_stats_t;

void zp_store_stats (zp_store_t *self, zp_store_stats_t *stats);

#endif
