//  SPDX-License-Identifier: MIT
//
//  The stories of traces. Each file in traces/ is one: what the services say,
//  and what is to be told of it. An event is a line there:
//
//      AT_US WHAT CLIENT/SERIAL/ATTEMPT STATUS ENDPOINT METHOD
//
//  where "-" is nothing, WHAT with a "+" is of a piece, and with a "~" late; of
//  a breaker its state stands for the status. A line of the story begins with
//  the row, or those two from which to which a message goes.

#define _POSIX_C_SOURCE 200809L

#include "trace_draw.h"
#include "trace_story.h"
#include "trace_words.h"

#include <czmq.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>

#include "test_seed.h"

#define TRACE "4bf92f3577b34da6a3ce929d0e0e4736"

//  One event as zp.events has it
static json_t *
s_event (const char *line)
{
    char what[16], status[32], endpoint[64], method[64];
    unsigned long long client, serial;
    long long at_us;
    int attempt;
    assert_int_equal (sscanf (line, "%lld %15s %llx/%llu/%d %31s %63s %63[^\n]",
                              &at_us, what, &client, &serial, &attempt, status,
                              endpoint, method),
                      8);
    char *mark = what + strlen (what) - 1, id[20], span[20];
    bool more = *mark == '+', late = *mark == '~';
    *mark = more || late ? 0 : *mark;
    snprintf (id, sizeof id, "%016llx", client);
    snprintf (span, sizeof span, "%016llx", serial);
    bool breaker = strcmp (what, "breaker") == 0;
    return json_pack ("{ss ss ss sI si ss ss ss ss ss sb sb sI}", "what", what,
                      "trace", TRACE, "client", id, "serial",
                      (json_int_t) serial, "attempt", attempt, "span", span,
                      "status", *status == '-' ? "" : status, "endpoint",
                      *endpoint == '-' ? "" : endpoint, "method", method,
                      "breaker", breaker ? status : "", "more", more, "late",
                      late, "at_us", (json_int_t) at_us);
}

static json_t *
s_services (json_t *file)
{
    json_t *services = json_object_get (file, "services"), *service, *line;
    size_t number, place;
    json_array_foreach (services, number, service)
    {
        json_t *events = json_array ();
        json_array_foreach (json_object_get (service, "events"), place, line)
            json_array_append_new (events, s_event (json_string_value (line)));
        json_object_set_new (service, "events", events);
    }
    return json_incref (services);
}

//  What the story is compared with, line by line
typedef struct expected {
    const trace_story_t *story;
    const char *name;  // Of the file
    json_t *lines;     // In it
    size_t next;       // The next of these
} expected_t;

static void
s_compare (void *arg, const trace_message_t *message, const trace_note_t *note)
{
    expected_t *self = arg;
    char *line = trace_words_line (self->story, message, note), rows[32];
    if (note || message->sent_row == message->came_row)
        snprintf (rows, sizeof rows, "%zu",
                  note ? note->row : message->sent_row);
    else
        snprintf (rows, sizeof rows, "%zu-%zu", message->sent_row,
                  message->came_row);
    char *all = zsys_sprintf ("%s %s", rows, line);
    const char *wanted =
        json_string_value (json_array_get (self->lines, self->next++));
    if (!wanted || strcmp (all, wanted) != 0)
        fail_msg ("%s: \"%s\" and not \"%s\"", self->name, all,
                  wanted ? wanted : "the end");
    free (all);
    free (line);
}

//  True if it is a whole drawing
static void
s_assert_drawn (const trace_story_t *story)
{
    char *text;
    size_t size;
    FILE *to = open_memstream (&text, &size);
    trace_svg (story, to);
    trace_mermaid (story, to);
    fclose (to);
    assert_non_null (strstr (text, "</svg>\nsequenceDiagram\n"));
    assert_null (strstr (text, "nan "));
    assert_null (strstr (text, "\"nan"));
    free (text);
    json_t *json = trace_story_json (story);
    assert_non_null (json);
    assert_int_equal (json_array_size (json_object_get (json, "messages")),
                      story->message_count);
    json_decref (json);
}

static void
s_check_file (const char *path, const char *name)
{
    json_error_t error;
    json_t *file = json_load_file (path, 0, &error);
    if (!file)
        fail_msg ("%s: %s, line %d", name, error.text, error.line);
    trace_story_t *story = trace_story_new (TRACE, s_services (file));
    expected_t expected = {
        .story = story, .name = name, .lines = json_object_get (file, "story")};
    char *summary = trace_words_summary (story);
    if (strcmp (summary,
                json_string_value (json_object_get (file, "summary"))) != 0)
        fail_msg ("%s: %s", name, summary);
    free (summary);
    trace_story_each (story, s_compare, &expected);
    if (expected.next != json_array_size (expected.lines))
        fail_msg ("%s: only %zu lines", name, expected.next);
    s_assert_drawn (story);
    trace_story_destroy (&story);
    json_decref (file);
}

