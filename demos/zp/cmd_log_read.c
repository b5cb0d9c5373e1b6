//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include <inttypes.h>

#include "broker.h"
#include "log_commands.h"
#include "log_event.h"
#include "output.h"
#include "zp_eventlog_piece.h"

//  What is being read
typedef struct reading {
    broker_t *broker;             // From whom
    const args_t *args;           // As typed
    char member[LOG_MEMBER_MAX];  // Of a group; "": alone
    char from[24];                // Where to read on
    uint64_t end;                 // Not beyond this, which was the end at first
    long room;                    // Events still wanted
    size_t come;                  // In the last reply
    char *acks;                   // Their offsets, as text
    zp_status_t status;           // Of it
} reading_t;

static void
s_print (reading_t *self, const zp_eventlog_event_t *event)
{
    char *line = log_event_line (event, args_has (self->args, "json"));
    print_bytes (line, strlen (line));
    free (line);
    char *acks = zsys_sprintf ("%s%s%" PRIu64, self->acks ? self->acks : "",
                               self->acks ? " " : "", event->offset);
    free (self->acks);
    self->acks = acks;
    self->come++;
    self->room--;
}

//  "AT END", and then pairs of what there is to say of an event and its body
static void
s_on_reply (void *arg, const zp_reply_t *reply)
{
    reading_t *self = arg;
    self->status = reply->status;
    if (reply->status != ZP_OK || reply->count == 0)
        return;
    uint64_t at = 0, end = 0;
    char *state = strndup (reply->parts[0].data, reply->parts[0].size);
    sscanf (state, "%" SCNu64 " %" SCNu64, &at, &end);
    free (state);
    snprintf (self->from, sizeof self->from, "%" PRIu64, at);
    if (self->end == 0)
        self->end = end;
    for (size_t i = 1; i + 1 < reply->count; i += 2) {
        zp_eventlog_event_t event = {.body = reply->parts[i + 1]};
        if (zp_eventlog_event_read (&event, reply->parts[i]))
            s_print (self, &event);
    }
}

//  Events that nobody has seen must not be acked
static exit_code_t
s_ack (reading_t *self)
{
    if (fflush (stdout) == EOF || ferror (stdout)) {
        say_error ("can't write the output: %s", strerror (errno));
        if (*self->member)
            say ("what was not acked will be delivered again");
        return EXIT_ERROR;
    }
    if (!*self->member || self->come == 0)
        return EXIT_OK;
    broker_call_t call = {
        .method = "log.group.ack",
        .name = args_operand (self->args, 0),
        .words = {args_text (self->args, "group"), self->acks}};
    return broker_call (self->broker, &call);
}

//  Read a page
static exit_code_t
s_read_page (reading_t *self)
{
    const args_t *args = self->args;
    int wait_ms = (int) args_number (args, "wait", 0);
    int count = ZP_EVENTLOG_PIECE_MAX;
    count = self->room < count ? (int) self->room : count;
    broker_call_t call = {
        .name = args_operand (args, 0),
        .options = json_pack ("{si, si}", "count", count, "wait_ms", wait_ms),
        .wait_ms = wait_ms,
        .fn = s_on_reply,
        .arg = self};
    if (*self->member) {
        call.method = "log.group.read";
        call.words[0] = args_text (args, "group");
        call.words[1] = self->member;
        json_object_set_new (call.options, "from", json_string (self->from));
        call.once = true;
    }
    else {
        call.method = "log.read";
        call.words[0] = self->from;
    }
    self->come = 0;
    exit_code_t code = broker_call (self->broker, &call);
    if (code == EXIT_OK)
        code = s_ack (self);
    else if (self->status == ZP_OUT_OF_RANGE && !*self->member)
        say_hint ("--from start, which is the first that is kept");
    zstr_free (&self->acks);
    return code;
}

static exit_code_t
s_read (broker_t *broker, const args_t *args)
{
    reading_t self = {.broker = broker,
                      .args = args,
                      .room = args_number (args, "count", LONG_MAX)};
    uint64_t from = 0;
    if (!log_event_member (args, self.member) || !log_event_from (args, &from))
        return EXIT_USAGE;
    snprintf (self.from, sizeof self.from, "%s",
              log_event_from_text (args, "start"));
    if (args_has (args, "wait"))
        caller_greet (broker_caller (broker));  // So that Ctrl-C is told to it
    exit_code_t code;
    do
        code = s_read_page (&self);
    while (code == EXIT_OK && self.come > 0 && self.room > 0 &&
           (*self.member || strtoull (self.from, NULL, 10) < self.end));
    return code;
}

static int
s_run (args_t *args)
{
    return broker_use (args, s_read);
}

const command_t cmd_log_read = {
    .name = "log read",
    .summary = "print the events that a log has",
    .usage = "LOG [--from OFFSET] [--count N] [--group GROUP]",
    .examples = "zp log read views\n"
                "zp log read views --from 100 --count 10 --json\n"
                "zp log read views --from end --wait 60000\n"
                "zp log read views --group mail --count 1\n",
    .options = {{.name = "from",
                 .letter = 'f',
                 .value = "OFFSET",
                 .text = "begin there; or at start (default), or end"},
                {.name = "count",
                 .letter = 'c',
                 .value = "N",
                 .min = 1,
                 .max = LONG_MAX,
                 .text = "at most so many (all)"},
                {.name = "wait",
                 .letter = 'w',
                 .value = "MS",
                 .min = 0,
                 .max = INT_MAX,
                 .text = "wait so long for the first (0)"},
                OPTIONS_GROUP,
                OPTIONS_BROKER},
    .operands = {OPERAND_LOG},
    .needed = 1,
    .run = s_run,
    .notes =
        "It ends where the log ended when it began. Bodies are a line each;\n"
        "control characters, and bytes that are no UTF-8, are shown as \\x1B.\n"
        "--json is exact, and has offset, time_ms and id as well: a body that\n"
        "is JSON is shown as that, other text as a string, and other bytes as\n"
        "{\"base64\": ...}.\n"
        "\n"
        "With --group it takes what no other member has, and acks it when it\n"
        "is printed; --from counts only if that makes the group.",
};
