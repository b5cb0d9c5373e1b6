//  SPDX-License-Identifier: MIT
//
//  books - a service with money in its books, as a participant in sagas
//
//  All lives on one loop, in one thread, so nothing happens but in test_until.
//  Its methods:
//
//    charge, refund  move {"cents": N} from the customer to the shop, and back
//                    what the result says. Without enough money: NO_MONEY
//    order, cancel   the same, but ongoing until books_ship
//    broken          changes something and fails, as its input says

#ifndef BOOKS_H
#define BOOKS_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "peer.h"
#include "test_loop.h"
#include "told.h"
#include "zp_saga_participant.h"

#define BOOKS_MONEY 1000  // Cents that there are in all

typedef struct books {
    zloop_t *loop;                          // All is on it
    char folder[64];                        // Where the database is
    char path[96];                          // The database
    char *endpoint;                         // Where the server listens
    zp_saga_participant_options_t options;  // Of the participant
    zp_server_t *server;                    // Takes the commands
    zp_saga_participant_t *participant;     // Under test
    zp_client_t *client;                    // A coordinator's
    told_t told;                            // What it was told last
    int failures;                           // How often `failed` was called
    zp_status_t failure;                    // With what
    char failed[600];                       // And with which text
} books_t;

int books_set_up (void **state);
int books_tear_down (void **state);

#define books_test(test)                                                       \
    cmocka_unit_test_setup_teardown (test, books_set_up, books_tear_down)

//  Start the service, at a new place: what was sent in vain before could still
//  be on its way. Once more: end it first.
void books_start (books_t *self);
void books_stop (books_t *self);

//  Only open the books, with a server for them that listens nowhere.
void books_open (books_t *self);

//  Start only the participant, with its server; false if that is refused.
bool books_try_start (books_t *self, zp_status_t *status_p, char **error_p);

//  Be that service in a process of its own, until that is told to end; the
//  customer has so many cents at first. Returns its exit code.
int books_serve (const char *path, const char *endpoint, int cents);

//  Start a command, or saga.status. NULL for input or result: null.
void books_begin (books_t *self, const char *method, const char *key,
                  const char *input, const char *result, told_t *told);

//  Do it, and wait for what comes of it; in self->told as well.
const char *books_charge (books_t *self, const char *key, int cents);
const char *books_ask (books_t *self, const char *method, const char *key,
                       const char *input, const char *result);
const char *books_status (books_t *self, const char *key, const char *kind);

//  Parts of a request as they are, ended by NULL.
const char *books_say (books_t *self, const char *method, ...);

//  What was ordered or cancelled has ended: with this, "done" or "refused".
zp_status_t books_ship (books_t *self, const char *key, const char *how);

//  A number that the database has.
int books_number (books_t *self, const char *sql);

//  Cents of the shop, and how often that key was charged and not refunded. Both
//  see that no money was lost or made.
int books_shop (books_t *self);
int books_charged (books_t *self, const char *key);

#endif
