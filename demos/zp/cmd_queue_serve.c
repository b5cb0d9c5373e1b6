//  SPDX-License-Identifier: MIT

#define _GNU_SOURCE

#include <limits.h>
#include <signal.h>

#include "args.h"
#include "body.h"
#include "broker.h"
#include "detach.h"
#include "output.h"
#include "patience.h"
#include "queue_commands.h"
#include "rundir.h"
#include "zp_queue_broker.h"

#define ASK_MS 60000  // For the broker's first answer, to this same process

typedef struct serve {
    const args_t *args;         // As typed
    zloop_t *loop;              // Runs all
    zp_queue_broker_t *broker;  // What is served
    char *journal;              // Its URL
    zp_client_t *client;        // Asks it how much it has taken back
    int64_t took_ms;            // To take it back
    int ready;                  // Tell here that it is ready; -1: nowhere
} serve_t;

//  The URL of the journal that is wanted; the caller frees it. NULL if there
//  can be none, which is said.
static char *
s_journal (const char *wanted)
{
    if (wanted) {
        size_t size = strspn (wanted, "abcdefghijklmnopqrstuvwxyz");
        bool url = size > 0 && wanted[size] == ':';
        return zsys_sprintf ("%s%s", url ? "" : "sqlite:", wanted);
    }
    const char *state = getenv ("XDG_STATE_HOME"), *home = getenv ("HOME");
    bool set = state && *state == '/';
    if (!set && !home) {
        say_error ("there is no $HOME to keep a journal in");
        say_hint ("zp queue serve PATH");
        return NULL;
    }
    char *folder = zsys_sprintf ("%s%s/zpatterns", set ? state : home,
                                 set ? "" : "/.local/state");
    zsys_dir_create ("%s", folder);  // Or else the journal says why not
    char *url = zsys_sprintf ("sqlite:%s/queue.db", folder);
    free (folder);
    return url;
}

