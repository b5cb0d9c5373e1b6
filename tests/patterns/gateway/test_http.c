//  SPDX-License-Identifier: MIT

#include "zp_gateway_http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static zp_span_t
s_span (const char *text)
{
    return (zp_span_t){text, strlen (text)};
}

static void
test_each_status_has_its_code (void **state)
{
    (void) state;
    //  google.rpc.Code, in its order
    static const int codes[] = {200, 499, 500, 400, 504, 404, 409, 403, 429,
                                400, 409, 400, 501, 500, 503, 500, 401};
    for (int status = 0; status <= ZP_UNAUTHENTICATED; status++)
        assert_int_equal (zp_gateway_code ((zp_status_t) status),
                          codes[status]);
    assert_int_equal (zp_gateway_code ((zp_status_t) 99), 500);
    assert_int_equal (zp_gateway_code ((zp_status_t) -1), 500);
}

static void
test_each_code_has_a_title_and_a_status (void **state)
{
    (void) state;
    for (int status = 1; status <= ZP_UNAUTHENTICATED; status++) {
        int code = zp_gateway_code ((zp_status_t) status);
        assert_int_equal (zp_gateway_code (zp_gateway_status (code)), code);
        assert_string_not_equal (zp_gateway_title (code), "Unknown");
    }
    assert_int_equal (zp_gateway_status (405), ZP_UNIMPLEMENTED);
    assert_int_equal (zp_gateway_status (418), ZP_INVALID_ARGUMENT);
    assert_int_equal (zp_gateway_status (599), ZP_INTERNAL);
    assert_string_equal (zp_gateway_title (413), "Content Too Large");
    assert_string_equal (zp_gateway_title (418), "Unknown");
}

//  The body of a problem must be as expected
static void
s_check_problem (zp_gateway_problem_t problem, const char *expected)
{
    char *text = zp_gateway_problem_json (&problem);
    assert_string_equal (text, expected);
    free (text);
}

static void
test_a_problem_says_what_went_wrong (void **state)
{
    (void) state;
    s_check_problem (
        (zp_gateway_problem_t){.code = 404,
                               .status = ZP_NOT_FOUND,
                               .detail = "there is no film \"x\"",
                               .request_id = "abc",
                               .retry_after_s = 3},
        "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
        "\"code\":\"NOT_FOUND\",\"detail\":\"there is no film \\\"x\\\"\","
        "\"request_id\":\"abc\",\"retry_after\":3}");
    s_check_problem ((zp_gateway_problem_t){.code = 405, .detail = ""},
                     "{\"type\":\"about:blank\",\"title\":\"Method Not "
                     "Allowed\",\"status\":405,\"code\":\"UNIMPLEMENTED\"}");
}

static void
test_a_problem_is_json_whatever_a_peer_said (void **state)
{
    (void) state;
    s_check_problem (
        (zp_gateway_problem_t){
            .code = 500, .status = ZP_DATA_LOSS, .detail = "\001\"\n\303\251"},
        "{\"type\":\"about:blank\",\"title\":\"Internal Server Error\","
        "\"status\":500,\"code\":\"DATA_LOSS\","
        "\"detail\":\"\\u0001\\\"\\n\303\251\"}");
    s_check_problem (
        (zp_gateway_problem_t){.code = 500, .detail = "a\377\303\251"},
        "{\"type\":\"about:blank\",\"title\":\"Internal Server Error\","
        "\"status\":500,\"code\":\"INTERNAL\",\"detail\":\"a???\"}");
}

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define SPAN  "b7ad6b7169203331"

static void
test_a_trace_is_read_and_written (void **state)
{
    (void) state;
    zp_trace_t trace;
    char text[ZP_GATEWAY_TRACE_SIZE + 1];
    const char *given = "00-" TRACE "-" SPAN "-01";
    assert_true (zp_gateway_trace_read (given, &trace));
    assert_int_equal (trace.trace_id[0], 0x0a);
    assert_int_equal (trace.trace_id[15], 0x9c);
    assert_int_equal (trace.span_id[0], 0xb7);
    assert_int_equal (trace.flags, 1);
    zp_gateway_trace_write (&trace, text);
    assert_string_equal (text, given);
}

