//  SPDX-License-Identifier: MIT
//
//  Whatever comes in, it is counted, and all else goes on.

#include "fixture.h"
#include "frames_file.h"
#include "test_seed.h"

static void
s_expect_pong (fixture_t *self, peer_t *caller)
{
    size_t number = peer_count (caller);
    peer_request (caller, number, "zp.ping", "");
    test_until (self->loop, peer_count (caller) > number);
    assert_true (letter_says (peer_letter (caller, number), 0, "\"pong\""));
}

static void
s_send_to_server (const char *name, zmsg_t *message, void *arg)
{
    fixture_t *self = arg;
    uint64_t before = fixture_server_stats (self).garbage;
    peer_send (self->caller[0], NULL, message);
    s_expect_pong (self, self->caller[0]);
    if (fixture_server_stats (self).garbage != before + 1)
        fail_msg ("%s was not counted as garbage", name);
}

static void
test_a_server_counts_what_is_no_request (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    frames_file_each ("invalid/request", s_send_to_server, self);
    assert_true (fixture_server_stats (self).garbage > 10);
    assert_int_equal (fixture_server_stats (self).in_flight, 0);
}

static void
s_send_to_client (const char *name, zmsg_t *message, void *arg)
{
    fixture_t *self = arg;
    uint64_t before = fixture_client_stats (self).garbage;
    peer_send (self->service[0], peer_letter (self->service[0], 0), message);
    fixture_fence (self);
    if (fixture_client_stats (self).garbage != before + 1)
        fail_msg ("%s was not counted as garbage", name);
}

static void
test_a_client_counts_what_is_no_reply (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 1);
    frames_file_each ("invalid/reply", s_send_to_client, self);
    assert_true (fixture_client_stats (self).garbage > 10);
    assert_int_equal (self->outcome.ended, 0);
}

static void
test_an_envelope_of_another_version_is_none_at_all (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    uint8_t head[ZP_ENVELOPE_SIZE];
    zp_envelope_t envelope = peer_envelope (1);
    zp_envelope_encode (&envelope, head);
    head[2]++;
    zmsg_t *msg = zmsg_new ();
    zmsg_addmem (msg, head, sizeof head);
    zmsg_addmem (msg, NULL, 0);
    zmsg_addstr (msg, "echo");
    zmsg_addstr (msg, "text");
    peer_send (self->caller[0], NULL, msg);
    test_until (self->loop, peer_count (self->caller[0]) == 1);
    //  A step of the path, which leads back
    const letter_t *reply = peer_letter (self->caller[0], 0);
    assert_false (reply->enveloped);
    assert_int_equal (reply->count, 3);
    assert_int_equal (reply->part[0].size, sizeof head);
    assert_memory_equal (reply->part[0].data, head, sizeof head);
    assert_true (letter_says (reply, 2, "text"));
}

static void
test_requests_with_the_same_id_are_each_answered (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 2);
    for (int i = 0; i < 4; i++)
        peer_request (self->caller[i % 2], 1, "hold", "");
    test_until (self->loop, self->held.count == 4);
    for (size_t i = 0; i < 4; i++) {
        zp_request_reply (&self->held.request[i], "done", 4);
        test_until (self->loop, peer_count (self->caller[0]) +
                                        peer_count (self->caller[1]) ==
                                    i + 1);
    }
    assert_int_equal (fixture_server_stats (self).in_flight, 0);
}

static void
test_a_cancel_when_several_have_that_id_harms_none_that_ended (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 2);
    for (int i = 0; i < 3; i++)
        peer_request (self->caller[0], 1, "hold", "");
    test_until (self->loop, self->held.count == 3);
    zp_envelope_t cancel = peer_envelope (1);
    cancel.kind = ZP_CANCEL;
    for (int i = 0; i < 3; i++) {
        zp_request_reply (&self->held.request[i], "done", 4);
        peer_send_open (self->caller[1], NULL, &cancel, NULL, 0);
        s_expect_pong (self, self->caller[1]);
    }
    assert_int_equal (fixture_server_stats (self).in_flight, 0);
}

