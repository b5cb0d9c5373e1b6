//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "routes_file.h"
#include "zp_gateway_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static zp_span_t
s_span (const char *text)
{
    return (zp_span_t){text, strlen (text)};
}

static zp_gateway_keys_t *
s_load (const char *text)
{
    char *mistakes;
    zp_gateway_keys_t *keys = zp_gateway_keys_new (s_span (text), &mistakes);
    if (mistakes)
        fail_msg ("%s", mistakes);
    assert_non_null (keys);
    return keys;
}

static void
test_each_mistake_is_told_with_its_line (void **state)
{
    (void) state;
    DIR *dir = opendir (routes_file_path ("invalid"));
    assert_non_null (dir);
    int count = 0;
    for (struct dirent *entry; (entry = readdir (dir));) {
        char path[300], *mistakes, *dot = strrchr (entry->d_name, '.');
        if (!dot || strcmp (dot, ".keys") != 0)
            continue;
        snprintf (path, sizeof path, "invalid/%s", entry->d_name);
        char *text = routes_file_read (path);
        snprintf (strrchr (path, '.'), 5, ".txt");
        char *expected = routes_file_read (path);
        assert_non_null (expected);
        assert_null (zp_gateway_keys_new (s_span (text), &mistakes));
        if (strcmp (mistakes, expected) != 0)
            fail_msg ("%s:\n%sis not\n%s", entry->d_name, mistakes, expected);
        free (mistakes);
        free (expected);
        free (text);
        count++;
    }
    closedir (dir);
    assert_int_equal (count, 4);
}

static void
test_a_nul_is_a_mistake (void **state)
{
    (void) state;
    char *mistakes;
    assert_null (zp_gateway_keys_new ((zp_span_t){"#\na\0b", 5}, &mistakes));
    assert_string_equal (mistakes, "2: there is a NUL\n");
    free (mistakes);
    assert_null (zp_gateway_keys_new ((zp_span_t){"a", 1}, NULL));
}

static void
test_a_file_may_have_no_keys (void **state)
{
    (void) state;
    zp_gateway_keys_t *keys = s_load ("");
    assert_int_equal (zp_gateway_keys_count (keys), 0);
    assert_null (zp_gateway_keys_find (
        keys, s_span ("zpk_0123456789012345678901234567890123456789012")));
    zp_gateway_keys_destroy (&keys);
    assert_null (keys);
    zp_gateway_keys_destroy (&keys);
    keys = s_load ("\n#\n   # ann b2:\n\t\n");
    assert_int_equal (zp_gateway_keys_count (keys), 0);
    zp_gateway_keys_destroy (&keys);
}

static void
test_a_key_that_was_made_is_found_and_no_other (void **state)
{
    (void) state;
    char ann[ZP_GATEWAY_KEY_SIZE + 1], tv[ZP_GATEWAY_KEY_SIZE + 1], *text;
    char *one = zp_gateway_key_make ("ann", "staff,uploads", ann);
    char *two = zp_gateway_key_make ("tv-app", NULL, tv);
    assert_int_equal (strlen (ann), ZP_GATEWAY_KEY_SIZE);
    assert_memory_equal (ann, "zpk_", 4);
    assert_string_not_equal (ann, tv);
    //  The file does not say it
    assert_null (strstr (one, ann + 4));
    assert_true (asprintf (&text, "# Keys\n%s\r\n  \t%s# End", one, two) > 0);
    zp_gateway_keys_t *keys = s_load (text);
    assert_int_equal (zp_gateway_keys_count (keys), 2);
    const zp_gateway_key_t *key = zp_gateway_keys_find (keys, s_span (ann));
    assert_string_equal (zp_gateway_key_name (key), "ann");
    key = zp_gateway_keys_find (keys, s_span (tv));
    assert_string_equal (zp_gateway_key_name (key), "tv-app");
    for (size_t i = 0; i < ZP_GATEWAY_KEY_SIZE; i++) {
        ann[i] ^= 1;
        assert_null (zp_gateway_keys_find (keys, s_span (ann)));
        ann[i] ^= 1;
    }
    assert_null (
        zp_gateway_keys_find (keys, (zp_span_t){ann, ZP_GATEWAY_KEY_SIZE - 1}));
    assert_null (
        zp_gateway_keys_find (keys, (zp_span_t){ann, ZP_GATEWAY_KEY_SIZE + 1}));
    assert_null (zp_gateway_keys_find (keys, (zp_span_t){NULL, 0}));
    zp_gateway_keys_destroy (&keys);
    free (text);
    free (one);
    free (two);
}

static void
test_each_digit_of_a_hash_counts (void **state)
{
    (void) state;
    char key[ZP_GATEWAY_KEY_SIZE + 1];
    char *line = zp_gateway_key_make ("ann", NULL, key);
    char *hash = strstr (line, "b2:") + 3;
    for (size_t i = 0; i < 64; i++) {
        char digit = hash[i];
        hash[i] = digit == '0' ? '1' : '0';
        zp_gateway_keys_t *keys = s_load (line);
        assert_null (zp_gateway_keys_find (keys, s_span (key)));
        zp_gateway_keys_destroy (&keys);
        hash[i] = digit;
    }
    free (line);
}

