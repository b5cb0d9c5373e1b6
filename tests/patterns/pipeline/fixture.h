//  SPDX-License-Identifier: MIT
//
//  fixture - a ventilator, a sink and workers on one loop
//
//  The source has `count` tasks, all with the same body, which tells the worker
//  what to do: "fail", "return" (give it back at the first attempt), "hold"
//  (until the test ends it), "count" (its number is the result), and else the
//  result is the body. All of it happens in test_until.

#ifndef FIXTURE_H
#define FIXTURE_H

#include "zp_sink.h"
#include "zp_ventilator.h"
#include "zp_worker.h"

#include "test_loop.h"

#define FIXTURE_TASKS   100000
#define FIXTURE_WORKERS 4

typedef struct fixture {
    zloop_t *loop;                             // All is on it
    zp_ventilator_t *ventilator;               // Has the tasks
    zp_sink_t *sink;                           // Counts them
    zp_worker_t *worker[FIXTURE_WORKERS];      // Do them
    char tasks[64], results[64], control[64];  // Endpoints
    uint64_t count;                            // Tasks that the source has
    const char *body;                          // Of each of them
    zp_task_t *held[16];                       // In hand of workers
    size_t holds;                              // How many
    uint8_t seen[FIXTURE_TASKS];        // How often each task was counted
    size_t results_seen;                // How many were counted at all
    zp_result_t result;                 // The last one
    char text[64];                      // Its body
    bool full;                          // The sink can't take results
    zp_batch_t at_ventilator, at_sink;  // As last told
    size_t told, sink_told;             // How often
} fixture_t;

int fixture_set_up (void **state);
int fixture_tear_down (void **state);

#define fixture_test(test)                                                     \
    cmocka_unit_test_setup_teardown (test, fixture_set_up, fixture_tear_down)

//  Make each part; options may be NULL.
void fixture_sink (fixture_t *self, const zp_sink_options_t *options);
void
fixture_ventilator (fixture_t *self, const zp_ventilator_options_t *options);
void fixture_worker (fixture_t *self, int number);

//  All three, with one worker.
void fixture_all (fixture_t *self);

//  Start a batch of so many tasks; and run the loop until it has ended at both.
void fixture_start (fixture_t *self, uint64_t count, const char *body);
void fixture_await_end (fixture_t *self);

//  Expect that the batch ended well at both, with so many tasks done and
//  failed, and each counted once.
void fixture_expect_ok (fixture_t *self, uint64_t done, uint64_t failed);

zp_ventilator_stats_t fixture_ventilator_stats (fixture_t *self);
zp_sink_stats_t fixture_sink_stats (fixture_t *self);

#endif
