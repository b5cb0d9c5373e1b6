//  SPDX-License-Identifier: MIT
//
//  Scenes as they are played

#include "stage_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "test_seed.h"

#define REST                                                                   \
    "\"title\": \"T\", \"pattern\": \"P\", \"text\": \"X\", "                  \
    "\"command\": \"C\", "

static const char s_text[] =
    "[{\"name\": \"down\", " REST
    "  \"do\": [{\"kill\": \"a\"}, {\"pause\": \"b\"}],"
    "  \"expect\": [{\"text\": \"fewer\", \"see\": [\"load.n\", \"falls\"]},"
    "    {\"text\": \"no loss\", \"see\": [\"load.lost\", \"same\"]}],"
    "  \"recovered\": [{\"text\": \"more\", \"see\": [\"load.n\", \"rises\"]},"
    "    {\"text\": \"no loss\", \"see\": [\"load.lost\", \"same\"]}]},"
    " {\"name\": \"also\", " REST
    "  \"do\": [{\"stop\": \"a\"}, {\"load\": 10}],"
    "  \"expect\": [], \"recovered\": []},"
    " {\"name\": \"rules\", " REST "  \"for_ms\": 1000,"
    "  \"do\": [{\"faults\": {\"service\": \"a\", \"rules\": ["
    "    {\"method\": \"x\", \"drop\": \"after\", \"percent\": 30}]}},"
    "    {\"scale\": {\"service\": \"s\", \"to\": 1}}],"
    "  \"expect\": [], \"recovered\": []},"
    " {\"name\": \"more\", " REST
    "  \"do\": [{\"faults\": {\"service\": \"a\", \"rules\": ["
    "    {\"method\": \"y\", \"delay_ms\": 5}]}},"
    "    {\"call\": {\"service\": \"c\", \"method\": \"m\", \"body\": [1],"
    "      \"heal\": {\"method\": \"n\"}}},"
    "    {\"call\": {\"service\": \"c\", \"method\": \"o\"}}],"
    "  \"expect\": [], \"recovered\": []},"
    " {\"name\": \"steady\", " REST
    "  \"do\": [{\"call\": {\"service\": \"c\", \"method\": \"o\"}}],"
    "  \"expect\": [{\"text\": \"few\", \"see\": [\"load.n\", \"stays below\", "
    "10]},"
    "    {\"text\": \"no loss\", \"see\": [\"load.lost\", \"same\"]},"
    "    {\"text\": \"some\", \"see\": [\"load.n\", \">\", 5]}],"
    "  \"recovered\": []}]";

enum { DOWN, ALSO, RULES, MORE, STEADY, SCENES };

static const stage_scope_t s_as_written;

typedef struct fixture {
    stage_scenes_t *scenes;
    stage_play_t *play;
    int64_t now_ms;
} fixture_t;

static int
s_set_up (void **state)
{
    fixture_t *self = calloc (1, sizeof *self);
    zp_json_doc_t *doc = zp_json_doc_new (s_text, strlen (s_text));
    self->scenes = stage_scenes_new (doc, NULL);
    assert_non_null (self->scenes);
    zp_json_doc_destroy (&doc);
    self->play = stage_play_new (self->scenes);
    self->now_ms = 1000;
    *state = self;
    return 0;
}

static int
s_tear_down (void **state)
{
    fixture_t *self = *state;
    stage_play_destroy (&self->play);
    stage_scenes_destroy (&self->scenes);
    free (self);
    return 0;
}

//  Look at a document that was asked for so long ago, some time later
static void
s_look_old (fixture_t *self, int n, int lost, int64_t age_ms)
{
    json_t *document =
        json_pack ("{s{si si} s{s{ss ss} s{ss ss}}}", "load", "n", n, "lost",
                   lost, "services", "s-1", "group", "s", "state", "ready",
                   "s-2", "group", "s", "state", "ready");
    self->now_ms += 100;
    stage_play_look (self->play, document, self->now_ms - age_ms, self->now_ms);
    json_decref (document);
}

static void
s_look (fixture_t *self, int n, int lost)
{
    s_look_old (self, n, lost, 0);
}

//  The next thing that is to be done must be this: "SERVICE METHOD BODY"
static void
s_assert_next (fixture_t *self, int scene, const char *expected,
               const char *error)
{
    stage_effect_t effect;
    char text[256];
    assert_true (stage_play_next (self->play, scene, self->now_ms, &effect));
    snprintf (text, sizeof text, "%s %s %s",
              effect.service ? effect.service : "-", effect.method,
              effect.body ? effect.body : "-");
    free (effect.body);
    assert_string_equal (text, expected);
    //  One after the other
    assert_false (stage_play_next (self->play, scene, self->now_ms, &effect));
    stage_play_did (self->play, scene, error, self->now_ms);
}

