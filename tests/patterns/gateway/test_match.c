//  SPDX-License-Identifier: MIT

#include "routes_file.h"
#include "zp_gateway_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

//  Each route's method and path
static const char *const s_paths[][2] = {
    {"GET", "/"},
    {"GET", "/films"},
    {"POST", "/films"},
    {"GET", "/films/"},
    {"GET", "/films/new"},
    {"GET", "/films/{id}"},
    {"PUT", "/films/{id}"},
    {"DELETE", "/films/{id}"},
    {"GET", "/films/{id}/parts/{part}"},
    {"GET", "/{kind}/new/parts/{part}"},
    {"GET", "/web/{file...}"},
    {"GET", "/web/about"},
    {"GET", "/caf\303\251/{name}"},
    {"HEAD", "/head"},
    {"GET", "/head"},
    {"OPTIONS", "/options"},
    {"GET", "/a b"},
};

static zp_gateway_routes_t *
s_load (void)
{
    char text[8192], *at = text;
    at += sprintf (at, "{\"services\": {\"s\": {\"endpoints\": [\"ipc://s\"]}},"
                       " \"routes\": [");
    for (size_t i = 0; i < sizeof s_paths / sizeof *s_paths; i++)
        at += sprintf (at,
                       "%s{\"method\": \"%s\", \"path\": \"%s\", \"call\":"
                       " {\"service\": \"s\", \"method\": \"m\"}}",
                       i ? "," : "", s_paths[i][0], s_paths[i][1]);
    sprintf (at, "]}");
    return routes_file_load (text);
}

static int
s_setup (void **state)
{
    *state = s_load ();
    return 0;
}

static int
s_teardown (void **state)
{
    zp_gateway_routes_t *routes = *state;
    zp_gateway_routes_destroy (&routes);
    return 0;
}

static zp_gateway_match_t s_match;

//  The path of the route that was found, or NULL
static const char *
s_find (void **state, const char *method, const char *target)
{
    //  Exactly as long as it is, so that a sanitizer sees what is read behind
    size_t size = strlen (target);
    char *copy = malloc (size ? size : 1);
    assert_non_null (copy);
    memcpy (copy, target, size);
    zp_gateway_match (*state, method, (zp_span_t){copy, size}, &s_match);
    free (copy);
    assert_int_equal (s_match.found == ZP_GATEWAY_FOUND, !!s_match.route);
    assert_int_equal (s_match.found == ZP_GATEWAY_REFUSED, !!s_match.problem);
    return s_match.route ? s_match.route->path : NULL;
}

static void
test_a_path_has_its_route (void **state)
{
    assert_string_equal (s_find (state, "GET", "/"), "/");
    assert_string_equal (s_find (state, "GET", "/films"), "/films");
    assert_string_equal (s_find (state, "GET", "/films/7"), "/films/{id}");
    assert_string_equal (s_match.values[0].data, "7");
    assert_int_equal (s_match.values[0].size, 1);
    assert_string_equal (s_find (state, "GET", "/films/7/parts/12"),
                         "/films/{id}/parts/{part}");
    assert_string_equal (s_match.values[0].data, "7");
    assert_string_equal (s_match.values[1].data, "12");
    assert_null (s_find (state, "GET", "/film"));
    assert_int_equal (s_match.found, ZP_GATEWAY_NOWHERE);
    assert_null (s_find (state, "GET", "/films/7/parts"));
    assert_null (s_find (state, "GET", "/Films"));
    assert_null (s_find (state, "GET", "/films/7/parts/1/2"));
}

static void
test_a_literal_wins_over_a_variable_and_that_over_the_rest (void **state)
{
    assert_string_equal (s_find (state, "GET", "/films/new"), "/films/new");
    assert_string_equal (s_find (state, "GET", "/web/about"), "/web/about");
    assert_string_equal (s_find (state, "GET", "/web/about/us"),
                         "/web/{file...}");
    assert_string_equal (s_match.values[0].data, "about/us");
    //  At the first place where they differ
    assert_string_equal (s_find (state, "GET", "/films/new/parts/1"),
                         "/films/{id}/parts/{part}");
    assert_string_equal (s_match.values[0].data, "new");
    //  What began with a literal, and led nowhere, is tried again
    assert_string_equal (s_find (state, "GET", "/web/new/parts/1"),
                         "/web/{file...}");
    assert_string_equal (s_find (state, "GET", "/books/new/parts/1"),
                         "/{kind}/new/parts/{part}");
    assert_string_equal (s_match.values[0].data, "books");
    assert_string_equal (s_match.values[1].data, "1");
}

