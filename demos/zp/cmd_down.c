//  SPDX-License-Identifier: MIT

#include "args.h"
#include "commands.h"
#include "constellation.h"
#include "output.h"
#include "rundir.h"

#define TIMEOUT_MS 3600000  // Services say themselves how long they may take
#define GONE_MS    10000    // For the supervisor itself to end

//  A service has ended: the piece is its JSON, as in `zp ps`
static void
s_on_piece (void *arg, const zp_reply_t *reply)
{
    (void) arg;
    if (!reply->more)
        return;
    json_t *service =
        json_loadb (reply->parts[0].data, reply->parts[0].size, 0, NULL);
    const char *name = json_string_value (json_object_get (service, "name"));
    const char *how = json_string_value (json_object_get (service, "how"));
    if (name && how)
        say_mark (DIM, "stopped", "%-15s %s", name, how);
    json_decref (service);
}

//  Wait until the constellation can be started again: its lock is free
static bool
s_wait_gone (const char *name)
{
    int64_t until_ms = zclock_mono () + GONE_MS;
    while (rundir_holder (name) != 0) {
        if (zclock_mono () > until_ms)
            return false;
        zclock_sleep (5);
    }
    return true;
}

static int
s_down (const args_t *args, const char *name)
{
    caller_t *caller = constellation_caller (name);
    zp_span_t now = {"now", strlen ("now")};
    zp_call_t call = {.method = "up.down",
                      .args = &now,
                      .count = args_has (args, "now") ? 1 : 0,
                      .timeout_ms = TIMEOUT_MS,
                      .once = true,
                      .fn = s_on_piece};
    outcome_t outcome;
    caller_call (caller, &call, &outcome);
    caller_destroy (&caller);
    //  The connection may break before the last reply has come, so what counts
    //  is that the supervisor is gone
    int result = EXIT_OK;
    if (!outcome.interrupted && s_wait_gone (name))
        say ("%s is down", name);
    else if (outcome.status != ZP_OK)
        result = constellation_failed (name, &outcome);
    else {
        say_error ("%s does not end", name);
        say_hint ("kill -9 %d", (int) rundir_holder (name));
        result = EXIT_TIMEOUT;
    }
    outcome_term (&outcome);
    return result;
}

static int
s_run (args_t *args)
{
    char *name;
    int result = constellation_find (args_text (args, "name"), &name);
    if (result == EXIT_OK)
        result = s_down (args, name);
    free (name);
    return result;
}

const command_t cmd_down = {
    .name = "down",
    .summary = "stop a constellation, the last started first",
    .usage = "[--now]",
    .examples = "zp down\n"
                "zp down --name streaming\n"
                "zp down --now\n",
    .options = {OPTION_NAME,
                {.name = "now",
                 .text = "kill at once: nobody finishes its work"}},
    .run = s_run,
    .notes = "Returns when all is down. A service that does not end within\n"
             "its stop_ms (in the topology) is killed.",
};