static void
s_assert_no_more (fixture_t *self, int scene, stage_phase_t phase)
{
    stage_effect_t effect;
    assert_false (stage_play_next (self->play, scene, self->now_ms, &effect));
    assert_int_equal (stage_play_phase (self->play, scene), phase);
}

static void
s_break (fixture_t *self, int scene)
{
    assert_true (
        stage_play_break (self->play, scene, &s_as_written, self->now_ms));
    s_look (self, 10, 0);
}

static void
s_break_down (fixture_t *self)
{
    s_break (self, DOWN);
    s_assert_next (self, DOWN, "- up.kill {\"service\":\"a\"}", NULL);
    s_assert_next (self, DOWN, "- up.pause {\"service\":\"b\"}", NULL);
    s_assert_no_more (self, DOWN, STAGE_ON);
}

static void
test_steps_are_done_in_order_and_taken_back_in_reverse (void **state)
{
    fixture_t *self = *state;
    s_break_down (self);
    assert_true (stage_play_heal (self->play, DOWN, self->now_ms));
    s_assert_next (self, DOWN, "- up.resume {\"service\":\"b\"}", NULL);
    s_assert_next (self, DOWN, "- up.start {\"service\":\"a\"}", NULL);
    s_assert_no_more (self, DOWN, STAGE_OFF);
}

static void
test_nothing_is_done_before_it_is_known_how_all_was (void **state)
{
    fixture_t *self = *state;
    stage_play_break (self->play, DOWN, &s_as_written, self->now_ms);
    s_assert_no_more (self, DOWN, STAGE_WANTED);
    s_look_old (self, 10, 0, 200);
    s_assert_no_more (self, DOWN, STAGE_WANTED);
    assert_true (stage_play_heal (self->play, DOWN, self->now_ms));
    s_assert_no_more (self, DOWN, STAGE_OFF);
    assert_false (stage_play_healed (self->play, DOWN));
}

static void
test_what_is_seen_once_counts_and_the_same_must_last (void **state)
{
    fixture_t *self = *state;
    s_break_down (self);
    s_look (self, 10, 1);
    assert_false (stage_play_seen (self->play, DOWN));
    s_look (self, 9, 1);
    s_look (self, 12, 1);
    assert_false (stage_play_seen (self->play, DOWN));
    s_look (self, 12, 0);
    assert_true (stage_play_seen (self->play, DOWN));
    s_look (self, 12, 7);
    assert_true (stage_play_seen (self->play, DOWN));
}

static void
test_what_must_stay_below_counts_only_when_all_else_was_seen (void **state)
{
    fixture_t *self = *state;
    s_break (self, STEADY);
    s_assert_next (self, STEADY, "c o -", NULL);
    s_assert_no_more (self, STEADY, STAGE_ON);
    s_look (self, 4, 0);
    s_look (self, 10, 0);
    assert_false (stage_play_seen (self->play, STEADY));
    s_look (self, 9, 0);
    assert_true (stage_play_seen (self->play, STEADY));
}

static void
test_who_had_said_nothing_is_compared_with_what_he_says_first (void **state)
{
    fixture_t *self = *state;
    stage_play_break (self->play, STEADY, &s_as_written, self->now_ms);
    json_t *empty = json_object ();
    stage_play_look (self->play, empty, self->now_ms, self->now_ms);
    json_decref (empty);
    s_assert_next (self, STEADY, "c o -", NULL);
    s_assert_no_more (self, STEADY, STAGE_ON);
    s_look (self, 4, 3);
    s_look (self, 6, 4);
    assert_false (stage_play_seen (self->play, STEADY));
    s_look (self, 6, 3);
    assert_true (stage_play_seen (self->play, STEADY));
}

static void
test_old_news_is_no_news (void **state)
{
    fixture_t *self = *state;
    s_break_down (self);
    s_look_old (self, 1, 0, 200);
    assert_false (stage_play_seen (self->play, DOWN));
    s_look (self, 1, 0);
    assert_true (stage_play_seen (self->play, DOWN));
}

