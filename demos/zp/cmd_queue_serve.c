//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include "body.h"
#include "daemon.h"
#include "output.h"
#include "queue_commands.h"
#include "zp_queue_broker.h"

typedef struct serve {
    daemon_t daemon;            // How it is run
    zp_queue_broker_t *broker;  // What is served
    char *journal;              // Its URL
} serve_t;

static zp_queue_broker_options_t
s_options (const serve_t *self)
{
    const args_t *args = self->daemon.args;
    zp_queue_broker_options_t options = ZP_QUEUE_BROKER_DEFAULTS;
    zp_queue_options_t *queue = &options.queue;
    options.journal = self->journal;
    options.server.name = "zp queue";
    queue->lease_ms = args_number (args, "lease", (long) queue->lease_ms);
    queue->delivery_limit =
        (int) args_number (args, "delivery-limit", queue->delivery_limit);
    queue->dedupe_ms = args_number (args, "dedupe", (long) queue->dedupe_ms);
    queue->age_every = (int) args_number (args, "age-every", queue->age_every);
    queue->max_queues =
        (size_t) args_number (args, "max-queues", (long) queue->max_queues);
    queue->max_messages =
        (size_t) args_number (args, "max-messages", (long) queue->max_messages);
    queue->max_bytes =
        (uint64_t) args_number (args, "max-bytes", (long) queue->max_bytes);
    queue->max_body_bytes =
        (size_t) args_number (args, "max-body", (long) queue->max_body_bytes);
    queue->memory_bytes =
        (size_t) args_number (args, "memory", (long) queue->memory_bytes);
    return options;
}

static void *
s_open (void *arg, zp_status_t *status_p, char **error_p)
{
    serve_t *self = arg;
    zp_queue_broker_options_t options = s_options (self);
    options.server.tap = daemon_tap (&self->daemon);
    return zp_queue_broker_new (self->daemon.loop, &options, status_p, error_p);
}

//  It is ready, and has told what it has taken back
static void
s_on_listed (void *arg, const zp_reply_t *reply)
{
    serve_t *self = arg;
    json_t *list =
        json_loadb (reply->parts[0].data, reply->parts[0].size, 0, NULL);
    long long count = 0;
    size_t number, i;
    json_t *queue;
    json_array_foreach (list, number, queue) for (i = 0; queue_states[i]; i++)
        count += json_integer_value (json_object_get (queue, queue_states[i]));
    say ("journal %s: %lld message%s in %zu queue%s, taken back in %.1f s",
         self->journal, count, count == 1 ? "" : "s", number,
         number == 1 ? "" : "s", (double) self->daemon.took_ms / 1000);
    json_decref (list);
}

static exit_code_t
s_run_broker (serve_t *self)
{
    daemon_await (&self->daemon, zp_queue_broker_server (self->broker),
                  "queue.list", s_on_listed, self);
    zp_status_t status = zp_queue_broker_run (self->broker);
    return daemon_ended (status, zp_queue_broker_error (self->broker));
}

static exit_code_t
s_serve (daemon_t *daemon, void *arg)
{
    (void) daemon;
    serve_t *self = arg;
    exit_code_t code;
    self->broker = daemon_open (&self->daemon, "taking back the messages",
                                s_open, self, &code);
    if (code == EXIT_OK)
        code =
            daemon_bind (&self->daemon, zp_queue_broker_server (self->broker));
    if (code == EXIT_OK)
        code = s_run_broker (self);
    zp_queue_broker_destroy (&self->broker);
    return code;
}

static int
s_run (args_t *args)
{
    serve_t self = {
        .daemon = {.args = args, .name = "queue", .hint = "zp queue ls"}};
    self.journal = daemon_journal (&self.daemon, args_operand (args, 0));
    if (!self.journal)
        return EXIT_USAGE;
    int code = daemon_run (&self.daemon, s_serve, &self);
    free (self.journal);
    return code;
}

const command_t cmd_queue_serve = {
    .name = "queue serve",
    .summary = "run a broker",
    .usage = "[JOURNAL] [--bind ENDPOINT]... [--detach]",
    .examples = "zp queue serve\n"
                "zp queue serve jobs.db --bind tcp://127.0.0.1:5555\n"
                "zp queue serve sqlite:/var/lib/jobs.db --detach\n",
    .options = {OPTION_BIND,
                OPTION_NUMBER ("lease", "MS", 1, INT_MAX,
                               "how long a worker may be silent (30000)"),
                OPTION_NUMBER ("delivery-limit", "N", 1, 250,
                               "in vain so often: a dead letter (20)"),
                OPTION_NUMBER ("dedupe", "MS", 0, ZP_QUEUE_MS_MAX,
                               "how long message ids are remembered (120000)"),
                OPTION_NUMBER ("age-every", "N", 0, INT_MAX,
                               "each N-th is the oldest message; 0: never (0)"),
                OPTION_NUMBER ("max-queues", "N", 1, INT_MAX,
                               "how many (1000)"),
                OPTION_NUMBER ("max-messages", "N", 1, LONG_MAX,
                               "in one queue (20000000)"),
                OPTION_NUMBER ("max-bytes", "N", 1, LONG_MAX,
                               "of bodies in one queue (64 GiB)"),
                OPTION_NUMBER ("max-body", "N", 1, BODY_MAX,
                               "bytes of one message (8 MiB)"),
                OPTION_NUMBER ("memory", "N", 0, LONG_MAX,
                               "bytes of bodies kept in memory (64 MiB)"),
                OPTIONS_DAEMON},
    .operands = {OPERAND_FILE},
    .run = s_run,
    .notes =
        "JOURNAL is a file, which is made if it is not there, or a URL such\n"
        "as sqlite:PATH. Without it the journal is\n"
        "${XDG_STATE_HOME:-~/.local/state}/zpatterns/queue.db. One broker can\n"
        "have it at a time.\n"
        "\n"
        "Without --bind only processes of this user on this machine reach it,\n"
        "which zp queue does by itself. Ctrl-C or SIGTERM stops it; requests\n"
        "that it has taken are finished. Whatever ends it, each message that\n"
        "was confirmed is still there when it is started again.\n"
        "\n"
        "In a topology, zp queue then finds it if the service is called "
        "queue:\n"
        "  { \"name\": \"queue\", \"program\": \"zp\",\n"
        "    \"args\": [\"queue\", \"serve\", \"{dir}/queue.db\",\n"
        "             \"--bind\", \"{queue}\"],\n"
        "    \"endpoint\": \"ipc://{run}/queue\" }",
};
