//  SPDX-License-Identifier: MIT
//
//  Thousands of calls in flight, and callbacks that make and end calls.

#include "fixture.h"

#define CALLS 10000

//  A call that expects its own number back
typedef struct {
    uint32_t number;  // Sent, and to come back
    int ended;        // How often it was told the end
} s_numbered_t;

static void
s_expect_number (void *arg, const zp_reply_t *reply)
{
    s_numbered_t *self = arg;
    assert_int_equal (reply->status, ZP_OK);
    assert_false (reply->more);
    assert_int_equal (reply->count, 1);
    assert_int_equal (reply->parts[0].size, sizeof self->number);
    assert_memory_equal (reply->parts[0].data, &self->number,
                         sizeof self->number);
    self->ended++;
}

static void
s_start_numbered (fixture_t *self, s_numbered_t *numbered)
{
    zp_call_t call = {
        .method = "echo",
        .args = &(zp_span_t){&numbered->number, sizeof numbered->number},
        .count = 1,
        .timeout_ms = TEST_PATIENCE_MS,
        .fn = s_expect_number,
        .arg = numbered};
    assert_int_equal (zp_client_start (self->client, &call, NULL), ZP_OK);
}

static void
s_many_calls (fixture_t *self, bool open_only)
{
    fixture_server (self, NULL);
    zp_client_options_t options = fixture_client_options ();
    options.open_only = open_only;
    fixture_client (self, &options);
    s_numbered_t *numbered = zmalloc (CALLS * sizeof *numbered);
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < CALLS; i++) {
            numbered[i] = (s_numbered_t){.number = i};
            s_start_numbered (self, &numbered[i]);
        }
        assert_int_equal (fixture_client_stats (self).in_flight, CALLS);
        test_until (self->loop, fixture_client_stats (self).in_flight == 0);
        for (uint32_t i = 0; i < CALLS; i++)
            assert_int_equal (numbered[i].ended, 1);
    }
    free (numbered);
    zp_client_stats_t stats = fixture_client_stats (self);
    assert_int_equal (stats.started, 2 * CALLS);
    assert_int_equal (stats.succeeded, 2 * CALLS);
    assert_int_equal (stats.failed + stats.strays + stats.garbage, 0);
    assert_int_equal (fixture_server_stats (self).requests, 2 * CALLS);
}

static void
test_each_of_ten_thousand_calls_ends_once_with_its_own_reply (void **state)
{
    s_many_calls (*state, false);
}

static void
test_so_does_each_of_ten_thousand_in_the_open_form (void **state)
{
    s_many_calls (*state, true);
}

static void
test_a_call_over_the_limit_is_refused_and_has_no_callback (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.max_in_flight = 3;
    fixture_client (self, &options);
    for (int i = 0; i < 3; i++)
        outcome_start (self->client, "work", "", TEST_PATIENCE_MS,
                       &self->outcomes[i]);

    uint64_t id = 7;
    zp_call_t call = {.method = "work",
                      .timeout_ms = 1000,
                      .fn = outcome_note,
                      .arg = &self->outcome};
    assert_int_equal (zp_client_start (self->client, &call, &id),
                      ZP_RESOURCE_EXHAUSTED);
    assert_true (id == 0);
    assert_non_null (strstr (zp_client_error (self->client), "3"));
    assert_int_equal (fixture_client_stats (self).started, 3);

    test_until (self->loop, peer_count (self->service[0]) == 3);
    peer_reply (self->service[0], 1, "");
    test_until (self->loop, self->outcomes[1].ended);
    assert_int_equal (zp_client_start (self->client, &call, &id), ZP_OK);
    assert_true (id != 0);
    assert_string_equal (zp_client_error (self->client), "");
    assert_int_equal (self->outcome.ended, 0);
}

//  Each callback starts the next call

typedef struct {
    fixture_t *fixture;  // Whose client
    int left;            // Calls to be started yet
    int ended;           // Calls that ended
} s_chain_t;

static void s_start_next (s_chain_t *chain);

static void
s_continue (void *arg, const zp_reply_t *reply)
{
    s_chain_t *chain = arg;
    assert_int_equal (reply->status, ZP_OK);
    chain->ended++;
    s_start_next (chain);
}

static void
s_start_next (s_chain_t *chain)
{
    if (chain->left-- <= 0)
        return;
    zp_call_t call = {.method = "echo",
                      .timeout_ms = TEST_PATIENCE_MS,
                      .fn = s_continue,
                      .arg = chain};
    assert_int_equal (zp_client_start (chain->fixture->client, &call, NULL),
                      ZP_OK);
}

static void
test_a_callback_can_start_a_call_even_if_all_slots_were_taken (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    zp_client_options_t options = fixture_client_options ();
    options.max_in_flight = 1;
    fixture_client (self, &options);
    s_chain_t chain = {.fixture = self, .left = 500};
    s_start_next (&chain);
    test_until (self->loop, chain.ended == 500);
    assert_int_equal (fixture_client_stats (self).succeeded, 500);
}

//  The first callback that is called cancels all other calls

typedef struct {
    zp_client_t *client;  // Whose calls
    uint64_t ids[100];    // Of all calls
    int ended;            // Calls that ended
    int cancelled;        // Of these, cancelled
} s_group_t;

static void
s_cancel_the_others (void *arg, const zp_reply_t *reply)
{
    s_group_t *group = arg;
    group->ended++;
    group->cancelled += reply->status == ZP_CANCELLED;
    if (reply->status == ZP_OK)
        for (int i = 0; i < 100; i++)
            zp_client_cancel (group->client, group->ids[i]);
}

static void
test_a_callback_can_cancel_other_calls (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_client (self, NULL);
    s_group_t group = {.client = self->client};
    zp_call_t call = {.method = "echo",
                      .timeout_ms = TEST_PATIENCE_MS,
                      .fn = s_cancel_the_others,
                      .arg = &group};
    for (int i = 0; i < 100; i++)
        assert_int_equal (zp_client_start (self->client, &call, &group.ids[i]),
                          ZP_OK);
    test_until (self->loop, group.ended == 100);
    assert_int_equal (group.cancelled, 99);
    //  The server was told, or its replies came too late
    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, self->outcome.ended);
    assert_int_equal (group.ended, 100);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (
            test_each_of_ten_thousand_calls_ends_once_with_its_own_reply),
        fixture_test (test_so_does_each_of_ten_thousand_in_the_open_form),
        fixture_test (
            test_a_call_over_the_limit_is_refused_and_has_no_callback),
        fixture_test (
            test_a_callback_can_start_a_call_even_if_all_slots_were_taken),
        fixture_test (test_a_callback_can_cancel_other_calls),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
