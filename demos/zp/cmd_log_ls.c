//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "broker.h"
#include "figures.h"
#include "log_commands.h"
#include "member.h"

//  What zp log stat shows, in this order
static const figure_t s_figures[] = {
    {"first", "offset of the first event that is kept"},
    {"next", "offset that the next one will have"},
    {"events", "that are kept"},
    {"bytes", "of their bodies"},
    {"keep_ms", "older ones are trimmed; 0: none"},
    {"keep_bytes", "beyond these some are trimmed; 0: none"},
    {"keep_events", "beyond these some are trimmed; 0: none"},
    {"groups", "that share it"},
    {"readers", "who follow it"},
    {"appended", "since the server was started"},
    {"repeated", "appended again under the same id"},
    {"refused", "because of a limit, or not what was expected"},
    {"trimmed", "not kept any more"},
    {NULL, NULL},
};

static void
s_print_logs (json_t *list)
{
    static const char *const heads[] = {"LOG",    "FIRST",  "NEXT",
                                        "EVENTS", "GROUPS", "READERS",
                                        "LAST",   "BYTES",  NULL};
    table_t *table = table_new (8);
    table_heads (table, heads);
    size_t number;
    json_t *log;
    json_array_foreach (list, number, log)
    {
        table_cell (table, PLAIN, "%s", member_text_or (log, "name", "?"));
        figures_cell (table, member_integer (log, "first"), PLAIN);
        figures_cell (table, member_integer (log, "next"), PLAIN);
        figures_cell (table, member_integer (log, "events"), PLAIN);
        figures_cell (table, member_integer (log, "groups"), PLAIN);
        figures_cell (table, member_integer (log, "readers"), PLAIN);
        if (member_integer (log, "last_ms"))
            table_cell_time (table,
                             zclock_time () - member_integer (log, "last_ms"));
        else
            table_cell (table, PLAIN, "-");
        table_cell_bytes (table, member_integer (log, "bytes"));
    }
    table_print (&table);
}

static exit_code_t
s_ls (broker_t *broker, const args_t *args)
{
    broker_call_t call = {.method = "log.ls"};
    json_t *list;
    exit_code_t code = broker_ask (broker, &call, &list);
    if (code == EXIT_OK && args_has (args, "json"))
        print_json (json_incref (list));
    else if (code == EXIT_OK && json_array_size (list) == 0)
        say ("no logs yet: the first event appended makes one");
    else if (code == EXIT_OK)
        s_print_logs (list);
    json_decref (list);
    return code;
}

static int
s_run_ls (args_t *args)
{
    return broker_use (args, s_ls);
}

static exit_code_t
s_stat (broker_t *broker, const args_t *args)
{
    broker_call_t call = {.method = "log.stat", .name = args_operand (args, 0)};
    json_t *log;
    exit_code_t code = broker_ask (broker, &call, &log);
    if (code == EXIT_OK && args_has (args, "json"))
        print_json (json_incref (log));
    else if (code == EXIT_OK) {
        table_t *table = table_new (3);
        figures_rows (table, log, s_figures);
        table_print (&table);
    }
    json_decref (log);
    return code;
}

static int
s_run_stat (args_t *args)
{
    return broker_use (args, s_stat);
}

//  The members, each with what it holds, in one cell
static void
s_cell_members (table_t *table, json_t *members)
{
    char *text = strdup ("");
    size_t number;
    json_t *member;
    json_array_foreach (members, number, member)
    {
        char *longer =
            zsys_sprintf ("%s%s%s:%lld", text, *text ? " " : "",
                          member_text_or (member, "member", "?"),
                          (long long) member_integer (member, "leased"));
        free (text);
        text = longer;
    }
    table_cell (table, PLAIN, "%s", *text ? text : "-");
    free (text);
}

static void
s_print_groups (json_t *list, json_int_t next)
{
    static const char *const heads[] = {
        "GROUP", "POSITION", "LEFT", "LEASED", "RETURNED", "MEMBERS", NULL};
    table_t *table = table_new (6);
    table_heads (table, heads);
    size_t number;
    json_t *group;
    json_array_foreach (list, number, group)
    {
        json_int_t position = member_integer (group, "position");
        table_cell (table, PLAIN, "%s", member_text_or (group, "group", "?"));
        figures_cell (table, position, PLAIN);
        figures_cell (table, next - position - member_integer (group, "acked"),
                      YELLOW);
        figures_cell (table, member_integer (group, "leased"), PLAIN);
        figures_cell (table, member_integer (group, "returned"), PLAIN);
        s_cell_members (table, json_object_get (group, "members"));
    }
    table_print (&table);
}

static exit_code_t
s_groups (broker_t *broker, const args_t *args)
{
    broker_call_t stat = {.method = "log.stat", .name = args_operand (args, 0)};
    broker_call_t ls = {.method = "log.group.ls",
                        .name = args_operand (args, 0)};
    json_t *log, *list = NULL;
    exit_code_t code = broker_ask (broker, &stat, &log);
    if (code == EXIT_OK)
        code = broker_ask (broker, &ls, &list);
    if (code == EXIT_OK && args_has (args, "json"))
        print_json (json_incref (list));
    else if (code == EXIT_OK && json_array_size (list) == 0)
        say ("no groups yet: the first member makes one");
    else if (code == EXIT_OK)
        s_print_groups (list, member_integer (log, "next"));
    json_decref (log);
    json_decref (list);
    return code;
}

static int
s_run_groups (args_t *args)
{
    return broker_use (args, s_groups);
}

const command_t cmd_log_ls = {
    .name = "log ls",
    .summary = "show the logs",
    .usage = "[--json]",
    .examples = "zp log ls\n"
                "zp log ls --at tcp://127.0.0.1:5555\n"
                "zp log ls --json | jq -r '.[].name'\n",
    .options = {OPTIONS_BROKER},
    .run = s_run_ls,
    .notes = "FIRST is the offset of the first event that is kept, NEXT that\n"
             "of the next one, and LAST how long ago the last was appended.",
};

const command_t cmd_log_stat = {
    .name = "log stat",
    .summary = "show all figures of one log",
    .usage = "LOG [--json]",
    .examples = "zp log stat views\n"
                "zp log stat views --json | jq .next\n",
    .options = {OPTIONS_BROKER},
    .operands = {OPERAND_LOG},
    .needed = 1,
    .run = s_run_stat,
};

const command_t cmd_log_groups = {
    .name = "log groups",
    .summary = "show the groups of a log, and how far they are",
    .usage = "LOG [--json]",
    .examples = "zp log groups views\n"
                "zp log groups views --json | jq '.[].position'\n",
    .options = {OPTIONS_BROKER},
    .operands = {OPERAND_LOG},
    .needed = 1,
    .run = s_run_groups,
    .notes = "All below POSITION are acked, and LEFT events are not. LEASED\n"
             "are with MEMBERS, after whose names it says how many, and\n"
             "RETURNED wait for another member.",
};