static void
test_a_later_version_of_a_trace_is_read_as_far_as_it_is_known (void **state)
{
    (void) state;
    zp_trace_t trace;
    assert_true (zp_gateway_trace_read ("cc-" TRACE "-" SPAN "-03", &trace));
    assert_int_equal (trace.flags, 3);
    assert_true (
        zp_gateway_trace_read ("cc-" TRACE "-" SPAN "-01-more", &trace));
    assert_false (
        zp_gateway_trace_read ("cc-" TRACE "-" SPAN "-01more", &trace));
}

static void
test_what_is_no_trace_changes_nothing (void **state)
{
    (void) state;
    static const char *const none[] = {
        "",
        "00",
        "00-" TRACE "-" SPAN "-0",
        "00-" TRACE "-" SPAN "-01-",
        "00-" TRACE "-" SPAN "-01 ",
        "ff-" TRACE "-" SPAN "-01",
        "0g-" TRACE "-" SPAN "-01",
        "00-" TRACE "-" SPAN "-0x",
        "00_" TRACE "-" SPAN "-01",
        "00-" TRACE "_" SPAN "-01",
        "00-" TRACE "-" SPAN "_01",
        "00-0AF7651916CD43DD8448EB211C80319C-" SPAN "-01",
        "00-00000000000000000000000000000000-" SPAN "-01",
        "00-" TRACE "-0000000000000000-01",
    };
    zp_trace_t trace, before;
    memset (&trace, 7, sizeof trace);
    before = trace;
    assert_false (zp_gateway_trace_read (NULL, &trace));
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (zp_gateway_trace_read (none[i], &trace))
            fail_msg ("%s", none[i]);
    assert_memory_equal (&trace, &before, sizeof trace);
}

static void
test_a_request_has_the_id_that_the_client_says (void **state)
{
    (void) state;
    char room[ZP_GATEWAY_ID_MAX + 1], longest[ZP_GATEWAY_ID_MAX + 2];
    memset (longest, 'x', sizeof longest);
    longest[ZP_GATEWAY_ID_MAX + 1] = 0;
    assert_string_equal (zp_gateway_request_id ("aZ0._-", 1, 2, room),
                         "aZ0._-");
    assert_string_equal (zp_gateway_request_id (longest + 1, 1, 2, room),
                         longest + 1);
    const char *made = "00000000000000010000000000abcdef";
    static const char *const none[] = {"", "a b", "a\r\nb", "\303\251", "a/b"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_string_equal (zp_gateway_request_id (none[i], 1, 0xabcdef, room),
                             made);
    assert_string_equal (zp_gateway_request_id (NULL, 1, 0xabcdef, room), made);
    assert_string_equal (zp_gateway_request_id (longest, 1, 0xabcdef, room),
                         made);
}

static void
test_a_body_is_json_and_says_so (void **state)
{
    (void) state;
    static const char *const types[] = {
        "application/json",
        "APPLICATION/Json",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json ; a=b; charset=UTF-8; c=d",
        "application/merge-patch+json",
    };
    char error[200];
    json_t *json;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        assert_int_equal (zp_gateway_body (types[i], s_span ("{\"a\": 1}"),
                                           &json, error, sizeof error),
                          200);
        assert_int_equal (json_object_size (json), 1);
        json_decref (json);
    }
    assert_int_equal (
        zp_gateway_body (types[0], s_span (" 5 "), &json, error, sizeof error),
        200);
    assert_int_equal (json_integer_value (json), 5);
    json_decref (json);
}

static void
test_a_body_of_another_type_is_refused (void **state)
{
    (void) state;
    static const char *const types[] = {
        NULL,
        "",
        "text/json",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "application/+json",
        "text/a+json",
        "application/json; charset=latin1",
        "application/json; charset=utf-16",
    };
    char error[200];
    json_t *json;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        assert_int_equal (zp_gateway_body (types[i], s_span ("{}"), &json,
                                           error, sizeof error),
                          415);
        assert_null (json);
    }
    assert_string_equal (error, "JSON is UTF-8");
}

static void
test_a_body_that_is_no_json_is_refused_with_the_place (void **state)
{
    (void) state;
    static const char *const bodies[] = {
        "",         " ",       "{",        "{\"a\": 1, \"a\": 2}",
        "{} {}",    "[1e999]", "\"\377\"", "NaN",
        "{'a': 1}",
    };
    char error[200];
    json_t *json;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        assert_int_equal (zp_gateway_body ("application/json",
                                           s_span (bodies[i]), &json, error,
                                           sizeof error),
                          400);
        assert_null (json);
        assert_memory_equal (error, "the body is no JSON: 1:", 23);
    }
    //  So deep that a parser without a limit would run out of stack
    char *deep = malloc (100000);
    memset (deep, '[', 100000);
    assert_int_equal (zp_gateway_body ("application/json",
                                       (zp_span_t){deep, 100000}, &json, error,
                                       sizeof error),
                      400);
    assert_int_equal (zp_gateway_body ("application/json", (zp_span_t){NULL, 0},
                                       &json, error, 10),
                      400);
    assert_int_equal (strlen (error), 9);
    free (deep);
}

