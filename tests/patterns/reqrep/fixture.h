//  SPDX-License-Identifier: MIT
//
//  fixture - a loop with whom a test needs on it
//
//  Its parts are made by the test, and destroyed after it. All of them live on
//  one loop, in one thread, so nothing happens but in test_until.

#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "handlers.h"
#include "outcome.h"
#include "peer.h"
#include "test_loop.h"
#include "zp_client.h"
#include "zp_server.h"

typedef struct fixture {
    zloop_t *loop;           // All is on it
    zp_client_t *client;     // Under test, or calls the server
    zp_server_t *server;     // Under test, or called by the client
    peer_t *service[2];      // Called by the client
    peer_t *caller[2];       // Call the server
    held_t held;             // Of the server's method "hold"
    outcome_t outcome;       // Of the one call that most tests need
    outcome_t outcomes[16];  // Of several
} fixture_t;

int fixture_set_up (void **state);
int fixture_tear_down (void **state);

#define fixture_test(test)                                                     \
    cmocka_unit_test_setup_teardown (test, fixture_set_up, fixture_tear_down)

//  Make self->service[0], and [1] if there are two.
void fixture_services (fixture_t *self, int count);

//  Make self->server, with the methods "echo", "stream" and "hold", listening
//  at an endpoint of its own.
void fixture_server (fixture_t *self, const zp_server_options_t *options);

//  Make self->client, connected to all services and the server that are there.
//  Comes back when it is.
void fixture_client (fixture_t *self, const zp_client_options_t *options);

//  Make self->caller[0], and [1] if there are two, connected to the server.
void fixture_callers (fixture_t *self, int count);

//  Start a call of the method "work" for self->outcome. Returns its id.
uint64_t fixture_call (fixture_t *self, int timeout_ms);

//  Call once more, and have the first service reply: whatever it was sent
//  before has arrived then.
void fixture_fence (fixture_t *self);

zp_client_stats_t fixture_client_stats (fixture_t *self);
zp_server_stats_t fixture_server_stats (fixture_t *self);
zp_client_endpoint_t fixture_endpoint (fixture_t *self, size_t number);

//  Options that keep tests short: retries come at once, and breakers and budget
//  never stand in the way.
zp_client_options_t fixture_client_options (void);

#endif
