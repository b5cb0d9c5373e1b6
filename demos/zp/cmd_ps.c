//  SPDX-License-Identifier: MIT

#include "args.h"
#include "commands.h"
#include "constellation.h"
#include "member.h"
#include "output.h"
#include "service.h"
#include "table.h"

#define TIMEOUT_MS 5000

static void
s_row (table_t *table, json_t *service)
{
    const char *state = member_text_or (service, "state", "-");
    const char *how = json_string_value (json_object_get (service, "how"));
    json_t *pid = json_object_get (service, "pid");
    table_cell (table, PLAIN, "%s", member_text_or (service, "name", "-"));
    table_cell (table, service_state_colour (state), "%s%s%s", state,
                how ? ", " : "", how ? how : "");
    if (pid) {
        table_cell (table, PLAIN, "%d", (int) json_integer_value (pid));
        table_cell_time (
            table, json_integer_value (json_object_get (service, "uptime_ms")));
    }
    else {
        table_cell (table, PLAIN, "-");
        table_cell (table, PLAIN, "-");
    }
    table_cell (table, PLAIN, "%s", member_text_or (service, "endpoint", "-"));
}

static bool
s_is_off (json_t *service)
{
    return strcmp (member_text_or (service, "state", "-"), "off") == 0;
}

static void
s_print (json_t *services, bool all)
{
    static const char *const heads[] = {"SERVICE", "STATE",    "PID",
                                        "UPTIME",  "ENDPOINT", NULL};
    table_t *table = table_new (5);
    table_heads (table, heads);
    size_t number, hidden = 0;
    json_t *service;
    json_array_foreach (services, number, service)
    {
        if (all || !s_is_off (service))
            s_row (table, service);
        else
            hidden++;
    }
    table_print (&table);
    if (hidden)
        say ("%zu more %s off; zp ps --all shows them", hidden,
             hidden == 1 ? "is" : "are");
}

static int
s_run (args_t *args)
{
    char *name;
    int result = constellation_find (args_text (args, "name"), &name);
    if (result != EXIT_OK)
        return result;
    json_t *reply;
    result = constellation_ask (name, "up.ps", TIMEOUT_MS, &reply);
    if (result == EXIT_OK && args_has (args, "json"))
        print_json (json_incref (reply));
    else if (result == EXIT_OK)
        s_print (json_object_get (reply, "services"), args_has (args, "all"));
    json_decref (reply);
    free (name);
    return result;
}

const command_t cmd_ps = {
    .name = "ps",
    .summary = "show the services of a constellation, and if they answer",
    .usage = "[--all] [--json]",
    .examples =
        "zp ps\n"
        "zp ps --name streaming\n"
        "zp ps --json | jq -r '.services[] | select(.state != \"ready\")"
        ".name'\n",
    .options = {OPTION_NAME,
                OPTION_JSON,
                {.name = "all",
                 .letter = 'a',
                 .text = "also those that are off; JSON has them always"}},
    .run = s_run,
    .notes = "Each service is asked anew. Its state is one of:\n"
             "  waiting        for the services that it comes after\n"
             "  starting       has not answered zp.ping yet\n"
             "  ready          answers zp.ping\n"
             "  not answering  is there, but does not answer any more\n"
             "  paused         stands still, as it was told\n"
             "  stopping       was told to end\n"
             "  stopped        has ended, as it was told\n"
             "  off            one of several, of which fewer are wanted\n"
             "  dead           has ended by itself or was killed, and how",
};
