//  SPDX-License-Identifier: MIT

#include "zp_json_where.h"
#include "test_seed.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <jansson.h>
#include <string.h>

static const char s_text[] =
    "{ \"name\": \"films\",\n"
    "  \"list\": [1, \"a, ]\\\"\", {\"deep\": [[], {}, "
    "true]}],\n"
    "\t\"\xC3\xA9t\xC3\xA9\": -1.5e3, \"a/b\": {\"~\": "
    "null}, \"\\u0078\": \"u\" }";

static void
s_assert_at (const char *pointer, int line, int column)
{
    zp_json_where_t where;
    assert_true (
        zp_json_where_value (s_text, strlen (s_text), pointer, &where));
    assert_int_equal (where.line, line);
    assert_int_equal (where.column, column);
}

static void
test_a_value_is_found_by_its_pointer (void **state)
{
    (void) state;
    s_assert_at ("", 1, 1);
    s_assert_at ("/name", 1, 11);
    s_assert_at ("/list", 2, 11);
    s_assert_at ("/list/0", 2, 12);
    s_assert_at ("/list/1", 2, 15);
    s_assert_at ("/list/2", 2, 25);
    s_assert_at ("/list/2/deep/1", 2, 39);
    s_assert_at ("/list/2/deep/2", 2, 43);
}

static void
test_columns_count_characters_and_not_bytes (void **state)
{
    (void) state;
    s_assert_at ("/\xC3\xA9t\xC3\xA9", 3, 9);
}

static void
test_escapes_of_pointers_and_of_keys_are_understood (void **state)
{
    (void) state;
    s_assert_at ("/a~1b/~0", 3, 30);
    s_assert_at ("/x", 3, 47);
}

static void
test_the_name_of_a_member_is_found (void **state)
{
    (void) state;
    zp_json_where_t where;
    assert_true (
        zp_json_where_key (s_text, strlen (s_text), "/list/2/deep", &where));
    assert_int_equal (where.line, 2);
    assert_int_equal (where.column, 26);
}

static void
test_of_what_is_not_there_the_nearest_is_found (void **state)
{
    (void) state;
    static const char *const missing[] = {"/list/3", "/list/x", "/list/",
                                          "/list/-1", "/list/0/deeper"};
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        zp_json_where_t where;
        assert_false (
            zp_json_where_value (s_text, strlen (s_text), missing[i], &where));
        assert_int_equal (where.line, 2);
        assert_int_equal (where.column, i < 4 ? 11 : 12);
    }
}

//  The model: a generator of random texts, which notes where each value begins

#define VALUES_MAX 200

typedef struct maker {
    uint64_t random;                     // State of the random numbers
    char text[65536];                    // What is made
    size_t size;                         // Bytes of it
    int line, column;                    // Of the next byte
    char pointers[VALUES_MAX][256];      // Of each value
    zp_json_where_t wheres[VALUES_MAX];  // Where it begins
    int count;                           // How many there are
} maker_t;

static void
s_put (maker_t *self, const char *text)
{
    for (; *text; text++) {
        self->text[self->size++] = *text;
        if (*text == '\n') {
            self->line++;
            self->column = 1;
        }
        else if ((*text & 0xC0) != 0x80)
            self->column++;
    }
}

static void
s_space (maker_t *self)
{
    static const char *const spaces[] = {"", "", "", " ", "\n", "\t ", "\r\n "};
    s_put (self, spaces[test_below (&self->random, 7)]);
}

static void s_value (maker_t *self, const char *pointer, int depth);

static void
s_members (maker_t *self, const char *pointer, int depth, bool object)
{
    static const char *const keys[] = {"a", "b{", "c\\\"", "\xC3\xB6", "e,]"};
    static const char *const steps[] = {"a", "b{", "c\"", "\xC3\xB6", "e,]"};
    int count = test_below (&self->random, 5);
    for (int i = 0; i < count; i++) {
        char member[256];
        if (object) {
            s_put (self, "\"");
            s_put (self, keys[i]);
            s_put (self, "\"");
            s_space (self);
            s_put (self, ":");
            s_space (self);
            snprintf (member, sizeof member, "%.200s/%s", pointer, steps[i]);
        }
        else
            snprintf (member, sizeof member, "%.200s/%d", pointer, i);
        s_value (self, member, depth);
        s_space (self);
        s_put (self, i + 1 < count ? "," : "");
        s_space (self);
    }
}

static void
s_value (maker_t *self, const char *pointer, int depth)
{
    static const char *const plain[] = {
        "0",    "-1.5e+3",  "true",      "null",
        "\"\"", "\"\\\\\"", "\"}],{[\"", "\"\\u00e9 \xE2\x82\xAC\""};
    if (self->count < VALUES_MAX) {
        strcpy (self->pointers[self->count], pointer);
        self->wheres[self->count++] =
            (zp_json_where_t){self->line, self->column};
    }
    int kind = test_below (&self->random, depth > 3 ? 1 : 3);
    if (kind == 0)
        s_put (self, plain[test_below (&self->random, 8)]);
    else {
        s_put (self, kind == 1 ? "[" : "{");
        s_space (self);
        s_members (self, pointer, depth + 1, kind == 2);
        s_put (self, kind == 1 ? "]" : "}");
    }
}

static void
test_all_values_of_random_texts_are_found (void **state)
{
    (void) state;
    static maker_t maker;
    uint64_t random = test_seed ();
    for (int round = 0; round < 500; round++) {
        maker =
            (maker_t){.random = test_random (&random), .line = 1, .column = 1};
        s_space (&maker);
        s_value (&maker, "", 0);
        json_t *json =
            json_loadb (maker.text, maker.size, JSON_DECODE_ANY, NULL);
        assert_non_null (json);
        json_decref (json);
        for (int i = 0; i < maker.count; i++) {
            zp_json_where_t where;
            assert_true (zp_json_where_value (maker.text, maker.size,
                                              maker.pointers[i], &where));
            assert_int_equal (where.line, maker.wheres[i].line);
            assert_int_equal (where.column, maker.wheres[i].column);
        }
    }
}

//  A sanitizer sees if anything outside the copy is read
static void
test_no_text_leads_outside_itself (void **state)
{
    (void) state;
    static const char *const pointers[] = {
        "", "/name", "/list/2/deep/1", "/a~1b/~0", "/x", "/list/9/a/b"};
    uint64_t random = test_seed ();
    for (int round = 0; round < 5000; round++) {
        size_t size = (size_t) test_below (&random, (int) sizeof s_text);
        char *copy = malloc (size + !size);
        memcpy (copy, s_text, size);
        for (int i = test_below (&random, 3); i > 0 && size > 0; i--)
            copy[test_below (&random, (int) size)] =
                "{}[]\",:\\ \n1\0"[test_below (&random, 12)];
        zp_json_where_t where;
        zp_json_where_value (copy, size, pointers[round % 6], &where);
        zp_json_where_key (copy, size, pointers[round % 6], &where);
        assert_true (where.line >= 1 && where.column >= 1);
        free (copy);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_value_is_found_by_its_pointer),
        cmocka_unit_test (test_columns_count_characters_and_not_bytes),
        cmocka_unit_test (test_escapes_of_pointers_and_of_keys_are_understood),
        cmocka_unit_test (test_the_name_of_a_member_is_found),
        cmocka_unit_test (test_of_what_is_not_there_the_nearest_is_found),
        cmocka_unit_test (test_all_values_of_random_texts_are_found),
        cmocka_unit_test (test_no_text_leads_outside_itself),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
