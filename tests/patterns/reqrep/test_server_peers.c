//  SPDX-License-Identifier: MIT
//
//  Callers that vanish, or do not read what they asked for.

#include "fixture.h"

static void
test_a_reply_to_a_peer_that_is_gone_is_dropped_and_counted (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 2);
    for (uint64_t i = 0; i < 2; i++)
        peer_request (self->caller[0], i, "hold", "");
    test_until (self->loop, self->held.count == 2);
    peer_destroy (&self->caller[0]);
    //  Until ZeroMQ has noticed, it takes what is sent
    test_until (self->loop, zp_request_partial (self->held.request[0], "x",
                                                1) == ZP_UNAVAILABLE);
    assert_int_equal (fixture_server_stats (self).unsent, 1);
    zp_request_reply (&self->held.request[1], NULL, 0);
    assert_int_equal (fixture_server_stats (self).unsent, 2);
    zp_request_reply (&self->held.request[0], NULL, 0);
    assert_int_equal (fixture_server_stats (self).in_flight, 0);

    peer_request (self->caller[1], 1, "echo", "others are served");
    test_until (self->loop, peer_count (self->caller[1]) == 1);
}

static void
test_in_the_compact_form_it_is_as_well (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    zp_envelope_t envelope = peer_envelope (1);
    zp_span_t method = {"hold", 4};
    peer_send_compact (self->caller[0], NULL, &envelope, &method, 1);
    test_until (self->loop, self->held.count == 1);
    peer_destroy (&self->caller[0]);
    test_until (self->loop, zp_request_partial (self->held.request[0], "x",
                                                1) == ZP_UNAVAILABLE);
    assert_int_equal (fixture_server_stats (self).unsent, 1);
    zp_request_reply (&self->held.request[0], NULL, 0);
    assert_int_equal (fixture_server_stats (self).in_flight, 0);
}

//  A caller that reads only when the test does

static zsock_t *
s_new_slow_caller (fixture_t *self)
{
    zsock_t *slow = zsock_new (ZMQ_DEALER);
    zsock_set_rcvhwm (slow, 10);
    zsock_set_linger (slow, 0);
    assert_int_equal (
        zsock_connect (slow, "%s", zp_server_endpoint (self->server)), 0);
    return slow;
}

static void
s_ask_slowly (zsock_t *slow, const char *method, uint64_t serial)
{
    uint8_t head[ZP_ENVELOPE_SIZE];
    zp_envelope_t envelope = peer_envelope (serial);
    zp_envelope_encode (&envelope, head);
    zsock_send (slow, "bzs", head, sizeof head, method);
}

//  Read what has come. Expect pieces that count from *next on, which is moved.
//  Returns false if the reply to that serial came
static bool
s_read_pieces (zsock_t *slow, uint64_t fence, int *next)
{
    zmsg_t *msg;
    zp_envelope_t envelope = {.serial = 0};
    while (envelope.serial != fence && (msg = zmsg_recv (slow)) != NULL) {
        zframe_t *head = zmsg_first (msg);
        assert_true (zp_envelope_decode (&envelope, zframe_data (head),
                                         zframe_size (head)));
        if (envelope.serial != fence) {
            char number[20];
            snprintf (number, sizeof number, "%d", (*next)++);
            assert_int_equal (envelope.kind, ZP_PARTIAL);
            assert_true (zframe_streq (zmsg_last (msg), number));
        }
        zmsg_destroy (&msg);
    }
    return envelope.serial != fence;
}

static void
test_after_a_piece_that_was_lost_no_later_one_is_sent (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    zsock_t *slow = s_new_slow_caller (self);
    s_ask_slowly (slow, "hold", 1);
    test_until (self->loop, self->held.count == 1);
    zp_request_t *request = self->held.request[0];
    int sent = 0;
    zp_status_t status = ZP_OK;
    while (status == ZP_OK) {
        char number[20];
        snprintf (number, sizeof number, "%d", sent);
        status = zp_request_partial (request, number, strlen (number));
        sent += status == ZP_OK;
    }
    assert_int_equal (status, ZP_UNAVAILABLE);
    assert_int_equal (fixture_server_stats (self).unsent, 1);

    //  Now there would be room again
    zsock_set_rcvtimeo (slow, 0);
    int next = 0;
    while (next < sent) {
        s_read_pieces (slow, 2, &next);
        test_turn (self->loop);
    }
    assert_int_equal (zp_request_partial (request, "too late", 8),
                      ZP_UNAVAILABLE);
    zp_request_reply (&request, "end", 3);
    //  But the next request is answered
    s_ask_slowly (slow, "echo", 2);
    while (s_read_pieces (slow, 2, &next))
        test_turn (self->loop);
    assert_int_equal (next, sent);
    assert_int_equal (fixture_server_stats (self).unsent, 1);
    zsock_destroy (&slow);
}

static void
test_a_peer_that_does_not_read_does_not_hold_up_others (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    zsock_t *slow = s_new_slow_caller (self);
    s_ask_slowly (slow, "hold", 1);
    test_until (self->loop, self->held.count == 1);
    zp_request_t *request = self->held.request[0];
    while (zp_request_partial (request, "piece", 5) == ZP_OK)
        ;
    peer_request (self->caller[0], 1, "echo", "others are served");
    test_until (self->loop, peer_count (self->caller[0]) == 1);
    zp_request_reply (&request, NULL, 0);
    zsock_destroy (&slow);
}

static void
test_a_caller_that_comes_back_under_its_id_is_heard (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    //  The first one stays, as a connection does that only the network forgot
    zsock_t *socket[2];
    for (int i = 0; i < 2; i++) {
        socket[i] = zsock_new (ZMQ_DEALER);
        zsock_set_identity (socket[i], "me");
        zsock_set_linger (socket[i], 0);
        zsock_set_rcvtimeo (socket[i], 0);
        zsock_connect (socket[i], "%s", zp_server_endpoint (self->server));
        s_ask_slowly (socket[i], "echo", 1);
        zmsg_t *msg = NULL;
        test_until (self->loop, (msg = zmsg_recv (socket[i])) != NULL);
        zmsg_destroy (&msg);
    }
    zsock_destroy (&socket[0]);
    zsock_destroy (&socket[1]);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (
            test_a_reply_to_a_peer_that_is_gone_is_dropped_and_counted),
        fixture_test (test_in_the_compact_form_it_is_as_well),
        fixture_test (test_after_a_piece_that_was_lost_no_later_one_is_sent),
        fixture_test (test_a_peer_that_does_not_read_does_not_hold_up_others),
        fixture_test (test_a_caller_that_comes_back_under_its_id_is_heard),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
