//  SPDX-License-Identifier: MIT
//
//  What happened to a saga: when each of its steps was being done, or undone

#define _POSIX_C_SOURCE 200809L

#include "saga_history.h"
#include "saga_timeline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "test_seed.h"

#define NOW_MS 5000  // When people look, since 1970

//  a, then b that waits, then the pivot c
#define SAGA(state, history)                                                   \
    "{\"id\":\"s1\",\"saga\":\"x\",\"version\":1,\"state\":\"" state "\","     \
    "\"reason\":\"\",\"begun_ms\":1000,\"steps\":[{\"attempts\":1},"           \
    "{\"attempts\":0},{\"attempts\":4}],\"history\":[" history "],"            \
    "\"definition\":{\"saga\":\"x\",\"version\":1,\"deadline_ms\":2000,"       \
    "\"steps\":["                                                              \
    "{\"id\":\"a\",\"kind\":\"compensatable\",\"service\":\"s\","              \
    "\"action\":\"do\",\"compensation\":\"undo\"},"                            \
    "{\"id\":\"b\",\"kind\":\"compensatable\",\"wait_for\":\"go\","            \
    "\"timeout_ms\":9000},"                                                    \
    "{\"id\":\"c\",\"kind\":\"pivot\",\"service\":\"s\","                      \
    "\"action\":\"do\"}]}}"

#define BEGIN                                                                  \
    "{\"event\":\"begin\",\"saga\":\"x\",\"version\":1,\"start\":[\"a\"],"     \
    "\"number\":1,\"time_ms\":1000,\"input\":{}}"
#define A_DONE                                                                 \
    ",{\"event\":\"done\",\"step\":\"a\",\"start\":[\"b\"],\"attempts\":3,"    \
    "\"number\":2,\"time_ms\":1010,\"result\":7}"
#define SIGNAL                                                                 \
    ",{\"event\":\"signal\",\"signal\":\"go\",\"start\":[\"c\"],"              \
    "\"number\":3,\"time_ms\":1500,\"value\":1}"
#define C_REFUSED                                                              \
    ",{\"event\":\"refused\",\"step\":\"c\",\"code\":\"CARD\",\"text\":"       \
    "\"no\","                                                                  \
    "\"undo\":[\"a\"],\"state\":\"COMPENSATING\",\"number\":4,"                \
    "\"time_ms\":1600}"
#define A_STUCK                                                                \
    ",{\"event\":\"undo-failed\",\"step\":\"a\",\"code\":\"UNAVAILABLE\","     \
    "\"attempts\":5,\"state\":\"PARKED\",\"number\":5,\"time_ms\":2000}"
#define RETRY                                                                  \
    ",{\"event\":\"retry\",\"who\":\"ada\",\"text\":\"mended\","               \
    "\"state\":\"COMPENSATING\",\"number\":6,\"time_ms\":3000}"
#define A_UNDONE                                                               \
    ",{\"event\":\"undone\",\"step\":\"a\",\"state\":\"COMPENSATED\","         \
    "\"number\":7,\"time_ms\":3100}"

static saga_history_t *
s_new (const char *text)
{
    json_error_t error;
    json_t *saga = json_loads (text, 0, &error);
    assert_non_null (saga);
    saga_history_t *history = saga_history_new (saga, NOW_MS);
    json_decref (saga);
    return history;
}

static void
s_assert_bar (const saga_history_t *history, size_t number, int step, bool undo,
              int64_t from_ms, int64_t to_ms, saga_end_t end, int64_t attempts)
{
    assert_true (number < history->bar_count);
    const saga_bar_t *bar = &history->bars[number];
    assert_int_equal (bar->step, step);
    assert_int_equal (bar->undo, undo);
    assert_int_equal (bar->from_ms, from_ms);
    assert_int_equal (bar->to_ms, to_ms);
    assert_int_equal (bar->end, end);
    assert_int_equal (bar->attempts, attempts);
}

