//  SPDX-License-Identifier: MIT

#include "caller.h"
#include "figures.h"
#include "place.h"
#include "pub_commands.h"

#define TIMEOUT_MS 5000

//  What zp pub stat shows, in this order
static const figure_t s_figures[] = {
    {"sequence", "of the last update"},
    {"topics", "that are known"},
    {"values", "of these that have one"},
    {"values_bytes", "of all last values"},
    {"history", "updates that can be had again"},
    {"stems", "subscribed to, with heartbeats"},
    {"heartbeats", "sent"},
    {"snapshots", "pages of last values, for who joins"},
    {"replays", "pages of updates, for who has missed some"},
    {"blocked", "updates refused: a subscriber had no room"},
    {NULL, NULL},
};

static void
s_row (table_t *table, const char *key, const char *value, const char *text)
{
    table_cell (table, PLAIN, "%s", key);
    table_cell (table, PLAIN, "%s", value);
    table_cell (table, DIM, "%s", text);
}

static void
s_print (json_t *json)
{
    bool relay = json_is_true (json_object_get (json, "relay"));
    bool gone = json_is_true (json_object_get (json, "gone"));
    const char *stream = json_string_value (json_object_get (json, "stream"));
    table_t *table = table_new (3);
    s_row (table, "stream", stream ? stream : "?",
           relay ? "of the source; this is a relay" : "another in each life");
    if (relay)
        s_row (table, "source", gone ? "gone" : "there", "");
    figures_rows (table, json, s_figures);
    table_print (&table);
}

static exit_code_t
s_failed (const char *requests, const outcome_t *outcome)
{
    exit_code_t code = outcome_exit_code (outcome);
    if (outcome->nobody) {
        say_error ("no publisher answers at %s", requests);
        say_hint ("zp pub, or --connect UPDATES,REQUESTS");
    }
    else if (code != EXIT_OK && code != EXIT_INTERRUPTED) {
        say_error ("%s: %s", zp_status_name (outcome->status), outcome->text);
        if (outcome->status == ZP_UNIMPLEMENTED)
            say_hint ("another --connect: %s is no publisher", requests);
    }
    return code;
}

static exit_code_t
s_stat (void *arg, const place_t *place)
{
    const args_t *args = arg;
    if (!place->requests) {
        say_error ("%s is only one endpoint of two", place->updates);
        say_hint ("--connect UPDATES,REQUESTS");
        return EXIT_USAGE;
    }
    caller_t *caller = caller_new (place->requests, place->requests);
    if (!caller)
        return EXIT_USAGE;
    outcome_t outcome;
    json_t *json =
        caller_ask (caller, "pub.stat",
                    (int) args_number (args, "timeout", TIMEOUT_MS), &outcome);
    exit_code_t code = s_failed (place->requests, &outcome);
    if (json && args_has (args, "json"))
        print_json (json_incref (json));
    else if (json)
        s_print (json);
    json_decref (json);
    outcome_term (&outcome);
    caller_destroy (&caller);
    return code;
}

static int
s_run (args_t *args)
{
    return place_connect (args, s_stat, args);
}

const command_t cmd_pub_stat = {
    .name = "pub stat",
    .summary = "show the figures of a publisher or relay",
    .usage = "[--connect UPDATES,REQUESTS]... [--json]",
    .examples = "zp pub stat\n"
                "zp pub stat -c tcp://127.0.0.1:5555,tcp://127.0.0.1:5556\n"
                "zp pub stat --json | jq .sequence\n",
    .options = {OPTION_CONNECT,
                {.name = "timeout",
                 .letter = 't',
                 .value = "MS",
                 .min = 1,
                 .max = INT_MAX,
                 .text = "how long to wait for its answer (5000)"},
                OPTION_JSON},
    .run = s_run,
};
