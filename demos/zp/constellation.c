//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "constellation.h"

#include "member.h"
#include "output.h"
#include "rundir.h"
#include "zp_similar.h"

#define ASK_MS 5000
#define DO_MS  3600000  // Services say themselves how long they may take

//  The names, with commas between; the caller frees it
static char *
s_join (zlistx_t *names)
{
    char *all = strdup ("");
    for (const char *name = zlistx_first (names); name;
         name = zlistx_next (names)) {
        char *longer = zsys_sprintf ("%s%s%s", all, *all ? ", " : "", name);
        free (all);
        all = longer;
    }
    return all;
}

static exit_code_t
s_not_running (const char *wanted, zlistx_t *running)
{
    if (zlistx_size (running) == 0) {
        say_error ("nothing is running");
        say_hint ("zp up TOPOLOGY");
        return EXIT_NOT_RUNNING;
    }
    zp_similar_t similar = {.word = wanted};
    for (const char *name = zlistx_first (running); name;
         name = zlistx_next (running))
        zp_similar_try (&similar, name);
    char *all = s_join (running);
    say_error ("no constellation %s is running; running: %s", wanted, all);
    free (all);
    if (similar.best)
        say_hint_meant ("--name %s", similar.best);
    return EXIT_NOT_RUNNING;
}

exit_code_t
constellation_find (const char *wanted, char **name_p)
{
    *name_p = NULL;
    zlistx_t *running = rundir_list (true);
    exit_code_t result = EXIT_OK;
    if (wanted && zlistx_find (running, (void *) wanted))
        *name_p = strdup (wanted);
    else if (wanted || zlistx_size (running) == 0)
        result = s_not_running (wanted, running);
    else if (zlistx_size (running) == 1)
        *name_p = strdup (zlistx_first (running));
    else {
        char *all = s_join (running);
        say_error ("several constellations are running: %s", all);
        say_hint ("--name %s", (char *) zlistx_first (running));
        free (all);
        result = EXIT_USAGE;
    }
    zlistx_destroy (&running);
    return result;
}

caller_t *
constellation_caller (const char *name)
{
    char *run = rundir_path (name);
    char *endpoint = zsys_sprintf ("ipc://%s/control", run);
    caller_t *caller = caller_new (endpoint, name);
    assert (caller);  // A name that runs makes an endpoint
    free (endpoint);
    free (run);
    return caller;
}

exit_code_t
constellation_failed (const char *name, const outcome_t *outcome)
{
    exit_code_t code = outcome_exit_code (outcome);
    if (code == EXIT_INTERRUPTED)
        return code;
    say_error ("the supervisor of %s: %s", name, outcome->text);
    say_hint ("zp doctor; or kill process %d, and zp up again",
              (int) rundir_holder (name));
    return code;
}

exit_code_t
constellation_ask (const char *name, const char *method, int timeout_ms,
                   json_t **reply_p)
{
    caller_t *caller = constellation_caller (name);
    outcome_t outcome;
    *reply_p = caller_ask (caller, method, timeout_ms, &outcome);
    exit_code_t result = EXIT_OK;
    if (outcome.status != ZP_OK)
        result = constellation_failed (name, &outcome);
    else if (!*reply_p) {
        say_error ("the supervisor of %s does not make sense", name);
        result = EXIT_ERROR;
    }
    outcome_term (&outcome);
    caller_destroy (&caller);
    return result;
}

//  Say why the supervisor has not done it
static exit_code_t
s_not_done (const char *name, const outcome_t *outcome)
{
    if (outcome->interrupted || outcome->nobody ||
        outcome->status == ZP_UNAVAILABLE)
        return constellation_failed (name, outcome);
    say_error ("%s", outcome->text);
    switch (outcome->status) {
    case ZP_NOT_FOUND:
        return EXIT_NOT_FOUND;
    case ZP_INVALID_ARGUMENT:
    case ZP_OUT_OF_RANGE:
        return EXIT_USAGE;
    default:
        return outcome_exit_code (outcome);
    }
}

exit_code_t
constellation_do (const char *name, const char *method, json_t *args,
                  json_t **reply_p)
{
    char *text = json_dumps (args, JSON_COMPACT);
    json_decref (args);
    zp_span_t arg = {text, strlen (text)};
    zp_call_t call = {.method = method,
                      .args = &arg,
                      .count = 1,
                      .timeout_ms = DO_MS,
                      .once = true};
    caller_t *caller = constellation_caller (name);
    outcome_t outcome;
    *reply_p = caller_json (caller, &call, &outcome);
    exit_code_t result =
        outcome.status == ZP_OK ? EXIT_OK : s_not_done (name, &outcome);
    outcome_term (&outcome);
    caller_destroy (&caller);
    free (text);
    return result;
}

exit_code_t
constellation_service (json_t *reply, const char *name, json_t **service)
{
    zp_similar_t similar = {.word = name};
    json_t *services = json_object_get (reply, "services");
    size_t number;
    json_array_foreach (services, number, *service)
    {
        const char *one =
            json_string_value (json_object_get (*service, "name"));
        if (one && strcmp (one, name) == 0)
            return EXIT_OK;
        if (one)
            zp_similar_try (&similar, one);
    }
    *service = NULL;
    say_error ("no service %s in %s", name,
               json_string_value (json_object_get (reply, "name")));
    if (similar.best)
        say_hint_meant ("%s", similar.best);
    else
        say_hint ("zp ps shows the services");
    return EXIT_NOT_FOUND;
}

//  There is no process, and none is about to be
static bool
s_has_ended (json_t *about)
{
    return !json_object_get (about, "pid") &&
           strcmp (member_text_or (about, "state", "?"), "waiting") != 0;
}

static void
s_say_ended (json_t *about, const char *service)
{
    const char *how = json_string_value (json_object_get (about, "how"));
    const char *state = member_text_or (about, "state", "?");
    say_error ("%s is %s%s%s", service, state, how ? ": " : "", how ? how : "");
    if (strcmp (state, "off") == 0)
        say_hint ("zp scale %s=N", member_text_or (about, "group", "?"));
    else
        say_hint ("zp logs %s; zp start %s", service, service);
}

exit_code_t
constellation_endpoint (const char *wanted, const char *service,
                        char **endpoint_p)
{
    *endpoint_p = NULL;
    char *name;
    exit_code_t result = constellation_find (wanted, &name);
    if (result != EXIT_OK)
        return result;
    json_t *reply, *about = NULL;
    result = constellation_ask (name, "up.list", ASK_MS, &reply);
    if (result == EXIT_OK)
        result = constellation_service (reply, service, &about);
    const char *endpoint =
        json_string_value (json_object_get (about, "endpoint"));
    if (result == EXIT_OK && (!endpoint || s_has_ended (about))) {
        s_say_ended (about, service);
        result = EXIT_NOT_RUNNING;
    }
    if (result == EXIT_OK)
        *endpoint_p = strdup (endpoint);
    json_decref (reply);
    free (name);
    return result;
}
