//  SPDX-License-Identifier: MIT
//
//  ledger - what a broker has confirmed, and so where each message may be
//
//  Before something is asked for, a message may be where it was or where it
//  shall be; once that is confirmed, only there. Whatever happens to the broker
//  and its disk, each message then must be found in one of the places where it
//  may be, and nowhere else.

#ifndef LEDGER_H
#define LEDGER_H

#include "fixture.h"

#define LEDGER_QUEUE    "jobs"
#define LEDGER_MESSAGES 20

typedef enum ledger_place {
    LEDGER_NOWHERE = 1,  // Never put, or acked, or purged
    LEDGER_READY = 2,
    LEDGER_DELAYED = 4,
    LEDGER_LEASED = 8,
    LEDGER_BURIED = 16,
    LEDGER_DEAD = 32  // Ready in the dead-letter queue
} ledger_place_t;

typedef struct ledger_message {
    char body[16];     // What tells it from others
    unsigned may_be;   // Places, added up
    char id[24];       // As it was confirmed; "" if it was not
    char options[64];  // It was put with
    char receipt[ZP_QUEUE_RECEIPT_MAX];  // The last one
    bool held;          // It is with a worker that has not said a word of it
    int delivered;      // In vain so often at least, and that is confirmed
    ledger_place_t is;  // Where it was found
} ledger_message_t;

typedef struct ledger {
    fixture_t *fixture;                          // Has the broker
    ledger_message_t messages[LEDGER_MESSAGES];  // In the order of their puts
    size_t count;                                // How many
    zhashx_t *receipts;                          // All that were ever given
    bool paused[2];   // The queue may be found not paused, and paused
    char point[120];  // What happens, for messages of failure
} ledger_t;

ledger_t *ledger_new (fixture_t *fixture);
void ledger_destroy (ledger_t **self_p);

//  Each of these asks the broker, and returns false if that fails.
//
//  put      a message with that body and options ("{...}"), to be there then
//  reserve  the next message, which must be that one
//  say      of a reserved message: a verb, such as "queue.ack"
//  tend     all messages of that queue that are in one place go to another, by
//           a method such as "queue.kick"
//  pause    the queue, or let it go on
bool ledger_put (ledger_t *self, const char *body, const char *options,
                 ledger_place_t to);
bool ledger_reserve (ledger_t *self, const char *body);
bool ledger_say (ledger_t *self, const char *body, const char *verb,
                 const char *options, ledger_place_t to);
bool ledger_tend (ledger_t *self, const char *method, const char *queue,
                  ledger_place_t from, ledger_place_t to);
bool ledger_pause (ledger_t *self, bool paused);

//  See where all messages are: where they may be. Nothing is asked that would
//  change it.
void ledger_look (ledger_t *self);

//  After a restart: message ids are still known, receipts of those who held
//  messages still count, what is ready is delivered, and under receipts that
//  never were.
void ledger_go_on (ledger_t *self);

//  Fail with what it says if that does not hold.
void ledger_must (const ledger_t *self, bool holds, const char *body,
                  const char *what);

#endif