static void
test_recovery_rises_from_when_the_healing_began (void **state)
{
    fixture_t *self = *state;
    s_break_down (self);
    s_look (self, 3, 0);
    stage_play_heal (self->play, DOWN, self->now_ms);
    s_look (self, 4, 0);
    s_assert_next (self, DOWN, "- up.resume {\"service\":\"b\"}", NULL);
    s_assert_next (self, DOWN, "- up.start {\"service\":\"a\"}", NULL);
    s_assert_no_more (self, DOWN, STAGE_OFF);
    assert_true (stage_play_healed (self->play, DOWN));
    assert_false (stage_play_recovered (self->play, DOWN));
    //  Less than before it was broken, more than when it was healed
    s_look (self, 4, 1);
    assert_false (stage_play_recovered (self->play, DOWN));
    s_look (self, 4, 0);
    assert_true (stage_play_recovered (self->play, DOWN));
}

static void
test_what_fails_is_taken_back (void **state)
{
    fixture_t *self = *state;
    s_break (self, DOWN);
    s_assert_next (self, DOWN, "- up.kill {\"service\":\"a\"}", NULL);
    s_assert_next (self, DOWN, "- up.pause {\"service\":\"b\"}", "no b");
    s_assert_next (self, DOWN, "- up.start {\"service\":\"a\"}", NULL);
    s_assert_no_more (self, DOWN, STAGE_OFF);
    assert_string_equal (stage_play_error (self->play, DOWN), "pause b: no b");
    assert_false (stage_play_healed (self->play, DOWN));
}

static void
test_what_can_not_be_healed_is_left_for_later (void **state)
{
    fixture_t *self = *state;
    s_break_down (self);
    stage_play_heal (self->play, DOWN, self->now_ms);
    s_assert_next (self, DOWN, "- up.resume {\"service\":\"b\"}", "not now");
    s_assert_next (self, DOWN, "- up.start {\"service\":\"a\"}", NULL);
    s_assert_no_more (self, DOWN, STAGE_ON);
    assert_string_equal (stage_play_error (self->play, DOWN),
                         "pause b: not now");
    stage_play_heal (self->play, DOWN, self->now_ms);
    s_assert_next (self, DOWN, "- up.resume {\"service\":\"b\"}", NULL);
    s_assert_no_more (self, DOWN, STAGE_OFF);
}

static void
test_what_another_scene_has_broken_as_well_is_left_to_that (void **state)
{
    fixture_t *self = *state;
    s_break_down (self);
    s_break (self, ALSO);
    s_assert_next (self, ALSO, "- up.stop {\"service\":\"a\"}", NULL);
    s_assert_next (self, ALSO, "viewers load.set {\"factor\":10}", NULL);
    stage_play_heal (self->play, DOWN, self->now_ms);
    s_assert_next (self, DOWN, "- up.resume {\"service\":\"b\"}", NULL);
    s_assert_no_more (self, DOWN, STAGE_OFF);
    s_assert_no_more (self, ALSO, STAGE_ON);
    stage_play_heal (self->play, ALSO, self->now_ms);
    s_assert_next (self, ALSO, "viewers load.set {\"factor\":1}", NULL);
    s_assert_next (self, ALSO, "- up.start {\"service\":\"a\"}", NULL);
    s_assert_no_more (self, ALSO, STAGE_OFF);
}

static void
test_rules_of_scenes_are_together_and_go_alone (void **state)
{
    fixture_t *self = *state;
    s_break (self, MORE);
    s_assert_next (self, MORE,
                   "a zp.faults [{\"method\":\"y\",\"delay_ms\":5}]", NULL);
    s_assert_next (self, MORE, "c m [1]", NULL);
    s_assert_next (self, MORE, "c o -", NULL);
    s_assert_no_more (self, MORE, STAGE_ON);
    stage_scope_t scope = {.percent = 7, .for_ms = 500};
    stage_play_break (self->play, RULES, &scope, self->now_ms);
    s_look (self, 10, 0);
    s_assert_next (self, RULES,
                   "a zp.faults [{\"method\":\"x\",\"drop\":\"after\","
                   "\"percent\":7,\"for_ms\":500},{\"method\":\"y\","
                   "\"delay_ms\":5}]",
                   NULL);
    stage_play_heal (self->play, MORE, self->now_ms);
    s_assert_next (self, MORE, "c n -", NULL);
    s_assert_next (self, MORE,
                   "a zp.faults [{\"method\":\"x\",\"drop\":\"after\","
                   "\"percent\":7,\"for_ms\":500}]",
                   NULL);
    char *rules = stage_play_rules (self->play, "a", self->now_ms + 100);
    assert_string_equal (rules, "[{\"method\":\"x\",\"drop\":\"after\","
                                "\"percent\":7,\"for_ms\":400}]");
    free (rules);
    assert_null (stage_play_rules (self->play, "b", self->now_ms));
}