static void
test_a_name_says_the_type_of_the_content (void **state)
{
    (void) state;
    static const char *const types[][2] = {
        {"index.html", "text/html; charset=utf-8"},
        {"a/b.min.JS", "text/javascript; charset=utf-8"},
        {"film.webm", "video/webm"},
        {"film.mp4", "video/mp4"},
        {"data.json", "application/json"},
        {"a.b/c", "application/octet-stream"},
        {"c", "application/octet-stream"},
        {"c.", "application/octet-stream"},
        {"c.exe", "application/octet-stream"},
        {"", "application/octet-stream"},
        {"html", "application/octet-stream"},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        assert_string_equal (zp_gateway_content_type (types[i][0]),
                             types[i][1]);
}

static void
test_the_place_of_a_client_in_a_stream_of_events_is_read_back (void **state)
{
    (void) state;
    char room[ZP_GATEWAY_EVENT_ID];
    uint64_t stream = 9, number = 9;
    assert_string_equal (zp_gateway_event_id (0, 0, room), "0");
    assert_true (zp_gateway_last_event (room, &stream, &number));
    assert_int_equal (stream, 0);
    assert_int_equal (number, 0);
    zp_gateway_event_id (UINT64_MAX, UINT64_MAX, room);
    assert_int_equal (strlen (room) + 1, ZP_GATEWAY_EVENT_ID);
    assert_true (zp_gateway_last_event (room, &stream, &number));
    assert_true (stream == UINT64_MAX && number == UINT64_MAX);
    assert_true (zp_gateway_last_event ("7.0", &stream, &number));
    assert_true (stream == 7 && number == 0);
}

static void
test_what_is_no_place_in_a_stream_changes_nothing (void **state)
{
    (void) state;
    static const char *const none[] = {
        "",
        "x",
        "1.",
        ".1",
        "1.2.3",
        "01",
        "1.02",
        "1 ",
        "-1",
        "0.5",
        "1,2",
        "1..2",
        "18446744073709551616",
        "1.18446744073709551616",
    };
    uint64_t stream = 8, number = 9;
    assert_false (zp_gateway_last_event (NULL, &stream, &number));
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (zp_gateway_last_event (none[i], &stream, &number))
            fail_msg ("%s", none[i]);
    assert_true (stream == 8 && number == 9);
}

static void
test_a_header_holds_no_line_of_its_own (void **state)
{
    (void) state;
    assert_true (zp_gateway_header_plain (""));
    assert_true (zp_gateway_header_plain ("max-age=60,\t~"));
    assert_false (zp_gateway_header_plain ("a\nb"));
    assert_false (zp_gateway_header_plain ("a\r"));
    assert_false (zp_gateway_header_plain ("\177"));
    assert_false (zp_gateway_header_plain ("\303\251"));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_each_status_has_its_code),
        cmocka_unit_test (test_each_code_has_a_title_and_a_status),
        cmocka_unit_test (test_a_problem_says_what_went_wrong),
        cmocka_unit_test (test_a_problem_is_json_whatever_a_peer_said),
        cmocka_unit_test (test_a_trace_is_read_and_written),
        cmocka_unit_test (
            test_a_later_version_of_a_trace_is_read_as_far_as_it_is_known),
        cmocka_unit_test (test_what_is_no_trace_changes_nothing),
        cmocka_unit_test (test_a_request_has_the_id_that_the_client_says),
        cmocka_unit_test (test_a_body_is_json_and_says_so),
        cmocka_unit_test (test_a_body_of_another_type_is_refused),
        cmocka_unit_test (
            test_a_body_that_is_no_json_is_refused_with_the_place),
        cmocka_unit_test (test_a_name_says_the_type_of_the_content),
        cmocka_unit_test (
            test_the_place_of_a_client_in_a_stream_of_events_is_read_back),
        cmocka_unit_test (test_what_is_no_place_in_a_stream_changes_nothing),
        cmocka_unit_test (test_a_header_holds_no_line_of_its_own),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
