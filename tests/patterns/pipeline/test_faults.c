//  SPDX-License-Identifier: MIT
//
//  Peers that are lost, replaced, repeat themselves or say nothing.

#include "fixture.h"
#include "zp_envelope.h"

static zp_ventilator_options_t
s_quick (void)
{
    zp_ventilator_options_t options = ZP_VENTILATOR_DEFAULTS;
    options.retry_ms = 100;
    options.max_attempts = 2;
    return options;
}

//  A socket of nobody in particular
static zsock_t *
s_peer (int type, const char *endpoint)
{
    zsock_t *self = zsock_new (type);
    zsock_set_linger (self, 0);
    zsock_set_rcvtimeo (self, TEST_PATIENCE_MS);
    zsock_set_sndtimeo (self, TEST_PATIENCE_MS);
    assert_int_equal (zsock_connect (self, "%s", endpoint), 0);
    return self;
}

//  Send an envelope and a body
static void
s_send (zsock_t *socket, const zp_envelope_t *envelope, const void *body,
        size_t size)
{
    uint8_t head[ZP_ENVELOPE_SIZE];
    zp_envelope_encode (envelope, head);
    zmsg_t *msg = zmsg_new ();
    zmsg_addmem (msg, head, sizeof head);
    zmsg_addmem (msg, body, size);
    assert_int_equal (zmsg_send (&msg, socket), 0);
}

static void
s_send_result (zsock_t *socket, uint64_t batch, uint64_t number)
{
    zp_envelope_t envelope = {
        .kind = ZP_REPLY, .attempt = 1, .client = batch, .serial = number};
    s_send (socket, &envelope, "done", 4);
}

//  Say hello to the sink as a ventilator does
static void
s_hello (zsock_t *socket, uint64_t batch, uint64_t sink)
{
    static const uint8_t unknown[8] = {255, 255, 255, 255, 255, 255, 255, 255};
    zp_envelope_t envelope = {
        .kind = ZP_REQUEST, .client = batch, .serial = sink};
    s_send (socket, &envelope, unknown, sizeof unknown);
}

static void
test_tasks_that_are_swallowed_are_sent_to_others (void **state)
{
    fixture_t *self = *state;
    fixture_sink (self, NULL);
    zp_ventilator_options_t options = s_quick ();
    options.max_attempts = 50;
    fixture_ventilator (self, &options);
    zsock_t *hole = s_peer (ZMQ_PULL, self->tasks);
    fixture_worker (self, 0);
    test_until (self->loop, fixture_ventilator_stats (self).workers == 2);
    fixture_start (self, 2000, "task");
    fixture_await_end (self);
    fixture_expect_ok (self, 2000, 0);
    assert_true (fixture_ventilator_stats (self).again > 0);
    zsock_destroy (&hole);
}

static void
test_a_task_that_nobody_brings_to_an_end_is_given_up (void **state)
{
    fixture_t *self = *state;
    fixture_sink (self, NULL);
    zp_ventilator_options_t options = s_quick ();
    fixture_ventilator (self, &options);
    zsock_t *hole = s_peer (ZMQ_PULL, self->tasks);
    fixture_start (self, 5, "task");
    fixture_await_end (self);
    fixture_expect_ok (self, 0, 5);
    assert_int_equal (self->result.status, ZP_DEADLINE_EXCEEDED);
    assert_true (self->result.attempt >= 2);
    assert_non_null (strstr (self->text, "no result"));
    zsock_destroy (&hole);
}

static void
test_without_workers_nothing_is_given_up (void **state)
{
    fixture_t *self = *state;
    fixture_sink (self, NULL);
    zp_ventilator_options_t options = s_quick ();
    fixture_ventilator (self, &options);
    fixture_start (self, 5, "task");
    int64_t start_ms = zclock_mono ();
    test_until (self->loop, zclock_mono () - start_ms > 600);
    assert_int_equal (self->results_seen, 0);
    fixture_worker (self, 0);
    fixture_await_end (self);
    fixture_expect_ok (self, 5, 0);
}

//  Answer each task three times, as a worker that is none of ours
static int
s_on_task (zloop_t *loop, zsock_t *tasks, void *results)
{
    (void) loop;
    zmsg_t *msg = zmsg_recv (tasks);
    for (int i = 0; i < 3; i++) {
        zmsg_t *copy = zmsg_dup (msg);
        assert_int_equal (zmsg_send (&copy, (zsock_t *) results), 0);
    }
    zmsg_destroy (&msg);
    return 0;
}

