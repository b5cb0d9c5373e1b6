//  SPDX-License-Identifier: MIT
//
//  Requests that nobody waits for: they are dropped before they run, and told
//  while they run.

#include "fixture.h"

static int s_runs;  // Of the method "count"

static void
s_count (zp_request_t *request, void *arg)
{
    (void) arg;
    s_runs++;
    zp_request_reply (&request, NULL, 0);
}

//  A handler that keeps the loop busy, for longer than one turn may take
static void
s_keep_busy (zp_request_t *request, void *arg)
{
    int64_t end_ms = zclock_mono () + *(int *) arg;
    while (zclock_mono () < end_ms)
        ;
    zp_request_reply (&request, NULL, 0);
}

//  One compact message, so that all of it comes at once

typedef struct {
    uint8_t data[1024];  // Its frame
    size_t size;         // Of what is in it
} s_batch_t;

static void
s_add (s_batch_t *batch, zp_kind_t kind, uint64_t serial, const char *method,
       uint32_t time_ms)
{
    if (!batch->size)
        batch->size = (size_t) (zp_records_start (batch->data) - batch->data);
    zp_envelope_t envelope = peer_envelope (serial);
    envelope.kind = (uint8_t) kind;
    envelope.time_ms = time_ms;
    zp_span_t part = {method, strlen (method)};
    uint8_t *end = zp_records_write (batch->data + batch->size, &envelope,
                                     &part, kind == ZP_REQUEST);
    batch->size = (size_t) (end - batch->data);
}

static void
s_send (fixture_t *self, s_batch_t *batch)
{
    zmsg_t *msg = zmsg_new ();
    zmsg_addmem (msg, batch->data, batch->size);
    peer_send (self->caller[0], NULL, msg);
}

//  A batch of two slow requests, so that what follows them has to wait: the
//  first one runs at once
static s_batch_t
s_begin (fixture_t *self, int *busy_ms)
{
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    zp_server_method (self->server, "busy", s_keep_busy, busy_ms);
    zp_server_method (self->server, "count", s_count, NULL);
    s_runs = 0;
    s_batch_t batch = {.size = 0};
    s_add (&batch, ZP_REQUEST, 1, "busy", 0);
    s_add (&batch, ZP_REQUEST, 2, "busy", 0);
    return batch;
}

static void
test_a_request_past_its_budget_is_dropped_before_it_runs (void **state)
{
    fixture_t *self = *state;
    int busy_ms = 30;
    s_batch_t batch = s_begin (self, &busy_ms);
    s_add (&batch, ZP_REQUEST, 3, "count", 20);
    s_add (&batch, ZP_REQUEST, 4, "count", 60000);
    s_add (&batch, ZP_REQUEST, 5, "count", 0);
    s_send (self, &batch);
    test_until (self->loop, peer_count (self->caller[0]) == 4);
    assert_int_equal (s_runs, 2);
    assert_true (peer_letter (self->caller[0], 2)->envelope.serial == 4);
    assert_true (peer_letter (self->caller[0], 3)->envelope.serial == 5);
    zp_server_stats_t stats = fixture_server_stats (self);
    assert_int_equal (stats.expired, 1);
    assert_int_equal (stats.cancelled, 0);
    assert_int_equal (stats.in_flight, 0);
    assert_int_equal (stats.requests, 5);
}

static void
test_a_cancelled_request_is_dropped_before_it_runs (void **state)
{
    fixture_t *self = *state;
    int busy_ms = 5;
    s_batch_t batch = s_begin (self, &busy_ms);
    s_add (&batch, ZP_REQUEST, 3, "count", 0);
    s_add (&batch, ZP_REQUEST, 4, "count", 0);
    s_add (&batch, ZP_CANCEL, 3, "", 0);
    s_send (self, &batch);
    test_until (self->loop, peer_count (self->caller[0]) == 3);
    assert_int_equal (s_runs, 1);
    assert_true (peer_letter (self->caller[0], 2)->envelope.serial == 4);
    assert_int_equal (fixture_server_stats (self).cancelled, 1);
    assert_int_equal (fixture_server_stats (self).in_flight, 0);
}

