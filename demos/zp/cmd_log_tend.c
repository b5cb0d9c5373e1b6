//  SPDX-License-Identifier: MIT
//
//  What is done to a log, or to a group, as a whole. All of it destroys what
//  nothing brings back, so all of it asks.

#include "broker.h"
#include "confirm.h"
#include "log_commands.h"

//  How many events would be trimmed below an offset, or "end"
static exit_code_t
s_count_below (broker_t *broker, const char *log, const char *offset,
               json_int_t *count)
{
    broker_call_t call = {.method = "log.stat", .name = log};
    json_t *stat;
    exit_code_t code = broker_ask (broker, &call, &stat);
    if (code != EXIT_OK)
        return code;
    json_int_t first = json_integer_value (json_object_get (stat, "first"));
    json_int_t next = json_integer_value (json_object_get (stat, "next"));
    json_int_t to = strcmp (offset, "end") == 0 ? next : atoll (offset);
    to = to < next ? to : next;
    *count = to > first ? to - first : 0;
    json_decref (stat);
    return EXIT_OK;
}

static exit_code_t
s_trim (broker_t *broker, const args_t *args)
{
    const char *log = args_operand (args, 0), *offset = args_operand (args, 1);
    json_int_t count;
    exit_code_t code = s_count_below (broker, log, offset, &count);
    if (code == EXIT_OK)
        code = confirm (args, "erase %lld event%s of %s", (long long) count,
                        count == 1 ? "" : "s", log);
    if (code != EXIT_OK)
        return code;
    broker_call_t call = {.method = "log.trim", .name = log, .words = {offset}};
    json_t *trimmed;
    code = broker_ask (broker, &call, &trimmed);
    if (code != EXIT_OK)
        return code;
    long long number = json_integer_value (trimmed);
    if (args_has (args, "json"))
        print_json (
            json_pack ("{ss, sI}", "log", log, "count", (json_int_t) number));
    else
        say ("trimmed %lld event%s of %s", number, number == 1 ? "" : "s", log);
    json_decref (trimmed);
    return code;
}

static int
s_run_trim (args_t *args)
{
    return broker_use (args, s_trim);
}

static exit_code_t
s_keep (broker_t *broker, const args_t *args)
{
    static const struct {
        const char *name;  // As typed
        const char *key;   // In log.configure
    } keeps[] = {{"keep", "keep_ms"},
                 {"keep-bytes", "keep_bytes"},
                 {"keep-events", "keep_events"}};
    const char *log = args_operand (args, 0);
    json_t *options = json_object ();
    for (size_t i = 0; i < sizeof keeps / sizeof *keeps; i++)
        if (args_has (args, keeps[i].name))
            json_object_set_new (
                options, keeps[i].key,
                json_integer (args_number (args, keeps[i].name, 0)));
    exit_code_t code = EXIT_USAGE;
    if (json_object_size (options) > 0)
        code = confirm (args, "erase what is beyond that of %s, now and later",
                        log);
    else {
        say_error ("zp log keep: what shall be kept of %s?", log);
        say_hint ("--keep MS, --keep-bytes N, --keep-events N; 0 is all");
    }
    broker_call_t call = {
        .method = "log.configure", .name = log, .options = options};
    if (code != EXIT_OK)
        json_decref (options);
    else
        code = broker_call (broker, &call);
    if (code == EXIT_OK && !args_has (args, "json"))
        say ("%s is kept so from now on", log);
    return code;
}

static int
s_run_keep (args_t *args)
{
    return broker_use (args, s_keep);
}

//  Call a method of a group, and say what is done
static exit_code_t
s_change_group (broker_t *broker, const args_t *args, const char *method,
                const char *from, const char *done)
{
    const char *log = args_operand (args, 0), *group = args_operand (args, 1);
    broker_call_t call = {
        .method = method, .name = log, .words = {group, from}};
    exit_code_t code = broker_call (broker, &call);
    if (code == EXIT_OK && args_has (args, "json"))
        print_json (json_pack ("{ss, ss}", "log", log, "group", group));
    else if (code == EXIT_OK)
        say ("group %s of %s %s%s", group, log, done, from ? from : "");
    return code;
}

static exit_code_t
s_seek (broker_t *broker, const args_t *args)
{
    const char *from = args_operand (args, 2);
    exit_code_t code =
        confirm (args, "move group %s of %s to %s", args_operand (args, 1),
                 args_operand (args, 0), from);
    if (code == EXIT_OK)
        code = s_change_group (broker, args, "log.group.seek", from,
                               "goes on at ");
    return code;
}

static int
s_run_seek (args_t *args)
{
    return broker_use (args, s_seek);
}

static exit_code_t
s_forget (broker_t *broker, const args_t *args)
{
    exit_code_t code = confirm (args, "forget where group %s of %s is",
                                args_operand (args, 1), args_operand (args, 0));
    if (code == EXIT_OK)
        code = s_change_group (broker, args, "log.group.delete", NULL,
                               "is forgotten");
    return code;
}

static int
s_run_forget (args_t *args)
{
    return broker_use (args, s_forget);
}

const command_t cmd_log_trim = {
    .name = "log trim",
    .summary = "erase the oldest events of a log",
    .usage = "LOG OFFSET|end [--yes]",
    .examples = "zp log trim views 1000\n"
                "zp log trim views end --yes\n",
    .options = {OPTION_YES, OPTIONS_BROKER},
    .operands = {OPERAND_LOG, OPERAND_OTHER},
    .needed = 2,
    .run = s_run_trim,
    .notes = "All below OFFSET are erased. Offsets stay as they are, and none\n"
             "is used again.",
};

const command_t cmd_log_keep = {
    .name = "log keep",
    .summary = "say how much is kept of a log",
    .usage = "LOG [--keep MS] [--keep-bytes N] [--keep-events N] [--yes]",
    .examples = "zp log keep views --keep-events 1000000\n"
                "zp log keep views --keep 604800000 --yes\n"
                "zp log keep views --keep 0 --keep-events 0 --keep-bytes 0\n",
    .options = {OPTIONS_KEEP, OPTION_YES, OPTIONS_BROKER},
    .operands = {OPERAND_LOG},
    .needed = 1,
    .run = s_run_keep,
    .notes = "What is not said stays as it is. It counts for this log instead\n"
             "of what zp log serve was told, and makes the log if need be.",
};

const command_t cmd_log_seek = {
    .name = "log seek",
    .summary = "let a group go on elsewhere",
    .usage = "LOG GROUP OFFSET|start|end [--yes]",
    .examples = "zp log seek views mail start\n"
                "zp log seek views mail 100 --yes\n",
    .options = {OPTION_YES, OPTIONS_BROKER},
    .operands = {OPERAND_LOG, OPERAND_OTHER, OPERAND_OTHER},
    .needed = 3,
    .run = s_run_seek,
    .notes = "Nothing from there on counts as acked, or as being with a\n"
             "member; what was left before is not delivered any more.",
};

const command_t cmd_log_forget = {
    .name = "log forget",
    .summary = "delete a group, and where it is",
    .usage = "LOG GROUP [--yes]",
    .examples = "zp log forget views mail\n",
    .options = {OPTION_YES, OPTIONS_BROKER},
    .operands = {OPERAND_LOG, OPERAND_OTHER},
    .needed = 2,
    .run = s_run_forget,
};
