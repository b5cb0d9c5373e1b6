//  SPDX-License-Identifier: MIT
//
//  The two forms on the wire: who speaks which, and that both carry anything.

#include "fixture.h"

#include "test_seed.h"

#define COMPACT (ZP_MARK_SERVER | ZP_MARK_COMPACT)

static void
s_call_echo (fixture_t *self)
{
    outcome_start (self->client, "echo", "", TEST_PATIENCE_MS, &self->outcome);
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
}

static void
test_a_client_goes_compact_with_a_server (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_client (self, NULL);
    assert_false (fixture_endpoint (self, 0).compact);
    s_call_echo (self);
    assert_true (fixture_endpoint (self, 0).compact);
    s_call_echo (self);
}

static void
test_a_client_stays_open_if_told_to (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    zp_client_options_t options = fixture_client_options ();
    options.open_only = true;
    fixture_client (self, &options);
    peer_set_marks (self->service[0], COMPACT);
    fixture_fence (self);
    fixture_fence (self);
    assert_false (fixture_endpoint (self, 0).compact);
    assert_false (peer_letter (self->service[0], 1)->compact);
}

static void
test_a_client_stays_open_with_a_peer_that_does_not_invite_it (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    peer_set_marks (self->service[0], ZP_MARK_SERVER);
    fixture_fence (self);
    fixture_fence (self);
    assert_false (peer_letter (self->service[0], 1)->compact);
}

static void
test_a_client_is_compact_from_the_first_invitation_on (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    fixture_fence (self);
    assert_false (peer_letter (self->service[0], 0)->compact);
    peer_set_marks (self->service[0], COMPACT);
    fixture_fence (self);
    assert_false (peer_letter (self->service[0], 1)->compact);
    fixture_fence (self);
    assert_true (peer_letter (self->service[0], 2)->compact);
}

static void
test_what_gathers_in_one_turn_leaves_as_one_message (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    peer_set_marks (self->service[0], COMPACT);
    fixture_fence (self);
    for (int i = 0; i < 16; i++)
        outcome_start (self->client, "work", "hard", TEST_PATIENCE_MS,
                       &self->outcomes[i]);
    test_until (self->loop, peer_count (self->service[0]) == 17);
    assert_int_equal (peer_messages (self->service[0]), 2);
}

static void
test_a_retry_goes_out_open_and_so_does_all_until_the_next_invitation (
    void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    peer_set_marks (self->service[0], COMPACT);
    fixture_fence (self);
    assert_true (fixture_endpoint (self, 0).compact);

    fixture_call (self, TEST_PATIENCE_MS);
    test_until (self->loop, peer_count (self->service[0]) == 2);
    assert_true (peer_letter (self->service[0], 1)->compact);
    //  A failure that may pass, in the form of the request
    zp_envelope_t failure = peer_letter (self->service[0], 1)->envelope;
    failure.kind = ZP_REPLY;
    failure.status = ZP_UNAVAILABLE;
    failure.time_ms = 0;
    peer_send_compact (self->service[0], peer_letter (self->service[0], 1),
                       &failure, NULL, 0);
    test_until (self->loop, peer_count (self->service[0]) == 3);
    assert_false (peer_letter (self->service[0], 2)->compact);
    assert_false (fixture_endpoint (self, 0).compact);

    outcome_start (self->client, "work", "", TEST_PATIENCE_MS,
                   &self->outcomes[0]);
    test_until (self->loop, peer_count (self->service[0]) == 4);
    assert_false (peer_letter (self->service[0], 3)->compact);
    peer_reply (self->service[0], 2, "done");
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_OK));
    assert_true (fixture_endpoint (self, 0).compact);
}

static void
test_a_new_connection_starts_open (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    peer_set_marks (self->service[0], COMPACT);
    fixture_fence (self);
    char endpoint[64];
    snprintf (endpoint, sizeof endpoint, "%s",
              peer_endpoint (self->service[0]));
    peer_destroy (&self->service[0]);
    test_until (self->loop, !fixture_endpoint (self, 0).up);
    assert_false (fixture_endpoint (self, 0).compact);
    self->service[0] = peer_new_service (self->loop, endpoint);
    fixture_fence (self);
    assert_false (peer_letter (self->service[0], 0)->compact);
}

