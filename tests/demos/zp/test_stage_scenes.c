//  SPDX-License-Identifier: MIT
//
//  Scenes as they are written

#include "stage_scenes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "test_seed.h"

static const char s_good[] =
    "[{\"name\": \"all\", \"title\": \"T\", \"pattern\": \"P\",\n"
    "  \"text\": \"X\", \"command\": \"C\", \"for_ms\": 1000,\n"
    "  \"do\": [{\"kill\": \"a\"}, {\"pause\": \"a\"}, {\"stop\": \"b\"},\n"
    "    {\"faults\": {\"service\": \"a\", \"rules\": [{\"percent\": 3}]}},\n"
    "    {\"scale\": {\"service\": \"s\", \"to\": 2}}, {\"load\": 1.5},\n"
    "    {\"call\": {\"service\": \"b\", \"method\": \"m\", \"body\": null,\n"
    "      \"heal\": {\"method\": \"n\", \"body\": [1]}}}],\n"
    "  \"expect\": [{\"text\": \"E\", \"see\": [\"load.x\", \"rises\"]},\n"
    "    {\"text\": \"F\", \"see\": [\"edges.a>b.sent\", \">\", 1]}],\n"
    "  \"recovered\": [{\"text\": \"R\",\n"
    "    \"see\": [\"services.a.state\", \"is\", \"ready\"]}]}]";

static json_t *
s_services (void)
{
    return json_pack ("[{ss} {ss} {ss ss}]", "name", "a", "name", "b", "name",
                      "s-1", "group", "s");
}

//  All that is wrong with a text, which the caller frees; NULL: nothing
static char *
s_mistakes (const char *text, size_t size)
{
    json_t *services = s_services ();
    zp_json_doc_t *doc = zp_json_doc_new (text, size);
    stage_scenes_t *scenes = stage_scenes_new (doc, services);
    char *lines = zp_json_doc_lines (doc);
    assert_true (!scenes == (lines != NULL));
    stage_scenes_destroy (&scenes);
    zp_json_doc_destroy (&doc);
    json_decref (services);
    return lines;
}

//  The good text with one part replaced is wrong in this way
static void
s_assert_wrong (const char *part, const char *other, const char *said)
{
    const char *at = strstr (s_good, part);
    assert_non_null (at);
    char text[2048];
    int size = snprintf (text, sizeof text, "%.*s%s%s", (int) (at - s_good),
                         s_good, other, at + strlen (part));
    char *lines = s_mistakes (text, (size_t) size);
    assert_non_null (lines);
    assert_string_equal (lines, said);
    free (lines);
}

static void
test_each_step_and_condition_is_read (void **state)
{
    (void) state;
    zp_json_doc_t *doc = zp_json_doc_new (s_good, strlen (s_good));
    stage_scenes_t *scenes = stage_scenes_new (doc, NULL);
    assert_non_null (scenes);
    zp_json_doc_destroy (&doc);
    const stage_scene_t *scene = &scenes->list[0];
    assert_int_equal (scenes->count, 1);
    assert_string_equal (scene->name, "all");
    assert_int_equal (scene->for_ms, 1000);
    assert_int_equal (scene->step_count, STAGE_DEEDS);
    static const stage_deed_t deeds[] = {
        STAGE_DO_KILL,  STAGE_DO_PAUSE, STAGE_DO_STOP, STAGE_DO_FAULTS,
        STAGE_DO_SCALE, STAGE_DO_LOAD,  STAGE_DO_CALL};
    for (size_t i = 0; i < STAGE_DEEDS; i++)
        assert_int_equal (scene->steps[i].deed, deeds[i]);
    assert_int_equal (scene->expect.count, 2);
    assert_int_equal (scene->expect.list[1].see.verb, STAGE_ABOVE);
    assert_string_equal (scene->recovered.list[0].text, "R");
    stage_scenes_destroy (&scenes);
}

static void
test_each_mistake_is_told_where_it_is (void **state)
{
    (void) state;
    s_assert_wrong ("{\"kill\": \"a\"}", "{\"kil\": \"a\"}",
                    "3:11: unknown key \"kil\"; did you mean \"kill\"?\n");
    s_assert_wrong ("{\"kill\": \"a\"}", "{\"kill\": \"c\"}",
                    "3:19: there is no service c\n");
    s_assert_wrong ("{\"kill\": \"a\"}", "{\"kill\": \"a\", \"stop\": \"a\"}",
                    "3:10: a step is one of kill, pause, stop, faults, scale, "
                    "load and call\n");
    s_assert_wrong ("\"service\": \"s\"", "\"service\": \"a\"",
                    "5:27: there is no service to scale a\n");
    s_assert_wrong ("edges.a>b.sent", "edges.ab.sent",
                    "9:27: an edge is \"edges.FROM>TO.WHAT\"\n");
    s_assert_wrong ("load.x", "loads.x",
                    "8:36: a path begins with services, edges, queues, logs, "
                    "sagas or load, and a dot\n");
}

//  Whatever is in the file: it is read, or all that is wrong is told
static void
test_no_text_does_harm (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    for (int round = 0; round < 3000; round++) {
        char text[sizeof s_good];
        size_t size = sizeof s_good - 1;
        memcpy (text, s_good, sizeof text);
        for (int i = 1 + test_below (&seed, 4); i > 0; i--) {
            size_t at = (size_t) test_below (&seed, (int) size);
            size_t from = (size_t) test_below (&seed, (int) size);
            size_t some = (size_t) test_below (&seed, 20);
            if (at + some <= size && from + some <= size)
                memmove (text + at, text + from, some);
            else
                text[at] = (char) test_below (&seed, 256);
        }
        free (s_mistakes (text, size));
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_each_step_and_condition_is_read),
        cmocka_unit_test (test_each_mistake_is_told_where_it_is),
        cmocka_unit_test (test_no_text_does_harm),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
