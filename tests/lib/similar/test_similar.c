//  SPDX-License-Identifier: MIT

#include "zp_similar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

static const char *const s_names[] = {
    "up",   "down",   "ps",      "logs",           "call",           "copy",
    "help", "doctor", "catalog", "catalog.search", "recommendations"};

static const char *
s_meant (const char *word)
{
    zp_similar_t similar = {.word = word};
    for (size_t i = 0; i < sizeof s_names / sizeof *s_names; i++)
        zp_similar_try (&similar, s_names[i]);
    return similar.best;
}

static void
test_a_wrong_a_missing_and_an_extra_letter_are_seen_through (void **state)
{
    (void) state;
    assert_string_equal (s_meant ("cstalog"), "catalog");
    assert_string_equal (s_meant ("catlog"), "catalog");
    assert_string_equal (s_meant ("cattalog"), "catalog");
    assert_string_equal (s_meant ("dcotor"), "doctor");
    assert_string_equal (s_meant ("pss"), "ps");
    assert_string_equal (s_meant ("recomendatoins"), "recommendations");
}

static void
test_the_closest_wins_and_among_equals_the_first (void **state)
{
    (void) state;
    assert_string_equal (s_meant ("cal"), "call");
    assert_string_equal (s_meant ("heln"), "help");
    zp_similar_t similar = {.word = "aa"};
    zp_similar_try (&similar, "ab");
    zp_similar_try (&similar, "ac");
    assert_string_equal (similar.best, "ab");
}

static void
test_a_beginning_and_a_last_part_are_enough (void **state)
{
    (void) state;
    assert_string_equal (s_meant ("recom"), "recommendations");
    assert_string_equal (s_meant ("search"), "catalog.search");
}

static void
test_what_resembles_nothing_is_left_alone (void **state)
{
    (void) state;
    assert_null (s_meant ("xylophone"));
    assert_null (s_meant ("qq"));
    assert_null (s_meant (""));
}

static void
test_a_word_too_long_to_compare_means_nothing (void **state)
{
    (void) state;
    char word[1000];
    memset (word, 'u', sizeof word - 1);
    word[sizeof word - 1] = 0;
    assert_null (s_meant (word));
    zp_similar_t similar = {.word = "up"};
    zp_similar_try (&similar, word);
    assert_null (similar.best);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (
            test_a_wrong_a_missing_and_an_extra_letter_are_seen_through),
        cmocka_unit_test (test_the_closest_wins_and_among_equals_the_first),
        cmocka_unit_test (test_a_beginning_and_a_last_part_are_enough),
        cmocka_unit_test (test_what_resembles_nothing_is_left_alone),
        cmocka_unit_test (test_a_word_too_long_to_compare_means_nothing),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
