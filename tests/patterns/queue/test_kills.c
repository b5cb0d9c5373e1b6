//  SPDX-License-Identifier: MIT
//
//  The broker and its workers are killed at random moments, again and again,
//  while many put and many take. Nothing that was confirmed is lost, nothing
//  whose ack was confirmed is delivered after that, and each message that was
//  delivered twice has a reason: the broker was killed in between, before it
//  could confirm the ack, or the worker was. Of leases none runs out but those
//  of workers that were killed when there was no broker to see it.

#define _POSIX_C_SOURCE 200809L

#include <signal.h>

#include "broker_process.h"
#include "test_seed.h"
#include "worklog.h"

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define ROUNDS 15
#else
#define ROUNDS 50
#endif

#define PRODUCERS 4
#define IN_FLIGHT 8  // Of each
#define PUTS_MAX  1000000
#define WORKERS   4
#define LEASE     "{\"lease_ms\":6000"

typedef struct world {
    fixture_t *fixture;                   // Its client only looks
    child_t *broker;                      // A process
    child_t *workers[WORKERS];            // Others
    int names[WORKERS];                   // Their numbers
    ssize_t written[WORKERS];             // What they had written a round ago
    int started;                          // Workers so far: the next number
    int64_t killed_ms[WORKERS + ROUNDS];  // By number: when that worker was
    int worker_kills;                     // How often one was
    int64_t broker_ms[ROUNDS + 2];      // By epoch, from 1: when it was started
    uint64_t epoch;                     // The last one
    zp_client_t *producers[PRODUCERS];  // Who put
    int puts;                           // Messages that were put, or tried to
    uint64_t ids[PUTS_MAX];             // As they were confirmed; 0: they
                                        // were not
    int confirmed;                      // How many were
    int unknown;                        // Of how many that will never be known
    int in_flight;                      // Of how many it is not yet
    bool ending;                        // No more are put
    uint64_t seed;                      // For what is left to chance
} world_t;

static int
s_set_up (void **state)
{
    world_t *self = zmalloc (sizeof *self);
    int rc = fixture_set_up ((void **) &self->fixture);
    *state = self;
    return rc;
}

static int
s_tear_down (void **state)
{
    world_t *self = *state;
    for (int i = 0; i < WORKERS; i++)
        child_destroy (&self->workers[i]);
    child_destroy (&self->broker);
    self->ending = true;
    for (int i = 0; i < PRODUCERS; i++)
        zp_client_destroy (&self->producers[i]);
    int rc = fixture_tear_down ((void **) &self->fixture);
    free (self);
    return rc;
}

//  Those who put. A message is a number, counting up. The even ones have
//  message ids, and are put again and again until that is confirmed; the others
//  are put once, and what became of them may never be known

typedef struct s_put {
    world_t *world;         // Where
    zp_client_t *producer;  // Who
    int number;             // What
} s_put_t;

static void s_on_put (void *arg, const zp_reply_t *reply);

static void
s_put (s_put_t *put)
{
    bool has_id = put->number % 2 == 0;
    char body[16], options[64];
    snprintf (body, sizeof body, "%d", put->number);
    snprintf (options, sizeof options, LEASE "%s%s%s}",
              has_id ? ",\"id\":\"" : "", has_id ? body : "",
              has_id ? "\"" : "");
    zp_span_t args[] = {
        {"jobs", 4}, {body, strlen (body)}, {options, strlen (options)}};
    zp_call_t call = {.method = "queue.put",
                      .args = args,
                      .count = 3,
                      .timeout_ms = TEST_PATIENCE_MS,
                      .once = !has_id,
                      .fn = s_on_put,
                      .arg = put};
    assert_int_equal (zp_client_start (put->producer, &call, NULL), ZP_OK);
}

static void
s_put_next (world_t *self, zp_client_t *producer)
{
    assert_true (self->puts < PUTS_MAX);
    s_put_t *put = zmalloc (sizeof *put);
    *put = (s_put_t){self, producer, self->puts++};
    self->in_flight++;
    s_put (put);
}