static void
test_only_routes_with_the_method_count (void **state)
{
    assert_string_equal (s_find (state, "PUT", "/films/new"), "/films/{id}");
    assert_string_equal (s_match.values[0].data, "new");
    assert_string_equal (s_find (state, "POST", "/films"), "/films");
    assert_int_equal (s_match.route->number, 2);
}

static void
test_another_method_is_told_which_there_are (void **state)
{
    char room[ZP_GATEWAY_METHODS_MAX];
    assert_null (s_find (state, "DELETE", "/films"));
    assert_int_equal (s_match.found, ZP_GATEWAY_OTHERWISE);
    assert_string_equal (zp_gateway_methods (s_match.allow, room),
                         "GET, HEAD, POST, OPTIONS");
    assert_null (s_find (state, "POST", "/films/new"));
    assert_string_equal (zp_gateway_methods (s_match.allow, room),
                         "GET, HEAD, PUT, DELETE, OPTIONS");
    assert_null (s_find (state, "GET", "/options"));
    assert_string_equal (zp_gateway_methods (s_match.allow, room), "OPTIONS");
    assert_int_equal (strlen (zp_gateway_methods (127, room)) + 1,
                      ZP_GATEWAY_METHODS_MAX);
}

static void
test_head_is_answered_by_get_unless_it_has_a_route (void **state)
{
    assert_string_equal (s_find (state, "HEAD", "/films/7"), "/films/{id}");
    assert_int_equal (s_match.route->method, ZP_GATEWAY_GET);
    assert_string_equal (s_find (state, "HEAD", "/head"), "/head");
    assert_int_equal (s_match.route->method, ZP_GATEWAY_HEAD);
    assert_string_equal (s_find (state, "GET", "/head"), "/head");
    assert_int_equal (s_match.route->method, ZP_GATEWAY_GET);
    assert_string_equal (s_find (state, "HEAD", "/web/x"), "/web/{file...}");
}

static void
test_options_is_answered (void **state)
{
    char room[ZP_GATEWAY_METHODS_MAX];
    assert_null (s_find (state, "OPTIONS", "/films"));
    assert_int_equal (s_match.found, ZP_GATEWAY_ASKED);
    assert_string_equal (zp_gateway_methods (s_match.allow, room),
                         "GET, HEAD, POST, OPTIONS");
    assert_string_equal (s_find (state, "OPTIONS", "/options"), "/options");
    assert_null (s_find (state, "OPTIONS", "/nowhere"));
    assert_int_equal (s_match.found, ZP_GATEWAY_NOWHERE);
    assert_null (s_find (state, "OPTIONS", "*"));
    assert_int_equal (s_match.found, ZP_GATEWAY_ASKED);
    assert_string_equal (zp_gateway_methods (s_match.allow, room),
                         "GET, HEAD, POST, PUT, DELETE, OPTIONS");
    assert_null (s_find (state, "GET", "*"));
    assert_int_equal (s_match.found, ZP_GATEWAY_REFUSED);
}

static void
test_a_method_that_nobody_knows_is_strange (void **state)
{
    assert_null (s_find (state, "BREW", "/films"));
    assert_int_equal (s_match.found, ZP_GATEWAY_STRANGE);
    assert_null (s_find (state, "get", "/films"));
    assert_int_equal (s_match.found, ZP_GATEWAY_STRANGE);
    assert_null (s_find (state, "", "/films"));
    assert_int_equal (s_match.found, ZP_GATEWAY_STRANGE);
}

static void
test_segments_are_decoded_once (void **state)
{
    assert_string_equal (s_find (state, "GET", "/%66ilms/a%20b"),
                         "/films/{id}");
    assert_string_equal (s_match.values[0].data, "a b");
    assert_string_equal (s_find (state, "GET", "/films/%2541"), "/films/{id}");
    assert_string_equal (s_match.values[0].data, "%41");
    assert_string_equal (s_find (state, "GET", "/films/a+b"), "/films/{id}");
    assert_string_equal (s_match.values[0].data, "a+b");
    assert_string_equal (s_find (state, "GET", "/films/%7Bid%7d"),
                         "/films/{id}");
    assert_string_equal (s_match.values[0].data, "{id}");
    assert_string_equal (s_find (state, "GET", "/caf%C3%A9/x"),
                         "/caf\303\251/{name}");
    assert_string_equal (s_find (state, "GET", "/caf\303\251/x"),
                         "/caf\303\251/{name}");
    assert_string_equal (s_find (state, "GET", "/a%20b"), "/a b");
    assert_string_equal (s_find (state, "GET", "/web/a%20b/c%3F"),
                         "/web/{file...}");
    assert_string_equal (s_match.values[0].data, "a b/c?");
}

