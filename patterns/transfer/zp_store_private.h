//  SPDX-License-Identifier: MIT
//
//  What the files of the store share. Not for anybody else.
//
//  zp_store.c          its beginning and end, and how files become whole
//  zp_store_methods.c  what uploaders call

#ifndef ZP_STORE_PRIVATE_H
#define ZP_STORE_PRIVATE_H

#include "zp_chunk.h"
#include "zp_folder.h"
#include "zp_partial.h"
#include "zp_store.h"
#include "zp_timers.h"

//  A put, or what is left of one
typedef struct zp_store_put {
    uint64_t id;                      // What the uploader calls it by
    char *name;                       // Of the file
    zp_partial_t *partial;            // Takes the bytes; NULL: a later put of
                                      // the name took its place
    zp_request_t *request;            // Its file.end; NULL: not yet
    char hash[ZP_TRANSFER_HASH + 1];  // As that says
    int64_t heard_ms;                 // When something came
} zp_store_put_t;

struct zp_store {
    zp_store_options_t options;  // As given
    zp_folder_t *folder;         // Where files go
    zp_server_t *server;         // Whose callers it serves
    zp_timers_t *timers;         // On the loop
    zp_timer_t beat_timer;       // Look at all puts
    zp_timer_t hash_timer;       // Hash for those that end
    zp_store_put_t **puts;       // By id modulo max_puts; NULL: free
    size_t slots;                // Of these that are not
    uint64_t last_id;            // Given out
    zp_store_stats_t stats;      // What happened
};

//  The place of the put with an id.
zp_store_put_t **zp_store_slot (zp_store_t *self, uint64_t id);

//  A new put of that name, which takes the partial file. There must be a free
//  place.
zp_store_put_t *
zp_store_begin (zp_store_t *self, const char *name, zp_partial_t *partial);

//  The bytes stay on disk, and are not the put's any more: another one has its
//  name.
void zp_store_close (zp_store_t *self, zp_store_put_t *put);

//  All has come: make it a file, and answer the request, which it takes.
void zp_store_finish (zp_store_t *self, zp_store_put_t *put,
                      zp_request_t *request, zp_span_t hash);

//  Add the methods.
void zp_store_methods_add (zp_store_t *self);

#endif