static void
test_a_plain_worker_that_repeats_itself_is_counted_once (void **state)
{
    fixture_t *self = *state;
    fixture_sink (self, NULL);
    fixture_ventilator (self, NULL);
    zsock_t *results = s_peer (ZMQ_PUSH, self->results);
    zsock_t *tasks = s_peer (ZMQ_PULL, self->tasks);
    zloop_reader (self->loop, tasks, s_on_task, results);
    fixture_start (self, 1000, "task");
    fixture_await_end (self);
    fixture_expect_ok (self, 1000, 0);
    assert_string_equal (self->text, "task");
    assert_true (fixture_sink_stats (self).repeated > 0);
    zloop_reader_end (self->loop, tasks);
    zsock_destroy (&tasks);
    zsock_destroy (&results);
}

static void
test_results_of_other_batches_and_of_no_task_do_not_count (void **state)
{
    fixture_t *self = *state;
    fixture_all (self);
    zsock_t *peer = s_peer (ZMQ_PUSH, self->results);
    fixture_start (self, 2, "hold");
    test_until (self->loop, self->holds == 1);
    uint64_t batch = zp_sink_batch (self->sink)->id;
    s_send_result (peer, batch + 1, 0);
    s_send_result (peer, 0, 0);
    test_until (self->loop, fixture_sink_stats (self).strays == 2);
    s_send_result (peer, batch, UINT64_MAX);
    s_send_result (peer, batch, 1 << 20);
    test_until (self->loop, fixture_sink_stats (self).garbage == 2);
    assert_int_equal (self->results_seen, 0);
    zp_task_done (&self->held[0], "done", 4);
    test_until (self->loop, self->holds == 2);
    zp_task_done (&self->held[1], "done", 4);
    fixture_await_end (self);
    fixture_expect_ok (self, 2, 0);
    zsock_destroy (&peer);
}

static void
test_a_sink_that_is_destroyed_ends_the_batch_for_the_ventilator (void **state)
{
    fixture_t *self = *state;
    fixture_all (self);
    fixture_start (self, 10, "hold");
    test_until (self->loop, self->holds == 1);
    zp_sink_destroy (&self->sink);
    assert_int_equal (self->at_sink.status, ZP_ABORTED);
    test_until (self->loop, self->at_ventilator.ended);
    assert_int_equal (self->at_ventilator.status, ZP_ABORTED);
}

static void
test_another_sink_does_not_take_up_a_batch_in_the_middle (void **state)
{
    fixture_t *self = *state;
    fixture_ventilator (self, NULL);
    //  One that takes the batch, and is never heard again
    zsock_t *first = zsock_new (ZMQ_ROUTER);
    zsock_set_linger (first, 0);
    assert_int_equal (zsock_bind (first, "%s", self->control), 0);
    fixture_start (self, 10, "task");
    zframe_t *from = NULL;
    test_until (self->loop, (zsock_events (first) & ZMQ_POLLIN) &&
                                (from = zframe_recv (first)));
    uint8_t body[24] = {0};
    zframe_send (&from, first, ZFRAME_MORE);
    zp_envelope_t envelope = {.kind = ZP_PARTIAL,
                              .client =
                                  zp_ventilator_batch (self->ventilator)->id,
                              .serial = 77};
    s_send (first, &envelope, body, sizeof body);
    test_until (self->loop, fixture_ventilator_stats (self).given == 1);
    zsock_destroy (&first);

    fixture_sink (self, NULL);
    test_until (self->loop, self->at_ventilator.ended);
    assert_int_equal (self->at_ventilator.status, ZP_ABORTED);
    assert_int_equal (zp_sink_batch (self->sink)->id, 0);
    fixture_worker (self, 0);
    fixture_start (self, 10, "task");
    fixture_await_end (self);
    fixture_expect_ok (self, 10, 0);
}

static void
test_without_a_sink_a_batch_ends_after_a_while (void **state)
{
    fixture_t *self = *state;
    zp_ventilator_options_t options = s_quick ();
    options.silence_ms = 200;
    fixture_ventilator (self, &options);
    fixture_start (self, 10, "task");
    test_until (self->loop, self->at_ventilator.ended);
    assert_int_equal (self->at_ventilator.status, ZP_UNAVAILABLE);
}

static void
test_a_ventilator_that_falls_silent_is_given_up_after_a_while (void **state)
{
    fixture_t *self = *state;
    zp_sink_options_t options = {.silence_ms = 200};
    fixture_sink (self, &options);
    zsock_t *peer = s_peer (ZMQ_DEALER, self->control);
    s_hello (peer, 55, 0);
    test_until (self->loop, self->at_sink.ended && self->at_sink.id == 55);
    assert_int_equal (self->at_sink.status, ZP_UNAVAILABLE);
    zsock_destroy (&peer);
}

