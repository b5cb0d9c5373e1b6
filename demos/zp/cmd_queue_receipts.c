//  SPDX-License-Identifier: MIT
//
//  What is done to messages that somebody has, by their receipts

#define _GNU_SOURCE

#include "broker.h"
#include "output.h"
#include "queue_commands.h"
#include "zp_queue_core.h"

//  What the broker says: how many receipts counted, and which did not
typedef struct answer {
    long long count;  // That did
    char *refused;    // Text about the others, or NULL
} answer_t;

static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    answer_t *self = arg;
    if (reply->count > 0) {
        char *count = strndup (reply->parts[0].data, reply->parts[0].size);
        self->count = strtoll (count, NULL, 10);
        free (count);
    }
    if (reply->count > 1)
        self->refused = strndup (reply->parts[1].data, reply->parts[1].size);
}

//  The receipts with spaces between; the caller frees it
static char *
s_join (const args_t *args)
{
    char *all = strdup (args_operand (args, 0));
    for (int i = 1; i < args->count; i++) {
        char *longer = zsys_sprintf ("%s %s", all, args_operand (args, i));
        free (all);
        all = longer;
    }
    return all;
}

//  Takes options
static exit_code_t
s_settle (broker_t *broker, const args_t *args, const char *method,
          json_t *options, const char *done)
{
    char *receipts = s_join (args);
    answer_t answer = {0};
    broker_call_t call = {.method = method,
                          .words = {receipts},
                          .options = options,
                          .once = true,  // The second would be refused
                          .fn = s_on_reply,
                          .arg = &answer};
    exit_code_t code = broker_call (broker, &call);
    if (code == EXIT_OK && args_has (args, "json"))
        print_json (json_pack ("{sI}", "count", (json_int_t) answer.count));
    else if (code == EXIT_OK)
        say ("%s %lld message%s", done, answer.count,
             answer.count == 1 ? "" : "s");
    if (answer.refused) {
        say_error ("%s", answer.refused);
        code = EXIT_ERROR;
    }
    free (answer.refused);
    free (receipts);
    return code;
}

//  The value of an option of the command as that of an option of the method
static json_t *
s_number (const args_t *args, const char *name, const char *key)
{
    json_t *options = json_object ();
    if (args_has (args, name))
        json_object_set_new (options, key,
                             json_integer (args_number (args, name, 0)));
    return options;
}

static exit_code_t
s_ack (broker_t *broker, const args_t *args)
{
    return s_settle (broker, args, "queue.ack", NULL, "acked");
}

static int
s_run_ack (args_t *args)
{
    return broker_use (args, s_ack);
}

static exit_code_t
s_nack (broker_t *broker, const args_t *args)
{
    return s_settle (broker, args, "queue.nack",
                     s_number (args, "delay", "delay_ms"), "nacked");
}

static int
s_run_nack (args_t *args)
{
    return broker_use (args, s_nack);
}

static exit_code_t
s_release (broker_t *broker, const args_t *args)
{
    return s_settle (broker, args, "queue.release", NULL, "released");
}

static int
s_run_release (args_t *args)
{
    return broker_use (args, s_release);
}

static exit_code_t
s_touch (broker_t *broker, const args_t *args)
{
    return s_settle (broker, args, "queue.touch",
                     s_number (args, "lease", "lease_ms"), "touched");
}

static int
s_run_touch (args_t *args)
{
    return broker_use (args, s_touch);
}

static exit_code_t
s_bury (broker_t *broker, const args_t *args)
{
    json_t *options = json_object ();
    if (args_has (args, "why"))
        json_object_set_new (options, "why",
                             json_text (args_text (args, "why")));
    return s_settle (broker, args, "queue.bury", options, "buried");
}

static int
s_run_bury (args_t *args)
{
    return broker_use (args, s_bury);
}

const command_t cmd_queue_ack = {
    .name = "queue ack",
    .summary = "messages are done: they are never delivered again",
    .usage = "RECEIPT...",
    .examples = "zp queue ack 12:1:3\n"
                "zp queue ack 12:1:3 13:1:3 14:2:3\n",
    .options = {OPTIONS_BROKER},
    .operands = {OPERAND_OTHER},
    .needed = 1,
    .many = true,
    .run = s_run_ack,
    .notes = "zp queue reserve tells the receipt. It counts until the message\n"
             "is handed to somebody else.",
};

const command_t cmd_queue_nack = {
    .name = "queue nack",
    .summary = "messages are not done: deliver them again",
    .usage = "RECEIPT... [--delay MS]",
    .examples = "zp queue nack 12:1:3\n"
                "zp queue nack 12:1:3 --delay 60000\n",
    .options = {{.name = "delay",
                 .value = "MS",
                 .min = 0,
                 .max = ZP_QUEUE_MS_MAX,
                 .text = "not before so many milliseconds (0)"},
                OPTIONS_BROKER},
    .operands = {OPERAND_OTHER},
    .needed = 1,
    .many = true,
    .run = s_run_nack,
    .notes = "One that was delivered in vain too often goes to the\n"
             "dead-letter queue.",
};

const command_t cmd_queue_release = {
    .name = "queue release",
    .summary = "nobody has begun with messages: give them to others",
    .usage = "RECEIPT...",
    .examples = "zp queue release 12:1:3\n"
                "zp queue release 12:1:3 13:1:3\n",
    .options = {OPTIONS_BROKER},
    .operands = {OPERAND_OTHER},
    .needed = 1,
    .many = true,
    .run = s_run_release,
    .notes = "Unlike a nack this does not count as a delivery in vain. Each\n"
             "goes back to its place in the queue.",
};

const command_t cmd_queue_touch = {
    .name = "queue touch",
    .summary = "messages are being worked on: their leases start anew",
    .usage = "RECEIPT... [--lease MS]",
    .examples = "zp queue touch 12:1:3\n"
                "zp queue touch 12:1:3 --lease 600000\n",
    .options = {{.name = "lease",
                 .value = "MS",
                 .min = 1,
                 .max = INT_MAX,
                 .text = "for so long (as before)"},
                OPTIONS_BROKER},
    .operands = {OPERAND_OTHER},
    .needed = 1,
    .many = true,
    .run = s_run_touch,
};

const command_t cmd_queue_bury = {
    .name = "queue bury",
    .summary = "put messages aside, until somebody kicks them",
    .usage = "RECEIPT... [--why TEXT]",
    .examples = "zp queue bury 12:1:3 --why 'no such film'\n",
    .options = {{.name = "why",
                 .value = "TEXT",
                 .text = "for whoever looks at them"},
                OPTIONS_BROKER},
    .operands = {OPERAND_OTHER},
    .needed = 1,
    .many = true,
    .run = s_run_bury,
    .notes = "zp queue peek QUEUE --state buried shows them, and why.",
};
