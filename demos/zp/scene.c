//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "scene.h"

#include "duration.h"
#include "member.h"
#include "output.h"
#include "stage_json.h"

#define ASK_MS     5000
#define WAIT_MS    60000
#define LONGEST_MS 3600000
#define GRACE_MS   2000  // For the stage to say itself that it took too long

exit_code_t
scene_duration (const args_t *args, const char *option, int *ms)
{
    const char *text = args_text (args, option);
    int64_t given_ms = text ? duration_parse (text) : *ms;
    if (given_ms < 1 || given_ms > LONGEST_MS) {
        say_error ("zp %s: --%s takes a time up to an hour, not '%s'",
                   args->command->name, option, text);
        say_hint ("--%s 10s", option);
        return EXIT_USAGE;
    }
    *ms = (int) given_ms;
    return EXIT_OK;
}

exit_code_t
scene_state (const args_t *args, json_t **state_p)
{
    stage_ask_call_t call = {.service = "stage",
                             .method = "stage.state",
                             .body = json_object (),
                             .timeout_ms = ASK_MS};
    return stage_ask (args, &call, state_p);
}

static void
s_on_seen (void *arg, const json_t *sight)
{
    (void) arg;
    char after[DURATION_SIZE], *text;
    const char *said = member_text (sight, "text");
    text = one_line (said, strlen (said), 200);
    duration_text (stage_number (sight, "after_ms"), after);
    printf ("  %sseen%s  after %-8s %s\n", paint (stdout, GREEN),
            paint (stdout, PLAIN), after, text);
    fflush (stdout);
    free (text);
}

exit_code_t
scene_wait (const args_t *args, const char *name, const char *what,
            json_t **scene_p)
{
    *scene_p = NULL;
    int timeout_ms = WAIT_MS;
    exit_code_t code = scene_duration (args, "timeout", &timeout_ms);
    if (code != EXIT_OK)
        return code;
    stage_ask_call_t call = {.service = "stage",
                             .method = "stage.wait",
                             .body = json_pack ("{so ss si}", "scene",
                                                json_text (name), "for", what,
                                                "timeout_ms", timeout_ms),
                             .timeout_ms = timeout_ms + GRACE_MS,
                             .fn = args_has (args, "json") ? NULL : s_on_seen};
    return stage_ask (args, &call, scene_p);
}
