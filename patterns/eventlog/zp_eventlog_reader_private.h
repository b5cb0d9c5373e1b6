//  SPDX-License-Identifier: MIT
//
//  What the files of the reader share. Not for anybody else.
//
//  zp_eventlog_reader.c  its beginning and end, and its stream of events
//  zp_eventlog_say.c     what it tells the server of them
//  zp_eventlog_held.c    those in hand

#ifndef ZP_EVENTLOG_READER_PRIVATE_H
#define ZP_EVENTLOG_READER_PRIVATE_H

#include "zp_client.h"
#include "zp_eventlog_held.h"
#include "zp_eventlog_reader.h"
#include "zp_timers.h"

struct zp_eventlog_reader {
    zp_eventlog_reader_options_t options;  // As given; the texts are its own
    zp_eventlog_reader_events_t events;    // Who is told
    zloop_t *loop;                         // Where all happens
    bool own_loop;                         // Made and destroyed here
    zp_timers_t *timers;                   // On the loop
    zp_client_t *client;                   // Talks to the server
    bool troubled;                         // The application was told so
    uint64_t call;            // The call that brings events; 0: none
    uint64_t stream;          // What the server calls it; 0: not said yet
    int failures;             // To open it, one after another
    zp_timer_t open_timer;    // Try again
    zp_timer_t touch_timer;   // Say what is at work
    zp_timer_t say_timer;     // Say the rest, at the end of the turn or again
    zp_timer_t drain_timer;   // Draining is over, or has taken too long
    bool started;             // `at` is right
    uint64_t at;              // Alone: the next event to come. In a group: its
                              // position, as last heard
    uint64_t kept;            // What is below was trimmed
    uint64_t said;            // Alone: what the server knows to be done with
    uint64_t saying;          // The call about that, or acks; 0: none
    zp_eventlog_held_t held;  // Events in hand
    bool draining;            // Take no more, and end
    zp_eventlog_reader_stats_t stats;  // What happened
};

//  Alone: all below are done with.
uint64_t zp_eventlog_reader_done_to (const zp_eventlog_reader_t *self);

//  Begin to say what is at work, now and then.
void zp_eventlog_say_init (zp_eventlog_reader_t *self);
void zp_eventlog_say_touch (zp_eventlog_reader_t *self);

//  True if there is nothing that is not done with, and confirmed.
bool zp_eventlog_say_all_heard (const zp_eventlog_reader_t *self);

//  Something is wrong, or well again; and if draining is over, end the loop.
void zp_eventlog_reader_tell (zp_eventlog_reader_t *self, zp_status_t status,
                              const char *text);
void zp_eventlog_reader_look_drained (zp_eventlog_reader_t *self);

#endif
