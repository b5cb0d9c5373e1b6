//  SPDX-License-Identifier: MIT

#define _POSIX_C_SOURCE 200809L

#include "constellation.h"

#include "output.h"
#include "rundir.h"
#include "similar.h"

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
    similar_t similar = {.word = wanted};
    for (const char *name = zlistx_first (running); name;
         name = zlistx_next (running))
        similar_try (&similar, name);
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

static exit_code_t
s_failed (const char *name, const outcome_t *outcome)
{
    exit_code_t code = outcome_exit_code (outcome);
    if (code == EXIT_INTERRUPTED)
        return code;
    say_error ("the supervisor of %s: %s", name, outcome->text);
    say_hint ("zp doctor, or end its process and start again");
    return code;
}

typedef struct pieces {
    zp_client_fn *fn;  // For the pieces
    json_t *json;      // The reply
} pieces_t;

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    pieces_t *pieces = arg;
    if (reply->more && pieces->fn)
        pieces->fn (NULL, reply);
    else if (!reply->more && reply->count > 0)
        pieces->json =
            json_loadb (reply->parts[0].data, reply->parts[0].size, 0, NULL);
}

exit_code_t
constellation_call (const char *name, const char *method, const char *argument,
                    int timeout_ms, zp_client_fn *fn, json_t **reply_p)
{
    *reply_p = NULL;
    char *run = rundir_path (name);
    char *endpoint = zsys_sprintf ("ipc://%s/control", run);
    caller_t *caller = caller_new (endpoint, name);
    free (endpoint);
    free (run);
    if (!caller)
        return EXIT_ERROR;
    pieces_t pieces = {.fn = fn};
    zp_span_t span = {argument, argument ? strlen (argument) : 0};
    zp_call_t call = {.method = method,
                      .args = &span,
                      .count = argument ? 1 : 0,
                      .timeout_ms = timeout_ms,
                      .fn = s_on_reply,
                      .arg = &pieces};
    outcome_t outcome;
    caller_call (caller, &call, &outcome);
    exit_code_t result = EXIT_OK;
    if (outcome.status != ZP_OK)
        result = s_failed (name, &outcome);
    else if (!pieces.json) {
        say_error ("the supervisor of %s gave no answer that makes sense",
                   name);
        result = EXIT_ERROR;
    }
    *reply_p = pieces.json;
    outcome_term (&outcome);
    caller_destroy (&caller);
    return result;
}

exit_code_t
constellation_service (json_t *reply, const char *name, json_t **service)
{
    similar_t similar = {.word = name};
    json_t *services = json_object_get (reply, "services");
    size_t number;
    json_array_foreach (services, number, *service)
    {
        const char *one =
            json_string_value (json_object_get (*service, "name"));
        if (one && strcmp (one, name) == 0)
            return EXIT_OK;
        if (one)
            similar_try (&similar, one);
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
