//  SPDX-License-Identifier: MIT
//
//  fixture - a broker on a loop, with who speaks to it
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

#include "answer.h"
#include "peer.h"
#include "test_loop.h"
#include "zp_queue_broker.h"

typedef struct fixture {
    zloop_t *loop;                      // All is on it
    char folder[64];                    // Where the journal is
    char journal[128];                  // Its URL
    const char *endpoint;               // Where the broker listens
    zp_queue_broker_options_t options;  // Of the broker
    zp_queue_broker_t *broker;          // Under test
    zp_client_t *client;                // Asks it
    answer_t answer;                    // What it was told last
} fixture_t;

int fixture_set_up (void **state);
int fixture_tear_down (void **state);

#define fixture_test(test)                                                     \
    cmocka_unit_test_setup_teardown (test, fixture_set_up, fixture_tear_down)

//  Start the broker with self->options, and a client of it. Once more: end both
//  first, as a program does that is told to end.
void fixture_start (fixture_t *self);

//  Make self->client, of a broker that the test starts by itself.
void fixture_connect (fixture_t *self);

//  Call the method with arguments, ended by NULL, and wait for what comes of
//  it, in self->answer.
zp_status_t fixture_ask (fixture_t *self, const char *method, ...);

//  The same with any bytes; begin only starts it, for an answer of its own.
zp_status_t fixture_ask_parts (fixture_t *self, const char *method,
                               const zp_span_t *args, size_t count);
void fixture_begin (fixture_t *self, const char *method, const zp_span_t *args,
                    size_t count, answer_t *answer);

//  The same, and expect what comes of it: a result of that one part, or a
//  failure with that text.
#define fixture_expect(self, expected, ...)                                    \
    do {                                                                       \
        assert_int_equal (fixture_ask (self, __VA_ARGS__, NULL), ZP_OK);       \
        assert_string_equal ((self)->answer.part[0], expected);                \
        assert_int_equal ((self)->answer.count, 1);                            \
    } while (0)
#define fixture_refused(self, status, says, ...)                               \
    do {                                                                       \
        assert_int_equal (fixture_ask (self, __VA_ARGS__, NULL), status);      \
        assert_string_equal ((self)->answer.text, says);                       \
    } while (0)

//  A number that queue.stat has about a queue; -1 if there is no such queue.
int fixture_stat (fixture_t *self, const char *queue, const char *key);

//  Put `count` messages, numbered from `first`, and wait until all are there.
void fixture_put (fixture_t *self, const char *queue, int first, int count);

//  Reserve one message, and expect that body. The receipt is in a place of its
//  own until the next call.
const char *
fixture_reserve (fixture_t *self, const char *queue, const char *body);

#endif
