//  SPDX-License-Identifier: MIT
//
//  Peers that take no messages: sending never blocks, and calls end in time.

#include "fixture.h"

#define CALLS      1000
#define TIMEOUT_MS 300
#define LATE_MS    10000

//  How calls ended
typedef struct {
    int all;                             // How many
    int status[ZP_UNAUTHENTICATED + 1];  // How many with each status
} s_ends_t;

static void
s_note_end (void *arg, const zp_reply_t *reply)
{
    s_ends_t *ends = arg;
    ends->all++;
    ends->status[reply->status]++;
    assert_in_range (reply->elapsed_ms, 0, TIMEOUT_MS + LATE_MS);
}

static void
s_start_calls (fixture_t *self, int count, size_t size, int timeout_ms,
               bool once, s_ends_t *ends)
{
    uint8_t *data = zmalloc (size);
    zp_call_t call = {.method = "work",
                      .args = &(zp_span_t){data, size},
                      .count = 1,
                      .timeout_ms = timeout_ms,
                      .once = once,
                      .fn = s_note_end,
                      .arg = ends};
    for (int i = 0; i < count; i++)
        assert_int_equal (zp_client_start (self->client, &call, NULL), ZP_OK);
    free (data);
}

//  A service that is connected, and reads nothing
static zsock_t *
s_set_up_frozen (fixture_t *self)
{
    zsock_t *frozen = zsock_new (ZMQ_ROUTER);
    zsock_set_rcvhwm (frozen, 1);
    zsock_set_linger (frozen, 0);
    const char *endpoint = peer_new_endpoint ();
    assert_int_equal (zsock_bind (frozen, "%s", endpoint), 0);
    zp_client_options_t options = fixture_client_options ();
    self->client = zp_client_new (self->loop, &options);
    zp_client_connect (self->client, endpoint);
    test_until (self->loop, fixture_endpoint (self, 0).up);
    return frozen;
}

static void
s_expect_all_in_time (fixture_t *self, int calls, size_t size)
{
    zsock_t *frozen = s_set_up_frozen (self);
    s_ends_t ends = {.all = 0};
    s_start_calls (self, calls, size, TIMEOUT_MS, false, &ends);
    test_until (self->loop, ends.all == calls);
    assert_int_equal (
        ends.status[ZP_DEADLINE_EXCEEDED] + ends.status[ZP_UNAVAILABLE], calls);
    assert_int_equal (fixture_client_stats (self).in_flight, 0);
    assert_int_equal (fixture_endpoint (self, 0).outstanding, 0);
    zsock_destroy (&frozen);
}

static void
test_large_calls_to_a_peer_that_does_not_read_end_in_time (void **state)
{
    s_expect_all_in_time (*state, CALLS, 100 * 1000);
}

static void
test_more_calls_than_zeromq_queues_end_in_time (void **state)
{
    s_expect_all_in_time (*state, 5 * CALLS, 1000);
}

static void
test_a_frozen_peer_does_not_hold_up_calls_to_others (void **state)
{
    fixture_t *self = *state;
    zsock_t *frozen = s_set_up_frozen (self);
    s_ends_t ends = {.all = 0};
    s_start_calls (self, CALLS, 100 * 1000, 2 * TEST_PATIENCE_MS, false, &ends);
    //  Another endpoint of the same client, which is less busy
    fixture_server (self, NULL);
    zp_client_connect (self->client, zp_server_endpoint (self->server));
    test_until (self->loop, fixture_endpoint (self, 1).up);
    outcome_start (self->client, "echo", "here", TEST_PATIENCE_MS,
                   &self->outcome);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    zp_client_destroy (&self->client);
    zsock_destroy (&frozen);
}

static void
test_what_has_not_left_by_its_deadline_never_leaves (void **state)
{
    fixture_t *self = *state;
    zsock_t *frozen = s_set_up_frozen (self);
    s_ends_t ends = {.all = 0};
    s_start_calls (self, 3 * CALLS, 1000, TIMEOUT_MS, true, &ends);
    test_until (self->loop, ends.all == 3 * CALLS);
    //  Those that left were told so, and some did not
    assert_in_range (ends.status[ZP_UNAVAILABLE], 1, 3 * CALLS - 1);
    outcome_start (self->client, "work", "last", TEST_PATIENCE_MS,
                   &self->outcome);
    zsock_set_rcvtimeo (frozen, 0);
    int received = 0;
    for (bool last = false; !last; test_turn (self->loop)) {
        zmsg_t *msg;
        while ((msg = zmsg_recv (frozen)) != NULL) {
            last = zframe_streq (zmsg_last (msg), "last");
            received++;
            zmsg_destroy (&msg);
        }
    }
    assert_int_equal (received, ends.status[ZP_DEADLINE_EXCEEDED] + 1);
    zp_client_destroy (&self->client);
    zsock_destroy (&frozen);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (
            test_large_calls_to_a_peer_that_does_not_read_end_in_time),
        fixture_test (test_more_calls_than_zeromq_queues_end_in_time),
        fixture_test (test_a_frozen_peer_does_not_hold_up_calls_to_others),
        fixture_test (test_what_has_not_left_by_its_deadline_never_leaves),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
