//  SPDX-License-Identifier: MIT

#include "body.h"
#include "broker.h"
#include "log_commands.h"
#include "output.h"
#include "put_lines.h"

static exit_code_t
s_append_one (broker_t *broker, const args_t *args)
{
    zp_span_t body;
    exit_code_t code = body_read (args_operand (args, 1), &body);
    if (code != EXIT_OK)
        return code;
    const char *id = args_text (args, "id");
    json_t *options = json_object (), *offset;
    if (id)
        json_object_set_new (options, "id", json_text (id));
    if (args_has (args, "expect"))
        json_object_set_new (options, "expect",
                             json_integer (args_number (args, "expect", 0)));
    broker_call_t call = {.method = "log.append",
                          .name = args_operand (args, 0),
                          .body = &body,
                          .options = options,
                          .once = !id};
    code = broker_ask (broker, &call, &offset);
    if (code == EXIT_OK && args_has (args, "json"))
        print_json (json_pack ("{sO}", "offset", offset));
    else if (code == EXIT_OK)
        printf ("%lld\n", (long long) json_integer_value (offset));
    json_decref (offset);
    free ((void *) body.data);
    return code;
}

static exit_code_t
s_append_lines (broker_t *broker, const args_t *args)
{
    const char *id = args_text (args, "id");
    //  One that is sent again, or refused, must not come behind the next
    bool one_by_one = id || args_has (args, "expect");
    put_lines_t lines = {.method = "log.append",
                         .name = args_operand (args, 0),
                         .what = "event",
                         .done = "appended",
                         .into = "to",
                         .key = "offset",
                         .options = json_object (),
                         .id = id,
                         .expect = args_number (args, "expect", -1),
                         .one_by_one = one_by_one,
                         .as_json = args_has (args, "json")};
    exit_code_t code = put_lines (broker, &lines, args_operand (args, 1));
    json_decref (lines.options);
    return code;
}

static exit_code_t
s_append (broker_t *broker, const args_t *args)
{
    return args_has (args, "lines") ? s_append_lines (broker, args)
                                    : s_append_one (broker, args);
}

static int
s_run (args_t *args)
{
    return broker_use (args, s_append);
}

const command_t cmd_log_append = {
    .name = "log append",
    .summary = "append an event to a log, and print its offset",
    .usage = "LOG BODY|-|@FILE [--lines] [--id ID] [--expect OFFSET]",
    .examples = "zp log append views '{\"film\": 7}'\n"
                "zp log append views @view.json --id view-7\n"
                "zp log append views 'the first' --expect 0\n"
                "zp log append views - --lines < views.txt\n",
    .options = {{.name = "id",
                 .value = "ID",
                 .text = "the same id again, soon, is the same event"},
                {.name = "expect",
                 .letter = 'e',
                 .value = "OFFSET",
                 .min = 0,
                 .max = LONG_MAX,
                 .text = "only if it gets this offset"},
                {.name = "lines",
                 .letter = 'l',
                 .text = "each line is an event"},
                OPTIONS_BROKER},
    .operands = {OPERAND_LOG, OPERAND_OTHER},
    .needed = 2,
    .run = s_run,
    .notes =
        "The event is on disk when its offset is printed. BODY is its bytes;\n"
        "- takes them from stdin, @FILE from a file, and @@TEXT stands for\n"
        "@TEXT. The first event makes the log.\n"
        "\n"
        "With --lines many events are on their way at a time, unless --id or\n"
        "--expect is given: then they go one by one, which takes longer. --id\n"
        "is what their ids begin with: line 3 of --id monday is monday-3. If\n"
        "it could not do all of it, the same command can be given again, and\n"
        "appends what is missing. --expect is the offset of the first line.\n"
        "\n"
        "Without --id an event is never sent twice: if it is not known\n"
        "whether it has arrived, that is an error, and up to you.",
};
