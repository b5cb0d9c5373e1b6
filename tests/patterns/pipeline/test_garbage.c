//  SPDX-License-Identifier: MIT
//
//  Whatever comes to a socket, it is counted, and all else goes on.

#include "fixture.h"
#include "test_seed.h"
#include "zp_envelope.h"

#define MESSAGES   3000
#define FRAMES_MAX 50

//  Bytes that are an envelope, or nearly, or not at all
static void
s_add_head (zmsg_t *msg, uint64_t *seed, uint64_t batch)
{
    uint8_t head[ZP_ENVELOPE_SIZE + 8];
    zp_envelope_t envelope = {
        .kind = (uint8_t) (1 + test_below (seed, 4)),
        .status = (uint8_t) test_below (seed, 17),
        .attempt = (uint8_t) test_random (seed),
        .client = test_below (seed, 2) ? batch : test_random (seed),
        .serial = test_below (seed, 2) ? test_random (seed) : UINT64_MAX};
    zp_envelope_encode (&envelope, head);
    size_t size = ZP_ENVELOPE_SIZE;
    if (test_below (seed, 3) == 0)
        size = (size_t) test_below (seed, sizeof head);
    if (test_below (seed, 3) == 0)
        head[test_below (seed, 8)] = (uint8_t) test_random (seed);
    zmsg_addmem (msg, head, size);
}

//  A message of 1 to FRAMES_MAX frames, often two. Of the batch that is under
//  way it has a number that nobody has given, so it must change nothing
static zmsg_t *
s_garbage (uint64_t *seed, uint64_t batch)
{
    zmsg_t *msg = zmsg_new ();
    if (test_below (seed, 4))
        s_add_head (msg, seed, batch);
    int frames = test_below (seed, 2) ? 1 : test_below (seed, FRAMES_MAX);
    for (int i = 0; i < frames || zmsg_size (msg) == 0; i++) {
        uint8_t bytes[100];
        size_t size = (size_t) test_below (seed, sizeof bytes);
        for (size_t j = 0; j < size; j++)
            bytes[j] = (uint8_t) test_random (seed);
        zmsg_addmem (msg, bytes, size);
    }
    return msg;
}

static void
s_flood (fixture_t *self, zsock_t *socket, uint64_t batch)
{
    uint64_t seed = test_seed ();
    zsock_set_linger (socket, 0);
    for (int i = 0; i < MESSAGES; i++) {
        zmsg_t *msg = s_garbage (&seed, batch);
        test_until (self->loop, zsock_events (socket) & ZMQ_POLLOUT);
        assert_int_equal (zmsg_send (&msg, socket), 0);
    }
}

static void
test_a_sink_counts_garbage_among_results (void **state)
{
    fixture_t *self = *state;
    fixture_all (self);
    fixture_start (self, 1, "hold");
    test_until (self->loop, self->holds == 1);
    zsock_t *peer = zsock_new_push (self->results);
    s_flood (self, peer, 0);
    zp_sink_stats_t stats;
    test_until (self->loop,
                (stats = fixture_sink_stats (self),
                 stats.garbage + stats.strays + stats.returned == MESSAGES));
    assert_true (stats.garbage > 1000);
    assert_int_equal (self->results_seen, 0);
    zp_task_done (&self->held[0], "done", 4);
    fixture_await_end (self);
    fixture_expect_ok (self, 1, 0);
    zsock_destroy (&peer);
}

static void
test_a_sink_survives_garbage_from_what_is_no_ventilator (void **state)
{
    fixture_t *self = *state;
    zp_sink_options_t options = {.silence_ms = 100};
    fixture_sink (self, &options);
    zsock_t *peer = zsock_new_dealer (self->control);
    s_flood (self, peer, 5);
    test_until (self->loop, fixture_sink_stats (self).garbage > 1000);
    zsock_destroy (&peer);
    //  Some of it may have begun a batch, which ends
    test_until (self->loop, zp_sink_batch (self->sink)->ended);
    fixture_ventilator (self, NULL);
    fixture_worker (self, 0);
    fixture_start (self, 100, "task");
    fixture_await_end (self);
    fixture_expect_ok (self, 100, 0);
}

static void
test_a_worker_counts_what_is_no_task (void **state)
{
    fixture_t *self = *state;
    fixture_all (self);
    zsock_t *peer = zsock_new (ZMQ_PUSH);
    assert_int_equal (zsock_bind (peer, "%s-garbage", self->tasks), 0);
    char endpoint[80];
    snprintf (endpoint, sizeof endpoint, "%s-garbage", self->tasks);
    assert_int_equal (zp_worker_connect (self->worker[0], endpoint), ZP_OK);
    self->body = "task";
    s_flood (self, peer, 5);
    zp_worker_stats_t stats;
    test_until (self->loop, (zp_worker_stats (self->worker[0], &stats),
                             stats.garbage + stats.taken == MESSAGES));
    assert_true (stats.garbage > 1000);
    zsock_destroy (&peer);
    fixture_start (self, 100, "task");
    fixture_await_end (self);
    fixture_expect_ok (self, 100, 0);
}

//  What comes from a sink that has lost its mind, with the batch that the
//  ventilator has told it of
static void
test_a_ventilator_survives_a_sink_that_talks_nonsense (void **state)
{
    fixture_t *self = *state;
    uint64_t seed = test_seed ();
    zp_ventilator_options_t options = ZP_VENTILATOR_DEFAULTS;
    options.silence_ms = 60000;
    fixture_ventilator (self, &options);
    fixture_worker (self, 0);
    zsock_t *peer = zsock_new (ZMQ_ROUTER);
    zsock_set_linger (peer, 0);
    assert_int_equal (zsock_bind (peer, "%s", self->control), 0);
    for (int i = 0; i < 60; i++) {
        if (zp_ventilator_batch (self->ventilator)->ended)
            fixture_start (self, 1000, "task");
        uint64_t batch = zp_ventilator_batch (self->ventilator)->id;
        test_until (self->loop, zsock_events (peer) & ZMQ_POLLIN);
        zmsg_t *hello = zmsg_recv (peer);
        for (int j = 0; j < 20; j++) {
            zmsg_t *msg = s_garbage (&seed, batch);
            zframe_t *to = zframe_dup (zmsg_first (hello));
            zmsg_prepend (msg, &to);
            zmsg_send (&msg, peer);
        }
        zmsg_destroy (&hello);
        test_turn (self->loop);
    }
    assert_true (fixture_ventilator_stats (self).garbage > 200);
    zp_ventilator_cancel (self->ventilator);
    zsock_destroy (&peer);
    fixture_sink (self, NULL);
    fixture_start (self, 100, "task");
    fixture_await_end (self);
    fixture_expect_ok (self, 100, 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_sink_counts_garbage_among_results),
        fixture_test (test_a_sink_survives_garbage_from_what_is_no_ventilator),
        fixture_test (test_a_worker_counts_what_is_no_task),
        fixture_test (test_a_ventilator_survives_a_sink_that_talks_nonsense),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