//  Call fn for each file
static void
s_each_file (void (*fn) (const char *path, const char *name))
{
    const char *source = getenv ("ZP_SOURCE_DIR");
    if (!source)
        fail_msg ("set ZP_SOURCE_DIR to the top of the source tree");
    char folder[512], path[1024];
    snprintf (folder, sizeof folder, "%s/tests/demos/zp/traces", source);
    DIR *files = opendir (folder);
    assert_non_null (files);
    struct dirent *entry;
    int count = 0;
    while ((entry = readdir (files))) {
        if (!strstr (entry->d_name, ".json"))
            continue;
        snprintf (path, sizeof path, "%s/%s", folder, entry->d_name);
        fn (path, entry->d_name);
        count++;
    }
    closedir (files);
    assert_true (count > 10);
}

static void
test_each_story_is_told_as_its_file_says (void **state)
{
    (void) state;
    s_each_file (s_check_file);
}

static void
test_of_a_trace_that_nobody_knows_nothing_is_told (void **state)
{
    (void) state;
    trace_story_t *story = trace_story_new (
        TRACE,
        json_pack ("[{ss s[{ss ss}] s[]}, i, {}]", "service", "a", "events",
                   "what", "took", "trace", "77", "clients", 7));
    assert_int_equal (story->lane_count, 0);
    assert_string_equal (trace_story_what (story), "");
    s_assert_drawn (story);
    trace_story_destroy (&story);
}

static const char *
s_any (uint64_t *seed, const char *const *words, size_t count)
{
    return words[test_below (seed, count)];
}

//  Of any kind, about any of a few calls, as if they had come from anywhere
static json_t *
s_any_event (uint64_t *seed)
{
    static const char *const whats[] = {"sent",    "lost",  "heard",
                                        "ended",   "took",  "dropped",
                                        "replied", "muted", "breaker"};
    static const char *const statuses[] = {"OK", "UNAVAILABLE", "CANCELLED",
                                           "\x07<&>", ""};
    static const char *const ends[] = {"ipc://a", "ipc://b", "tcp://x:1", ""};
    static const char *const clients[] = {"0", "a1", "b1", "c1"};
    return json_pack (
        "{ss ss ss sI si ss ss ss ss sb sb sI}", "what", s_any (seed, whats, 9),
        "trace", TRACE, "client", s_any (seed, clients, 4), "serial",
        (json_int_t) test_below (seed, 3), "attempt",
        (int) test_below (seed, 4) - 1, "span", "", "status",
        s_any (seed, statuses, 5), "endpoint", s_any (seed, ends, 4), "method",
        "m;#<\"x\">", "more", (int) test_below (seed, 2), "late",
        (int) test_below (seed, 2), "at_us",
        (json_int_t) test_below (seed, 5)
            << (test_below (seed, 4) ? 0 : test_below (seed, 60)));
}

//  Whatever services say, no message comes before it was sent, and all can be
//  drawn
static void
test_any_events_make_a_story (void **state)
{
    (void) state;
    uint64_t seed = test_seed ();
    for (int round = 0; round < 500; round++) {
        json_t *services =
            json_pack ("[{ss ss s[s]}, {ss ss s[s]}, {ss}]", "service", "a",
                       "endpoint", "ipc://a", "clients", "a1", "service", "b",
                       "endpoint", "ipc://b", "clients", "b1", "service", "c");
        for (size_t i = 0; i < 3; i++) {
            json_t *events = json_array ();
            for (int left = (int) test_below (&seed, 40); left > 0; left--)
                json_array_append_new (events, s_any_event (&seed));
            json_object_set_new (json_array_get (services, i), "events",
                                 events);
        }
        trace_story_t *story = trace_story_new (TRACE, services);
        for (size_t i = 0; i < story->message_count; i++) {
            assert_true (story->messages[i].sent_row < story->rows);
            assert_true (story->messages[i].came_row < story->rows);
        }
        s_assert_drawn (story);
        trace_story_destroy (&story);
    }
}

int
main (void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test (test_each_story_is_told_as_its_file_says),
        cmocka_unit_test (test_of_a_trace_that_nobody_knows_nothing_is_told),
        cmocka_unit_test (test_any_events_make_a_story),
    };
    return cmocka_run_group_tests (tests, NULL, NULL);
}
