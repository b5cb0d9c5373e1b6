//  SPDX-License-Identifier: MIT
//
//  The table of stems.

#include "zp_stems.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

typedef struct {
    zp_stem_t stem;  // Which one
    int number;      // To tell it from others
} s_node_t;

static s_node_t *
s_add (zp_stems_t *stems, const char *text, zp_cut_t cut, int number)
{
    s_node_t *node = zp_stem_new (sizeof *node, text, cut);
    assert_int_equal (node->number, 0);
    node->number = number;
    zp_stems_add (stems, node);
    return node;
}

static zp_cut_t
s_cut (const char *text)
{
    return zp_stem_cut ((zp_span_t){text, strlen (text)});
}

static void
test_a_stem_alone_has_the_cut_that_it_has_in_a_topic (void **state)
{
    (void) state;
    zp_cut_t cuts[ZP_TOPIC_CUTS];
    size_t count = zp_topic_cut ("a/b", 3, cuts);
    assert_int_equal (count, 3);
    for (size_t i = 0; i < count; i++) {
        zp_span_t stem = {"a/b", cuts[i].size};
        zp_cut_t cut = zp_stem_cut (stem);
        assert_int_equal (cut.size, cuts[i].size);
        assert_int_equal (cut.hash, cuts[i].hash);
        zp_stem_t *alone = zp_stem_new (sizeof *alone, stem.data, cut);
        zp_span_t span = zp_stem_span (alone);
        assert_int_equal (span.size, stem.size);
        assert_memory_equal (span.data, stem.data, stem.size);
        free (alone);
    }
}

static void
test_what_was_added_is_found_until_it_is_removed (void **state)
{
    (void) state;
    zp_stems_t stems = {NULL, 0, 0};
    char text[16];
    assert_null (zp_stems_find (&stems, "a/", s_cut ("a/")));
    for (int i = 0; i < 1000; i++) {
        snprintf (text, sizeof text, "%d/", i);
        s_add (&stems, text, s_cut (text), i);
    }
    for (int i = 0; i < 1000; i += 2) {
        snprintf (text, sizeof text, "%d/", i);
        s_node_t *node = zp_stems_find (&stems, text, s_cut (text));
        zp_stems_remove (&stems, node);
        free (node);
    }
    assert_int_equal (stems.count, 500);
    for (int i = 0; i < 1000; i++) {
        snprintf (text, sizeof text, "%d/", i);
        const s_node_t *node = zp_stems_find (&stems, text, s_cut (text));
        assert_true (i % 2 ? node && node->number == i : !node);
    }
    zp_stems_clear (&stems, NULL, NULL);
    assert_int_equal (stems.count, 0);
    assert_null (zp_stems_find (&stems, "1/", s_cut ("1/")));
}

//  As an unlucky hash, or somebody who has calculated it, would have it
static void
test_stems_with_the_same_hash_are_told_apart (void **state)
{
    (void) state;
    zp_stems_t stems = {NULL, 0, 0};
    s_add (&stems, "a/b/", (zp_cut_t){4, 7}, 1);
    s_add (&stems, "a/c/", (zp_cut_t){4, 7}, 2);
    s_add (&stems, "a/", (zp_cut_t){2, 7}, 3);
    const s_node_t *node = zp_stems_find (&stems, "a/b/", (zp_cut_t){4, 7});
    assert_int_equal (node->number, 1);
    node = zp_stems_find (&stems, "a/c/", (zp_cut_t){4, 7});
    assert_int_equal (node->number, 2);
    node = zp_stems_find (&stems, "a/b/", (zp_cut_t){2, 7});
    assert_int_equal (node->number, 3);
    assert_null (zp_stems_find (&stems, "a/d/", (zp_cut_t){4, 7}));
    assert_null (zp_stems_find (&stems, "", (zp_cut_t){0, 7}));
    zp_stems_clear (&stems, NULL, NULL);
}

typedef struct {
    zp_stems_t stems;  // The table
    int sum;           // Of the numbers that were seen
} s_visit_t;

static void
s_take_out (void *arg_node, void *arg)
{
    s_node_t *node = arg_node;
    s_visit_t *visit = arg;
    visit->sum += node->number;
    zp_stems_remove (&visit->stems, node);
    free (node);
}

static void
s_sum (void *node, void *arg)
{
    *(int *) arg += ((s_node_t *) node)->number;
}

static void
test_each_is_seen_once_even_if_it_is_taken_out (void **state)
{
    (void) state;
    s_visit_t visit = {{NULL, 0, 0}, 0};
    zp_stems_each (&visit.stems, s_take_out, &visit);
    for (int i = 1; i <= 100; i++)
        s_add (&visit.stems, "a/", (zp_cut_t){2, (uint32_t) i % 20}, i);
    int sum = 0;
    zp_stems_each (&visit.stems, s_sum, &sum);
    assert_int_equal (sum, 5050);
    zp_stems_each (&visit.stems, s_take_out, &visit);
    assert_int_equal (visit.sum, 5050);
    assert_int_equal (visit.stems.count, 0);
    s_add (&visit.stems, "a/", s_cut ("a/"), 7);
    sum = 0;
    zp_stems_clear (&visit.stems, s_sum, &sum);
    assert_int_equal (sum, 7);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_stem_alone_has_the_cut_that_it_has_in_a_topic),
        cmocka_unit_test (test_what_was_added_is_found_until_it_is_removed),
        cmocka_unit_test (test_stems_with_the_same_hash_are_told_apart),
        cmocka_unit_test (test_each_is_seen_once_even_if_it_is_taken_out),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
