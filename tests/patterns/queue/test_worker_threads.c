//  SPDX-License-Identifier: MIT
//
//  A worker whose jobs run in threads.

#include <semaphore.h>
#include <stdatomic.h>

#include "fixture.h"
#include "zp_queue_worker.h"

//  What the threads share with the test
typedef struct shared {
    atomic_int entered;  // Jobs that began
    atomic_int at_once;  // Most that ran at the same time
    atomic_int running;  // That run now
    sem_t gate;          // Lets one job go on
} shared_t;

static void
s_enter (shared_t *shared)
{
    int running = atomic_fetch_add (&shared->running, 1) + 1;
    int most = atomic_load (&shared->at_once);
    while (running > most &&
           !atomic_compare_exchange_weak (&shared->at_once, &most, running))
        ;
    atomic_fetch_add (&shared->entered, 1);
}

//  Waits at the gate, then does as its body says
static void
s_on_job (zp_queue_job_t *job, void *arg)
{
    shared_t *shared = arg;
    s_enter (shared);
    while (sem_wait (&shared->gate) == -1)
        ;
    atomic_fetch_sub (&shared->running, 1);
    zp_span_t body = zp_queue_job_body (job);
    char what = body.size ? *(const char *) body.data : ' ';
    if (what == 'd' || zp_queue_job_acquired (job) > 1)
        zp_queue_job_done (&job);
    else if (what == 'r')
        zp_queue_job_retry (&job, 10);
    else if (what == 'b')
        zp_queue_job_bury (&job, "as you like");
    //  Or it is not ended at all
}

static zp_queue_worker_t *
s_worker (fixture_t *self, shared_t *shared, int threads, int touch_ms)
{
    sem_init (&shared->gate, 0, 0);
    zp_queue_worker_options_t options = ZP_QUEUE_WORKER_DEFAULTS;
    options.queue = "jobs";
    options.threads = threads;
    options.touch_ms = touch_ms;
    zp_queue_worker_t *worker =
        zp_queue_worker_new (self->loop, &options, s_on_job, shared);
    assert_int_equal (zp_queue_worker_connect (worker, self->endpoint), ZP_OK);
    return worker;
}

static zp_queue_worker_stats_t
s_stats (zp_queue_worker_t *worker)
{
    zp_queue_worker_stats_t stats;
    zp_queue_worker_stats (worker, &stats);
    return stats;
}

static void
s_put (fixture_t *self, const char *body, int count)
{
    for (int i = 0; i < count; i++)
        assert_int_equal (fixture_ask (self, "queue.put", "jobs", body, NULL),
                          ZP_OK);
}

static void
test_as_many_jobs_run_at_once_as_there_are_threads (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    shared_t shared = {.entered = 0};
    zp_queue_worker_t *worker = s_worker (self, &shared, 3, 10000);
    s_put (self, "d", 12);
    test_until (self->loop, atomic_load (&shared.entered) == 3);
    test_until (self->loop, s_stats (worker).held == 12);
    for (int i = 0; i < 12; i++)
        sem_post (&shared.gate);
    test_until (self->loop, s_stats (worker).done == 12);
    assert_int_equal (atomic_load (&shared.at_once), 3);
    assert_int_equal (atomic_load (&shared.entered), 12);
    zp_queue_worker_destroy (&worker);
    sem_destroy (&shared.gate);
}

static void
test_a_job_ends_as_its_thread_says_and_one_that_was_not_ended_is_tried_again (
    void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    shared_t shared = {.entered = 0};
    zp_queue_worker_t *worker = s_worker (self, &shared, 2, 10000);
    static const char *const bodies[] = {"done", "retry", "bury", "nothing"};
    for (int i = 0; i < 4; i++)
        s_put (self, bodies[i], 1);
    for (int i = 0; i < 6; i++)
        sem_post (&shared.gate);
    test_until (self->loop, s_stats (worker).done == 3);
    assert_int_equal (s_stats (worker).retried, 2);
    assert_int_equal (s_stats (worker).buried, 1);
    test_until (self->loop, fixture_stat (self, "jobs", "buried") == 1);
    assert_int_equal (atomic_load (&shared.entered), 6);
    zp_queue_worker_destroy (&worker);
    sem_destroy (&shared.gate);
}

static void
test_jobs_that_run_or_wait_for_long_are_touched (void **state)
{
    fixture_t *self = *state;
    self->options.queue.lease_ms = 1000;
    fixture_start (self);
    shared_t shared = {.entered = 0};
    zp_queue_worker_t *worker = s_worker (self, &shared, 1, 100);
    s_put (self, "d", 3);
    test_until (self->loop, s_stats (worker).held == 3);
    int64_t start_ms = zclock_mono ();
    test_until (self->loop, zclock_mono () - start_ms > 2500);
    assert_int_equal (s_stats (worker).taken, 3);
    for (int i = 0; i < 3; i++)
        sem_post (&shared.gate);
    test_until (self->loop, s_stats (worker).done == 3);
    zp_queue_worker_destroy (&worker);
    sem_destroy (&shared.gate);
}

//  Opens the gate after a while, from a thread of its own
static void *
s_open_gate (void *arg)
{
    shared_t *shared = arg;
    zclock_sleep (100);
    for (int i = 0; i < 10; i++)
        sem_post (&shared->gate);
    return NULL;
}

static void
test_destroy_waits_for_the_jobs_that_run_and_leaves_the_others (void **state)
{
    fixture_t *self = *state;
    self->options.queue.lease_ms = 3600000;
    fixture_start (self);
    shared_t shared = {.entered = 0};
    zp_queue_worker_t *worker = s_worker (self, &shared, 2, 10000);
    s_put (self, "d", 5);
    test_until (self->loop, s_stats (worker).held == 5);
    test_until (self->loop, atomic_load (&shared.entered) == 2);
    pthread_t opener;
    pthread_create (&opener, NULL, s_open_gate, &shared);
    zp_queue_worker_destroy (&worker);
    assert_null (worker);
    assert_int_equal (atomic_load (&shared.running), 0);
    assert_int_equal (atomic_load (&shared.entered), 2);
    pthread_join (opener, NULL);
    //  All that was not acked is there for others
    test_until (self->loop, fixture_stat (self, "jobs", "leased") == 0);
    assert_in_range (fixture_stat (self, "jobs", "ready"), 3, 5);
    sem_destroy (&shared.gate);
}

static void
test_many_short_jobs_in_many_threads (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    shared_t shared = {.entered = 0};
    zp_queue_worker_t *worker = s_worker (self, &shared, 8, 10000);
    for (int i = 0; i < 2000; i++)
        sem_post (&shared.gate);
    fixture_put (self, "jobs", 0, 1000);
    //  Each once in vain, since their bodies say nothing, and then well
    test_until (self->loop, s_stats (worker).done == 1000);
    assert_int_equal (s_stats (worker).retried, 1000);
    assert_int_equal (fixture_stat (self, "jobs", "leased"), 0);
    zp_queue_worker_destroy (&worker);
    sem_destroy (&shared.gate);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_as_many_jobs_run_at_once_as_there_are_threads),
        fixture_test (
            test_a_job_ends_as_its_thread_says_and_one_that_was_not_ended_is_tried_again),
        fixture_test (test_jobs_that_run_or_wait_for_long_are_touched),
        fixture_test (
            test_destroy_waits_for_the_jobs_that_run_and_leaves_the_others),
        fixture_test (test_many_short_jobs_in_many_threads),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