static void
test_what_no_honest_client_sends_is_refused (void **state)
{
    static const char *const targets[] = {
        "",
        "films",
        "?",
        "/films/%",
        "/films/%4",
        "/films/%4g",
        "/films/%-1",
        "/films/%00",
        "/films/a%00b",
        "/films/%0d%0aX-Header:%20y",
        "/films/\001",
        "/films/\177",
        "/films/a%2fb",
        "/films/a%2Fb",
        "/web/%2e%2e%2fetc/passwd",
        "/films/.",
        "/films/..",
        "/films/../x",
        "/films/./x",
        "/films/%2e",
        "/films/%2E%2e/x",
        "/films/.%2e",
        "/..",
        "/web/a/..",
        "/web/../../etc/passwd",
        "/films/%ff",
        "/films/\300\257",
        "/films/%ed%a0%80",
        "/films/%f4%90%80%80",
        "/films/a#b",
        "ftp://host/films",
        "http://host",
    };
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        assert_null (s_find (state, "GET", targets[i]));
        if (s_match.found != ZP_GATEWAY_REFUSED)
            fail_msg ("%s", targets[i]);
    }
    //  These only look like it
    assert_non_null (s_find (state, "GET", "/films/..."));
    assert_non_null (s_find (state, "GET", "/films/.x"));
    assert_non_null (s_find (state, "GET", "/films/x.."));
    assert_non_null (s_find (state, "GET", "/films/%252e%252e"));
    assert_non_null (s_find (state, "GET", "/films/%252f"));
}

static void
test_an_empty_segment_matches_nothing (void **state)
{
    static const char *const targets[] = {
        "//",      "//films",  "/films//",    "/films//parts/1",
        "/web//a", "/web/a//", "/web/a//b/c", "/web//about",
        "///",
    };
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        assert_null (s_find (state, "GET", targets[i]));
        assert_int_equal (s_match.found, ZP_GATEWAY_NOWHERE);
    }
}

static void
test_a_slash_at_the_end_is_another_path (void **state)
{
    assert_string_equal (s_find (state, "GET", "/films/"), "/films/");
    assert_null (s_find (state, "GET", "/films/new/"));
    assert_null (s_find (state, "GET", "/films/7/"));
    assert_null (s_find (state, "GET", "/options/"));
}

static void
test_the_rest_can_be_nothing_and_end_with_a_slash (void **state)
{
    assert_string_equal (s_find (state, "GET", "/web/"), "/web/{file...}");
    assert_int_equal (s_match.values[0].size, 0);
    assert_string_equal (s_match.values[0].data, "");
    assert_string_equal (s_find (state, "GET", "/web/a/"), "/web/{file...}");
    assert_string_equal (s_match.values[0].data, "a/");
    assert_null (s_find (state, "GET", "/web"));
}

static void
test_the_query_is_left_alone (void **state)
{
    static const char target[] = "/films/7?a=%2F..&b=?";
    zp_gateway_match (*state, "GET", (zp_span_t){target, strlen (target)},
                      &s_match);
    assert_int_equal (s_match.found, ZP_GATEWAY_FOUND);
    assert_ptr_equal (s_match.query.data, target + 9);
    assert_int_equal (s_match.query.size, strlen (target) - 9);
    assert_string_equal (s_find (state, "GET", "/films/7?"), "/films/{id}");
    assert_int_equal (s_match.query.size, 0);
    assert_string_equal (s_find (state, "GET", "/films/7%3Fa=1"),
                         "/films/{id}");
    assert_string_equal (s_match.values[0].data, "7?a=1");
}

static void
test_a_target_may_be_a_whole_url (void **state)
{
    assert_string_equal (s_find (state, "GET", "http://host:80/films/7?a=1"),
                         "/films/{id}");
    assert_string_equal (s_match.values[0].data, "7");
    assert_int_equal (s_match.query.size, 3);
    assert_string_equal (s_find (state, "GET", "HTTPS://host/"), "/");
}

static void
test_a_path_has_a_longest (void **state)
{
    char target[ZP_GATEWAY_PATH_MAX + 20];
    memset (target, 'a', sizeof target);
    memcpy (target, "/films/", 7);
    target[ZP_GATEWAY_PATH_MAX] = 0;
    assert_string_equal (s_find (state, "GET", target), "/films/{id}");
    assert_int_equal (s_match.values[0].size, ZP_GATEWAY_PATH_MAX - 7);
    target[ZP_GATEWAY_PATH_MAX] = '?';
    target[ZP_GATEWAY_PATH_MAX + 5] = 0;
    assert_string_equal (s_find (state, "GET", target), "/films/{id}");
    target[ZP_GATEWAY_PATH_MAX] = 'a';
    target[ZP_GATEWAY_PATH_MAX + 1] = 0;
    assert_null (s_find (state, "GET", target));
    assert_int_equal (s_match.found, ZP_GATEWAY_TOO_LONG);
}