static void
test_another_ventilator_waits_for_its_turn (void **state)
{
    fixture_t *self = *state;
    fixture_all (self);
    zsock_t *peer = s_peer (ZMQ_DEALER, self->control);
    s_hello (peer, 55, 0);
    test_until (self->loop, self->at_sink.id == 55);
    fixture_start (self, 10, "task");
    int64_t start_ms = zclock_mono ();
    test_until (self->loop, zclock_mono () - start_ms > 300);
    assert_int_equal (fixture_ventilator_stats (self).given, 0);
    assert_int_equal (zp_sink_batch (self->sink)->id, 55);
    assert_false (zp_sink_batch (self->sink)->ended);
    //  It is through
    zp_envelope_t envelope = {.kind = ZP_CANCEL, .client = 55};
    s_send (peer, &envelope, "", 0);
    fixture_await_end (self);
    fixture_expect_ok (self, 10, 0);
    zsock_destroy (&peer);
}

static void
test_another_ventilator_does_not_wait_for_one_that_is_gone (void **state)
{
    fixture_t *self = *state;
    fixture_all (self);
    zsock_t *peer = s_peer (ZMQ_DEALER, self->control);
    s_hello (peer, 55, 0);
    test_until (self->loop, self->at_sink.id == 55);
    zsock_destroy (&peer);
    int64_t start_ms = zclock_mono ();
    fixture_start (self, 10, "task");
    fixture_await_end (self);
    fixture_expect_ok (self, 10, 0);
    assert_true (zclock_mono () - start_ms < 20000);  // Not silence_ms
}

static void
test_a_batch_that_the_sink_does_not_know_is_over (void **state)
{
    fixture_t *self = *state;
    fixture_sink (self, NULL);
    zsock_t *peer = s_peer (ZMQ_DEALER, self->control);
    s_hello (peer, 55, 99);
    test_until (self->loop, zsock_events (peer) & ZMQ_POLLIN);
    zmsg_t *msg = zmsg_recv (peer);
    zframe_t *head = zmsg_first (msg);
    zp_envelope_t envelope;
    assert_true (
        zp_envelope_decode (&envelope, zframe_data (head), zframe_size (head)));
    assert_int_equal (envelope.kind, ZP_REPLY);
    assert_int_equal (envelope.status, ZP_ABORTED);
    assert_int_equal (zp_sink_batch (self->sink)->id, 0);
    zmsg_destroy (&msg);
    zsock_destroy (&peer);
}

static int
s_take_nothing (void *arg, const zp_result_t *result)
{
    (void) arg;
    (void) result;
    return -1;
}

static void
test_a_failed_bind_changes_nothing (void **state)
{
    fixture_t *self = *state;
    fixture_sink (self, NULL);
    fixture_ventilator (self, NULL);
    zp_ventilator_t *ventilator = zp_ventilator_new (self->loop, NULL);
    assert_int_equal (zp_ventilator_bind (ventilator, self->tasks),
                      ZP_ALREADY_EXISTS);
    assert_non_null (strstr (zp_ventilator_error (ventilator), self->tasks));
    assert_string_equal (zp_ventilator_endpoint (ventilator), "");
    assert_int_equal (zp_ventilator_connect (ventilator, "nonsense"),
                      ZP_INVALID_ARGUMENT);
    zp_ventilator_destroy (&ventilator);
    char other[80];
    snprintf (other, sizeof other, "%s-other", self->results);
    zp_sink_t *sink = zp_sink_new (self->loop, NULL, s_take_nothing, NULL);
    assert_int_equal (zp_sink_bind (sink, self->results, self->control),
                      ZP_ALREADY_EXISTS);
    assert_non_null (strstr (zp_sink_error (sink), self->results));
    assert_int_equal (zp_sink_bind (sink, other, self->control),
                      ZP_ALREADY_EXISTS);
    assert_non_null (strstr (zp_sink_error (sink), self->control));
    assert_string_equal (zp_sink_results (sink), "");
    assert_string_equal (zp_sink_control (sink), "");
    zp_sink_destroy (&sink);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_tasks_that_are_swallowed_are_sent_to_others),
        fixture_test (test_a_task_that_nobody_brings_to_an_end_is_given_up),
        fixture_test (test_without_workers_nothing_is_given_up),
        fixture_test (test_a_plain_worker_that_repeats_itself_is_counted_once),
        fixture_test (
            test_results_of_other_batches_and_of_no_task_do_not_count),
        fixture_test (
            test_a_sink_that_is_destroyed_ends_the_batch_for_the_ventilator),
        fixture_test (test_another_sink_does_not_take_up_a_batch_in_the_middle),
        fixture_test (test_without_a_sink_a_batch_ends_after_a_while),
        fixture_test (
            test_a_ventilator_that_falls_silent_is_given_up_after_a_while),
        fixture_test (test_another_ventilator_waits_for_its_turn),
        fixture_test (
            test_another_ventilator_does_not_wait_for_one_that_is_gone),
        fixture_test (test_a_batch_that_the_sink_does_not_know_is_over),
        fixture_test (test_a_failed_bind_changes_nothing),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
