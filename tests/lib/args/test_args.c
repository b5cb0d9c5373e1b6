//  SPDX-License-Identifier: MIT

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "zp_args.h"

typedef struct values {
    int64_t number;  // Of "number", from -5 to 10
    bool flag;       // Of "flag"
    char text[6];    // Of "text"
} values_t;

static char s_error[ZP_ARGS_ERROR];

//  Read size bytes, from memory of just that size
static bool
s_read_bytes (const void *data, size_t size, values_t *values)
{
    const zp_arg_t args[] = {
        {.name = "number", .number = &values->number, .min = -5, .max = 10},
        {.name = "flag", .flag = &values->flag},
        {.name = "text", .text = values->text, .room = sizeof values->text}};
    char *copy = malloc (size);
    if (size)
        memcpy (copy, data, size);
    strcpy (s_error, "untouched");
    bool good = zp_args_read ((zp_span_t){copy, size}, args, 3, s_error);
    free (copy);
    return good;
}

static bool
s_read (const char *json, values_t *values)
{
    return s_read_bytes (json, strlen (json), values);
}

static void
test_nothing_and_an_empty_object_leave_all_as_it_was (void **state)
{
    (void) state;
    const char *empty[] = {"", "{}", " {\n} "};
    for (size_t i = 0; i < 3; i++) {
        values_t values = {7, true, "old"};
        assert_true (s_read (empty[i], &values));
        assert_int_equal (values.number, 7);
        assert_true (values.flag);
        assert_string_equal (values.text, "old");
        assert_string_equal (s_error, "untouched");
    }
}

static void
test_each_kind_of_value_goes_where_it_belongs (void **state)
{
    (void) state;
    values_t values = {.number = 7};
    assert_true (
        s_read ("{\"text\":\"12345\",\"flag\":true,\"number\":-5}", &values));
    assert_int_equal (values.number, -5);
    assert_true (values.flag);
    assert_string_equal (values.text, "12345");
    assert_true (s_read ("{\"flag\":false,\"text\":\"\"}", &values));
    assert_false (values.flag);
    assert_string_equal (values.text, "");
    assert_int_equal (values.number, -5);
}

static void
test_what_is_wrong_is_said (void **state)
{
    (void) state;
    static const struct {
        const char *json;   // What is read
        const char *error;  // What is said
    } wrong[] = {
        {"{\"number\":11}", "'number' must be an integer from -5 to 10"},
        {"{\"number\":-6}", "'number' must be an integer from -5 to 10"},
        {"{\"number\":1.0}", "'number' must be an integer from -5 to 10"},
        {"{\"number\":\"1\"}", "'number' must be an integer from -5 to 10"},
        {"{\"number\":null}", "'number' must be an integer from -5 to 10"},
        {"{\"number\":true}", "'number' must be an integer from -5 to 10"},
        {"{\"flag\":1}", "'flag' must be true or false"},
        {"{\"flag\":\"true\"}", "'flag' must be true or false"},
        {"{\"text\":\"123456\"}", "'text' must be a text of at most 5 bytes"},
        {"{\"text\":5}", "'text' must be a text of at most 5 bytes"},
        {"{\"text\":[]}", "'text' must be a text of at most 5 bytes"},
        {"{\"txt\":\"a\"}",
         "no option 'txt' here; there are: number, flag, text"},
        {"{\"\":1}", "no option '' here; there are: number, flag, text"},
        {"[]", "options must be a JSON object"},
        {"[1,2]", "options must be a JSON object"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        values_t values = {.number = 7};
        assert_false (s_read (wrong[i].json, &values));
        assert_string_equal (s_error, wrong[i].error);
    }
}

//  The rest of the text is the JSON parser's
static void
test_what_is_no_json_is_said (void **state)
{
    (void) state;
    static const char *const broken[] = {
        " ",         "{",          "}",
        "{}x",       "{\"flag\"}", "{\"number\":99999999999999999999}",
        "number",    "null",       "{\"flag\":true,\"flag\":true}",
        "{'flag':1}"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        values_t values = {.number = 7};
        assert_false (s_read (broken[i], &values));
        const char *start = "options must be a JSON object: ";
        assert_memory_equal (s_error, start, strlen (start));
    }
}

static void
test_bytes_that_are_no_text_are_refused (void **state)
{
    (void) state;
    static const struct {
        const char *data;  // What is read
        size_t size;       // How much of it
    } wrong[] = {
        {"\0", 1},
        {"{}\0", 3},
        {"{\"text\":\"\xff\"}", 12},
        {"{\"text\":\"a\0b\"}", 14},
        {"{\"text\":\"a\\u0000b\"}", 19},
        {"{\"fl\\u0000ag\":true}", 19},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        values_t values = {.number = 7};
        assert_false (s_read_bytes (wrong[i].data, wrong[i].size, &values));
    }
}

static void
test_long_names_and_deep_nests_are_harmless (void **state)
{
    (void) state;
    static char json[200000];
    values_t values = {.number = 7};
    memset (json, 'n', sizeof json);
    memcpy (json, "{\"", 2);
    memcpy (json + sizeof json - 4, "\":1}", 4);
    assert_false (s_read_bytes (json, sizeof json, &values));
    assert_true (strlen (s_error) < ZP_ARGS_ERROR);
    assert_non_null (strstr (s_error, "there are: number, flag, text"));
    memset (json, '[', sizeof json);
    memcpy (json, "{\"a\":", 5);
    assert_false (s_read_bytes (json, sizeof json, &values));
}

//  The list of options is longer than the text may be
static void
test_the_text_of_many_options_ends_in_time (void **state)
{
    (void) state;
    int64_t number;
    zp_arg_t args[100];
    for (size_t i = 0; i < 100; i++)
        args[i] = (zp_arg_t){.name = "rather-long", .number = &number};
    zp_span_t json = {"{\"other\":1}", 11};
    assert_false (zp_args_read (json, args, 100, s_error));
    assert_int_equal (strlen (s_error), ZP_ARGS_ERROR - 1);
}

static void
test_where_there_are_no_options_none_is_taken (void **state)
{
    (void) state;
    assert_true (zp_args_read ((zp_span_t){"{}", 2}, NULL, 0, s_error));
    zp_span_t json = {"{\"a\":1}", 7};
    assert_false (zp_args_read (json, NULL, 0, s_error));
    assert_string_equal (s_error, "no option 'a' here; there are none");
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_nothing_and_an_empty_object_leave_all_as_it_was),
        cmocka_unit_test (test_each_kind_of_value_goes_where_it_belongs),
        cmocka_unit_test (test_what_is_wrong_is_said),
        cmocka_unit_test (test_what_is_no_json_is_said),
        cmocka_unit_test (test_bytes_that_are_no_text_are_refused),
        cmocka_unit_test (test_long_names_and_deep_nests_are_harmless),
        cmocka_unit_test (test_the_text_of_many_options_ends_in_time),
        cmocka_unit_test (test_where_there_are_no_options_none_is_taken),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
