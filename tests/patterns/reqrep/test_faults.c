//  SPDX-License-Identifier: MIT
//
//  Rules for faults, without a server.

#include "zp_faults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static zp_status_t
s_load (zp_faults_t *self, const char *rules, int64_t now_ms, char *error)
{
    return zp_faults_load (self, rules, strlen (rules), now_ms, error, 256);
}

//  Faults by these rules, which are good
static zp_faults_t *
s_new (const char *rules)
{
    zp_faults_t *self = zp_faults_new (1);
    char error[256] = "";
    if (s_load (self, rules, 1000, error) != ZP_OK)
        fail_msg ("%s", error);
    return self;
}

//  True if the rules do something to a request "a" by that client, then
static bool
s_is_hit (zp_faults_t *self, uint64_t client, int64_t now_ms)
{
    zp_faulted_t request = {.method = "a", .client = client};
    zp_fault_t fault;
    return zp_faults_pick (self, &request, now_ms, &fault);
}

//  What the rules do to a request of that method, now
static zp_fault_t
s_pick (zp_faults_t *self, const char *method)
{
    zp_faulted_t request = {.method = method, .client = 0xc0ffee};
    zp_fault_t fault = {.delay_ms = -1};
    zp_fault_t nothing = {.delay_ms = 0};
    return zp_faults_pick (self, &request, 1000, &fault) ? fault : nothing;
}

static void
test_each_kind_of_fault_is_picked (void **state)
{
    (void) state;
    zp_faults_t *self =
        s_new ("[{\"method\": \"a\", \"delay_ms\": 3000},"
               " {\"method\": \"b\", \"drop\": \"before\"},"
               " {\"method\": \"c\", \"drop\": \"after\"},"
               " {\"method\": \"d\", \"error\": \"UNAVAILABLE\"},"
               " {\"method\": \"e\", \"delay_ms\": 1, \"drop\": \"after\"}]");
    assert_int_equal (s_pick (self, "a").delay_ms, 3000);
    assert_true (s_pick (self, "b").drop_before);
    assert_false (s_pick (self, "b").drop_after);
    assert_true (s_pick (self, "c").drop_after);
    assert_false (s_pick (self, "c").drop_before);
    assert_int_equal (s_pick (self, "d").status, ZP_UNAVAILABLE);
    assert_int_equal (s_pick (self, "e").delay_ms, 1);
    assert_true (s_pick (self, "e").drop_after);
    assert_int_equal (s_pick (self, "f").delay_ms, 0);
    zp_faults_destroy (&self);
    assert_null (self);
    zp_faults_destroy (&self);
}

static void
test_a_star_at_the_end_of_a_method_stands_for_any_end (void **state)
{
    (void) state;
    zp_faults_t *self = s_new ("[{\"method\": \"a.*\", \"delay_ms\": 1}]");
    assert_int_equal (s_pick (self, "a.").delay_ms, 1);
    assert_int_equal (s_pick (self, "a.b").delay_ms, 1);
    assert_int_equal (s_pick (self, "a").delay_ms, 0);
    assert_int_equal (s_pick (self, "b.a.").delay_ms, 0);
    zp_faults_destroy (&self);
    self = s_new ("[{\"delay_ms\": 1}]");
    assert_int_equal (s_pick (self, "anything").delay_ms, 1);
    assert_int_equal (s_pick (self, "").delay_ms, 1);
    zp_faults_destroy (&self);
}

static void
test_the_first_rule_that_matches_counts (void **state)
{
    (void) state;
    zp_faults_t *self = s_new ("[{\"method\": \"a\", \"delay_ms\": 1},"
                               " {\"method\": \"a*\", \"delay_ms\": 2},"
                               " {\"percent\": 0, \"delay_ms\": 3},"
                               " {\"delay_ms\": 4}]");
    assert_int_equal (s_pick (self, "a").delay_ms, 1);
    assert_int_equal (s_pick (self, "ab").delay_ms, 2);
    //  Even if it is spared by chance
    assert_int_equal (s_pick (self, "b").delay_ms, 0);
    zp_faults_destroy (&self);
}

static void
test_a_rule_can_be_for_one_client (void **state)
{
    (void) state;
    zp_faults_t *self =
        s_new ("[{\"client\": \"fedcba9876543210\", \"delay_ms\": 1}]");
    assert_true (s_is_hit (self, 0xfedcba9876543210, 1000));
    assert_false (s_is_hit (self, 0xfedcba9876543211, 1000));
    assert_false (s_is_hit (self, 0, 1000));
    zp_faults_destroy (&self);
}

