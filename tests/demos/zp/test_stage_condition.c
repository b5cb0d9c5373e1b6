//  SPDX-License-Identifier: MIT
//
//  What must be seen in the stage's document

#include "stage_condition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "test_seed.h"

static json_t *
s_json (const char *text)
{
    json_t *json = json_loads (text, JSON_DECODE_ANY, NULL);
    assert_non_null (json);
    return json;
}

//  True if the condition, as written, holds for what was and what is there;
//  NULL: nothing
static bool
s_holds (const char *see, const char *before, const char *now)
{
    zp_json_doc_t *doc = zp_json_doc_new (see, strlen (see));
    stage_condition_t condition;
    assert_true (
        stage_condition_read (&condition, doc, zp_json_doc_root (doc), ""));
    json_t *first = before ? s_json (before) : NULL;
    json_t *second = now ? s_json (now) : NULL;
    bool holds = stage_condition_holds (&condition, first, second);
    json_decref (first);
    json_decref (second);
    zp_json_doc_destroy (&doc);
    return holds;
}

static void
s_assert_wrong (const char *see, const char *said)
{
    zp_json_doc_t *doc = zp_json_doc_new (see, strlen (see));
    stage_condition_t condition;
    assert_false (
        stage_condition_read (&condition, doc, zp_json_doc_root (doc), ""));
    char *lines = zp_json_doc_lines (doc);
    assert_string_equal (lines, said);
    free (lines);
    zp_json_doc_destroy (&doc);
}

static void
test_each_verb_means_what_it_says (void **state)
{
    (void) state;
    assert_true (s_holds ("[\"a.b\", \"rises\"]", "1", "2"));
    assert_false (s_holds ("[\"a.b\", \"rises\"]", "2", "2"));
    assert_true (s_holds ("[\"a.b\", \"rises\", 3]", "2", "5"));
    assert_false (s_holds ("[\"a.b\", \"rises\", 3]", "2", "4.9"));
    assert_true (s_holds ("[\"a.b\", \"falls\"]", "2", "1.5"));
    assert_false (s_holds ("[\"a.b\", \"falls\", 1]", "2", "1.5"));
    assert_true (s_holds ("[\"a.b\", \"is\", \"open\"]", NULL, "\"open\""));
    assert_true (s_holds ("[\"a.b\", \"is\", 0]", NULL, "0.0"));
    assert_false (s_holds ("[\"a.b\", \"is\", 0]", NULL, "\"0\""));
    assert_true (s_holds ("[\"a.b\", \"not\", \"open\"]", NULL, "\"x\""));
    assert_true (s_holds ("[\"a.b\", \"<\", 50]", NULL, "49.9"));
    assert_false (s_holds ("[\"a.b\", \"<\", 50]", NULL, "50"));
    assert_true (s_holds ("[\"a.b\", \">\", 50]", NULL, "51"));
    assert_true (s_holds ("[\"a.b\", \"same\"]", "7", "7"));
    assert_false (s_holds ("[\"a.b\", \"same\"]", "7", "8"));
    assert_true (s_holds ("[\"a.b\", \"stays below\", 9]", "90", "8.9"));
    assert_false (s_holds ("[\"a.b\", \"stays below\", 9]", "7", "9"));
}

static void
test_what_is_not_there_is_never_seen_but_was_nothing (void **state)
{
    (void) state;
    static const char *const all[] = {
        "[\"a\", \"rises\"]", "[\"a\", \"falls\"]",
        "[\"a\", \"is\", 0]", "[\"a\", \"not\", 0]",
        "[\"a\", \"<\", 1]",  "[\"a\", \">\", -1]",
        "[\"a\", \"same\"]",  "[\"a\", \"stays below\", 1]"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_false (s_holds (all[i], NULL, NULL));
    assert_true (s_holds ("[\"a\", \"rises\", 3]", NULL, "3"));
    assert_false (s_holds ("[\"a\", \"same\"]", NULL, "0"));
    assert_false (s_holds ("[\"a\", \"falls\"]", NULL, "-1"));
}

static void
test_a_path_goes_by_keys_and_by_both_ends_of_an_edge (void **state)
{
    (void) state;
    json_t *json = s_json ("{\"queues\": {\"encode\": {\"depth\": 4}},"
                           " \"edges\": [{\"from\": \"a\", \"to\": \"b-1\","
                           " \"sent\": 1}, {\"from\": \"a\", \"to\": \"b\","
                           " \"sent\": 2}, 3, {\"from\": 1}]}");
    assert_int_equal (
        json_integer_value (stage_value (json, "queues.encode.depth")), 4);
    assert_int_equal (json_integer_value (stage_value (json, "edges.a>b.sent")),
                      2);
    assert_null (stage_value (json, "edges.a>c.sent"));
    assert_null (stage_value (json, "edges.ab.sent"));
    assert_null (stage_value (json, "queues.encode.depth.more"));
    assert_null (stage_value (json, "nothing"));
    assert_null (stage_value (NULL, "queues"));
    json_decref (json);
}

static void
test_mistakes_are_told_where_they_are (void **state)
{
    (void) state;
    s_assert_wrong ("[\"a\"]", "1:1: a condition is [PATH, VERB] or [PATH, "
                               "VERB, VALUE]\n");
    s_assert_wrong ("[1, \"is\", 2]", "1:1: a condition is [PATH, VERB] or "
                                      "[PATH, VERB, VALUE]\n");
    s_assert_wrong ("[\"a\", \"rise\"]",
                    "1:7: no verb \"rise\"; did you mean \"rises\"?\n");
    s_assert_wrong ("[\"a\", \"is\"]",
                    "1:7: a value must come behind \"is\"\n");
    s_assert_wrong ("[\"a\", \"<\", \"x\"]",
                    "1:12: a number must come behind \"<\"\n");
    s_assert_wrong ("[\"a\", \"same\", 1]",
                    "1:15: nothing comes behind \"same\"\n");
    s_assert_wrong ("[\"a\", \"rises\", 0]", "1:16: only a number above 0 may "
                                             "come behind \"rises\"\n");
}

//  Of two numbers: rises, falls or same; and N more is N less the other way
static void
test_numbers_rise_fall_or_are_the_same (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    for (int i = 0; i < 2000; i++) {
        char before[32], now[32], rises[64], falls[64];
        int one = test_below (&seed, 20), other = test_below (&seed, 20);
        int by = 1 + test_below (&seed, 20);
        snprintf (before, sizeof before, "%d", one);
        snprintf (now, sizeof now, "%d", other);
        snprintf (rises, sizeof rises, "[\"a\", \"rises\", %d]", by);
        snprintf (falls, sizeof falls, "[\"a\", \"falls\", %d]", by);
        int held = s_holds ("[\"a\", \"rises\"]", before, now) +
                   s_holds ("[\"a\", \"falls\"]", before, now) +
                   s_holds ("[\"a\", \"same\"]", before, now);
        assert_int_equal (held, 1);
        assert_int_equal (s_holds (rises, before, now), other - one >= by);
        assert_int_equal (s_holds (rises, before, now),
                          s_holds (falls, now, before));
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_each_verb_means_what_it_says),
        cmocka_unit_test (test_what_is_not_there_is_never_seen_but_was_nothing),
        cmocka_unit_test (test_a_path_goes_by_keys_and_by_both_ends_of_an_edge),
        cmocka_unit_test (test_mistakes_are_told_where_they_are),
        cmocka_unit_test (test_numbers_rise_fall_or_are_the_same),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
