//  SPDX-License-Identifier: MIT
//
//  What a gateway tells those who want to see what happens.

#include "fixture.h"
#include "tape.h"

static tape_t s_tape;

#define ROUTES                                                                 \
    "{'method':'GET','path':'/films/{id}','call':{'service':'films',"          \
    "'method':'echo','arguments':{'id':'path.id'}}},"                          \
    "{'method':'GET','path':'/hold','call':{'service':'films',"                \
    "'method':'hold','arguments':{},'timeout_ms':20000}}"

static void
s_start (fixture_t *self)
{
    tape_init (&s_tape);
    self->tap = &s_tape.tap;
    fixture_gateway (self, NULL, ROUTES);
}

static void
test_a_request_is_where_a_trace_begins (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    assert_int_equal (fixture_get (self, "/films/7?lang=de"), 200);
    test_until (self->loop, s_tape.count == 5);
    assert_string_equal (tape_line (&s_tape),
                         "took 1, sent 1, heard 1, ended 1, replied 1");
    const note_t *took = &s_tape.note[0], *sent = &s_tape.note[1];
    assert_string_equal (took->method, "GET /films/7");
    assert_string_equal (s_tape.note[4].method, "GET /films/7");
    assert_string_equal (sent->method, "echo");
    assert_true (took->event.root && s_tape.note[4].event.root);
    assert_int_equal (took->envelope.client, 0);
    assert_true (took->envelope.serial == s_tape.note[4].envelope.serial);
    assert_memory_equal (sent->event.parent, took->envelope.trace.span_id, 8);
    assert_memory_equal (sent->envelope.trace.trace_id,
                         took->envelope.trace.trace_id, 16);
}

static void
test_one_that_came_with_a_trace_is_a_part_of_it (void **state)
{
    static const uint8_t span[] = {0x00, 0xf0, 0x67, 0xaa,
                                   0x0b, 0xa9, 0x02, 0xb7};
    fixture_t *self = *state;
    s_start (self);
    fixture_ask (self, "GET", "/films/7",
                 "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-"
                 "00f067aa0ba902b7-01\r\n",
                 NULL);
    const note_t *took = tape_note (&s_tape, ZP_TAP_TOOK, 0);
    assert_false (took->event.root);
    assert_memory_equal (took->event.parent, span, 8);
    assert_memory_not_equal (took->envelope.trace.span_id, span, 8);
}

static void
test_the_code_is_a_status (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    assert_int_equal (fixture_get (self, "/nowhere"), 404);
    test_until (self->loop, s_tape.count == 2);
    assert_string_equal (tape_line (&s_tape), "took 1, replied 1 NOT_FOUND");
}

static void
test_a_client_that_goes_away_is_not_replied_to (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    http_ask (self->http, "GET", "/hold", NULL, NULL);
    test_until (self->loop, self->held_count == 1);
    http_destroy (&self->http);
    test_until (self->loop, tape_count (&s_tape, ZP_TAP_MUTED) == 1);
    assert_string_equal (tape_line (&s_tape),
                         "took 1, sent 1, lost 1 CANCELLED, "
                         "ended 1 CANCELLED, muted 1 CANCELLED");
    zp_request_reply (&self->held[0], "", 0);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_a_request_is_where_a_trace_begins),
        fixture_test (test_one_that_came_with_a_trace_is_a_part_of_it),
        fixture_test (test_the_code_is_a_status),
        fixture_test (test_a_client_that_goes_away_is_not_replied_to),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
