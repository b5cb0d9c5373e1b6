//  SPDX-License-Identifier: MIT
//
//  What a client's request carries.

#include "fixture.h"

static bool
s_is_zero (const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i])
            return false;
    return true;
}

//  The letter that the service gets when a call with this trace is started
static const letter_t *
s_call (fixture_t *self, const zp_trace_t *trace)
{
    zp_call_t call = {.method = "work",
                      .timeout_ms = TEST_PATIENCE_MS,
                      .fn = outcome_note,
                      .arg = &self->outcome,
                      .trace = trace};
    size_t number = peer_count (self->service[0]);
    assert_int_equal (zp_client_start (self->client, &call, NULL), ZP_OK);
    test_until (self->loop, peer_count (self->service[0]) > number);
    return peer_letter (self->service[0], number);
}

static void
test_a_request_has_a_method_and_arguments (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    const zp_span_t args[] = {{"one", 3}, {NULL, 0}, {"\0three", 6}};
    zp_call_t call = {.method = "work",
                      .args = args,
                      .count = 3,
                      .timeout_ms = 60000,
                      .fn = outcome_note,
                      .arg = &self->outcome};
    assert_int_equal (zp_client_start (self->client, &call, NULL), ZP_OK);
    test_until (self->loop, peer_count (self->service[0]) == 1);
    const letter_t *letter = peer_letter (self->service[0], 0);
    assert_true (letter->enveloped);
    assert_int_equal (letter->envelope.kind, ZP_REQUEST);
    assert_int_equal (letter->envelope.status, 0);
    assert_int_equal (letter->envelope.marks, 0);
    assert_int_equal (letter->envelope.attempt, 1);
    assert_in_range (letter->envelope.time_ms, 1, 60000);
    assert_int_equal (letter->count, 4);
    assert_true (letter_says (letter, 0, "work"));
    assert_true (letter_says (letter, 1, "one"));
    assert_true (letter_says (letter, 2, ""));
    assert_int_equal (letter->part[3].size, 6);
    assert_memory_equal (letter->part[3].data, "\0three", 6);
}

static void
test_all_ids_start_with_the_clients_own (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.id = 0xfedcba9876543210;
    fixture_client (self, &options);
    assert_true (zp_client_id (self->client) == options.id);
    uint64_t serials[10];
    for (int i = 0; i < 10; i++) {
        const letter_t *letter = s_call (self, NULL);
        assert_true (letter->envelope.client == options.id);
        serials[i] = letter->envelope.serial;
        for (int j = 0; j < i; j++)
            assert_true (serials[j] != serials[i]);
    }
}

static void
test_clients_that_are_not_given_an_id_have_different_ones (void **state)
{
    (void) state;
    zp_client_t *one = zp_client_new (NULL, NULL);
    zp_client_t *other = zp_client_new (NULL, NULL);
    assert_true (zp_client_id (one) != 0);
    assert_true (zp_client_id (one) != zp_client_id (other));
    zp_client_destroy (&one);
    zp_client_destroy (&other);
}

static void
test_a_call_can_be_part_of_a_trace (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    zp_trace_t trace = {.span_id = "eight!!", .flags = 1};
    memcpy (trace.trace_id, "sixteen bytes!!!", 16);
    uint8_t spans[2][8];
    for (int i = 0; i < 2; i++) {
        const zp_trace_t *sent = &s_call (self, &trace)->envelope.trace;
        assert_memory_equal (sent->trace_id, trace.trace_id, 16);
        assert_int_equal (sent->flags, 1);
        memcpy (spans[i], sent->span_id, 8);
        assert_memory_not_equal (spans[i], trace.span_id, 8);
    }
    assert_memory_not_equal (spans[0], spans[1], 8);
}

static void
test_a_call_that_is_part_of_none_begins_a_trace (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    zp_trace_t traces[2];
    for (int i = 0; i < 2; i++) {
        traces[i] = s_call (self, NULL)->envelope.trace;
        assert_false (s_is_zero (traces[i].trace_id, 16));
        assert_false (s_is_zero (traces[i].span_id, 8));
        assert_int_equal (traces[i].flags, 0);
    }
    assert_memory_not_equal (traces[0].trace_id, traces[1].trace_id, 16);
}

static void
test_a_call_is_copied_when_it_is_started (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    char method[] = "work";
    char text[] = "hard";
    zp_span_t arg = {text, 4};
    zp_call_t call = {.method = method,
                      .args = &arg,
                      .count = 1,
                      .timeout_ms = TEST_PATIENCE_MS,
                      .fn = outcome_note,
                      .arg = &self->outcome};
    assert_int_equal (zp_client_start (self->client, &call, NULL), ZP_OK);
    memset (method, 'x', 4);
    memset (text, 'x', 4);
    memset (&arg, 0, sizeof arg);
    memset (&call, 0, sizeof call);
    test_until (self->loop, peer_count (self->service[0]) == 1);
    assert_true (letter_says (peer_letter (self->service[0], 0), 0, "work"));
    assert_true (letter_says (peer_letter (self->service[0], 0), 1, "hard"));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_request_has_a_method_and_arguments),
        fixture_test (test_all_ids_start_with_the_clients_own),
        cmocka_unit_test (
            test_clients_that_are_not_given_an_id_have_different_ones),
        fixture_test (test_a_call_can_be_part_of_a_trace),
        fixture_test (test_a_call_that_is_part_of_none_begins_a_trace),
        fixture_test (test_a_call_is_copied_when_it_is_started),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