static void
test_a_rule_can_be_for_what_an_argument_holds (void **state)
{
    (void) state;
    zp_faults_t *self =
        s_new ("[{\"holds\": \"\\\"user\\\":\\\"ada\\\"\", \"delay_ms\": 1}]");
    static const struct {
        const char *first;  // Arguments
        const char *second;
        bool hit;  // It is one of those
    } request[] = {{"", "", false},
                   {"{\"user\":\"bruno\"}", "ada", false},
                   {"{\"user\":\"ada\"}", "", true},
                   {"x", "{\"n\":1,\"user\":\"ada\"}", true}};
    for (size_t i = 0; i < sizeof request / sizeof *request; i++) {
        zp_span_t args[] = {{request[i].first, strlen (request[i].first)},
                            {request[i].second, strlen (request[i].second)}};
        zp_faulted_t faulted = {"a", 1, args, 2};
        zp_fault_t fault;
        assert_int_equal (zp_faults_pick (self, &faulted, 1000, &fault),
                          request[i].hit);
    }
    assert_false (s_is_hit (self, 1, 1000));  // It has no arguments
    zp_faults_destroy (&self);
}

static void
test_a_rule_can_be_for_a_time_from_when_it_was_loaded (void **state)
{
    (void) state;
    zp_faults_t *self = s_new ("[{\"for_ms\": 500, \"delay_ms\": 1}]");
    assert_true (s_is_hit (self, 1, 1499));
    assert_false (s_is_hit (self, 1, 1500));
    zp_faults_destroy (&self);
}

//  How many of 10000 requests are hit by a rule with that percentage, and with
//  which seed
static int
s_hits (const char *rules, uint64_t seed, uint64_t *which)
{
    zp_faults_t *self = zp_faults_new (seed);
    char error[256];
    assert_int_equal (s_load (self, rules, 0, error), ZP_OK);
    int hits = 0;
    *which = 0;
    for (int i = 0; i < 10000; i++) {
        bool hit = s_is_hit (self, 1, 0);
        hits += hit;
        *which = *which * 31 + hit;
    }
    zp_faults_destroy (&self);
    return hits;
}

static void
test_a_percentage_is_hit_and_the_seed_says_which (void **state)
{
    (void) state;
    uint64_t first, again, other;
    const char *rules = "[{\"percent\": 30, \"delay_ms\": 1}]";
    assert_in_range (s_hits (rules, 7, &first), 2700, 3300);
    s_hits (rules, 7, &again);
    s_hits (rules, 8, &other);
    assert_true (first == again);
    assert_true (first != other);
    assert_in_range (
        s_hits ("[{\"percent\": 0.5, \"delay_ms\": 1}]", 7, &first), 20, 90);
    assert_int_equal (
        s_hits ("[{\"percent\": 100, \"delay_ms\": 1}]", 7, &first), 10000);
}

static void
test_the_rules_are_listed_with_their_hits (void **state)
{
    (void) state;
    const char *rules = "[{\"method\": \"a\", \"drop\": \"after\"},"
                        " {\"percent\": 12.5, \"error\": \"ABORTED\"}]";
    zp_faults_t *self = s_new (rules);
    s_pick (self, "a");
    s_pick (self, "a");
    char *text = zp_faults_list (self);
    json_t *listed = json_loads (text, 0, NULL);
    free (text);
    assert_int_equal (json_array_size (listed), 2);
    const json_int_t hits[] = {2, 0};
    for (size_t i = 0; i < 2; i++) {
        json_t *rule = json_array_get (listed, i);
        assert_int_equal (json_integer_value (json_object_get (rule, "hits")),
                          hits[i]);
        json_object_del (rule, "hits");
    }
    json_t *given = json_loads (rules, 0, NULL);
    assert_true (json_equal (listed, given));
    json_decref (given);
    json_decref (listed);
    zp_faults_destroy (&self);
}

