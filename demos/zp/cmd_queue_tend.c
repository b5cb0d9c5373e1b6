//  SPDX-License-Identifier: MIT
//
//  What is done to a queue as a whole

#include "broker.h"
#include "confirm.h"
#include "queue_commands.h"

//  Call the method of a queue, and tell how many messages it was about. Takes
//  options.
static exit_code_t
s_change (broker_t *broker, const args_t *args, const char *method,
          json_t *options, const char *done)
{
    const char *queue = args_operand (args, 0);
    broker_call_t call = {
        .method = method, .name = queue, .options = options, .once = true};
    json_t *count;
    exit_code_t code = broker_ask (broker, &call, &count);
    if (code != EXIT_OK)
        return code;
    long long number = json_integer_value (count);
    if (args_has (args, "json"))
        print_json (json_pack ("{ss, sI}", "queue", queue, "count",
                               (json_int_t) number));
    else
        say ("%s %lld message%s of %s", done, number, number == 1 ? "" : "s",
             queue);
    json_decref (count);
    return code;
}

static exit_code_t
s_kick (broker_t *broker, const args_t *args)
{
    json_t *options = json_object ();
    if (args_has (args, "count"))
        json_object_set_new (options, "count",
                             json_integer (args_number (args, "count", 0)));
    return s_change (broker, args, "queue.kick", options, "kicked");
}

static int
s_run_kick (args_t *args)
{
    return broker_use (args, s_kick);
}

//  Ask first, and say how many there are
static exit_code_t
s_confirm_purge (broker_t *broker, const args_t *args, const char *state)
{
    const char *queue = args_operand (args, 0);
    broker_call_t call = {.method = "queue.stat", .name = queue};
    json_t *figures;
    exit_code_t code = broker_ask (broker, &call, &figures);
    if (code != EXIT_OK)
        return code;
    long long count = json_integer_value (json_object_get (figures, state));
    json_decref (figures);
    return confirm (args, "purge %lld %s message%s of %s", count, state,
                    count == 1 ? "" : "s", queue);
}

static exit_code_t
s_purge (broker_t *broker, const args_t *args)
{
    const char *state = args_text (args, "state");
    state = state ? state : queue_states[0];
    exit_code_t code = s_confirm_purge (broker, args, state);
    if (code == EXIT_OK)
        code = s_change (broker, args, "queue.purge",
                         json_pack ("{ss}", "state", state), "purged");
    return code;
}

static int
s_run_purge (args_t *args)
{
    return broker_use (args, s_purge);
}

static exit_code_t
s_set_paused (broker_t *broker, const args_t *args, bool paused)
{
    const char *queue = args_operand (args, 0);
    broker_call_t call = {.method = "queue.pause",
                          .name = queue,
                          .options = json_pack ("{sb}", "paused", paused)};
    exit_code_t code = broker_call (broker, &call);
    if (code == EXIT_OK && args_has (args, "json"))
        print_json (json_pack ("{ss, sb}", "queue", queue, "paused", paused));
    else if (code == EXIT_OK)
        say ("%s %s", queue, paused ? "is paused" : "goes on");
    return code;
}

static exit_code_t
s_pause (broker_t *broker, const args_t *args)
{
    return s_set_paused (broker, args, true);
}

static int
s_run_pause (args_t *args)
{
    return broker_use (args, s_pause);
}

static exit_code_t
s_resume (broker_t *broker, const args_t *args)
{
    return s_set_paused (broker, args, false);
}

static int
s_run_resume (args_t *args)
{
    return broker_use (args, s_resume);
}

const command_t cmd_queue_kick = {
    .name = "queue kick",
    .summary = "try buried messages again, or those in a dead-letter queue",
    .usage = "QUEUE [--count N]",
    .examples = "zp queue kick jobs\n"
                "zp queue kick jobs.dead\n"
                "zp queue kick jobs.dead --count 1\n",
    .options = {{.name = "count",
                 .letter = 'c',
                 .value = "N",
                 .min = 1,
                 .max = LONG_MAX,
                 .text = "at most so many (all)"},
                OPTIONS_BROKER},
    .operands = {OPERAND_QUEUE},
    .needed = 1,
    .run = s_run_kick,
    .notes = "Those in a dead-letter queue go back to the queue they came\n"
             "from, and their deliveries are counted anew.",
};

const command_t cmd_queue_purge = {
    .name = "queue purge",
    .summary = "throw away all messages of a queue that are in one state",
    .usage = "QUEUE [--state STATE] [--yes]",
    .examples = "zp queue purge jobs\n"
                "zp queue purge jobs --state buried --yes\n"
                "zp queue purge jobs.dead\n",
    .options = {OPTION_STATE, OPTION_YES, OPTIONS_BROKER},
    .operands = {OPERAND_QUEUE},
    .needed = 1,
    .run = s_run_purge,
    .notes = "They are gone for good. At a terminal it asks first; elsewhere\n"
             "it needs --yes.",
};

const command_t cmd_queue_pause = {
    .name = "queue pause",
    .summary = "hand nothing out of a queue any more",
    .usage = "QUEUE",
    .examples = "zp queue pause jobs\n",
    .options = {OPTIONS_BROKER},
    .operands = {OPERAND_QUEUE},
    .needed = 1,
    .run = s_run_pause,
    .notes = "What workers have already they may finish. It can be put into\n"
             "as before. The broker remembers it: zp queue resume ends it.",
};

const command_t cmd_queue_resume = {
    .name = "queue resume",
    .summary = "let a paused queue go on",
    .usage = "QUEUE",
    .examples = "zp queue resume jobs\n",
    .options = {OPTIONS_BROKER},
    .operands = {OPERAND_QUEUE},
    .needed = 1,
    .run = s_run_resume,
};
