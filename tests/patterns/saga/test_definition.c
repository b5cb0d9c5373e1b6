//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "zp_saga_def.h"
#include "zp_saga_input.h"
#include "zp_status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const s_services[] = {"licence", "billing", "entitlement",
                                         "notify", NULL};

static zp_span_t
s_span (const char *text)
{
    return (zp_span_t){text, strlen (text)};
}

static const char *
s_source (void)
{
    const char *source = getenv ("ZP_SOURCE_DIR");
    return source ? source : ".";
}

//  All of a file beside this one, or NULL; the caller frees it
static char *
s_read (const char *folder, const char *name, const char *ending)
{
    char path[1024];
    snprintf (path, sizeof path, "%s/tests/patterns/saga/%s/%s%s", s_source (),
              folder, name, ending);
    FILE *file = fopen (path, "r");
    if (!file)
        return NULL;
    char *text = calloc (1, 65536);
    assert_non_null (text);
    assert_true (fread (text, 1, 65535, file) < 65535);
    fclose (file);
    return text;
}

static zp_saga_def_t *
s_load (const char *text)
{
    char *mistakes;
    zp_saga_def_t *def = zp_saga_def_new (s_span (text), s_services, &mistakes);
    if (mistakes)
        fail_msg ("%s", mistakes);
    assert_non_null (def);
    return def;
}

static void
s_check_mistakes (char *name)
{
    *strchr (name, '.') = 0;
    char *text = s_read ("invalid", name, ".json");
    char *expected = s_read ("invalid", name, ".txt");
    assert_non_null (text);
    assert_non_null (expected);
    char *mistakes;
    assert_null (zp_saga_def_new (s_span (text), s_services, &mistakes));
    if (strcmp (mistakes, expected) != 0)
        fail_msg ("%s.json:\n%sis not\n%s", name, mistakes, expected);
    free (mistakes);
    free (expected);
    free (text);
}

static void
test_each_mistake_is_told_with_line_and_column (void **state)
{
    (void) state;
    char folder[1024];
    snprintf (folder, sizeof folder, "%s/tests/patterns/saga/invalid",
              s_source ());
    DIR *dir = opendir (folder);
    assert_non_null (dir);
    int count = 0;
    for (struct dirent *entry; (entry = readdir (dir));)
        if (strstr (entry->d_name, ".json")) {
            s_check_mistakes (entry->d_name);
            count++;
        }
    closedir (dir);
    assert_true (count > 40);
}

static void
test_a_definition_is_read_with_its_defaults (void **state)
{
    (void) state;
    char *text = s_read ("valid", "premium", ".json");
    zp_saga_def_t *def = s_load (text);
    assert_string_equal (def->name, "start-premium-stream");
    assert_int_equal (def->version, 1);
    assert_int_equal (def->deadline_ms, 30000);
    assert_int_equal (def->count, 4);
    const zp_saga_step_t *reserve = &def->steps[0], *notify = &def->steps[3];
    assert_string_equal (reserve->id, "reserve");
    assert_string_equal (reserve->service, "licence");
    assert_string_equal (reserve->action, "reserve_seat");
    assert_string_equal (reserve->compensation, "release_seat");
    assert_int_equal (reserve->kind, ZP_SAGA_COMPENSATABLE);
    assert_int_equal (reserve->timeout_ms, 2000);
    assert_int_equal (reserve->retry.max_attempts, 5);
    assert_int_equal (reserve->retry.backoff.initial_ms, 200);
    assert_int_equal (reserve->retry.backoff.max_ms, 5000);
    assert_true (reserve->retry.jitter);
    assert_int_equal (def->steps[1].kind, ZP_SAGA_PIVOT);
    assert_true (notify->optional);
    assert_int_equal (notify->past, 7);
    assert_int_equal (notify->after, 4);
    assert_int_equal (def->all, 15);
    assert_int_equal (def->forward, 14);
    assert_int_equal (def->undoable, 1);
    assert_int_equal (zp_saga_def_find (def, s_span ("grant")), 2);
    assert_int_equal (zp_saga_def_find (def, s_span ("gran")), -1);
    zp_saga_def_destroy (&def);
    assert_null (def);
    free (text);
}

