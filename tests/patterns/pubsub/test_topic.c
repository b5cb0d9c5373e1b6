//  SPDX-License-Identifier: MIT
//
//  Topics, their stems, and filters for them.

#include "test_seed.h"
#include "zp_topic.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

//  Texts, and how many stems they have as a topic: 0 if they are none
static const struct {
    const char *text;
    size_t cuts;
} s_topics[] = {
    {"a", 2},
    {"storm/north/harbour", 4},
    {"a b", 2},
    {"~!\"$%&'()*,-.:;<=>?@[\\]^_`{|}", 2},
    {"1/2/3/4/5/6/7/8", 9},
    {"1/2/3/4/5/6/7/8/9", 0},
    {"", 0},
    {"/", 0},
    {"/a", 0},
    {"a/", 0},
    {"a//b", 0},
    {"a\nb", 0},
    {"a\x1f", 0},
    {"\x7f", 0},
    {"+", 0},
    {"a/#", 0},
    {"a+b", 0},
    {"\xc3\xa4/\xe2\x82\xac/\xf0\x9f\x8c\xa9", 4},
    {"\xc2\x80", 0},          // C1 control characters
    {"\xc2\x9b", 0},          // The last of them that terminals obey
    {"\xc2\x9f", 0},          //
    {"\xc2\xa0", 2},          // The first that is none
    {"\xc0\xaf", 0},          // Longer than need be
    {"\xc1\xbf", 0},          //
    {"\xe0\x9f\xbf", 0},      //
    {"\xe0\xa0\x80", 2},      //
    {"\xed\x9f\xbf", 2},      //
    {"\xed\xa0\x80", 0},      // A surrogate
    {"\xee\x80\x80", 2},      //
    {"\xf0\x8f\xbf\xbf", 0},  // Longer than need be
    {"\xf0\x90\x80\x80", 2},  //
    {"\xf4\x8f\xbf\xbf", 2},  // U+10FFFF
    {"\xf4\x90\x80\x80", 0},  //
    {"\xf5\x80\x80\x80", 0},  //
    {"\x80", 0},              // No first byte
    {"\xc3", 0},              // Cut
    {"\xe2\x82", 0},          //
    {"\xf0\x9f\x8c", 0},      //
    {"\xe2\x82/", 0},         //
    {"\xc3\xc3", 0},          //
    {"\xe2\x82\x41", 0},      //
    {"\xf0\x9f\x8c\xc0", 0},  //
    {"\xfe", 0},              // With which heartbeats begin
    {"a\xff", 0},             //
};

//  Memory of just that size and a NUL
static size_t
s_cut (const char *text, size_t size, zp_cut_t *cuts)
{
    char *copy = malloc (size + 1);
    assert_non_null (copy);
    memcpy (copy, text, size);
    copy[size] = 0;
    size_t count = zp_topic_cut (copy, size, cuts);
    free (copy);
    return count;
}

static void
test_a_topic_has_a_stem_for_each_level_and_one_more (void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof s_topics / sizeof *s_topics; i++) {
        const char *text = s_topics[i].text;
        zp_cut_t cuts[ZP_TOPIC_CUTS];
        size_t count = s_cut (text, strlen (text), cuts);
        if (count != s_topics[i].cuts)
            fail_msg ("%zu: %s", count, text);
        for (size_t k = 0; k < count; k++)
            assert_int_equal (cuts[k].hash, zp_topic_hash (text, cuts[k].size));
    }
}

static void
test_stems_end_behind_slashes_and_the_nul (void **state)
{
    (void) state;
    static const char topic[] = "storm/north/harbour";
    static const uint32_t sizes[] = {0, 6, 12, sizeof topic};
    zp_cut_t cuts[ZP_TOPIC_CUTS];
    assert_int_equal (zp_topic_cut (topic, sizeof topic - 1, cuts), 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal (cuts[i].size, sizes[i]);
        assert_int_equal (cuts[i].hash, zp_topic_hash (topic, sizes[i]));
        assert_true (zp_topic_stem (topic, sizes[i]));
    }
}

