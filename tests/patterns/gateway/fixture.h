//  SPDX-License-Identifier: MIT
//
//  fixture - a gateway, a service behind it, and a client before it
//
//  All of them live on one loop, in one thread, so nothing happens but in
//  test_until.

#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "http.h"
#include "peer.h"
#include "test_loop.h"
#include "zp_gateway.h"
#include "zp_publisher.h"
#include "zp_server.h"

#define FIXTURE_LINES 4096  // Of the access log

typedef struct fixture {
    zloop_t *loop;              // All is on it
    zp_server_t *server;        // The service "films"
    peer_t *peer;               // The service "odd": it says what the test says
    zp_publisher_t *publisher;  // A service, if the test makes it
    zp_gateway_routes_t *routes;  // What is answered how
    zp_gateway_keys_t *keys;      // Whose keys there are
    zp_gateway_t *gateway;        // Under test
    http_t *http;                 // A client of it
    http_t *others[8];            // More of them
    zp_request_t *held[64];       // Requests that "hold" got
    size_t held_count;            // How many; it never shrinks
    char *log[FIXTURE_LINES];     // Lines of the access log
    size_t log_count;             // How many
    int drained;                  // How often it said that it was
    int drain_ms;                 // Of the gateway; 0: its default
    const zp_tap_t *tap;          // The same
    char key[48];                 // Ann's, of the group "staff"
    char other_key[48];           // Bob's, of no group
} fixture_t;

int fixture_set_up (void **state);
int fixture_tear_down (void **state);

#define fixture_test(test)                                                     \
    cmocka_unit_test_setup_teardown (test, fixture_set_up, fixture_tear_down)

//  Start the gateway with these limits and routes, JSON with ' for ", and
//  connect self->http. Services are "films", "odd", and "away", where nobody
//  is. limits may be NULL. "films" has the methods
//
//    echo     replies with its argument
//    hold     keeps the request for the test
//    fail     fails as its argument {"code": C, "text": T} says
//    garbage  replies with what is no JSON
//    nothing  replies with nothing
void fixture_gateway (fixture_t *self, const char *limits, const char *routes);

//  The same without a gateway and a client yet: for other services.
char *fixture_text (fixture_t *self, const char *services, const char *limits,
                    const char *routes);
void fixture_start (fixture_t *self, const char *text);

//  A new connection to the gateway.
http_t *fixture_connect (fixture_t *self);

//  Ask on self->http, and wait for the whole answer: its status.
int fixture_ask (fixture_t *self, const char *method, const char *target,
                 const char *header, const char *body);
int fixture_get (fixture_t *self, const char *target);

//  True if a problem was answered, with this code, and the name of this status.
bool fixture_problem (fixture_t *self, int code, const char *status);

//  What a figure of /metrics is now, given its name with its labels.
double fixture_figure (fixture_t *self, const char *name);

//  The member of the last line of the log, as text; free it. NULL: it has none.
char *fixture_logged (fixture_t *self, const char *member);

#endif