static void
test_it_heals_by_itself_and_scales_back (void **state)
{
    fixture_t *self = *state;
    s_break (self, RULES);
    s_assert_next (self, RULES,
                   "a zp.faults [{\"method\":\"x\",\"drop\":\"after\","
                   "\"percent\":30,\"for_ms\":1000}]",
                   NULL);
    s_assert_next (self, RULES, "- up.scale {\"service\":\"s\",\"to\":1}",
                   NULL);
    s_assert_no_more (self, RULES, STAGE_ON);
    self->now_ms += 800;
    s_look (self, 10, 0);
    s_assert_no_more (self, RULES, STAGE_ON);
    s_look (self, 10, 0);
    s_assert_next (self, RULES, "- up.scale {\"service\":\"s\",\"to\":2}",
                   NULL);
    s_assert_next (self, RULES, "a zp.faults []", NULL);
    s_assert_no_more (self, RULES, STAGE_OFF);
}

//  Keep account of who is down, as a supervisor would
static void
s_apply (const stage_effect_t *effect, bool *down)
{
    if (effect->service)
        return;
    int which = strstr (effect->body, "\"b\"") ? 1 : 0;
    if (strcmp (effect->method, "up.kill") == 0 ||
        strcmp (effect->method, "up.stop") == 0 ||
        strcmp (effect->method, "up.pause") == 0)
        down[which] = true;
    if (strcmp (effect->method, "up.start") == 0 ||
        strcmp (effect->method, "up.resume") == 0)
        down[which] = false;
}

//  Do something of what is to be done, which fails now and then
static void
s_act (fixture_t *self, uint64_t *seed, bool *down, int failures)
{
    stage_effect_t effect;
    for (int scene = 0; scene < SCENES; scene++)
        while (stage_play_next (self->play, scene, self->now_ms, &effect)) {
            bool fails = test_below (seed, 100) < failures;
            if (!fails)
                s_apply (&effect, down);
            free (effect.body);
            stage_play_did (self->play, scene, fails ? "so" : NULL,
                            self->now_ms);
            if (test_below (seed, 3) == 0)
                break;
        }
}

//  Whatever is broken and healed in any order, and whatever fails: when all is
//  healed nothing is down any more, and no rule is left
static void
test_when_all_is_healed_nothing_is_left_broken (void **state)
{
    fixture_t *self = *state;
    uint64_t seed = test_seed ();
    bool down[2] = {false, false};
    for (int i = 0; i < 20000; i++) {
        int scene = test_below (&seed, SCENES);
        self->now_ms += test_below (&seed, 100);
        switch (test_below (&seed, 5)) {
        case 0:
            stage_play_break (self->play, scene, &s_as_written, self->now_ms);
            break;
        case 1:
            stage_play_heal (self->play, scene, self->now_ms);
            break;
        case 2:
            s_look (self, test_below (&seed, 5), test_below (&seed, 2));
            break;
        default:
            s_act (self, &seed, down, 20);
        }
        if (test_below (&seed, 100) > 0)
            continue;
        bool off = false;
        while (!off) {
            off = true;
            for (scene = 0; scene < SCENES; scene++) {
                stage_play_heal (self->play, scene, self->now_ms);
                off = off && stage_play_phase (self->play, scene) == STAGE_OFF;
            }
            s_act (self, &seed, down, 0);
        }
        assert_false (down[0] || down[1]);
        assert_null (stage_play_rules (self->play, "a", self->now_ms));
    }
}

int
main (void)
{
#define TEST(name) cmocka_unit_test_setup_teardown (name, s_set_up, s_tear_down)
    const struct CMUnitTest tests[] = {
        TEST (test_steps_are_done_in_order_and_taken_back_in_reverse),
        TEST (test_nothing_is_done_before_it_is_known_how_all_was),
        TEST (test_what_is_seen_once_counts_and_the_same_must_last),
        TEST (test_what_must_stay_below_counts_only_when_all_else_was_seen),
        TEST (test_who_had_said_nothing_is_compared_with_what_he_says_first),
        TEST (test_old_news_is_no_news),
        TEST (test_recovery_rises_from_when_the_healing_began),
        TEST (test_what_fails_is_taken_back),
        TEST (test_what_can_not_be_healed_is_left_for_later),
        TEST (test_what_another_scene_has_broken_as_well_is_left_to_that),
        TEST (test_rules_of_scenes_are_together_and_go_alone),
        TEST (test_it_heals_by_itself_and_scales_back),
        TEST (test_when_all_is_healed_nothing_is_left_broken),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
