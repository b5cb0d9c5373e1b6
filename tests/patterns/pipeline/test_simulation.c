//  SPDX-License-Identifier: MIT
//
//  A whole batch in virtual time: the window and the tallies that ship, and
//  between them workers that are slow, freeze, die and fail, and messages that
//  are lost, repeated and overtaken. Some tasks kill each worker that tries
//  them. Whatever happens:
//
//  - each task is counted at the sink exactly once, and none that is not there;
//  - the ventilator keeps no more than it may, and frees all of it;
//  - the ventilator never knows more than the sink has counted;
//  - the batch ends.

#include "zp_window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "test_seed.h"

#define BATCHES     1000
#define WORKERS_MAX 5
#define FLIGHT      4000  // Messages under way, at most
#define END_MS      10000000

typedef enum { TO_WORKER, TO_SINK, GIVE_UP, TO_VENTILATOR } s_kind_t;

typedef struct {
    s_kind_t kind;    // Where it goes
    int64_t at_ms;    // When it comes
    uint64_t number;  // The task
    uint8_t *tally;   // TO_VENTILATOR: that
    size_t size;      // Of it
} s_message_t;

typedef struct {
    uint64_t seed;                   // For all that happens
    int64_t now_ms;                  // Virtual time
    uint64_t total;                  // Tasks of the batch
    zp_window_options_t options;     // Of the window
    zp_window_t *window;             // The ventilator's
    zp_tally_t *known;               // The same
    zp_tally_t *counted;             // The sink's
    uint8_t *times;                  // How often each task was counted
    int workers;                     // How many
    int work_ms[WORKERS_MAX];        // How long a task takes each of them
    int64_t free_ms[WORKERS_MAX];    // When it has done what it has
    int64_t frozen_ms[WORKERS_MAX];  // Until then it does nothing
    int loss, repeat;                // Percent of messages
    s_message_t flight[FLIGHT];      // Under way
    size_t flying;                   // How many
} s_sim_t;

static size_t s_bodies;  // Not freed, of all windows

static void
s_free (void *body)
{
    (void) body;
    s_bodies--;
}

static bool
s_chance (s_sim_t *self, int percent)
{
    return test_below (&self->seed, 100) < percent;
}

//  Let a message come at a time, or be lost, or come twice
static void
s_post (s_sim_t *self, s_kind_t kind, int64_t at_ms, uint64_t number,
        const uint8_t *tally, size_t size)
{
    if (s_chance (self, self->loss) || self->flying == FLIGHT)
        return;
    s_message_t *message = &self->flight[self->flying++];
    *message = (s_message_t){kind, at_ms, number, NULL, size};
    if (size) {
        message->tally = malloc (size);
        memcpy (message->tally, tally, size);
    }
    if (s_chance (self, self->repeat))
        s_post (self, kind, at_ms + test_below (&self->seed, 3000), number,
                tally, size);
}

//  Deal a task to the next worker, which does it when it comes to it, if it
//  lives so long
static void
s_deal (s_sim_t *self, uint64_t number)
{
    int who = test_below (&self->seed, self->workers);
    if (s_chance (self, 1))
        self->frozen_ms[who] = self->now_ms + test_below (&self->seed, 20000);
    int64_t from_ms = self->now_ms;
    if (self->free_ms[who] > from_ms)
        from_ms = self->free_ms[who];
    if (self->frozen_ms[who] > from_ms)
        from_ms = self->frozen_ms[who];
    self->free_ms[who] =
        from_ms + test_below (&self->seed, 2 * self->work_ms[who] + 1);
    if (s_chance (self, 1) || number % 97 == 5)
        self->free_ms[who] = self->now_ms;  // It died, with all it had
    else
        s_post (self, TO_SINK, self->free_ms[who], number, NULL, 0);
}

static void
s_count (s_sim_t *self, uint64_t number)
{
    assert_true (number < self->total);
    if (zp_tally_add (self->counted, number))
        self->times[number]++;
    uint8_t tally[ZP_TALLY_BYTES];
    size_t size = zp_tally_write (self->counted, tally);
    s_post (self, TO_VENTILATOR, self->now_ms + test_below (&self->seed, 50), 0,
            tally, size);
}

static void
s_hear (s_sim_t *self, const s_message_t *message)
{
    zp_window_stats_t stats;
    zp_window_stats (self->window, &stats);
    if (zp_tally_read (self->known, message->tally, message->size, stats.given))
        zp_window_acknowledge (self->window, self->known, self->now_ms);
    uint64_t low = zp_tally_low (self->known);
    assert_true (low <= zp_tally_low (self->counted));
}

