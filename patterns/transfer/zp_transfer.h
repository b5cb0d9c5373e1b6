//  SPDX-License-Identifier: MIT
//
//  What both sides of a transfer say of an object: its size, and which version
//  of it this is.
//
//  zp_sender    a server's: objects can be got        zp_receiver   gets them
//  zp_store     a server's: objects can be put        zp_uploader   puts them

#ifndef ZP_TRANSFER_H
#define ZP_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zp_status.h"

#define ZP_TRANSFER_NAME_MAX    1024           // Bytes of a name
#define ZP_TRANSFER_SIZE_MAX    INT64_MAX      // Bytes of an object
#define ZP_TRANSFER_CHUNK_MIN   (16 * 1024)    // Bytes of a chunk
#define ZP_TRANSFER_CHUNK_MAX   (1024 * 1024)  // The same, at most
#define ZP_TRANSFER_VERSION_MAX 64             // Bytes of a version
#define ZP_TRANSFER_HASH        64             // Digits of a hash
#define ZP_TRANSFER_TEXT        256            // Bytes of a line for a person

typedef struct zp_transfer_info {
    uint64_t size;     // Bytes of the object
    int64_t mtime_ms;  // When it was changed, since 1970 in UTC; 0: unknown
    char version[ZP_TRANSFER_VERSION_MAX + 1];  // Another text for each content
                                                // that it has: printable ASCII
} zp_transfer_info_t;

//  Where an object comes from, if it is no file. Called on the loop.
typedef struct zp_transfer_source {
    //  Open the object called name. On ZP_OK *object_p and *info are set; on
    //  failure text, room for ZP_TRANSFER_TEXT bytes, says why
    zp_status_t (*open) (void *arg, const char *name, void **object_p,
                         zp_transfer_info_t *info, char *text);
    //  Read size bytes at offset, which are there by its info. False if they
    //  can't be read, or if the object has another version by now
    bool (*read) (void *object, uint64_t offset, void *data, size_t size);
    //  It is not needed any more
    void (*close) (void *object);
    void *arg;  // Given to open
} zp_transfer_source_t;

#endif