static void
s_on_put (void *arg, const zp_reply_t *reply)
{
    s_put_t *put = arg;
    world_t *self = put->world;
    bool again = put->number % 2 == 0 && reply->status != ZP_CANCELLED;
    if (reply->status == ZP_OK) {
        char id[24];
        snprintf (id, sizeof id, "%.*s", (int) reply->parts[0].size,
                  (const char *) reply->parts[0].data);
        self->ids[put->number] = strtoull (id, NULL, 10);
        self->confirmed++;
    }
    else if (again) {
        s_put (put);
        return;
    }
    else
        self->unknown++;
    self->in_flight--;
    if (!self->ending)
        s_put_next (self, put->producer);
    free (put);
}

static void
s_start_producers (world_t *self)
{
    zp_client_options_t options = ZP_CLIENT_DEFAULTS;
    options.no_breaker = true;
    for (int i = 0; i < PRODUCERS; i++) {
        self->producers[i] = zp_client_new (self->fixture->loop, &options);
        zp_client_connect (self->producers[i], self->fixture->endpoint);
        for (int put = 0; put < IN_FLIGHT; put++)
            s_put_next (self, self->producers[i]);
    }
}

//  Those who take: zp_queue_workers, and each third one a caller, which knows
//  its acks

static char *
s_path (world_t *self, int worker)
{
    return zsys_sprintf ("%s/worker-%d", self->fixture->folder, worker);
}

static void
s_start_worker (world_t *self, int place)
{
    self->names[place] = self->started++;
    char *path = s_path (self, self->names[place]);
    self->workers[place] =
        child_new (self->names[place] % 3 ? "worker" : "caller",
                   self->fixture->endpoint, path);
    free (path);
}

static void
s_kill_worker (world_t *self, int place)
{
    self->killed_ms[self->names[place]] = zclock_mono ();
    child_destroy (&self->workers[place]);
    self->worker_kills++;
}

static void
s_start_broker (world_t *self)
{
    self->broker_ms[++self->epoch] = zclock_mono ();
    self->broker = broker_process_new (self->fixture);
}

//  The last epoch that an answer which was there at that time can be from

static uint64_t
s_epoch_at (const world_t *self, int64_t time_ms)
{
    uint64_t epoch = self->epoch;
    while (self->broker_ms[epoch] > time_ms)
        epoch--;
    return epoch;
}

//  How much that worker has written

static ssize_t
s_written (world_t *self, int place)
{
    char *path = s_path (self, self->names[place]);
    ssize_t size = zsys_file_size (path);
    free (path);
    return size;
}

//  Wait until all are at work, and a random time more; then kill the broker, a
//  worker, or both

static void
s_round (world_t *self)
{
    zloop_t *loop = self->fixture->loop;
    int confirmed = self->confirmed;
    test_until (loop, self->confirmed > confirmed);
    for (int i = 0; i < WORKERS; i++)
        test_until (loop, s_written (self, i) > self->written[i]);
    for (int turns = test_below (&self->seed, 40); turns > 0; turns--)
        test_turn (loop);
    int victims = 1 + test_below (&self->seed, 3);
    int place = test_below (&self->seed, WORKERS);
    if (victims & 1)
        s_kill_worker (self, place);
    if (victims & 2) {
        child_destroy (&self->broker);
        s_start_broker (self);
    }
    if (victims & 1)
        s_start_worker (self, place);
    for (int i = 0; i < WORKERS; i++)
        self->written[i] = s_written (self, i);
}

//  What is in the queue is done, and all end as they should

static void
s_end (world_t *self)
{
    fixture_t *fixture = self->fixture;
    self->ending = true;
    test_until (fixture->loop, self->in_flight == 0);
    test_until (fixture->loop,
                fixture_stat (fixture, "jobs", "ready") == 0 &&
                    fixture_stat (fixture, "jobs", "leased") == 0);
    assert_int_equal (fixture_stat (fixture, "jobs", "delayed"), 0);
    assert_int_equal (fixture_stat (fixture, "jobs", "buried"), 0);
    assert_int_equal (fixture_stat (fixture, "jobs.dead", "ready"), -1);
    for (int i = 0; i < WORKERS; i++) {
        child_signal (self->workers[i], SIGTERM);
        assert_int_equal (child_end (self->workers[i]), 0);
    }
}

//  Why a message was delivered again after that job had begun

typedef enum s_reason {
    S_BROKER = 1,  // It was killed since
    S_WORKER = 2,  // It was, or both were
    S_REASONS = 4
} s_reason_t;