static void
test_a_template_is_filled_in (void **state)
{
    char room[64];
    s_find (state, "GET", "/films/a%20b+c/parts/%C3%A9");
    assert_int_equal (zp_gateway_expand (&s_match, "x/{part}-{id}{id}.webm",
                                         NULL, room, sizeof room),
                      20);
    assert_string_equal (room, "x/\303\251-a b+ca b+c.webm");
    assert_int_equal (
        zp_gateway_expand (&s_match, "plain", NULL, room, sizeof room), 5);
    //  Of the path, not of the message
    assert_int_equal (
        zp_gateway_expand (&s_match, "{id}", "7", room, sizeof room), 5);
    assert_int_equal (zp_gateway_expand_url (&s_match, "/j/{id}/{part}", NULL,
                                             room, sizeof room),
                      19);
    assert_string_equal (room, "/j/a%20b%2Bc/%C3%A9");
    s_find (state, "GET", "/web/a/b%20c");
    assert_int_equal (zp_gateway_expand_url (&s_match, "/{id}/{file}", "x/?",
                                             room, sizeof room),
                      16);
    assert_string_equal (room, "/x%2F%3F/a/b%20c");
}

static void
test_a_template_that_does_not_fit_is_not_cut (void **state)
{
    char room[8];
    s_find (state, "GET", "/films/1234");
    assert_int_equal (zp_gateway_expand (&s_match, "abc{id}", NULL, room, 8),
                      7);
    assert_string_equal (room, "abc1234");
    assert_int_equal (zp_gateway_expand (&s_match, "abcd{id}", NULL, room, 8),
                      -1);
    assert_int_equal (zp_gateway_expand (&s_match, "{id}abcd", NULL, room, 8),
                      -1);
    assert_int_equal (zp_gateway_expand (&s_match, "", NULL, room, 0), -1);
    s_find (state, "GET", "/films/%20%20");
    assert_int_equal (zp_gateway_expand_url (&s_match, "a{id}", NULL, room, 8),
                      7);
    assert_int_equal (zp_gateway_expand_url (&s_match, "ab{id}", NULL, room, 8),
                      -1);
}

static void
test_a_value_makes_no_other_filter_of_a_topic (void **state)
{
    char room[64];
    s_find (state, "GET", "/films/7");
    assert_int_equal (
        zp_gateway_expand_topic (&s_match, "film/{id}/#", room, sizeof room),
        8);
    assert_string_equal (room, "film/7/#");
    s_find (state, "GET", "/films/%23");
    assert_int_equal (
        zp_gateway_expand_topic (&s_match, "film/{id}", room, sizeof room), -1);
    s_find (state, "GET", "/films/+");
    assert_int_equal (
        zp_gateway_expand_topic (&s_match, "film/{id}", room, sizeof room), -1);
}

static void
test_files_with_a_dot_are_not_shown (void **state)
{
    (void) state;
    assert_true (zp_gateway_file_shown (""));
    assert_true (zp_gateway_file_shown ("a/b.c/d."));
    assert_false (zp_gateway_file_shown (".git/config"));
    assert_false (zp_gateway_file_shown ("a/.env"));
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_path_has_its_route),
        cmocka_unit_test (
            test_a_literal_wins_over_a_variable_and_that_over_the_rest),
        cmocka_unit_test (test_only_routes_with_the_method_count),
        cmocka_unit_test (test_another_method_is_told_which_there_are),
        cmocka_unit_test (test_head_is_answered_by_get_unless_it_has_a_route),
        cmocka_unit_test (test_options_is_answered),
        cmocka_unit_test (test_a_method_that_nobody_knows_is_strange),
        cmocka_unit_test (test_segments_are_decoded_once),
        cmocka_unit_test (test_what_no_honest_client_sends_is_refused),
        cmocka_unit_test (test_an_empty_segment_matches_nothing),
        cmocka_unit_test (test_a_slash_at_the_end_is_another_path),
        cmocka_unit_test (test_the_rest_can_be_nothing_and_end_with_a_slash),
        cmocka_unit_test (test_the_query_is_left_alone),
        cmocka_unit_test (test_a_target_may_be_a_whole_url),
        cmocka_unit_test (test_a_path_has_a_longest),
        cmocka_unit_test (test_a_template_is_filled_in),
        cmocka_unit_test (test_a_template_that_does_not_fit_is_not_cut),
        cmocka_unit_test (test_a_value_makes_no_other_filter_of_a_topic),
        cmocka_unit_test (test_files_with_a_dot_are_not_shown),
    };
    return cmocka_run_group_tests (tests, s_setup, s_teardown);
}
