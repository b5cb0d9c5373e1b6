//  SPDX-License-Identifier: MIT
//
//  Handlers in worker threads.

#include <semaphore.h>
#include <stdatomic.h>

#include "fixture.h"

//  What the threads share with the test
typedef struct {
    atomic_int entered;     // Runs of "block" that began
    sem_t gate;             // Lets one of them go on
    atomic_int quick;       // Runs of "quick"
    atomic_bool cancelled;  // A run of "watch" saw that it was
} s_shared_t;

static s_shared_t s_shared;

static void
s_block (zp_request_t *request, void *arg)
{
    s_shared_t *shared = arg;
    atomic_fetch_add (&shared->entered, 1);
    while (sem_wait (&shared->gate) == -1)
        ;
    zp_request_reply (&request, "unblocked", 9);
}

static void
s_quick (zp_request_t *request, void *arg)
{
    s_shared_t *shared = arg;
    atomic_fetch_add (&shared->quick, 1);
    handle_echo (request, NULL);
}

//  Goes on until its request is cancelled
static void
s_watch (zp_request_t *request, void *arg)
{
    s_shared_t *shared = arg;
    atomic_fetch_add (&shared->entered, 1);
    while (!zp_request_cancelled (request))
        zclock_sleep (1);
    atomic_store (&shared->cancelled, true);
    zp_request_fail (&request, ZP_CANCELLED, "as you like");
}

//  Says all that a handler can ask for
static void
s_describe (zp_request_t *request, void *arg)
{
    (void) arg;
    const zp_envelope_t *envelope = zp_request_envelope (request);
    zp_span_t part = zp_request_arg (request, 0);
    char text[256];
    snprintf (text, sizeof text, "%s %zu %.*s %u %d",
              zp_request_method (request), zp_request_count (request),
              (int) part.size, (const char *) part.data,
              (unsigned) envelope->serial, (int) zp_request_budget (request));
    zp_request_reply (&request, text, strlen (text));
}

static void
s_fail (zp_request_t *request, void *arg)
{
    (void) arg;
    zp_request_shed (&request, 77, "not today");
}

static void
s_set_up_server (fixture_t *self, int workers)
{
    s_shared = (s_shared_t){.entered = 0};
    sem_init (&s_shared.gate, 0, 0);
    zp_server_options_t options = ZP_SERVER_DEFAULTS;
    options.workers = workers;
    fixture_server (self, &options);
    zp_server_t *server = self->server;
    zp_server_worker_method (server, "block", s_block, &s_shared);
    zp_server_worker_method (server, "quick", s_quick, &s_shared);
    zp_server_worker_method (server, "watch", s_watch, &s_shared);
    zp_server_worker_method (server, "describe", s_describe, NULL);
    zp_server_worker_method (server, "fail", s_fail, NULL);
    zp_server_worker_method (server, "pieces", handle_stream, NULL);
    fixture_callers (self, 1);
}

static void
s_unblock (int count)
{
    while (count--)
        sem_post (&s_shared.gate);
}

//  The letter with that number, once it is there
static const letter_t *
s_reply (fixture_t *self, size_t number)
{
    test_until (self->loop, peer_count (self->caller[0]) > number);
    return peer_letter (self->caller[0], number);
}

static void
test_a_worker_sees_all_of_the_request (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    peer_request (self->caller[0], 5, "describe", "me");
    assert_true (letter_says (s_reply (self, 0), 0, "describe 1 me 5 -1"));
}

static void
test_a_workers_failure_reaches_the_caller (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    peer_request (self->caller[0], 1, "fail", "");
    const letter_t *reply = s_reply (self, 0);
    assert_int_equal (reply->envelope.status, ZP_RESOURCE_EXHAUSTED);
    assert_int_equal (reply->envelope.time_ms, 77);
    assert_true (letter_says (reply, 0, "not today"));
    assert_int_equal (fixture_server_stats (self).failures, 1);
}

