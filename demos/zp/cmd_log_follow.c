//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include <inttypes.h>
#include <signal.h>

#include "broker.h"
#include "log_commands.h"
#include "log_event.h"
#include "outflow.h"
#include "output.h"
#include "zp_eventlog_reader.h"

#define CREDIT   1000  // Events that may be here and not written yet
#define DRAIN_MS 5000  // For these, at the end

typedef struct follow {
    const args_t *args;            // As typed
    zloop_t *loop;                 // Runs all
    zp_eventlog_reader_t *reader;  // Follows
    outflow_t *out;                // Where it is printed
    uint64_t held[CREDIT];         // Offsets of what is not done with: first
    size_t printed;                // those printed and perhaps not written,
    size_t count;                  // and then those that were too many
    long room;                     // Events still wanted
    bool over;                     // No more is to be printed
    bool ended;                    // And all that was is written
    bool troubled;                 // That was said
    exit_code_t code;              // How it ends
} follow_t;

//  All is written: what was printed is done with, which in a group acks it
static void
s_settle (follow_t *self)
{
    for (size_t i = 0; i < self->printed; i++)
        zp_eventlog_reader_done (self->reader, self->held[i]);
    if (self->over && !self->ended) {
        self->ended = true;
        raise (SIGTERM);  // As zp_eventlog_reader_run wants it
        for (size_t i = self->printed; i < self->count; i++)
            zp_eventlog_reader_retry (self->reader, self->held[i], 0);
        self->count = self->printed;
    }
    self->count -= self->printed;
    self->printed = 0;
}

static void
s_on_written (void *arg)
{
    follow_t *self = arg;
    if (outflow_waiting (self->out) == 0)
        s_settle (self);
}

static void
s_end (follow_t *self, exit_code_t code)
{
    self->over = true;
    self->code = code;
    s_on_written (self);
}

static bool
s_on_event (void *arg, const zp_eventlog_event_t *event)
{
    follow_t *self = arg;
    if (self->over && !args_has (self->args, "group"))
        return true;
    self->held[self->count++] = event->offset;
    if (self->over)
        return false;
    self->printed++;
    char *line = log_event_line (event, args_has (self->args, "json"));
    outflow_write (self->out, line, strlen (line));
    free (line);
    if (--self->room == 0)
        s_end (self, EXIT_OK);
    return false;
}

static void
s_on_lost (void *arg, uint64_t from, uint64_t to)
{
    follow_t *self = arg;
    if (args_has (self->args, "json"))
        outflow_json (self->out,
                      json_pack ("{ss, sI, sI}", "kind", "lost", "from",
                                 (json_int_t) from, "to", (json_int_t) to - 1));
    else
        say ("LOST from %" PRIu64 " to %" PRIu64 ": trimmed", from, to - 1);
}

//  Some trouble goes away by itself
static void
s_on_trouble (void *arg, zp_status_t status, const char *text)
{
    follow_t *self = arg;
    bool passing = status == ZP_UNAVAILABLE || status == ZP_UNKNOWN ||
                   status == ZP_DEADLINE_EXCEEDED;
    if (self->over)
        return;
    if (status == ZP_OK)
        say ("BACK");
    else if (!passing) {
        say_error ("%s: %s", zp_status_name (status), text);
        if (status == ZP_OUT_OF_RANGE)
            say_hint ("--from end, for what is appended from now on");
        s_end (self, EXIT_ERROR);
    }
    else if (!self->troubled)
        say ("GONE: %s; waiting for it", text);
    self->troubled = passing;
}

static exit_code_t
s_follow (follow_t *self, const char *endpoint,
          const zp_eventlog_reader_options_t *options)
{
    zp_eventlog_reader_events_t events = {.event = s_on_event,
                                          .lost = s_on_lost,
                                          .trouble = s_on_trouble,
                                          .arg = self};
    self->out = outflow_new (self->loop, s_on_written, self);
    self->reader = zp_eventlog_reader_new (self->loop, options, &events);
    exit_code_t code = EXIT_USAGE;
    if (zp_eventlog_reader_connect (self->reader, endpoint) != ZP_OK) {
        say_error ("'%s' is no endpoint", endpoint);
        say_hint ("an endpoint such as tcp://127.0.0.1:5555");
    }
    else {
        zp_eventlog_reader_run (self->reader, DRAIN_MS);
        code = outflow_code (self->out);
        bool closed = outflow_closed (self->out);
        if (code == EXIT_OK && !closed)
            code = self->ended ? self->code : EXIT_INTERRUPTED;
    }
    zp_eventlog_reader_destroy (&self->reader);
    outflow_destroy (&self->out);
    return code;
}

static int
s_run (args_t *args)
{
    zp_eventlog_reader_options_t options = ZP_EVENTLOG_READER_DEFAULTS;
    char member[LOG_MEMBER_MAX], *endpoint;
    options.log = args_operand (args, 0);
    options.group = args_text (args, "group");
    options.member = options.group ? member : NULL;
    options.from = options.group ? ZP_EVENTLOG_START : ZP_EVENTLOG_END;
    options.credit = CREDIT;
    if (!log_event_member (args, member) ||
        !log_event_from (args, &options.from))
        return EXIT_USAGE;
    exit_code_t code = broker_find (args->command, args_text (args, "at"),
                                    args_text (args, "name"), &endpoint);
    if (code != EXIT_OK)
        return code;
    follow_t *self = zmalloc (sizeof *self);
    self->args = args;
    self->room = args_number (args, "count", 0);
    if (self->room > 0 && self->room < CREDIT)
        options.credit = (int) self->room;
    zsys_handler_set (NULL);
    self->loop = zloop_new ();
    code = s_follow (self, endpoint, &options);
    zloop_destroy (&self->loop);
    free (self);
    free (endpoint);
    return code;
}

const command_t cmd_log_follow = {
    .name = "log follow",
    .summary = "print events as they are appended",
    .usage = "LOG [--from OFFSET] [--count N] [--group GROUP]",
    .examples = "zp log follow views\n"
                "zp log follow views --from start\n"
                "zp log follow views --from 100 --json | jq .body\n"
                "zp log follow views --group mail --member a\n",
    .options = {{.name = "from",
                 .letter = 'f',
                 .value = "OFFSET",
                 .text = "begin there; or at start, or end (default)"},
                {.name = "count",
                 .letter = 'c',
                 .value = "N",
                 .min = 1,
                 .max = LONG_MAX,
                 .text = "end after so many events"},
                OPTIONS_GROUP,
                {.name = "at",
                 .value = "WHERE",
                 .names = OPERAND_SERVICE,
                 .text = "where it is: a service or an endpoint"},
                OPTION_NAME,
                {.name = "json", .text = "print a JSON object for each line"}},
    .operands = {OPERAND_LOG},
    .needed = 1,
    .run = s_run,
    .notes =
        "Lines are as in zp log read. It goes on until Ctrl-C; when the event\n"
        "log is gone it waits for it, and goes on where it was. The log need\n"
        "not be there yet. LOST, on stderr, or with --json an object on\n"
        "stdout, is what was trimmed before it could be read.\n"
        "\n"
        "With --group it gets what no other member has, and acks what was\n"
        "taken by whoever reads its output; the default of --from is then\n"
        "start, and counts only if that makes the group.",
};