static void
test_a_key_opens_its_groups (void **state)
{
    (void) state;
    char ann[ZP_GATEWAY_KEY_SIZE + 1], tv[ZP_GATEWAY_KEY_SIZE + 1], *text;
    char *one = zp_gateway_key_make ("ann", "staff,up", ann);
    char *two = zp_gateway_key_make ("tv", "-", tv);
    assert_true (asprintf (&text, "%s%s", one, two) > 0);
    zp_gateway_keys_t *keys = s_load (text);
    const zp_gateway_key_t *key = zp_gateway_keys_find (keys, s_span (ann));
    assert_true (zp_gateway_key_opens (key, NULL));
    assert_true (zp_gateway_key_opens (key, "staff"));
    assert_true (zp_gateway_key_opens (key, "up"));
    static const char *const none[] = {"staf",     "staffs", "uploads", "",
                                       "staff,up", "taff",   "STAFF"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false (zp_gateway_key_opens (key, none[i]));
    key = zp_gateway_keys_find (keys, s_span (tv));
    assert_true (zp_gateway_key_opens (key, NULL));
    assert_false (zp_gateway_key_opens (key, "staff"));
    assert_false (zp_gateway_key_opens (key, "-"));
    zp_gateway_keys_destroy (&keys);
    free (text);
    free (one);
    free (two);
}

static void
test_no_key_is_made_that_a_file_could_not_have (void **state)
{
    (void) state;
    char key[ZP_GATEWAY_KEY_SIZE + 1], longest[ZP_GATEWAY_KEY_NAME + 2];
    memset (longest, 'x', sizeof longest);
    longest[ZP_GATEWAY_KEY_NAME + 1] = 0;
    assert_null (zp_gateway_key_make ("", NULL, key));
    assert_null (zp_gateway_key_make ("a b", NULL, key));
    assert_null (zp_gateway_key_make ("#a", NULL, key));
    assert_null (zp_gateway_key_make (longest, NULL, key));
    assert_null (zp_gateway_key_make ("a", "", key));
    assert_null (zp_gateway_key_make ("a", "b,", key));
    assert_null (zp_gateway_key_make ("a", "b c", key));
    assert_null (zp_gateway_key_make (
        "a", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", key));
    assert_false (zp_gateway_name ("a b"));
    char *line = zp_gateway_key_make (longest + 1, longest + 1, key);
    zp_gateway_keys_t *keys = s_load (line);
    assert_non_null (zp_gateway_keys_find (keys, s_span (key)));
    zp_gateway_keys_destroy (&keys);
    free (line);
}

static void
test_a_file_has_so_many_keys (void **state)
{
    (void) state;
    char *text = calloc (ZP_GATEWAY_KEYS_MAX + 1, 90), *mistakes;
    char *end = text;
    for (int i = 0; i < ZP_GATEWAY_KEYS_MAX; i++)
        end += sprintf (end, "k%d b2:%064x -\n", i, i);
    zp_gateway_keys_t *keys = s_load (text);
    assert_int_equal (zp_gateway_keys_count (keys), ZP_GATEWAY_KEYS_MAX);
    zp_gateway_keys_destroy (&keys);
    sprintf (end, "more b2:%064x -\n", -1);
    assert_null (zp_gateway_keys_new (s_span (text), &mistakes));
    assert_string_equal (mistakes, "1001: a file has at most 1000 keys\n");
    free (mistakes);
    free (text);
}

static void
test_a_key_is_shown_in_one_of_two_headers (void **state)
{
    (void) state;
    static const struct {
        const char *authorization, *x_api_key, *key;
    } cases[] = {
        {"Bearer abc", NULL, "abc"}, {"bearer   abc", "def", "abc"},
        {NULL, "def", "def"},        {"Basic abc", "def", "def"},
        {"Bearer", "def", "def"},    {"Bearer ", "def", ""},
        {"Basic abc", NULL, NULL},   {NULL, NULL, NULL},
        {"Bearerabc", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        zp_span_t key =
            zp_gateway_key_shown (cases[i].authorization, cases[i].x_api_key);
        if (cases[i].key)
            assert_string_equal (key.data, cases[i].key);
        else
            assert_null (key.data);
        assert_int_equal (key.size, cases[i].key ? strlen (cases[i].key) : 0);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_each_mistake_is_told_with_its_line),
        cmocka_unit_test (test_a_nul_is_a_mistake),
        cmocka_unit_test (test_a_file_may_have_no_keys),
        cmocka_unit_test (test_a_key_that_was_made_is_found_and_no_other),
        cmocka_unit_test (test_each_digit_of_a_hash_counts),
        cmocka_unit_test (test_a_key_opens_its_groups),
        cmocka_unit_test (test_no_key_is_made_that_a_file_could_not_have),
        cmocka_unit_test (test_a_file_has_so_many_keys),
        cmocka_unit_test (test_a_key_is_shown_in_one_of_two_headers),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