static zp_queue_broker_options_t
s_options (const serve_t *self)
{
    const args_t *args = self->args;
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

static exit_code_t
s_exit_code (zp_status_t status)
{
    return status == ZP_OK                 ? EXIT_OK
           : status == ZP_INVALID_ARGUMENT ? EXIT_USAGE
           : status == ZP_NOT_FOUND        ? EXIT_NOT_FOUND
                                           : EXIT_ERROR;
}

static exit_code_t
s_open (serve_t *self)
{
    zp_queue_broker_options_t options = s_options (self);
    zp_status_t status;
    char *error;
    int64_t since_ms = zclock_mono ();
    patience_t *patience = patience_new ("taking back the messages");
    self->broker = zp_queue_broker_new (self->loop, &options, &status, &error);
    patience_destroy (&patience);
    self->took_ms = zclock_mono () - since_ms;
    if (self->broker)
        return EXIT_OK;
    say_error ("%s", error);
    zstr_free (&error);
    return s_exit_code (status);
}

static exit_code_t
s_bind (serve_t *self, const char *endpoint)
{
    zp_server_t *server = zp_queue_broker_server (self->broker);
    zp_status_t status = zp_server_bind (server, endpoint);
    if (status == ZP_OK)
        say ("listening at %s", zp_server_endpoint (server));
    else
        say_error ("%s", zp_server_error (server));
    return s_exit_code (status);
}

static exit_code_t
s_bind_default (serve_t *self)
{
    char *why = rundir_make_base ();
    char *endpoint = broker_default_endpoint ();
    exit_code_t code = EXIT_ERROR;
    if (why)
        say_error ("%s", why);
    else
        code = s_bind (self, endpoint);
    free (endpoint);
    free (why);
    return code;
}

//  Listen where the options say
static exit_code_t
s_bind_all (serve_t *self)
{
    const char *endpoint = args_text (self->args, "bind");
    exit_code_t code = endpoint ? EXIT_OK : s_bind_default (self);
    for (int i = 0; endpoint && code == EXIT_OK; i++) {
        code = s_bind (self, endpoint);
        endpoint = args_text_at (self->args, "bind", i + 1);
    }
    return code;
}

static void
s_say_taken (serve_t *self, json_t *list)
{
    long long count = 0;
    size_t number, i;
    json_t *queue;
    json_array_foreach (list, number, queue) for (i = 0; queue_states[i]; i++)
        count += json_integer_value (json_object_get (queue, queue_states[i]));
    say ("journal %s: %lld message%s in %zu queue%s, taken back in %.1f s",
         self->journal, count, count == 1 ? "" : "s", number,
         number == 1 ? "" : "s", (double) self->took_ms / 1000);
}

//  Go on in the background
static void
s_detach (serve_t *self)
{
    const char *log = args_text (self->args, "log");
    char *base = rundir_base ();
    char *path = log ? strdup (log) : zsys_sprintf ("%s/queue.log", base);
    say ("in the background: process %d, log %s", (int) getpid (), path);
    say_hint ("zp queue ls, or kill %d", (int) getpid ());
    detach_ready (self->ready, path);
    self->ready = -1;
    free (path);
    free (base);
}

//  The broker has answered: it is ready
static void
s_on_listed (void *arg, const zp_reply_t *reply)
{
    serve_t *self = arg;
    if (reply->status != ZP_OK)
        return;
    json_t *list =
        json_loadb (reply->parts[0].data, reply->parts[0].size, 0, NULL);
    s_say_taken (self, list);
    json_decref (list);
    if (self->ready != -1)
        s_detach (self);
}

//  Ask the broker, as anybody would
static void
s_ask (serve_t *self)
{
    self->client = zp_client_new (self->loop, NULL);
    zp_client_connect (
        self->client,
        zp_server_endpoint (zp_queue_broker_server (self->broker)));
    zp_call_t call = {.method = "queue.list",
                      .timeout_ms = ASK_MS,
                      .fn = s_on_listed,
                      .arg = self};
    zp_client_start (self->client, &call, NULL);
}

static exit_code_t
s_run_broker (serve_t *self)
{
    s_ask (self);
    zp_status_t status = zp_queue_broker_run (self->broker);
    if (*zp_queue_broker_error (self->broker)) {
        say_error ("%s", zp_queue_broker_error (self->broker));
        return EXIT_ERROR;
    }
    say ("stopped%s", status == ZP_OK ? "" : "; some requests were not done");
    return EXIT_OK;
}

static int
s_serve (void *arg, int ready)
{
    serve_t *self = arg;
    self->ready = ready;
    //  That nobody reads what it prints shall not end it, and a file that would
    //  get too large is an error to be told
    signal (SIGPIPE, SIG_IGN);
    signal (SIGXFSZ, SIG_IGN);
    zsys_handler_set (NULL);
    self->loop = zloop_new ();
    exit_code_t code = s_open (self);
    if (code == EXIT_OK)
        code = s_bind_all (self);
    if (code == EXIT_OK)
        code = s_run_broker (self);
    zp_client_destroy (&self->client);
    zp_queue_broker_destroy (&self->broker);
    zloop_destroy (&self->loop);
    return code;
}

static int
s_run (args_t *args)
{
    serve_t self = {.args = args,
                    .journal = s_journal (args_operand (args, 0))};
    if (!self.journal)
        return EXIT_USAGE;
    int code = args_has (args, "detach") ? detach_run (s_serve, &self)
                                         : s_serve (&self, -1);
    free (self.journal);
    return code;
}

#define OPTION_NUMBER(n, v, low, high, t)                                      \
    {                                                                          \
        .name = (n), .value = (v), .min = (low), .max = (high), .text = (t)    \
    }

const command_t cmd_queue_serve = {
    .name = "queue serve",
    .summary = "run a broker",
    .usage = "[JOURNAL] [--bind ENDPOINT]... [--detach]",
    .examples = "zp queue serve\n"
                "zp queue serve jobs.db --bind tcp://127.0.0.1:5555\n"
                "zp queue serve sqlite:/var/lib/jobs.db --detach\n",
    .options = {{.name = "bind",
                 .letter = 'b',
                 .value = "ENDPOINT",
                 .many = true,
                 .text = "listen there; can be given more than once"},
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
                {.name = "detach",
                 .letter = 'd',
                 .text =
                     "return when it is ready, and go on in the background"},
                {.name = "log",
                 .value = "FILE",
                 .names = OPERAND_FILE,
                 .text = "where it then writes"}},
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