//  Take in all messages that have come by now, in no order
static void
s_arrive (s_sim_t *self)
{
    for (size_t i = 0; i < self->flying;) {
        s_message_t message = self->flight[i];
        if (message.at_ms > self->now_ms) {
            i++;
            continue;
        }
        self->flight[i] = self->flight[--self->flying];
        if (message.kind == TO_VENTILATOR)
            s_hear (self, &message);
        else
            s_count (self, message.number);
        free (message.tally);
    }
}

static void
s_push (s_sim_t *self)
{
    while (true) {
        zp_window_task_t *task = zp_window_next (self->window);
        zp_window_stats_t stats;
        zp_window_stats (self->window, &stats);
        assert_true (stats.kept <= self->options.max_tasks);
        assert_true (stats.bytes < self->options.max_bytes + 10);
        if (task) {
            s_deal (self, task->number);
            zp_window_sent (self->window, self->now_ms);
        }
        else if (stats.given < self->total && zp_window_room (self->window)) {
            s_bodies++;
            zp_window_give (self->window, NULL,
                            (size_t) test_below (&self->seed, 10));
            if (s_chance (self, 1))
                zp_window_give_up (self->window);
        }
        else if (!zp_window_copy (self->window, self->now_ms))
            break;
        if (stats.given == self->total)
            zp_window_close (self->window);
    }
    if (self->now_ms % 1000 == 0) {
        zp_window_task_t *task = zp_window_first_lost (self->window);
        for (; task; task = zp_window_next_lost (task))
            s_post (self, GIVE_UP, self->now_ms + 10, task->number, NULL, 0);
    }
}

static void
s_set_up (s_sim_t *self, uint64_t seed)
{
    *self = (s_sim_t){.seed = seed};
    self->total = (uint64_t) test_below (&self->seed, 1500);
    self->options = (zp_window_options_t){
        .max_tasks = (size_t) test_below (&self->seed, 300) + 1,
        .max_bytes = (size_t) test_below (&self->seed, 2000) + 1,
        .retry_ms = test_below (&self->seed, 3000) + 20,
        .max_attempts = test_below (&self->seed, 6) + 1};
    self->window = zp_window_new (&self->options, s_free);
    self->known = zp_tally_new ();
    self->counted = zp_tally_new ();
    self->times = calloc (self->total + 1, 1);
    self->workers = test_below (&self->seed, WORKERS_MAX) + 1;
    zp_window_workers (self->window, (size_t) self->workers);
    for (int i = 0; i < self->workers; i++)
        self->work_ms[i] = 1 << test_below (&self->seed, 9);
    self->loss = test_below (&self->seed, 30);
    self->repeat = test_below (&self->seed, 30);
}

static void
s_tear_down (s_sim_t *self)
{
    zp_window_destroy (&self->window);
    zp_tally_destroy (&self->known);
    zp_tally_destroy (&self->counted);
    while (self->flying)
        free (self->flight[--self->flying].tally);
    free (self->times);
}

//  Run a batch; returns the virtual time that it took
static int64_t
s_run (uint64_t seed)
{
    static s_sim_t sim;
    s_sim_t *self = &sim;
    s_set_up (self, seed);
    s_bodies = 0;
    for (; zp_tally_low (self->known) < self->total; self->now_ms += 20) {
        if (self->now_ms > END_MS)
            fail_msg ("the batch did not end; ZP_SEED=%llu",
                      (unsigned long long) seed);
        s_arrive (self);
        zp_window_tick (self->window, self->now_ms);
        s_push (self);
        if (self->now_ms % 1000 == 0) {  // The sink answers a hello
            uint8_t tally[ZP_TALLY_BYTES];
            size_t size = zp_tally_write (self->counted, tally);
            s_post (self, TO_VENTILATOR, self->now_ms + 5, 0, tally, size);
        }
    }
    for (uint64_t i = 0; i < self->total; i++)
        assert_int_equal (self->times[i], 1);
    assert_int_equal (s_bodies, 0);
    int64_t took_ms = self->now_ms;
    s_tear_down (self);
    return took_ms;
}

static void
test_batches_end_with_each_task_counted_once (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    int64_t took_ms = 0;
    for (int i = 0; i < BATCHES; i++)
        took_ms += s_run (test_random (&seed));
    print_message ("%d hours of virtual time\n", (int) (took_ms / 3600000));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_batches_end_with_each_task_counted_once),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