static void
test_a_server_invites_direct_peers_only (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    peer_request (self->caller[0], 1, "echo", "");
    test_until (self->loop, peer_count (self->caller[0]) == 1);
    assert_int_equal (peer_letter (self->caller[0], 0)->envelope.marks,
                      COMPACT);

    //  As through a proxy: one more routing id before the envelope
    zp_envelope_t envelope = peer_envelope (2);
    uint8_t head[ZP_ENVELOPE_SIZE];
    zp_envelope_encode (&envelope, head);
    zmsg_t *msg = zmsg_new ();
    zmsg_addstr (msg, "far away");
    zmsg_addmem (msg, head, sizeof head);
    zmsg_addmem (msg, NULL, 0);
    zmsg_addstr (msg, "echo");
    peer_send (self->caller[0], NULL, msg);
    test_until (self->loop, peer_count (self->caller[0]) == 2);
    const letter_t *reply = peer_letter (self->caller[0], 1);
    assert_true (letter_says (reply, 0, "far away"));
    assert_true (zp_envelope_decode (&envelope, reply->part[1].data,
                                     reply->part[1].size));
    assert_int_equal (envelope.marks, ZP_MARK_SERVER);
}

static void
test_a_server_answers_in_the_form_it_was_asked_in (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_callers (self, 1);
    const zp_span_t parts[] = {{"echo", 4}, {"text", 4}};
    for (uint64_t serial = 0; serial < 6; serial++) {
        zp_envelope_t envelope = peer_envelope (serial);
        if (serial % 2)
            peer_send_compact (self->caller[0], NULL, &envelope, parts, 2);
        else
            peer_send_open (self->caller[0], NULL, &envelope, parts, 2);
        test_until (self->loop, peer_count (self->caller[0]) == serial + 1);
        const letter_t *reply = peer_letter (self->caller[0], serial);
        assert_int_equal (reply->compact, serial % 2);
        assert_true (reply->envelope.serial == serial);
        assert_true (letter_says (reply, 0, "text"));
    }
}

//  Parts of all sizes

static void
s_fill (uint8_t *data, size_t size, uint64_t seed)
{
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t) (i % 8 ? seed >> i % 8 * 8 : test_random (&seed));
}

typedef struct {
    const zp_span_t *parts;  // Sent, and to come back
    size_t count;            // How many
    int ended;               // How often it was told the end
} s_parts_t;

static void
s_expect_parts (void *arg, const zp_reply_t *reply)
{
    s_parts_t *sent = arg;
    assert_int_equal (reply->status, ZP_OK);
    assert_int_equal (reply->count, sent->count);
    for (size_t i = 0; i < sent->count; i++) {
        assert_int_equal (reply->parts[i].size, sent->parts[i].size);
        if (sent->parts[i].size)
            assert_memory_equal (reply->parts[i].data, sent->parts[i].data,
                                 sent->parts[i].size);
    }
    sent->ended++;
}

//  Send parts of these sizes, and expect them back, in several calls at once
static void
s_expect_echo (fixture_t *self, const size_t *sizes, size_t count)
{
    zp_span_t parts[ZP_ENVELOPE_PARTS_MAX];
    for (size_t i = 0; i < count; i++) {
        uint8_t *data = zmalloc (sizes[i] + 1);
        s_fill (data, sizes[i], i + 1);
        parts[i] = (zp_span_t){data, sizes[i]};
    }
    s_parts_t sent = {parts, count, 0};
    zp_call_t call = {.method = "echo",
                      .args = parts,
                      .count = count,
                      .timeout_ms = TEST_PATIENCE_MS,
                      .fn = s_expect_parts,
                      .arg = &sent};
    for (int i = 0; i < 3; i++)
        assert_int_equal (zp_client_start (self->client, &call, NULL), ZP_OK);
    test_until (self->loop, sent.ended == 3);
    for (size_t i = 0; i < count; i++)
        free ((void *) parts[i].data);
}

