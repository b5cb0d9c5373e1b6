//  SPDX-License-Identifier: MIT
//
//  Peers that send anything: nothing crashes, and what is nothing is counted

#include "fixture.h"
#include "test_seed.h"
#include "zp_update.h"

static void
s_send (zsock_t *socket, const void *data, size_t size)
{
    zmq_send (zsock_resolve (socket), data, size, 0);
}

//  A good update of that stream
static size_t
s_update (uint64_t stream, uint64_t sequence, uint8_t *data)
{
    zp_update_t update = {.kind = ZP_UPDATE_VALUE,
                          .stream = stream,
                          .sequence = sequence,
                          .topic = {"a", 1},
                          .payload = {"1", 1}};
    update.cuts = zp_topic_cut ("a", 1, update.cut);
    update.distance[0] = update.distance[1] = 1;
    zp_update_write (&update, data);
    return zp_update_size (&update);
}

//  Whatever comes to the publisher's socket, it goes on

static void
test_a_publisher_takes_any_subscription (void **state)
{
    fixture_t *self = *state;
    uint64_t seed = test_seed ();
    fixture_publisher (self);
    ear_t *ear = fixture_joined (self, 0, "#");
    zsock_t *peer = zsock_new (ZMQ_XSUB);
    assert_int_equal (zsock_connect (peer, "%s", self->updates), 0);
    for (int i = 0; i < 20000; i++) {
        uint8_t data[300];
        size_t size = (size_t) test_below (&seed, sizeof data);
        for (size_t k = 0; k < size; k++)
            data[k] = (uint8_t) test_random (&seed);
        if (size > 1) {
            data[0] = (uint8_t) test_below (&seed, 3);
            data[1] = (uint8_t) (0xFD + test_below (&seed, 3));
        }
        s_send (peer, data, size);
    }
    fixture_count (self, 1000);
    fixture_complete (self, ear);
    assert_true (fixture_stats (self->publisher).stems < 20000);
    zsock_destroy (&peer);
}

//  A publisher that sends anything

typedef struct {
    fixture_t *fixture;  // With one ear
    zsock_t *socket;     // Where the updates come from
    peer_t *service;     // Where the requests go to
    ear_t *ear;          // Listens
} s_fake_t;

static s_fake_t
s_fake (fixture_t *self)
{
    s_fake_t fake = {self, zsock_new (ZMQ_PUB), NULL, NULL};
    assert_int_equal (zsock_bind (fake.socket, "%s", self->updates), 0);
    fake.service = peer_new_service (self->loop, self->requests);
    fake.ear = fixture_ear (self, 0, "#");
    return fake;
}

static void
s_end (s_fake_t *fake)
{
    ear_destroy (&fake->fixture->ear[0]);
    peer_destroy (&fake->service);
    zsock_destroy (&fake->socket);
}

static void
test_a_subscriber_takes_any_frame (void **state)
{
    fixture_t *self = *state;
    uint64_t seed = test_seed ();
    s_fake_t fake = s_fake (self);
    while (ear_stats (fake.ear).garbage < 1000) {
        for (int i = 0; i < 100; i++) {
            uint8_t data[300];
            size_t size = (size_t) test_below (&seed, sizeof data);
            for (size_t k = 0; k < size; k++)
                data[k] = (uint8_t) test_random (&seed);
            if (size)
                data[0] = (uint8_t) (0xFE + test_below (&seed, 2));
            s_send (fake.socket, data, size);
        }
        test_turn (self->loop);
    }
    assert_int_equal (ear_stats (fake.ear).told, 0);
    s_end (&fake);
}

//  Of a good batch, update or heartbeat, any bytes are others, or not there

static void
test_a_subscriber_takes_any_frame_that_looks_good (void **state)
{
    fixture_t *self = *state;
    uint64_t seed = test_seed ();
    s_fake_t fake = s_fake (self);
    for (int i = 0; i < 20000; i++) {
        uint8_t update[100], data[1000];
        uint64_t number = test_random (&seed) >> test_below (&seed, 64);
        size_t size;
        zp_heartbeat_t heartbeat = {"", 0, 7, number, number, 1000, false};
        if (i % 2)
            size = zp_heartbeat_write (&heartbeat, data);
        else {
            size_t bytes = s_update (7, number | 1, update);
            size = zp_batch_head ("", 0, data);
            zp_update_put (data + size, 4, bytes);
            memcpy (data + size + 4, update, bytes);
            size += 4 + bytes;
        }
        if (test_below (&seed, 2))
            data[test_below (&seed, (int) size)] =
                (uint8_t) test_random (&seed);
        if (test_below (&seed, 4) == 0)
            size = (size_t) test_below (&seed, (int) size);
        s_send (fake.socket, data, size);
        if (i % 100 == 0)
            test_turn (self->loop);
    }
    test_until (self->loop, ear_stats (fake.ear).garbage > 0);
    s_end (&fake);
}

//  The answers are nothing, or pages whose lengths lie

static void
s_answer (peer_t *peer, size_t number, void *arg)
{
    uint64_t *seed = arg;
    const letter_t *letter = peer_letter (peer, number);
    uint8_t head[17], frames[200];
    for (size_t i = 0; i < sizeof frames; i++)
        frames[i] = (uint8_t) test_random (seed);
    zp_update_put (head, 8, 7);
    zp_update_put (head + 8, 8, test_random (seed) % 100);
    head[16] = (uint8_t) test_below (seed, 2);
    size_t size = s_update (7, 5, frames + 4);
    zp_update_put (frames, 4, size + (size_t) test_below (seed, 3) - 1);
    zp_span_t parts[] = {
        {head, (size_t) test_below (seed, 2) + 16},
        {frames, (size_t) test_below (seed, (int) sizeof frames)},
        {frames, (size_t) test_below (seed, (int) sizeof frames)},
        {frames, (size_t) test_below (seed, 10)}};
    zp_envelope_t envelope = letter->envelope;
    envelope.kind = ZP_REPLY;
    envelope.status = ZP_OK;
    peer_send_open (peer, letter, &envelope, parts,
                    (size_t) test_below (seed, 5));
}

static void
test_a_subscriber_takes_any_answer (void **state)
{
    fixture_t *self = *state;
    uint64_t seed = test_seed ();
    s_fake_t fake = s_fake (self);
    peer_script (fake.service, s_answer, &seed);
    uint64_t number = 0;
    while (peer_count (fake.service) < 6) {
        uint8_t data[200];
        zp_heartbeat_t heartbeat = {"", 0, 7, number, number, 1000, false};
        number += (uint64_t) test_below (&seed, 3);
        s_send (fake.socket, data, zp_heartbeat_write (&heartbeat, data));
        test_turn (self->loop);
    }
    s_end (&fake);
}

//  Each frame is of another stream

static void
test_a_subscriber_follows_any_number_of_lives (void **state)
{
    fixture_t *self = *state;
    self->ears.no_values = true;
    s_fake_t fake = s_fake (self);
    uint64_t stream = 1;
    while (ear_stats (fake.ear).restarts < 1000) {
        uint8_t data[200];
        zp_heartbeat_t heartbeat = {"", 0, stream++, 5, 5, 1000, false};
        s_send (fake.socket, data, zp_heartbeat_write (&heartbeat, data));
        test_turn (self->loop);
    }
    s_end (&fake);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_publisher_takes_any_subscription),
        fixture_test (test_a_subscriber_takes_any_frame),
        fixture_test (test_a_subscriber_takes_any_frame_that_looks_good),
        fixture_test (test_a_subscriber_takes_any_answer),
        fixture_test (test_a_subscriber_follows_any_number_of_lives),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