static void
test_rules_that_make_no_sense_are_refused_with_a_text (void **state)
{
    (void) state;
    static const struct {
        const char *rules;  // What is loaded
        const char *says;   // A part of the text
    } bad[] = {
        {"", "line 1"},
        {"[", "line 1"},
        {"[\n{\"delay_ms\": 1},\n}]", "line 3"},
        {"[] x", "line 1"},
        {"{}", "array"},
        {"7", ""},
        {"[{}]", "rule 1"},
        {"[7]", "rule 1"},
        {"[\"drop\"]", "rule 1"},
        {"[{\"method\": \"a\"}]", "rule 1"},
        {"[{\"delay_ms\": 1}, {\"percent\": 3}]", "rule 2"},
        {"[{\"delay_ms\": 0}]", "\"delay_ms\""},
        {"[{\"delay_ms\": -1}]", "\"delay_ms\""},
        {"[{\"delay_ms\": 1.5}]", "\"delay_ms\""},
        {"[{\"delay_ms\": \"1\"}]", "\"delay_ms\""},
        {"[{\"delay_ms\": 3000000000}]", "\"delay_ms\""},
        {"[{\"delay_ms\": 1, \"delay_ms\": 2}]", "line 1"},
        {"[{\"drop\": \"sometimes\"}]", "\"drop\""},
        {"[{\"drop\": true}]", "\"drop\""},
        {"[{\"error\": \"OK\"}]", "\"error\""},
        {"[{\"error\": \"NO_SUCH_STATUS\"}]", "\"error\""},
        {"[{\"error\": 14}]", "\"error\""},
        {"[{\"delay_ms\": 1, \"percent\": -1}]", "\"percent\""},
        {"[{\"delay_ms\": 1, \"percent\": 100.1}]", "\"percent\""},
        {"[{\"delay_ms\": 1, \"percent\": \"3\"}]", "\"percent\""},
        {"[{\"delay_ms\": 1, \"for_ms\": 0}]", "\"for_ms\""},
        {"[{\"delay_ms\": 1, \"for_ms\": null}]", "\"for_ms\""},
        {"[{\"delay_ms\": 1, \"client\": 7}]", "\"client\""},
        {"[{\"delay_ms\": 1, \"client\": \"\"}]", "\"client\""},
        {"[{\"delay_ms\": 1, \"client\": \"xyz\"}]", "\"client\""},
        {"[{\"delay_ms\": 1, \"client\": \"12 \"}]", "\"client\""},
        {"[{\"delay_ms\": 1, \"client\": \"10000000000000000\"}]",
         "\"client\""},
        {"[{\"delay_ms\": 1, \"method\": 7}]", "\"method\""},
        {"[{\"delay_ms\": 1, \"methods\": \"a\"}]", "\"methods\""},
    };
    zp_faults_t *self = s_new ("[{\"delay_ms\": 77}]");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char error[256] = "";
        if (s_load (self, bad[i].rules, 0, error) != ZP_INVALID_ARGUMENT ||
            !error[0] || !strstr (error, bad[i].says))
            fail_msg ("%s: %s", bad[i].rules, error);
        assert_int_equal (s_pick (self, "a").delay_ms, 77);
    }
    zp_faults_destroy (&self);
}

static void
test_a_text_never_overruns_its_room (void **state)
{
    (void) state;
    zp_faults_t *self = zp_faults_new (1);
    char rules[2000] = "[{\"";
    memset (rules + 3, 'k', 1000);
    strcpy (rules + 1003, "\": 1}]");
    char error[9] = "12345678";
    assert_int_equal (zp_faults_load (self, rules, strlen (rules), 0, error, 8),
                      ZP_INVALID_ARGUMENT);
    assert_string_equal (error, "rule 1:");
    zp_faults_destroy (&self);
}

//  Load so many rules
static zp_status_t
s_load_many (zp_faults_t *self, int count)
{
    char rules[2000] = "[";
    for (int i = 0; i < count; i++)
        strcat (rules, i ? ", {\"delay_ms\": 1}" : "{\"delay_ms\": 1}");
    strcat (rules, "]");
    char error[256];
    return s_load (self, rules, 0, error);
}

static void
test_there_can_be_64_rules (void **state)
{
    (void) state;
    zp_faults_t *self = zp_faults_new (1);
    assert_int_equal (s_load_many (self, 64), ZP_OK);
    assert_int_equal (s_load_many (self, 65), ZP_INVALID_ARGUMENT);
    assert_int_equal (s_load_many (self, 0), ZP_OK);
    zp_faults_destroy (&self);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_each_kind_of_fault_is_picked),
        cmocka_unit_test (
            test_a_star_at_the_end_of_a_method_stands_for_any_end),
        cmocka_unit_test (test_the_first_rule_that_matches_counts),
        cmocka_unit_test (test_a_rule_can_be_for_one_client),
        cmocka_unit_test (test_a_rule_can_be_for_what_an_argument_holds),
        cmocka_unit_test (
            test_a_rule_can_be_for_a_time_from_when_it_was_loaded),
        cmocka_unit_test (test_a_percentage_is_hit_and_the_seed_says_which),
        cmocka_unit_test (test_the_rules_are_listed_with_their_hits),
        cmocka_unit_test (
            test_rules_that_make_no_sense_are_refused_with_a_text),
        cmocka_unit_test (test_a_text_never_overruns_its_room),
        cmocka_unit_test (test_there_can_be_64_rules),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