//  Several at a time, perhaps: none is missed
static void
test_each_byte_is_looked_at_wherever_it_stands (void **state)
{
    (void) state;
    for (size_t size = 1; size <= 20; size++)
        for (size_t at = 0; at < size; at++)
            for (int byte = 0; byte < 256; byte++) {
                char text[20];
                memset (text, 'x', size);
                text[at] = (char) byte;
                zp_cut_t cuts[ZP_TOPIC_CUTS];
                size_t expected = 2;
                if (byte == '/')
                    expected = at > 0 && at < size - 1 ? 3 : 0;
                else if (byte < ' ' || byte > '~' || byte == '+' || byte == '#')
                    expected = 0;
                assert_int_equal (s_cut (text, size, cuts), expected);
            }
}

static void
test_a_topic_has_255_bytes_at_most (void **state)
{
    (void) state;
    char text[ZP_TOPIC_MAX + 3];
    memset (text, 'x', sizeof text);
    zp_cut_t cuts[ZP_TOPIC_CUTS];
    assert_int_equal (s_cut (text, ZP_TOPIC_MAX, cuts), 2);
    assert_int_equal (cuts[1].size, ZP_TOPIC_MAX + 1);
    assert_int_equal (s_cut (text, ZP_TOPIC_MAX + 1, cuts), 0);
    zp_filter_t filter;
    text[ZP_TOPIC_MAX] = 0;
    assert_true (zp_filter_parse (&filter, text));
    assert_int_equal (filter.stem_size, ZP_TOPIC_MAX + 1);
    assert_true (zp_topic_stem (filter.stem, filter.stem_size));
    assert_true (zp_filter_matches (&filter, text, ZP_TOPIC_MAX));
    text[ZP_TOPIC_MAX] = 'x';
    text[ZP_TOPIC_MAX + 1] = 0;
    assert_false (zp_filter_parse (&filter, text));
    assert_false (zp_topic_stem (text, ZP_TOPIC_MAX + 2));
}

static void
test_a_nul_within_makes_no_topic (void **state)
{
    (void) state;
    zp_cut_t cuts[ZP_TOPIC_CUTS];
    assert_int_equal (s_cut ("a\0b", 3, cuts), 0);
    assert_false (zp_topic_stem ("a\0b\0", 4));
}

static void
test_a_stem_is_a_topic_with_a_slash_or_a_nul (void **state)
{
    (void) state;
    static const struct {
        const char *bytes;
        size_t size;
        bool good;
    } stems[] = {
        {"", 0, true},
        {"a/", 2, true},
        {"a\0", 2, true},
        {"a/b/", 4, true},
        {"a/b\0", 4, true},
        {"a", 1, false},
        {"/", 1, false},
        {"\0", 1, false},
        {"a//", 3, false},
        {"a/\0", 3, false},
        {"+/", 2, false},
        {"#\0", 2, false},
        {"\xc3/", 2, false},
        {"a\0/", 3, false},
        {"1/2/3/4/5/6/7/", 14, true},
        {"1/2/3/4/5/6/7/8\0", 16, true},
        {"1/2/3/4/5/6/7/8/", 16, false},
    };
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++)
        if (zp_topic_stem (stems[i].bytes, stems[i].size) != stems[i].good)
            fail_msg ("%zu: %s", i, stems[i].bytes);
}

static void
test_a_filter_has_wildcards_for_whole_levels_only (void **state)
{
    (void) state;
    static const char *const good[] = {"#",
                                       "+",
                                       "+/#",
                                       "a/+",
                                       "a/+/b",
                                       "a/#",
                                       "+/+",
                                       "1/2/3/4/5/6/7/#",
                                       "+/+/+/+/+/+/+/+",
                                       "\xc3\xa4/#"};
    static const char *const bad[] = {"",
                                      "a#",
                                      "a+",
                                      "+a",
                                      "#a",
                                      "#/a",
                                      "a/#/b",
                                      "a//#",
                                      "/#",
                                      "##",
                                      "++",
                                      "+#",
                                      "a/+b",
                                      "a/b+",
                                      "#/",
                                      "a/\xc3/#",
                                      "+/\n",
                                      "a/",
                                      "+/",
                                      "/+",
                                      "1/2/3/4/5/6/7/8/#",
                                      "+/+/+/+/+/+/+/+/+"};
    zp_filter_t filter;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!zp_filter_parse (&filter, good[i]))
            fail_msg ("refused: %s", good[i]);
    zp_filter_t before = filter;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (zp_filter_parse (&filter, bad[i]))
            fail_msg ("taken: %s", bad[i]);
    assert_memory_equal (&filter, &before, sizeof filter);
}