static void
test_a_cancel_of_another_id_or_attempt_changes_nothing (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    peer_request (self->caller[0], 1, "hold", "");
    zp_envelope_t cancel[3] = {peer_envelope (2), peer_envelope (1),
                               peer_envelope (1)};
    cancel[1].client++;
    cancel[2].attempt++;
    for (int i = 0; i < 3; i++) {
        cancel[i].kind = ZP_CANCEL;
        peer_send_open (self->caller[0], NULL, &cancel[i], NULL, 0);
    }
    peer_request (self->caller[0], 9, "echo", "");
    test_until (self->loop, peer_count (self->caller[0]) == 1);
    assert_false (zp_request_cancelled (self->held.request[0]));
    assert_int_equal (fixture_server_stats (self).garbage, 0);
}

static void
test_a_handler_is_told_that_its_request_was_cancelled (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    peer_request (self->caller[0], 1, "hold", "");
    test_until (self->loop, self->held.count == 1);
    zp_request_t *request = self->held.request[0];
    assert_int_equal (zp_request_partial (request, "one", 3), ZP_OK);
    zp_envelope_t cancel = peer_envelope (1);
    cancel.kind = ZP_CANCEL;
    peer_send_open (self->caller[0], NULL, &cancel, NULL, 0);
    test_until (self->loop, zp_request_cancelled (request));
    assert_int_equal (zp_request_partial (request, "two", 3), ZP_CANCELLED);

    //  However it ends, nobody hears of it
    zp_request_reply (&request, "done", 4);
    peer_request (self->caller[0], 2, "echo", "last");
    test_until (self->loop, peer_count (self->caller[0]) == 2);
    assert_true (letter_says (peer_letter (self->caller[0], 0), 0, "one"));
    assert_true (letter_says (peer_letter (self->caller[0], 1), 0, "last"));
    assert_int_equal (fixture_server_stats (self).in_flight, 0);
}

static void
test_a_client_that_gives_up_reaches_the_handler (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_client (self, NULL);
    for (int i = 0; i < 2; i++) {
        //  The first one in the open form, the second one in the compact form
        outcome_start (self->client, "echo", "", TEST_PATIENCE_MS,
                       &self->outcome);
        test_until (self->loop, self->outcome.ended);
        uint64_t id = outcome_start (self->client, "hold", "", TEST_PATIENCE_MS,
                                     &self->outcome);
        test_until (self->loop, self->held.count == (size_t) i + 1);
        zp_client_cancel (self->client, id);
        test_until (self->loop, zp_request_cancelled (self->held.request[i]));
        zp_request_fail (&self->held.request[i], ZP_CANCELLED, "all right");
    }
}

static void
test_a_held_request_is_not_dropped_when_its_time_is_over (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    zp_envelope_t envelope = peer_envelope (1);
    envelope.time_ms = 1;
    zp_span_t method = {"hold", 4};
    peer_send_open (self->caller[0], NULL, &envelope, &method, 1);
    test_until (self->loop, self->held.count == 1);
    test_until (self->loop, zp_request_budget (self->held.request[0]) == 0);
    assert_int_equal (fixture_server_stats (self).in_flight, 1);
    zp_request_reply (&self->held.request[0], "late", 4);
    test_until (self->loop, peer_count (self->caller[0]) == 1);
    assert_int_equal (fixture_server_stats (self).expired, 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_request_past_its_budget_is_dropped_before_it_runs),
        fixture_test (test_a_cancelled_request_is_dropped_before_it_runs),
        fixture_test (test_a_cancel_of_another_id_or_attempt_changes_nothing),
        fixture_test (test_a_handler_is_told_that_its_request_was_cancelled),
        fixture_test (test_a_client_that_gives_up_reaches_the_handler),
        fixture_test (test_a_held_request_is_not_dropped_when_its_time_is_over),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
