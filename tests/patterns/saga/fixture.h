//  SPDX-License-Identifier: MIT
//
//  fixture - a coordinator on a loop, with a service and who speaks to it
//
//  Its journal is a real one, in a folder of its own. All live on one loop, in
//  one thread, so nothing happens but in test_until.

#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "player.h"
#include "test_loop.h"
#include "told.h"
#include "zp_saga_coordinator.h"

typedef struct fixture {
    zloop_t *loop;                              // All is on it
    char folder[64];                            // Where the journal is
    char path[96];                              // Its file
    char journal[128];                          // Its URL
    char *endpoint;                             // Where the coordinator listens
    zp_saga_coordinator_options_t options;      // Of the coordinator
    zp_saga_coordinator_t *coordinator;         // Under test
    player_t *player;                           // The service "s"
    zp_client_t *client;                        // Asks the coordinator
    told_t told;                                // What it was told last
    char field[sizeof (((told_t *) 0)->text)];  // Of fixture_field
} fixture_t;

int fixture_set_up (void **state);
int fixture_tear_down (void **state);

#define fixture_test(test)                                                     \
    cmocka_unit_test_setup_teardown (test, fixture_set_up, fixture_tear_down)

//  Open the coordinator with self->options, tell it of the service, and of the
//  definitions in the folder definitions/; listen at a new place, with a client
//  there. Once more: end it first, as a program does that is told to end.
void fixture_start (fixture_t *self);

//  The parts of that: only open it; only end it, and its client.
void fixture_open (fixture_t *self);
void fixture_listen (fixture_t *self);
void fixture_stop (fixture_t *self);

//  End the coordinator, and change its journal.
void fixture_sql (fixture_t *self, const char *sql);

//  Load definitions/NAME.json.
void fixture_define (fixture_t *self, const char *name);

//  All of a file beside this one; the caller frees it.
char *fixture_read (const char *name);

//  Call the method with texts, ended by NULL, and wait for what comes of it, in
//  self->told. Begin only starts it.
zp_status_t fixture_ask (fixture_t *self, const char *method, ...);
void fixture_begin (fixture_t *self, told_t *told, const char *method, ...);

//  The same, and expect what comes of it: a result, or a failure with that
//  text.
#define fixture_expect(self, expected, ...)                                    \
    do {                                                                       \
        assert_int_equal (fixture_ask (self, __VA_ARGS__, NULL), ZP_OK);       \
        assert_string_equal ((self)->told.text, expected);                     \
    } while (0)
#define fixture_refused(self, status, says, ...)                               \
    do {                                                                       \
        assert_int_equal (fixture_ask (self, __VA_ARGS__, NULL), status);      \
        assert_string_equal ((self)->told.text, says);                         \
    } while (0)

//  A member of the JSON that was told last, by a path such as "/steps/0/state",
//  as it is, or as its text; "" if there is none. Good until the next call.
const char *fixture_field (fixture_t *self, const char *path);

//  Wait until a saga ends, or is PARKED: its state.
const char *fixture_end (fixture_t *self, const char *id);

//  Its state now.
const char *fixture_state (fixture_t *self, const char *id);

//  Wait until step `number` of a saga, from 0, is in that state.
void
fixture_step (fixture_t *self, const char *id, int number, const char *state);

//  Wait until as much came for a saga as this text has commands; they must be
//  these.
void fixture_comes (fixture_t *self, const char *id, const char *expected);

//  A number that saga.stat has.
int fixture_stat (fixture_t *self, const char *path);

#endif
