//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "body.h"
#include "broker.h"
#include "output.h"
#include "queue_commands.h"

typedef struct message {
    bool as_json;   // Print it so
    char *receipt;  // For the message that came; NULL: none came
} message_t;

static void
s_on_message (void *arg, const zp_reply_t *reply)
{
    message_t *self = arg;
    if (reply->status != ZP_OK || reply->count != 2)
        return;
    self->receipt = strndup (reply->parts[0].data, reply->parts[0].size);
    if (self->as_json)
        print_json (json_pack ("{so, so}", "receipt", json_text (self->receipt),
                               "body", body_to_json (&reply->parts[1])));
    else
        body_print (&reply->parts[1], false);
}

//  A message that nobody has seen must not be acked
static exit_code_t
s_ack (broker_t *broker, const char *receipt)
{
    if (fflush (stdout) == EOF || ferror (stdout)) {
        say_error ("can't write the output: %s", strerror (errno));
        say ("it was not acked, and will be delivered again");
        return EXIT_ERROR;
    }
    broker_call_t call = {
        .method = "queue.ack", .words = {receipt}, .once = true};
    return broker_call (broker, &call);
}

//  To reserve makes a queue that is not there. If nobody wants to wait for the
//  first message the name is mistyped, rather.
static exit_code_t
s_look (broker_t *broker, const char *queue)
{
    broker_call_t call = {.method = "queue.stat", .name = queue};
    return broker_call (broker, &call);
}

static exit_code_t
s_reserve (broker_t *broker, const args_t *args)
{
    const char *queue = args_operand (args, 0);
    int wait_ms = (int) args_number (args, "wait", 0);
    exit_code_t code = wait_ms > 0 ? EXIT_OK : s_look (broker, queue);
    if (code != EXIT_OK)
        return code;
    message_t message = {.as_json = args_has (args, "json")};
    broker_call_t call = {.method = "queue.reserve",
                          .name = queue,
                          .options = json_pack ("{si}", "wait_ms", wait_ms),
                          .wait_ms = wait_ms,
                          .once = true,
                          .fn = s_on_message,
                          .arg = &message};
    caller_greet (broker_caller (broker));  // So that Ctrl-C is told to it
    code = broker_call (broker, &call);
    if (message.receipt && args_has (args, "ack"))
        code = s_ack (broker, message.receipt);
    else if (message.receipt && !message.as_json)
        say ("receipt %s", message.receipt);
    free (message.receipt);
    return code;
}

static int
s_run (args_t *args)
{
    return broker_use (args, s_reserve);
}

const command_t cmd_queue_reserve = {
    .name = "queue reserve",
    .summary = "take the next message of a queue",
    .usage = "QUEUE [--wait MS] [--ack]",
    .examples = "zp queue reserve jobs\n"
                "zp queue reserve jobs --wait 60000\n"
                "zp queue reserve jobs --ack > job.json\n"
                "zp queue reserve jobs --json | jq -r .receipt\n",
    .options = {{.name = "wait",
                 .letter = 'w',
                 .value = "MS",
                 .min = 0,
                 .max = INT_MAX,
                 .text = "wait so long until there is one (0)"},
                {.name = "ack",
                 .letter = 'a',
                 .text = "ack it as soon as it is printed"},
                OPTIONS_BROKER},
    .operands = {OPERAND_QUEUE},
    .needed = 1,
    .run = s_run,
    .notes = "The body goes to stdout, and the receipt, for zp queue ack and\n"
             "others, to stderr. Without ack in the time of its lease the\n"
             "message is delivered again. If there is none the exit code is 4.",
};
