//  SPDX-License-Identifier: MIT
//
//  fixture - a publisher on a loop, with relays and those who listen
//
//  Its parts are made by the test, and destroyed after it. All of them live on
//  one loop, in one thread, so nothing happens but in test_until. What is to
//  happen there between publisher and subscriber goes by real sockets.

#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "ear.h"
#include "peer.h"
#include "test_loop.h"
#include "zp_publisher.h"
#include "zp_relay.h"

#define FIXTURE_EARS   8
#define FIXTURE_RELAYS 4

typedef struct fixture {
    zloop_t *loop;                            // All is on it
    zp_publisher_options_t options;           // Of the publisher
    zp_publisher_t *publisher;                // Under test
    char updates[64], requests[64];           // Where it is
    zp_relay_options_t relays;                // Options of the next relay
    zp_relay_t *relay[FIXTURE_RELAYS];        // Under test
    char relay_updates[FIXTURE_RELAYS][64];   // Where they are
    char relay_requests[FIXTURE_RELAYS][64];  // The same
    zp_subscriber_options_t ears;             // Options of the next ear
    ear_t *ear[FIXTURE_EARS];                 // Under test
    uint64_t published[EAR_TOPICS];           // Numbers, for ears to count
    size_t padding;                           // Spaces before each number
    int chatter;                              // Timer of that; 0: none
    int burst;                                // Numbers published in a turn
} fixture_t;

int fixture_set_up (void **state);
int fixture_tear_down (void **state);

#define fixture_test(test)                                                     \
    cmocka_unit_test_setup_teardown (test, fixture_set_up, fixture_tear_down)

//  The next publisher is at another place.
void fixture_move (fixture_t *self);

//  The next publisher and relays keep all for those who missed it, however slow
//  the machine is.
void fixture_keep_all (fixture_t *self);

//  Make the publisher, at self->updates and self->requests.
void fixture_publisher (fixture_t *self);

//  Make that relay, with self->relays. It listens to that other one; -1: to the
//  publisher. One that was there before is at the same place again.
void fixture_relay (fixture_t *self, int which, int above);

//  Let the ear listen to that relay, too.
void fixture_listen_to (fixture_t *self, ear_t *ear, int relay);

//  Make that ear, with self->ears; it is connected to the publisher, and
//  subscribes to the filter, unless these are not there.
ear_t *fixture_ear (fixture_t *self, int which, const char *filter);

//  The same, and wait until it has joined.
ear_t *fixture_joined (fixture_t *self, int which, const char *filter);

//  Publish. A topic without a payload is deleted.
void fixture_event (fixture_t *self, const char *topic, const char *payload);
void fixture_set (fixture_t *self, const char *topic, const char *payload);

//  Publish the next numbers, as values, to be counted; and so many in each turn
//  of the loop from now on; 0: no more.
void fixture_count (fixture_t *self, int count);
void fixture_chatter (fixture_t *self, int burst);

//  True if the ear has the last number of each topic.
bool fixture_is_complete (const fixture_t *self, const ear_t *ear);

//  Wait until it is; nothing was missing, nothing came twice.
void fixture_complete (fixture_t *self, const ear_t *ear);

//  Wait until the log of that ear is this.
#define fixture_expect(self, ear, expected)                                    \
    do {                                                                       \
        test_loop_some ((self)->loop, strcmp ((ear)->log, expected) == 0);     \
        assert_string_equal ((ear)->log, expected);                            \
    } while (0)

//  As test_until, but gives up without a word.
#define test_loop_some(loop, condition)                                        \
    for (int64_t start_ms_ = zclock_mono (), turns_ = 0;                       \
         !(condition) && zclock_mono () - start_ms_ < TEST_PATIENCE_MS / 3;    \
         test_next_turn (loop, turns_++))                                      \
    continue

zp_publisher_stats_t fixture_stats (zp_publisher_t *publisher);

#endif