static void
s_expect_all_sizes (fixture_t *self)
{
    const size_t inline_max = ZP_ENVELOPE_INLINE;
    s_expect_echo (self, NULL, 0);
    for (size_t size = inline_max - 2; size <= inline_max + 2; size++)
        s_expect_echo (self, &size, 1);
    const size_t mixed[] = {0,          inline_max, inline_max + 1, 1, 100000,
                            1000 * 100, 0,          inline_max + 1, 7};
    s_expect_echo (self, mixed, sizeof mixed / sizeof mixed[0]);
    const size_t megabyte = 1 << 20;
    s_expect_echo (self, &megabyte, 1);
    size_t most[ZP_ENVELOPE_PARTS_MAX - 1];
    for (size_t i = 0; i < ZP_ENVELOPE_PARTS_MAX - 1; i++)
        most[i] = i % 3 ? inline_max + i : i;
    s_expect_echo (self, most, ZP_ENVELOPE_PARTS_MAX - 1);
}

static void
test_parts_of_all_sizes_arrive_in_the_compact_form (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    fixture_client (self, NULL);
    s_call_echo (self);
    s_expect_all_sizes (self);
    assert_true (fixture_endpoint (self, 0).compact);
}

static void
test_parts_of_all_sizes_arrive_in_the_open_form (void **state)
{
    fixture_t *self = *state;
    fixture_server (self, NULL);
    zp_client_options_t options = fixture_client_options ();
    options.open_only = true;
    fixture_client (self, &options);
    s_expect_all_sizes (self);
}

static void
test_a_large_request_is_whole_on_each_attempt (void **state)
{
    fixture_t *self = *state;
    fixture_services (self, 1);
    fixture_client (self, NULL);
    peer_set_marks (self->service[0], COMPACT);
    fixture_fence (self);
    uint8_t *data = zmalloc (100000);
    s_fill (data, 100000, 1);
    const zp_span_t parts[] = {{data, 100000}, {"small", 5}, {data, 9000}};
    zp_call_t call = {.method = "work",
                      .args = parts,
                      .count = 3,
                      .timeout_ms = TEST_PATIENCE_MS,
                      .fn = outcome_note,
                      .arg = &self->outcome};
    assert_int_equal (zp_client_start (self->client, &call, NULL), ZP_OK);
    for (size_t i = 1; i <= 3; i++) {
        test_until (self->loop, peer_count (self->service[0]) == i + 1);
        const letter_t *letter = peer_letter (self->service[0], i);
        assert_int_equal (letter->compact, i == 1);
        assert_int_equal (letter->count, 4);
        for (size_t j = 0; j < 3; j++) {
            assert_int_equal (letter->part[j + 1].size, parts[j].size);
            assert_memory_equal (letter->part[j + 1].data, parts[j].data,
                                 parts[j].size);
        }
        peer_fail (self->service[0], i, ZP_UNAVAILABLE, 0, "again");
    }
    test_until (self->loop, self->outcome.ended);
    assert_true (outcome_is (&self->outcome, ZP_UNAVAILABLE));
    free (data);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_client_goes_compact_with_a_server),
        fixture_test (test_a_client_stays_open_if_told_to),
        fixture_test (
            test_a_client_stays_open_with_a_peer_that_does_not_invite_it),
        fixture_test (test_a_client_is_compact_from_the_first_invitation_on),
        fixture_test (test_what_gathers_in_one_turn_leaves_as_one_message),
        fixture_test (
            test_a_retry_goes_out_open_and_so_does_all_until_the_next_invitation),
        fixture_test (test_a_new_connection_starts_open),
        fixture_test (test_a_server_invites_direct_peers_only),
        fixture_test (test_a_server_answers_in_the_form_it_was_asked_in),
        fixture_test (test_parts_of_all_sizes_arrive_in_the_compact_form),
        fixture_test (test_parts_of_all_sizes_arrive_in_the_open_form),
        fixture_test (test_a_large_request_is_whole_on_each_attempt),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