static void
test_a_saga_that_was_undone_after_somebody_helped (void **state)
{
    (void) state;
    saga_history_t *history = s_new (SAGA (
        "COMPENSATED", BEGIN A_DONE SIGNAL C_REFUSED A_STUCK RETRY A_UNDONE));
    assert_int_equal (history->bar_count, 5);
    s_assert_bar (history, 0, 0, false, 0, 10, SAGA_END_DONE, 3);
    s_assert_bar (history, 1, 1, false, 10, 500, SAGA_END_DONE, 0);
    s_assert_bar (history, 2, 2, false, 500, 600, SAGA_END_REFUSED, 1);
    s_assert_bar (history, 3, 0, true, 600, 1000, SAGA_END_UNANSWERED, 5);
    s_assert_bar (history, 4, 0, true, 2000, 2100, SAGA_END_DONE, 1);
    assert_int_equal (history->park_count, 1);
    assert_int_equal (history->parks[0].from_ms, 1000);
    assert_int_equal (history->parks[0].to_ms, 2000);
    assert_int_equal (history->end_ms, 2100);
    assert_true (history->ended);
    saga_history_destroy (&history);
}

static void
test_its_entries_are_told_in_words (void **state)
{
    (void) state;
    saga_history_t *history = s_new (SAGA (
        "COMPENSATED", BEGIN A_DONE SIGNAL C_REFUSED A_STUCK RETRY A_UNDONE));
    static const struct {
        const char *event, *step, *detail, *follows;
        saga_tone_t tone;
    } expected[] = {
        {"started", "", "", "a begins", SAGA_TONE_PLAIN},
        {"done", "a", "3 attempts", "b begins", SAGA_TONE_PLAIN},
        {"signal", "", "go", "c begins", SAGA_TONE_SIGNAL},
        {"refused", "c", "CARD: no", "a is to be undone; COMPENSATING",
         SAGA_TONE_BAD},
        {"not undone", "a", "5 attempts: UNAVAILABLE", "PARKED", SAGA_TONE_BAD},
        {"retry", "", "by ada: mended", "COMPENSATING", SAGA_TONE_PERSON},
        {"undone", "a", "", "COMPENSATED", SAGA_TONE_PLAIN}};
    assert_int_equal (history->entry_count, 7);
    for (size_t i = 0; i < 7; i++) {
        const saga_entry_t *entry = &history->entries[i];
        assert_string_equal (entry->event, expected[i].event);
        assert_string_equal (entry->step, expected[i].step);
        assert_string_equal (entry->detail, expected[i].detail);
        assert_string_equal (entry->follows, expected[i].follows);
        assert_int_equal (entry->tone, expected[i].tone);
        assert_int_equal (entry->parks, i == 4);
    }
    assert_int_equal (json_integer_value (history->entries[1].body), 7);
    saga_history_destroy (&history);
}

static void
test_what_goes_on_lasts_until_now (void **state)
{
    (void) state;
    saga_history_t *history = s_new (SAGA ("RUNNING", BEGIN A_DONE SIGNAL));
    assert_int_equal (history->bar_count, 3);
    s_assert_bar (history, 2, 2, false, 500, 4000, SAGA_END_OPEN, 4);
    assert_int_equal (history->end_ms, 4000);
    saga_history_destroy (&history);

    history = s_new (SAGA ("PARKED", BEGIN A_DONE SIGNAL C_REFUSED A_STUCK));
    assert_int_equal (history->parks[0].to_ms, 4000);
    assert_int_equal (history->bars[3].to_ms, 1000);
    saga_history_destroy (&history);
}

static void
test_a_signal_that_came_first_makes_a_wait_of_no_time (void **state)
{
    (void) state;
    saga_history_t *history = s_new (SAGA (
        "RUNNING", BEGIN ",{\"event\":\"signal\",\"signal\":\"go\",\"number\":"
                         "2,\"time_ms\":1002},{\"event\":\"done\",\"step\":"
                         "\"a\",\"start\":[\"b\",\"c\"],\"number\":3,"
                         "\"time_ms\":1010}"));
    assert_int_equal (history->bar_count, 3);
    s_assert_bar (history, 1, 1, false, 10, 10, SAGA_END_DONE, 0);
    s_assert_bar (history, 2, 2, false, 10, 4000, SAGA_END_OPEN, 4);
    saga_history_destroy (&history);
}

