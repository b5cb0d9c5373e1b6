//  SPDX-License-Identifier: MIT
//
//  A worker or a broker in a process of its own, which is told to end, killed
//  or frozen.

#define _POSIX_C_SOURCE 200809L

#include <signal.h>

#include "broker_process.h"
#include "taker.h"
#include "zp_queue_worker.h"

static void
s_say (const char *line)
{
    puts (line);
    fflush (stdout);
}

//  The child: a worker with one thread, whose jobs last for as many
//  milliseconds as their bodies say

static void
s_on_job (zp_queue_job_t *job, void *arg)
{
    (void) arg;
    s_say ("job");
    zp_span_t body = zp_queue_job_body (job);
    char text[16] = "";
    memcpy (text, body.data, body.size);
    zclock_sleep (atoi (text));
    zp_queue_job_done (&job);
}

static int
s_be_worker (const char *endpoint, const char *drain_ms)
{
    zp_queue_worker_options_t options = ZP_QUEUE_WORKER_DEFAULTS;
    options.queue = "jobs";
    options.threads = 1;
    zp_queue_worker_t *worker =
        zp_queue_worker_new (NULL, &options, s_on_job, NULL);
    zp_queue_worker_connect (worker, endpoint);
    zp_status_t status = zp_queue_worker_run (worker, atoi (drain_ms));
    s_say (zp_status_name (status));
    zp_queue_worker_destroy (&worker);
    return 0;
}

//  Put a job that lasts so long. Its lease is no help
static void
s_put (fixture_t *self, const char *job_ms)
{
    assert_int_equal (fixture_ask (self, "queue.put", "jobs", job_ms,
                                   "{\"lease_ms\":3600000}", NULL),
                      ZP_OK);
}

static void
test_a_worker_that_is_told_to_end_finishes_its_job_and_gives_back_the_others (
    void **state)
{
    fixture_t *self = *state;
    child_t *broker = broker_process_new (self);
    s_put (self, "600");
    s_put (self, "0");
    s_put (self, "0");
    child_t *child = child_new ("worker", self->endpoint, "30000");
    test_until (self->loop, fixture_stat (self, "jobs", "leased") == 3);
    assert_true (child_says (child, "job"));
    child_signal (child, SIGTERM);
    test_until (self->loop, fixture_stat (self, "jobs", "ready") == 2);
    //  Nobody had begun those
    assert_int_equal (fixture_stat (self, "jobs", "returned"), 0);
    test_until (self->loop, fixture_stat (self, "jobs", "acked") == 1);
    assert_true (child_says (child, "OK"));
    assert_int_equal (child_end (child), 0);
    assert_int_equal (fixture_stat (self, "jobs", "leased"), 0);
    child_destroy (&child);
    child_destroy (&broker);
}

static void
test_a_worker_that_can_not_finish_in_time_says_so (void **state)
{
    fixture_t *self = *state;
    child_t *broker = broker_process_new (self);
    s_put (self, "1500");
    child_t *child = child_new ("worker", self->endpoint, "100");
    test_until (self->loop, fixture_stat (self, "jobs", "leased") == 1);
    assert_true (child_says (child, "job"));
    child_signal (child, SIGTERM);
    assert_true (child_says (child, "DEADLINE_EXCEEDED"));
    assert_int_equal (child_end (child), 0);
    test_until (self->loop, fixture_stat (self, "jobs", "ready") == 1);
    child_destroy (&child);
    child_destroy (&broker);
}

static void
test_a_worker_that_was_killed_is_missed_at_once (void **state)
{
    fixture_t *self = *state;
    child_t *broker = broker_process_new (self);
    s_put (self, "3600000");
    s_put (self, "3600000");
    child_t *child = child_new ("worker", self->endpoint, "100");
    test_until (self->loop, fixture_stat (self, "jobs", "leased") == 2);
    child_signal (child, SIGKILL);
    test_until (self->loop, fixture_stat (self, "jobs", "ready") == 2);
    assert_int_equal (fixture_stat (self, "jobs", "returned"), 2);
    assert_int_equal (child_end (child), -1);
    child_destroy (&child);
    child_destroy (&broker);
}

static void
test_a_worker_that_is_frozen_is_missed_after_some_seconds (void **state)
{
    fixture_t *self = *state;
    child_t *broker = broker_process_new (self);
    s_put (self, "1");
    child_t *child = child_new ("worker", self->endpoint, "30000");
    test_until (self->loop, fixture_stat (self, "jobs", "acked") == 1);
    child_signal (child, SIGSTOP);
    s_put (self, "1");
    test_until (self->loop, fixture_stat (self, "jobs", "leased") == 1);
    int64_t start_ms = zclock_mono ();
    test_until (self->loop, fixture_stat (self, "jobs", "ready") == 1);
    assert_true (zclock_mono () - start_ms < 3600000);
    //  When it goes on it is a worker as any other
    child_signal (child, SIGCONT);
    test_until (self->loop, fixture_stat (self, "jobs", "acked") == 2);
    child_destroy (&child);
    child_destroy (&broker);
}

