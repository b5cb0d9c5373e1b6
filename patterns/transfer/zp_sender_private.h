//  SPDX-License-Identifier: MIT
//
//  What the files of the sender share. Not for anybody else.
//
//  zp_sender.c       its beginning and end, and what callers ask
//  zp_sender_pump.c  how objects leave

#ifndef ZP_SENDER_PRIVATE_H
#define ZP_SENDER_PRIVATE_H

#include <sys/queue.h>

#include "zp_chunk.h"
#include "zp_digest.h"
#include "zp_flow.h"
#include "zp_folder.h"
#include "zp_sender.h"
#include "zp_timers.h"

typedef struct zp_sender_get {
    TAILQ_ENTRY (zp_sender_get)
    turn;                   // Of those that may have something to
                            // send
    bool ready;             // It is one of them
    zp_sender_t *sender;    // Whose it is
    zp_request_t *request;  // To be answered
    uint64_t id;            // What the receiver calls it by
    void *object;           // The source's
    uint64_t size;          // Of that
    zp_flow_t flow;         // What may be sent
    zp_digest_t *digest;    // Of the whole; NULL: not wanted
    bool silent;            // Nothing was sent since the last beat
} zp_sender_get_t;

TAILQ_HEAD (zp_sender_turns, zp_sender_get);

struct zp_sender {
    zp_sender_options_t options;   // As given; the source is the one in use
    zp_folder_t *folder;           // NULL: a source of the application's
    zp_server_t *server;           // Whose callers it serves
    zp_timers_t *timers;           // On the loop
    zp_timer_t pump_timer;         // Send what can be sent
    zp_timer_t beat_timer;         // Signs of life
    struct zp_sender_turns ready;  // Gets that take turns
    zp_sender_get_t **gets;        // By id modulo max_gets; NULL: free
    uint64_t last_id;              // Given out
    char *buffer;                  // A chunk is read here
    zp_sender_stats_t stats;       // What happened
};

//  It may have something to send.
void zp_sender_wake (zp_sender_get_t *get);

//  The functions of the timers.
int zp_sender_pump (zp_timer_t *timer, void *arg);
int zp_sender_beat (zp_timer_t *timer, void *arg);

//  End a get that has been answered.
void zp_sender_forget (zp_sender_get_t *get);

#endif