static void
test_a_worker_can_stream (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 2);
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX] = {{"pieces", 6}};
    char digits[] = "0123456789";
    for (int i = 1; i <= 60; i++)
        parts[i] = (zp_span_t){&digits[i % 10], 1};
    zp_envelope_t envelope = peer_envelope (1);
    peer_send_compact (self->caller[0], NULL, &envelope, parts, 61);
    for (size_t i = 1; i <= 60; i++) {
        const letter_t *piece = s_reply (self, i - 1);
        assert_int_equal (piece->envelope.kind, ZP_PARTIAL);
        assert_memory_equal (piece->part[0].data, &digits[i % 10], 1);
    }
    assert_true (letter_says (s_reply (self, 60), 0, "end"));
}

static void
test_a_slow_request_does_not_hold_up_others (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 2);
    peer_request (self->caller[0], 1, "block", "");
    test_until (self->loop, atomic_load (&s_shared.entered) == 1);
    for (size_t i = 0; i < 20; i++) {
        peer_request (self->caller[0], 2 + i, "quick", "");
        assert_true (s_reply (self, i)->envelope.serial == 2 + i);
    }
    //  Nor what runs on the loop
    peer_request (self->caller[0], 50, "echo", "");
    assert_true (s_reply (self, 20)->envelope.serial == 50);
    s_unblock (1);
    assert_true (letter_says (s_reply (self, 21), 0, "unblocked"));
}

static void
test_as_many_run_at_once_as_there_are_threads (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 3);
    for (uint64_t i = 0; i < 4; i++)
        peer_request (self->caller[0], i, "block", "");
    test_until (self->loop, atomic_load (&s_shared.entered) == 3);
    assert_int_equal (fixture_server_stats (self).in_flight, 4);
    s_unblock (1);
    s_reply (self, 0);
    test_until (self->loop, atomic_load (&s_shared.entered) == 4);
    s_unblock (3);
    s_reply (self, 3);
    assert_int_equal (fixture_server_stats (self).in_flight, 0);
}

static void
test_waiting_requests_run_in_the_order_they_came (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    peer_request (self->caller[0], 0, "block", "");
    for (uint64_t i = 1; i <= 10; i++)
        peer_request (self->caller[0], i, "quick", "");
    s_unblock (1);
    for (size_t i = 0; i <= 10; i++)
        assert_true (s_reply (self, i)->envelope.serial == i);
}

static void
test_a_waiting_request_past_its_budget_does_not_run (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    peer_request (self->caller[0], 1, "block", "");
    test_until (self->loop, atomic_load (&s_shared.entered) == 1);
    zp_envelope_t envelope = peer_envelope (2);
    zp_span_t method = {"quick", 5};
    envelope.time_ms = 10;
    peer_send_open (self->caller[0], NULL, &envelope, &method, 1);
    peer_request (self->caller[0], 3, "quick", "");
    test_until (self->loop, fixture_server_stats (self).in_flight == 3);
    int64_t expired_ms = zclock_mono () + 11;
    test_until (self->loop, zclock_mono () >= expired_ms);
    s_unblock (1);
    assert_true (s_reply (self, 1)->envelope.serial == 3);
    assert_int_equal (atomic_load (&s_shared.quick), 1);
    assert_int_equal (fixture_server_stats (self).expired, 1);
    assert_int_equal (fixture_server_stats (self).in_flight, 0);
}

//  Tell the server that nobody waits for the request with that serial
static void
s_cancel (fixture_t *self, uint64_t serial)
{
    zp_envelope_t cancel = peer_envelope (serial);
    cancel.kind = ZP_CANCEL;
    peer_send_open (self->caller[0], NULL, &cancel, NULL, 0);
}

static void
test_a_waiting_request_that_is_cancelled_does_not_run (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    peer_request (self->caller[0], 1, "block", "");
    test_until (self->loop, atomic_load (&s_shared.entered) == 1);
    peer_request (self->caller[0], 2, "quick", "");
    s_cancel (self, 2);
    peer_request (self->caller[0], 3, "quick", "");
    test_until (self->loop, fixture_server_stats (self).in_flight == 3);
    s_unblock (1);
    assert_true (s_reply (self, 1)->envelope.serial == 3);
    assert_int_equal (atomic_load (&s_shared.quick), 1);
    assert_int_equal (fixture_server_stats (self).cancelled, 1);
}

