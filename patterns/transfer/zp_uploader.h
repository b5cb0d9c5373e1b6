//  SPDX-License-Identifier: MIT
//
//  zp_uploader - puts files, or what a callback reads, into a store
//
//  It sends as much as the store grants. After a break, of either side, it goes
//  on where the store says; if the object has changed by then, it begins anew.
//  When a put has ended with ZP_OK the object is on the store's disk, and its
//  hash was compared.

#ifndef ZP_UPLOADER_H
#define ZP_UPLOADER_H

#include <czmq.h>

#include "zp_transfer.h"

typedef struct zp_uploader zp_uploader_t;

//  How a put ended
typedef struct zp_put_end {
    zp_status_t status;  // ZP_OK: the store has it, whole and synced
    const char *text;    // On failure a line for a person, otherwise ""
    const char *hash;    // Of the object, in hex; on failure ""
    uint64_t size;       // Of the object
    uint64_t at;         // Bytes that the store has
    uint64_t resumed;    // Bytes that it had at the beginning
} zp_put_end_t;

typedef struct zp_put {
    const char *name;             // In the store; needed; copied
    const char *path;             // The file; copied. NULL: see source
    zp_transfer_source_t source;  // Otherwise from here, under the same name
    bool keep;                    // Not if there is such a file already
    //  Called on the loop, never before zp_uploader_put returns. on_progress
    //  may be NULL; on_done is the last call
    void (*on_progress) (void *arg, uint64_t at, uint64_t size);
    void (*on_done) (void *arg, const zp_put_end_t *end);
    void *arg;  // Given to each
} zp_put_t;

//  Make an uploader for the store at this endpoint. It lives on loop, which
//  must outlive it. A put ends with ZP_UNAVAILABLE when there was no store for
//  patience_ms. NULL if ZeroMQ can't make sense of the endpoint.
zp_uploader_t *
zp_uploader_new (zloop_t *loop, const char *endpoint, int patience_ms);

//  Destroy the uploader. Puts end with ZP_CANCELLED, told to their on_done. The
//  loop must have ended, or be in the handler of a reader.
void zp_uploader_destroy (zp_uploader_t **self_p);

//  Begin a put; returns its id, which is not used twice. What can't be read
//  ends it.
uint64_t zp_uploader_put (zp_uploader_t *self, const zp_put_t *put);

//  End a put with ZP_CANCELLED, told to on_done before this returns; the store
//  keeps what came. One that has ended is left alone.
void zp_uploader_cancel (zp_uploader_t *self, uint64_t id);

#endif