static void
test_the_stem_of_a_filter_is_what_is_before_wildcards (void **state)
{
    (void) state;
    static const struct {
        const char *text, *stem;
        size_t size;
        bool wild;
    } filters[] = {
        {"storm/north/harbour", "storm/north/harbour", 20, false},
        {"storm/north/#", "storm/north/", 12, false},
        {"#", "", 0, false},
        {"storm/+/harbour", "storm/", 6, true},
        {"storm/+", "storm/", 6, true},
        {"+/#", "", 0, true},
    };
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        zp_filter_t filter;
        assert_true (zp_filter_parse (&filter, filters[i].text));
        assert_string_equal (filter.text, filters[i].text);
        assert_int_equal (filter.stem_size, filters[i].size);
        assert_memory_equal (filter.stem, filters[i].stem, filters[i].size);
        assert_int_equal (filter.wild, filters[i].wild);
    }
}

//  Level by level
static bool
s_naive_match (const char *filter, const char *topic)
{
    if (strcmp (filter, "#") == 0)
        return true;
    size_t one = strcspn (filter, "/"), other = strcspn (topic, "/");
    if (strncmp (filter, "+", one) != 0 &&
        (one != other || memcmp (filter, topic, one) != 0))
        return false;
    if (!filter[one] || !topic[other])
        return !filter[one] && !topic[other];
    return s_naive_match (filter + one + 1, topic + other + 1);
}

//  One to three levels of these, of which the last may be another
static void
s_draw (uint64_t *seed, const char *const *words, int count, int last,
        char *text)
{
    int levels = 1 + test_below (seed, 3);
    *text = 0;
    for (int i = 1; i <= levels; i++) {
        strcat (text, words[test_below (seed, i < levels ? count : last)]);
        strcat (text, i < levels ? "/" : "");
    }
}

static void
test_a_filter_lets_through_what_a_naive_one_does (void **state)
{
    (void) state;
    static const char *const words[] = {"a", "ab", "b", "+", "#"};
    uint64_t seed = test_seed ();
    int matches = 0;
    for (int i = 0; i < 100000; i++) {
        char text[16], topic[16];
        s_draw (&seed, words, 4, 5, text);
        s_draw (&seed, words, 3, 3, topic);
        zp_filter_t filter;
        assert_true (zp_filter_parse (&filter, text));
        bool match = zp_filter_matches (&filter, topic, strlen (topic));
        if (match != s_naive_match (text, topic))
            fail_msg ("%s on %s", text, topic);
        bool stem = filter.stem_size <= strlen (topic) + 1 &&
                    memcmp (filter.stem, topic, filter.stem_size) == 0;
        assert_true (match ? stem : !stem || filter.wild);
        assert_true (zp_topic_stem (filter.stem, filter.stem_size));
        matches += match;
    }
    assert_true (matches > 10000);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_topic_has_a_stem_for_each_level_and_one_more),
        cmocka_unit_test (test_stems_end_behind_slashes_and_the_nul),
        cmocka_unit_test (test_each_byte_is_looked_at_wherever_it_stands),
        cmocka_unit_test (test_a_topic_has_255_bytes_at_most),
        cmocka_unit_test (test_a_nul_within_makes_no_topic),
        cmocka_unit_test (test_a_stem_is_a_topic_with_a_slash_or_a_nul),
        cmocka_unit_test (test_a_filter_has_wildcards_for_whole_levels_only),
        cmocka_unit_test (
            test_the_stem_of_a_filter_is_what_is_before_wildcards),
        cmocka_unit_test (test_a_filter_lets_through_what_a_naive_one_does),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
