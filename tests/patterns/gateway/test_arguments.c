//  SPDX-License-Identifier: MIT

#include "routes_file.h"
#include "zp_gateway_arguments.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

//  A request: its target, headers and body
typedef struct request {
    const char *target;      // Of /films/{id}; NULL: "/films/7"
    const char *headers[4];  // Name, value, name, value
    const char *body;        // JSON, or NULL
} request_t;

static const char *
s_header (void *arg, const char *name)
{
    const request_t *request = arg;
    for (int i = 0; i < 4 && request->headers[i]; i += 2)
        if (strcmp (request->headers[i], name) == 0)
            return request->headers[i + 1];
    return NULL;
}

//  What is made by "arguments": each part, with a | behind it; or what is wrong
//  with the request, with a ! before it. Free it
static char *
s_make (const char *arguments, request_t request)
{
    static zp_gateway_match_t match;
    char text[4096], error[ZP_GATEWAY_ERROR];
    const char *target = request.target ? request.target : "/films/7";
    snprintf (text, sizeof text,
              "{\"services\": {\"s\": {\"endpoints\": [\"ipc://s\"]}},"
              " \"routes\": [{\"method\": \"POST\", \"path\": \"/films/{id}\","
              " \"private\": true, \"call\": {\"service\": \"s\","
              " \"method\": \"m\"%s%s}}]}",
              arguments ? ", \"arguments\": " : "", arguments ? arguments : "");
    zp_gateway_routes_t *routes = routes_file_load (text);
    zp_gateway_match (routes, "POST", (zp_span_t){target, strlen (target)},
                      &match);
    assert_non_null (match.route);
    zp_gateway_input_t input = {
        .match = &match, .header = s_header, .arg = &request, .key = "ann"};
    json_t *json = NULL;
    if (request.body) {
        json = json_loads (request.body, JSON_DECODE_ANY, NULL);
        assert_non_null (json);
        input.body = (zp_span_t){request.body, strlen (request.body)};
        input.json = json;
    }
    zp_gateway_made_t made;
    char *result = calloc (1, 4096);
    assert_non_null (result);
    if (zp_gateway_arguments_make (&match.route->calls->arguments, &input,
                                   &made, error))
        for (size_t i = 0; i < made.count; i++)
            sprintf (strchr (result, 0), "%.*s|", (int) made.parts[i].size,
                     (const char *) made.parts[i].data);
    else {
        assert_int_equal (made.count, 0);
        assert_null (made.room);
        sprintf (result, "!%s", error);
    }
    free (made.room);
    json_decref (json);
    zp_gateway_routes_destroy (&routes);
    return result;
}

#define CHECK(arguments, expected, ...)                                        \
    do {                                                                       \
        char *made = s_make (arguments, (request_t){__VA_ARGS__});             \
        assert_string_equal (made, expected);                                  \
        free (made);                                                           \
    } while (0)

static void
test_arguments_come_from_all_over (void **state)
{
    (void) state;
    CHECK ("{\"id\": \"path.id\", \"l\": \"query.lang\","
           " \"agent\": \"header.user-agent\", \"t\": \"body.title\","
           " \"by\": \"key\", \"n\": {\"value\": [1, null]}}",
           "{\"id\":\"a b\",\"l\":\"de\",\"agent\":\"curl\",\"t\":\"M\","
           "\"by\":\"ann\",\"n\":[1,null]}|",
           .target = "/films/a%20b?x=1&lang=de",
           .headers = {"user-agent", "curl"}, .body = "{\"title\": \"M\"}");
}

static void
test_without_arguments_there_is_none (void **state)
{
    (void) state;
    CHECK (NULL, "", .body = "{}");
    CHECK ("[]", "", .body = "{}");
    CHECK ("{}", "{}|", .target = NULL);
}