static void
test_a_broker_that_is_told_to_end_ends_its_streams_and_confirms_what_was_put (
    void **state)
{
    fixture_t *self = *state;
    child_t *child = broker_process_new (self);
    taker_t *taker = taker_new (self, "other", "{\"credit\":1}", 0);
    test_until (self->loop, taker_beats (taker) == 1);
    answer_t single = {.ended = 0};
    zp_span_t other[] = {{"other", 5}};
    fixture_begin (self, "queue.reserve", other, 1, &single);
    answer_t *put = zmalloc (1000 * sizeof *put);
    zp_span_t args[] = {{"jobs", 4}, {"x", 1}};
    for (int i = 0; i < 1000; i++)
        fixture_begin (self, "queue.put", args, 2, &put[i]);
    test_until (self->loop, put[0].ended);
    child_signal (child, SIGTERM);
    int confirmed = 0, unknown = 0;
    for (int i = 0; i < 1000; i++) {
        test_until (self->loop, put[i].ended);
        //  Taken, and then on disk; or refused; or never read, and the line
        //  broke
        confirmed += put[i].status == ZP_OK;
        unknown += put[i].status == ZP_UNKNOWN;
        assert_true (put[i].status == ZP_OK || put[i].status == ZP_UNKNOWN ||
                     put[i].status == ZP_UNAVAILABLE);
        answer_clear (&put[i]);
    }
    free (put);
    test_until (self->loop, taker_ends (taker) == 1 && single.ended);
    assert_int_equal (taker_end (taker, 0)->envelope.status, ZP_UNAVAILABLE);
    assert_true (
        letter_says (taker_end (taker, 0), 0, "the broker is shutting down"));
    assert_int_equal (single.status, ZP_UNAVAILABLE);
    answer_clear (&single);
    taker_destroy (&taker);
    assert_true (child_says (child, "OK"));
    assert_int_equal (child_end (child), 0);
    child_destroy (&child);
    //  Not one less, and not one more than may be there
    child = broker_process_new (self);
    assert_in_range (fixture_stat (self, "jobs", "ready"), confirmed,
                     confirmed + unknown);
    child_destroy (&child);
}

static void
test_a_second_broker_on_the_same_journal_is_told_so (void **state)
{
    fixture_t *self = *state;
    child_t *child = broker_process_new (self);
    zp_status_t status;
    char *error = NULL;
    assert_null (
        zp_queue_broker_new (self->loop, &self->options, &status, &error));
    assert_int_equal (status, ZP_UNAVAILABLE);
    assert_non_null (strstr (error, "queue.db"));
    zstr_free (&error);
    s_put (self, "1");
    child_destroy (&child);
}

static void
test_what_a_killed_broker_confirmed_is_there_and_what_was_acked_is_not (
    void **state)
{
    fixture_t *self = *state;
    child_t *child = broker_process_new (self);
    fixture_put (self, "jobs", 0, 50);
    for (int i = 0; i < 20; i++) {
        char body[16];
        snprintf (body, sizeof body, "%d", i);
        const char *receipt = fixture_reserve (self, "jobs", body);
        if (i < 10)
            fixture_expect (self, "1", "queue.ack", receipt);
    }
    child_signal (child, SIGKILL);
    child_destroy (&child);
    child = broker_process_new (self);
    //  Acked: never again. Leased: perhaps; and those that ack now still can
    fixture_expect (self, "1", "queue.ack", "11:1:1");
    test_until (self->loop, fixture_stat (self, "jobs", "ready") +
                                    fixture_stat (self, "jobs", "leased") ==
                                39);
    child_destroy (&child);
}

static void
test_a_frozen_broker_goes_on_where_it_was (void **state)
{
    fixture_t *self = *state;
    child_t *child = broker_process_new (self);
    fixture_put (self, "jobs", 1, 1);
    answer_t answer = {.ended = 0};
    zp_span_t args[] = {{"jobs", 4}, {"2", 1}};
    child_signal (child, SIGSTOP);
    fixture_begin (self, "queue.put", args, 2, &answer);
    int64_t start_ms = zclock_mono ();
    test_until (self->loop, zclock_mono () - start_ms > 500);
    assert_int_equal (answer.ended, 0);
    child_signal (child, SIGCONT);
    test_until (self->loop, answer.ended);
    assert_int_equal (answer.status, ZP_OK);
    answer_clear (&answer);
    assert_int_equal (fixture_stat (self, "jobs", "ready"), 2);
    child_destroy (&child);
}

int
main (int argc, char **argv)
{
    if (argc > 3 && strcmp (argv[1], "worker") == 0)
        return s_be_worker (argv[2], argv[3]);
    if (argc > 3 && strcmp (argv[1], "broker") == 0)
        return broker_process_main (argv[2], argv[3]);
    const struct CMUnitTest tests[] = {
        fixture_test (
            test_a_worker_that_is_told_to_end_finishes_its_job_and_gives_back_the_others),
        fixture_test (test_a_worker_that_can_not_finish_in_time_says_so),
        fixture_test (test_a_worker_that_was_killed_is_missed_at_once),
        fixture_test (
            test_a_worker_that_is_frozen_is_missed_after_some_seconds),
        fixture_test (
            test_a_broker_that_is_told_to_end_ends_its_streams_and_confirms_what_was_put),
        fixture_test (test_a_second_broker_on_the_same_journal_is_told_so),
        fixture_test (
            test_what_a_killed_broker_confirmed_is_there_and_what_was_acked_is_not),
        fixture_test (test_a_frozen_broker_goes_on_where_it_was),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
