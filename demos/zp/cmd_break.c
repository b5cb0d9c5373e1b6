//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "commands.h"
#include "duration.h"
#include "member.h"
#include "output.h"
#include "scene.h"
#include "stage_json.h"
#include "table.h"

#define BREAK_MS 70000  // What is done may take so long

static int
s_run_ls (const args_t *args)
{
    static const char *const heads[] = {"SCENE", "TITLE", "PATTERN", "STATE",
                                        NULL};
    json_t *state, *scene;
    exit_code_t code = scene_state (args, &state);
    json_t *scenes = json_object_get (state, "scenes");
    if (code == EXIT_OK && args_has (args, "json"))
        print_json (json_incref (scenes));
    else if (code == EXIT_OK) {
        table_t *table = table_new (4);
        table_heads (table, heads);
        size_t number;
        json_array_foreach (scenes, number, scene)
        {
            const char *phase = member_text (scene, "phase");
            table_cell (table, BOLD, "%s", member_text (scene, "name"));
            table_cell (table, PLAIN, "%s", member_text (scene, "title"));
            table_cell (table, DIM, "%s", member_text (scene, "pattern"));
            table_cell (table, streq (phase, "off") ? PLAIN : RED, "%s", phase);
        }
        table_print (&table);
    }
    json_decref (state);
    return code;
}

//  A member of a scene as one line, with something before it
static void
s_line (const char *head, const json_t *json, const char *key)
{
    const char *said = member_text (json, key);
    char *text = one_line (said, strlen (said), 1000);
    printf ("%s%s\n", head, text);
    free (text);
}

//  What was done, the same by hand, and what is to be seen
static void
s_print (const json_t *scene)
{
    printf ("%s", paint (stdout, BOLD));
    s_line ("", scene, "title");
    printf ("%s", paint (stdout, PLAIN));
    s_line ("  ", scene, "text");
    s_line ("  by hand: ", scene, "command");
    puts ("  expect:");
    size_t number;
    json_t *sight;
    json_array_foreach (json_object_get (scene, "expect"), number, sight)
        s_line ("    - ", sight, "text");
    int64_t left_ms = stage_number (scene, "faults_left_ms");
    char left[DURATION_SIZE];
    if (left_ms)
        printf ("  it heals by itself in %s\n", duration_text (left_ms, left));
    fflush (stdout);
}

//  What stage.break takes; NULL, which was said, if an option is wrong
static json_t *
s_body (const args_t *args)
{
    int for_ms = 1;
    if (scene_duration (args, "for", &for_ms) != EXIT_OK)
        return NULL;
    json_t *body =
        json_pack ("{so}", "scene", json_text (args_operand (args, 0)));
    if (args_has (args, "for"))
        json_object_set_new (body, "for_ms", json_integer (for_ms));
    if (args_has (args, "percent"))
        json_object_set_new (body, "percent",
                             json_integer (args_number (args, "percent", 0)));
    if (args_has (args, "profile"))
        json_object_set_new (body, "profile",
                             json_text (args_text (args, "profile")));
    return body;
}

//  Until all was seen, which may not be
static exit_code_t
s_wait (const args_t *args, json_t **scene_p)
{
    const char *name = args_operand (args, 0);
    json_t *broken = *scene_p;
    exit_code_t code = scene_wait (args, name, "seen", scene_p);
    if (code == EXIT_OK)
        json_decref (broken);
    else
        *scene_p = broken;
    if (code == EXIT_INTERRUPTED)
        say ("%s is still on", name);
    if (code != EXIT_OK && code != EXIT_USAGE)
        say_hint ("zp heal %s", name);
    return code;
}

static int
s_run (args_t *args)
{
    const char *name = args_operand (args, 0);
    if (streq (name, "ls"))
        return s_run_ls (args);
    json_t *body = s_body (args), *scene;
    if (!body)
        return EXIT_USAGE;
    stage_ask_call_t call = {.service = "stage",
                             .method = "stage.break",
                             .body = body,
                             .timeout_ms = BREAK_MS};
    exit_code_t code = stage_ask (args, &call, &scene);
    if (code == EXIT_NOT_FOUND)
        say_hint ("zp break ls");
    if (code == EXIT_OK && !args_has (args, "json"))
        s_print (scene);
    if (code == EXIT_OK && args_has (args, "wait"))
        code = s_wait (args, &scene);
    else if (code == EXIT_OK)
        say_hint ("zp heal %s", name);
    if (scene && args_has (args, "json"))
        print_json (json_incref (scene));
    json_decref (scene);
    return code;
}

const command_t cmd_break = {
    .name = "break",
    .summary = "break something on purpose, and see what comes of it",
    .usage = "SCENE | ls [--wait] [--for TIME] [--percent N]",
    .examples = "zp break ls\n"
                "zp break home --wait && zp heal home --wait\n"
                "zp break switch --for 10s\n"
                "zp break foryou --percent 50\n",
    .options = {{.name = "for",
                 .letter = 'f',
                 .value = "TIME",
                 .text = "heal it by itself then"},
                {.name = "percent",
                 .value = "N",
                 .min = 1,
                 .max = 100,
                 .text = "only so many of the requests go wrong"},
                {.name = "profile",
                 .value = "P",
                 .text = "only those for this profile"},
                OPTIONS_SCENE},
    .operands = {OPERAND_SCENE},
    .needed = 1,
    .run = s_run,
    .notes = "The scenes are those that the constellation's stage was given. "
             "With --wait\n"
             "each thing that is expected is told as it is seen; the exit code "
             "is 5 if\n"
             "not all was. Ctrl-C then leaves what is broken as it is.",
};
