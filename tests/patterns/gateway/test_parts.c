//  SPDX-License-Identifier: MIT
//
//  Routes that ask several services at once. What fails, is late, or makes no
//  sense is left out, and said; what is required is not.

#define _GNU_SOURCE

#include "fixture.h"

#include <jansson.h>

#define PART(name, service, method, more)                                      \
    "'" name "':{'service':'" service "','method':'" method                    \
    "','arguments':{}" more "}"
#define ROUTE(path, parts)                                                     \
    "{'method':'GET','path':'" path "','parts':{" parts "}}"

static const char s_routes[] = ROUTE (
    "/good", PART ("a", "films", "echo", "") "," PART (
                 "b", "films", "echo", "")) "," ROUTE ("/slow",
                                                       PART ("a", "films",
                                                             "echo", "") "," PART ("b", "films", "hold", ",'timeout_ms':20000")) "," ROUTE ("/late", PART ("a", "films", "echo", "") "," PART ("b", "films", "hold", ",'timeout_ms':50")) "," ROUTE ("/bad", PART ("a", "films", "echo", "") "," PART ("away",
                                                                                                                                                                                                                                                                                                       "away", "echo", "") "," PART ("garbage",
                                                                                                                                                                                                                                                                                                                                     "films", "garbage", "") "," PART ("strange", "films", "no-such-method", "") "," PART ("nothing",
                                                                                                                                                                                                                                                                                                                                                                                                                           "films",
                                                                                                                                                                                                                                                                                                                                                                                                                           "nothing", "")) "," ROUTE ("/required",
                                                                                                                                                                                                                                                                                                                                                                                                                                                      PART (
                                                                                                                                                                                                                                                                                                                                                                                                                                                          "a", "films", "echo", "") "," PART ("b", "films", "hold", ",'timeout_ms':20000") "," PART ("c", "films", "no-such-method", ",'required':true")) "," ROUTE ("/none",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                     PART ("a", "films", "no-such-method", "") "," PART (
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         "b",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         "films",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         "garbage",
                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                         ""));

static void
s_start (fixture_t *self)
{
    fixture_gateway (self, NULL, s_routes);
}

static void
test_all_parts_are_members_of_the_answer (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    assert_int_equal (fixture_get (self, "/good"), 200);
    assert_string_equal (http_body (self->http), "{\"a\":{},\"b\":{}}");
    assert_null (http_field (self->http, "X-Missing"));
}

static void
test_parts_are_asked_at_the_same_time (void **state)
{
    fixture_t *self = *state;
    fixture_gateway (
        self, NULL,
        ROUTE ("/two",
               PART ("a", "films", "hold", ",'timeout_ms':20000") "," PART (
                   "b", "films", "hold", ",'timeout_ms':20000")));
    http_ask (self->http, "GET", "/two", NULL, NULL);
    test_until (self->loop, self->held_count == 2);
    assert_false (http_begun (self->http));
    zp_request_reply (&self->held[1], "2", 1);
    zp_request_reply (&self->held[0], "1", 1);
    test_until (self->loop, http_answered (self->http));
    assert_int_equal (http_status (self->http), 200);
}

static void
test_the_others_wait_for_a_slow_part (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    http_ask (self->http, "GET", "/slow", NULL, NULL);
    test_until (self->loop, self->held_count == 1);
    zp_request_reply (&self->held[0], "[7]", 3);
    test_until (self->loop, http_answered (self->http));
    assert_string_equal (http_body (self->http), "{\"a\":{},\"b\":[7]}");
}

static void
test_a_part_that_is_late_is_left_out_and_that_is_said (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    assert_int_equal (fixture_get (self, "/late"), 200);
    assert_string_equal (
        http_body (self->http),
        "{\"a\":{},\"missing\":{\"b\":\"DEADLINE_EXCEEDED\"}}");
    assert_string_equal (http_field (self->http, "X-Missing"), "b");
}

static void
test_parts_that_fail_are_left_out_and_that_is_said (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    assert_int_equal (fixture_get (self, "/bad"), 200);
    assert_string_equal (
        http_body (self->http),
        "{\"a\":{},\"nothing\":null,\"missing\":{\"away\":\"UNAVAILABLE\","
        "\"garbage\":\"UNKNOWN\",\"strange\":\"UNIMPLEMENTED\"}}");
    assert_string_equal (http_field (self->http, "X-Missing"),
                         "away, garbage, strange");
    test_until (self->loop, self->log_count == 1);
    char *error = fixture_logged (self, "error");
    assert_string_equal (error, "missing: away, garbage, strange");
    free (error);
}

static void
test_without_a_required_part_there_is_no_answer (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    fixture_get (self, "/good");
    //  It does not wait for the part that is slow, and cancels that
    fixture_get (self, "/required");
    assert_true (fixture_problem (self, 501, "UNIMPLEMENTED"));
    test_until (self->loop,
                self->held_count == 0 || zp_request_cancelled (self->held[0]));
    if (self->held_count)
        zp_request_reply (&self->held[0], "", 0);
}

static void
test_without_any_part_there_is_no_answer (void **state)
{
    fixture_t *self = *state;
    s_start (self);
    fixture_get (self, "/none");
    assert_true (fixture_problem (self, 501, "UNIMPLEMENTED"));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        fixture_test (test_all_parts_are_members_of_the_answer),
        fixture_test (test_parts_are_asked_at_the_same_time),
        fixture_test (test_the_others_wait_for_a_slow_part),
        fixture_test (test_a_part_that_is_late_is_left_out_and_that_is_said),
        fixture_test (test_parts_that_fail_are_left_out_and_that_is_said),
        fixture_test (test_without_a_required_part_there_is_no_answer),
        fixture_test (test_without_any_part_there_is_no_answer),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
