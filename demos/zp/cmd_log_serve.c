//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "body.h"
#include "daemon.h"
#include "log_commands.h"
#include "output.h"
#include "place.h"
#include "pub_commands.h"
#include "zp_eventlog.h"

typedef struct serve {
    daemon_t daemon;            // How it is run
    zp_eventlog_t *eventlog;    // What is served
    zp_publisher_t *publisher;  // Told of each event; NULL: nobody is
    char *journal;              // Its URL
} serve_t;

//  An event is on disk
static void
s_feed (void *arg, const char *log, const zp_eventlog_event_t *event)
{
    serve_t *self = arg;
    if (self->publisher &&
        zp_publisher_event (self->publisher, log, event->body.data,
                            event->body.size) != ZP_OK)
        say_error ("event %llu of %s is not published: %s",
                   (unsigned long long) event->offset, log,
                   zp_publisher_error (self->publisher));
}

static zp_eventlog_options_t
s_options (serve_t *self)
{
    const args_t *args = self->daemon.args;
    zp_eventlog_options_t options = ZP_EVENTLOG_DEFAULTS;
    zp_eventlog_limits_t *limits = &options.limits;
    options.journal = self->journal;
    options.server.name = "zp log";
    options.feed = s_feed;
    options.feed_arg = self;
    limits->lease_ms = args_number (args, "lease", (long) limits->lease_ms);
    limits->dedupe_ms = args_number (args, "dedupe", (long) limits->dedupe_ms);
    limits->keep.ms = args_number (args, "keep", 0);
    limits->keep.bytes = (uint64_t) args_number (args, "keep-bytes", 0);
    limits->keep.events = (uint64_t) args_number (args, "keep-events", 0);
    limits->max_logs =
        (size_t) args_number (args, "max-logs", (long) limits->max_logs);
    limits->max_events =
        (uint64_t) args_number (args, "max-events", (long) limits->max_events);
    limits->max_bytes =
        (uint64_t) args_number (args, "max-bytes", (long) limits->max_bytes);
    limits->max_body_bytes =
        (size_t) args_number (args, "max-body", (long) limits->max_body_bytes);
    limits->memory_bytes =
        (size_t) args_number (args, "memory", (long) limits->memory_bytes);
    return options;
}

static void *
s_open (void *arg, zp_status_t *status_p, char **error_p)
{
    serve_t *self = arg;
    zp_eventlog_options_t options = s_options (self);
    options.server.tap = daemon_tap (&self->daemon);
    return zp_eventlog_new (self->daemon.loop, &options, status_p, error_p);
}

//  Publish events too, if that is wanted
static exit_code_t
s_publish (serve_t *self)
{
    if (!args_has (self->daemon.args, "publish"))
        return EXIT_OK;
    zp_publisher_options_t options = ZP_PUBLISHER_DEFAULTS;
    options.name = "zp log";
    self->publisher = zp_publisher_new (self->daemon.loop, &options);
    return pub_bind (self->daemon.args, "publish", "log", self->publisher);
}

//  It is ready, and has told what it has found
static void
s_on_listed (void *arg, const zp_reply_t *reply)
{
    serve_t *self = arg;
    json_t *list =
        json_loadb (reply->parts[0].data, reply->parts[0].size, 0, NULL);
    long long count = 0;
    size_t number;
    json_t *log;
    json_array_foreach (list, number, log) count +=
        json_integer_value (json_object_get (log, "events"));
    say ("journal %s: %lld event%s in %zu log%s, found in %.1f s",
         self->journal, count, count == 1 ? "" : "s", number,
         number == 1 ? "" : "s", (double) self->daemon.took_ms / 1000);
    json_decref (list);
}

static exit_code_t
s_run_eventlog (serve_t *self)
{
    daemon_await (&self->daemon, zp_eventlog_server (self->eventlog), "log.ls",
                  s_on_listed, self);
    zp_status_t status = zp_eventlog_run (self->eventlog);
    return daemon_ended (status, zp_eventlog_error (self->eventlog));
}

static exit_code_t
s_serve (daemon_t *daemon, void *arg)
{
    (void) daemon;
    serve_t *self = arg;
    exit_code_t code;
    self->eventlog =
        daemon_open (&self->daemon, "finding the events", s_open, self, &code);
    if (code == EXIT_OK)
        code = daemon_bind (&self->daemon, zp_eventlog_server (self->eventlog));
    if (code == EXIT_OK)
        code = s_publish (self);
    if (code == EXIT_OK)
        code = s_run_eventlog (self);
    zp_eventlog_destroy (&self->eventlog);
    zp_publisher_destroy (&self->publisher);
    return code;
}

static int
s_run (args_t *args)
{
    serve_t self = {
        .daemon = {.args = args, .name = "log", .hint = "zp log ls"}};
    self.journal = daemon_journal (&self.daemon, args_operand (args, 0));
    if (!self.journal)
        return EXIT_USAGE;
    int code = daemon_run (&self.daemon, s_serve, &self);
    free (self.journal);
    return code;
}

const command_t cmd_log_serve = {
    .name = "log serve",
    .summary = "run an event log",
    .usage = "[JOURNAL] [--bind ENDPOINT]... [--publish U,R] [--detach]",
    .examples = "zp log serve\n"
                "zp log serve events.db --bind tcp://127.0.0.1:5555\n"
                "zp log serve events.db --keep-events 1000000 --detach\n"
                "zp log serve --publish "
                "tcp://127.0.0.1:5556,tcp://127.0.0.1:5557\n",
    .options = {OPTION_BIND,
                {.name = "publish",
                 .letter = 'p',
                 .value = "U,R",
                 .many = true,
                 .text = "publish events too (zp help pub)"},
                OPTIONS_KEEP,
                OPTION_NUMBER ("lease", "MS", 1, ZP_EVENTLOG_LEASE_MS_MAX,
                               "how long a member may be silent (30000)"),
                OPTION_NUMBER ("dedupe", "MS", 0, ZP_EVENTLOG_MS_MAX,
                               "how long ids are remembered (120000)"),
                OPTION_NUMBER ("max-logs", "N", 1, INT_MAX, "how many (1000)"),
                OPTION_NUMBER ("max-events", "N", 1, LONG_MAX,
                               "in one log (100000000)"),
                OPTION_NUMBER ("max-bytes", "N", 1, LONG_MAX,
                               "of bodies in one log (64 GiB)"),
                OPTION_NUMBER ("max-body", "N", 1, BODY_MAX,
                               "bytes of one event (8 MiB)"),
                OPTION_NUMBER ("memory", "N", 0, LONG_MAX,
                               "bytes of events kept in memory (64 MiB)"),
                OPTIONS_DAEMON},
    .operands = {OPERAND_FILE},
    .run = s_run,
    .notes =
        "JOURNAL is a file, which is made if it is not there, or a URL such\n"
        "as sqlite:PATH. Without it the journal is\n"
        "${XDG_STATE_HOME:-~/.local/state}/zpatterns/log.db. One server can\n"
        "have it at a time.\n"
        "\n"
        "Without --keep, --keep-bytes and --keep-events all is kept, and an\n"
        "append beyond --max-events or --max-bytes is refused. zp log keep\n"
        "says it for one log.\n"
        "\n"
        "With --publish each event is published as soon as it is on disk, its\n"
        "topic the name of its log, so that any number can hear it: zp sub.\n"
        "\n"
        "Without --bind only processes of this user on this machine reach it,\n"
        "which zp log does by itself. Ctrl-C or SIGTERM stops it. Whatever\n"
        "ends it, each event that was confirmed is still there when it is\n"
        "started again.",
};