static void
test_a_step_that_was_done_by_hand_shows_it (void **state)
{
    (void) state;
    saga_history_t *history = s_new (
        SAGA ("COMPENSATED", BEGIN A_DONE SIGNAL C_REFUSED A_STUCK
              ",{\"event\":\"skip\",\"step\":\"a\",\"who\":\"ada\",\"text\":"
              "\"done\",\"state\":\"COMPENSATED\",\"number\":6,\"time_ms\":"
              "2500}"));
    s_assert_bar (history, 4, 0, true, 1500, 1500, SAGA_END_BY_HAND, 1);
    saga_history_destroy (&history);
}

static void
test_a_clock_that_went_back_changes_no_order (void **state)
{
    (void) state;
    saga_history_t *history =
        s_new (SAGA ("RUNNING", BEGIN A_DONE
                     ",{\"event\":\"signal\",\"signal\":\"go\",\"start\":"
                     "[\"c\"],\"number\":3,\"time_ms\":400}"));
    s_assert_bar (history, 1, 1, false, 10, 10, SAGA_END_DONE, 0);
    saga_history_destroy (&history);
}

static void
s_assert_unreadable (const char *text, size_t entries)
{
    saga_history_t *history = s_new (text);
    assert_int_equal (history->entry_count, entries);
    assert_string_equal (history->entries[entries - 1].event, "unreadable");
    saga_history_destroy (&history);
}

static void
test_what_makes_no_sense_is_told (void **state)
{
    (void) state;
    //  What never happens first, a step or key that nobody knows, no object
    s_assert_unreadable (SAGA ("RUNNING", "{\"event\":\"undone\","
                                          "\"step\":\"a\"}"),
                         1);
    s_assert_unreadable (
        SAGA ("RUNNING", BEGIN ",{\"event\":\"done\",\"step\":\"z\"}"), 2);
    s_assert_unreadable (
        SAGA ("RUNNING", BEGIN ",{\"event\":\"done\",\"mood\":\"a\"}"), 2);
    s_assert_unreadable (SAGA ("RUNNING", BEGIN ",17"), 2);
    s_assert_unreadable (SAGA ("RUNNING", BEGIN ",{\"event\":\"refused\"}"), 2);
    s_assert_unreadable ("{\"history\":[{\"event\":\"begin\"}]}", 1);
    saga_history_t *history = s_new ("{}");
    assert_int_equal (history->entry_count, 0);
    assert_string_equal (history->id, "");
    saga_history_destroy (&history);
}

//  Whatever a coordinator says, it can be drawn
static void
test_any_answer_can_be_drawn (void **state)
{
    (void) state;
    static const char right[] = SAGA (
        "COMPENSATED", BEGIN A_DONE SIGNAL C_REFUSED A_STUCK RETRY A_UNDONE);
    uint64_t seed = test_seed ();
    size_t drawn = 0;
    for (int round = 0; round < 3000; round++) {
        char text[sizeof right];
        memcpy (text, right, sizeof right);
        for (int i = test_below (&seed, 4); i >= 0; i--)
            text[test_below (&seed, sizeof right - 1)] =
                right[test_below (&seed, sizeof right - 1)];
        json_t *saga = json_loads (text, 0, NULL);
        if (!saga)
            continue;
        saga_history_t *history = saga_history_new (saga, NOW_MS);
        char *svg;
        size_t size;
        FILE *to = open_memstream (&svg, &size);
        saga_timeline_svg (history, to);
        fclose (to);
        assert_non_null (strstr (svg, "</svg>"));
        assert_null (strstr (svg, "\"nan"));
        assert_null (strstr (svg, " nan "));
        assert_null (strstr (svg, "-nan"));
        free (svg);
        saga_history_destroy (&history);
        json_decref (saga);
        drawn++;
    }
    assert_true (drawn > 100);
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_a_saga_that_was_undone_after_somebody_helped),
        cmocka_unit_test (test_its_entries_are_told_in_words),
        cmocka_unit_test (test_what_goes_on_lasts_until_now),
        cmocka_unit_test (
            test_a_signal_that_came_first_makes_a_wait_of_no_time),
        cmocka_unit_test (test_a_step_that_was_done_by_hand_shows_it),
        cmocka_unit_test (test_a_clock_that_went_back_changes_no_order),
        cmocka_unit_test (test_what_makes_no_sense_is_told),
        cmocka_unit_test (test_any_answer_can_be_drawn),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
