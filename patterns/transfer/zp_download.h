//  SPDX-License-Identifier: MIT
//
//  zp_download - gets an object into a file, which is whole or not there
//
//  The bytes go to .NAME.part beside the target (NAME is the last part of its
//  path), and .NAME.part.info says of which version they are. When all are
//  there their hash is compared with the sender's (those that lay there at the
//  beginning are read for that), the file is synced, and only then renamed to
//  PATH, with the time of change that the object has. Whoever died on the way,
//  the next download to the same path goes on where the last one ended; if the
//  object has another version by then, it begins anew. What is there is kept,
//  too, when the disk is full or the download is cancelled.

#ifndef ZP_DOWNLOAD_H
#define ZP_DOWNLOAD_H

#include "zp_receiver.h"

typedef struct zp_download zp_download_t;

//  How a download ended
typedef struct zp_download_end {
    zp_status_t status;  // ZP_OK: the file is there, whole and synced.
                         // ZP_ALREADY_EXISTS: somebody else downloads to this
                         // path. ZP_RESOURCE_EXHAUSTED: the disk is full. ...
    const char *text;    // On failure a line for a person, otherwise ""
    const char *hash;    // Of the object, in hex; on failure ""
    uint64_t size;       // Of the object; 0: not known
    uint64_t kept;       // Bytes in .NAME.part, to go on with
    uint64_t resumed;    // Bytes that were there at the beginning
    bool restarted;      // These were of another version, and not used
} zp_download_end_t;

typedef struct zp_download_options {
    const char *name;  // Of the object; needed; copied
    const char *path;  // Of the file; needed; copied
    bool anew;         // Begin anew, whatever is there
    //  Called on the loop, never before zp_download_new returns, and not from
    //  zp_download_destroy. on_progress, which may be NULL, gets the bytes that
    //  are on disk, now and then. on_done is the last call, and may destroy the
    //  download
    void (*on_progress) (void *arg, uint64_t at, uint64_t size);
    void (*on_done) (void *arg, const zp_download_end_t *end);
    void *arg;  // Given to each
} zp_download_options_t;

//  Begin a download. The receiver must outlive it.
zp_download_t *
zp_download_new (zp_receiver_t *receiver, const zp_download_options_t *options);

//  End the download. If it is under way, what is there is kept to go on with.
void zp_download_destroy (zp_download_t **self_p);

//  Bytes of the object that are in the file, whole or not.
uint64_t zp_download_at (const zp_download_t *self);

#endif