//  Random frames, which often look like ours

static zmsg_t *
s_random_message (uint64_t *random)
{
    zmsg_t *msg = zmsg_new ();
    int frames = 1 + test_below (random, test_below (random, 20) ? 6 : 100);
    for (int i = 0; i < frames; i++) {
        uint8_t data[256];
        size_t size = (size_t) test_below (random, sizeof data);
        for (size_t j = 0; j < sizeof data; j++)
            data[j] = (uint8_t) test_random (random);
        //  Not one that a client uses, even if a byte of it is damaged
        uint64_t serial = 0x0101010101010100 | test_random (random) % 8;
        zp_envelope_t envelope = peer_envelope (serial);
        envelope.kind = (uint8_t) (1 + test_below (random, 4));
        zp_span_t part = {"hold", 4};
        switch (test_below (random, 6)) {
        case 0:
            size = 0;
            break;
        case 1:
            zp_envelope_encode (&envelope, data);
            size = ZP_ENVELOPE_SIZE;
            break;
        case 2:
            size = (size_t) (zp_records_write (zp_records_start (data),
                                               &envelope, &part, 1) -
                             data);
            break;
        case 3:
            size = 4;
            memcpy (data, test_below (random, 2) ? "hold" : "echo", 4);
            break;
        default:
            break;
        }
        //  And some of these are damaged
        if (size && test_below (random, 4) == 0)
            data[test_below (random, (int) size)] =
                (uint8_t) test_random (random);
        zmsg_addmem (msg, data, size);
    }
    return msg;
}

static void
s_end_held (fixture_t *self)
{
    for (size_t i = 0; i < self->held.count; i++)
        zp_request_reply (&self->held.request[i], "end", 3);
    self->held.count = 0;
}

static void
test_a_server_lives_through_random_messages (void **state)
{
    fixture_t *self = *state;
    uint64_t random = test_seed ();
    zp_server_options_t options = ZP_SERVER_DEFAULTS;
    options.max_in_flight = HELD_MAX;
    options.cache_replies = 4;
    fixture_server (self, &options);
    fixture_callers (self, 1);
    zsock_t *mad = zsock_new (ZMQ_DEALER);
    zsock_set_linger (mad, 0);
    zsock_connect (mad, "%s", zp_server_endpoint (self->server));
    for (int i = 0; i < 3000; i++) {
        zmsg_t *msg = s_random_message (&random);
        zmsg_send (&msg, mad);
        if (i % 50)
            continue;
        s_expect_pong (self, self->caller[0]);
        s_end_held (self);
    }
    s_expect_pong (self, self->caller[0]);
    assert_true (fixture_server_stats (self).garbage > 0);
    assert_true (fixture_server_stats (self).repeated > 0);
    zsock_destroy (&mad);
    s_end_held (self);
}

static void
test_a_client_lives_through_random_messages (void **state)
{
    fixture_t *self = *state;
    uint64_t random = test_seed ();
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.id = PEER_CLIENT;
    options.max_in_flight = 8;
    fixture_client (self, &options);
    fixture_call (self, 2 * TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 1);
    for (int i = 0; i < 3000; i++) {
        peer_send (self->service[0], peer_letter (self->service[0], 0),
                   s_random_message (&random));
        if (i % 100 == 0)
            fixture_fence (self);
    }
    fixture_fence (self);
    assert_true (fixture_client_stats (self).garbage > 0);
    assert_true (fixture_client_stats (self).strays > 0);
    assert_int_equal (self->outcome.ended, 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_server_counts_what_is_no_request),
        fixture_test (test_a_client_counts_what_is_no_reply),
        fixture_test (test_an_envelope_of_another_version_is_none_at_all),
        fixture_test (test_requests_with_the_same_id_are_each_answered),
        fixture_test (
            test_a_cancel_when_several_have_that_id_harms_none_that_ended),
        fixture_test (test_a_server_lives_through_random_messages),
        fixture_test (test_a_client_lives_through_random_messages),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
