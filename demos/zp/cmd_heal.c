//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "commands.h"
#include "constellation.h"
#include "member.h"
#include "output.h"
#include "scene.h"

#define HEAL_MS 120000  // What is done may take so long
#define ASK_MS  5000

//  Wait for all scenes that were on to recover; *done gets them
static exit_code_t
s_wait (const args_t *args, const json_t *on, json_t *done)
{
    exit_code_t code = EXIT_OK;
    for (size_t i = 0; i < json_array_size (on) && code == EXIT_OK; i++) {
        const char *name = json_string_value (json_array_get (on, i));
        json_t *scene;
        if (!args_has (args, "json"))
            printf ("%s%s%s\n", paint (stdout, BOLD), name,
                    paint (stdout, PLAIN));
        code = scene_wait (args, name, "recovered", &scene);
        if (scene)
            json_array_append_new (done, scene);
    }
    return code;
}

//  The names of the scenes that are on, as far as they are wanted. The caller
//  owns it.
static json_t *
s_on (const json_t *state, const char *wanted)
{
    json_t *on = json_array (), *scene;
    size_t number;
    json_array_foreach (json_object_get (state, "scenes"), number, scene)
    {
        const char *name = member_text (scene, "name");
        if (json_is_true (json_object_get (scene, "on")) &&
            (!wanted || streq (wanted, name)))
            json_array_append (on, json_object_get (scene, "name"));
    }
    return on;
}

//  With a stage
static exit_code_t
s_heal (const args_t *args, const char *wanted)
{
    json_t *state, *reply = NULL, *done = json_array ();
    exit_code_t code = scene_state (args, &state);
    json_t *on = s_on (state, wanted);
    json_t *body = json_object ();
    if (wanted)
        json_object_set_new (body, "scene", json_text (wanted));
    stage_ask_call_t call = {.service = "stage",
                             .method = "stage.heal",
                             .body = body,
                             .timeout_ms = HEAL_MS};
    if (code == EXIT_OK)
        code = stage_ask (args, &call, &reply);
    else
        json_decref (body);
    if (code == EXIT_NOT_FOUND && reply == NULL && wanted)
        say_hint ("zp break ls");
    if (code == EXIT_OK && !args_has (args, "json"))
        say ("%s %s", wanted ? wanted : "all",
             wanted && json_array_size (on) == 0 ? "was not broken"
                                                 : "is healed");
    if (code == EXIT_OK && args_has (args, "wait"))
        code = s_wait (args, on, done);
    if (code == EXIT_OK && args_has (args, "json"))
        print_json (json_incref (args_has (args, "wait") ? done : on));
    json_decref (done);
    json_decref (reply);
    json_decref (on);
    json_decref (state);
    return code;
}

//  The state of the constellation's stage, or "" if it has none. The caller
//  owns it.
static char *
s_stage (const char *name)
{
    json_t *reply;
    if (constellation_ask (name, "up.list", ASK_MS, &reply) != EXIT_OK)
        return strdup ("ready");
    json_t *stage =
        member_find (json_object_get (reply, "services"), "name", "stage");
    char *state = strdup (member_text (stage, "state"));
    json_decref (reply);
    return state;
}

//  What the supervisor knows can be healed without a stage
static exit_code_t
s_heal_processes (const args_t *args, const char *name, bool last)
{
    json_t *reply;
    exit_code_t code =
        constellation_do (name, "up.heal", json_object (), &reply);
    if (code == EXIT_OK && last && args_has (args, "json"))
        print_json (json_array ());
    else if (code == EXIT_OK && last)
        say ("all is healed");
    json_decref (reply);
    return code;
}

//  All there is: a stage that is dead or paused comes back first
static exit_code_t
s_heal_all (const args_t *args, const char *name)
{
    char *stage = s_stage (name);
    exit_code_t code = EXIT_OK;
    if (!streq (stage, "ready"))
        code = s_heal_processes (args, name, !*stage);
    if (code == EXIT_OK && *stage)
        code = s_heal (args, NULL);
    free (stage);
    return code;
}

static int
s_run (args_t *args)
{
    const char *wanted = args_operand (args, 0);
    char *name;
    int code = constellation_find (args_text (args, "name"), &name);
    if (code != EXIT_OK)
        return code;
    code = wanted ? (int) s_heal (args, wanted) : (int) s_heal_all (args, name);
    free (name);
    return code;
}

const command_t cmd_heal = {
    .name = "heal",
    .summary = "heal what was broken: one scene, or everything",
    .usage = "[SCENE] [--wait]",
    .examples = "zp heal\n"
                "zp heal home --wait\n",
    .options = {OPTIONS_SCENE},
    .operands = {OPERAND_SCENE},
    .run = s_run,
    .notes =
        "Without SCENE all services are started, resumed and as many as the\n"
        "topology says, no faults are injected any more, and the load is as\n"
        "ever, whoever has changed that. With --wait it is told what has\n"
        "recovered; the exit code is 5 if not all has.",
};
