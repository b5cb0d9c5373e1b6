//  SPDX-License-Identifier: MIT

#include "zp_json_doc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const zp_json_key_t s_keys[] = {
    {.name = "name", .type = JSON_STRING, .needed = true},
    {.name = "count", .type = JSON_INTEGER, .min = 1, .max = 9},
    {.name = "factor", .type = JSON_REAL},
    {.name = "fast", .type = JSON_TRUE},
    {.name = "any", .type = JSON_NULL},
    {0},
};

//  All that is wrong with a text, as one text
static const char *
s_mistakes (const char *text)
{
    static char all[1024];
    zp_json_doc_t *doc = zp_json_doc_new (text, strlen (text));
    json_t *root = zp_json_doc_root (doc);
    bool good = root && zp_json_doc_check (doc, root, "", s_keys);
    assert_int_equal (good, zp_json_doc_mistakes (doc) == 0);
    char *lines = zp_json_doc_lines (doc);
    assert_int_equal (good, lines == NULL);
    snprintf (all, sizeof all, "%s", lines ? lines : "");
    free (lines);
    zp_json_doc_destroy (&doc);
    assert_null (doc);
    return all;
}

static void
test_what_is_right_is_no_mistake (void **state)
{
    (void) state;
    assert_string_equal (s_mistakes ("{\"name\": \"a\"}"), "");
    assert_string_equal (
        s_mistakes ("{\"name\": \"\", \"count\": 9, \"factor\": 2,"
                    " \"fast\": false, \"any\": [null]}"),
        "");
}

static void
test_all_mistakes_are_told_in_the_order_of_the_text (void **state)
{
    (void) state;
    assert_string_equal (
        s_mistakes ("{ \"cuont\": 1,\n  \"factor\": \"2\", \"fast\": 0,\n"
                    "  \"count\": 10 }"),
        "1:1: \"name\" is missing\n"
        "1:3: unknown key \"cuont\"; did you mean \"count\"?\n"
        "2:13: \"factor\" must be a number, not a string\n"
        "2:26: \"fast\" must be true or false, not a whole number\n"
        "3:12: \"count\" must be from 1 to 9\n");
}

static void
test_an_unknown_key_like_no_other_is_told_alone (void **state)
{
    (void) state;
    assert_string_equal (s_mistakes ("{\"name\": \"a\", \"xylophone\": 1}"),
                         "1:15: unknown key \"xylophone\"\n");
}

static void
test_what_is_no_json_is_one_mistake (void **state)
{
    (void) state;
    assert_string_equal (s_mistakes ("{\n  \"name\": nil }"),
                         "2:11: no JSON: invalid token near 'nil'\n");
    assert_string_equal (s_mistakes ("{\"name\": 1, \"name\": 2}"),
                         "1:13: no JSON: duplicate object key near "
                         "'\"name\"'\n");
}

static void
test_a_pointer_has_its_escapes (void **state)
{
    (void) state;
    char *member = zp_json_doc_member ("/a", "b/c~d");
    assert_string_equal (member, "/a/b~1c~0d");
    free (member);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_what_is_right_is_no_mistake),
        cmocka_unit_test (test_all_mistakes_are_told_in_the_order_of_the_text),
        cmocka_unit_test (test_an_unknown_key_like_no_other_is_told_alone),
        cmocka_unit_test (test_what_is_no_json_is_one_mistake),
        cmocka_unit_test (test_a_pointer_has_its_escapes),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