static int
s_reason (const world_t *self, const worklog_job_t *job,
          const worklog_job_t *next)
{
    int64_t killed_ms = self->killed_ms[job->worker];
    bool worker = killed_ms && killed_ms <= next->begun_ms;
    bool broker = job->receipt.epoch < next->receipt.epoch;
    return (broker ? S_BROKER : 0) | (worker ? S_WORKER : 0);
}

//  Of each message, what the workers wrote down in the order of its deliveries.
//  An ack can be of an earlier one than the last, if the broker was killed and
//  has forgotten that: but then it was from before the epoch of the ack

static void
s_check_jobs (const world_t *self, const worklog_t *log, int reasons[S_REASONS])
{
    uint64_t over = 0;  // Epoch in which the message was acked; 0: it was not
    for (size_t i = 0; i < log->count; i++) {
        const worklog_job_t *job = &log->jobs[i], *last = i ? job - 1 : NULL;
        if (!last || last->receipt.id != job->receipt.id)
            over = 0;
        else if (last->number != job->number)
            fail_msg ("message %d became %d", last->number, job->number);
        else if (over && (job->acked_ms || job->receipt.epoch >= over))
            fail_msg ("message %d was acked, and came again", job->number);
        else
            reasons[s_reason (self, last, job)]++;
        if (job->acked_ms)
            over = s_epoch_at (self, job->acked_ms);
    }
}

//  Of all that were put. One that was confirmed was done; one that was not may
//  be there, but not under two ids

static void
s_check_puts (const world_t *self, const worklog_t *log)
{
    uint64_t *ids = zmalloc ((size_t) self->puts * sizeof *ids);
    bool *done = zmalloc ((size_t) self->puts * sizeof *done);
    for (size_t i = 0; i < log->count; i++) {
        const worklog_job_t *job = &log->jobs[i];
        assert_in_range (job->number, 0, self->puts - 1);
        uint64_t *id = &ids[job->number];
        if (*id && *id != job->receipt.id)
            fail_msg ("message %d was put twice", job->number);
        *id = job->receipt.id;
        done[job->number] |= job->done_ms > 0;
    }
    for (int i = 0; i < self->puts; i++)
        if (self->ids[i] && (!done[i] || self->ids[i] != ids[i]))
            fail_msg ("message %d was confirmed, and lost", i);
    free (ids);
    free (done);
}

static void
test_nothing_is_lost_or_done_twice_without_a_reason (void **state)
{
    world_t *self = *state;
    self->seed = test_seed ();
    s_start_broker (self);
    for (int i = 0; i < WORKERS; i++)
        s_start_worker (self, i);
    s_start_producers (self);
    for (int round = 0; round < ROUNDS; round++)
        s_round (self);
    s_end (self);

    worklog_t log = {NULL, 0};
    for (int i = 0; i < self->started; i++) {
        char *path = s_path (self, i);
        worklog_read (&log, path, i);
        free (path);
    }
    worklog_sort (&log);
    int reasons[S_REASONS] = {0};
    s_check_jobs (self, &log, reasons);
    s_check_puts (self, &log);
    print_message ("%d puts: %d confirmed, %d unknown; the broker killed %d "
                   "times, workers %d times; %d jobs begun, of these again as "
                   "the broker was killed %d, the worker %d, both %d\n",
                   self->puts, self->confirmed, self->unknown,
                   (int) self->epoch - 1, self->worker_kills, (int) log.count,
                   reasons[S_BROKER], reasons[S_WORKER],
                   reasons[S_BROKER | S_WORKER]);
    worklog_clear (&log);
    assert_int_equal (reasons[0], 0);
    assert_true (self->epoch > 1 && self->worker_kills > 0);
    assert_true (reasons[S_BROKER] > 0);
}

int
main (int argc, char **argv)
{
    if (argc > 3 && strcmp (argv[1], "broker") == 0)
        return broker_process_main (argv[2], argv[3]);
    if (argc > 3 && strcmp (argv[1], "worker") == 0)
        return worklog_worker_main (argv[2], argv[3]);
    if (argc > 3 && strcmp (argv[1], "caller") == 0)
        return worklog_caller_main (argv[2], argv[3]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown (
            test_nothing_is_lost_or_done_twice_without_a_reason, s_set_up,
            s_tear_down),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