static void
test_what_is_not_there_is_left_out_or_has_a_default (void **state)
{
    (void) state;
    CHECK ("{\"a\": \"query.a\", \"b\": \"header.b\", \"c\": \"body.c\","
           " \"d\": {\"from\": \"query.d\", \"default\": \"x\"}}",
           "{\"d\":\"x\"}|", .target = NULL);
    CHECK ("{\"a\": {\"from\": \"query.a\", \"needed\": true}}",
           "!\"a\" in the query is needed", .target = NULL);
    CHECK ("{\"a\": {\"from\": \"header.x-a\", \"needed\": true}}",
           "!the header x-a is needed", .target = NULL);
    CHECK ("{\"a\": {\"from\": \"body\", \"needed\": true}}",
           "!the body is needed", .target = NULL);
    CHECK ("{\"a\": {\"from\": \"body.a\", \"needed\": true}}",
           "!\"a\" in the body is needed", .body = "{}");
}

static void
test_a_text_is_made_what_it_is_to_be (void **state)
{
    (void) state;
    const char *integer = "[{\"from\": \"query.n\", \"type\": \"integer\","
                          " \"min\": 1, \"max\": 100}]";
    CHECK (integer, "100|", .target = "/films/7?n=100");
    CHECK (integer, "!\"n\" in the query must be a whole number, 1 to 100",
           .target = "/films/7?n=101");
    CHECK (integer, "5|", .target = "/films/7?n=5&");
    static const char *const none[] = {"",
                                       "x",
                                       "1x",
                                       "1.0",
                                       "+5",
                                       "0x10",
                                       "007",
                                       "true",
                                       "null",
                                       "1,2",
                                       "[1]",
                                       "%20",
                                       "99999999999999999999"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        char target[64];
        snprintf (target, sizeof target, "/films/7?n=%s", none[i]);
        CHECK (integer, "!\"n\" in the query must be a whole number, 1 to 100",
               .target = target);
    }
    CHECK ("{\"id\": {\"from\": \"path.id\", \"type\": \"number\"}}",
           "{\"id\":7}|", .target = NULL);
    CHECK ("{\"id\": {\"from\": \"path.id\", \"type\": \"number\"}}",
           "{\"id\":0.5}|", .target = "/films/0.5");
    CHECK ("{\"id\": {\"from\": \"path.id\", \"type\": \"boolean\"}}",
           "{\"id\":true}|", .target = "/films/true");
    CHECK ("{\"id\": {\"from\": \"path.id\", \"type\": \"boolean\"}}",
           "!{id} in the path must be true or false", .target = "/films/yes");
    CHECK ("{\"n\": {\"from\": \"query.n\", \"type\": \"number\","
           " \"min\": 0.5}}",
           "!\"n\" in the query must be a number, 0.5 or more",
           .target = "/films/7?n=0.4");
    CHECK ("{\"id\": {\"from\": \"path.id\", \"max\": 3}}",
           "!{id} in the path must be a string of up to 3 bytes",
           .target = "/films/1234");
}

static void
test_what_is_in_the_body_is_checked (void **state)
{
    (void) state;
    const char *array = "{\"a\": {\"from\": \"body.a\", \"type\": \"array\"}}";
    CHECK (array, "{\"a\":[1]}|", .body = "{\"a\": [1]}");
    CHECK (array, "!\"a\" in the body must be an array", .body = "{\"a\": {}}");
    CHECK (array, "!the body must be an object", .body = "[1]");
    CHECK (array, "{}|", .body = "{}");
    CHECK ("{\"a\": \"body\"}", "{\"a\":[1]}|", .body = "[1]");
    CHECK ("{\"a\": \"body.a\"}", "{\"a\":null}|", .body = "{\"a\": null}");
}

static void
test_the_body_goes_as_it_came (void **state)
{
    (void) state;
    CHECK ("\"body\"", "{ \"b\": 1.10,  \"a\":2 }|",
           .body = "{ \"b\": 1.10,  \"a\":2 }");
    CHECK ("\"body\"", "[]|", .body = "[]");
    CHECK ("\"body\"", "!the body is needed", .target = NULL);
}

