//  SPDX-License-Identifier: MIT
//
//  A worker whose jobs run on the loop, the broker's.

#include "taker.h"
#include "zp_queue_worker.h"

#define JOBS 1000

//  A worker, what it was given, and what it was told of trouble
typedef struct hand {
    zp_queue_worker_t *worker;  // Under test
    zp_queue_job_t *job[JOBS];  // Those not ended yet, in their order
    size_t count;               // Jobs that came
    char body[JOBS][16];        // What was in them
    uint32_t acquired[JOBS];    // How often each was leased
    bool ends;                  // Each is done at once
    int troubles;               // Times that it was told of one
    zp_status_t trouble;        // The last one
    char text[300];             // And what was said
} hand_t;

static void
s_on_job (zp_queue_job_t *job, void *arg)
{
    hand_t *hand = arg;
    zp_span_t body = zp_queue_job_body (job);
    assert_in_range (hand->count, 0, JOBS - 1);
    snprintf (hand->body[hand->count], sizeof *hand->body, "%.*s",
              (int) body.size, (const char *) body.data);
    hand->acquired[hand->count] = zp_queue_job_acquired (job);
    hand->job[hand->count++] = job;
    if (hand->ends)
        zp_queue_job_done (&hand->job[hand->count - 1]);
}

static void
s_on_trouble (void *arg, zp_status_t status, const char *text)
{
    hand_t *hand = arg;
    hand->troubles++;
    hand->trouble = status;
    snprintf (hand->text, sizeof hand->text, "%s", text);
}

static hand_t *
s_hand (fixture_t *self, int credit, int touch_ms)
{
    hand_t *hand = zmalloc (sizeof *hand);
    zp_queue_worker_options_t options = ZP_QUEUE_WORKER_DEFAULTS;
    options.queue = "jobs";
    options.credit = credit;
    options.touch_ms = touch_ms;
    hand->worker = zp_queue_worker_new (self->loop, &options, s_on_job, hand);
    zp_queue_worker_on_trouble (hand->worker, s_on_trouble, hand);
    assert_int_equal (zp_queue_worker_connect (hand->worker, self->endpoint),
                      ZP_OK);
    return hand;
}

static void
s_drop (hand_t **hand_p)
{
    zp_queue_worker_destroy (&(*hand_p)->worker);
    assert_null ((*hand_p)->worker);
    free (*hand_p);
    *hand_p = NULL;
}

static zp_queue_worker_stats_t
s_stats (hand_t *hand)
{
    zp_queue_worker_stats_t stats;
    zp_queue_worker_stats (hand->worker, &stats);
    return stats;
}

static void
test_what_is_done_is_acked (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    hand_t *hand = s_hand (self, 10, 10000);
    hand->ends = true;
    fixture_put (self, "jobs", 0, 300);
    test_until (self->loop, s_stats (hand).done == 300);
    for (int i = 0; i < 300; i++)
        assert_int_equal (atoi (hand->body[i]), i);
    assert_int_equal (s_stats (hand).taken, 300);
    assert_int_equal (s_stats (hand).held, 0);
    assert_int_equal (fixture_stat (self, "jobs", "acked"), 300);
    assert_int_equal (hand->troubles, 0);
    s_drop (&hand);
}

static void
test_jobs_can_end_later_in_any_order_and_its_credit_is_kept (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    hand_t *hand = s_hand (self, 3, 10000);
    fixture_put (self, "jobs", 0, 5);
    test_until (self->loop, hand->count == 3);
    assert_int_equal (fixture_stat (self, "jobs", "ready"), 2);
    assert_int_equal (hand->count, 3);
    assert_int_equal (s_stats (hand).held, 3);
    assert_int_equal (zp_queue_job_id (hand->job[1]), 2);
    zp_queue_job_done (&hand->job[1]);
    assert_null (hand->job[1]);
    test_until (self->loop, hand->count == 4);
    zp_queue_job_done (&hand->job[3]);
    zp_queue_job_done (&hand->job[0]);
    zp_queue_job_done (&hand->job[2]);
    test_until (self->loop, hand->count == 5);
    zp_queue_job_done (&hand->job[4]);
    test_until (self->loop, s_stats (hand).done == 5);
    s_drop (&hand);
}