static void
test_a_step_overlays_the_defaults_and_its_compensation_the_step (void **state)
{
    (void) state;
    zp_saga_def_t *def = s_load (
        "{\"saga\": \"s\", \"version\": 2, \"defaults\": {\"timeout_ms\": 9,"
        " \"retry\": {\"max_attempts\": 3, \"initial_ms\": 10}}, \"steps\": ["
        "{\"id\": \"a\", \"kind\": \"compensatable\", \"service\": \"notify\","
        " \"action\": \"do\", \"compensation\": \"undo\", \"timeout_ms\": 7,"
        " \"retry\": {\"max_attempts\": 4, \"jitter\": false,"
        " \"non_retryable\": [\"NOT_FOUND\"]},"
        " \"compensation_retry\": {\"max_attempts\": 9, \"backoff\": 3}}]}");
    const zp_saga_step_t *step = def->steps;
    assert_int_equal (step->timeout_ms, 7);
    assert_int_equal (step->retry.max_attempts, 4);
    assert_int_equal (step->retry.backoff.initial_ms, 10);
    assert_int_equal (step->retry.final, 1U << ZP_NOT_FOUND);
    assert_false (step->retry.jitter);
    assert_int_equal (step->undo_retry.max_attempts, 9);
    assert_int_equal (step->undo_retry.backoff.initial_ms, 10);
    assert_true (step->undo_retry.backoff.factor == 3);
    zp_saga_def_destroy (&def);
}

static const char *
s_result (const void *arg, int step)
{
    return ((const char *const *) arg)[step];
}

//  The input of the second of two steps, or the path that leads nowhere
static char *
s_input (const char *input)
{
    char text[1024];
    snprintf (text, sizeof text,
              "{\"saga\": \"s\", \"version\": 1, \"steps\": ["
              "{\"id\": \"a\", \"kind\": \"pivot\", \"service\": \"notify\","
              " \"action\": \"do\"}, {\"id\": \"b\", \"kind\": \"retriable\","
              " \"service\": \"notify\", \"action\": \"do\"%s%s}]}",
              input ? ", \"input\": " : "", input ? input : "");
    zp_saga_def_t *def = s_load (text);
    const char *const results[] = {"{\"seat\":[5,{\"row\":true}]}", "null"};
    zp_saga_source_t source = {"{\"user\":\"ann\"}", s_result, results};
    const char *path = NULL;
    char *made = zp_saga_input_make (def, &def->steps[1], &source, &path);
    if (!made)
        made = strdup (path);
    zp_saga_def_destroy (&def);
    return made;
}

static void
test_paths_in_an_input_are_followed (void **state)
{
    (void) state;
    static const char *const cases[][2] = {
        {NULL, "{\"user\":\"ann\"}"},
        {"\"$.input\"", "{\"user\":\"ann\"}"},
        {"{\"b\": [1, null], \"a\": \"$.input.user\"}",
         "{\"a\":\"ann\",\"b\":[1,null]}"},
        {"[\"$.steps.a.result.seat.1.row\"]", "[true]"},
        {"\"$.steps.a.result\"", "{\"seat\":[5,{\"row\":true}]}"},
        {"{\"price\": \"$$5\", \"x\": \"a$.input\"}",
         "{\"price\":\"$5\",\"x\":\"a$.input\"}"},
        //  These lead nowhere
        {"{\"a\": [\"$.input.age\"]}", "$.input.age"},
        {"\"$.steps.a.result.seat.2\"", "$.steps.a.result.seat.2"},
        {"\"$.steps.a.result.seat.-1\"", "$.steps.a.result.seat.-1"},
        {"\"$.input.user.name\"", "$.input.user.name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *made = s_input (cases[i][0]);
        assert_string_equal (made, cases[i][1]);
        free (made);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_each_mistake_is_told_with_line_and_column),
        cmocka_unit_test (test_a_definition_is_read_with_its_defaults),
        cmocka_unit_test (
            test_a_step_overlays_the_defaults_and_its_compensation_the_step),
        cmocka_unit_test (test_paths_in_an_input_are_followed),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
