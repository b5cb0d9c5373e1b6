//  SPDX-License-Identifier: MIT
//
//  What the files of a channel share. Not for anybody else.
//
//  zp_channel.c       its beginning and end, its connection, what comes
//  zp_channel_send.c  what waits to be sent, and how it leaves

#ifndef ZP_CHANNEL_PRIVATE_H
#define ZP_CHANNEL_PRIVATE_H

#include "zp_channel.h"
#include "zp_frames.h"
#include "zp_watch.h"

struct zp_channel {
    zloop_t *loop;                       // Where all happens
    zp_timers_t *timers;                 // On that loop
    zsock_t *socket;                     // DEALER, connected to the endpoint
    zp_watch_t *watch;                   // Tells of its connection
    bool open_only;                      // Never speak the compact form
    bool up;                             // There is a connection
    bool compact;                        // The peer takes the compact form
    bool cancels;                        // The peer takes ZP_CANCEL
    bool in_turn;                        // Receiving: the turn's end will flush
    bool blocked;                        // Waiting until the socket takes more
    zp_timer_t flush_timer;              // The end of a turn
    zp_timer_t lost_timer;               // What was out is lost
    size_t waiting_count;                // Messages not sent yet
    TAILQ_HEAD (, zp_outgoing) waiting;  // Not sent yet, oldest first
    const zp_channel_events_t *events;   // Whom to tell
    void *arg;                           // What to tell them with
    zp_frames_t frames;                  // The message being read
};

//  What has not left never will.
void zp_channel_let_go (zp_channel_t *self);

#endif
