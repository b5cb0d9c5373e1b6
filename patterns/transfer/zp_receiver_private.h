//  SPDX-License-Identifier: MIT
//
//  What the files of the receiver share. Not for anybody else.
//
//  zp_receiver.c         its beginning and end, its senders, its gets
//  zp_receiver_stream.c  what a get asks of a sender, and what comes
//  zp_receiver_take.c    how that reaches the reader

#ifndef ZP_RECEIVER_PRIVATE_H
#define ZP_RECEIVER_PRIVATE_H

#include <sys/queue.h>

#include "zp_chunk.h"
#include "zp_client.h"
#include "zp_flow.h"
#include "zp_receiver.h"
#include "zp_timers.h"

//  A sender
typedef struct zp_receiver_link {
    LIST_ENTRY (zp_receiver_link) next;  // Of the receiver's
    zp_client_t *client;                 // For this one alone
    size_t gets;                         // That it serves
    int64_t failed_ms;                   // When it last did; 0: never
} zp_receiver_link_t;

//  Bytes that the reader has not taken
typedef struct zp_receiver_held {
    STAILQ_ENTRY (zp_receiver_held) next;  // In their order
    size_t size;                           // How many
    size_t taken;                          // Of these, the first are
    char data[];                           // These
} zp_receiver_held_t;

typedef struct zp_receiver_get {
    LIST_ENTRY (zp_receiver_get) next;          // Of the receiver's
    zp_receiver_t *receiver;                    // Whose it is
    uint64_t id;                                // What the application calls it
    zp_get_t want;                              // As given; the name is its own
    char version[ZP_TRANSFER_VERSION_MAX + 1];  // Only this one; "": any
    bool known;                                 // Its info was told
    uint64_t size;                              // Of the object, then
    uint64_t at;                                // Taken: all below
    uint64_t come;                              // Here: all below
    uint64_t end;                               // Behind the last byte wanted
    STAILQ_HEAD (, zp_receiver_held) held;      // From `at` to `come`
    int busy;                                   // Callbacks under way
    bool resumed;                     // Offer again when on_data returns
    bool sent;                        // The sender is through
    bool ended;                       // on_done was called: free it
    char hash[ZP_TRANSFER_HASH + 1];  // Of the object, then
    zp_receiver_link_t *link;         // Serves it; NULL: none
    uint64_t call;                    // The call that brings it; 0: none
    uint64_t stream;                  // What the sender calls it
    uint64_t said;                    // The sender knows of all below
    uint64_t saying;                  // The call about that; 0: none
    uint64_t window;                  // As the sender has it
    int failures;                     // One after another
    int corrupt;                      // The same: damaged chunks
    int64_t patience_ms;              // Until when it tries
    zp_timer_t retry_timer;           // Ask again
} zp_receiver_get_t;

struct zp_receiver {
    zp_receiver_options_t options;         // As given
    zloop_t *loop;                         // Where all happens
    zp_timers_t *timers;                   // On the loop
    LIST_HEAD (, zp_receiver_link) links;  // The senders
    LIST_HEAD (, zp_receiver_get) gets;    // At work
    uint64_t last_id;                      // Given out
    zp_receiver_stats_t stats;             // What happened
};

//  The best sender for a get.
zp_receiver_link_t *zp_receiver_choose (zp_receiver_t *self);

//  End a get. It is gone then, or when its last callback returns.
void
zp_receiver_end (zp_receiver_get_t *get, zp_status_t status, const char *text);

//  Around callbacks: leave is false if the get is gone.
void zp_receiver_enter (zp_receiver_get_t *get);
bool zp_receiver_leave (zp_receiver_get_t *get);

//  Ask a sender for what is missing, now or when the timer is due.
int zp_receiver_ask (zp_timer_t *timer, void *arg);

//  Nothing more comes from this sender; ask again after a while.
void zp_receiver_broken (zp_receiver_get_t *get, zp_status_t status,
                         const char *text, int wait_ms);

//  Want no more of the sender.
void zp_receiver_hang_up (zp_receiver_get_t *get);

//  Let the sender know what was taken, if it is time to.
void zp_receiver_say (zp_receiver_get_t *get);

//  Bytes came, that belong at get->come: give them to the reader. The get can
//  be gone then.
void zp_receiver_give (zp_receiver_get_t *get, zp_span_t data);

//  Offer what is held. The get can be gone then.
void zp_receiver_offer (zp_receiver_get_t *get);

//  Forget what is held.
void zp_receiver_drop_held (zp_receiver_get_t *get);

//  If all has come and was taken, end the get.
void zp_receiver_look_done (zp_receiver_get_t *get);

#endif
