//  SPDX-License-Identifier: MIT
//
//  What the files of the uploader share. Not for anybody else.
//
//  zp_uploader.c      its beginning and end, and those of puts
//  zp_uploader_put.c  what a put calls

#ifndef ZP_UPLOADER_PRIVATE_H
#define ZP_UPLOADER_PRIVATE_H

#include <sys/queue.h>

#include "zp_chunk.h"
#include "zp_client.h"
#include "zp_digest.h"
#include "zp_flow.h"
#include "zp_timers.h"
#include "zp_uploader.h"

//  A call of file.chunk that is out
typedef struct zp_uploader_chunk {
    LIST_ENTRY (zp_uploader_chunk) next;  // Of the put's
    struct zp_uploader_put *put;          // Whose it is
    uint64_t call;                        // 0: it was given up
} zp_uploader_chunk_t;

typedef struct zp_uploader_put {
    LIST_ENTRY (zp_uploader_put) next;  // Of the uploader's
    zp_uploader_t *uploader;            // Whose it is
    zp_put_t want;                      // As given; the texts are its own
    void *object;                       // Open; NULL: not now
    zp_transfer_info_t info;            // What it is
    uint64_t id;                        // What the application calls it
    uint64_t stream;                    // What the store calls it
    zp_flow_t flow;                     // What may be sent
    zp_digest_t *digest;                // Of the object
    char hash[ZP_TRANSFER_HASH + 1];    // Then
    uint64_t call;                      // file.put or file.end; 0: none is out
    LIST_HEAD (, zp_uploader_chunk) chunks;  // Calls of file.chunk
    bool begun;                              // The store said where it began
    uint64_t resumed;                        // That is there
    uint64_t most;                           // How far it came
    int anew;                                // So often it began anew
    int failures;                            // One after another
    int64_t patience_ms;                     // Until when it tries
    zp_timer_t timer;                        // The next thing to do
} zp_uploader_put_t;

struct zp_uploader {
    zp_client_t *client;                 // To the store
    zp_timers_t *timers;                 // On the loop
    LIST_HEAD (, zp_uploader_put) puts;  // At work
    int patience_ms;                     // Of each
    uint64_t last_id;                    // Given out
    char *buffer;                        // A chunk is read here
};

//  Open the object, and call file.put: a timer's function.
int zp_uploader_open (zp_timer_t *timer, void *arg);

//  Give up all calls that are out.
void zp_uploader_hang_up (zp_uploader_put_t *put);

//  Close the object; it can be opened again.
void zp_uploader_close (zp_uploader_put_t *put);

//  End a put. It is gone then.
void
zp_uploader_end (zp_uploader_put_t *put, zp_status_t status, const char *text);

#endif