static void
test_a_job_can_be_tried_again_or_buried (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    hand_t *hand = s_hand (self, 1, 10000);
    fixture_put (self, "jobs", 1, 1);
    test_until (self->loop, hand->count == 1);
    int64_t start_ms = zclock_mono ();
    zp_queue_job_retry (&hand->job[0], 150);
    test_until (self->loop, hand->count == 2);
    assert_true (zclock_mono () - start_ms >= 150);
    assert_int_equal (hand->acquired[1], 2);
    zp_queue_job_retry (&hand->job[1], 0);
    test_until (self->loop, hand->count == 3);
    zp_queue_job_bury (&hand->job[2], "no \"film\"");
    test_until (self->loop, fixture_stat (self, "jobs", "buried") == 1);
    assert_int_equal (fixture_ask (self, "queue.peek", "jobs",
                                   "{\"state\":\"buried\"}", NULL),
                      ZP_OK);
    assert_non_null (
        strstr (self->answer.part[0], "\"why\":\"no \\\"film\\\"\""));
    assert_int_equal (s_stats (hand).retried, 2);
    assert_int_equal (s_stats (hand).buried, 1);
    s_drop (&hand);
}

static void
test_any_reason_can_be_given_for_burying (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    hand_t *hand = s_hand (self, 10, 10000);
    fixture_put (self, "jobs", 0, 4);
    test_until (self->loop, hand->count == 4);
    char huge[2000];
    memset (huge, 'x', sizeof huge);
    huge[sizeof huge - 1] = 0;
    for (int i = 509; i < 515; i++)
        huge[i] = "\xc3\xa9"[i % 2];  // The cut falls into a letter
    zp_queue_job_bury (&hand->job[0], NULL);
    zp_queue_job_bury (&hand->job[1], "");
    zp_queue_job_bury (&hand->job[2], "\xff is no text \xc3");
    zp_queue_job_bury (&hand->job[3], huge);
    test_until (self->loop, fixture_stat (self, "jobs", "buried") == 4);
    s_drop (&hand);
}

static void
test_a_job_that_lasts_is_touched_and_stays (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    hand_t *hand = s_hand (self, 10, 100);
    hand_t *other = s_hand (self, 10, 100);
    for (int i = 0; i < 4; i++)
        fixture_ask (self, "queue.put", "jobs", "long", "{\"lease_ms\":1000}",
                     NULL);
    test_until (self->loop, hand->count + other->count == 4);
    int64_t start_ms = zclock_mono ();
    test_until (self->loop, zclock_mono () - start_ms > 2500);
    assert_int_equal (hand->count + other->count, 4);
    for (size_t i = 0; i < hand->count; i++)
        zp_queue_job_done (&hand->job[i]);
    for (size_t i = 0; i < other->count; i++)
        zp_queue_job_done (&other->job[i]);
    test_until (self->loop, s_stats (hand).done + s_stats (other).done == 4);
    s_drop (&hand);
    s_drop (&other);
}

static void
test_an_ack_that_comes_too_late_is_counted_as_refused (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    hand_t *hand = s_hand (self, 1, 3600000);
    fixture_expect (self, "1", "queue.put", "jobs", "x", "{\"lease_ms\":20}");
    test_until (self->loop, hand->count == 2);
    zp_queue_job_done (&hand->job[0]);
    test_until (self->loop, s_stats (hand).refused == 1);
    assert_int_equal (s_stats (hand).done, 0);
    s_drop (&hand);
}

static void
test_what_a_worker_holds_at_its_end_goes_to_others_at_once (void **state)
{
    fixture_t *self = *state;
    self->options.queue.lease_ms = 3600000;
    fixture_start (self);
    hand_t *hand = s_hand (self, 10, 10000);
    fixture_put (self, "jobs", 0, 5);
    test_until (self->loop, hand->count == 5);
    hand_t *heir = s_hand (self, 10, 10000);
    heir->ends = true;
    int64_t start_ms = zclock_mono ();
    s_drop (&hand);
    test_until (self->loop, s_stats (heir).done == 5);
    assert_true (zclock_mono () - start_ms < 3600000);
    for (int i = 0; i < 5; i++)
        assert_int_equal (heir->acquired[i], 2);
    s_drop (&heir);
}

