//  SPDX-License-Identifier: MIT
//
//  taker - a DEALER that has a stream of messages, and does what the test says
//
//  It is no zp_queue_worker: it acks nothing by itself, and can vanish without
//  a word.

#ifndef TAKER_H
#define TAKER_H

#include "fixture.h"

typedef struct taker {
    fixture_t *fixture;  // Whose broker it takes from
    peer_t *peer;        // The socket
    uint64_t client;     // First half of its request ids
    uint64_t serial;     // Second half of the last one
} taker_t;

//  Connect, and reserve with these options and that time budget (0: none).
taker_t *taker_new (fixture_t *fixture, const char *queue, const char *options,
                    int budget_ms);

//  Close its connection, without a word.
void taker_destroy (taker_t **self_p);

//  Call a method with arguments, ended by NULL.
void taker_call (taker_t *self, int budget_ms, const char *method, ...);

//  Reserve again.
void taker_reserve (taker_t *self, const char *queue, const char *options,
                    int budget_ms);

//  Cancel the last request.
void taker_cancel (taker_t *self);

//  How many messages it has got, how many signs of life, and how many ends of
//  requests.
size_t taker_count (taker_t *self);
size_t taker_beats (taker_t *self);
size_t taker_ends (taker_t *self);

//  The message with that number, counted from 0: its receipt is part 0, the
//  body part 1. And the end with that number.
const letter_t *taker_message (taker_t *self, size_t number);
const letter_t *taker_end (taker_t *self, size_t number);

//  A part of a letter as text, in a place of its own until the next but three.
const char *taker_text (const letter_t *letter, size_t part);

#endif
