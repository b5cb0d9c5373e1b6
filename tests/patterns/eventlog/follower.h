//  SPDX-License-Identifier: MIT
//
//  follower - a DEALER that has a stream of events, and does what the test says
//
//  It is no zp_eventlog_reader: it says nothing by itself, and can vanish
//  without a word.

#ifndef FOLLOWER_H
#define FOLLOWER_H

#include "fixture.h"

typedef struct follower {
    fixture_t *fixture;  // Whose event log it follows
    peer_t *peer;        // The socket
    uint64_t client;     // First half of its request ids
    uint64_t serial;     // Second half of the last one
} follower_t;

//  Connect. And call a method with arguments, ended by NULL, with that time
//  budget (0: none).
follower_t *follower_new (fixture_t *fixture);
void follower_call (follower_t *self, int budget_ms, const char *method, ...);

//  Close its connection, without a word.
void follower_destroy (follower_t **self_p);

//  Cancel the last request.
void follower_cancel (follower_t *self);

//  How many signs of life came, how many events, and how many ends of requests.
size_t follower_beats (follower_t *self);
size_t follower_count (follower_t *self);
size_t follower_ends (follower_t *self);

//  The last sign of life, "STREAM AT END"; the event with that number, counted
//  from 0, "OFFSET DELIVERY[ ID]=BODY"; the end with that number, "OK" or
//  "CODE: text". Each in a place of its own until the next but three.
const char *follower_state (follower_t *self);
const char *follower_event (follower_t *self, size_t number);
const char *follower_end (follower_t *self, size_t number);

//  The first number of the state.
const char *follower_stream (follower_t *self);

#endif