static void
test_what_is_named_is_never_what_the_body_says (void **state)
{
    (void) state;
    const char *all = "{\"*\": \"body\", \"id\": \"path.id\", \"by\": \"key\","
                      " \"admin\": \"query.admin\"}";
    CHECK (all, "{\"title\":\"M\",\"id\":\"7\",\"by\":\"ann\"}|",
           .body = "{\"title\": \"M\", \"id\": \"8\", \"by\": \"eve\","
                   " \"admin\": true}");
    CHECK (all, "{\"id\":\"7\",\"by\":\"ann\"}|", .target = NULL);
    CHECK (all, "!the body must be an object", .body = "[]");
}

static void
test_a_list_is_arguments_by_themselves (void **state)
{
    (void) state;
    CHECK ("[\"path.id\", {\"value\": {\"wait_ms\": 1}}, \"query.x\", \"key\"]",
           "7|{\"wait_ms\":1}||ann|", .target = NULL);
    CHECK ("[\"body\", \"query.x\"]", "[\"a b\"]|y z|",
           .target = "/films/7?x=y+z", .body = "[ \"a b\" ]");
}

static void
test_a_query_is_decoded (void **state)
{
    (void) state;
    const char *a = "[\"query.a\"]";
    CHECK (a, "1 +/=&|", .target = "/films/7?a=1+%2B%2f=%26");
    CHECK (a, "|", .target = "/films/7?a");
    CHECK (a, "|", .target = "/films/7?a=");
    CHECK (a, "|", .target = "/films/7?aa=1&A=2&b=a");
    CHECK (a, "2|", .target = "/films/7?&&b=1&&%61=2&");
    CHECK (a, "2|", .target = "/films/7?longer=than+what+comes&a=2&b=more");
    CHECK (a, "!\"a\" in the query must be UTF-8", .target = "/films/7?a=%ff");
    CHECK (a, "!\"a\" is in the query twice", .target = "/films/7?a=1&b&a=1");
    CHECK ("[\"query.b\"]", "1|", .target = "/films/7?a=1&b=1&a=1");
    static const char *const wrong[] = {"a=%",   "a=%4", "a=%4g",
                                        "a=%00", "%=1",  "b=%&a=1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char target[64];
        snprintf (target, sizeof target, "/films/7?%s", wrong[i]);
        CHECK (a, "!the query has a '%' without two hex digits, or a NUL",
               .target = target);
    }
}

static void
test_a_source_gives_a_text (void **state)
{
    (void) state;
    static zp_gateway_match_t match;
    char error[ZP_GATEWAY_ERROR];
    request_t request = {.headers = {"id", "order-7"}};
    zp_gateway_input_t input = {
        .match = &match, .header = s_header, .arg = &request};
    zp_gateway_source_t source = {
        .from = ZP_GATEWAY_FROM_HEADER, .name = "id", .type = JSON_STRING};
    char *text = zp_gateway_source_text (&source, &input, error);
    assert_string_equal (text, "order-7");
    free (text);
    request.headers[0] = NULL;
    assert_null (zp_gateway_source_text (&source, &input, error));
    assert_string_equal (error, "");
    source.needed = true;
    assert_null (zp_gateway_source_text (&source, &input, error));
    assert_string_equal (error, "the header id is needed");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_arguments_come_from_all_over),
        cmocka_unit_test (test_without_arguments_there_is_none),
        cmocka_unit_test (test_what_is_not_there_is_left_out_or_has_a_default),
        cmocka_unit_test (test_a_text_is_made_what_it_is_to_be),
        cmocka_unit_test (test_what_is_in_the_body_is_checked),
        cmocka_unit_test (test_the_body_goes_as_it_came),
        cmocka_unit_test (test_what_is_named_is_never_what_the_body_says),
        cmocka_unit_test (test_a_list_is_arguments_by_themselves),
        cmocka_unit_test (test_a_query_is_decoded),
        cmocka_unit_test (test_a_source_gives_a_text),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