static void
test_a_running_worker_is_told_that_its_request_was_cancelled (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    peer_request (self->caller[0], 1, "watch", "");
    test_until (self->loop, atomic_load (&s_shared.entered) == 1);
    s_cancel (self, 1);
    test_until (self->loop, atomic_load (&s_shared.cancelled));
    //  It gets no reply, since it wants none
    peer_request (self->caller[0], 2, "quick", "");
    assert_true (s_reply (self, 0)->envelope.serial == 2);
    assert_int_equal (fixture_server_stats (self).in_flight, 0);
}

static void *
s_unblock_soon (void *arg)
{
    while (atomic_load (&s_shared.entered) == 0)
        zclock_sleep (1);
    s_unblock (1);
    return arg;
}

static void
test_destroy_waits_for_what_runs_and_refuses_what_waits (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    for (uint64_t i = 0; i < 3; i++)
        peer_request (self->caller[0], i, "block", "");
    test_until (self->loop, fixture_server_stats (self).in_flight == 3);
    pthread_t thread;
    pthread_create (&thread, NULL, s_unblock_soon, NULL);
    zp_server_destroy (&self->server);
    pthread_join (thread, NULL);
    assert_true (letter_says (s_reply (self, 0), 0, "unblocked"));
    for (size_t i = 1; i < 3; i++) {
        assert_true (s_reply (self, i)->envelope.serial == i);
        assert_int_equal (s_reply (self, i)->envelope.status, ZP_UNAVAILABLE);
    }
    assert_int_equal (atomic_load (&s_shared.entered), 1);
}

static void
test_destroy_takes_all_that_a_worker_still_streams (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 1);
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX] = {{"pieces", 6}};
    for (uint64_t i = 0; i < 100; i++) {
        zp_envelope_t envelope = peer_envelope (i);
        peer_send_compact (self->caller[0], NULL, &envelope, parts, 64);
    }
    s_reply (self, 0);
    zp_server_destroy (&self->server);
    //  Each was answered to its end, or was refused
    size_t ended = 0;
    for (size_t i = 0; ended < 100; i++)
        ended += s_reply (self, i)->envelope.kind == ZP_REPLY;
    assert_int_equal (
        peer_letter (self->caller[0], peer_count (self->caller[0]) - 1)
            ->envelope.kind,
        ZP_REPLY);
}

static void
test_many_requests_to_several_workers_are_each_answered_once (void **state)
{
    fixture_t *self = *state;
    s_set_up_server (self, 4);
    fixture_client (self, NULL);
    const int calls = 2000;
    outcome_t *outcomes = zmalloc ((size_t) calls * sizeof *outcomes);
    for (int i = 0; i < calls; i++) {
        char number[20];
        snprintf (number, sizeof number, "%d", i);
        outcome_start (self->client, "quick", number, TEST_PATIENCE_MS,
                       &outcomes[i]);
    }
    test_until (self->loop, fixture_client_stats (self).in_flight == 0);
    for (int i = 0; i < calls; i++) {
        assert_true (outcome_is (&outcomes[i], ZP_OK));
        assert_int_equal (atoi (outcomes[i].result), i);
    }
    assert_int_equal (atomic_load (&s_shared.quick), calls);
    free (outcomes);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_worker_sees_all_of_the_request),
        fixture_test (test_a_workers_failure_reaches_the_caller),
        fixture_test (test_a_worker_can_stream),
        fixture_test (test_a_slow_request_does_not_hold_up_others),
        fixture_test (test_as_many_run_at_once_as_there_are_threads),
        fixture_test (test_waiting_requests_run_in_the_order_they_came),
        fixture_test (test_a_waiting_request_past_its_budget_does_not_run),
        fixture_test (test_a_waiting_request_that_is_cancelled_does_not_run),
        fixture_test (
            test_a_running_worker_is_told_that_its_request_was_cancelled),
        fixture_test (test_destroy_waits_for_what_runs_and_refuses_what_waits),
        fixture_test (test_destroy_takes_all_that_a_worker_still_streams),
        fixture_test (
            test_many_requests_to_several_workers_are_each_answered_once),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
