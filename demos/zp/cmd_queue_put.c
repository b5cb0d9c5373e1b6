//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "body.h"
#include "broker.h"
#include "output.h"
#include "put_lines.h"
#include "queue_commands.h"
#include "zp_queue_core.h"

//  The options as queue.put has them; --id is for the caller
static json_t *
s_options (const args_t *args)
{
    static const struct {
        const char *name;  // As typed
        const char *key;   // In queue.put
    } numbers[] = {
        {"delay", "delay_ms"}, {"priority", "priority"}, {"lease", "lease_ms"}};
    json_t *options = json_object ();
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (args_has (args, numbers[i].name))
            json_object_set_new (
                options, numbers[i].key,
                json_integer (args_number (args, numbers[i].name, 0)));
    return options;
}

static exit_code_t
s_put_one (broker_t *broker, const args_t *args)
{
    zp_span_t body;
    exit_code_t code = body_read (args_operand (args, 1), &body);
    if (code != EXIT_OK)
        return code;
    const char *id = args_text (args, "id");
    broker_call_t call = {.method = "queue.put",
                          .name = args_operand (args, 0),
                          .body = &body,
                          .options = s_options (args),
                          .once = !id};
    if (id)
        json_object_set_new (call.options, "id", json_text (id));
    json_t *number;
    code = broker_ask (broker, &call, &number);
    if (code == EXIT_OK && args_has (args, "json"))
        print_json (json_pack ("{sO}", "id", number));
    else if (code == EXIT_OK)
        printf ("%lld\n", (long long) json_integer_value (number));
    json_decref (number);
    free ((void *) body.data);
    return code;
}

static exit_code_t
s_put_lines (broker_t *broker, const args_t *args)
{
    put_lines_t lines = {.method = "queue.put",
                         .name = args_operand (args, 0),
                         .what = "message",
                         .done = "put",
                         .into = "into",
                         .key = "id",
                         .options = s_options (args),
                         .id = args_text (args, "id"),
                         .expect = -1,
                         .as_json = args_has (args, "json")};
    exit_code_t code = put_lines (broker, &lines, args_operand (args, 1));
    json_decref (lines.options);
    return code;
}

static exit_code_t
s_put (broker_t *broker, const args_t *args)
{
    return args_has (args, "lines") ? s_put_lines (broker, args)
                                    : s_put_one (broker, args);
}

static int
s_run (args_t *args)
{
    return broker_use (args, s_put);
}

const command_t cmd_queue_put = {
    .name = "queue put",
    .summary = "put a message into a queue, and print its id",
    .usage = "QUEUE BODY|-|@FILE [--lines] [--id ID] [--delay MS]",
    .examples = "zp queue put jobs '{\"film\": 7}'\n"
                "zp queue put jobs @film.json --priority 9 --delay 60000\n"
                "zp queue put jobs '{\"film\": 7}' --id film-7\n"
                "zp queue put jobs - --lines < films.txt\n",
    .options = {{.name = "id",
                 .value = "ID",
                 .text = "the same id again, soon, is the same message"},
                {.name = "delay",
                 .value = "MS",
                 .min = 0,
                 .max = ZP_QUEUE_MS_MAX,
                 .text = "not to be delivered before (0)"},
                {.name = "priority",
                 .letter = 'p',
                 .value = "N",
                 .min = 0,
                 .max = ZP_QUEUE_PRIORITIES - 1,
                 .text = "9 is delivered first, 0 last (4)"},
                {.name = "lease",
                 .value = "MS",
                 .min = 1,
                 .max = INT_MAX,
                 .text = "how long its worker may be silent"},
                {.name = "lines",
                 .letter = 'l',
                 .text = "each line is a message"},
                OPTIONS_BROKER},
    .operands = {OPERAND_QUEUE, OPERAND_OTHER},
    .needed = 2,
    .run = s_run,
    .notes =
        "The message is on disk when its id is printed. BODY is its\n"
        "bytes; - takes them from stdin, @FILE from a file, and @@TEXT\n"
        "stands for @TEXT.\n"
        "\n"
        "With --lines many messages are on their way at a time, and --id\n"
        "is what their ids begin with: line 3 of --id monday is monday-3.\n"
        "If it could not do all of it, the same command can be given\n"
        "again, and puts what is missing.\n"
        "\n"
        "Without --id a message is never sent twice: if it is not known\n"
        "whether it has arrived, that is an error, and up to you.",
};
