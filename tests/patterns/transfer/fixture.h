//  SPDX-License-Identifier: MIT
//
//  fixture - a sender and a store over one folder, and who gets and puts

#ifndef FIXTURE_H
#define FIXTURE_H

#include "test_loop.h"
#include "zp_client.h"
#include "zp_download.h"
#include "zp_sender.h"
#include "zp_store.h"
#include "zp_uploader.h"

typedef struct fixture {
    zloop_t *loop;            // Of all
    char folder[64];          // What is served
    char away[64];            // Another one
    zp_server_t *server;      // With both of these
    zp_sender_t *sender;      // Lets files be got
    zp_store_t *store;        // Lets them be put
    zp_receiver_t *receiver;  // Gets
    zp_uploader_t *uploader;  // Puts
    zp_client_t *client;      // Asks for anything
} fixture_t;

//  With these options, but for the folder; NULL: the defaults.
fixture_t *fixture_new (const zp_sender_options_t *sender,
                        const zp_store_options_t *store);
void fixture_destroy (fixture_t **self_p);

//  A test that is given one, with the defaults.
int fixture_set_up (void **state);
int fixture_tear_down (void **state);
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown (name, fixture_set_up, fixture_tear_down)

//  The path of a name in the folder that is served, or in the other one. It
//  stays until the next call but three.
const char *fixture_path (fixture_t *self, const char *name);
const char *fixture_away (fixture_t *self, const char *name);

//  The bytes that a file with a seed has at an offset.
void fixture_fill (uint64_t seed, uint64_t offset, void *data, size_t size);
bool fixture_check (uint64_t seed, uint64_t offset, zp_span_t data);

//  Make a file of so many of these; and look if it is one.
void fixture_write (const char *path, uint64_t seed, size_t size);
bool fixture_is (const char *path, uint64_t seed, size_t size);
bool fixture_there (const char *path);

//  Their hash.
void fixture_hash (uint64_t seed, size_t size, char hash[ZP_TRANSFER_HASH + 1]);

//  What became of a get
typedef struct got {
    uint64_t seed;                    // The object has these bytes
    size_t room;                      // So many are taken, then it pauses
    uint64_t id;                      // The receiver's
    bool informed;                    // on_info was called
    zp_transfer_info_t info;          // As it said
    uint64_t offset, length;          // The same
    uint64_t bytes;                   // Taken
    bool wrong;                       // Some are not the object's
    bool done;                        // It ended
    zp_status_t status;               // How
    char text[ZP_TRANSFER_TEXT];      // The same for a person
    char hash[ZP_TRANSFER_HASH + 1];  // Of the object
} got_t;

//  Begin that get of an object with these bytes; all callbacks are set here.
void fixture_begin (fixture_t *self, zp_get_t get, uint64_t seed, got_t *got);

//  The same, and wait for the end.
void fixture_get (fixture_t *self, zp_get_t get, uint64_t seed, got_t *got);

//  Begin a get of an object with the bytes of got->seed, take so much, and wait
//  until the rest has come as far as it can. Nothing else may have been got.
void fixture_stall (fixture_t *self, got_t *got, const char *name, size_t room);

//  What became of a download or a put
typedef struct ended {
    bool done;                        // It has
    zp_status_t status;               // How
    char text[ZP_TRANSFER_TEXT];      // The same for a person
    char hash[ZP_TRANSFER_HASH + 1];  // Of the object
    uint64_t at;                      // As on_progress said last
    uint64_t size, kept, resumed;     // As they say
    bool restarted;                   // The same
} ended_t;

//  Begin a download to a path, or a put of one; the second waits for the end.
zp_download_t *fixture_download (fixture_t *self, const char *name,
                                 const char *path, ended_t *ended);
void fixture_fetch (fixture_t *self, const char *name, const char *path,
                    ended_t *ended);
uint64_t fixture_upload (fixture_t *self, const char *path, const char *name,
                         ended_t *ended);
void fixture_put (fixture_t *self, const char *path, const char *name,
                  ended_t *ended);

//  Call a method with text arguments, ended by NULL. The reply's first part, or
//  the failure's text, is in `text`, with room for 512 bytes.
zp_status_t fixture_ask (fixture_t *self, char *text, const char *method, ...);

#endif