static void
test_it_waits_for_a_broker_that_is_not_there_yet_and_says_so (void **state)
{
    fixture_t *self = *state;
    hand_t *hand = s_hand (self, 1, 10000);
    hand->ends = true;
    test_until (self->loop, hand->troubles == 1);
    assert_int_equal (hand->trouble, ZP_UNAVAILABLE);
    char text[300];
    snprintf (text, sizeof text, "no connection to %s; is the service running?",
              self->endpoint);
    assert_string_equal (hand->text, text);
    fixture_start (self);
    fixture_put (self, "jobs", 1, 1);
    test_until (self->loop, s_stats (hand).done == 1);
    //  Well again
    assert_int_equal (hand->trouble, ZP_OK);
    assert_string_equal (hand->text, "");
    s_drop (&hand);
}

static void
test_it_finds_the_broker_again_and_acks_what_it_did_meanwhile (void **state)
{
    fixture_t *self = *state;
    self->options.queue.lease_ms = 3600000;
    fixture_start (self);
    hand_t *hand = s_hand (self, 3, 10000);
    fixture_put (self, "jobs", 0, 4);
    test_until (self->loop, hand->count == 3);
    zp_queue_broker_destroy (&self->broker);
    test_until (self->loop, hand->trouble != ZP_OK);
    assert_string_not_equal (hand->text, "");
    for (int i = 0; i < 3; i++)
        zp_queue_job_done (&hand->job[i]);
    hand->ends = true;
    fixture_start (self);
    test_until (self->loop, s_stats (hand).done + s_stats (hand).refused >= 4);
    test_until (self->loop, fixture_stat (self, "jobs", "ready") == 0 &&
                                fixture_stat (self, "jobs", "leased") == 0);
    assert_int_equal (hand->trouble, ZP_OK);
    s_drop (&hand);
}

static void
test_a_broker_that_ends_is_named_as_the_trouble (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    hand_t *hand = s_hand (self, 1, 10000);
    fixture_put (self, "jobs", 1, 1);
    test_until (self->loop, hand->count == 1);
    zp_server_drain (zp_queue_broker_server (self->broker), NULL, NULL);
    test_until (self->loop, hand->troubles >= 1);
    assert_int_equal (hand->trouble, ZP_UNAVAILABLE);
    assert_string_equal (hand->text, "the broker is shutting down");
    s_drop (&hand);
}

static void
test_a_queue_that_can_not_be_is_trouble (void **state)
{
    fixture_t *self = *state;
    fixture_start (self);
    hand_t hand = {.troubles = 0};
    zp_queue_worker_options_t options = ZP_QUEUE_WORKER_DEFAULTS;
    options.queue = "no/queue";
    hand.worker = zp_queue_worker_new (self->loop, &options, s_on_job, &hand);
    zp_queue_worker_on_trouble (hand.worker, s_on_trouble, &hand);
    assert_int_equal (zp_queue_worker_connect (hand.worker, "nowhere"),
                      ZP_INVALID_ARGUMENT);
    assert_int_equal (zp_queue_worker_connect (hand.worker, self->endpoint),
                      ZP_OK);
    //  It tries again, less and less often
    test_until (self->loop, hand.troubles == 2);
    assert_int_equal (hand.trouble, ZP_INVALID_ARGUMENT);
    assert_string_equal (hand.text, "the name of a queue is 1 to 123 letters, "
                                    "digits, '.', '_' or '-'");
    zp_queue_worker_destroy (&hand.worker);
    zp_queue_worker_destroy (&hand.worker);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_what_is_done_is_acked),
        fixture_test (
            test_jobs_can_end_later_in_any_order_and_its_credit_is_kept),
        fixture_test (test_a_job_can_be_tried_again_or_buried),
        fixture_test (test_any_reason_can_be_given_for_burying),
        fixture_test (test_a_job_that_lasts_is_touched_and_stays),
        fixture_test (test_an_ack_that_comes_too_late_is_counted_as_refused),
        fixture_test (
            test_what_a_worker_holds_at_its_end_goes_to_others_at_once),
        fixture_test (
            test_it_waits_for_a_broker_that_is_not_there_yet_and_says_so),
        fixture_test (
            test_it_finds_the_broker_again_and_acks_what_it_did_meanwhile),
        fixture_test (test_a_broker_that_ends_is_named_as_the_trouble),
        fixture_test (test_a_queue_that_can_not_be_is_trouble),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
