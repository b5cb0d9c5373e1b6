//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include <time.h>

#include "broker.h"
#include "duration.h"
#include "member.h"
#include "saga_commands.h"
#include "saga_history.h"
#include "saga_timeline.h"
#include "table.h"

#define ROOM 60  // Letters of a value that are shown

//  JSON as a short line, which the caller frees; "" for NULL
static char *
s_short (const json_t *json)
{
    char *text =
        json ? json_dumps (json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    char *line = one_line (text ? text : "", text ? strlen (text) : 0, ROOM);
    free (text);
    return line;
}

static void
s_row (table_t *table, const char *name, colour_t colour, const char *text)
{
    table_cell (table, DIM, "%s", name);
    table_cell (table, colour, "%s", text);
}

static void
s_print_head (const saga_history_t *history)
{
    char when[64], took[DURATION_SIZE], text[256];
    time_t begun = (time_t) (history->begun_ms / 1000);
    struct tm local;
    localtime_r (&begun, &local);
    strftime (when, sizeof when, "%Y-%m-%d %H:%M:%S", &local);
    duration_text (history->end_ms, took);
    char *input = s_short (json_object_get (history->saga, "input"));
    table_t *table = table_new (2);
    s_row (table, "id", PLAIN, history->id);
    snprintf (text, sizeof text, "%.100s, version %lld", history->name,
              (long long) history->version);
    s_row (table, "saga", PLAIN, text);
    s_row (table, "state", saga_colour (history->state), history->state);
    if (*history->reason)
        s_row (table, "reason", PLAIN, history->reason);
    snprintf (text, sizeof text, "%s, %s %s", when,
              history->ended ? "and took" : "for", took);
    s_row (table, "begun", PLAIN, text);
    s_row (table, "input", PLAIN, input);
    table_print (&table);
    free (input);
}

static colour_t
s_step_colour (const char *state)
{
    return strcmp (state, "stuck") == 0 || strcmp (state, "refused") == 0 ? RED
           : strncmp (state, "und", 3) == 0 ? YELLOW
           : strcmp (state, "done") == 0    ? GREEN
           : strcmp (state, "running") == 0 ? BOLD
                                            : DIM;
}

static void
s_print_steps (json_t *steps)
{
    static const char *const heads[] = {"STEP",     "KIND",   "STATE",
                                        "ATTEMPTS", "RESULT", NULL};
    table_t *table = table_new (5);
    table_heads (table, heads);
    size_t number;
    json_t *step;
    json_array_foreach (steps, number, step)
    {
        const char *state = member_text (step, "state");
        long long attempts =
            json_integer_value (json_object_get (step, "attempts"));
        char *result = s_short (json_object_get (step, "result"));
        table_cell (table, PLAIN, "%s", member_text (step, "id"));
        table_cell (table, PLAIN, "%s", member_text (step, "kind"));
        table_cell (table, s_step_colour (state), "%s", state);
        table_cell (table, PLAIN, attempts ? "%lld" : "-", attempts);
        table_cell (table, PLAIN, "%s", *result ? result : "-");
        free (result);
    }
    table_print (&table);
}

static void
s_print_history (const saga_history_t *history)
{
    static const char *const heads[] = {"AFTER", "EVENT", "STEP", "WHAT", NULL};
    static const colour_t colours[] = {[SAGA_TONE_PLAIN] = PLAIN,
                                       [SAGA_TONE_BAD] = RED,
                                       [SAGA_TONE_PERSON] = YELLOW,
                                       [SAGA_TONE_SIGNAL] = BOLD};
    table_t *table = table_new (4);
    table_heads (table, heads);
    for (size_t i = 0; i < history->entry_count; i++) {
        const saga_entry_t *entry = &history->entries[i];
        char after[DURATION_SIZE];
        char *body = i ? s_short (entry->body) : strdup ("");
        const char *const parts[] = {entry->detail, body, entry->follows};
        char *what = strdup ("");
        for (int part = 0; part < 3; part++) {
            char *longer = zsys_sprintf (
                "%s%s%s", what, *what && *parts[part] ? "; " : "", parts[part]);
            free (what);
            what = longer;
        }
        table_cell (table, DIM, "%s", duration_text (entry->at_ms, after));
        table_cell (table, colours[entry->tone], "%s", entry->event);
        table_cell (table, PLAIN, "%s", *entry->step ? entry->step : "-");
        table_cell (table, PLAIN, "%s", what);
        free (what);
        free (body);
    }
    table_print (&table);
}

static void
s_print (const saga_history_t *history)
{
    s_print_head (history);
    putchar ('\n');
    s_print_steps (json_object_get (history->saga, "steps"));
    putchar ('\n');
    s_print_history (history);
}

static void
s_svg (FILE *to, const void *what)
{
    saga_timeline_svg (what, to);
}

static exit_code_t
s_show (broker_t *broker, const args_t *args)
{
    broker_call_t call = {.method = "saga.show",
                          .name = args_operand (args, 0)};
    json_t *saga;
    exit_code_t code = broker_ask (broker, &call, &saga);
    if (code != EXIT_OK)
        return code;
    saga_history_t *history = saga_history_new (saga, zclock_time ());
    if (args_has (args, "svg"))
        code = saga_draw (args, s_svg, history);
    else if (args_has (args, "json"))
        print_json (json_incref (saga));
    else
        s_print (history);
    saga_history_destroy (&history);
    json_decref (saga);
    return code;
}

static int
s_run (args_t *args)
{
    return broker_use (args, s_show);
}

const command_t cmd_saga_show = {
    .name = "saga show",
    .summary = "show a saga: its steps, and all that happened to it",
    .usage = "ID [--svg] [--output FILE] [--json]",
    .examples = "zp saga show order-7\n"
                "zp saga show order-7 --svg -o order-7.svg\n"
                "zp saga show order-7 --json | jq '.history[] | .event'\n",
    .options = {{.name = "svg",
                 .text = "draw it: a row for each step, over the time"},
                OPTION_OUTPUT,
                OPTIONS_BROKER},
    .operands = {OPERAND_SAGA},
    .needed = 1,
    .run = s_run,
    .notes =
        "The history says what happened when, counted from the start of the\n"
        "saga, and what followed from it. --json has all values in full, and\n"
        "the definition by which the saga began.\n"
        "\n"
        "In the picture a bar is a step that was being done, or in another\n"
        "colour and round, undone. What did not go its way has a number; the\n"
        "text beneath says what it was, and who did something about it.\n"
        "Stretches of time without any event may be cut short, which is\n"
        "shown.",
};
